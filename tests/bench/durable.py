"""What durability costs: `python -m tests.bench.durable [--quick] [URL…]`; without URLs SQLite and, where installed, PostgreSQL.

In one run: the pure step, the turn through a host, and the very statements of those turns through SQLAlchemy alone, with the
same data, a transaction a turn. Where the host commits many turns together, they are measured in those transactions too, and
what nobody could be faster than: step and statements in turns, without a host. A flow whose every turn sets a timer, and one
without any. Nothing here is asserted.
"""

import asyncio
import datetime
import gc
import itertools
import random
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from csflow import Host, Message, load, step
from csflow.host import schema
from csflow.host.store import Store
from tests.bench.table import main
from tests.host.postgres import Cluster, database, installed, stop

NOW = datetime.datetime(2026, 11, 23, 10, tzinfo=datetime.UTC)
LIVE = 100
ROUNDS = 4
"""How often all is measured, by turns, since a disk has better and worse minutes; the best counts."""
TEXTS = ["能便宜点吗", "有货吗", "什么时候发货", "包邮吗", "好的", "我想退货", "谢谢", "有点贵", "再看看"]
FLOWS = {"a timer in each turn": "retail_zh", "no timer": "examples/tea_shop"}


def plan(turns, rng, prefix=""):
    """Return who writes what: conversation, text, message id."""
    return [(f"{prefix}c{rng.randrange(LIVE)}", rng.choice(TEXTS), f"{prefix}{number}") for number in range(turns)]


def pure(flow, talk):
    """Microseconds of a step without any store."""
    snapshots, spent = {}, 0
    for conversation, text, _ in talk:
        snapshot = snapshots.get(conversation) or flow.fresh()
        before = time.perf_counter_ns()
        turn = step(flow, snapshot, Message((text,)), NOW)
        spent += time.perf_counter_ns() - before
        snapshots[conversation] = turn.snapshot
    return spent / len(talk) / 1000


class Tape:
    """The statements of a store, transaction by transaction, as they are executed."""

    def __init__(self, engine):
        self.transactions = []
        sa.event.listen(engine, "begin", self.begin)
        sa.event.listen(engine, "before_execute", self.execute)

    def begin(self, connection):
        self.transactions.append([])

    def execute(self, connection, statement, many, one, options):
        self.transactions[-1].append((statement, list(many) or dict(one)))


async def durable(flow, url, talk, together, *, taped=False):
    """Play a talk through a host; returns microseconds a turn, the latencies, and the statements if they are taped."""
    took, tape = [], None

    async def one(host, conversation, text, message):
        before = time.perf_counter_ns()
        await host.receive(conversation, text, message_id=message)
        took.append((time.perf_counter_ns() - before) / 1000)

    async with Host(flow, store=url, clock=lambda: NOW, background=False) as host:
        tape = Tape(host.store.engine) if taped else None
        gc.collect()
        before = time.perf_counter_ns()
        for at in range(0, len(talk), together):
            some = [one(host, *line) for line in talk[at : at + together]]
            await (some[0] if together == 1 else asyncio.gather(*some))
        spent = time.perf_counter_ns() - before
    return spent / len(talk) / 1000, sorted(took), tape and tape.transactions


def statements(url, transactions, turns, between=lambda: None):
    """Microseconds a turn of the same statements through SQLAlchemy alone, on an empty store of the same kind."""
    store = Store(url)
    store.upgrade()
    before = time.perf_counter_ns()
    for transaction in transactions:
        between()
        with store.engine.begin() as connection:
            for statement, values in transaction:
                found = connection.execute(statement, values)
                if found.returns_rows:
                    found.all()
    spent = time.perf_counter_ns() - before
    store.close()
    return spent / turns / 1000


def floor(flow, url, transactions, talk, together):
    """Microseconds a turn of steps and their statements in turns, as no host could be faster."""
    snapshots, lines = {}, iter(talk)

    def steps():
        for conversation, text, _ in itertools.islice(lines, together):
            snapshots[conversation] = step(flow, snapshots.get(conversation) or flow.fresh(), Message((text,)), NOW).snapshot

    return statements(url, transactions, len(talk), steps)


