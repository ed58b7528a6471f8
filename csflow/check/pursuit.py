"""What may break a `never:` line is pursued: a search among the events alone that lead towards it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence, Set
from functools import cached_property, partial

from csflow.bind import below, matches
from csflow.check.alphabet import Alphabet
from csflow.check.explore import Exploration
from csflow.check.subject import Subject
from csflow.condition import Node
from csflow.errors import Problem
from csflow.flow import Flow
from csflow.snapshot import Snapshot
from csflow.spec import EVERYWHERE, PHASES, ActSpec, FollowUpSpec, ListSpec, RuleSpec

STEPS = 8_000
ROUNDS = 5


def pursued(subject: Subject, lines: Sequence[str]) -> Iterator[Problem]:
    """Yield the rules that break one of the lines in a conversation that was found."""
    for line in lines:
        names = frozenset(subject.node(line).names())
        alphabet = Narrow(subject.flow, towards(subject, names))
        search = Exploration(subject, STEPS, alphabet=alphabet, kind=partial(_ledger, names))
        search.run()
        yield from (problem for problem in search.findings() if problem.code == "limit-broken")


def _ledger(names: Set[str], snapshot: Snapshot) -> Hashable:
    """Return the state with what the ledger holds of some facts, so that the search goes on where that is new."""
    grants = [grant.name for grant in snapshot.ledger.grants if f"granted.{grant.name}" in names]
    steps = [(name, b.step, b.agreed is None) for name, b in snapshot.ledger.bargains.items() if _of_bargain(name, names)]
    return snapshot.state, tuple(sorted(grants)), tuple(steps)


def _of_bargain(name: str, names: Set[str]) -> bool:
    return any(below(name, fact) for fact in names)


class Narrow(Alphabet):
    """Offers only some of the messages and reports, besides answers, results and time."""

    def __init__(self, flow: Flow, triggers: Set[str]) -> None:
        super().__init__(flow)
        self.triggers = triggers

    @cached_property
    def messages(self) -> Mapping[str, str]:
        """For each intent that leads on a message that is heard as it."""
        heard = ((name, self._message(name)) for name in self.flow.spec.intents if name in self.triggers)
        return {name: text for name, text in heard if text is not None}

    @cached_property
    def events(self) -> Sequence[str]:
        """The reports that lead on."""
        return [name for name in self.flow.spec.events if f"report.{name}" in self.triggers]


def towards(subject: Subject, names: Set[str]) -> frozenset[str]:
    """Return the events of the rules that change some facts, of those that change what those rules ask, and so on a few times."""
    wanted, triggers = set(names), set[str]()
    for _ in range(ROUNDS):
        for listed, act in _acts(subject):
            if _changes(act, wanted):
                triggers |= _events(subject, listed, act)
        reading = ((listed, act) for listed, act in _acts(subject) if _changes(act, wanted))
        wanted |= {name for listed, act in reading for name in _read(subject, listed, act)}
        triggers |= {
            name for name in subject.spec.intents if any(below(word[6:], name) for word in wanted if word[:6] == "times ")
        }
    return frozenset(triggers)


def _acts(subject: Subject) -> Iterator[tuple[ListSpec | None, ActSpec]]:
    yield from ((branch.listed, branch.rule) for branch in subject.branches)
    yield from ((None, part.spec) for part in subject.spec.follow_ups.values())


def _events(subject: Subject, listed: ListSpec | None, act: ActSpec) -> set[str]:
    names = listed.when if listed else (act.since,) if isinstance(act, FollowUpSpec) and act.since else ()
    triggers = {subject.flow.trigger(name) for name in names}
    return triggers | {intent for intent in subject.spec.intents if any(below(name, intent) for name in names)}


def _changes(act: ActSpec, wanted: Set[str]) -> bool:
    """Tell whether an act changes one of the facts: what it gives, offers, tags, asks for, calls, or that it fires."""
    told = {f"slots.{act.ask}"} | {f"granted.{effect.grant}" for effect in act.do}
    told |= {f"state {where}" for where in _above(act.go or "")}
    told |= {f"tags.{key}" for effect in act.do for key in effect.tag or ()} | {f"calls.{effect.call}" for effect in act.do}
    offered = {effect.offer or effect.agree for effect in act.do} - {None}
    fired = isinstance(act, RuleSpec) and any(name.startswith("used ") and matches(name[5:], act.id) for name in wanted)
    return fired or bool(told & wanted) or any(_of_bargain(str(name), wanted) for name in offered)


def _above(state: str) -> Iterator[str]:
    """Yield a state and those that it lies in."""
    parts = state.split(".")
    return (".".join(parts[:depth]) for depth in range(1, len(parts) + 1))


def _read(subject: Subject, listed: ListSpec | None, act: ActSpec) -> Iterator[str]:
    """Yield what the conditions of an act read, and the call whose result it waits for."""
    texts = [text for text in (listed.if_ if listed else None, act.if_) if text is not None]
    axes = [
        spec for axis, spec in subject.spec.types.items() if any(f"type.{axis}" in subject.node(text).names() for text in texts)
    ]
    texts += [item.if_ for spec in axes for items in spec.evidence.values() for item in items]
    for node in (node for text in texts for node in subject.node(text).walk()):
        yield from _named(node)
    yield from (f"state {where}" for where in (listed.in_ if listed else None) or () if where not in (EVERYWHERE, *PHASES))
    for trigger in listed.when if listed else ():
        yield trigger
        yield f"calls.{trigger.rpartition('.')[0]}"


def _named(node: Node) -> Iterator[str]:
    if node.op == "ref":
        yield node.value
    elif node.op in ("used", "times"):
        yield f"{node.op} {node.value}"
