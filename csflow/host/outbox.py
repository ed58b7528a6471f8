"""What leaves a host: claimed lane by lane, handed to a channel in order, and marked when it has left."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa

from csflow.host import schema

LEASE = datetime.timedelta(seconds=60)
"""How long the others leave a lane alone whose worker says nothing."""
FARTHEST = datetime.timedelta(minutes=10)
"""What is leased for longer was leased by a clock that went wrong, and is free."""
LANES = 50
"""How many lanes a worker hands over at once."""
FRONT = 10 * LANES
"""How many messages are looked at for lanes, the longest waiting first: however much waits, a look costs the same."""


class Outgoing(NamedTuple):
    """Something that leaves: a reply, mail, notice, approval to ask for, or a call.

    `key` stays the same however often it is handed over: a channel that takes a key once only sends everything once.
    """

    key: str
    lane: str
    conversation: str
    kind: str
    name: str
    data: Mapping[str, Any]
    at: datetime.datetime
    tries: int

    @property
    def text(self) -> str:
        """The text of a reply."""
        return str(self.data.get("text", ""))


class Channel(Protocol):
    """Where replies go."""

    async def send(self, message: Outgoing) -> None:
        """Hand a message over; an exception has it tried again later, with the same key."""
        ...


_O, _L = schema.outbox.c, schema.lease.c
_FIELDS = (_O.key, _O.lane, _O.conversation, _O.kind, _O.name, _O.data, _O.at, _O.tries)


def claim(
    connection: sa.Connection,
    worker: str,
    now: datetime.datetime,
    kinds: Collection[str],
    names: Collection[str] | None = None,
    room: int = LANES,
) -> list[list[Outgoing]]:
    """Return what is to leave of kinds, one list a lane, and keep other workers from these lanes for a while.

    `names` leaves out all other names, for calls that another host has the functions for; `room` is the number of lanes at most.
    What was to leave at once leaves also when the clock says that it is not yet said: it was set back since.
    """
    wanted = [_O.done.is_(None), sa.or_(_O.due <= now, _O.due == _O.at), _O.kind.in_(kinds)]
    if names is not None:
        wanted.append(_O.name.in_(names))
    held = sa.select(_L.lane).where(_L.until > now, _L.until <= now + FARTHEST)
    front = sa.select(_O.lane, _O.due).where(*wanted, _O.lane.not_in(held)).order_by(_O.due).limit(FRONT).subquery().c
    lanes = connection.scalars(sa.select(front.lane).group_by(front.lane).order_by(sa.func.min(front.due)).limit(room)).all()
    if not lanes or not (mine := _lease(connection, lanes, worker, now)):
        return []
    waiting: dict[str, list[Outgoing]] = {lane: [] for lane in lanes if lane in mine}
    rows = connection.execute(sa.select(*_FIELDS).where(_O.lane.in_(mine), *wanted).order_by(_O.due, _O.seq, _O.part))
    for row in rows:
        waiting[row.lane].append(Outgoing(*row))
    release(connection, worker, [lane for lane, messages in waiting.items() if not messages])  # another served them just before
    return [messages for messages in waiting.values() if messages]


def _lease(connection: sa.Connection, lanes: Collection[str], worker: str, now: datetime.datetime) -> set[str]:
    """Return which lanes are this worker's now; they are asked for in one order, so that workers do not block each other."""
    values = {"worker": worker, "until": now + LEASE}
    free = sa.or_(_L.until <= now, _L.until > now + FARTHEST)
    taken = schema.insert_into(connection, schema.lease).values([{"lane": lane, **values} for lane in sorted(lanes)])
    taken = taken.on_conflict_do_update(index_elements=[_L.lane], set_=values, where=free).returning(_L.lane)
    return set(connection.scalars(taken))


def mark(connection: sa.Connection, keys: Sequence[str], now: datetime.datetime) -> None:
    """Mark what has left."""
    if keys:
        connection.execute(sa.update(schema.outbox).where(_O.key.in_(keys), _O.done.is_(None)).values(done=now))


def renew(connection: sa.Connection, worker: str, lane: str, now: datetime.datetime) -> None:
    """Keep a lane for longer."""
    connection.execute(sa.update(schema.lease).where(_L.lane == lane, _L.worker == worker).values(until=now + LEASE))


def release(connection: sa.Connection, worker: str, lanes: Collection[str]) -> None:
    """Give lanes back."""
    if lanes:
        connection.execute(sa.delete(schema.lease).where(_L.lane.in_(lanes), _L.worker == worker))


def postpone(connection: sa.Connection, worker: str, message: Outgoing, error: str, until: datetime.datetime) -> None:
    """Note that something could not leave; its lane rests until it is tried again, so that nothing overtakes it."""
    tried = {"tries": message.tries + 1, "error": error}
    connection.execute(sa.update(schema.outbox).where(_O.key == message.key).values(tried))
    rest = sa.update(schema.lease).where(_L.lane == message.lane, _L.worker == worker).values(until=until)
    connection.execute(rest)
