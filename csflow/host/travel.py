"""Time travel: a stored conversation stepped through again from its log, each turn beside what was recorded of it."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from csflow.errors import StoreError
from csflow.events import Facts, Message, Report, Result, Staff, Turn
from csflow.host import schema
from csflow.host.acts import KINDS, event_from_json, play
from csflow.host.acts import Logged as Event
from csflow.host.books import Row
from csflow.host.service import fresh
from csflow.host.versions import MIGRATED, Kept, load_kept
from csflow.language import Recogniser
from csflow.migration import Names, migrate
from csflow.snapshot import ENCODER, NOTHING, Snapshot
from csflow.tally import Tally

Differences = Mapping[str, tuple[Any, Any]]


class Logged(NamedTuple):
    """An event as the log holds it."""

    number: int
    kind: str
    data: Any
    turn: Mapping[str, Any]
    digest: str
    profile: str | None
    at: datetime.datetime

    @property
    def event(self) -> Event | None:
        """What happened; None for what is no event of the flow, such as a move to another version."""
        return event_from_json(self.kind, self.data) if self.kind in KINDS else None


class Stop(NamedTuple):
    """One event of a conversation, stepped through again.

    `turn` is None where nothing was stepped; `differs` holds, by what is told of a turn, what was recorded and what comes out
    now: a replay never differs, unless csflow itself or its recogniser is another one.
    """

    logged: Logged
    version: str
    snapshot: Snapshot
    turn: Turn | None = None
    differs: Differences = NOTHING

    def to_json(self) -> dict[str, Any]:
        """Return the stop as the command line prints it; moments as ISO text in UTC."""
        logged = self.logged
        head = {"number": logged.number, "at": logged.at.isoformat(), "kind": logged.kind, "event": logged.data}
        why = list(self.turn.why.lines()) if self.turn else []
        differs = {name: {"recorded": old, "replayed": new} for name, (old, new) in self.differs.items()}
        return {**head, "version": self.version, **logged.turn, "why": why, "differs": differs}


class Library:
    """The versions that a store keeps, each with the figures that it was served with."""

    def __init__(self, connection: sa.Connection, recogniser: Recogniser | None = None) -> None:
        self.connection, self.recogniser = connection, recogniser
        self.versions: dict[tuple[str, str], Kept] = {}

    def version(self, logged: Logged) -> Kept:
        """Return the version that answered an event, with the figures of that time.

        Raises:
            StoreError: the store does not keep it.
            LoadError: this csflow cannot read it.
        """
        key = logged.digest, logged.profile or ""
        if key not in self.versions:
            texts = self._text(schema.flow_version.c.texts, schema.flow_version.c.digest == key[0])
            figures = self._text(schema.store_profile.c.text, schema.store_profile.c.digest == key[1])
            if texts is None or figures is None:
                raise StoreError(f"the store does not keep the version {key[0][:12]} that answered event {logged.number}")
            flow = load_kept(texts, figures, self.recogniser)
            self.versions[key] = Kept(flow, Names(flow.spec))
        return self.versions[key]

    def _text(self, column: sa.Column[Any], wanted: sa.ColumnElement[bool]) -> str | None:
        text: str | None = self.connection.scalar(sa.select(column).where(wanted))
        return text


_E = schema.event.c
_FIELDS = (_E.seq, _E.kind, _E.data, _E.turn, _E.digest, _E.profile, _E.at)


def log(connection: sa.Connection, conversation: str) -> tuple[Row, list[Logged]]:
    """Return a conversation's row and its events, in order.

    Raises:
        StoreError: there is no such conversation.
    """
    row = connection.execute(sa.select(schema.conversation).where(schema.conversation.c.id == conversation)).one_or_none()
    if row is None:
        raise StoreError(f"there is no conversation {conversation!r} in this store")
    events = connection.execute(sa.select(*_FIELDS).where(_E.conversation == conversation).order_by(_E.seq))
    return Row(*row), [Logged(*event) for event in events]


def travel(row: Row, events: Iterable[Logged], library: Library) -> Iterator[Stop]:
    """Yield each event of a conversation, stepped through again; the last one is held against the stored snapshot too.

    Raises:
        StoreError: a version that answered is not kept, or an event cannot be read.
        LoadError: this csflow cannot read a version that is kept.
    """
    snapshot: Snapshot | None = None
    before: Kept | None = None
    for logged in events:
        version = library.version(logged)
        snapshot = snapshot or fresh(version.flow, row, logged.turn.get("channel"))
        stop = _stop(logged, version, before or version, snapshot)
        if logged.number == row.seq and (stored := Snapshot.from_json(row.snapshot)) != _stored(stop.snapshot):
            stop = stop._replace(differs={**stop.differs, "snapshot": _unlike(stored, stop.snapshot)})
        yield stop
        snapshot, before = stop.snapshot, version


def _stop(logged: Logged, version: Kept, before: Kept, snapshot: Snapshot) -> Stop:
    flow = version.flow
    if logged.kind == MIGRATED:
        return Stop(logged, flow.origin.version, migrate(snapshot, version.names, before.names).snapshot)
    event = logged.event
    if event is None:
        return Stop(logged, flow.origin.version, snapshot)
    turn = play(flow, snapshot, event, logged.at, Tally.from_json(logged.turn.get("tally", NOTHING)))
    return Stop(logged, flow.origin.version, turn.snapshot, turn, _differences(logged.turn, turn))


def _differences(recorded: Mapping[str, Any], turn: Turn) -> Differences:
    replayed = json.loads(ENCODER.encode(turn.to_json()))
    return {name: (recorded.get(name), value) for name, value in replayed.items() if recorded.get(name) != value}


def _stored(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot as it comes out of a store."""
    return Snapshot.from_json(snapshot.to_json())


def _unlike(stored: Snapshot, replayed: Snapshot) -> tuple[Any, Any]:
    """Return what two snapshots hold in the fields in which they differ."""
    one, other = (json.loads(snapshot.to_json()) for snapshot in (stored, replayed))
    names = [name for name in {**one, **other} if one.get(name) != other.get(name)]
    return {name: one.get(name) for name in names}, {name: other.get(name) for name in names}


def script(events: Iterable[Logged]) -> Iterator[str]:
    """Yield a conversation as the lines of a script for `csflow chat --script`; what fell due comes of itself, with time."""
    began: datetime.datetime | None = None
    passed = 0
    for logged in events:
        began = began or logged.at
        since = math.ceil((logged.at - began).total_seconds())
        if since > passed:
            yield json.dumps({"wait": f"{since - passed}s"})
        passed = since
        if (line := _LINES.get(type(logged.event))) is not None:
            yield json.dumps(line(logged.event), ensure_ascii=False)


_LINES: Mapping[type, Any] = {
    Message: lambda event: {"say": list(event.texts)},
    Report: lambda event: {"event": event.name} | ({"facts": event.facts} if event.facts else {}),
    Facts: lambda event: {"facts": event.facts},
    Result: lambda event: {"event": f"{event.call}.{event.outcome}"} | ({"facts": event.facts} if event.facts else {}),
    Staff: lambda event: {"staff": event.act},
}
