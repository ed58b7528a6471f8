"""What can happen next to a conversation: one message an intent, the answers to its question, reports, results, time."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from operator import attrgetter
from typing import Any, NamedTuple

from csflow.check.hijacked import HOLE, SAMPLES
from csflow.check.usage import facts_read
from csflow.condition import Node, Type
from csflow.events import Due, Event, Facts, Message, Report, Result
from csflow.flow import Flow
from csflow.moves import in_handoff
from csflow.snapshot import Snapshot
from csflow.timers import ready
from csflow.values import write_value

COMPARED = ("<", "<=", ">", ">=", "==", "!=")
TEMPER = {"zh": "气死我了！！！", "en": "I am furious!!!"}
NOT_UNDERSTOOD = {"zh": "咕噜咕噜呱", "en": "xyzzy plugh"}
PLAIN: Mapping[str, Any] = {
    "money": "100.00", "count": 2, "duration": "1d", "date": "2026-11-20", "text": "sample", "flag": True, "texts": ["sample"],
}  # fmt: skip
COMMON: Mapping[str, Sequence[str]] = {"money": ("100",), "count": ("2",), "size": ("L",)}
TOLD: Mapping[str, Mapping[str, Sequence[str]]] = {
    "zh": {"flag": ("好的", "不要"), "text": ("说来话长",), "product": ("第一款",)},
    "en": {"flag": ("yes", "no"), "text": ("it is a long story",), "product": ("the first one",)},
}
NAMES = {"order.no": "A1001", "order.id": "A1001"}
COUNTED = ("money", "count")
CHOICES, LIMITS = 6, 3
HOUR = datetime.timedelta(hours=1)


class Happening(NamedTuple):
    """An event, how long after the one before it comes, and its line in a script."""

    event: Event
    wait: datetime.timedelta
    line: str


NOTHING_YET = Happening(Facts({}), HOUR * 0, "")


def said(text: str) -> Happening:
    """Return a customer's message."""
    return Happening(Message((text,)), HOUR * 0, text)


def scripted(event: Event, /, **line: Any) -> Happening:
    """Return an event with its script line; facts that are None are left out."""
    kept = {key: value for key, value in line.items() if value is not None}
    return Happening(event, HOUR * 0, json.dumps(kept, ensure_ascii=False))


