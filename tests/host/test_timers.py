"""Timers of a host: woken by the store alone or by dbos, the same guarantees hold."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import settings

from csflow import CsflowError, Flow, Host
from csflow.host import schema
from csflow.host.durable import KNOWS_TIME
from csflow.testing import Clock
from tests.bench.timers import burst
from tests.bench.timers import shop as shop_of_two_timers
from tests.flows import Shop
from tests.host.test_host import Phone, rows

RULES = """
intents:
  later: {phrases: [等会儿]}
rules:
  - when: started
    choose: [{id: welcome, say: 您好。, go: identify_need}]
  - when: buy
    choose: [{id: bought, say: 好的。, go: close}]
  - when: later
    choose: [{id: noted, say: 好。}]
events:
  paid: {}
follow_ups:
  nudge: {since: buy, after: 1s, if: not known(order.paid), say: 还没付款。}
  thanks: {since: buy, after: 2s, say: 谢谢。}
"""
ALWAYS = "contact_hours: mon-sun 00:00-24:00\n"
PATIENCE = 60
BACKENDS = ["polled", "dbos"]


@pytest.fixture
def flow(shop: Shop) -> Flow:
    """A shop that reminds of payment after a second and says thanks after two."""
    return shop(RULES, ALWAYS)


@pytest.fixture
def durable(url: str) -> str:
    """A store that dbos can use here."""
    if url.startswith("sqlite") and not KNOWS_TIME:
        pytest.skip("dbos cannot use the SQLite of this Python")
    return url


@pytest.fixture(params=BACKENDS)
def timers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each backend, on its own: what the engine loses is not swept up behind it."""
    monkeypatch.setattr("csflow.host.durable.SWEEP", 3_600)
    if request.param == "dbos":
        request.getfixturevalue("durable")
    return str(request.param)


async def until(phone: Phone, *texts: str) -> None:
    """Wait until a channel got texts."""
    async with asyncio.timeout(PATIENCE):
        while not set(texts) <= {f"{message.conversation} {message.text}" for message in phone.got}:
            await asyncio.sleep(0.02)


def heard(phone: Phone, conversation: str) -> list[str]:
    return [message.text for message in phone.got if message.conversation == conversation]


def test_timers_fire_by_themselves_once_and_in_order(flow: Flow, url: str, timers: str) -> None:
    """What is due fires without anybody asking, each once, in the order of the times."""

    async def main() -> None:
        async with Host(flow, store=url, channel=phone, timers=timers) as host:
            await asyncio.gather(*(host.receive(f"b{number}", "我要了") for number in range(5)))
            await until(phone, *(f"b{number} 谢谢。" for number in range(5)))
            assert await host.tick() == []

    phone = Phone()
    asyncio.run(main())
    assert [heard(phone, f"b{number}") for number in range(5)] == [["您好。", "好的。", "还没付款。", "谢谢。"]] * 5


def test_what_lost_its_reason_does_not_fire(flow: Flow, url: str, timers: str) -> None:
    """A timer that a turn cancelled does not fire, and the one behind it is not forgotten."""

    async def main() -> None:
        async with Host(flow, store=url, channel=phone, timers=timers) as host:
            await host.receive("b1", "我要了")
            await host.report("b1", "paid")
            await host.receive("b2", "我要了")
            await until(phone, "b2 谢谢。", "b1 谢谢。")

    phone = Phone()
    asyncio.run(main())
    assert heard(phone, "b1") == ["您好。", "好的。", "谢谢。"]


def test_what_fell_due_meanwhile_is_caught_up(flow: Flow, url: str, timers: str) -> None:
    """Timers set by a host that is gone fire with the next one, in their order."""

    async def first() -> None:
        async with Host(flow, store=url, timers=timers, background=False) as host:
            await host.receive("b1", "我要了")

    async def second() -> None:
        async with Host(flow, store=url, channel=phone, timers=timers) as host:
            await until(phone, "b1 谢谢。")
            assert await host.tick() == []

    phone = Phone()
    asyncio.run(first())
    asyncio.run(second())
    assert heard(phone, "b1") == ["您好。", "好的。", "还没付款。", "谢谢。"]


def test_a_store_may_change_its_timers(flow: Flow, durable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one backend was to wake, another finds when it sweeps: the conversations know what is due."""
    monkeypatch.setattr("csflow.host.durable.SWEEP", 0.1)

    async def talk(before: str, after: str, conversation: str) -> None:
        async with Host(flow, store=durable, timers=before, background=False) as host:
            await host.receive(conversation, "我要了")
        async with Host(flow, store=durable, channel=phone, timers=after) as host:
            await until(phone, f"{conversation} 谢谢。")

    phone = Phone()
    asyncio.run(talk("polled", "dbos", "b1"))
    asyncio.run(talk("dbos", "polled", "b2"))
    assert heard(phone, "b1") == heard(phone, "b2")


WORKER = """
import asyncio, sys
import csflow

async def main(folder, url, timers):
    async with csflow.Host(csflow.load(folder), store=url, timers=timers):
        print("ready", flush=True)
        await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
def workers(flow: Flow, tmp_path: Path, url: str, timers: str) -> Iterator[list[subprocess.Popen[str]]]:
    """Three processes with a host each, which only waits for what is due."""
    command = [sys.executable, "-c", WORKER, str(tmp_path / "flow"), url, timers]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]  # noqa: S603 - our own code
    yield started
    for process in started:
        process.kill()
        process.communicate()


