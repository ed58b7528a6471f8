"""Where conversations are kept: one schema on SQLite or PostgreSQL, and the statements of one turn's transaction."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random

from csflow.errors import StoreError
from csflow.host import schema
from csflow.host.acts import Served
from csflow.host.books import Page, Row
from csflow.host.sealing import Ring

MEMORY = "memory"
MOVES = ("digest", "state", "snapshot", "seq", "due", "waits_since", "taken_by", "touched")
"""What a turn changes in a conversation's row."""
LOCK_TIMEOUT = 10_000
"""Milliseconds that a transaction waits for another one."""
PATIENCE = {
    "connect_timeout": 10, "tcp_user_timeout": 30_000,
    "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3,
}  # fmt: skip
"""How long a PostgreSQL is waited for, in seconds (`tcp_user_timeout`: milliseconds); a URL may say otherwise."""


class Store:
    """A database of conversations: `memory`, `sqlite:///shop.db` or `postgresql://user@host/name`.

    `keys` open what is encrypted in it, the newest first; those of the environment if left out.

    Raises:
        StoreError: the URL is none of these, or the package for it is not installed.
    """

    def __init__(self, url: str = MEMORY, keys: Sequence[str] | None = None) -> None:
        self.url, self.ring = url, Ring(keys)
        self.engine = _engine(url)
        self.engine.dialect.csflow_ring = self.ring  # type: ignore[attr-defined] # where a column's type finds it
        self.shared = self.engine.dialect.name == "postgresql"

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """Begin a transaction: committed at its end, rolled back by an exception.

        Raises:
            StoreError: the database refuses; nothing was stored.
        """
        with _told(self.url), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Begin a transaction that only reads, and holds up nobody: all it sees is of one moment.

        Raises:
            StoreError: the database refuses, or its tables are not of this version.
        """
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True} if self.shared else {"only_reads": True}
        with _told(self.url), self.engine.execution_options(**options).begin() as connection:
            self._know(connection)
            yield connection

    def _know(self, connection: sa.Connection) -> None:
        """Refuse a database without our tables, or with those of another version."""
        have = _version(connection) if sa.inspect(connection).has_table("csflow_schema") else 0
        if have != (here := len(_migrations())):
            what = f"has tables of schema {have}; this csflow has schema {here}" if have else "holds no conversations of csflow"
            raise StoreError(f"{self.shown} {what}")

    def upgrade(self) -> int:
        """Bring the tables to this version of csflow; returns how many steps were taken.

        Raises:
            StoreError: the tables were made by a later version.
        """
        with self.begin() as connection:
            if self.shared:  # two processes that start together take turns
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(7269135)"))
            connection.execute(sa.text("CREATE TABLE IF NOT EXISTS csflow_schema (version BIGINT NOT NULL)"))
            have = _version(connection)
            steps = _migrations()
            if have > len(steps):
                raise StoreError(f"{self.shown} was made by a later version of csflow (schema {have}; this one has {len(steps)})")
            for number in range(have, len(steps)):
                for statement in steps[number]:
                    connection.exec_driver_sql(statement)
                connection.execute(sa.text("INSERT INTO csflow_schema VALUES (:n)"), {"n": number + 1})
        return len(steps) - have

    @property
    def shown(self) -> str:
        """The store's URL without a password."""
        return self.engine.url.render_as_string(hide_password=True)

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def _version(connection: sa.Connection) -> int:
    return connection.scalar(sa.text("SELECT max(version) FROM csflow_schema")) or 0


def _engine(url: str) -> sa.Engine:
    if url == MEMORY:
        engine = sa.create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        return _as_sqlite(engine)
    try:
        parsed = sa.make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() == "sqlite":
            return _as_sqlite(sa.create_engine(parsed))
        if parsed.get_backend_name() == "postgresql":
            limits = PATIENCE | {"options": f"-c lock_timeout={LOCK_TIMEOUT}"}
            given = {key: value for key, value in limits.items() if key not in parsed.query}
            return sa.create_engine(parsed, pool_pre_ping=True, connect_args=given)
    except (sa.exc.ArgumentError, ValueError):
        shown = _masked(url)
        raise StoreError(f"{shown!r} is no store; write memory, sqlite:///shop.db or postgresql://user@host/name") from None
    except ModuleNotFoundError as error:
        raise StoreError(f"a store at {_masked(url)!r} needs the package {error.name}: install csflow[postgres]") from None
    raise StoreError(f"{parsed.get_backend_name()} is no store that csflow knows; it keeps conversations on sqlite or postgresql")


def _masked(url: str) -> str:
    """Return text that was meant to be a URL without the password in it."""
    return re.sub(r"(?<=:)[^:/]+(?=@)", "***", url)


