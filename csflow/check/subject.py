"""The flow under check: its spec, its compiled form, its rules in order, and exact places in its files."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from csflow.bind import below
from csflow.check.atoms import Atom, atoms
from csflow.condition import Node
from csflow.errors import Place
from csflow.flow import Flow
from csflow.language import Heard, Recogniser
from csflow.moves import root
from csflow.parts import RuleList
from csflow.rulefile.builtin import PLACED
from csflow.rulefile.source import Source, read
from csflow.spec import EVERYWHERE, OUTCOMES, FlowSpec, FollowUpSpec, ListSpec, Located, Profile, RuleSpec

Step = str | int


class Branch(NamedTuple):
    """A rule with its list, its number there, and the part that places it."""

    listed: ListSpec
    number: int
    rule: RuleSpec
    part: Located

    @property
    def lasting(self) -> bool:
        """Whether the rule is never passed over once its condition holds."""
        return self.rule.max is None and self.rule.ask is None


class Move(NamedTuple):
    """A way from one state to another (or `back`) with the part that takes it and the states that part names."""

    source: str
    target: str
    part: Located
    where: tuple[str, ...]


class Listener:
    """The recogniser of a flow, made when something is first said to it; checks that read only rules need none."""

    def __init__(self, spec: FlowSpec, profile: Profile) -> None:
        self.spec, self.profile = spec, profile

    @cached_property
    def recogniser(self) -> Recogniser:
        """The flow's own."""
        return Flow(self.spec, self.profile).recogniser

    def hear(self, text: str) -> Heard:
        """Return what was heard in a text."""
        return self.recogniser.hear(text)


