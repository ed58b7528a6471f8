"""What nobody did in time: an approval goes on to whoever comes next, a broken promise to the role that was to keep it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from csflow.events import Result
from csflow.host import schema

if TYPE_CHECKING:
    from csflow.host.books import Entry, Page

PART = 1000
"""Where an escalation stands among what a turn sends: after all else."""
DESK = "desk"
"""The role of whoever is there, for what nobody was named for."""
_A, _P = schema.approval.c, schema.promise.c
_LATE = sa.update(schema.approval).where(_A.key == sa.bindparam("of"), _A.late.is_(None), _A.state == "open").values(
    late=sa.bindparam("when"), escalated=sa.bindparam("who")
)  # fmt: skip
_KEEPER = sa.select(_P.keeper).where(_P.conversation == sa.bindparam("of"), _P.serial == sa.bindparam("number"))


def next_role(entry: Entry, role: str) -> str:
    """Return who is told when a role does not act: whom the profile names, or the same role again."""
    return entry.flow.profile.escalation.get(role, role)


def keeper(entry: Entry) -> str:
    """Return who is to keep a promise: the role that its turn tells of it, or else the one that decided on it."""
    decided = entry.flow.spec.calls[entry.event.call].by if isinstance(entry.event, Result) else None
    return next((effect.name for effect in entry.turn.effects if effect.type == "notify"), decided or DESK)


def notice(entry: Entry, key: str, role: str, **data: Any) -> dict[str, Any]:
    """Return a row of the outbox that tells a role of something that is late."""
    return {
        "key": key, "lane": key, "conversation": entry.row.id, "seq": entry.row.seq, "part": PART, "kind": "escalate",
        "name": role, "data": data | {"customer": entry.row.customer}, "at": entry.at, "due": entry.at, "tries": 0,
        "error": None, "done": None,
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
