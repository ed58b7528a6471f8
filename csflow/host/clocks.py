"""The service clocks: how long each message waited for its first answer, by the bot or a person, and which waited too long."""

from __future__ import annotations

import datetime
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from csflow.host import schema

FIRST = datetime.timedelta(seconds=15)
"""How soon the first message of a visit is to be answered."""
ANSWER = datetime.timedelta(seconds=20)
"""How soon any other message is to be answered; a hold line is an answer."""
_E, _O = schema.event.c, schema.outbox.c


class Heard(NamedTuple):
    """Something in a conversation's log: a message of the customer, or what one of the staff did; `state` is the one after it."""

    conversation: str
    seq: int
    kind: str
    state: str
    at: datetime.datetime


class Left(NamedTuple):
    """A reply, and when it left; None where it has not."""

    conversation: str
    seq: int
    done: datetime.datetime | None


class Wait(NamedTuple):
    """How long a message waited for an answer that left, and how long it may; `waited` is None while nothing has left."""

    conversation: str
    seq: int
    at: datetime.datetime
    first: bool
    by: str
    waited: datetime.timedelta | None

    @property
    def limit(self) -> datetime.timedelta:
        """How soon it was to be answered."""
        return FIRST if self.first else ANSWER

    def late(self, now: datetime.datetime) -> bool:
        """Tell whether the answer came too late, or is late now."""
        return (now - self.at if self.waited is None else self.waited) > self.limit


def waits(log: Iterable[Heard], replies: Iterable[Left]) -> Iterator[Wait]:
    """Yield the wait of each message; `log` and `replies` are sorted by conversation and number.

    A message is answered by the first reply that leaves with its own turn or a later one. Where a person has the
    conversation, only what a person writes counts: `by` is `bot` or `staff`.
    """
    answers: defaultdict[str, list[Left]] = defaultdict(list)
    for reply in replies:
        answers[reply.conversation].append(reply)
    entries = list(log)
    people = {(one.conversation, one.seq) for one in entries if one.kind == "staff"}
    last = ("", "")
    for one in entries:
        if one.kind == "message":
            first = last[0] != one.conversation or last[1].startswith("farewell")
            yield _wait(one, first, answers[one.conversation], people)
        last = one.conversation, one.state


def _wait(message: Heard, first: bool, answers: Sequence[Left], people: set[tuple[str, int]]) -> Wait:
    later = answers[bisect_left(answers, message.seq, key=lambda one: one.seq) :]
    own = any(one.seq == message.seq for one in later)  # the turn that hands over says so itself
    by_staff = message.state.startswith("handoff") and not own
    left = [one.done for one in later if one.done is not None and (not by_staff or (one.conversation, one.seq) in people)]
    waited = max(min(left) - message.at, datetime.timedelta(0)) if left else None
    return Wait(message.conversation, message.seq, message.at, first, "staff" if by_staff else "bot", waited)


def measured(connection: sa.Connection, since: datetime.datetime, until: datetime.datetime) -> list[Wait]:
    """Return the waits of the messages of a period."""
    talks = sa.select(_E.conversation).where(_E.kind == "message", _E.at >= since, _E.at < until).distinct()
    log = sa.select(_E.conversation, _E.seq, _E.kind, _E.turn, _E.at).where(_E.conversation.in_(talks))
    left = sa.select(_O.conversation, _O.seq, _O.done).where(_O.conversation.in_(talks), _O.kind == "reply")
    heard = (_heard(row) for row in connection.execute(log.order_by(_E.conversation, _E.seq)))
    replies = (Left(*row) for row in connection.execute(left.order_by(_O.conversation, _O.seq, _O.part)))
    return [wait for wait in waits(heard, replies) if since <= wait.at < until]


def _heard(row: Any) -> Heard:
    return Heard(row.conversation, row.seq, row.kind, row.turn["state"], row.at)
