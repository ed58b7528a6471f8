"""The files of a flow and of the packs that it uses, read and joined into one set of named parts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from csflow.errors import LoadError, Place, Problem, hint
from csflow.rulefile.messages import shape_problems
from csflow.rulefile.source import Source, read
from csflow.spec import PHASES, EventSpec, FileSpec, IntentSpec, ListSpec, Located, StateSpec

PACKS = Path(__file__).parent.parent / "packs"
PACK_NAME = re.compile(r"[^\W\d][\w-]*")
SECTIONS = ("facts", "slots", "intents", "events", "states", "types", "calls", "bargains", "follow_ups")
HEADER = ("name", "version", "language")
MAX_FILES = 2000
Part = tuple[str, str]


@dataclass
class Merged:
    """The parts of a flow and where each stands; `broken` says that some file could not be read."""

    name: str = ""
    version: str = "0"
    language: str = "zh"
    store: Path | None = None
    parts: dict[Part, list[Located]] = field(default_factory=dict)
    lists: list[Located] = field(default_factory=list)
    never: list[Located] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    taken: set[Path] = field(default_factory=set)
    broken: bool = False

    def place(self, part: Located, *path: str | int) -> Place:
        return self.sources[part.file].value(*part.path, *path)

    def key(self, part: Located, *path: str | int) -> Place:
        return self.sources[part.file].key(*part.path, *path)

    def report(self, code: str, place: Place, message: str) -> None:
        self.problems.append(Problem(code, place, message))

    def named(self, section: str) -> dict[str, list[Located]]:
        """Return the parts of one section by name."""
        return {name: found for (kind, name), found in self.parts.items() if kind == section}

    def digest(self) -> str:
        """Return 16 hexadecimal digits over the contents of all files in order."""
        total = hashlib.sha256()
        for source in self.sources.values():
            total.update(source.text.encode() + b"\0")
        return total.hexdigest()[:16]


@dataclass
class Loaded:
    """One file: its source, its model (None where it is unusable) and what was left out of its `rules`."""

    source: Source
    spec: FileSpec | None
    rules: list[int]


def merge(root: Path, shown: str) -> Merged:
    """Read a flow's files and those of its packs; `shown` is how its path is written in problems."""
    merged = Merged()
    _Flow(merged, root, shown, ()).take()
    return merged


def files_of(root: Path, shown: str) -> Iterator[tuple[Path, str]]:
    """Yield a flow's rule files in their order, each with the name that problems give it."""
    if root.is_file():
        yield root, shown
        return
    rules = sorted(path.relative_to(root).as_posix() for path in (root / "rules").rglob("*.yaml"))
    for name in ("flow.yaml", "facts.yaml", *rules):
        if (root / name).is_file():
            yield root / name, f"{shown.rstrip('/')}/{name}"


