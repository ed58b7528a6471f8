"""Puts exported conversations into a store: the longer log wins, and where two logs differ nothing is overwritten."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple

import sqlalchemy as sa

from csflow.errors import StoreError
from csflow.host import schema
from csflow.host.archive import FORMAT, PARTS, SERVED, TABLES, Line, Rows, lines_of, plain, typed

SAME = ("seq", "kind", "message", "data", "digest", "at")
"""What makes two events of two logs the same."""
KEYS = ("conversation", "customer", *(table.name for table in SERVED))
"""By what a line tells what it is about."""
_C, _O, _F = schema.conversation.c, schema.outbox.c, schema.customer.c


class Clash(NamedTuple):
    """A conversation, or a customer's file, that is not the same in both stores; `event` is the first that differs."""

    kind: str
    id: str
    event: int

    def __str__(self) -> str:
        where = f" from event {self.event} on" if self.kind == "conversation" else f" at change {self.event}"
        return f"{self.kind} {self.id} differs{where}; nothing of it was taken"


class Merged(NamedTuple):
    """How many conversations were new, went on longer, or brought nothing new; and what clashed."""

    added: int = 0
    longer: int = 0
    known: int = 0
    clashes: tuple[Clash, ...] = ()

    def and_then(self, other: Merged) -> Merged:
        """Return both together."""
        counts = (self.added + other.added, self.longer + other.longer, self.known + other.known)
        return Merged(*counts, self.clashes + other.clashes)


def merge(connection: sa.Connection, lines: Sequence[Line]) -> Merged:
    """Take lines of an export into a store, in the transaction of the connection.

    A conversation that is not there is added. Of one that is, the longer log wins if it begins with the shorter one; what
    either store has sent stays sent. Of a customer's file the one with more changes wins.

    Raises:
        StoreError: a line is none of an export, or one of a later version.
    """
    for line in lines:
        _check(line)
        _served(connection, line)
    conversations = [line for line in lines if "conversation" in line]
    here = _here(connection, [line["conversation"]["id"] for line in conversations])
    done = (_take(connection, here.get(line["conversation"]["id"]), line) for line in conversations)
    files = (_file(connection, line["customer"]) for line in lines if "customer" in line)
    return reduce(Merged.and_then, [*done, *files], Merged())


def _check(line: Line) -> None:
    about = next((line[key] for key in KEYS if key in line), None) if isinstance(line, dict) else None
    if not isinstance(about, dict) or not isinstance(about.get("id", about.get("digest")), str):
        raise StoreError("this is no line of an export: it tells of no conversation, no customer and no version")
    if "masked" in line:
        raise StoreError("this export is masked: it is for reading, and what it hides cannot be brought back")
    if line.get("format") != FORMAT:
        raise StoreError(f"this export has format {line.get('format')!r}; this version of csflow reads format {FORMAT}")
    if unknown := sorted(line.keys() - {"format", *TABLES}):
        raise StoreError(f"an export with {unknown[0]!r} was written by a later version of csflow")


def _served(connection: sa.Connection, line: Line) -> None:
    """Keep a version or a store profile that is not here yet."""
    for table in SERVED:
        if row := line.get(table.name):
            connection.execute(schema.insert_into(connection, table).on_conflict_do_nothing(), typed(table, row))


def _here(connection: sa.Connection, ids: Sequence[str]) -> Mapping[str, Line]:
    """Return the conversations that are here already, locked until the transaction ends."""
    connection.execute(sa.select(_C.id).where(_C.id.in_(ids)).order_by(_C.id).with_for_update())
    return {line["conversation"]["id"]: line for line in lines_of(connection, ids)}


def _take(connection: sa.Connection, mine: Line | None, theirs: Line) -> Merged:
    if mine is None:
        _insert(connection, theirs)
        return Merged(added=1)
    if (number := differs(mine["event"], theirs.get("event", []))) is not None:
        return Merged(clashes=(Clash("conversation", mine["conversation"]["id"], number),))
    sent = _sent(mine["outbox"]) | _sent(theirs.get("outbox", []))
    longer = len(theirs["event"]) > len(mine["event"])
    if longer:
        _delete(connection, mine["conversation"]["id"])
        _insert(connection, theirs)
    _mark(connection, sent, (theirs if longer else mine)["outbox"])
    return Merged(longer=longer, known=not longer)


def differs(mine: Rows, theirs: Rows) -> int | None:
    """Return the number of the first event that is not the same in two logs, as far as both go."""
    pairs = zip(mine, theirs, strict=False)
    return next((own["seq"] for own, other in pairs if any(own[name] != other.get(name) for name in SAME)), None)


def _sent(rows: Rows) -> dict[str, Any]:
    return {row["key"]: row for row in rows if row["done"] is not None}


def _mark(connection: sa.Connection, sent: Mapping[str, Any], rows: Rows) -> None:
    """Mark what has left from the other store as left here, so that nothing is said twice."""
    for row in rows:
        if row["done"] is None and row["key"] in sent:
            done = typed(schema.outbox, sent[row["key"]])["done"]
            connection.execute(sa.update(schema.outbox).where(_O.key == row["key"]).values(done=done))


def _delete(connection: sa.Connection, conversation: str) -> None:
    for table in PARTS:
        connection.execute(sa.delete(table).where(table.c.conversation == conversation))
    connection.execute(sa.delete(schema.conversation).where(_C.id == conversation))


def _insert(connection: sa.Connection, line: Line) -> None:
    _rows(connection, schema.conversation, [line["conversation"]])
    for table in PARTS:
        _rows(connection, table, line.get(table.name, []))


def _rows(connection: sa.Connection, table: sa.Table, rows: Iterable[Mapping[str, Any]]) -> None:
    if found := [typed(table, row) for row in rows]:
        connection.execute(table.insert(), found)


def _file(connection: sa.Connection, theirs: Mapping[str, Any]) -> Merged:
    row = connection.execute(sa.select(schema.customer).where(_F.id == theirs["id"]).with_for_update()).one_or_none()
    mine = plain(row._mapping) if row else None
    if mine is not None and mine["seq"] == theirs["seq"] and mine["file"] != theirs["file"]:
        return Merged(clashes=(Clash("customer", mine["id"], mine["seq"]),))
    if mine is None or mine["seq"] < theirs["seq"]:
        connection.execute(sa.delete(schema.customer).where(_F.id == theirs["id"]))
        _rows(connection, schema.customer, [theirs])
    return Merged()