def _as_sqlite(engine: sa.Engine) -> sa.Engine:
    """Let SQLAlchemy begin transactions, at once for writing, so that none fails in its middle for a lock."""

    @sa.event.listens_for(engine, "connect")
    def connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={LOCK_TIMEOUT}")
        # of several that begin with a new file, SQLite refuses all but one at once, whatever the timeout
        patiently = Retrying(
            retry=retry_if_exception(_is_busy),
            stop=stop_after_delay(LOCK_TIMEOUT / 1000),
            wait=wait_random(0, 0.05),
            reraise=True,
        )
        patiently(cursor.execute, "PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get("only_reads") else "BEGIN IMMEDIATE")

    return engine


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


@contextmanager
def _told(url: str) -> Iterator[None]:
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise RefusedError(url, error) from error


class RefusedError(StoreError):
    """The database refused a transaction; `again` tells that the same may succeed another time.

    `held` tells that somebody else holds a row, from which only its conversation suffers; `all` that any other transaction
    would be refused as well: the database is locked, full, read-only or down.
    """

    def __init__(self, url: str, error: sa.exc.DBAPIError) -> None:
        operational = error.connection_invalidated or isinstance(error, sa.exc.OperationalError)
        code = _code(error)
        self.held = code == LOCK_NOT_AVAILABLE
        self.all = operational and not self.held
        self.again = isinstance(error, sa.exc.IntegrityError) or (operational and code not in LASTING)
        shown = sa.make_url(url).render_as_string() if "://" in url else url
        super().__init__(f"{shown}: {str(error.orig).strip()}; nothing of this was stored")


LOCK_NOT_AVAILABLE = "55P03"
LASTING = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, "53100")
"""What is over only when somebody has mended it: the disk is full, the file read-only or broken."""


def _code(error: sa.exc.DBAPIError) -> int | str | None:
    """Return what a database calls its error: a number of SQLite, a SQLSTATE of PostgreSQL."""
    number = getattr(error.orig, "sqlite_errorcode", None)
    return getattr(error.orig, "sqlstate", None) if number is None else number & 0xFF


def _migrations() -> list[list[str]]:
    """Return the statements of each numbered step."""
    folder = files("csflow.host") / "migrations"
    steps = sorted((step for step in folder.iterdir() if step.name.endswith(".sql")), key=lambda step: step.name)
    return [[text.strip() for text in step.read_text("utf-8").split(";") if text.strip()] for step in steps]


def load(connection: sa.Connection, ids: Iterable[str]) -> dict[str, Row]:
    """Return the rows of conversations, locked until the transaction ends where the database is shared."""
    rows = connection.execute(_LOAD, {"ids": sorted(ids)})
    return {row.id: Row(*row) for row in rows}


def recorded(connection: sa.Connection, messages: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Served]:
    """Return what messages that were taken before have led to, by conversation and message id."""
    wanted = set(messages)
    ids, names = ({pair[at] for pair in wanted} for at in (0, 1))
    rows = connection.execute(_RECORDED, {"ids": sorted(ids), "messages": sorted(names)})
    found = (row for row in rows if (row[0], row[1]) in wanted)
    return {(row[0], row[1]): Served(row[0], row[2], row[3], row[4], duplicate=True) for row in found}


_C, _E = schema.conversation.c, schema.event.c
_LOAD = sa.select(schema.conversation).where(_C.id.in_(sa.bindparam("ids", expanding=True))).order_by(_C.id).with_for_update()
_RECORDED = sa.select(_E.conversation, _E.message, _E.seq, _E.at, _E.turn).where(
    _E.conversation.in_(sa.bindparam("ids", expanding=True)), _E.message.in_(sa.bindparam("messages", expanding=True))
)  # fmt: skip # not pairs in (…), for which SQLite reads the whole table
_ADVANCE = (
    sa.update(schema.conversation)
    .where(_C.id == sa.bindparam("of"), _C.seq == sa.bindparam("was"))
    .values({name: sa.bindparam(f"new_{name}") for name in MOVES})
)
_SETTLE = {
    schema.outbox: sa.update(schema.outbox)
    .where(schema.outbox.c.key == sa.bindparam("of"), schema.outbox.c.done.is_(None))
    .values(done=sa.bindparam("when"), error="not needed any more"),
    schema.approval: sa.update(schema.approval)
    .where(schema.approval.c.key == sa.bindparam("of"))
    .values(state=sa.bindparam("to"), by=sa.bindparam("who"), settled=sa.bindparam("when")),
    schema.promise: sa.update(schema.promise)
    .where(schema.promise.c.conversation == sa.bindparam("of"), schema.promise.c.serial == sa.bindparam("number"))
    .values(state=sa.bindparam("to"), settled=sa.bindparam("when")),
}


def write(connection: sa.Connection, page: Page, before: Mapping[str, Row], after: Mapping[str, Row]) -> None:
    """Write rows that changed and all that is noted on the page.

    Raises:
        StoreError: somebody else moved one of the conversations on meanwhile.
    """
    new = [row._asdict() for key, row in after.items() if key not in before]
    if new:
        connection.execute(schema.conversation.insert(), new)
    moved = [_moved(before[key], row) for key, row in after.items() if key in before]
    if moved and connection.execute(_ADVANCE, moved).rowcount != len(moved):
        raise StoreError("a conversation was moved on by somebody else although its row was locked")
    for table, rows in page.inserts.items():
        connection.execute(table.insert(), rows)
    for table, values in page.settled.items():
        connection.execute(_SETTLE[table], values)


def _moved(before: Row, row: Row) -> dict[str, Any]:
    values = {f"new_{name}": value for name, value in row._asdict().items()}
    return values | {"of": row.id, "was": before.seq}
