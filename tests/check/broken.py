"""A shipped pack with one fault in it: the edits that make it, the pack loaded with it, and who notices."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from csflow.check import CHECKS
from csflow.check.proofs import proofs
from csflow.check.waivers import Waivers
from csflow.errors import LoadError, Place, Problem
from csflow.flow import Flow
from csflow.rulefile import load_profile
from csflow.rulefile.files import PACKS, files_of, find_flow
from csflow.rulefile.source import Source, Steps, read
from csflow.testing.edits import Edit, applied, without_item, without_key, written
from csflow.testing.faults import Mutant
from csflow.testing.mutation import Bench
from csflow.testing.version import Version


class Fault(NamedTuple):
    """A pack with one fault: what it is, in which file, and the edits that make it."""

    kind: str
    file: str
    what: str
    edits: tuple[Edit, ...]


class Pack:
    """A shipped pack with its own files, ready to be broken."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.bench = Bench(name, None, [PACKS / name / "tests"])
        self.spec, self.profile = self.bench.version.spec, self.bench.version.profile
        self.sources = [read(path, shown) for path, shown in files_of(*find_flow(name))]
        self.store = read(Path(self.profile.file or ""), self.profile.file or "")
        self.known = Counter(key(p) for p in found(self.bench.version))

    def lists(self) -> Iterator[tuple[Source, Steps, Any]]:
        """Yield all lists of rules with their places."""
        for source in self.sources:
            for number, listed in enumerate((source.data or {}).get("rules", ())):
                yield source, ("rules", number), listed

    def rules(self) -> Iterator[tuple[Source, Steps, Any, Any]]:
        """Yield all rules with their places and their lists."""
        for source, path, listed in self.lists():
            for number, rule in enumerate(listed["choose"]):
                yield source, (*path, "choose", number), rule, listed

    def parts(self, section: str) -> Iterator[tuple[Source, Steps, Any]]:
        """Yield the declarations of a section with their places."""
        for source in self.sources:
            for name, part in (source.data or {}).get(section, {}).items():
                yield source, (section, name), part

    def acts(self) -> Iterator[tuple[Source, Steps, Any]]:
        """Yield rules and follow-ups with their places."""
        yield from ((source, path, rule) for source, path, rule, _ in self.rules())
        yield from self.parts("follow_ups")

    def texts(self) -> Iterator[tuple[Source, Steps, str]]:
        """Yield the texts that rules and follow-ups say, each with its place."""
        for source, path, act in self.acts():
            yield from ((source, (*path, *steps), text) for steps, text in lines(act.get("say"), ("say",)))

    def conditions(self) -> Iterator[tuple[Source, Steps, str]]:
        """Yield the conditions of rules."""
        yield from (
            (source, (*path, "if"), rule["if"]) for source, path, rule, _ in self.rules() if isinstance(rule.get("if"), str)
        )


def lines(say: Any, path: Steps) -> Iterator[tuple[Steps, str]]:
    """Yield the texts inside a `say` with their places."""
    if isinstance(say, str):
        yield path, say
    elif isinstance(say, dict):
        yield from lines(say["text"], (*path, "text"))
    elif isinstance(say, list):
        for number, line in enumerate(say):
            yield from lines(line, (*path, number))


def added(kind: str, source: Source, what: str, text: str) -> Fault:
    """Return the fault that a text stands at the end of a file."""
    end = len(source.text)
    return Fault(kind, source.file, what, (Edit(end, end, ("" if source.text.endswith("\n") else "\n") + text),))


def changed(kind: str, source: Source, path: Steps, text: str) -> Fault:
    """Return the fault that a value is another one."""
    return Fault(kind, source.file, f"{'.'.join(map(str, path))}: {text}", (written(source, path, text),))


def taken(kind: str, source: Source, path: Steps, name: str) -> Iterator[Fault]:
    """Yield the fault that a key is not there."""
    edit = without_key(source, path, name)
    if edit is not None:
        yield Fault(kind, source.file, f"{'.'.join(map(str, path))} without {name}", (edit,))


def dropped(kind: str, source: Source, path: Steps, number: int) -> Iterator[Fault]:
    """Yield the fault that an item of a list is not there."""
    edit = without_item(source, path, number)
    if edit is not None:
        yield Fault(kind, source.file, f"{'.'.join(map(str, path))} without {number}", (edit,))


def quoted(text: str) -> str:
    """Return a text as YAML may hold it anywhere."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def broken(pack: Pack, fault: Fault) -> Version:
    """Load a pack with a fault in it.

    Raises:
        LoadError: the fault is refused.
    """
    if fault.file != pack.store.file:
        mutant = Mutant(fault.kind, Place(fault.file, 1, 1), "", "", "", fault.edits, frozenset())
        return pack.bench.changed(mutant)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "store.yaml")
        path.write_text(applied(pack.store.text, fault.edits), "utf-8")
        profile = load_profile(path, pack.spec)
        flow = Flow(pack.spec, profile, pack.bench.version.flow.recogniser)
        version = Version(pack.spec, profile, flow, pack.bench.original.files)
        version._profile  # noqa: B018 - read while it is there
        return version


def key(problem: Problem) -> tuple[str, str]:
    return problem.code, problem.severity


def found(version: Version) -> Iterator[Problem]:
    """Yield what the checks find, the quick ones first."""
    waivers = Waivers(version.texts())
    for look in (*CHECKS, proofs):
        yield from (problem for problem in look(version) if problem.severity != "note" and not waivers.allow(problem))


def noticed(pack: Pack, fault: Fault) -> tuple[str, str]:
    """Return who notices a fault (load, check, tests, nobody) and what is said."""
    try:
        version = broken(pack, fault)
    except LoadError as error:
        return "load", str(error.problems[0])
    seen: Counter[tuple[str, str]] = Counter()
    for problem in found(version):
        seen[key(problem)] += 1
        if seen[key(problem)] > pack.known[key(problem)]:
            return "check", str(problem)
    mutant = Mutant(fault.kind, Place(fault.file, 1, 1), "", "", "", fault.edits, frozenset())
    failed, _ = pack.bench.tested(mutant, version.flow)
    return ("tests", failed.by) if failed else ("nobody", "")
