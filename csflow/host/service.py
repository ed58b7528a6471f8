"""Serves acts: in one transaction the rows are locked, the flow steps, and all that came of it is written, or nothing is."""

from __future__ import annotations

import datetime
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from zlib import crc32

import sqlalchemy as sa

from csflow.errors import CsflowError, SnapshotError
from csflow.events import Due
from csflow.flow import Flow
from csflow.host.acts import NAMES, Act, Logged, Served
from csflow.host.books import Entry, Page, Row, advanced, book
from csflow.host.customers import files, save
from csflow.host.escalations import escalate
from csflow.host.people import Decided, decide, refuse
from csflow.host.store import Store, load, recorded, write
from csflow.host.timers import Alarm, Polled, TimerBackend
from csflow.host.totals import played
from csflow.host.versions import Flows
from csflow.snapshot import Snapshot
from csflow.timers import ready

MAX_FIRED = 1000
"""How many timers of one conversation are fired in one go."""
RECENT = 2_000
"""How many conversations a host keeps in memory too."""
Recent = OrderedDict[str, tuple[Row, Snapshot]]
Answer = Served | list[Served] | CsflowError


class Service:
    """Serves acts against a store; one transaction a batch."""

    def __init__(self, flows: Flows, store: Store, timers: TimerBackend | None = None) -> None:
        self.flows, self.store, self.timers = flows, store, timers or Polled()
        self.recent: Recent = OrderedDict()

    def serve(self, acts: Sequence[Act], *, again: bool = False) -> list[Answer]:
        """Return for each act the turn it led to, a list of turns for what was due, or the error that refuses it alone.

        `again` tells that the batch was tried before, and that nobody knows whether it was stored.

        Raises:
            StoreError: the database refuses the whole batch; nothing of it was stored.
        """
        with self.store.begin() as connection:
            sitting = _Sitting(self.flows, connection, acts, self.recent, again=again)
            answers = [sitting.answer(act) for act in acts]
            sitting.write()
            if not self.timers.polled:
                self.timers.arm(connection, sitting.alarms())
        self._remember(sitting)
        return answers

    def _remember(self, sitting: _Sitting) -> None:
        """Keep the snapshots that were just stored, so that they need not be read; a row's number tells whether they hold."""
        for key, row in sitting.after.items():
            self.recent[key] = row, sitting.snapshots[key]
            self.recent.move_to_end(key)
        while len(self.recent) > RECENT:
            self.recent.popitem(last=False)


class _Sitting:
    """One transaction: the rows as they were, as they become, and the page of what is written."""

    def __init__(self, flows: Flows, connection: sa.Connection, acts: Sequence[Act], recent: Recent, *, again: bool) -> None:
        self.flows, self.connection, self.recent = flows, connection, recent
        self.after: dict[str, Row] = {}
        messages = [(act.conversation, act.id) for act in acts if again or act.message is not None]
        self.before = load(connection, {act.conversation for act in acts})
        self.taken = recorded(connection, messages) if messages else {}
        self.page = Page(files(connection, {self._row(act).customer for act in acts}))
        self.decided: Decided = {}
        self.snapshots: dict[str, Snapshot] = {}
        self.times: dict[str, datetime.datetime] = {}

    def answer(self, act: Act) -> Answer:
        try:
            return self._answer(act)
        except SnapshotError as error:
            return SnapshotError(f"what is stored of conversation {act.conversation!r} cannot be read: {error}")
        except CsflowError as error:
            return error

    def _answer(self, act: Act) -> Answer:
        if (known := self.taken.get((act.conversation, act.id))) is not None:
            return known
        row = self._row(act)
        now = max(act.at, row.touched).astimezone(datetime.UTC)  # a replay of the log, which keeps UTC, gives the same turn
        snapshot = self.snapshots.get(row.id) or self._snapshot(row, act)
        if (flow := self.flows.of(row)) is None:
            was = row
            row, snapshot, flow = self.flows.place(self.connection, self.page, row, snapshot, now)
            if row is not was:
                self.after[row.id], self.snapshots[row.id] = row, snapshot
        if row.seq or act.event is not None:
            self.times[row.id] = now
        if act.event is None:
            return list(self._due(act, row, flow, snapshot, now))
        return self._take(act, act.event, row, flow, snapshot, now)

    def _row(self, act: Act) -> Row:
        row = self.after.get(act.conversation) or self.before.get(act.conversation)
        return row or _begun(act, self.flows.current)

    def _snapshot(self, row: Row, act: Act) -> Snapshot:
        if not row.seq:
            return fresh(self.flows.current, row, act.channel)
        known, snapshot = self.recent.get(row.id, (None, None))
        same = known is not None and (known.seq, known.touched) == (row.seq, row.touched)  # not one that was forgotten meanwhile
        return snapshot if same and snapshot is not None else Snapshot.from_json(row.snapshot)

    def _take(self, act: Act, event: Logged, row: Row, flow: Flow, before: Snapshot, now: datetime.datetime) -> Served:
        refuse(self.connection, self.decided, act, event, row, before, flow)
        turn, tally = played(self.connection, self.page, row, flow, before, event, now)
        row, told = advanced(row, flow, act, event, turn, now), turn.to_json()
        book(self.page, Entry(flow, act, event, now, row, before, turn, told, tally))
        decide(self.decided, act, event)
        self.after[row.id], self.snapshots[row.id] = row, turn.snapshot
        if act.event is not None:
            self.taken[row.id, act.id] = Served(row.id, row.seq, now, told, duplicate=True)
        about = {"flow": flow.name, "version": flow.origin.version, "kind": NAMES[type(event)], "before": before.state}
        return Served(row.id, row.seq, now, told, turn.why, about=about)

    def _due(self, act: Act, row: Row, flow: Flow, snapshot: Snapshot, now: datetime.datetime) -> Iterator[Served]:
        for _ in range(MAX_FIRED):
            timer = next(ready(flow, snapshot.timers, snapshot.state, now), None)
            if timer is None:
                return
            yield self._take(act, Due(timer), row, flow, snapshot, now)
            row, snapshot = self.after[row.id], self.snapshots[row.id]

    def alarms(self) -> list[Alarm]:
        """Return when each conversation of this sitting is due next, also of those that were looked after in vain."""
        return [Alarm(key, self._now(key).seq, self._now(key).due, now) for key, now in self.times.items()]

    def _now(self, key: str) -> Row:
        return self.after.get(key) or self.before[key]

    def write(self) -> None:
        after = {key: row._replace(snapshot=self.snapshots[key].to_json()) for key, row in self.after.items()}
        write(self.connection, self.page, self.before, after)
        escalate(self.connection, self.page)
        save(self.connection, self.page)


def _begun(act: Act, flow: Flow) -> Row:
    """Return the row of a conversation that begins."""
    return Row(
        act.conversation, act.customer or act.conversation, flow.name, flow.origin.digest, "greet", "", 0, None, None, None,
        act.at, act.at,
    )  # fmt: skip


def fresh(flow: Flow, row: Row, channel: str | None) -> Snapshot:
    """Return the first snapshot of a conversation; its id chooses among wordings."""
    facts = {"customer.id": row.customer, "channel": channel}
    known = {name: value for name, value in facts.items() if value is not None and name in flow.fact_types}
    return flow.fresh(crc32(row.id.encode()), known)
