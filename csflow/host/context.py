"""All that a person needs who takes a conversation: where it stands, what is open, and what was said on both sides."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any, NamedTuple

import sqlalchemy as sa

from csflow.condition import Type
from csflow.errors import StaffError
from csflow.flow import Flow
from csflow.host import schema
from csflow.host.customerfile import File
from csflow.host.waiting import Approval, approvals
from csflow.moves import in_handoff
from csflow.snapshot import NOTHING, Grant, Promise, Snapshot
from csflow.values import write_value

LAST = 30
"""How many messages of both sides a context shows."""
_C, _E, _O, _F = schema.conversation.c, schema.event.c, schema.outbox.c, schema.customer.c


class Line(NamedTuple):
    """Something that was written: by the customer, the bot, or one of the staff; `note` is for the staff alone."""

    at: datetime.datetime
    who: str
    text: str
    note: bool = False


class Context(NamedTuple):
    """What a person needs to go on with a conversation.

    `suspended` are the states that were interrupted, the last one first; `question` is what the customer was asked last
    and has not answered; slots, facts and orders are plain data under their names; promises and grants are those of this
    conversation; `lines` are the last messages of both sides with the notes, oldest first; `unread` are the customer's
    messages that no person has answered.
    """

    conversation: str
    customer: str
    state: str
    waits_since: datetime.datetime | None
    taken_by: str | None
    suspended: Sequence[str]
    question: str | None
    slots: Mapping[str, Any]
    facts: Mapping[str, Any]
    orders: Mapping[str, Mapping[str, Any]]
    tags: Mapping[str, Any]
    promises: Sequence[Promise]
    grants: Sequence[Grant]
    approvals: Sequence[Approval]
    file: File
    lines: Sequence[Line]
    unread: Sequence[Line]


def context(
    connection: sa.Connection, flow_of: Callable[[str], Flow], conversation: str, now: datetime.datetime, last: int = LAST
) -> Context:
    """Return the context of a conversation.

    Raises:
        StaffError: there is no such conversation.
    """
    row = connection.execute(sa.select(schema.conversation).where(_C.id == conversation)).first()
    if row is None:
        raise StaffError(f"there is no conversation {conversation!r}")
    snapshot, flow = Snapshot.from_json(row.snapshot), flow_of(row.digest)
    file = connection.scalar(sa.select(_F.file).where(_F.id == row.customer)) or NOTHING
    log = _log(connection, conversation, last)
    return Context(
        conversation=conversation,
        customer=row.customer,
        state=row.state,
        waits_since=row.waits_since,
        taken_by=row.taken_by,
        suspended=[frame.state for frame in reversed(snapshot.frames)],
        question=_question(snapshot),
        slots=_plain(snapshot.slots, _slot_types(flow)),
        facts=_plain(snapshot.facts, flow.fact_types),
        orders={no: _plain(order, _order_types(flow)) for no, order in snapshot.orders.items()},
        tags=snapshot.ledger.tags,
        promises=snapshot.ledger.promises,
        grants=snapshot.ledger.grants,
        approvals=approvals(connection, now, conversation=conversation),
        file=file,
        lines=_spoken(connection, conversation, log, last),
        unread=_unread(log),
    )


def _question(snapshot: Snapshot) -> str | None:
    """Return the open question: the conversation's own, or else that of what was interrupted."""
    asked = [snapshot.pending, *(frame.pending for frame in reversed(snapshot.frames))]
    return next((pending.slot for pending in asked if pending is not None), None)


def _slot_types(flow: Flow) -> Mapping[str, Type]:
    return {name: slot.spec.kind for name, slot in flow.slots.items()}


def _order_types(flow: Flow) -> Mapping[str, Type]:
    return {name.removeprefix("order."): kind for name, kind in flow.fact_types.items() if name.startswith("order.")}


def _plain(values: Mapping[str, Any], types: Mapping[str, Type]) -> dict[str, Any]:
    return {name: _written(types.get(name.partition("@")[0]), value) for name, value in values.items()}


def _written(kind: Type | None, value: Any) -> Any:
    return value if kind is None else write_value(kind, value)


def _log(connection: sa.Connection, conversation: str, last: int) -> list[Any]:
    """Return the last of what was written by hand, the latest first."""
    events = sa.select(_E.seq, _E.kind, _E.data, _E.turn, _E.at).where(_E.conversation == conversation)
    return [*connection.execute(events.where(_E.kind.in_(("message", "staff", "note"))).order_by(_E.seq.desc()).limit(last))]


def _spoken(connection: sa.Connection, conversation: str, log: Sequence[Any], last: int) -> list[Line]:
    """Return the last words of both sides, and the notes, oldest first."""
    replies = sa.select(_O.seq, _O.part, _O.data, _O.at).where(_O.conversation == conversation, _O.kind == "reply")
    said = connection.execute(replies.order_by(_O.seq.desc(), _O.part.desc()).limit(last)).all()
    people = {row.seq: _who(row) for row in log if row.kind == "staff"}
    found = [(row.seq, -1, line) for row in log for line in _written_by_hand(row)]
    found += [(row.seq, row.part, Line(row.at, people.get(row.seq, "bot"), row.data["text"])) for row in said]
    return [line for _, _, line in sorted(found, key=lambda one: one[:2])][-last:]


def _written_by_hand(row: Any) -> Iterator[Line]:
    if row.kind == "message":
        yield Line(row.at, "customer", " ".join(row.data[0]))
    elif row.kind == "note":
        yield Line(row.at, _who(row), row.data[0], note=True)


def _who(row: Any) -> str:
    return row.turn.get("by") or "staff"


def _unread(log: Sequence[Any]) -> list[Line]:
    """Return what was only recorded, for a person to answer, since one last wrote; oldest first."""
    since = list(takewhile(lambda row: row.kind != "staff" or not row.turn["replies"], log))
    waiting = (row for row in reversed(since) if in_handoff(row.turn["state"]) and not row.turn["replies"])
    return [line for row in waiting for line in _written_by_hand(row) if not line.note]