def filled(url, count):
    """Fill a store with copies of its conversations, up to a number."""
    store = Store(url)
    with store.begin() as connection:
        for table in (schema.conversation, schema.event, schema.outbox):
            rows = [dict(row) for row in connection.execute(sa.select(table).limit(LIVE)).mappings()]
            key = "id" if table is schema.conversation else "conversation"
            for part in range(0, count, 1_000):
                batch = []
                for number in range(part, part + 1_000):
                    row = dict(rows[number % len(rows)])
                    batch.append(row | {key: f"old{number}"} | ({"key": f"old{number}"} if table is schema.outbox else {}))
                connection.execute(table.insert(), batch)
    store.close()


def measure(out, kind, fresh_url, quick):
    turns = 600 if quick else 2_000
    talk = plan(turns, random.Random(7))  # noqa: S311 - a benchmark needs no secrets
    for timer, source in FLOWS.items():
        flow, each = load(source), None
        for together, name in ((1, "one at a time"), (50, "50 at once")):
            each = _turns(out, f"{kind}, {timer}, {name}", flow, fresh_url, talk, together, each)
    _grown(out, kind, load("retail_zh"), fresh_url(), fresh_url(), turns // 2, 20_000 if quick else 100_000)


def _turns(out, name, flow, fresh_url, talk, together, each):
    """Tell what a turn costs; `each` is what its statements cost in a transaction a turn, where that is known."""
    tape = asyncio.run(durable(flow, fresh_url(), talk, together, taped=True))[2]
    step_time = pure(flow, talk)
    gc.collect()
    gc.freeze()  # what the tape holds is nobody's garbage
    rounds = [
        (
            statements(fresh_url(), tape, len(talk)),
            floor(flow, fresh_url(), tape, talk, together),
            asyncio.run(durable(flow, fresh_url(), talk, together)),
        )
        for _ in range(ROUNDS)
    ]
    gc.unfreeze()
    shared, least, (whole, took, _) = map(min, zip(*rounds, strict=True))
    each = each or shared
    beside = f"step {step_time:.0f}, statements {each:.0f}: step + {(whole - step_time) / each:.2f} x statements"
    if shared != each:
        beside += f"; in the same shared transactions {shared:.0f}: {(whole - step_time) / shared:.2f} x"
    beside += f"; without a host {least:.0f}; p99 {took[int(len(took) * 0.99)] / 1000:.1f} ms"
    out(f"{name}: a durable turn", f"{whole:.0f} us", beside, "<= step + 1.5 x")
    return each


def _grown(out, kind, flow, small_url, large_url, turns, stored):
    """Compare turns in a small store with those in a large one, by turns."""
    talks = [plan(turns, random.Random(n), f"{n}") for n in range(5)]  # noqa: S311 - a benchmark needs no secrets
    for url in (small_url, large_url):
        asyncio.run(durable(flow, url, talks[0], 50))
    filled(large_url, stored)
    took = [[asyncio.run(durable(flow, url, talk, 50))[0] for url in (small_url, large_url)] for talk in talks[1:]]
    small, large = (min(column) for column in zip(*took, strict=True))
    out(
        f"{kind}: from 100 to {stored:,} stored conversations",
        f"{small:.0f} to {large:.0f} us",
        f"{large / small:.2f} x",
        "<= 1.3 x",
    )


def databases():
    """Yield a name and a function that gives an empty database, for SQLite and, where it is installed, PostgreSQL."""
    with tempfile.TemporaryDirectory() as tmp:
        folder = Path(tmp)
        folder.chmod(0o755)
        try:
            yield from _databases(folder, iter(range(1_000_000)))
        finally:
            stop(folder)


def _databases(folder, count):
    yield "SQLite", lambda: f"sqlite:///{folder / f'{next(count)}.db'}"
    if installed():
        cluster = Cluster(folder / "postgres", durable=True)
        cluster.start()
        yield "PostgreSQL", lambda: database(cluster.url, f"bench{next(count)}")


def report(out, quick):
    for kind, fresh_url in databases():
        measure(out, kind, fresh_url, quick)


if __name__ == "__main__":
    main(__doc__, report)
