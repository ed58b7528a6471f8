"""What nobody did in time: an approval goes on to whoever comes next, a broken promise to the role that was to keep it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from csflow.events import Result
from csflow.host import schema
from csflow.rulefile.desk import after
from csflow.spec import Profile

if TYPE_CHECKING:
    from csflow.host.books import Entry, Page, Row

PART = 1000
"""Where an escalation stands among what a turn sends: after all else."""
DESK = "desk"
"""The role of whoever is there, for what nobody was named for."""
_A, _P, _C = schema.approval.c, schema.promise.c, schema.conversation.c
_LATE = sa.update(schema.approval).where(_A.key == sa.bindparam("of"), _A.late.is_(None), _A.state == "open").values(
    late=sa.bindparam("when"), escalated=sa.bindparam("who")
)  # fmt: skip
_UNANSWERED = sa.select(
    _A.key, _A.name, _A.role, _A.asked, _A.deadline, _A.escalated, _C.id, _C.seq, _C.customer, _C.digest
).where(_A.state == "open", _A.late.is_not(None), _A.deadline.is_not(None), _C.id == _A.conversation)
_NEXT = sa.update(schema.approval).where(
    _A.key == sa.bindparam("of"), _A.escalated == sa.bindparam("was"), _A.state == "open"
).values(escalated=sa.bindparam("who"))  # fmt: skip
_KEEPER = sa.select(_P.keeper).where(_P.conversation == sa.bindparam("of"), _P.serial == sa.bindparam("number"))


def next_role(entry: Entry, role: str) -> str:
    """Return who is told when a role does not act: whom the profile names, or the same role again."""
    return entry.flow.profile.escalation.get(role, role)


def keeper(entry: Entry) -> str:
    """Return who is to keep a promise: the role that its turn tells of it, or else the one that decided on it."""
    decided = entry.flow.spec.calls[entry.event.call].by if isinstance(entry.event, Result) else None
    return next((effect.name for effect in entry.turn.effects if effect.type == "notify"), decided or DESK)


def notice(of: Row | sa.Row[*tuple[Any, ...]], at: datetime.datetime, key: str, role: str, **data: Any) -> dict[str, Any]:
    """Return a row of the outbox that tells a role of something that is late."""
    return {
        "key": key, "lane": key, "conversation": of.id, "seq": of.seq, "part": PART, "kind": "escalate", "name": role,
        "data": data | {"customer": of.customer}, "at": at, "due": at, "tries": 0, "error": None, "done": None,
    }  # fmt: skip


def escalate(connection: sa.Connection, page: Page) -> None:
    """Write what a page notes as late: each approval is escalated once, however often its deadline is looked at."""
    for key, told in page.late:
        mark = {"of": key, "when": told["at"], "who": told["name"]}
        if connection.execute(_LATE, mark).rowcount:
            connection.execute(schema.outbox.insert(), told)
    for serial, told in page.broken:
        role = connection.scalar(_KEEPER, {"of": told["conversation"], "number": serial})
        connection.execute(schema.outbox.insert(), told | {"name": role or DESK})


def go_on(connection: sa.Connection, now: datetime.datetime, profile_of: Callable[[str], Profile]) -> None:
    """Escalate what the role before did not decide either: each has as long as the first one had."""
    for row in connection.execute(_UNANSWERED):
        roles = after(row.role, dict(profile_of(row.digest).escalation))
        told = roles.index(row.escalated) + 1 if row.escalated in roles else len(roles)
        if told < len(roles) and now >= row.deadline + told * (row.deadline - row.asked):
            _tell_next(connection, now, row, roles[told])


def _tell_next(connection: sa.Connection, now: datetime.datetime, row: sa.Row[*tuple[Any, ...]], role: str) -> None:
    if connection.execute(_NEXT, {"of": row.key, "was": row.escalated, "who": role}).rowcount:
        key = f"{row.key}:late:{role}"
        connection.execute(schema.outbox.insert(), notice(row, now, key, role, approval=row.name, asked_of=row.role))
