"""How much of a flow its tests reach: states, transitions, rules, branches of `choose`, variants, intents and boundaries."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from csflow.bind import below
from csflow.errors import LoadError, Place, Problem
from csflow.events import Turn
from csflow.flow import Flow
from csflow.machine import StateMachine
from csflow.parts import Rule
from csflow.spec import EVERYWHERE, PHASES, ROOTS, FlowSpec
from csflow.testing.boundaries import boundaries, sides, watched

KINDS = ("state", "transition", "rule", "branch", "variant", "intent", "boundary")
FEW, BACK = 2, "back"
PASSED = ("false", "unknown", "spent", "asked")
Seen = Mapping[str, set[str]]


class Item(NamedTuple):
    """One thing to be reached, and where it stands."""

    kind: str
    name: str
    place: Place


class Tally(NamedTuple):
    """How many things of a kind were reached, and how many there are."""

    kind: str
    reached: int
    total: int

    @property
    def share(self) -> float:
        """In percent, rounded down; 100 where there are none."""
        return percent(self.reached, self.total)


def percent(reached: int, count: int) -> float:
    """Return a share in percent with one decimal, rounded down so that 100 means all."""
    return reached * 1000 // count / 10 if count else 100.0


def transition(source: str, target: str) -> str:
    """Return the name of a move."""
    return f"{source} → {target}"


def branch(rule: str, *, taken: bool) -> str:
    """Return the name of a way out of a rule's condition."""
    return f"{rule}: {'taken' if taken else 'passed over'}"


class _Moves(StateMachine):
    """A state machine that tells the moves it makes."""

    def __init__(self, machine: StateMachine, states: Iterable[str], observer: Observer) -> None:
        super().__init__(states, machine.edges, PHASES[0])
        self.observer = observer

    def move(self, state: str, rule: str) -> str:
        target = super().move(state, rule)
        self.observer.moved(state, rule, target)
        return target


class Observer:
    """Observes conversations with a flow: talk to `observer.flow`, and `note` each turn.

    `seen` holds the names of what was reached, by kind.
    """

    def __init__(self, flow: Flow) -> None:
        self.seen: dict[str, set[str]] = {kind: set() for kind in KINDS}
        self.flow = Flow(watched(flow.spec, self.seen["boundary"].add), flow.profile, flow.recogniser)
        self.seen["boundary"].clear()  # what compiling compared was no conversation
        self.flow.machine = _Moves(flow.machine, flow.states, self)
        self._lists = {rule.id: lst.rules[0].id for lst in flow.lists for rule in lst.rules if lst.guard is not None}
        self._ways = {way.rule: way for way in ways(flow)}
        self._at = {PHASES[0]}

    def note(self, turn: Turn) -> None:
        """Note what a turn reached."""
        self._at.add(turn.state)
        self.seen["state"] |= self._at
        self.seen["rule"].update(turn.rules)
        self.seen["intent"].update(hit.intent for hit in turn.heard)
        for rule, bits in turn.snapshot.said.items():
            self.seen["variant"].update(f"{rule} #{number + 1}" for number in range(bits.bit_length()) if bits >> number & 1)
        self._returned(turn)
        self._judged(turn)
        self._at = {turn.state}

    def moved(self, source: str, rule: str, target: str) -> None:
        """Note a move of the machine."""
        self._at |= {source, target}
        self._went(rule, {source})

    def _returned(self, turn: Turn) -> None:
        for rule in turn.rules:
            if rule in self._ways and self._ways[rule].target == BACK:
                self._went(rule, self._at)

    def _went(self, rule: str, states: set[str]) -> None:
        way = self._ways[rule]
        for source in way.sources:
            if source not in self.flow.states or any(below(source, state) for state in states):
                self.seen["transition"].add(transition(source, way.target))

    def _judged(self, turn: Turn) -> None:
        for judged in turn.why.considered:
            passed = judged.verdict in PASSED
            if isinstance(judged.rule, Rule):
                self.seen["branch"].add(branch(judged.rule.id, taken=not passed))
                if judged.rule.id in self._lists:
                    self.seen["branch"].add(branch(f"list of {self._lists[judged.rule.id]}", taken=True))
            else:
                self.seen["branch"].add(branch(f"list of {judged.rule.rules[0].id}", taken=False))  # type: ignore[attr-defined]


class Way(NamedTuple):
    """How a rule moves a conversation: the states it stands in, as written and as a coverage names them, and where it goes."""

    rule: str
    where: tuple[str, ...]
    sources: tuple[str, ...]
    target: str


def ways(flow: Flow) -> Iterator[Way]:
    """Yield the way of each rule and follow-up that goes somewhere; one that stands in many states has one source for all."""
    acts = [(rule, lst.where) for lst in flow.lists for rule in lst.rules]
    for rule, where in (*acts, *((follow_up.rule, follow_up.where) for follow_up in flow.follow_ups.values())):
        if rule.go:
            alone = len(where) <= FEW and EVERYWHERE not in where
            yield Way(rule.id, where, where if alone else (_together(where),), rule.go)


def _together(where: Sequence[str]) -> str:
    if EVERYWHERE in where:
        return "anywhere"
    return "any phase" if set(where) == set(PHASES) else ", ".join(where)


