"""What timers cost: `python -m tests.bench.timers [--quick]`: many pending, many due at once, and both backends side by side.

Nothing here is asserted about time; that each timer fires once and in order is.
"""

import asyncio
import datetime
import gc
import resource
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from csflow import Host, load
from csflow.host import schema
from csflow.host.store import Store
from tests.bench.durable import databases
from tests.bench.table import main

NOW = datetime.datetime(2026, 11, 23, 10, tzinfo=datetime.UTC)
RULES = """
name: shop
version: "1"
language: zh
intents:
  buy: {phrases: [我要了]}
  chat: {phrases: [在吗]}
rules:
  - when: started
    choose: [{id: welcome, say: 您好。, go: identify_need}]
  - when: buy
    choose: [{id: bought, say: 好的。}]
  - when: chat
    choose: [{id: here, say: 在的。}]
follow_ups:
  one: {since: buy, after: 1h, say: 一。}
  two: {since: buy, after: 2h, say: 二。}
"""


def shop(folder):
    (folder / "flow").mkdir(exist_ok=True)
    (folder / "flow" / "flow.yaml").write_text(RULES, "utf-8")
    (folder / "flow" / "store.yaml").write_text("profile: bench\ncontact_hours: mon-sun 00:00-24:00\n", "utf-8")
    return load(folder / "flow")


def memory():
    """Return the resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


class Channel:
    """Keeps what left, by conversation."""

    def __init__(self):
        self.got, self.keys = {}, set()

    async def send(self, message):
        assert message.key not in self.keys
        self.keys.add(message.key)
        self.got.setdefault(message.conversation, []).append(message.text)


def fill(url, count, due):
    """Fill a store with copies of its one conversation that are all due at a time."""
    store = Store(url)
    with store.begin() as connection:
        row = dict(connection.execute(sa.select(schema.conversation)).mappings().one())
        for part in range(0, count, 1_000):
            batch = [
                row | {"id": f"p{number}", "customer": f"p{number}", "due": due}
                for number in range(part, min(part + 1_000, count))
            ]
            connection.execute(schema.conversation.insert(), batch)
    store.close()


async def pending(flow, url, count):
    """Milliseconds of a look that finds nothing due, and MB that the host takes, with so many timers pending."""
    clock = [NOW]
    async with Host(flow, store=url, clock=lambda: clock[0], background=False) as host:
        await host.receive("b", "我要了")
        gc.collect()
        before = memory()
        fill(url, count, NOW + datetime.timedelta(hours=1))
        looks = []
        for _ in range(50):
            begun = time.perf_counter()
            assert await host.tick() == []
            looks.append(time.perf_counter() - begun)
        return min(looks) * 1e3, sorted(looks)[25] * 1e3, memory() - before


async def burst(flow, url, count):
    """Seconds until so many conversations' timers, due at once, have fired and left, each once and in order."""
    clock, channel = [NOW], Channel()
    async with Host(flow, store=url, clock=lambda: clock[0], channel=channel, background=False) as host:
        await host.receive("b", "我要了")
        fill(url, count, NOW + datetime.timedelta(hours=1))
        while await host.deliver():
            pass
        clock[0] += datetime.timedelta(hours=2)
        before, begun = memory(), time.perf_counter()
        turns = len(await host.tick())
        fired, grown = time.perf_counter() - begun, memory() - before
        while await host.deliver():
            pass
        left = time.perf_counter() - begun - fired
        assert turns == 2 * (count + 1)
        assert all(texts[-2:] == ["一。", "二。"] for texts in channel.got.values())
        assert len(channel.got) == count + 1
        assert await host.tick() == []
    return fired, left, grown


async def turns(flow, url, timers, text, count):
    """Turns a second of fresh conversations, 50 at once; `我要了` sets two timers in the turn, `在吗` none."""
    async with Host(flow, store=url, timers=timers, background=False) as host:
        begun = time.perf_counter()
        for part in range(0, count, 50):
            await asyncio.gather(*(host.receive(f"{text}{number}", text) for number in range(part, part + 50)))
        return count / (time.perf_counter() - begun)


def measure(out, flow, kind, fresh_url, quick):
    least, middle, grown = asyncio.run(pending(flow, fresh_url(), many := 20_000 if quick else 100_000))
    out(f"{kind}: {many:,} pending timers", f"{least:.2f} ms a look", f"median {middle:.2f} ms, {grown:+.1f} MB", "reported")
    fired, left, grown = asyncio.run(burst(flow, fresh_url(), some := 1_000 if quick else 10_000))
    out(f"{kind}: {some:,} conversations due at once, two timers each", f"fired in {fired:.1f} s", f"{2 * some / fired:.0f}/s, "
        f"left in another {left:.1f} s, {grown:+.1f} MB", "each once, in order")  # fmt: skip
    for timers in ("polled", "dbos"):
        without, with_ = (max(asyncio.run(turns(flow, fresh_url(), timers, text, 300 if quick else 2_000)) for _ in range(2))
                          for text in ("在吗", "我要了"))  # fmt: skip
        out(f"{kind}, {timers}: turns with a timer", f"{with_:.0f}/s", f"{without:.0f}/s without one", "reported")


def report(out, quick):
    with tempfile.TemporaryDirectory() as folder:
        flow = shop(Path(folder))
    for kind, fresh_url in databases():
        measure(out, flow, kind, fresh_url, quick)


if __name__ == "__main__":
    main(__doc__, report)
