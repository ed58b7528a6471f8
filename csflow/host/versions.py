"""The versions of a flow side by side: which one serves a conversation, and when it is moved to the present one."""

from __future__ import annotations

import asyncio
import datetime
import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from csflow.errors import LoadError, StoreError, VersionError
from csflow.flow import Flow, load
from csflow.host import schema
from csflow.host.books import Page, Row, next_due
from csflow.language import Recogniser, RuleRecogniser
from csflow.migration import Moved, Names, migrate
from csflow.rulefile import packed, restore, unpacked
from csflow.snapshot import Snapshot

LOG = logging.getLogger("csflow.host")
Moving = Literal["safe", "never"]
"""Whether conversations are moved to the present version where that is safe, or stay with the one they began with."""
MIGRATED = "migrated"
Signature = frozenset[tuple[str, int, int]]


class Placed(NamedTuple):
    """Where a conversation goes on: its row, its snapshot and the version that serves it."""

    row: Row
    snapshot: Snapshot
    flow: Flow


class Kept(NamedTuple):
    """A version out of the store, and the names of its parts."""

    flow: Flow
    names: Names


class Flows:
    """The versions of a flow that a host serves side by side; conversations begin with the first.

    Versions that the host was not given are taken out of the store.
    """

    def __init__(self, flows: Iterable[Flow], moving: Moving = "safe") -> None:
        self.current, *self.older = flows
        self.moving = moving
        self.by_digest = {flow.origin.digest: flow for flow in (*reversed(self.older), self.current)}
        self.stored: dict[str, Kept | None] = {}
        self.names = Names(self.current.spec)
        self.since: dict[str, datetime.datetime] = {}

    def renew(self, flow: Flow) -> None:
        """Let conversations begin with another version from now on."""
        before = self.current
        if before.origin.digest != flow.origin.digest:
            del self.by_digest[before.origin.digest]
            self.stored[before.origin.digest] = Kept(before, self.names)
        self.current, self.names = flow, Names(flow.spec)
        self.by_digest[flow.origin.digest] = flow

    async def learn(self) -> None:
        """Learn what recognisers learn from their words, so that no message has to wait for it."""
        own = [flow.recogniser for flow in self.by_digest.values() if isinstance(flow.recogniser, RuleRecogniser)]
        if any(not recogniser.learnt for recogniser in own):
            await asyncio.gather(*(asyncio.to_thread(recogniser.learn) for recogniser in own))

    def same(self, flow: Flow) -> bool:
        """Tell whether a flow says what the present version says, figures included."""
        return (flow.origin, flow.profile.digest) == (self.current.origin, self.current.profile.digest)

    def of(self, row: Row) -> Flow | None:
        """Return the version that a conversation belongs to, if the host was given it."""
        return self.by_digest.get(row.digest)

    def place(self, connection: sa.Connection, page: Page, row: Row, snapshot: Snapshot, now: datetime.datetime) -> Placed:
        """Return where a conversation of another version goes on; a move is noted on the page.

        Raises:
            VersionError: it cannot be moved, and nobody has its version.
        """
        old = self.kept(connection, row.digest)
        moved = self.move(connection, snapshot, old)
        if moved is not None and not moved.lost:
            return Placed(book_move(page, row, self.current, moved, now), moved.snapshot, self.current)
        if old is None:
            raise VersionError(row.id, row.flow, row.digest, moved.lost if moved else ())
        return Placed(row, snapshot, old.flow)

    def move(self, connection: sa.Connection, snapshot: Snapshot, old: Kept | None) -> Moved | None:
        """Return what becomes of a conversation in the present version; None where it is not to be moved."""
        if self.moving == "never" or self._is_newer(connection, snapshot.origin.digest):
            return None
        return migrate(snapshot, self.names, old.names if old else None)

    def _is_newer(self, connection: sa.Connection, digest: str) -> bool:
        """Tell whether a version came after the present one: a host that is still to be renewed moves nothing back."""
        unknown = {digest, self.current.origin.digest} - self.since.keys()
        if unknown:
            found = sa.select(_V.digest, _V.since).where(_V.digest.in_(unknown))
            self.since |= {row[0]: row[1] for row in connection.execute(found)}
        theirs, ours = self.since.get(digest), self.since.get(self.current.origin.digest)
        return theirs is not None and ours is not None and theirs > ours

    def kept(self, connection: sa.Connection, digest: str) -> Kept | None:
        """Return a version that the store keeps, with the present figures; None where it is not there or not readable."""
        if digest not in self.stored:
            texts = kept_texts(connection, digest)
            if texts is None:
                return None  # another host may bring it yet
            self.stored[digest] = kept_version(connection, texts, self.current)
        return self.stored[digest]