def items(flow: Flow, home: str = "") -> Iterator[Item]:
    """Yield what there is to reach in a flow; `home` is what the names of its own files begin with, packs aside."""
    spec = flow.spec
    own = {key: spec.place(part) for key, part in spec.parts.items() if part.file.startswith(home)}
    acts = {name: place for (kind, name), place in own.items() if kind in ("rules", "follow_ups")}
    moves = [(acts[way.rule], way.sources, way.target) for way in ways(flow) if way.rule in acts]
    yield from _states(flow, own, {target: place for place, _, target in reversed(moves)})
    for place, sources, target in moves:
        yield from (Item("transition", transition(source, target), place) for source in sources if source != target)
    yield from (Item("rule", name, place) for name, place in acts.items())
    yield from _branches(flow, home)
    for name, place in acts.items():
        choices = (flow.rules[name] if name in flow.rules else flow.follow_ups[name].rule).choices
        yield from (Item("variant", f"{name} #{number + 1}", place) for number in range(len(choices)) if len(choices) > 1)
    for part in spec.intent_parts:
        if part.file.startswith(home):
            yield Item("intent", str(part.path[-1]), spec.place(part))
    yield from _boundaries(spec, home)


def _states(flow: Flow, own: Mapping[tuple[str, str], Place], targets: Mapping[str, Place]) -> Iterator[Item]:
    """Yield the declared states, and the roots that something leads to, with the first rule that does."""
    for state in flow.states:
        if ("states", state) in own:
            yield Item("state", state, own["states", state])
        elif state in targets and state in ROOTS:
            yield Item("state", state, targets[state])


def _branches(flow: Flow, home: str) -> Iterator[Item]:
    for part, lst in zip(flow.spec.lists, flow.lists, strict=True):
        if not part.file.startswith(home):
            continue
        if lst.guard is not None:
            yield from (Item("branch", branch(f"list of {lst.rules[0].id}", taken=way), lst.place) for way in (True, False))
        for spec, rule in zip(part.spec.choose, lst.rules, strict=True):
            if rule.guard is not None or rule.max is not None or (rule.ask is not None and not spec.else_):
                yield from (Item("branch", branch(rule.id, taken=way), rule.place) for way in (True, False))


def _boundaries(spec: FlowSpec, home: str) -> Iterator[Item]:
    for name, file, place in boundaries(spec):
        if file.startswith(home):
            yield from (Item("boundary", side, place) for side in sides(name))


class Coverage:
    """What of a flow was reached; runs add up.

    `home` is what the names of the flow's own files begin with, so that the packs it uses are left out; all counts if empty.
    """

    def __init__(self, flow: Flow, home: str = "") -> None:
        self.flow = flow
        self.items = tuple({(item.kind, item.name): item for item in items(flow, home)}.values())
        self.seen: dict[str, set[str]] = {kind: set() for kind in KINDS}

    def add(self, seen: Mapping[str, Iterable[str]]) -> None:
        """Add what was seen in a run, such as `Observer.seen`."""
        for kind in KINDS:
            self.seen[kind].update(seen.get(kind, ()))

    def reached(self, item: Item) -> bool:
        """Tell whether an item was reached."""
        return item.name in self.seen[item.kind]

    @property
    def missing(self) -> list[Item]:
        """What was not reached, in the order of the kinds."""
        return sorted((item for item in self.items if not self.reached(item)), key=lambda item: KINDS.index(item.kind))

    @property
    def tallies(self) -> list[Tally]:
        """How much was reached of each kind."""
        rows = [[self.reached(item) for item in self.items if item.kind == kind] for kind in KINDS]
        return [Tally(kind, sum(row), len(row)) for kind, row in zip(KINDS, rows, strict=True)]

    @property
    def share(self) -> float:
        """How much was reached of all, in percent, rounded down."""
        return percent(sum(map(self.reached, self.items)), len(self.items))

    def to_json(self) -> dict[str, Any]:
        """Return counts and what is missing as plain data."""
        kinds = {tally.kind: {"reached": tally.reached, "total": tally.total} for tally in self.tallies}
        return {"percent": self.share, "kinds": kinds, "missing": [(i.kind, i.name, str(i.place)) for i in self.missing]}

    @cached_property
    def _key(self) -> Mapping[str, str]:
        return {"flow": self.flow.name, "digest": self.flow.origin.digest}

    def save(self, path: Path) -> None:
        """Append this run to a file as one line; runs in parallel may share the file."""
        line = json.dumps({**self._key, "seen": {kind: sorted(names) for kind, names in self.seen.items()}}, ensure_ascii=False)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(file, f"{line}\n".encode())
        finally:
            os.close(file)

    def load(self, path: Path) -> None:
        """Add all runs of a file that are of this very version of the flow.

        Raises:
            LoadError: a line of the file is no run.
            OSError: the file cannot be read.
        """
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            try:
                run = json.loads(line)
                if {key: run[key] for key in self._key} == self._key:
                    self.add(run["seen"])
            except (ValueError, TypeError, KeyError, AttributeError):
                raise LoadError([Problem("bad-data", Place(str(path), number, 1), "not a line of a coverage file")]) from None