class Alphabet:
    """Offers the events that matter to one flow."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.language = flow.spec.language

    @cached_property
    def _told(self) -> Mapping[str, Sequence[str]]:
        """What customers answer to a question of each type."""
        samples = {kind: (words,) for kind, words in SAMPLES[self.language].items()}
        return {**samples, **COMMON, **TOLD[self.language]}

    @cached_property
    def messages(self) -> Mapping[str, str]:
        """For each intent a message that is heard as it, and as nothing else where there is one."""
        found = {name: self._message(name) for name in self.flow.spec.intents}
        return {name: text for name, text in found.items() if text is not None}

    @cached_property
    def reads(self) -> frozenset[str]:
        """The facts that some condition or text reads."""
        return facts_read(self.flow.spec)

    @cached_property
    def events(self) -> Sequence[str]:
        """The reports that a rule or follow-up waits for, or that change a fact which matters."""
        spec = self.flow.spec
        awaited = {self.flow.trigger(name) for part in spec.lists for name in part.spec.when}
        awaited |= {self.flow.trigger(part.spec.since) for part in spec.follow_ups.values() if part.spec.since}
        return [n for n, e in spec.events.items() if f"report.{n}" in awaited or not self.reads.isdisjoint({*e.brings, *e.sets})]

    @cached_property
    def angry(self) -> Sequence[str]:
        """Messages in a temper, of the intents that some rule answers by the mood."""
        lists = [part.spec for part in self.flow.spec.lists]
        moody = [lst for lst in lists if any("message.anger" in (rule.if_ or "") for rule in lst.choose)]
        intents = dict.fromkeys(name for lst in moody for name in lst.when if name in self.messages)
        return [f"{self.messages[name]}，{TEMPER[self.language]}" for name in intents]

    @cached_property
    def spoken(self) -> Sequence[Happening]:
        """What can be said anywhere: a message of each intent, those in a temper, and one that nothing understands."""
        return [said(text) for text in (*self.messages.values(), *self.angry, NOT_UNDERSTOOD[self.language])]

    def _message(self, intent: str) -> str | None:
        spec = self.flow.spec.intents[intent]
        texts = [HOLE.sub(lambda hole: self.sample(hole[1]), text) for text in (*spec.examples, *spec.phrases) if "…" not in text]
        first = None
        for text in texts:
            names = self.flow.recogniser.hear(text).names
            if names == (intent,):
                return text
            if first is None and names[:1] == (intent,):
                first = text
        return first

    def sample(self, hole: str) -> str:
        """Return what may be said in a hole of a phrase: a usual value of its type, a word of its class, or a product."""
        slot = self.flow.spec.slots.get(hole)
        kind = slot.type if slot and isinstance(slot.type, str) else hole
        words = self.flow.spec.words.get(hole, ())
        return SAMPLES[self.language].get(kind) or next(iter(words), "") or next(iter(self.flow.products), "")

    @cached_property
    def limits(self) -> Mapping[str, Sequence[Any]]:
        """The constants that conditions compare each fact and each counter with, in order; 0 of what a text divides by."""
        found: dict[str, set[Any]] = {}
        for node in self._nodes():
            if node.op in COMPARED:
                _note(node, found)
            elif node.op == "/" and node.args[1].op == "ref":
                found.setdefault(node.args[1].value, set()).add(0)
        return {name: sorted(values, key=lambda value: (str(type(value)), value)) for name, values in found.items()}

    def _nodes(self) -> Iterator[Node]:
        spec = self.flow.spec
        trees = (*spec.conditions.values(), *(node for text in spec.templates.values() for node in text.nodes))
        return (node for tree in trees for node in tree.walk())

    def offers(self, snapshot: Snapshot, now: datetime.datetime) -> Iterator[Happening]:
        """Yield what can happen next: answers and messages, then results of open calls, reports, and the next timer."""
        if not in_handoff(snapshot.state):
            yield from self.answers(snapshot)
            yield from self.spoken
        for call in snapshot.ledger.calls:
            yield from self.results(call)
        for name in self.events:
            yield from self.reports(name)
        yield from self.passing(snapshot, now)

    def answers(self, snapshot: Snapshot) -> Iterator[Happening]:
        """Yield answers to the open question."""
        pending = snapshot.pending
        if pending is None:
            return
        if pending.confirm:
            yield from map(said, self._told["flag"])
            return
        spec = self.flow.spec.slots[pending.slot]
        words = spec.words(self.flow.profile.facts)
        told = [next(iter(said), answer) for answer, said in words.items()]
        yield from map(said, [*told[:CHOICES], *self._figures(f"slots.{pending.slot}", spec.kind), *self._typical(spec.type)])

    def _figures(self, name: str, kind: Type) -> Iterator[str]:
        """Yield amounts at the limits that conditions set to a slot."""
        if kind.kind in COUNTED:
            for value in islice(self.limits.get(name, ()), 2):
                yield from (str(write_value(kind, value + off)) for off in (-1, 0))

    def _typical(self, kind: str | Type) -> Iterable[str]:
        if isinstance(kind, Type):
            return ()
        if kind == "product" and self.flow.products:
            return (next(iter(self.flow.products)),)
        return self._told.get(kind, self._told["text"])

    def results(self, call: str) -> Iterator[Happening]:
        """Yield the ways in which a call can end."""
        gives = self.flow.spec.calls[call].gives
        for facts in self._valued(gives):
            told = facts or None
            yield scripted(Result(call, "done", facts), event=f"{call}.done", facts=told)
        for outcome in ("denied", "failed"):
            yield scripted(Result(call, outcome), event=f"{call}.{outcome}")

    def reports(self, name: str) -> Iterator[Happening]:
        """Yield a report of the shop with facts worth trying."""
        declared, brings = self.flow.spec.facts, self.flow.spec.events[name].brings
        kinds = {fact: declared[fact].type for fact in brings if fact in declared}
        for facts in self._valued(kinds):
            yield scripted(Report(name, facts), event=name, facts=facts or None)

    def _valued(self, kinds: Mapping[str, Type]) -> Iterator[dict[str, Any]]:
        """Yield values for some facts: plain ones, then one fact at a time at its limits."""
        plain = {name: self.values(name, kind)[0] for name, kind in kinds.items()}
        yield plain
        for name, kind in kinds.items():
            yield from (plain | {name: value} for value in self.values(name, kind)[1:])

    def values(self, name: str, kind: Type) -> list[Any]:
        """Return values worth trying of a fact as plain data: a usual one, and those at the limits that conditions set."""
        if name in NAMES:
            return [NAMES[name]]
        if kind.kind == "enum":
            return list(kind.values)
        if kind.kind == "flag":
            return [True, False]
        found = [PLAIN.get(kind.kind, "sample")]
        if kind.kind in COUNTED:
            around = (value + off for value in self.limits.get(name, ())[:LIMITS] for off in (-1, 0, 1))
            found += [write_value(kind, value) for value in around if value >= 0]
        elif kind.kind in ("text", "duration"):
            found += [write_value(kind, value) for value in self.limits.get(name, ())[:LIMITS]]
        return list(dict.fromkeys(found)) if kind.kind != "texts" else found

    def passing(self, snapshot: Snapshot, now: datetime.datetime) -> Iterator[Happening]:
        """Yield the next timer's time."""
        timer = min(snapshot.timers, key=attrgetter("due"), default=None)
        if timer is not None:
            ahead = max(timer.due - now, HOUR * 0)
            if next(ready(self.flow, snapshot.timers, snapshot.state, now + ahead), None) is not None:
                yield Happening(Due(timer), ahead, json.dumps({"wait": f"{int(ahead.total_seconds()) + 1}s"}))

    def beginnings(self) -> Iterator[Happening | None]:
        """Yield what the shop may know before anything is said: nothing, an order, an order at one of the limits."""
        yield None
        read = self.reads | self.limits.keys()
        orders = {name: fact.type for name, fact in self.flow.spec.facts.items() if name.startswith("order.") and name in read}
        base = {"order.no": NAMES["order.no"], "order.placed": True}
        yield _known(base)
        usual = base | {name: self.values(name, kind)[0] for name, kind in orders.items() if kind.kind in COUNTED}
        if usual != base:
            yield _known(usual)
        for name, kind in orders.items():
            if name in self.limits or kind.kind in ("flag", "enum"):
                yield from (_known(usual | {name: value}) for value in self.values(name, kind))


def _known(facts: dict[str, Any]) -> Happening:
    return scripted(Facts(facts), facts=facts)


def _note(node: Node, found: dict[str, set[Any]]) -> None:
    left, right = node.args
    for one, other in ((left, right), (right, left)):
        if other.op == "const" and other.value is not None and one.op in ("ref", "times", "used"):
            name = one.value if one.op == "ref" else f"{one.op}({one.value})"
            found.setdefault(name, set()).add(other.value)