def test_many_workers_of_which_one_is_killed(flow: Flow, url: str, timers: str, workers: list[subprocess.Popen[str]]) -> None:
    """However many processes look, and whoever dies at it, each timer fires once."""

    async def fired(host: Host) -> list[tuple[str, str]]:
        due = [row for row in await rows(host, schema.event) if row["kind"] == "due"]
        return [(row["conversation"], row["data"][0][0]) for row in due]

    async def main() -> list[tuple[str, str]]:
        async with Host(flow, store=url, timers=timers, background=False) as host:
            await asyncio.gather(*(host.receive(f"b{number}", "我要了") for number in range(60)))
            async with asyncio.timeout(PATIENCE):
                while not await fired(host):
                    await asyncio.sleep(0.01)
                workers[0].send_signal(signal.SIGKILL)
                while len(await fired(host)) < 120:
                    await asyncio.sleep(0.05)
            assert await host.tick() == []
            return await fired(host)

    for process in workers:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    counts = Counter(asyncio.run(main()))
    assert counts == {(f"b{number}", name): 1 for number in range(60) for name in ("nudge", "thanks")}


def jobs(connection: sa.Connection) -> list[str]:
    """Return the keys of the jobs that dbos holds."""
    schema_ = "dbos." if connection.dialect.name == "postgresql" else ""
    return sorted(connection.scalars(sa.text(f"SELECT workflow_uuid FROM {schema_}workflow_status")))  # noqa: S608 - our own words


def test_a_job_stands_with_its_turn(flow: Flow, durable: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """dbos: a job is enqueued in the transaction of the turn, and only where none looks early enough already."""

    async def main() -> None:
        async with Host(flow, store=durable, timers="dbos", clock=clock, background=False) as host:
            await host.receive("b1", "我要了")
            (first,) = await host.read(jobs)
            assert first.startswith("b1:1:2026-11-02T02:00:01")
            await host.receive("b1", "等会儿")
            assert await host.read(jobs) == [first]
            clock.advance("1s")
            assert len(await host.look_after("b1", clock())) == 1
            assert [job.split(":")[1] for job in await host.read(jobs)] == ["1", "3"]
            monkeypatch.setattr("csflow.host.durable._note", fails)
            with pytest.raises(RuntimeError):
                await host.receive("b2", "我要了")
            assert len(await host.read(jobs)) == 2
            assert [row["id"] for row in await rows(host, schema.conversation)] == ["b1"]

    def fails(*_: Any) -> None:
        raise RuntimeError

    asyncio.run(main())


@pytest.mark.parametrize(
    ("timers", "store", "text"),
    [
        ("celery", "memory", "no timers 'celery'; write polled or dbos"),
        ("dbos", "memory", "needs a database: sqlite:///shop.db or postgresql"),
    ],
)
def test_timers_that_cannot_be_used(timers: str, store: str, text: str, flow: Flow) -> None:
    """A backend that there is not, or that the store does not do for, is said."""
    with pytest.raises(CsflowError, match=text):
        Host(flow, store=store, timers=timers)


def test_an_sqlite_that_dbos_cannot_use(flow: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a job could not be stored that is said before the host begins."""
    monkeypatch.setattr("csflow.host.durable.KNOWS_TIME", False)
    with pytest.raises(CsflowError, match=r"dbos needs SQLite 3\.42"):
        Host(flow, store=f"sqlite:///{tmp_path / 'shop.db'}", timers="dbos")


def test_an_engine_that_cannot_begin_is_not_in_the_way(flow: Flow, durable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where dbos does not start the host does not either, and the next one can."""

    async def main() -> None:
        async with Host(flow, store=durable, timers="dbos"):
            pass

    def refuses(_: str) -> None:
        raise OSError("no room")

    with monkeypatch.context() as broken:
        broken.setattr("csflow.host.durable._launch", refuses)
        with pytest.raises(OSError, match="no room"):
            asyncio.run(main())
    asyncio.run(main())


def test_one_broken_conversation_holds_up_no_other(flow: Flow, url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be looked after is told of and left alone for a minute; the others go on, however many they are."""
    monkeypatch.setattr("csflow.host.rounds.DUE", 2)

    async def main() -> None:
        async with Host(flow, store=url, clock=clock, background=False) as host:
            for number in range(8):
                await host.receive(f"b{number}", "我要了")
            table = schema.conversation
            broken = sa.update(table).where(table.c.id.in_(["b0", "b1", "b2"])).values(snapshot="{}")
            await host.read(lambda connection: connection.execute(broken).rowcount)
            host.writer.service.recent.clear()
            clock.advance("1h")
            assert len(await host.tick()) == 10
            assert set(host._rounds.refused) == {"b0", "b1", "b2"}
            assert await host.tick() == []

    asyncio.run(main())


def test_many_due_at_once(url: str, tmp_path: Path) -> None:
    """However many conversations fall due at once, each timer fires once, and its words leave once and in order."""
    count = 2 * settings().max_examples  # 10,000 in `make long`
    asyncio.run(burst(shop_of_two_timers(tmp_path), url, count))  # type: ignore[no-untyped-call] # the bench has no types
