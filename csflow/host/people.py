"""Which acts of people are refused: a second answer to what was decided, and a conversation that somebody else has."""

from __future__ import annotations

import sqlalchemy as sa

from csflow.errors import StaffError
from csflow.events import Result, Staff
from csflow.flow import Flow
from csflow.host import schema
from csflow.host.acts import Act, Logged, Note
from csflow.host.books import Row
from csflow.snapshot import Snapshot

ANSWERS = {"done": "approved", "denied": "denied", "failed": "given up"}
Decided = dict[tuple[str, str], str]
"""What was decided in a transaction that is not written yet: how, by conversation and name."""
_A = schema.approval.c


def refuse(connection: sa.Connection, decided: Decided, act: Act, event: Logged, row: Row, before: Snapshot, flow: Flow) -> None:
    """Let an act of the staff pass.

    Raises:
        StaffError: it comes too late; the message tells who was faster.
    """
    passes = isinstance(event, Note) and event.to is not None
    if passes and row.waits_since is None:
        raise StaffError(f"conversation {row.id!r} is not with people")
    if (passes or isinstance(event, Staff)) and row.taken_by not in (None, act.by):
        raise StaffError(f"{row.taken_by} has conversation {row.id!r} and can pass it on or give it back")
    if isinstance(event, Result) and _is_approval(flow, event.call) and event.call not in before.ledger.calls:
        how = decided.get((row.id, event.call)) or _decision(connection, row.id, event.call)
        raise StaffError(f"conversation {row.id!r} does not ask for {event.call!r}" + (f": it was {how}" if how else ""))


def _is_approval(flow: Flow, call: str) -> bool:
    return call in flow.spec.calls and flow.spec.calls[call].by is not None


def decide(decided: Decided, act: Act, event: Logged) -> None:
    """Keep who decided, for whoever comes too late in the same transaction."""
    if isinstance(event, Result):
        decided[act.conversation, event.call] = _how(event.outcome, act.by, act.at.isoformat(timespec="seconds"))


def _decision(connection: sa.Connection, conversation: str, name: str) -> str | None:
    """Return how the last request of a name ended, and by whom."""
    settled = sa.select(_A.state, _A.by, _A.settled).where(
        _A.conversation == conversation, _A.name == name, _A.settled.is_not(None)
    )
    row = connection.execute(settled.order_by(_A.settled.desc(), _A.serial.desc()).limit(1)).first()
    return None if row is None else _how(row[0], row[1], row[2].isoformat(timespec="seconds"))


def _how(state: str, by: str | None, at: str) -> str:
    return f"{ANSWERS.get(state, state)} by {by or 'nobody'} at {at}"
