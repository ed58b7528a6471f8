"""The statements of reports; moments come as the store keeps them, in microseconds since 1970."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from csflow.host import schema
from csflow.host.reports.period import Period

AT_ONCE = {"yield_per": 500}
"""How many rows are fetched at once."""
_C, _E, _O = schema.conversation.c, schema.event.c, schema.outbox.c
_A, _P, _G, _R = schema.approval.c, schema.promise.c, schema.given.c, schema.record.c


def _raw(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return a moment as a number."""
    return sa.type_coerce(column, sa.BigInteger)


def _text(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return JSON as it is kept."""
    return sa.type_coerce(column, sa.Text)


def _of(column: sa.ColumnElement[Any], flow: str | None) -> list[sa.ColumnElement[bool]]:
    """Return the condition that a row belongs to a conversation of a flow."""
    return [] if flow is None else [column.in_(sa.select(_C.id).where(_C.flow == flow))]


def _within(column: sa.ColumnElement[Any], period: Period) -> list[sa.ColumnElement[bool]]:
    return [column >= period.since, column < period.until]


def span(connection: sa.Connection, flow: str | None) -> tuple[Any, Any]:
    """Return when the first and the last thing happened; None and None where nothing did."""
    first, last = connection.execute(sa.select(sa.func.min(_E.at), sa.func.max(_E.at)).where(*_of(_E.conversation, flow))).one()
    return first, last


def _logged(since: int, until: int, flow: str | None) -> list[sa.ColumnElement[bool]]:
    return [_raw(_E.at) >= since, _raw(_E.at) < until, *_of(_E.conversation, flow)]


def log(connection: sa.Connection, since: int, until: int, flow: str | None) -> Iterator[Any]:
    """Yield what happened, conversation by conversation and in order."""
    fields = (_E.conversation, _E.seq, _E.kind, _text(_E.data), _text(_E.turn), _raw(_E.at))
    wanted = sa.select(*fields).where(*_logged(since, until, flow)).order_by(_E.conversation, _E.seq)
    return iter(connection.execute(wanted, execution_options=AT_ONCE))


def log_length(connection: sa.Connection, since: int, until: int, flow: str | None) -> int:
    """Return how much `log` yields."""
    return connection.scalar(sa.select(sa.func.count()).select_from(schema.event).where(*_logged(since, until, flow))) or 0


def answers(connection: sa.Connection, period: Period, flow: str | None) -> Iterator[Any]:
    """Yield for each message that was replied to when it came, and when its first reply left; None where none has left."""
    replied = sa.and_(_O.conversation == _E.conversation, _O.seq == _E.seq, _O.kind == "reply", _O.name == "")
    wanted = (
        sa.select(_raw(_E.at), _raw(sa.func.min(_O.done)))
        .join_from(schema.event, schema.outbox, replied)
        .where(_E.kind == "message", *_within(_E.at, period), *_of(_E.conversation, flow))
        .group_by(_E.conversation, _E.seq, _E.at)
    )
    return iter(connection.execute(wanted, execution_options=AT_ONCE))


def approvals(connection: sa.Connection, period: Period, flow: str | None) -> Sequence[Any]:
    """Return what people were asked to decide: role, name, state, when it was asked, due and settled."""
    fields = (_A.role, _A.name, _A.state, _raw(_A.asked), _raw(_A.deadline), _raw(_A.settled))
    return connection.execute(sa.select(*fields).where(*_within(_A.asked, period), *_of(_A.conversation, flow))).all()


def promises(connection: sa.Connection, period: Period, flow: str | None, now: Any) -> Sequence[Any]:
    """Return how many promises were made, by name, state and whether they are overdue."""
    late = sa.case((sa.and_(_P.state == "open", _P.due < now), 1), else_=0)
    wanted = sa.select(_P.name, _P.state, late, sa.func.count()).where(*_within(_P.made, period), *_of(_P.conversation, flow))
    return connection.execute(wanted.group_by(_P.name, _P.state, late).order_by(_P.name)).all()


def grants(connection: sa.Connection, period: Period, flow: str | None) -> Iterator[Any]:
    """Yield what was granted: name and values."""
    return _ledger(connection, _G, period, flow)


def records(connection: sa.Connection, period: Period, flow: str | None) -> Iterator[Any]:
    """Yield what was recorded: name and values."""
    return _ledger(connection, _R, period, flow)


def _ledger(connection: sa.Connection, table: Any, period: Period, flow: str | None) -> Iterator[Any]:
    wanted = sa.select(table.name, table.data).where(*_within(table.at, period), *_of(table.conversation, flow))
    return iter(connection.execute(wanted, execution_options=AT_ONCE))