class _Flow:
    """Takes one flow folder or file into the merged parts, after the packs it uses."""

    def __init__(self, merged: Merged, root: Path, shown: str, above: tuple[Path, ...]) -> None:
        self.merged, self.root, self.shown, self.above = merged, root, shown, (*above, root.resolve())
        self.own: set[Part] = set()

    def take(self) -> None:
        files = list(files_of(self.root, self.shown))
        if len(files) > MAX_FILES:
            self.merged.report("yaml-limit", Place(self.shown, 1, 1), f"more than {MAX_FILES:,} files")
            return
        loaded = [self.load(path, shown) for path, shown in files]
        for file in loaded:
            self.imports(file)
        for number, file in enumerate(loaded):
            self.merged.sources[file.source.file] = file.source
            if file.spec:
                self.header(file, file.spec, number)
                self.sections(file, file.spec)
                self.rules(file, file.spec)
        store = self.root / "store.yaml"
        if store.is_file():
            self.merged.store = store

    def load(self, path: Path, shown: str) -> Loaded:
        source = read(path, shown)
        spec, kept = _model(source)
        self.merged.problems += source.problems
        self.merged.broken |= bool(source.problems)
        return Loaded(source, spec, kept)

    def imports(self, file: Loaded) -> None:
        for number, name in enumerate(file.spec.use if file.spec else ()):
            place = file.source.value("use", number)
            root = _pack(name, self.root.parent)
            if root is None:
                self.merged.report("bad-use", place, f"no pack {name!r}{hint(name, pack_names())}; packs are named, not given by path")
                self.merged.broken = True
            elif root.resolve() in self.above:
                self.merged.report("bad-use", place, f"the pack {name!r} uses itself in a circle")
            elif root.resolve() not in self.merged.taken:
                self.merged.taken.add(root.resolve())
                _Flow(self.merged, root, root.as_posix(), self.above).take()

    def header(self, file: Loaded, spec: FileSpec, number: int) -> None:
        if number == 0:
            self.merged.name = spec.name or self.root.stem
            self.merged.version, self.merged.language = spec.version or "0", spec.language or "zh"
            return
        for key in HEADER:
            if getattr(spec, key) is not None:
                self.merged.report("misplaced-key", file.source.key(key), f"{key!r} stands in flow.yaml only")

    def sections(self, file: Loaded, spec: FileSpec) -> None:
        for section in SECTIONS:
            for name, part in getattr(spec, section).items():
                self.define((section, name), Located(part, file.source.file, (section, name)))
        for number, text in enumerate(spec.never):
            self.merged.never.append(Located(text, file.source.file, ("never", number)))

    def define(self, part: Part, located: Located) -> None:
        """Add a part: it replaces a pack's; a second one in the same flow joins or is an error."""
        known = self.merged.parts.get(part, []) if part in self.own else []
        self.own.add(part)
        if not known or part[0] in ("intents", "events") or _empty_state(known, located):
            self.merged.parts[part] = [*known, located]
            return
        self.merged.report("duplicate-id", self.merged_key(located), f"{part[1]!r} is defined a second time; the first is at {self.merged.key(known[0])}")

    def merged_key(self, located: Located) -> Place:
        return self.merged.key(located)

    def rules(self, file: Loaded, spec: FileSpec) -> None:
        for at, item in zip(file.rules, spec.rules, strict=True):
            kept = []
            for number, rule in enumerate(item.choose):
                located = Located(rule, file.source.file, ("rules", at, "choose", number))
                if self.rule(located, item):
                    kept.append(rule)
            if kept:
                whole = item.model_copy(update={"choose": tuple(kept), "in_": item.in_ or spec.in_ or PHASES, "cites": item.cites or spec.cites})
                self.merged.lists.append(Located(whole, file.source.file, ("rules", at)))

    def rule(self, located: Located, item: ListSpec) -> bool:
        """Note a rule by its id; returns whether it stands in its own list (an override moves to the one it replaces)."""
        rule, part = located.spec, ("rules", located.spec.id)
        known = self.merged.parts.get(part)
        place = self.merged.sources[located.file].value(*located.path, "id")
        if rule.override:
            return self.override(located, item, place)
        if known is None:
            self.merged.parts[part] = [located]
            self.own.add(part)
            return True
        first = self.merged.place(known[0], "id")
        if part in self.own:
            self.merged.report("duplicate-id", place, f"the rule {rule.id!r} stands here a second time; the first is at {first}")
        else:
            self.merged.report("duplicate-id", place, f"a pack has the rule {rule.id!r} at {first}; write `override: true` to replace it")
        return False

    def override(self, located: Located, item: ListSpec, place: Place) -> bool:
        part = ("rules", located.spec.id)
        known = self.merged.parts.get(part)
        if known is None or part in self.own:
            ids = [name for name in self.merged.named("rules") if ("rules", name) not in self.own]
            self.merged.report("bad-override", place, f"no pack has a rule {located.spec.id!r}{hint(located.spec.id, ids)}")
            return False
        at = next(n for n, found in enumerate(self.merged.lists) if any(rule.id == located.spec.id for rule in found.spec.choose))
        old = self.merged.lists[at]
        if set(old.spec.when) != set(item.when):
            self.merged.report("bad-override", place, f"the rule {located.spec.id!r} answers {', '.join(old.spec.when)}; its override must stand in such a list")
            return False
        rules = tuple(located.spec if rule.id == located.spec.id else rule for rule in old.spec.choose)
        self.merged.lists[at] = Located(old.spec.model_copy(update={"choose": rules}), old.file, old.path)
        self.merged.parts[part] = [located]
        self.own.add(part)
        return False


