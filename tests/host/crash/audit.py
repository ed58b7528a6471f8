"""Compares what a store holds with what the outside saw and with a pure replay of its event log; finds what does not agree."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import sqlalchemy as sa

from csflow.events import Due, Turn
from csflow.host import schema
from csflow.host.acts import Logged, event_from_json, play
from csflow.host.books import Row
from csflow.host.service import fresh
from csflow.host.store import Store
from csflow.snapshot import Snapshot
from csflow.tally import Tally
from csflow.timers import ready
from tests.host.crash.trial import Story
from tests.host.crash.worker import FLOW, PHRASES

Rows = Sequence[Any]


class Kept:
    """All rows of a store, those of the log by conversation."""

    def __init__(self, url: str) -> None:
        store = Store(url)
        with store.begin() as connection:
            self.conversations = connection.execute(sa.select(*schema.conversation.c[Row._fields])).all()
            self.events = _by_conversation(connection.execute(sa.select(schema.event).order_by(schema.event.c.seq)))
            self.outbox = _by_conversation(connection.execute(sa.select(schema.outbox)))
            ledgers = (schema.promise, schema.given, schema.record, schema.approval)
            self.ledgers = {table.name: connection.execute(sa.select(table)).all() for table in ledgers}
        store.close()


def _by_conversation(rows: Iterable[Any]) -> Mapping[str, Rows]:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.conversation].append(row)
    return found


def audit(url: str, story: Story, now: datetime.datetime) -> list[str]:
    """Return what does not agree, a sentence each; `now` is when everything due has been done."""
    kept = Kept(url)
    return [
        *_answered_once(kept, story),
        *chain.from_iterable(_replayed(Row(*row), kept, now) for row in kept.conversations),
        *_said_once(kept, story),
        *_added_up(kept, story),
    ]


def replayed(url: str, now: datetime.datetime) -> list[str]:
    """Return what is torn or late in a store, whoever wrote it."""
    kept = Kept(url)
    return [finding for row in kept.conversations for finding in _replayed(Row(*row), kept, now)]


def _answered_once(kept: Kept, story: Story) -> Iterator[str]:
    """Every message that was acknowledged is in the log once, under the number and with the replies that were told."""
    log = defaultdict(list)
    for event in chain.from_iterable(kept.events.values()):
        log[event.message].append(event)
    for name, fed in story.fed.items():
        acks = story.acks.get(name, [])
        if fed.task.kind not in ("say", "paid"):
            continue
        if len(log[name]) != 1:
            yield f"{name} is in the log {len(log[name])} times and was acknowledged {len(acks)} times"
            continue
        (event,) = log[name]
        if any((ack.number, list(ack.replies)) != (event.seq, event.turn["replies"]) for ack in acks):
            yield f"{name} was acknowledged as {acks}, but is kept as number {event.seq} with {event.turn['replies']}"
        if event.seq <= fed.floor:
            yield f"{name} is number {event.seq}, though number {fed.floor} was acknowledged before it was sent"


def _replayed(row: Row, kept: Kept, now: datetime.datetime) -> Iterator[str]:
    """The log counts without a gap, and a pure replay of it leads to the turns and the snapshot that are kept."""
    snapshot = fresh(FLOW, row, None)
    for number, event in enumerate(kept.events[row.id], 1):
        if event.seq != number:
            yield f"{row.id} has an event {event.seq} where {number} was to come"
            return
        happened = event_from_json(event.kind, event.data)
        yield from _pending(event, snapshot, happened)
        turn = play(FLOW, snapshot, happened, event.at, Tally.from_json(event.turn.get("tally", {})))
        if turn.to_json() != {key: value for key, value in event.turn.items() if key not in BESIDE}:
            yield f"{row.id} answers {number} otherwise when it is replayed: {turn.to_json()}, kept is {event.turn}"
        yield from _outgoing(row, turn, number, kept)
        snapshot = turn.snapshot
    if (row.seq, row.snapshot) != (len(kept.events[row.id]), snapshot.to_json()):
        yield f"{row.id} is torn: it stands at {row.seq} of {len(kept.events[row.id])} events, or not where they lead to"
    yield from (f"{row.id} has lost {timer}" for timer in ready(FLOW, snapshot.timers, snapshot.state, now))


def _pending(kept: Any, snapshot: Snapshot, event: Logged) -> Iterator[str]:
    """A timer fires only while it is pending, so it fires once, and not before its time."""
    if isinstance(event, Due) and (event.timer not in snapshot.timers or event.timer.due > kept.at):
        yield f"{kept.conversation} fires {event.timer} with {kept.seq}, which is not due then"


def _outgoing(row: Row, turn: Turn, number: int, kept: Kept) -> Iterator[str]:
    """What is to leave of a turn is in the outbox once: its replies in order, its calls, mails and notices."""
    rows = sorted((out for out in kept.outbox[row.id] if out.seq == number and out.name != "hold"), key=lambda out: int(out.part))
    said = [out.data["text"] for out in rows if out.kind == "reply"]
    if said != list(turn.replies):
        yield f"{row.id} says {turn.replies} with {number}, in the outbox is {said}"
    other = [(out.kind, out.name) for out in rows if out.kind != "reply"]
    asked = [(effect.type, effect.name) for effect in turn.effects if effect.type in LEAVING]
    if other != asked:
        yield f"{row.id} asks for {asked} with {number}, in the outbox is {other}"


BESIDE = ("by", "tally", "missed", "channel")
"""What stands in the log beside a turn."""
LEAVING = ("call", "request_approval", "notify", "mail", "hand_off")


def _said_once(kept: Kept, story: Story) -> Iterator[str]:
    """What a channel that takes a key once has received is what the outbox says has left, in the order of each conversation."""
    received: dict[str, list[str]] = defaultdict(list)
    for key, conversation in dict(story.left).items():
        received[conversation].append(key)
    for name in {row.id for row in kept.conversations} | received.keys():
        rows = {out.key: out for out in kept.outbox[name]}
        needless = [out.key for out in rows.values() if out.error]  # a hold line whose call was answered, on its way or not
        left = {out.key for out in rows.values() if out.done and out.kind != "call"}
        if set(received[name]) | set(needless) != left | set(needless):
            yield f"{name}: in the outbox have left {sorted(left)}, the channel received {received[name]}"
        replies = [rows[key] for key in received[name] if key in rows and rows[key].kind == "reply" and rows[key].name != "hold"]
        order = [(out.seq, out.part) for out in replies]
        if order != sorted(order):
            yield f"{name}: the channel received {order}"


def _added_up(kept: Kept, story: Story) -> Iterator[str]:
    """The ledgers hold what the effects in the log ask for, and what the messages that were fed must lead to."""
    effects: Counter[tuple[str, str, str]] = Counter()
    for event in chain.from_iterable(kept.events.values()):
        effects.update((effect["type"], event.conversation, effect["name"]) for effect in event.turn["effects"])
    kinds = {"promise": "promise", "given": "grant", "record": "record", "approval": "request_approval"}
    for table, kind in kinds.items():
        booked = Counter((kind, row.conversation, row.name) for row in kept.ledgers[table])
        asked = Counter({key: count for key, count in effects.items() if key[0] == kind})
        if booked != asked:
            yield f"{table} holds {booked - asked} too much and {asked - booked} too little"
    fed = Counter(fed.task.content if fed.task.kind == "say" else fed.task.kind for fed in story.fed.values())
    records = Counter(row.name for row in kept.ledgers["record"])
    counts = {
        "late": (records["late"], fed[PHRASES["dispatch"]]), "praise": (records["praise"], fed[PHRASES["praise"]]),
        "paid": (records["paid"], fed["paid"]), "approval": (len(kept.ledgers["approval"]), fed[PHRASES["shipping"]]),
        "broken": (sum(row.state == "broken" for row in kept.ledgers["promise"]), fed[PHRASES["dispatch"]]),
    }  # fmt: skip
    yield from (f"{name}: {have} are kept, {want} were fed" for name, (have, want) in counts.items() if have != want)
