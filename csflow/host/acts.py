"""What is asked of a host for a conversation, and what comes of it, both as data that a log can keep."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from uuid import uuid4

from csflow.condition import TEXT
from csflow.errors import StoreError
from csflow.events import Due, Effect, Event, Facts, Message, Report, Result, Staff, Turn, Why
from csflow.flow import Flow
from csflow.snapshot import NOTHING, Snapshot, Timer, decode, encode
from csflow.tally import NO_TALLY, Tally
from csflow.turn import step


class Note(NamedTuple):
    """What one of the staff writes down for the others; the flow does not hear of it.

    `to` is whom the conversation is passed on to (empty: to whoever takes it), `closes` the kind of case that is settled.
    """

    text: str
    to: str | None = None
    closes: str | None = None


Logged = Event | Note
"""What the log of a conversation holds."""
KINDS: Mapping[str, Callable[..., Logged]] = {
    "message": Message,
    "report": Report,
    "facts": Facts,
    "result": Result,
    "due": lambda timer: Due(Timer(*timer)),
    "staff": Staff,
    "note": Note,
}
NAMES = {
    Message: "message", Report: "report", Facts: "facts", Result: "result", Due: "due", Staff: "staff", Note: "note",
}  # fmt: skip


class Act(NamedTuple):
    """Something that a host is asked to do in a conversation.

    Without an event what is due is done. `message` is the channel's id of it, taken once only; without one it has an id of its
    own, by which a transaction whose end is unknown is found when it is tried again. `by` is who of the staff acts.
    """

    conversation: str
    event: Logged | None
    at: datetime.datetime
    id: str
    message: str | None = None
    customer: str | None = None
    by: str | None = None
    channel: str | None = None


def act(conversation: str, event: Logged | None, at: datetime.datetime, **about: str | None) -> Act:
    """Return something to do, with an id that no other has; its time is in UTC, as a replay of the log has it."""
    return Act(conversation, event, at.astimezone(datetime.UTC), about.get("message") or f"~{uuid4().hex}", **about)


class Served:
    """What a host did: a turn that is stored, read like a `Turn`.

    `number` counts the events of the conversation, `duplicate` tells that the message had come before and this is what it
    led to then. `why` is None for a turn that was read from the store, and `about` is empty: `flow`, `version`, the `kind` of the
    event and the state `before` it.
    """

    __slots__ = ("about", "at", "conversation", "data", "duplicate", "number", "why")

    def __init__(
        self,
        conversation: str,
        number: int,
        at: datetime.datetime,
        data: Mapping[str, Any],
        why: Why | None = None,
        duplicate: bool = False,
        about: Mapping[str, str] = NOTHING,
    ) -> None:
        self.conversation, self.number, self.at, self.data = conversation, number, at, data
        self.why, self.duplicate, self.about = why, duplicate, about

    def __repr__(self) -> str:
        return f"<Served {self.conversation} {self.number} {self.state} {self.replies}>"

    @property
    def state(self) -> str:
        """The state after the turn."""
        return str(self.data["state"])

    @property
    def replies(self) -> tuple[str, ...]:
        """What is said to the customer, in order."""
        return tuple(self.data["replies"])

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that fired."""
        return tuple(self.data["rules"])

    @property
    def effects(self) -> tuple[Effect, ...]:
        """What the flow asked of the host; the values are plain data."""
        return tuple(_effect(effect) for effect in self.data["effects"])

    @property
    def heard(self) -> tuple[str, ...]:
        """The intents heard, in the order of the text."""
        return tuple(hit["intent"] for hit in self.data["heard"])

    def to_json(self) -> dict[str, Any]:
        """Return the turn as the command line prints it."""
        return dict(self.data)


def _effect(data: Mapping[str, Any]) -> Effect:
    values = {key: (TEXT, value) for key, value in data["with"].items()}
    deadline = datetime.datetime.fromisoformat(data["deadline"]) if "deadline" in data else None
    return Effect(data["type"], data["name"], values, deadline)


def play(flow: Flow, snapshot: Snapshot, event: Logged, now: datetime.datetime, tally: Tally = NO_TALLY) -> Turn:
    """Return what an event of the log leads to, now or when it is played again: a step of the flow, or nothing for a note."""
    if isinstance(event, Note):
        return Turn(snapshot, (), (), (), Why())
    return step(flow, snapshot, event, now, tally)


def event_to_json(event: Logged) -> tuple[str, list[Any]]:
    """Return an event's kind and its fields as plain data."""
    return NAMES[type(event)], [encode(field) for field in event]


def event_from_json(kind: str, fields: list[Any]) -> Logged:
    """Read what `event_to_json` wrote.

    Raises:
        StoreError: it is no event of this version of csflow.
    """
    try:
        return KINDS[kind](*map(decode, fields))
    except (KeyError, TypeError) as error:
        raise StoreError(f"the log holds an event {kind!r} that this version cannot read ({error})") from None
