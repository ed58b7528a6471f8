"""What a turn writes besides the new snapshot: pure, from the snapshots before and after it to rows of tables."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Table

from csflow.events import Due, Effect, Result, Staff, Turn
from csflow.flow import Flow
from csflow.host import schema
from csflow.host.acts import Act, Logged, Note, event_to_json
from csflow.host.customerfile import File, learned
from csflow.host.escalations import keeper, next_role, notice
from csflow.moves import in_handoff
from csflow.snapshot import NOTHING, Promise, Snapshot
from csflow.tally import NO_TALLY, Tally
from csflow.timers import in_place

HOLD_AFTER = datetime.timedelta(seconds=3)
"""How long a call may take before its hold line is said."""
CLOSED = "closed"
"""The tag by which one of the staff closes a case of some kind; no flow writes it."""


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
    """One event that was served: flow, act, event, when, the row it led to, the snapshot before, the turn, as kept, its tally."""

    flow: Flow
    act: Act
    event: Logged
    at: datetime.datetime
    row: Row
    before: Snapshot
    turn: Turn
    told: dict[str, Any]
    tally: Tally = NO_TALLY


class Page:
    """What one transaction writes: rows to insert and values to set, by table."""

    def __init__(self, files: Mapping[str, File] = NOTHING) -> None:
        self.inserts: defaultdict[Table, list[dict[str, Any]]] = defaultdict(list)
        self.settled: defaultdict[Table, list[dict[str, Any]]] = defaultdict(list)
        self.late: list[tuple[str, dict[str, Any]]] = []
        self.broken: list[tuple[int, dict[str, Any]]] = []
        self.stored, self.files = files, dict(files)
        self.learned: dict[str, datetime.datetime] = {}

    def insert(self, table: Table, **values: Any) -> None:
        """Note a row to insert."""
        self.inserts[table].append(values)

    def settle(self, table: Table, **values: Any) -> None:
        """Note an end of something that was written before: an answered call, a kept promise."""
        self.settled[table].append(values)

    def learn(self, entry: Entry) -> None:
        """Note what a turn tells of its customer."""
        customer = entry.row.customer
        file = self.files.get(customer, NOTHING)
        if (new := learned(file, entry)) is not file:
            self.files[customer], self.learned[customer] = new, entry.at


def next_due(flow: Flow, snapshot: Snapshot) -> datetime.datetime | None:
    """Return when a conversation has to be looked after next: its first timer whose place is right."""
    return min((timer.due for timer in snapshot.timers if in_place(flow, timer, snapshot.state)), default=None)


def advanced(row: Row, flow: Flow, act: Act, event: Logged, turn: Turn, now: datetime.datetime) -> Row:
    """Return a conversation's row after a turn; the snapshot's text is put in when the row is written."""
    waits = in_handoff(turn.state)
    return row._replace(
        digest=turn.snapshot.origin.digest,
        state=turn.state,
        seq=row.seq + 1,
        due=next_due(flow, turn.snapshot),
        waits_since=(row.waits_since or now) if waits else None,
        taken_by=_holder(row, act, event) if waits else None,
        touched=now,
    )


def _holder(row: Row, act: Act, event: Logged) -> str | None:
    """Return who has a conversation after an event: whoever acts in it, or whom it is passed on to."""
    if isinstance(event, Note):
        return row.taken_by if event.to is None else event.to or None
    return act.by or row.taken_by if isinstance(event, Staff) else row.taken_by


def book(page: Page, entry: Entry) -> None:
    """Note all that a turn writes."""
    _log(page, entry)
    for part, reply in enumerate(entry.turn.replies):
        key = f"{entry.row.id}:{entry.row.seq}:{part}"
        _send(page, entry, part, key=key, kind="reply", name="", data={"text": reply}, lane=f"to:{entry.row.id}")
    for part, effect in enumerate(entry.turn.effects):
        if (write := _EFFECTS.get(effect.type)) is not None:
            write(page, entry, effect, len(entry.turn.replies) + part)
    if isinstance(entry.event, Note) and entry.event.closes:
        _note_tag(page, entry, len(entry.turn.effects), CLOSED, entry.event.closes)
    _close_calls(page, entry)
    _late_call(page, entry)
    _promises(page, entry)
    page.learn(entry)


def _log(page: Page, entry: Entry) -> None:
    kind, data = event_to_json(entry.event)
    message = entry.act.id if entry.act.event is not None else None  # one look at what is due may lead to several events
    about: dict[str, Any] = {"by": entry.act.by} if entry.act.by else {}
    if entry.row.seq == 1 and entry.act.channel:
        about["channel"] = entry.act.channel
    if tally := entry.tally.to_json():
        about["tally"] = tally
    if entry.turn.why.missed:
        about["missed"] = True
    page.insert(
        schema.event, conversation=entry.row.id, seq=entry.row.seq, message=message, kind=kind, data=data,
        turn=entry.told | about, digest=entry.row.digest, at=entry.at, profile=entry.flow.profile.digest,
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
        deadline=effect.deadline, state="open", by=None, settled=None, late=None, escalated=None,
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


def _tag(page: Page, entry: Entry, effect: Effect, part: int) -> None:
    for name, value in effect.plain.items():
        _note_tag(page, entry, part, name, value)


def _note_tag(page: Page, entry: Entry, part: int, name: str, value: Any) -> None:
    page.insert(
        schema.tag, conversation=entry.row.id, seq=entry.row.seq, part=part, name=name, customer=entry.row.customer,
        value=value, at=entry.at,
    )  # fmt: skip


def _ledger(page: Page, table: Table, entry: Entry, effect: Effect, part: int) -> None:
    page.insert(
        table, conversation=entry.row.id, seq=entry.row.seq, part=part, customer=entry.row.customer, name=effect.name,
        data=effect.plain, at=entry.at,
    )  # fmt: skip


_EFFECTS: Mapping[str, Callable[[Page, Entry, Effect, int], None]] = {
    "call": _call, "request_approval": _approval, "grant": _grant, "record": _record, "tag": _tag,
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
            yield call.serial, _end_of(entry, name, again=name in after)


def _end_of(entry: Entry, call: str, *, again: bool) -> str:
    """Return how a call ended: as its result says, done where somebody came who was called, else without an answer."""
    event = entry.event
    if isinstance(event, Result) and event.call == call:
        return event.outcome
    return "superseded" if again else "done" if isinstance(event, Staff) else "failed"


def _late_call(page: Page, entry: Entry) -> None:
    """Tell whoever comes next that a request to a person was not answered in time; an answer that comes still counts."""
    event = entry.event
    if not isinstance(event, Due) or event.timer.kind != "call":
        return
    name = event.timer.name.removesuffix(".failed")
    call = entry.flow.spec.calls.get(name)
    if call is not None and (role := call.by) is not None:
        key = call_key(entry.row.id, event.timer.serial)
        told = notice(entry.row, entry.at, f"{key}:late", next_role(entry, role), approval=name, asked_of=role)
        page.late.append((key, told))


def _promises(page: Page, entry: Entry) -> None:
    before = {promise.serial: promise for promise in entry.before.ledger.promises}
    for promise in entry.turn.snapshot.ledger.promises:
        if promise.serial not in before:
            page.insert(
                schema.promise, conversation=entry.row.id, serial=promise.serial, customer=entry.row.customer,
                name=promise.name, what=promise.what, about=promise.order, made=entry.at, due=promise.due,
                state=promise.state, settled=None if promise.state == "open" else entry.at, keeper=keeper(entry),
            )  # fmt: skip
        elif promise.state != before[promise.serial].state:
            page.settle(schema.promise, of=entry.row.id, number=promise.serial, to=promise.state, when=entry.at)
            if promise.state == "broken":
                _broken(page, entry, promise)


def _broken(page: Page, entry: Entry, promise: Promise) -> None:
    """Tell the role that was to keep a promise that it is broken."""
    key = f"{entry.row.id}:promise:{promise.serial}:broken"
    told = notice(
        entry.row, entry.at, key, "", promise=promise.name, what=promise.what, about=promise.order, due=promise.due.isoformat()
    )
    page.broken.append((promise.serial, told))
