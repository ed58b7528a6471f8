"""Who works at the desk and who is there, and what the customers who wait are told of it, in the flow's own words."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import NamedTuple

import sqlalchemy as sa

from csflow.errors import SnapshotError, StaffError
from csflow.flow import Flow
from csflow.host import schema
from csflow.snapshot import Snapshot

PRESENCES = ("available", "busy", "away")
BUSY = "desk.busy"
"""The fact by which a flow knows that whoever is to answer is busy, where it declares one."""
_S, _C = schema.staff.c, schema.conversation.c


class Person(NamedTuple):
    """One of the staff: the role, and whether available, busy or away, since when."""

    id: str
    role: str
    presence: str
    since: datetime.datetime


def note_presence(connection: sa.Connection, person: Person) -> None:
    """Write down that somebody is there, or not.

    Raises:
        StaffError: it is no presence.
    """
    if person.presence not in PRESENCES:
        raise StaffError(f"a presence is {', '.join(PRESENCES)}, not {person.presence!r}")
    values = person._asdict()
    if not connection.execute(sa.update(schema.staff).where(_S.id == person.id).values(values)).rowcount:
        connection.execute(schema.staff.insert(), values)


def staff(connection: sa.Connection) -> list[Person]:
    """Return who works at the desk, by role."""
    return [Person(*row) for row in connection.execute(sa.select(schema.staff).order_by(_S.role, _S.id))]


class Told(NamedTuple):
    """A report that a waiting conversation is to have; `seq` is where it stood, so that it is told once."""

    conversation: str
    report: str
    seq: int


def untold(connection: sa.Connection, flow_of: Callable[[str], Flow]) -> list[Told]:
    """Return which waiting conversations are to hear that nobody is free for them, or that somebody is again."""
    people = {person.id: person.presence for person in staff(connection)}
    waiting = sa.select(_C.id, _C.digest, _C.snapshot, _C.seq, _C.taken_by).where(_C.waits_since.is_not(None))
    rows = connection.execute(waiting) if people else ()
    reports = ((row, _report(flow_of(row.digest), row.snapshot, _busy(people, row.taken_by))) for row in rows)
    return [Told(row.id, report, row.seq) for row, report in reports if report is not None]


def _busy(people: dict[str, str], taken_by: str | None) -> bool:
    """Tell whether who has a conversation is busy or away, or everybody where nobody has it."""
    if taken_by in people:
        return people[taken_by] != "available"
    return "available" not in people.values()


def _report(flow: Flow, stored: str, busy: bool) -> str | None:
    """Return the report of the flow that tells it so, where it has one and does not know yet."""
    name = next((name for name, event in flow.spec.events.items() if event.sets.get(BUSY) is busy), None)
    return name if name and _knows_busy(stored) is (not busy) else None


def _knows_busy(stored: str) -> bool | None:
    """Return what a stored conversation knows; None where it cannot be read, so that nobody is told anything."""
    try:
        return bool(Snapshot.from_json(stored).facts.get(BUSY))
    except SnapshotError:
        return None
