"""The conversations of a store, looked at and moved to a version of their flow, so many in a transaction."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from csflow.flow import Flow
from csflow.host import schema
from csflow.host.books import Page, Row
from csflow.host.store import Store, load, write
from csflow.host.versions import Kept, book_move, keep, kept_texts, kept_version
from csflow.migration import Moved, Names, Position, migrate
from csflow.snapshot import Snapshot

BATCH = 200
"""How many conversations are locked and moved together."""


class Standing(NamedTuple):
    """Conversations of one version in one state that fare alike: how, and why where they cannot go on."""

    digest: str
    version: str
    state: str
    position: Position
    reason: str


class Migration:
    """A store's conversations of one flow, and the version that they are to go on in."""

    def __init__(self, store: Store, flow: Flow) -> None:
        self.store, self.flow, self.names = store, flow, Names(flow.spec)
        self.old: dict[str, Kept | None] = {}

    def plan(self) -> Counter[Standing]:
        """Return how many conversations of other versions would fare how; nothing is changed."""
        found: Counter[Standing] = Counter()
        for ids in self._batches():
            with self.store.begin() as connection:
                for row in load(connection, ids).values():
                    found[self._standing(connection, row)] += 1
        return found

    def apply(self, now: datetime.datetime) -> Counter[Position]:
        """Move all that can be moved, while hosts are at work; what is begun again goes on where it was stopped."""
        with self.store.begin() as connection:
            keep(connection, [self.flow], now)
        done: Counter[Position] = Counter()
        for ids in self._batches():
            with self.store.begin() as connection:
                done += self._move(connection, ids, now)
        return done

    def _batches(self) -> Iterator[Sequence[str]]:
        """Yield the ids of conversations of other versions, so many at a time."""
        last = ""
        c = schema.conversation.c
        wanted = sa.select(c.id).where(c.flow == self.flow.name, c.digest != self.flow.origin.digest).order_by(c.id).limit(BATCH)
        while True:
            with self.store.begin() as connection:
                ids = connection.scalars(wanted.where(c.id > last)).all()
            if not ids:
                return
            yield ids
            last = ids[-1]

    def _move(self, connection: sa.Connection, ids: Sequence[str], now: datetime.datetime) -> Counter[Position]:
        page, after, done = Page(), dict[str, Row](), Counter[Position]()
        before = load(connection, ids)
        for row in before.values():
            if row.digest == self.flow.origin.digest:  # a host was faster
                continue
            moved = self._moved(connection, row)
            done[moved.position] += 1
            if not moved.lost:
                after[row.id] = book_move(page, row, self.flow, moved, max(now, row.touched))
        write(connection, page, before, after)
        return done

    def _standing(self, connection: sa.Connection, row: Row) -> Standing:
        moved, old = self._moved(connection, row), self._old(connection, row.digest)
        reason = "; ".join(moved.lost or moved.renamed)
        return Standing(row.digest, old.flow.origin.version if old else "", row.state, moved.position, reason)

    def _moved(self, connection: sa.Connection, row: Row) -> Moved:
        old = self._old(connection, row.digest)
        return migrate(Snapshot.from_json(row.snapshot), self.names, old.names if old else None)

    def _old(self, connection: sa.Connection, digest: str) -> Kept | None:
        if digest not in self.old:
            texts = kept_texts(connection, digest)
            self.old[digest] = kept_version(connection, texts, self.flow) if texts is not None else None
        return self.old[digest]
