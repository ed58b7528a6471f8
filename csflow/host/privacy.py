"""A person's data leaves the store: what is deleted, what is kept without a name so that ledgers add up, and when."""

from __future__ import annotations

import datetime
import logging
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple
from uuid import uuid4

import sqlalchemy as sa

from csflow.host import schema
from csflow.host.schema import Sealed, SealedText
from csflow.host.store import Store, load
from csflow.host.versions import Flows
from csflow.host.writer import Writer

LOG = logging.getLogger("csflow.host")
BATCH = 200
"""How many conversations leave together."""
NOBODY = "~"
"""Who stands in a ledger for somebody who was forgotten."""
LEDGERS = (schema.promise, schema.given)
"""What is kept without names: how many promises were kept, and what was given, must still add up."""
FIGURE = re.compile(r"-?\d{1,13}\.\d{2}", re.ASCII)
_C, _O, _P, _A = (table.c for table in (schema.conversation, schema.outbox, schema.promise, schema.approval))


class Forgotten(NamedTuple):
    """How many rows of each table were deleted, how many stay without a name, and what is not to go yet."""

    deleted: Counter[str]
    nameless: Counter[str]
    open: tuple[str, ...] = ()

    def and_then(self, other: Forgotten) -> Forgotten:
        """Return both together."""
        return Forgotten(self.deleted + other.deleted, self.nameless + other.nameless, self.open + other.open)

    def to_json(self) -> dict[str, Any]:
        """Return it as the command line prints it."""
        return {"deleted": dict(self.deleted), "nameless": dict(self.nameless), "open": list(self.open)}


NOTHING = Forgotten(Counter(), Counter())


class Retention:
    """How long a host keeps conversations: as long as the store profile says, looked at once a day."""

    def __init__(self, writer: Writer, flows: Flows, clock: Callable[[], datetime.datetime]) -> None:
        self.writer, self.flows, self.clock = writer, flows, clock
        self.day: datetime.date | None = None

    async def daily(self) -> None:
        """Forget what is old, unless that was done today."""
        if self.day != (today := self.clock().date()):
            await self.expire()
            self.day = today

    async def expire(self, *, really: bool = True) -> Forgotten:
        """Forget the conversations that are older than the store profile keeps them; `really` or only count them."""
        found, keep = NOTHING, self.flows.current.profile.privacy.keep
        last: str | None = ""
        if keep is None:
            return found
        before = self.clock() - datetime.timedelta(seconds=keep)
        while last is not None:
            more, last = await self.writer.run(partial(expire, before=before, after=last, really=really))
            found = found.and_then(more)
        if found.deleted and really:
            LOG.info("forgot what is older than %s: %s", before.date(), dict(found.deleted))
        return found

    async def forget(self, customer: str, *, really: bool = True) -> Forgotten:
        """Delete all that is stored of a customer, and take the name out of the ledgers; `really` or only count it."""
        return await self.writer.run(partial(forget_customer, customer=customer, really=really))


def forget_customer(connection: sa.Connection, customer: str, *, really: bool) -> Forgotten:
    """Delete all that is stored of a customer, and take the name out of the ledgers; `really` or only count it."""
    ids = connection.scalars(sa.select(_C.id).where(_C.customer == customer)).all()
    found = _forget(connection, sorted(load(connection, ids)), really=really)
    return found.and_then(_forget_file(connection, [customer], really=really))


def expire(
    connection: sa.Connection, before: datetime.datetime, after: str = "", *, really: bool
) -> tuple[Forgotten, str | None]:
    """Forget some of the conversations in which nothing happened since a time; returns the id to go on after, None at the end.

    What is open stays until it is closed: a promise, a question to a person, something that has yet to leave. At the end the
    files go of customers that have no conversation left.
    """
    ids = connection.scalars(sa.select(_C.id).where(_C.touched < before, _C.id > after).order_by(_C.id).limit(BATCH)).all()
    if ids:
        return _expire(connection, ids, before, really=really), ids[-1]
    alone = connection.scalars(_without_conversation(before)).all()
    return _forget_file(connection, alone, really=really), None


def _expire(connection: sa.Connection, ids: Sequence[str], before: datetime.datetime, *, really: bool) -> Forgotten:
    rows = load(connection, ids)  # locked: whoever writes now is not forgotten
    old = [key for key, row in rows.items() if row.touched < before]
    waiting = set(connection.scalars(_open(old)))
    gone = _forget(connection, [key for key in old if key not in waiting], really=really)
    return gone._replace(open=tuple(sorted(waiting)))


