"""The files of a flow and of the packs that it uses, joined into one set of named parts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from csflow.errors import Place, Problem, hint
from csflow.rulefile.files import PACKS, SECTIONS, Loaded, files_of, find_pack, load_file, pack_names
from csflow.rulefile.source import Source, Step
from csflow.spec import PHASES, ListSpec, Located, RuleSpec, StateSpec

HEADER = ("name", "version", "language")
ADDING = ("intents", "words", "events")
MAX_FILES = 2000
Key = tuple[str, str]


@dataclass
class Merged:
    """The parts of a flow and where each stands; `broken` says that something could not be read.

    `texts` holds the files as they were read, by the path that they have where a flow is laid out anew; `roots` are the
    folders (or the file) that they came from, the flow's own last.
    """

    name: str = ""
    version: str = "0"
    language: str = "zh"
    store: Path | None = None
    parts: dict[Key, list[Located]] = field(default_factory=dict)
    lists: list[Located] = field(default_factory=list)
    never: list[Located] = field(default_factory=list)
    leads: list[Located] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    roots: list[Path] = field(default_factory=list)
    packs: set[Path] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    broken: bool = False

    def place(self, part: Located, *path: Step) -> Place:
        """Return where a value of a part starts."""
        return self.sources[part.file].value(*part.path, *path)

    def key(self, part: Located, *path: Step) -> Place:
        """Return where the key of a part, or of a value in it, stands."""
        return self.sources[part.file].key(*part.path, *path)

    def report(self, code: str, place: Place, message: str) -> None:
        self.problems.append(Problem(code, place, message))

    def unknown(self, kind: str, name: str, known: Iterable[str], place: Place) -> None:
        """Report a name that nothing declares, with the closest one that something does."""
        self.report(f"unknown-{kind}", place, f"no {kind} {name!r}{hint(name, known)}")

    def named(self, section: str) -> dict[str, list[Located]]:
        """Return the definitions of each part of a section by name."""
        return {name: found for (kind, name), found in self.parts.items() if kind == section}

    def digest(self) -> str:
        """Return 16 hexadecimal digits over the texts of all files in order."""
        total = hashlib.sha256()
        for source in self.sources.values():
            total.update(source.text.encode() + b"\0")
        return total.hexdigest()[:16]


def merge(root: Path, shown: str, read: Callable[[Path, str], Loaded] = load_file, packs: Path = PACKS) -> Merged:
    """Read and join a flow's files and those of its packs; `shown` is how its path is written in problems."""
    merged = Merged()
    _Merger(merged, root, shown, Reading(read, packs), ()).take()
    return merged


class Reading(NamedTuple):
    """How files are read, and the folder of the packs that stand beside no flow."""

    file: Callable[[Path, str], Loaded]
    packs: Path


