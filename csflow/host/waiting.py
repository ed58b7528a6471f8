"""Who waits for a person: what is to be decided, and which conversations are to be taken, the most pressing first."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from csflow.errors import SnapshotError
from csflow.host import schema
from csflow.host.customerfile import File
from csflow.snapshot import NOTHING, Snapshot

RANKS = ("urgent", "high", "usual")
"""How important a waiting customer is, the most first."""
_A, _C = schema.approval.c, schema.conversation.c


class Approval(NamedTuple):
    """Something that a person is asked to decide.

    `values` are the facts that it is about; `waits` is for how long, `late` tells that the deadline has passed, and
    `escalated` who was told then.
    """

    conversation: str
    customer: str
    name: str
    role: str
    values: Mapping[str, Any]
    asked: datetime.datetime
    deadline: datetime.datetime | None
    waits: datetime.timedelta
    late: bool
    escalated: str | None


class Waiting(NamedTuple):
    """A conversation that waits for a person, or that one has: how important it is, why, and since when it waits."""

    conversation: str
    customer: str
    state: str
    importance: str
    because: str
    since: datetime.datetime
    waits: datetime.timedelta
    taken_by: str | None


def approvals(
    connection: sa.Connection, now: datetime.datetime, role: str | None = None, conversation: str | None = None
) -> list[Approval]:
    """Return what is to be decided, the nearest deadline first; of one role, with what was escalated to it."""
    open_ = sa.select(
        _A.conversation, _C.customer, _A.name, _A.role, _A.data, _A.asked, _A.deadline, _A.late, _A.escalated
    ).where(_A.state == "open", _C.id == _A.conversation)
    if role is not None:
        open_ = open_.where((_A.role == role) | (_A.escalated == role))
    if conversation is not None:
        open_ = open_.where(_A.conversation == conversation)
    rows = connection.execute(open_.order_by(_A.deadline.is_(None), _A.deadline, _A.asked, _A.key))
    return [Approval(*row[:7], now - row.asked, row.late is not None, row.escalated) for row in rows]


def queue(connection: sa.Connection, now: datetime.datetime) -> list[Waiting]:
    """Return the conversations that wait for a person and that nobody has, by importance, then the longest waiting first."""
    found = _waiting(connection, now, _C.taken_by.is_(None))
    return sorted(found, key=lambda one: (RANKS.index(one.importance), one.since))


def taken(connection: sa.Connection, now: datetime.datetime) -> list[Waiting]:
    """Return the conversations that somebody has, by who it is."""
    return sorted(_waiting(connection, now, _C.taken_by.is_not(None)), key=lambda one: (one.taken_by or "", one.since))


def _waiting(connection: sa.Connection, now: datetime.datetime, which: sa.ColumnElement[bool]) -> Iterator[Waiting]:
    rows = sa.select(_C.id, _C.customer, _C.state, _C.snapshot, _C.waits_since, _C.taken_by, schema.customer.c.file)
    joined = rows.join_from(schema.conversation, schema.customer, schema.customer.c.id == _C.customer, isouter=True)
    for row in connection.execute(joined.where(_C.waits_since.is_not(None), which)):
        rank, because = _importance(row.snapshot, row.file or NOTHING)
        yield Waiting(row.id, row.customer, row.state, rank, because, row.waits_since, now - row.waits_since, row.taken_by)


def _importance(stored: str, file: File) -> tuple[str, str]:
    """Return how important a stored conversation is; one that cannot be read needs a person all the more."""
    try:
        return importance(Snapshot.from_json(stored), file)
    except SnapshotError:
        return "high", "cannot be read"


def importance(snapshot: Snapshot, file: File) -> tuple[str, str]:
    """Return how important a conversation is and why: what it says of itself first, then who the customer is.

    In this order: a tag `priority` (urgent, high); an open complaint (a tag `case` that is neither closed nor dropped); a
    promise that was broken; the file's `importance: high`.
    """
    tags, promises = snapshot.ledger.tags, snapshot.ledger.promises
    if tags.get("priority") in RANKS[:2]:
        return tags["priority"], f"priority {tags['priority']}"
    if tags.get("case", "closed") not in ("closed", "dropped"):
        return "high", f"case {tags['case']}"
    if broken := [promise.name for promise in promises if promise.state == "broken"]:
        return "high", f"broken promise {broken[-1]}"
    return ("high", "important customer") if file.get("importance") == "high" else ("usual", "")
