"""From a prescription of the manuals to what realises it: the entries of `seeds/`, and all that cites them in a flow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from csflow.check.lexicon import lexicon
from csflow.errors import CsflowError, LoadError, Place, Problem, hint
from csflow.notation import bad
from csflow.rulefile.messages import shape_problems
from csflow.rulefile.source import read
from csflow.spec import FactSpec, FlowSpec, FollowUpSpec, ListSpec, Model
from csflow.testing.script import Talk

HERE = Path(__file__).parent
SEEDS = next((home for home in (HERE / "seeds", HERE.parent / "seeds") if home.is_dir()), HERE / "seeds")
LEVELS = Literal["mild", "serious", "low", "medium", "high"]


class NoEntryError(CsflowError):
    """No entry of the seeds has this id."""


class Caution(Model):
    """What is wrong with a prescription as the manual has it, by its level, and the honest variant that ships."""

    level: LEVELS
    ship: str


class Entry(Model):
    """One prescription of a manual in our own words; a waived one says why no dialogue behaviour follows from it."""

    id: str
    source: str
    prescribes: str
    figures: dict[str, int | str | bool] = Field(default_factory=dict)
    caution: Caution | None = None
    status: Literal["realised", "waived"]
    reason: str | None = None

    @model_validator(mode="after")
    def waived_with_reason(self) -> Entry:
        if (self.status == "waived") != (self.reason is not None):
            raise bad("a waived entry, and only a waived one, has a `reason`")
        return self


class Citation(NamedTuple):
    """What cites an entry: a rule, follow-up, fact, test or wording check by its name, and where it stands."""

    kind: str
    name: str
    place: Place


ENTRIES = TypeAdapter(Annotated[tuple[Entry, ...], Field(strict=False)])


def load_seeds(folder: Path = SEEDS) -> dict[str, Entry]:
    """Load all entries of `seeds/*.yaml` by their id.

    Raises:
        LoadError: with every problem of every file.
    """
    entries: dict[str, Entry] = {}
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.yaml")):
        for entry in _entries(path, problems):
            if entry.id in entries:
                problems.append(Problem("duplicate-id", Place(path.as_posix(), 1, 1), f"{entry.id} stands here a second time"))
            entries[entry.id] = entry
    if problems:
        raise LoadError(problems)
    return entries


def _entries(path: Path, problems: list[Problem]) -> tuple[Entry, ...]:
    source = read(path, path.as_posix())
    problems += source.problems
    if source.problems:
        return ()
    try:
        return ENTRIES.validate_python(source.data)
    except ValidationError as error:
        problems += shape_problems(source, error, Entry)
        return ()


def find_entry(seed: str, entries: Mapping[str, Entry]) -> Entry:
    """Return the entry with an id.

    Raises:
        NoEntryError: there is none.
    """
    if seed not in entries:
        raise NoEntryError(f"no entry {seed!r} in the seeds{hint(seed, entries)}")
    return entries[seed]


def citations(spec: FlowSpec) -> Iterator[tuple[str, Citation]]:
    """Yield each seed id that a flow cites, with the rule, follow-up or fact that does.

    What a list cites counts for its rules that cite nothing of their own, or else for all of them.
    """
    for part in spec.lists:
        listed: ListSpec = part.spec
        silent = {rule.id for rule in listed.choose if not rule.cites}
        for rule in listed.choose:
            shared = listed.cites if rule.id in silent or not silent else ()
            for seed in dict.fromkeys((*rule.cites, *shared)):
                yield seed, Citation("rule", rule.id, spec.place(spec.parts["rules", rule.id], "id"))
    for name, located in spec.follow_ups.items():
        follow_up: FollowUpSpec = located.spec
        for seed in follow_up.cites:
            yield seed, Citation("follow-up", name, spec.place(located))
    for (kind, name), located in spec.parts.items():
        if kind == "facts":
            fact: FactSpec = located.spec
            for seed in fact.cites:
                yield seed, Citation("fact", name, spec.place(located))


def watched(talks: Iterable[Talk], rules: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, Citation]]:
    """Yield each seed id that a conversation test cites, or whose rule it expects; `rules` are the ids that rules cite."""
    for talk in talks:
        expected = {rule for turn in talk.spec.turns for rule in turn.expect.rules or ()}
        seeds = {*talk.spec.cites, *(seed for rule in expected for seed in rules.get(rule, ()))}
        for seed in sorted(seeds):
            yield seed, Citation("test", talk.name, talk.place())


def checked() -> Iterator[tuple[str, Citation]]:
    """Yield each seed id that a rule of the wording check cites."""
    for language in ("zh", "en"):
        for rule in lexicon(language).rules.values():
            yield from ((seed, Citation("check", rule.id, Place(f"wording_{language}.yaml", 1, 1))) for seed in rule.cites)


class Trace(NamedTuple):
    """Everything that cites the entries, by seed id, in the order found."""

    found: Mapping[str, tuple[Citation, ...]]

    def of(self, seed: str, *kinds: str) -> list[Citation]:
        """Return what cites an entry, of the given kinds or of all."""
        return [citation for citation in self.found.get(seed, ()) if not kinds or citation.kind in kinds]


def trace(flows: Iterable[tuple[FlowSpec, Iterable[Talk]]]) -> Trace:
    """Follow all citations of some flows and of their conversation tests; what packs share is listed once."""
    found: dict[str, dict[Citation, None]] = {}
    for spec, talks in flows:
        cited = list(citations(spec))
        rules: dict[str, list[str]] = {}
        for seed, citation in cited:
            if citation.kind in ("rule", "follow-up"):
                rules.setdefault(citation.name, []).append(seed)
        for seed, citation in (*cited, *watched(talks, rules), *checked()):
            found.setdefault(seed, {})[citation] = None
    return Trace({seed: tuple(citations) for seed, citations in found.items()})
