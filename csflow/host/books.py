"""What a turn writes besides the new snapshot: pure, from the snapshots before and after it to rows of tables."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Table

from csflow.events import Effect, Event, Result, Staff, Turn
from csflow.flow import Flow
from csflow.host import schema
from csflow.host.acts import Act, event_to_json
from csflow.moves import in_handoff
from csflow.snapshot import Snapshot
from csflow.timers import in_place

HOLD_AFTER = datetime.timedelta(seconds=3)
"""How long a call may take before its hold line is said."""


class Row(NamedTuple):
    """A conversation as its row holds it."""

    id: str
    customer: str
    flow: str
    digest: str
    state: str
    snapshot: str
    seq: int
    due: datetime.datetime | None
    waits_since: datetime.datetime | None
    taken_by: str | None
    opened: datetime.datetime
    touched: datetime.datetime


class Entry(NamedTuple):
    """One event that was served: the flow, what it was, when, the row it led to, the snapshot before, the turn as kept."""

    flow: Flow
    act: Act
    event: Event
    at: datetime.datetime
    row: Row
    before: Snapshot
    turn: Turn
    told: dict[str, Any]


class Page:
    """What one transaction writes: rows to insert and values to set, by table."""

    def __init__(self) -> None:
        self.inserts: defaultdict[Table, list[dict[str, Any]]] = defaultdict(list)
        self.settled: defaultdict[Table, list[dict[str, Any]]] = defaultdict(list)

    def insert(self, table: Table, **values: Any) -> None:
        """Note a row to insert."""
        self.inserts[table].append(values)

    def settle(self, table: Table, **values: Any) -> None:
        """Note an end of something that was written before: an answered call, a kept promise."""
        self.settled[table].append(values)


def next_due(flow: Flow, snapshot: Snapshot) -> datetime.datetime | None:
    """Return when a conversation has to be looked after next: its first timer whose place is right."""
    return min((timer.due for timer in snapshot.timers if in_place(flow, timer, snapshot.state)), default=None)


def advanced(row: Row, flow: Flow, act: Act, event: Event, turn: Turn, now: datetime.datetime) -> Row:
    """Return a conversation's row after a turn."""
    waits = in_handoff(turn.state)
    return row._replace(
        digest=turn.snapshot.origin.digest,
        state=turn.state,
        snapshot=turn.snapshot.to_json(),
        seq=row.seq + 1,
        due=next_due(flow, turn.snapshot),
        waits_since=(row.waits_since or now) if waits else None,
        taken_by=(act.by or row.taken_by if isinstance(event, Staff) else row.taken_by) if waits else None,
        touched=now,
    )


def book(page: Page, entry: Entry) -> None:
    """Note all that a turn writes."""
    _log(page, entry)
    for part, reply in enumerate(entry.turn.replies):
        key = f"{entry.row.id}:{entry.row.seq}:{part}"
        _send(page, entry, part, key=key, kind="reply", name="", data={"text": reply}, lane=f"to:{entry.row.id}")
    for part, effect in enumerate(entry.turn.effects):
        if (write := _EFFECTS.get(effect.type)) is not None:
            write(page, entry, effect, len(entry.turn.replies) + part)
    _close_calls(page, entry)
    _promises(page, entry)


def _log(page: Page, entry: Entry) -> None:
    kind, data = event_to_json(entry.event)
    message = entry.act.id if entry.act.event is not None else None  # one look at what is due may lead to several events
    by = {"by": entry.act.by} if entry.act.by else {}
    began = {"channel": entry.act.channel} if entry.row.seq == 1 and entry.act.channel else {}
    page.insert(
        schema.event, conversation=entry.row.id, seq=entry.row.seq, message=message, kind=kind, data=data,
        turn=entry.told | by | began, digest=entry.row.digest, at=entry.at, profile=entry.flow.profile.digest,
    )  # fmt: skip


def _send(page: Page, entry: Entry, part: int, **values: Any) -> None:
    defaults = {"lane": values["key"], "due": entry.at, "tries": 0, "error": None, "done": None}
    page.insert(schema.outbox, conversation=entry.row.id, seq=entry.row.seq, part=part, at=entry.at, **(defaults | values))