def _open(ids: Sequence[str]) -> sa.CompoundSelect[Any]:
    """Select the conversations of which something is open."""
    return sa.union(
        sa.select(_P.conversation).where(_P.conversation.in_(ids), _P.state == "open"),
        sa.select(_A.conversation).where(_A.conversation.in_(ids), _A.state == "open"),
        sa.select(_O.conversation).where(_O.conversation.in_(ids), _O.done.is_(None)),
    )


def _without_conversation(before: datetime.datetime) -> sa.Select[Any]:
    customer = schema.customer.c
    return sa.select(customer.id).where(customer.touched < before, ~sa.exists().where(_C.customer == customer.id))


def _overwriting(connection: sa.Connection) -> None:
    """Let SQLite overwrite what is deleted, which otherwise stays readable in the file until its place is needed."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def _forget(connection: sa.Connection, ids: Sequence[str], *, really: bool) -> Forgotten:
    _overwriting(connection)
    found = Forgotten(Counter(), Counter())
    for table in schema.TABLES.sorted_tables:
        if "conversation" in table.c:
            rows = table.c.conversation.in_(ids)
            if table in LEDGERS:
                found.nameless[table.name] += _unname(connection, table, rows, really=really)
            else:
                found.deleted[table.name] += _delete(connection, table, rows, really=really)
    _delete(connection, schema.lease, schema.lease.c.lane.in_([f"to:{key}" for key in ids]), really=really)
    found.deleted[schema.conversation.name] += _delete(connection, schema.conversation, _C.id.in_(ids), really=really)
    return Forgotten(+found.deleted, +found.nameless)


def _forget_file(connection: sa.Connection, customers: Sequence[str], *, really: bool) -> Forgotten:
    """Forget what is stored of customers themselves, outside any conversation."""
    deleted = Counter[str]()
    for table in schema.TABLES.sorted_tables:
        if "customer" in table.c and "conversation" not in table.c and table is not schema.conversation:
            deleted[table.name] += _delete(connection, table, table.c.customer.in_(customers), really=really)
    deleted[schema.customer.name] += _delete(connection, schema.customer, schema.customer.c.id.in_(customers), really=really)
    return Forgotten(+deleted, Counter())


def _delete(connection: sa.Connection, table: sa.Table, rows: sa.ColumnElement[bool], *, really: bool) -> int:
    if really:
        return connection.execute(sa.delete(table).where(rows)).rowcount
    return connection.scalar(sa.select(sa.func.count()).select_from(table).where(rows)) or 0


def _unname(connection: sa.Connection, table: sa.Table, rows: sa.ColumnElement[bool], *, really: bool) -> int:
    """Take out of a ledger's rows whose they are and what was written in them; the figures stay."""
    found = connection.execute(sa.select(table).where(rows)).mappings().all()
    aliases: dict[str, str] = {}
    for row in found if really else ():
        alias = aliases.setdefault(row["conversation"], f"{NOBODY}{uuid4().hex}")
        key = [column == row[column.name] for column in table.primary_key]
        connection.execute(sa.update(table).where(*key).values(_nameless(row) | {"conversation": alias, "customer": NOBODY}))
    return len(found)


def _nameless(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return what is written over a ledger's row: figures stay, texts go."""
    blank: dict[str, Any] = {"what": "", "about": None}
    values = {name: value for name, value in blank.items() if name in row}
    if "data" in row:
        values["data"] = {name: value for name, value in row["data"].items() if _is_figure(value)}
    return values


def _is_figure(value: object) -> bool:
    return isinstance(value, (int, float)) or (isinstance(value, str) and FIGURE.fullmatch(value) is not None)


def reseal(store: Store) -> int:
    """Encrypt all texts of a store with its first key, whatever they were encrypted with; returns how many rows it wrote."""
    store.ring.begin_sealing()
    return sum(_reseal(store, table) for table in schema.TABLES.sorted_tables if _sealed(table))


def _sealed(table: sa.Table) -> list[sa.Column[Any]]:
    return [column for column in table.c if isinstance(column.type, (Sealed, SealedText))]


def _reseal(store: Store, table: sa.Table) -> int:
    key, columns = list(table.primary_key), _sealed(table)
    page = sa.select(*key, *columns).order_by(*key).limit(BATCH).with_for_update()
    done, last = 0, None
    while True:
        with store.begin() as connection:
            _overwriting(connection)
            rows = connection.execute(page if last is None else page.where(sa.tuple_(*key) > sa.tuple_(*last))).all()
            for row in rows:
                here = [column == row[number] for number, column in enumerate(key)]
                values = {column.name: row[len(key) + number] for number, column in enumerate(columns)}
                connection.execute(sa.update(table).where(*here).values(values))
        if not rows:
            return done
        done, last = done + len(rows), [sa.bindparam(None, rows[-1][number], column.type) for number, column in enumerate(key)]
