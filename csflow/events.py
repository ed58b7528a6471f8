"""What can happen to a conversation, and what a step answers: events in, a turn with effects out."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from csflow.condition import Type
from csflow.errors import Place
from csflow.snapshot import Snapshot, Timer
from csflow.values import write_value

if TYPE_CHECKING:
    from csflow.language import Heard, Hit


MAX_SHOWN = 60


class Message(NamedTuple):
    """The customer writes; a burst is one message with several texts."""

    texts: tuple[str, ...]


class Report(NamedTuple):
    """The shop reports something (`paid`), with the facts it brings as plain data."""

    name: str
    facts: Mapping[str, Any] | None = None


class Facts(NamedTuple):
    """The shop tells facts, without an event of the flow."""

    facts: Mapping[str, Any]


class Result(NamedTuple):
    """A call or an approval ended: `done`, `denied` or `failed`, with the facts it gives."""

    call: str
    outcome: str
    facts: Mapping[str, Any] | None = None
    serial: int | None = None


class Due(NamedTuple):
    """A timer's time has come."""

    timer: Timer


class Staff(NamedTuple):
    """A person of the shop acts: `take_over` or `give_back`, perhaps with messages to the customer."""

    act: str
    texts: tuple[str, ...] = ()


Event = Message | Report | Facts | Result | Due | Staff


class Effect(NamedTuple):
    """Something for the host to do, as data; `values` are typed, `hold` is said where the answer takes long."""

    type: str
    name: str
    values: Mapping[str, tuple[Type, Any]] = {}
    deadline: datetime.datetime | None = None
    hold: str | None = None
    serial: int = 0

    @property
    def plain(self) -> dict[str, Any]:
        """The values as plain data, money as decimal text."""
        return {key: write_value(kind, value) for key, (kind, value) in self.values.items() if value is not None}

    def to_json(self) -> dict[str, Any]:
        """Return the effect as the command line prints it."""
        data = {"type": self.type, "name": self.name, "with": self.plain}
        return data if self.deadline is None else data | {"deadline": self.deadline.isoformat()}


class Read(NamedTuple):
    """A fact that a condition read, with its type and its value at that moment."""

    name: str
    type: Type
    value: Any

    def __str__(self) -> str:
        text = "unknown" if self.value is None else str(write_value(self.type, self.value))
        return f"{self.name} = {text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + '…'}"


class Judged(Protocol):
    """A rule or a list of rules, as `why` names it."""

    @property
    def id(self) -> str: ...
    @property
    def place(self) -> Place: ...


class Considered(NamedTuple):
    """A rule or list that was judged.

    The verdict: `fired`, `false`, `unknown`, `spent` (its `max`), `asked` (its question is closed), `repeated`, `tied`, `undone`.
    """

    rule: Judged
    verdict: str
    reads: tuple[Read, ...] = ()


class Why:
    """Why a turn came out as it did; holds references and is put into words only when asked.

    `missed` tells that a message was not understood: nothing that was heard in it was answered, and no rule takes any text.
    """

    __slots__ = ("beaten", "considered", "heard", "missed", "notes")

    def __init__(self) -> None:
        self.heard: Heard | None = None
        self.considered: list[Considered] = []
        self.beaten: list[tuple[Judged, Sequence[Sequence[Judged]]]] = []
        self.notes: list[str] = []
        self.missed = False

    def lines(self) -> Iterator[str]:
        """Yield the explanation, a line a fact."""
        for hit in self.heard.intents if self.heard else ():
            yield f"heard {hit.intent} ({hit.score:.2f}): {hit.why}"
        for item in self.considered:
            facts = ", ".join(map(str, item.reads))
            yield f"{item.verdict:9} {item.rule.id}  {item.rule.place}{'  with ' + facts if facts else ''}"
        for winner, ranks in self.beaten:
            yield from (f"beaten    {judged.id}  {judged.place}  by {winner.id}" for rank in ranks for judged in rank)
        yield from self.notes

    def __str__(self) -> str:
        return "\n".join(self.lines())


class Turn:
    """What one event led to: the new snapshot, the replies, the effects and why."""

    __slots__ = ("effects", "replies", "rules", "snapshot", "why")

    def __init__(
        self, snapshot: Snapshot, replies: tuple[str, ...], effects: tuple[Effect, ...], rules: tuple[str, ...], why: Why
    ) -> None:
        self.snapshot, self.replies, self.effects, self.rules, self.why = snapshot, replies, effects, rules, why

    def __repr__(self) -> str:
        return f"<Turn {self.state} {self.rules} {self.replies}>"

    @property
    def state(self) -> str:
        """The state after the turn."""
        return self.snapshot.state

    @property
    def heard(self) -> tuple[Hit, ...]:
        """The intents heard, in the order of the text."""
        return tuple(self.why.heard.intents) if self.why.heard else ()

    @property
    def due(self) -> tuple[Timer, ...]:
        """The timers that are pending, the next one first."""
        return tuple(sorted(self.snapshot.timers, key=lambda timer: timer.due))

    def to_json(self) -> dict[str, Any]:
        """Return the turn as the command line prints it."""
        return {
            "state": self.state,
            "heard": [{"intent": hit.intent, "score": round(hit.score, 3), "why": hit.why} for hit in self.heard],
            "rules": list(self.rules),
            "replies": list(self.replies),
            "effects": [effect.to_json() for effect in self.effects],
            "due": [{"name": timer.name, "at": timer.due.isoformat()} for timer in self.due],
        }
