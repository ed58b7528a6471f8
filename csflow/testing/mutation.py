"""Judges mutants of a flow: does loading, checking, a conversation test or a property notice the fault?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from importlib.util import find_spec
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from csflow.check import CHECKS
from csflow.check.explore import Remembering
from csflow.check.judge import Judge
from csflow.check.replay import begin
from csflow.check.subject import Subject
from csflow.check.waivers import Waivers
from csflow.errors import LoadError, Problem
from csflow.flow import Flow
from csflow.rulefile import load_flow, load_profile
from csflow.rulefile.files import Loaded, load_file, usable
from csflow.rulefile.source import Source
from csflow.spec import FlowSpec, ListSpec, Profile
from csflow.testing.advice import advice
from csflow.testing.edits import applied
from csflow.testing.faults import Mutant, mutants
from csflow.testing.outcome import Outcome, differs, outcome
from csflow.testing.probing import Prober, Spot
from csflow.testing.script import Talk, load_talks
from csflow.testing.talk import play_talk, run_talk
from csflow.testing.walked import Difference, Walk, names

if TYPE_CHECKING:
    from csflow.check.solver import Solver

STAGES = ("load", "check", "tests", "properties")
"""What kills a mutant, the cheap first."""
EQUIVALENT = "equivalent"
"""What stands for a stage where a mutant was proved to do the same as the flow."""
STEPS, MANY = 15_000, 20
PROVED = frozenset(
    (
        "if-dropped", "boundary-moved", "comparison-flipped", "junction-changed", "number-raised", "negation-dropped",
        "fact-swapped", "branches-swapped", "in-dropped", "max-dropped", "ask-dropped",
    )
)  # fmt: skip
"""The faults that the solver may see: those in what decides whether a rule fires."""


class Verdict(NamedTuple):
    """What became of a mutant: the stage that killed it, none where it lives, by what, and what would kill it."""

    killed_by: str | None
    by: str
    advice: str = ""


class Played(NamedTuple):
    """A conversation test with what happens in it, where it gets to, and what has a part in that."""

    talk: Talk
    turns: Sequence[Outcome]
    spots: Sequence[Spot]
    names: frozenset[str]


class Version(Subject):
    """A flow whose files were read by somebody else and perhaps changed."""

    def __init__(self, spec: FlowSpec, profile: Profile, flow: Flow, files: Mapping[str, Loaded]) -> None:
        super().__init__(spec, profile, flow)
        self.files = files

    def source(self, file: str) -> Source:
        """Return one of the flow's files as it was read."""
        return self.files[file].source if file in self.files else super().source(file)


