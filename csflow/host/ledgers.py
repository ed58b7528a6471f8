"""The ledgers of a shop, over all conversations: promises, grants, cases and what customers want that is not there."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import eq, ge, le
from typing import Any, NamedTuple

import sqlalchemy as sa

from csflow.host import schema
from csflow.host.books import CLOSED

DEMAND = "demand"
Wanted = tuple[Callable[[Any, Any], Any], Any, Any]
_P, _G, _R, _T = schema.promise.c, schema.given.c, schema.record.c, schema.tag.c


class Promised(NamedTuple):
    """A promise to a customer: open, kept or broken; `overdue` tells that an open one's time has passed."""

    conversation: str
    customer: str
    name: str
    what: str
    about: str | None
    made: datetime.datetime
    due: datetime.datetime
    state: str
    settled: datetime.datetime | None
    keeper: str | None
    overdue: bool


class Given(NamedTuple):
    """Something that was granted or agreed."""

    conversation: str
    customer: str
    name: str
    values: Mapping[str, Any]
    at: datetime.datetime


class Case(NamedTuple):
    """A case of some kind: since when it is open, when it was settled if it was, and what was recorded of it."""

    kind: str
    conversation: str
    customer: str
    opened: datetime.datetime
    closed: datetime.datetime | None
    values: Mapping[str, Any]


class Closing(NamedTuple):
    """What settles the cases of a kind: a tag with one of some values, or a promise that is kept."""

    tag: str
    values: frozenset[str]
    promise: str = ""


COMPLAINT = Closing("case", frozenset(("closed", "dropped")), "remedy")
CASES: Mapping[str, Closing] = {
    "complaint": COMPLAINT,
    "dispute": COMPLAINT,
    "incident": COMPLAINT,
    "service_complaints": COMPLAINT,
    "quality_case": Closing("case", COMPLAINT.values, "quality"),
    "return_cases": Closing("exchange", frozenset(("sent",)), "refund"),
    "exchange": Closing("exchange", frozenset(("sent",)), ""),
}
"""The records that open a case, and what settles it; one of the staff may always close it too."""


def promises(
    connection: sa.Connection,
    now: datetime.datetime,
    state: str | None = None,
    customer: str | None = None,
    due: datetime.datetime | None = None,
    settled_since: datetime.datetime | None = None,
) -> list[Promised]:
    """Return promises, the first due first: of a state, to a customer, due by a moment, settled since one."""
    wanted = ((eq, _P.state, state), (eq, _P.customer, customer), (le, _P.due, due), (ge, _P.settled, settled_since))
    return [_promised(row, now) for row in _rows(connection, schema.promise, _P.due, *wanted)]


def _promised(row: Any, now: datetime.datetime) -> Promised:
    fields = {name: getattr(row, name) for name in Promised._fields if name != "overdue"}
    return Promised(**fields, overdue=row.state == "open" and row.due <= now)


def grants(
    connection: sa.Connection, name: str | None = None, customer: str | None = None, since: datetime.datetime | None = None
) -> list[Given]:
    """Return what was granted, oldest first: of a name, to a customer, since a moment."""
    wanted = (eq, _G.name, name), (eq, _G.customer, customer), (ge, _G.at, since)
    return [_given(row) for row in _rows(connection, schema.given, _G.at, *wanted)]


def demand(connection: sa.Connection, since: datetime.datetime | None = None) -> list[Given]:
    """Return what customers want to be told of or could not have, oldest first."""
    return [_given(row) for row in _rows(connection, schema.record, _R.at, (eq, _R.name, DEMAND), (ge, _R.at, since))]


def _given(row: Any) -> Given:
    return Given(row.conversation, row.customer, row.name, row.data, row.at)


def _rows(connection: sa.Connection, table: sa.Table, order: Any, *wanted: Wanted) -> Sequence[Any]:
    """Return the rows that fulfil each comparison whose value is given."""
    tests = (compare(column, value) for compare, column, value in wanted if value is not None)
    return connection.execute(sa.select(table).where(*tests).order_by(order, table.c.conversation)).all()


def cases(connection: sa.Connection, customer: str | None = None, open_only: bool = True) -> list[Case]:
    """Return the cases of the shop or of a customer, oldest first."""
    opened = _rows(connection, schema.record, _R.at, (_in, _R.name, list(CASES)), (eq, _R.customer, customer))
    talks = sa.select(_R.conversation).where(_R.name.in_(CASES))
    ends: defaultdict[str, list[tuple[str, str, datetime.datetime]]] = defaultdict(list)
    for tag in _rows(connection, schema.tag, _T.at, (_in, _T.conversation, talks)):
        ends[tag.conversation].append((tag.name, str(tag.value), tag.at))
    for kept in _rows(connection, schema.promise, _P.settled, (_in, _P.conversation, talks), (eq, _P.state, "kept")):
        ends[kept.conversation].append(("kept", kept.name, kept.settled))
    found = _merged(_case(row, ends[row.conversation]) for row in opened)
    return [case for case in found if case.closed is None or not open_only]


def _in(column: Any, values: Any) -> Any:
    return column.in_(values)


def _case(row: Any, ends: Iterable[tuple[str, str, datetime.datetime]]) -> Case:
    closing = CASES[row.name]
    settled = (at for name, value, at in ends if at >= row.at and _settles(closing, row.name, name, value))
    return Case(row.name, row.conversation, row.customer, row.at, min(settled, default=None), row.data)


def _settles(closing: Closing, kind: str, name: str, value: str) -> bool:
    if name == CLOSED:
        return value == kind
    return (name == "kept" and value == closing.promise) or (name == closing.tag and value in closing.values)


def _merged(found: Iterable[Case]) -> list[Case]:
    """Return cases with what was recorded again while one was open added to it."""
    cases: dict[tuple[Any, ...], Case] = {}
    for case in found:
        key = case.kind, case.conversation, case.values.get("order.no"), case.closed
        known = cases.get(key)
        cases[key] = case if known is None else known._replace(values={**known.values, **case.values})
    return list(cases.values())
