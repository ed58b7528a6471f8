"""What durability costs: `python -m tests.bench.durable [--quick] [URL…]`; without URLs SQLite and, where installed, PostgreSQL.

In one run: the pure step, the turn through a host, and the very statements of those turns through SQLAlchemy alone, with the
same data in the same transactions. Nothing here is asserted.
"""

import argparse
import asyncio
import datetime
import gc
import random
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from csflow import Host, Message, load, step
from csflow.host import schema
from csflow.host.store import Store
from tests.host.postgres import Cluster, database, installed, stop

NOW = datetime.datetime(2026, 11, 23, 10, tzinfo=datetime.UTC)
LIVE = 100
TEXTS = ["能便宜点吗", "有货吗", "什么时候发货", "包邮吗", "好的", "我想退货", "谢谢", "有点贵", "再看看"]


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


def statements(url, transactions, turns):
    """Microseconds a turn of the same statements through SQLAlchemy alone, on an empty store of the same kind."""
    store = Store(url)
    store.upgrade()
    before = time.perf_counter_ns()
    for transaction in transactions:
        with store.engine.begin() as connection:
            for statement, values in transaction:
                found = connection.execute(statement, values)
                if found.returns_rows:
                    found.all()
    spent = time.perf_counter_ns() - before
    store.close()
    return spent / turns / 1000


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


def measure(out, flow, kind, fresh_url, quick):
    turns = 600 if quick else 3_000
    talk = plan(turns, random.Random(7))  # noqa: S311 - a benchmark needs no secrets
    step_time = pure(flow, talk)
    for together, name in ((1, "one at a time"), (50, "50 at once")):
        tape = asyncio.run(durable(flow, fresh_url(), talk, together, taped=True))[2]
        gc.collect()
        gc.freeze()  # what the tape holds is nobody's garbage
        alone = min(statements(fresh_url(), tape, turns) for _ in range(2))
        whole, took, _ = min(asyncio.run(durable(flow, url := fresh_url(), talk, together)) for _ in range(2))
        gc.unfreeze()
        over = (whole - step_time) / alone
        p99 = took[int(len(took) * 0.99)] / 1000
        out(f"{kind}, {name}: a durable turn", f"{whole:.0f} us", f"step {step_time:.0f} us, statements {alone:.0f} us: "
            f"step + {over:.2f} x statements; p99 {p99:.1f} ms", "<= step + 1.5 x")  # fmt: skip
    small = [asyncio.run(durable(flow, url, plan(turns // 2, random.Random(n), f"s{n}"), 50))[0] for n in range(3)]  # noqa: S311
    filled(url, 20_000 if quick else 100_000)
    large = [asyncio.run(durable(flow, url, plan(turns // 2, random.Random(n), f"l{n}"), 50))[0] for n in range(3)]  # noqa: S311
    out(f"{kind}: from 100 to {20_000 if quick else 100_000:,} stored conversations", f"{min(small):.0f} to {min(large):.0f} us",
        f"{min(large) / min(small):.2f} x", "<= 1.3 x")  # fmt: skip


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
    flow = load("retail_zh")
    for kind, fresh_url in databases():
        measure(out, flow, kind, fresh_url, quick)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer turns")

    def show(name, value, beside, wanted):
        print(f"| {name} | {value} | {beside} | {wanted} |", flush=True)

    report(show, parser.parse_args().quick)