class Bench:
    """A flow with its conversation tests, ready to judge mutants; what they share with the flow is made once."""

    def __init__(self, source: str, store: str | None = None, tests: Sequence[str | Path] = ()) -> None:
        self.origin, self.store, self.tests = source, store, tests
        self.files: dict[str, Loaded] = {}
        self.spec = load_flow(source, self._read)
        self.profile = load_profile(store, self.spec)
        plain = Flow(self.spec, self.profile)
        flow = Flow(self.spec, self.profile, Remembering(plain.recogniser))
        self.version = Version(self.spec, self.profile, flow, self.files)

    def _read(self, path: Path, shown: str) -> Loaded:
        if shown not in self.files:
            self.files[shown] = load_file(path, shown)
        return self.files[shown]

    def mutants(self) -> list[Mutant]:
        """Return all mutants of the flow."""
        return mutants(self.origin, self.spec)

    @cached_property
    def known(self) -> Mapping[str, Counter[str]]:
        """What each check finds in the flow as it is, counted by code."""
        return {look.__name__: Counter(problem.code for problem in found) for look, found in _checked(self.version)}

    @cached_property
    def played(self) -> list[Played]:
        """The conversation tests that pass."""
        flow = self.version.flow
        talks = [talk for path in self.tests for talk in load_talks(path) if not run_talk(flow, talk)]
        return [_played(flow, talk) for talk in talks]

    @cached_property
    def walk(self) -> Walk:
        """What the flow does wherever it can get."""
        return Walk(self.version, STEPS)

    def verdict(self, mutant: Mutant) -> Verdict:
        """Judge a mutant; an exception that it leads to kills it."""
        try:
            version = self.changed(mutant)
            return self._verdict(mutant, version)
        except LoadError as error:
            return Verdict("load", str(error.problems[0]))
        except Exception as error:
            return Verdict("properties", f"{type(error).__name__}: {error}")

    def changed(self, mutant: Mutant) -> Version:
        """Load the flow with a mutant's fault in it.

        Raises:
            LoadError: the fault is refused.
        """
        file = mutant.place.file
        text = applied(self.files[file].source.text, mutant.edits)
        files = self.files | {file: usable(Source(file, text.encode()))}
        spec = load_flow(self.origin, lambda _, shown: files[shown])
        profile = load_profile(self.store, spec)
        return Version(spec, profile, self._compiled(spec, profile), files)

    def _compiled(self, spec: FlowSpec, profile: Profile) -> Flow:
        if _vocabulary(spec) == _vocabulary(self.spec):
            return Flow(spec, profile, self.version.flow.recogniser)
        plain = Flow(spec, profile)
        return Flow(spec, profile, Remembering(plain.recogniser))

    def _verdict(self, mutant: Mutant, version: Version) -> Verdict:
        if found := self.checked(version):
            return Verdict("check", found)
        if found := self.tested(mutant, version.flow):
            return Verdict("tests", found)
        differences = list(self.differences(mutant, version))
        if fault := next((found for found in differences if found.fault), None):
            return Verdict("properties", f"{fault.fault}: {' · '.join(fault.script)}")
        if not differences and self.same(mutant):
            return Verdict(EQUIVALENT, "the two conditions never hold together")
        if found := self.proved(mutant, version):
            return Verdict("check", found)
        unseen = self.unseen(mutant, version.flow) or min(differences, key=lambda found: len(found.script), default=None)
        return Verdict(None, f"{' · '.join(unseen.script)}: {unseen.what}" if unseen else "", advice(mutant, unseen))

    def checked(self, version: Version) -> str:
        """Return the first finding of the quick checks that the flow itself has not."""
        for look, found in _checked(version):
            if text := _new(found, self.known[look.__name__]):
                return text
        return ""

    def tested(self, mutant: Mutant, flow: Flow) -> str:
        """Return the first failure of a conversation test; those that the fault touches go first."""
        for played in sorted(self.played, key=lambda played: played.names.isdisjoint(mutant.touches)):
            if failures := run_talk(flow, played.talk):
                return f"{played.talk.name}: {failures[0].message}"
        return ""

    def differences(self, mutant: Mutant, version: Version) -> Iterator[Difference]:
        """Yield where a mutant does something else than the flow: on the walk, or beyond the conversation tests."""
        judge = Judge(version)
        yield from self.walk.differences(version.flow, judge, mutant.touches)
        prober = Prober(self.version.flow, self.walk.search.alphabet, version.flow, judge)
        yield from islice(prober.differences(self.spots(mutant), mutant.touches, mutant.texts), MANY)

    def spots(self, mutant: Mutant) -> Iterator[Spot]:
        """Yield where the conversation tests get to, those first that the fault touches."""
        fresh = Spot("at the beginning", self.version.flow.fresh(), begin(self.version.flow))
        ordered = sorted(self.played, key=lambda played: played.names.isdisjoint(mutant.touches))
        return chain([fresh], *(played.spots for played in ordered))

    def proved(self, mutant: Mutant, version: Version) -> str:
        """Return what the solver finds about the rules that a fault touches, and not in the flow itself."""
        if mutant.kind not in PROVED or find_spec("z3") is None:
            return ""

        def about(listed: ListSpec) -> bool:
            return any(rule.id in mutant.touches for rule in listed.choose)

        found = list(_decided(version, about))
        return _new(found, Counter(problem.code for problem in _decided(self.version, about))) if found else ""

    def same(self, mutant: Mutant) -> bool:
        """Tell whether a change of places is proved to do nothing: no facts let both rules hold."""
        if mutant.kind != "branches-swapped" or find_spec("z3") is None:
            return False
        both = [branch for branch in self.version.branches if branch.rule.id in mutant.was.split(", ")]
        texts = [both[0].listed.if_, *(branch.rule.if_ for branch in both)]
        return not any("in_state" in (text or "") for text in texts) and not self.together(texts)

    def together(self, texts: Sequence[str | None]) -> bool:
        """Tell whether conditions can hold at the same time."""
        from csflow.check.solver import NOWHERE

        return self.solver.witness(NOWHERE, *(self.solver.truth(text, NOWHERE).yes for text in texts)) is not None

    @cached_property
    def solver(self) -> Solver:
        """The solver over the flow as it is."""
        from csflow.check.solver import Solver

        return Solver(self.version)

    def unseen(self, mutant: Mutant, flow: Flow) -> Difference | None:
        """Return where a conversation test gets to the fault without looking at what it changes."""
        for played in self.played:
            if not played.names.isdisjoint(mutant.touches):
                turns = [outcome(turn) for turn in play_talk(flow, played.talk)]
                for number, (was, now) in enumerate(zip(played.turns, turns, strict=True), 1):
                    if what := differs(was, now):
                        return Difference((f"{played.talk.name!r}, turn {number}",), what)
        return None


def _played(flow: Flow, talk: Talk) -> Played:
    turns, now, spots = play_talk(flow, talk), talk.spec.now or begin(flow), list[Spot]()
    now = now if now.tzinfo else now.replace(tzinfo=flow.profile.zone)
    for number, (turn, spec) in enumerate(zip(turns, talk.spec.turns, strict=True), 1):
        now += spec.wait or timedelta()
        spots.append(Spot(f"after turn {number} of {talk.name!r}", turn.snapshot, now))
    touched = frozenset(name for turn in turns for name in names(turn))
    return Played(talk, [outcome(turn) for turn in turns], spots, touched)


def _vocabulary(spec: FlowSpec) -> object:
    slots = {name: (slot.type, slot.hears) for name, slot in spec.slots.items()}
    return spec.intents, spec.words, slots


def _checked(version: Version) -> Iterator[tuple[Callable[..., object], list[Problem]]]:
    waivers = Waivers(version.texts())
    for look in CHECKS:
        yield look, [problem for problem in look(version) if problem.severity != "note" and not waivers.allow(problem)]


def _decided(version: Version, about: Callable[[ListSpec], bool]) -> Iterator[Problem]:
    from csflow.check.decided import decided
    from csflow.check.solver import Solver

    return decided(version, Solver(version), about)


def _new(found: Sequence[Problem], known: Counter[str]) -> str:
    """Return the first finding whose code is found more often than before."""
    more = Counter(problem.code for problem in found) - known
    return next((str(problem) for problem in found if problem.code in more), "")