def _notice(page: Page, entry: Entry, effect: Effect, part: int) -> None:
    key = f"{entry.row.id}:{entry.row.seq}:{part}"
    _send(page, entry, part, key=key, kind=effect.type, name=effect.name, data=effect.plain)


def call_key(conversation: str, serial: int) -> str:
    """Return the key of a call: the idempotency key that its function is given."""
    return f"{conversation}:call:{serial}"


def hold_key(conversation: str, serial: int) -> str:
    """Return the key of a call's hold line."""
    return f"{conversation}:hold:{serial}"


def _call(page: Page, entry: Entry, effect: Effect, part: int) -> None:
    data = {"with": effect.plain, "serial": effect.serial}
    _send(page, entry, part, key=call_key(entry.row.id, effect.serial), kind="call", name=effect.name, data=data)
    _hold(page, entry, effect, part, entry.at + HOLD_AFTER)


def _approval(page: Page, entry: Entry, effect: Effect, part: int) -> None:
    page.insert(
        schema.approval, key=call_key(entry.row.id, effect.serial), conversation=entry.row.id, serial=effect.serial,
        name=effect.name, role=entry.flow.spec.calls[effect.name].by or "", data=effect.plain, asked=entry.at,
        deadline=effect.deadline, state="open", by=None, settled=None,
    )  # fmt: skip
    _notice(page, entry, effect, part)
    if effect.deadline is not None:
        _hold(page, entry, effect, part, entry.at + (effect.deadline - entry.at) / 2)


def _hold(page: Page, entry: Entry, effect: Effect, part: int, due: datetime.datetime) -> None:
    if effect.hold:
        key, lane = hold_key(entry.row.id, effect.serial), f"to:{entry.row.id}"
        _send(page, entry, part, key=key, kind="reply", name="hold", data={"text": effect.hold}, lane=lane, due=due)


def _grant(page: Page, entry: Entry, effect: Effect, part: int) -> None:
    _ledger(page, schema.given, entry, effect, part)


def _record(page: Page, entry: Entry, effect: Effect, part: int) -> None:
    _ledger(page, schema.record, entry, effect, part)


def _ledger(page: Page, table: Table, entry: Entry, effect: Effect, part: int) -> None:
    page.insert(
        table, conversation=entry.row.id, seq=entry.row.seq, part=part, customer=entry.row.customer, name=effect.name,
        data=effect.plain, at=entry.at,
    )  # fmt: skip


_EFFECTS: Mapping[str, Callable[[Page, Entry, Effect, int], None]] = {
    "call": _call, "request_approval": _approval, "grant": _grant, "record": _record,
    "notify": _notice, "mail": _notice, "hand_off": _notice,
}  # fmt: skip


def _close_calls(page: Page, entry: Entry) -> None:
    """Settle what waited for calls that are not open any more."""
    for serial, state in _closed(entry):
        key = call_key(entry.row.id, serial)
        page.settle(schema.outbox, of=key, when=entry.at)
        page.settle(schema.outbox, of=hold_key(entry.row.id, serial), when=entry.at)
        page.settle(schema.approval, of=key, to=state, who=entry.act.by, when=entry.at)


def _closed(entry: Entry) -> Iterator[tuple[int, str]]:
    after = entry.turn.snapshot.ledger.calls
    for name, call in entry.before.ledger.calls.items():
        if name not in after or after[name].serial != call.serial:
            ended = isinstance(entry.event, Result) and entry.event.call == name
            yield call.serial, entry.event.outcome if ended else "superseded" if name in after else "failed"  # type: ignore[union-attr] # ended: it is a result


def _promises(page: Page, entry: Entry) -> None:
    before = {promise.serial: promise for promise in entry.before.ledger.promises}
    for promise in entry.turn.snapshot.ledger.promises:
        if promise.serial not in before:
            page.insert(
                schema.promise, conversation=entry.row.id, serial=promise.serial, customer=entry.row.customer,
                name=promise.name, what=promise.what, about=promise.order, made=entry.at, due=promise.due,
                state=promise.state, settled=None if promise.state == "open" else entry.at,
            )  # fmt: skip
        elif promise.state != before[promise.serial].state:
            page.settle(schema.promise, of=entry.row.id, number=promise.serial, to=promise.state, when=entry.at)
