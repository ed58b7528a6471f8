"""The customers of a shop: their files, read and written with the turns of their conversations, and edited by the staff."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from csflow.host import schema
from csflow.host.books import Page
from csflow.host.customerfile import File, edited
from csflow.snapshot import NOTHING

if TYPE_CHECKING:
    from csflow.host.host import Host

MOST = 100

_C, _T = schema.customer.c, schema.conversation.c
_FILES = sa.select(_C.id, _C.file).where(_C.id.in_(sa.bindparam("ids", expanding=True))).order_by(_C.id).with_for_update()
_SAVE = (
    sa.update(schema.customer)
    .where(_C.id == sa.bindparam("of"))
    .values(
        {name: sa.bindparam(f"new_{name}") for name in ("file", "name", "class", "importance", "touched")} | {"seq": _C.seq + 1}
    )
)


def files(connection: sa.Connection, customers: Collection[str]) -> dict[str, File]:
    """Return the files of customers, locked until the transaction ends where the database is shared."""
    return {row[0]: row[1] for row in connection.execute(_FILES, {"ids": sorted(customers)})}


def save(connection: sa.Connection, page: Page) -> None:
    """Write the files that a page learned something for."""
    _write(connection, {customer: (page.files[customer], at) for customer, at in page.learned.items()}, page.stored)


def _write(connection: sa.Connection, written: dict[str, tuple[File, datetime.datetime]], stored: Collection[str]) -> None:
    rows = [(customer, _columns(file) | {"touched": at}) for customer, (file, at) in written.items()]
    new = [{"id": customer, "seq": 1, "since": row["touched"], **row} for customer, row in rows if customer not in stored]
    known = [{"of": customer, **_renamed(row)} for customer, row in rows if customer in stored]
    if new:
        connection.execute(schema.customer.insert(), new)
    if known:
        connection.execute(_SAVE, known)


def _columns(file: File) -> dict[str, Any]:
    return {"file": file} | {name: file.get(name) for name in ("name", "class", "importance")}


def _renamed(row: dict[str, Any]) -> dict[str, Any]:
    return {f"new_{name}": value for name, value in row.items()}


class Talk(NamedTuple):
    """One of a customer's conversations."""

    id: str
    flow: str
    state: str
    opened: datetime.datetime
    touched: datetime.datetime


class Customer(NamedTuple):
    """A customer with the file and all conversations, the last one first; `since` is when the file began."""

    id: str
    file: File
    since: datetime.datetime | None
    conversations: Sequence[Talk]


class Customers:
    """The customer files; `host.customers`."""

    def __init__(self, host: Host) -> None:
        self.host = host

    async def file(self, customer: str) -> Customer:
        """Return a customer; the file is empty where nothing is known."""
        return await self.host.read(partial(_customer, customer=customer))

    async def edit(self, customer: str, changes: File, *, by: str) -> Customer:
        """Change parts of a file: name, class, importance, groups, types, consent; `note` adds one. No turn changes it back.

        Raises:
            StaffError: a file has no such part, or the value is none that it may have.
        """
        at = self.host.clock().astimezone(datetime.UTC)
        return await self.host.writer.run(partial(_edit, customer=customer, changes=changes, by=by, at=at))

    async def search(
        self, text: str = "", *, kind: str | None = None, importance: str | None = None, limit: int = MOST
    ) -> list[Customer]:
        """Return customers whose id, name or file holds a text, of a class and importance; those last heard of first."""
        return await self.host.read(partial(_search, text=text, kind=kind, importance=importance, limit=limit))


def _customer(connection: sa.Connection, customer: str) -> Customer:
    row = connection.execute(sa.select(_C.file, _C.since).where(_C.id == customer)).first()
    talks = sa.select(_T.id, _T.flow, _T.state, _T.opened, _T.touched).where(_T.customer == customer)
    found = [Talk(*talk) for talk in connection.execute(talks.order_by(_T.touched.desc(), _T.id))]
    return Customer(customer, row.file if row else NOTHING, row.since if row else None, found)


def _edit(connection: sa.Connection, customer: str, changes: File, by: str, at: datetime.datetime) -> Customer:
    stored = files(connection, [customer])
    _write(connection, {customer: (edited(stored.get(customer, NOTHING), changes, by, at), at)}, stored)
    return _customer(connection, customer)


def _search(connection: sa.Connection, text: str, kind: str | None, importance: str | None, limit: int) -> list[Customer]:
    held = sa.type_coerce(_C.file, sa.Text)
    wanted = sa.select(_C.id).where(_C.id.contains(text, autoescape=True) | held.contains(text, autoescape=True))
    wanted = wanted if kind is None else wanted.where(_C["class"] == kind)
    wanted = wanted if importance is None else wanted.where(_C.importance == importance)
    ids = connection.scalars(wanted.order_by(_C.touched.desc(), _C.id).limit(limit)).all()
    return [_customer(connection, customer) for customer in ids]
