"""Conversations as they are stored, whole: looked for, written down as plain data, and put into another store."""

from __future__ import annotations

import datetime
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from csflow.errors import StoreError
from csflow.host import schema
from csflow.host.masking import masked_data
from csflow.host.schema import Moment
from csflow.snapshot import ENCODER
from csflow.spec import PERSONAL

FORMAT = 1
BATCH = 200
"""How many conversations are read or written together."""
PARTS = tuple(table for table in schema.TABLES.sorted_tables if "conversation" in table.c)
"""The tables whose rows belong to a conversation."""
SERVED = (schema.flow_version, schema.store_profile)
"""The tables of what conversations were served with, each by its digest."""
TABLES = {table.name: table for table in (schema.conversation, schema.customer, *SERVED, *PARTS)}
Rows = list[dict[str, Any]]
Line = dict[str, Any]
_C, _E, _O = schema.conversation.c, schema.event.c, schema.outbox.c


class Wanted(NamedTuple):
    """Which conversations: of a customer, by id, with an order's number, words that were said, a state or those below, a time.

    A conversation is of a time if something happened in it from `since` on, and it began before `until`.
    """

    customer: str | None = None
    conversation: str | None = None
    order: str | None = None
    text: str | None = None
    state: str | None = None
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None

    def conditions(self) -> Iterator[sa.ColumnElement[bool]]:
        """Yield what must hold of a conversation's row."""
        if self.customer is not None:
            yield _C.customer == self.customer
        if self.conversation is not None:
            yield _C.id == self.conversation
        if self.order is not None:
            yield _C.snapshot.contains(ENCODER.encode(self.order), autoescape=True)
        if self.text is not None:
            yield sa.or_(_C.id.in_(_who_wrote(self.text)), _C.id.in_(_who_was_told(self.text)))
        if self.state is not None:
            yield sa.or_(_C.state == self.state, _C.state.startswith(self.state + ".", autoescape=True))
        if self.since is not None:
            yield _C.touched >= self.since
        if self.until is not None:
            yield _C.opened < self.until


def _holds(column: sa.ColumnElement[Any], text: str) -> sa.ColumnElement[bool]:
    """Return whether a column of JSON holds a text."""
    return sa.type_coerce(column, sa.Text).icontains(ENCODER.encode(text)[1:-1], autoescape=True)


def _who_wrote(text: str) -> sa.Select[Any]:
    return sa.select(_E.conversation).where(_E.kind.in_(("message", "staff")), _holds(_E.data, text))


def _who_was_told(text: str) -> sa.Select[Any]:
    return sa.select(_O.conversation).where(_O.kind == "reply", _holds(_O.data, text))


class Found(NamedTuple):
    """A conversation that was looked for; `said` is the first thing in it that holds the text."""

    conversation: str
    customer: str
    flow: str
    state: str
    events: int
    opened: datetime.datetime
    touched: datetime.datetime
    said: str | None = None


def search(connection: sa.Connection, wanted: Wanted, limit: int = 50) -> list[Found]:
    """Return conversations, the one in which something happened last first."""
    fields = (_C.id, _C.customer, _C.flow, _C.state, _C.seq, _C.opened, _C.touched)
    rows = connection.execute(sa.select(*fields).where(*wanted.conditions()).order_by(_C.touched.desc(), _C.id).limit(limit))
    found = [Found(*row) for row in rows]
    return [one._replace(said=_said(connection, one.conversation, wanted.text)) for one in found] if wanted.text else found


def _said(connection: sa.Connection, conversation: str, text: str) -> str | None:
    """Return the first message of a conversation that holds a text."""
    own = sa.select(_E.seq, _E.data).where(
        _E.conversation == conversation, _E.kind.in_(("message", "staff")), _holds(_E.data, text)
    )
    ours = sa.select(_O.seq, _O.data).where(_O.conversation == conversation, _O.kind == "reply", _holds(_O.data, text))
    hits = [hit for some in (own, ours) for hit in connection.execute(some.order_by(sa.literal_column("seq")).limit(1))]
    return " ".join(_texts(min(hits, key=lambda hit: hit.seq).data)) if hits else None


