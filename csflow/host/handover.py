"""The shift's hand-over: what is open when one shift goes and the next one comes, as data and as text."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from uuid import uuid4

import sqlalchemy as sa

from csflow.host import ledgers, schema, waiting
from csflow.host.context import Line
from csflow.host.ledgers import Case, Promised
from csflow.host.waiting import Approval, Waiting

_E = schema.event.c


class Noted(NamedTuple):
    """A note of the shift, and the conversation it belongs to."""

    conversation: str
    line: Line


class Handover(NamedTuple):
    """What is open at a moment, and what was noted since another: for whoever takes over."""

    since: datetime.datetime
    until: datetime.datetime
    queue: Sequence[Waiting]
    taken: Sequence[Waiting]
    approvals: Sequence[Approval]
    promises: Sequence[Promised]
    broken: Sequence[Promised]
    cases: Sequence[Case]
    notes: Sequence[Noted]

    def markdown(self) -> str:
        """Return it as text for people."""
        return "\n".join(_markdown(self)) + "\n"


def handover(connection: sa.Connection, since: datetime.datetime, now: datetime.datetime) -> Handover:
    """Return what a shift that began at `since` hands over now."""
    return Handover(
        since, now, waiting.queue(connection, now), waiting.taken(connection, now), waiting.approvals(connection, now),
        ledgers.promises(connection, now, "open"), ledgers.promises(connection, now, "broken", settled_since=since),
        ledgers.cases(connection), notes(connection, since),
    )  # fmt: skip


def notes(connection: sa.Connection, since: datetime.datetime) -> list[Noted]:
    """Return the notes of a shift, oldest first."""
    wanted = sa.select(_E.conversation, _E.data, _E.turn, _E.at).where(_E.kind == "note", _E.at >= since)
    rows = connection.execute(wanted.order_by(_E.at, _E.seq))
    return [Noted(row.conversation, Line(row.at, row.turn.get("by", ""), row.data[0], note=True)) for row in rows]


def send(connection: sa.Connection, pack: Handover, role: str) -> None:
    """Put a hand-over into the outbox, for a role."""
    key = f"handover:{role}:{uuid4().hex}"
    connection.execute(
        schema.outbox.insert(),
        {
            "key": key, "lane": key, "conversation": "", "seq": 0, "part": 0, "kind": "handover", "name": role,
            "data": {"text": pack.markdown()}, "at": pack.until, "due": pack.until, "tries": 0, "error": None, "done": None,
        },
    )  # fmt: skip


def _markdown(pack: Handover) -> Iterator[str]:
    yield f"# Hand-over, {_time(pack.since)} to {_time(pack.until)}"
    for title, rows in _sections(pack):
        lines = list(rows)
        yield f"\n## {title} ({len(lines)})\n"
        yield from lines or ["Nothing."]


def _sections(pack: Handover) -> Iterator[tuple[str, Iterable[str]]]:
    yield "Waiting for a person", (_line(w.conversation, w.importance, w.because, f"waits {_span(w.waits)}") for w in pack.queue)
    yield "Taken", (_line(w.conversation, f"with {w.taken_by}", w.because, f"since {_time(w.since)}") for w in pack.taken)
    yield "To decide", map(_approval, pack.approvals)
    yield "Promises open", map(_promise, pack.promises)
    yield "Promises broken in this shift", map(_promise, pack.broken)
    yield "Cases open", (_line(c.conversation, c.kind, _values(c.values), f"since {_time(c.opened)}") for c in pack.cases)
    yield "Notes", (_line(n.conversation, n.line.who, n.line.text, _time(n.line.at)) for n in pack.notes)


def _approval(one: Approval) -> str:
    until = "" if one.deadline is None else f"until {_time(one.deadline)}"
    return _line(one.conversation, one.name, f"by {one.role}", until, "late" if one.late else "")


def _promise(one: Promised) -> str:
    return _line(
        one.conversation, one.name, one.what, f"due {_time(one.due)}", f"for {one.keeper}", "overdue" if one.overdue else ""
    )


def _line(*parts: str) -> str:
    return "- " + " · ".join(" ".join(part.split()) for part in parts if part)


def _values(values: Any) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _time(at: datetime.datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")


def _span(span: datetime.timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