class _Merger:
    """Takes one folder or file into the merged flow, after the packs it uses; `own` are the parts it defined itself."""

    def __init__(self, merged: Merged, root: Path, shown: str, read: Reading, above: tuple[Path, ...]) -> None:
        self.merged, self.root, self.shown, self.read, self.above = merged, root, shown, read, (*above, root.resolve())
        self.own: set[Key] = set()

    def take(self) -> None:
        names = list(files_of(self.root, self.shown))
        if len(names) > MAX_FILES:
            self.merged.report("yaml-limit", Place(self.shown, 1, 1), f"more than {MAX_FILES:,} files")
            return
        files = [self.read.file(path, shown) for path, shown in names]
        for file in files:
            self.imports(file)
        for number, file in enumerate(files):
            self.file(file, first=number == 0)
        self.merged.roots.append(self.root)
        self.merged.texts |= {self.laid_out(path): file.source.text for (path, _), file in zip(names, files, strict=True)}
        if (self.root / "store.yaml").is_file():
            self.merged.store = self.root / "store.yaml"

    def laid_out(self, path: Path) -> str:
        """Return where a file stands once the flow is laid out anew: packs by their name, the flow itself apart."""
        return f"{'packs' if len(self.above) > 1 else 'flow'}/{path.relative_to(self.root.parent).as_posix()}"

    def file(self, file: Loaded, *, first: bool) -> None:
        self.merged.sources[file.source.file] = file.source
        self.merged.problems += file.source.problems
        self.merged.broken |= bool(file.source.problems)
        self.header(file, first=first)
        self.sections(file)
        self.rules(file)

    def imports(self, file: Loaded) -> None:
        for number, name in enumerate(file.spec.use):
            place = file.source.value("use", number)
            root = find_pack(name, self.root.parent, packs=self.read.packs)
            if root is None:
                self.merged.report(
                    "bad-use", place, f"no pack {name!r}{hint(name, pack_names())}; packs are named, not given by path"
                )
                self.merged.broken = True
            elif root.resolve() in self.above:
                self.merged.report("bad-use", place, f"the pack {name!r} uses itself in a circle")
            elif root.resolve() not in self.merged.packs:
                self.merged.packs.add(root.resolve())
                _Merger(self.merged, root, root.as_posix(), self.read, self.above).take()

    def header(self, file: Loaded, *, first: bool) -> None:
        if first:
            self.merged.name = file.spec.name or self.root.stem
            self.merged.version = file.spec.version or "0"
            self.merged.language = file.spec.language or "zh"
            return
        for key in HEADER:
            if getattr(file.spec, key) is not None:
                self.merged.report("misplaced-key", file.source.key(key), f"{key!r} stands in flow.yaml only")

    def sections(self, file: Loaded) -> None:
        for section in SECTIONS:
            for name, spec in getattr(file.spec, section).items():
                self.define((section, name), Located(spec, file.source.file, (section, name)))
        for number, text in enumerate(file.spec.never):
            self.merged.never.append(Located(text, file.source.file, ("never", number)))
        for number, lead in enumerate(file.spec.leads):
            self.merged.leads.append(Located(lead, file.source.file, ("leads", number)))

    def define(self, key: Key, part: Located) -> None:
        """Add a part: vocabulary adds up, anything else replaces a pack's and is an error a second time in the same flow."""
        known = self.merged.parts.get(key, []) if key in self.own or key[0] in ADDING else []
        if known and not _joins(key, [*known, part]):
            first = self.merged.key(known[0])
            self.merged.report(
                "duplicate-id", self.merged.key(part), f"{key[1]!r} is defined a second time; the first is at {first}"
            )
            return
        self.own.add(key)
        self.merged.parts[key] = [*known, part]

    def rules(self, file: Loaded) -> None:
        default = file.spec.in_ or PHASES
        for at, given in zip(file.lists, file.spec.rules, strict=True):
            spec = given.model_copy(update={"in_": given.in_ or default, "cites": given.cites or file.spec.cites})
            path = ("rules", at)
            parts = [Located(rule, file.source.file, (*path, "choose", n)) for n, rule in enumerate(spec.choose)]
            kept = tuple(part.spec for part in parts if self.stays(part, spec))
            if kept:
                self.merged.lists.append(Located(spec.model_copy(update={"choose": kept}), file.source.file, path))

    def stays(self, part: Located, spec: ListSpec) -> bool:
        """Note a rule by its id; returns whether it stays in its list (an override moves to the rule that it replaces)."""
        rule: RuleSpec = part.spec
        key = ("rules", rule.id)
        known = self.merged.parts.get(key)
        if rule.override:
            self.override(part, spec)
            return False
        if known is None:
            self.merged.parts[key] = [part]
            self.own.add(key)
            return True
        self.merged.report("duplicate-id", self.merged.place(part, "id"), self.twice(rule, known[0]))
        return False

    def twice(self, rule: RuleSpec, first: Located) -> str:
        place = self.merged.place(first, "id")
        if ("rules", rule.id) in self.own:
            return f"the rule {rule.id!r} stands here a second time; the first is at {place}"
        return f"a pack has the rule {rule.id!r} at {place}; write `override: true` to replace it"

    def override(self, part: Located, spec: ListSpec) -> None:
        rule: RuleSpec = part.spec
        key, place = ("rules", rule.id), self.merged.place(part, "id")
        at = next((n for n, found in enumerate(self.merged.lists) if rule.id in ids(found.spec)), None)
        if at is None or key in self.own:
            packs = [name for name in self.merged.named("rules") if ("rules", name) not in self.own]
            self.merged.report("bad-override", place, f"no pack has a rule {rule.id!r}{hint(rule.id, packs)}")
        elif set(self.merged.lists[at].spec.when) != set(spec.when):
            when = ", ".join(self.merged.lists[at].spec.when)
            self.merged.report("bad-override", place, f"{rule.id!r} answers {when}; what replaces it must stand in such a list")
        else:
            self.merged.lists[at] = _with(self.merged.lists[at], rule.model_copy(update={"cites": rule.cites or spec.cites}))
            self.merged.parts[key] = [part]
            self.own.add(key)


def ids(spec: ListSpec) -> list[str]:
    """Return the ids of a list's rules."""
    return [rule.id for rule in spec.choose]


def _with(part: Located, rule: RuleSpec) -> Located:
    spec: ListSpec = part.spec
    rules = tuple(rule if old.id == rule.id else old for old in spec.choose)
    return Located(spec.model_copy(update={"choose": rules}), part.file, part.path)


def _joins(key: Key, parts: list[Located]) -> bool:
    """Whether several definitions make one part: intents, words and events add up, a state may be named again."""
    if key[0] == "states":
        return len([part for part in parts if part.spec != StateSpec()]) <= 1
    return key[0] in ADDING