class Subject:
    """What the checks look at."""

    def __init__(self, spec: FlowSpec, profile: Profile, flow: Flow | None = None) -> None:
        self.spec, self.profile = spec, profile
        self.flow = flow or Flow(spec, profile, Listener(spec, profile))
        self._needs: dict[str, frozenset[Atom]] = {}
        self._stands: dict[tuple[str, ...], tuple[str, ...]] = {}

    def source(self, file: str) -> Source:
        """Return one of the flow's files, or the store profile's, with the places of its letters."""
        return self._profile if file == self.profile.file else self.spec.source(file)

    @cached_property
    def _profile(self) -> Source:
        return read(Path(self.profile.file or ""), self.profile.file or "")

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield the name and the text of each file, the store profile's too."""
        parts = (*self.spec.parts.values(), *self.spec.intent_parts, *self.spec.lists, *self.spec.never)
        profile = {self.profile.file} if self.profile.file else set[str]()
        for file in sorted({part.file for part in parts} | profile):
            yield file, self.source(file).text

    def at(self, part: Located, *path: Step) -> Place:
        """Return where a part, or a value inside it, starts."""
        return self.spec.place(part, *path)

    def key(self, kind: str, name: str, *path: Step) -> Place:
        """Return where a declaration's name stands."""
        part = self.spec.parts[kind, name]
        return self.source(part.file).key(*part.path, *path)

    def spot(self, part: Located, path: tuple[Step, ...], offset: int) -> Place:
        """Return where the letter number `offset` of a text value stands."""
        return self.source(part.file).spot(part.path + path, offset)

    def holder(self, place: Place) -> Place:
        """Return where the rule, list or follow-up that a place lies in starts, or else the place itself."""
        at = bisect_right(self._starts, place) - 1
        return self._starts[at] if at >= 0 and self._starts[at].file == place.file else place

    @cached_property
    def _starts(self) -> list[Place]:
        return sorted(self.at(part) for part in (*self.spec.lists, *(part for _, part in self.acts)))

    def node(self, text: str) -> Node:
        """Return the typed tree of a condition."""
        return self.spec.conditions[text]

    def atoms(self, *texts: str | None) -> frozenset[Atom]:
        """Return what must hold for all of the conditions to hold; None is no condition."""
        return atoms(*(self.node(text) for text in texts if text is not None))

    def needs(self, branch: Branch) -> frozenset[Atom]:
        """Return what must hold for a rule: its list's condition and its own."""
        if branch.rule.id not in self._needs:
            self._needs[branch.rule.id] = self.atoms(branch.listed.if_, branch.rule.if_)
        return self._needs[branch.rule.id]

    @cached_property
    def branches(self) -> tuple[Branch, ...]:
        """All rules in the order of the files."""
        return tuple(branch for part in self.spec.lists for branch in self.choices(part.spec))

    def choices(self, listed: ListSpec) -> Iterator[Branch]:
        """Yield the rules of one list."""
        for number, rule in enumerate(listed.choose):
            yield Branch(listed, number, rule, self.spec.parts["rules", rule.id])

    @cached_property
    def lists(self) -> dict[RuleList, Located]:
        """The compiled lists with the parts they come from."""
        return dict(zip(self.flow.lists, self.spec.lists, strict=True))

    @cached_property
    def moves(self) -> tuple[Move, ...]:
        """Every way that some rule or follow-up may take, whatever its condition."""
        return (*self._rule_moves(), *self._follow_up_moves())

    def _rule_moves(self) -> Iterator[Move]:
        for compiled, part in self.lists.items():
            for state in self.flow.states:
                if compiled.depth(state) >= 0 and any(self.occurs(trigger, state, part.spec) for trigger in part.spec.when):
                    yield from (Move(state, b.rule.go, b.part, compiled.where) for b in self.choices(part.spec) if b.rule.go)

    def _follow_up_moves(self) -> Iterator[Move]:
        for name, follow_up in self.flow.follow_ups.items():
            target, part = follow_up.spec.go, self.spec.follow_ups[name]
            yield from (Move(s, target, part, follow_up.where) for s in self.flow.states if target and follow_up.fits(s))

    def occurs(self, trigger: str, state: str, listed: ListSpec) -> bool:
        """Tell whether an event can be judged in a state at all."""
        if trigger == "started":
            return state == "greet"
        if trigger == "enter":
            return state in (listed.in_ or ())
        if trigger == "collected":
            return bool(self.flow.states[state].collect)
        return root(state) != "handoff" or trigger == "now" or trigger.rpartition(".")[2] in (*OUTCOMES, "broken")

    @cached_property
    def reached(self) -> frozenset[str]:
        """The states that a conversation can get to; the staff may always take over."""
        found, border = set[str](), {"greet", "handoff"}
        while border:
            found |= border
            border = {move.target for move in self.moves if move.source in found and move.target != "back"} - found
        return frozenset(found)

    @cached_property
    def hearing(self) -> tuple[str, ...]:
        """The reached states in which a customer's message is judged."""
        return tuple(state for state in self.flow.states if state in self.reached and self._hears(state))

    def _hears(self, state: str) -> bool:
        greets = state == "greet" and any(self._leaves(part.spec) for part in self.spec.lists if "started" in part.spec.when)
        return root(state) != "handoff" and not self.flow.states[state].ends and not greets

    def _leaves(self, listed: ListSpec) -> bool:
        return self.total(listed) and all(rule.go for rule in listed.choose)

    def total(self, listed: ListSpec) -> bool:
        """Tell whether some rule of a list surely fires whenever it is judged."""
        return listed.if_ is None and self.closes(listed)

    def closes(self, listed: ListSpec) -> bool:
        """Tell whether some rule of a list surely fires once the list's own condition holds."""
        return any(branch.rule.if_ is None and branch.lasting for branch in self.choices(listed))

    def message(self, trigger: str) -> bool:
        """Tell whether an event is something that a customer says."""
        return trigger in self._said

    @cached_property
    def _said(self) -> frozenset[str]:
        parts = (name.split(".") for name in self.spec.intents)
        return frozenset(".".join(words[:depth]) for words in parts for depth in range(1, len(words) + 1))

    def stands(self, listed: ListSpec) -> tuple[str, ...]:
        """Return the reached states that a list stands in."""
        return self.inside(listed.in_ or ())

    def inside(self, where: tuple[str, ...]) -> tuple[str, ...]:
        """Return the reached states that are, or are under, those of an `in`."""
        if where not in self._stands:
            self._stands[where] = tuple(s for s in self.flow.states if s in self.reached and _inside(s, where))
        return self._stands[where]

    @cached_property
    def acts(self) -> tuple[tuple[RuleSpec | FollowUpSpec, Located], ...]:
        """All rules and follow-ups with their parts."""
        follow_ups = ((part.spec, part) for part in self.spec.follow_ups.values())
        return (*((branch.rule, branch.part) for branch in self.branches), *follow_ups)

    @cached_property
    def reported(self) -> frozenset[str]:
        """The facts that come with reports of the shop and with results of calls, but for how far an order has come."""
        reports = (name for event in self.spec.events.values() for name in (*event.brings, *event.sets))
        return frozenset(reports).union(*(call.gives for call in self.spec.calls.values())) - PLACED.keys()

    @cached_property
    def questioned(self) -> frozenset[str]:
        """The slots that some rule asks for or some state collects."""
        collected = {slot for state in self.flow.states.values() for slot, _ in state.collect}
        return frozenset(collected | {act.ask for act, _ in self.acts if act.ask})


def _inside(state: str, where: Iterable[str]) -> bool:
    return any(entry == EVERYWHERE or below(entry, state) for entry in where)