def signature(flow: Flow) -> Signature:
    """Return what tells whether the files of a flow have changed: which there are, how long, and when they were written."""
    folders = (folder if folder.is_dir() else folder.parent for folder in flow.spec.roots)
    files = {file for folder in folders for file in folder.rglob("*.yaml")}
    if flow.profile.file:
        files.add(Path(flow.profile.file))
    return frozenset((str(file), stat.st_mtime_ns, stat.st_size) for file in files if (stat := _stat(file)))


def _stat(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except OSError:  # it has gone since it was listed
        return None


class Watch:
    """Notices changed files, each change once."""

    def __init__(self, flow: Flow) -> None:
        self.seen = signature(flow)

    def changed(self, flow: Flow) -> bool:
        """Tell whether files have changed since this was last asked."""
        before, self.seen = self.seen, signature(flow)
        return self.seen != before


def loaded_again(flow: Flow) -> Flow:
    """Load the files of a flow again.

    Raises:
        LoadError: they cannot be used.
        StoreError: the flow is one that was taken out of a store.
    """
    if not flow.spec.roots:
        raise StoreError(f"flow {flow.name!r} was not loaded from files of its own; load it from its folder to load it again")
    return load(flow.spec.roots[-1], flow.profile.file, recogniser=own_recogniser(flow))


_V, _P = schema.flow_version.c, schema.store_profile.c


def kept_texts(connection: sa.Connection, digest: str) -> str | None:
    """Return the rule files of a version as the store keeps them."""
    texts: str | None = connection.scalar(sa.select(_V.texts).where(_V.digest == digest))
    return texts


def kept_version(connection: sa.Connection, texts: str, current: Flow) -> Kept | None:
    """Load a version out of the store, with the present figures; where its rules cannot take these, with older ones."""
    others = connection.scalars(sa.select(_P.text).order_by(_P.since.desc())).all()
    error: LoadError | None = None
    for profile in (current.profile.text, *others):
        try:
            flow = load_kept(texts, profile, own_recogniser(current))
            return Kept(flow, Names(flow.spec))
        except LoadError as refused:
            error = error or refused
    LOG.error("a version that the store keeps cannot be loaded: %s", error)
    return None


def load_kept(texts: str, profile: str, recogniser: Recogniser | None = None) -> Flow:
    """Load a version from its texts."""
    return Flow(*restore(unpacked(texts), profile), recogniser)


def own_recogniser(flow: Flow) -> Recogniser | None:
    """Return what a flow hears with, where that is not made of its rule files: other versions hear with it too."""
    return None if isinstance(flow.recogniser, RuleRecogniser) else flow.recogniser


def keep(connection: sa.Connection, flows: Iterable[Flow], now: datetime.datetime) -> None:
    """Keep the texts of versions and of their store profiles, unless the store has them."""
    for flow in flows:
        origin, profile = flow.origin, flow.profile
        if not _has(connection, schema.flow_version, origin.digest):
            values = {"digest": origin.digest, "name": origin.flow, "version": origin.version, "since": now}
            _insert(connection, schema.flow_version, values | {"texts": packed(flow.spec.texts)})
        if not _has(connection, schema.store_profile, profile.digest):
            values = {"digest": profile.digest, "name": profile.name, "text": profile.text, "since": now}
            _insert(connection, schema.store_profile, values)


def _has(connection: sa.Connection, table: sa.Table, digest: str) -> bool:
    return connection.scalar(sa.select(table.c.digest).where(table.c.digest == digest)) is not None


def _insert(connection: sa.Connection, table: sa.Table, values: dict[str, Any]) -> None:
    """Insert a row; another host that starts at the same time may have done so."""
    connection.execute(schema.insert_into(connection, table).values(values).on_conflict_do_nothing())


def book_move(page: Page, row: Row, flow: Flow, moved: Moved, now: datetime.datetime) -> Row:
    """Note a move as an event of its own; returns the row after it."""
    snapshot = moved.snapshot
    after = row._replace(
        digest=flow.origin.digest, state=snapshot.state, snapshot=snapshot.to_json(), seq=row.seq + 1,
        due=next_due(flow, snapshot), touched=now,
    )  # fmt: skip
    data = {"from": row.digest, "to": after.digest, "renamed": moved.renamed, "dropped": moved.dropped}
    due = [{"name": timer.name, "at": timer.due.isoformat()} for timer in snapshot.timers]
    turn = {"state": snapshot.state, "heard": [], "rules": [], "replies": [], "effects": [], "due": due}
    page.insert(
        schema.event, conversation=row.id, seq=after.seq, message=None, kind=MIGRATED, data=data, turn=turn,
        digest=after.digest, at=now, profile=flow.profile.digest,
    )  # fmt: skip
    return after