def _texts(data: Any) -> list[str]:
    """Return the texts of a message, of what staff said, or of a reply."""
    return [data["text"]] if isinstance(data, dict) else data[-1]


def export(connection: sa.Connection, wanted: Wanted | None = None) -> Iterator[Line]:
    """Yield what conversations were served with, then the conversations, each with all its rows, then their customers' files.

    A line is `{"format": 1, "conversation": {…}, "event": […], "outbox": […], …}`, or it has one row under `flow_version`,
    `store_profile` or `customer`, with the columns of the tables under their names and moments as ISO text in UTC. Lines of a
    kind come in the order of the ids.
    """
    conditions = list((wanted or Wanted()).conditions())
    yield from _served(connection, sa.select(_C.id).where(*conditions))
    ids = connection.scalars(sa.select(_C.id).where(*conditions).order_by(_C.id)).all()
    for start in range(0, len(ids), BATCH):
        yield from lines_of(connection, ids[start : start + BATCH])
    theirs = sa.select(_C.customer).where(*conditions)
    customers = sa.select(schema.customer).where(schema.customer.c.id.in_(theirs)).order_by(schema.customer.c.id)
    yield from ({"format": FORMAT, "customer": plain(row._mapping)} for row in connection.execute(customers))


def _served(connection: sa.Connection, ids: sa.Select[Any]) -> Iterator[Line]:
    """Yield the versions and the store profiles that conversations were served with."""
    for table, column in zip(SERVED, (_E.digest, _E.profile), strict=True):
        named = sa.select(column).where(_E.conversation.in_(ids))
        rows = connection.execute(sa.select(table).where(table.c.digest.in_(named)).order_by(table.c.digest))
        yield from ({"format": FORMAT, table.name: plain(row._mapping)} for row in rows)


def hidden(line: Line, kinds: Collection[str] = PERSONAL) -> Line:
    """Return a line of an export with personal data in it masked; it is for reading, no store takes it."""
    shown: Line = masked_data(line, kinds)
    if "conversation" in line:
        snapshot = masked_data(json.loads(line["conversation"]["snapshot"]), kinds)
        shown["conversation"]["snapshot"] = ENCODER.encode(snapshot)
    return shown | {"masked": True}


def lines_of(connection: sa.Connection, ids: Sequence[str]) -> Iterator[Line]:
    """Yield conversations by their ids as plain data."""
    parts = {table.name: _grouped(connection, table, ids) for table in PARTS}
    rows = connection.execute(sa.select(schema.conversation).where(_C.id.in_(ids)).order_by(_C.id))
    for row in rows:
        yield {"format": FORMAT, "conversation": plain(row._mapping)} | {name: part[row.id] for name, part in parts.items()}


def _grouped(connection: sa.Connection, table: sa.Table, ids: Sequence[str]) -> defaultdict[str, Rows]:
    """Return a table's rows by conversation, in the order of its key."""
    found: defaultdict[str, Rows] = defaultdict(list)
    for row in connection.execute(sa.select(table).where(table.c.conversation.in_(ids)).order_by(*table.primary_key)):
        found[row.conversation].append(plain(row._mapping))
    return found


def plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a row as plain data: moments as ISO text in UTC."""
    return {str(key): value.isoformat() if isinstance(value, datetime.datetime) else value for key, value in row.items()}


def typed(table: sa.Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `plain` was given, every column of the table in it.

    Raises:
        StoreError: it has a column that this version of csflow does not know, or a moment that is none.
    """
    if unknown := sorted(row.keys() - table.c.keys()):
        raise StoreError(f"an export with {table.name}.{unknown[0]} was written by a later version of csflow")
    return {column.name: _value(column, row.get(column.name)) for column in table.c}


def _value(column: sa.Column[Any], value: Any) -> Any:
    if not isinstance(column.type, Moment) or value is None:
        return value
    try:
        return datetime.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise StoreError(f"{value!r} in {column.table.name}.{column.name} is no moment") from None


def batches(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Yield lines by so many as are written together."""
    batch: list[Line] = []
    for line in lines:
        batch.append(line)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
