"""The tables of a store, for statements; what makes them are the numbered files in `migrations/`."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, Text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeDecorator

from csflow.host.sealing import Ring
from csflow.snapshot import ENCODER

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
MICROSECOND = datetime.timedelta(microseconds=1)


class Moment(TypeDecorator[datetime.datetime]):
    """An aware time, kept as microseconds since 1970 in UTC and read back in UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime.datetime | None, dialect: Any) -> int | None:
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: int | None, dialect: Any) -> datetime.datetime | None:
        return None if value is None else EPOCH + value * MICROSECOND


class Plain(TypeDecorator[Any]):
    """Plain data, kept as compact JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str:
        return ENCODER.encode(value)

    def process_result_value(self, value: str | None, dialect: Any) -> Any:
        return None if value is None else json.loads(value)


class Sealed(Plain):
    """Plain data of a customer, encrypted where the store has keys and its profile asks for it."""

    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str:
        return ring(dialect).seal(super().process_bind_param(value, dialect))

    def process_result_value(self, value: str | None, dialect: Any) -> Any:
        return None if value is None else super().process_result_value(ring(dialect).open(value), dialect)


class SealedText(TypeDecorator[str]):
    """A text of a customer, encrypted likewise."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else ring(dialect).seal(value)

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else ring(dialect).open(value)


def ring(dialect: Any) -> Ring:
    """Return the keys of the store that a statement runs on: they hang on its dialect, which is the store's own."""
    found: Ring = dialect.csflow_ring
    return found


def _text(name: str, *, key: bool = False, null: bool = False) -> Column[Any]:
    return Column(name, Text, primary_key=key, nullable=null)


def _number(name: str, *, key: bool = False) -> Column[Any]:
    return Column(name, BigInteger, primary_key=key, nullable=False, autoincrement=False)


def _moment(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, Moment, nullable=null)


def _plain(name: str) -> Column[Any]:
    return Column(name, Plain, nullable=False)


def _sealed(name: str, kind: type[TypeDecorator[Any]] = Sealed) -> Column[Any]:
    return Column(name, kind, nullable=False)


TABLES = MetaData()


def insert_into(connection: Connection, table: Table) -> Any:
    """Return an insert that may say what is done with a row that is there already, as the store's database writes it."""
    insert: Callable[[Table], Any] = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return insert(table)


conversation = Table(
    "conversation", TABLES, _text("id", key=True), _text("customer"), _text("flow"), _text("digest"), _text("state"),
    _sealed("snapshot", SealedText), _number("seq"), _moment("due", null=True), _moment("waits_since", null=True),
    _text("taken_by", null=True), _moment("opened"), _moment("touched"),
)  # fmt: skip
"""Where each conversation stands; `due` is its next timer, `waits_since` tells that it waits for a person."""

event = Table(
    "event", TABLES, _text("conversation", key=True), _number("seq", key=True), _text("message", null=True), _text("kind"),
    _sealed("data"), _sealed("turn"), _text("digest"), _moment("at"), _text("profile", null=True),
)  # fmt: skip
"""All that happened, in order, with what came of it; `digest` and `profile` are the rule files and figures that answered."""

outbox = Table(
    "outbox", TABLES, _text("key", key=True), _text("lane"), _text("conversation"), _number("seq"), _number("part"),
    _text("kind"), _text("name"), _sealed("data"), _moment("at"), _moment("due"), _number("tries"), _text("error", null=True),
    _moment("done", null=True),
)  # fmt: skip
"""What is to leave: replies, mails, notices, calls; what shares a lane leaves in order."""

lease = Table("lease", TABLES, _text("lane", key=True), _text("worker"), _moment("until"))
"""Which worker serves a lane, and until when the others leave it alone."""

alarm = Table("alarm", TABLES, _text("conversation", key=True), _moment("at"))
"""When a timer engine beside the store looks after a conversation next."""

approval = Table(
    "approval", TABLES, _text("key", key=True), _text("conversation"), _number("serial"), _text("name"), _text("role"),
    _sealed("data"), _moment("asked"), _moment("deadline", null=True), _text("state"), _text("by", null=True),
    _moment("settled", null=True), _moment("late", null=True), _text("escalated", null=True),
)  # fmt: skip
"""What people are asked: open, done, denied, failed or superseded; `late` and `escalated`: nobody had answered, who was told."""

promise = Table(
    "promise", TABLES, _text("conversation", key=True), _number("serial", key=True), _text("customer"), _text("name"),
    _sealed("what", SealedText), _text("about", null=True), _moment("made"), _moment("due"), _text("state"),
    _moment("settled", null=True), _text("keeper", null=True),
)  # fmt: skip
"""What customers were promised: open, kept or broken; `about` is the order, `keeper` the role that is to keep it."""

given = Table(
    "given", TABLES, _text("conversation", key=True), _number("seq", key=True), _number("part", key=True), _text("customer"),
    _text("name"), _plain("data"), _moment("at"),
)  # fmt: skip
"""What was granted or agreed, across conversations."""

record = Table(
    "record", TABLES, _text("conversation", key=True), _number("seq", key=True), _number("part", key=True), _text("customer"),
    _text("name"), _sealed("data"), _moment("at"),
)  # fmt: skip
"""What the flow records: cases, demand, logs, each under its name."""

customer = Table(
    "customer", TABLES, _text("id", key=True), _sealed("file"), _number("seq"), _moment("since"), _moment("touched"),
    _text("name", null=True), _text("class", null=True), _text("importance", null=True),
)  # fmt: skip
"""The customer file, one for all conversations of a customer; a few parts of it stand beside it, to be searched."""

tag = Table(
    "tag", TABLES, _text("conversation", key=True), _number("seq", key=True), _number("part", key=True), _text("name", key=True),
    _text("customer"), _plain("value"), _moment("at"),
)  # fmt: skip
"""What the flow noted of conversations, in order."""

staff = Table("staff", TABLES, _text("id", key=True), _text("role"), _text("presence"), _moment("since"))
"""Who works at the desk: available, busy or away, since when."""

flow_version = Table(
    "flow_version", TABLES, _text("digest", key=True), _text("name"), _text("version"), _text("texts"), _moment("since"),
)  # fmt: skip
"""The rule files of each version that a host served with, compressed, and when it first did."""

store_profile = Table("store_profile", TABLES, _text("digest", key=True), _text("name"), _text("text"), _moment("since"))
"""The store profiles that hosts served with."""