def _empty_state(known: list[Located], located: Located) -> bool:
    return isinstance(located.spec, StateSpec) and StateSpec() in (located.spec, *(part.spec for part in known))


def _model(source: Source) -> tuple[FileSpec | None, list[int]]:
    """Validate a file; parts with faults are reported and left out, so that the rest is still looked at."""
    data = source.data
    if source.root is None and source.problems:
        return None, []
    if data is not None and not isinstance(data, dict):
        source.report("wrong-type", source.root.start if source.root else 0, "a rule file is a mapping (`rules: …`)")
        return None, []
    data = data or {}
    try:
        spec = FileSpec.model_validate(data)
        return spec, list(range(len(spec.rules)))
    except ValidationError as error:
        source.problems += shape_problems(source, error)
        return _salvaged(data, {tuple(detail["loc"][:2]) for detail in error.errors(include_url=False)})


def _salvaged(data: dict[str, Any], bad: set[tuple[Any, ...]]) -> tuple[FileSpec | None, list[int]]:
    good: dict[str, Any] = {}
    kept: list[int] = []
    for key, value in data.items():
        if isinstance(value, dict):
            good[key] = {name: item for name, item in value.items() if (key, name) not in bad}
        elif key == "rules" and isinstance(value, list):
            kept = [number for number in range(len(value)) if (key, number) not in bad]
            good[key] = [value[number] for number in kept]
        elif not any(loc[0] == key for loc in bad):
            good[key] = value
    try:
        return FileSpec.model_validate(good), kept
    except ValidationError:
        return None, []


def _pack(name: str, beside: Path) -> Path | None:
    if not PACK_NAME.fullmatch(name):
        return None
    return next((home / name for home in (PACKS, beside) if (home / name / "flow.yaml").is_file()), None)


def pack_names() -> list[str]:
    """Return the names of the packs that come with csflow."""
    return sorted(path.parent.name for path in PACKS.glob("*/flow.yaml"))


def find_flow(source: str | Path) -> tuple[Path, str]:
    """Return a flow's folder or file and how it is written in problems.

    Raises:
        LoadError: when there is no such pack and no such path.
    """
    shown = str(source)
    if isinstance(source, str) and PACK_NAME.fullmatch(source) and (PACKS / source / "flow.yaml").is_file():
        return PACKS / source, (PACKS / source).as_posix()
    path = Path(source)
    if path.is_file() or (path / "flow.yaml").is_file():
        return path, path.as_posix()
    why = "a folder without flow.yaml" if path.is_dir() else f"no pack and no path{hint(shown, pack_names())}"
    raise LoadError([Problem("no-flow", Place(shown, 1, 1), why)])


def joined_intent(parts: list[Located]) -> IntentSpec:
    """Return one intent of all its definitions in a flow, in the order of the files."""
    return IntentSpec.model_construct(**{key: _union(parts, key) for key in ("examples", "phrases", "excluded", "yields_to")})


def joined_event(parts: list[Located], builtin: EventSpec | None) -> EventSpec:
    """Return one report of all its definitions and the built-in one."""
    sets = dict(builtin.sets) if builtin else {}
    for part in parts:
        sets.update(part.spec.sets)
    return EventSpec.model_construct(brings=_union(parts, "brings"), sets=sets)


def joined_state(parts: list[Located]) -> StateSpec:
    """Return the definition of a state that is not empty, if one is."""
    return next((part.spec for part in parts if part.spec != StateSpec()), StateSpec())


def _union(parts: list[Located], key: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for part in parts for text in getattr(part.spec, key)))
