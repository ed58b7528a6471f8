"""What fails around a host: a clear error for whom it concerns, the other conversations go on, nothing is lost or torn."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
import sqlalchemy as sa

from csflow import Host, SnapshotError, StoreError
from csflow.host import Outgoing, Served, schema, store
from csflow.testing import Clock
from tests.host.crash.audit import replayed
from tests.host.crash.trial import FORKS
from tests.host.crash.worker import FLOW
from tests.host.postgres import Cluster

WAIT = 30
"""Seconds after which a test gives up waiting."""
Scene = Callable[[Host], Awaitable[None]]


def play(url: str, clock: Clock, scene: Scene, patience: float | None = None) -> None:
    """Play a scene with a host on a store, and see that what is kept afterwards is whole."""

    async def main() -> None:
        async with Host(FLOW, store=url, clock=clock, background=False) as host:
            host.writer.patience = host.writer.patience if patience is None else patience
            await asyncio.wait_for(scene(host), WAIT)

    asyncio.run(main())


async def refused(host: Host, conversation: str, text: str, **about: str) -> str:
    """Return the sentence with which a message is refused."""
    with pytest.raises(StoreError) as caught:
        await host.receive(conversation, text, **about)
    return str(caught.value)


async def until_full(host: Host) -> tuple[str, str]:
    """Send messages until one is refused; returns its id and the sentence."""
    for number in range(10_000):
        try:
            await host.receive(f"c{number % 7}", "很好", message_id=f"m{number}")
        except StoreError as error:
            return f"m{number}", str(error)
    raise AssertionError("the disk never gets full")


def test_a_full_disk(tmp_path: Path, clock: Clock) -> None:
    """A message that has no room is refused at once and may be sent again when there is room; what is kept stays whole."""
    url = f"sqlite:///{tmp_path / 'full.db'}"

    def limit(connection: sa.Connection, pages: int) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    async def scene(host: Host) -> None:
        await host.receive("c0", "很好", message_id="first")
        await host.read(lambda connection: limit(connection, 60))
        message, error = await until_full(host)
        assert "full.db: database or disk is full; nothing of this was stored" in error
        await host.read(lambda connection: limit(connection, 100_000))
        again = await host.receive(f"c{int(message[1:]) % 7}", "很好", message_id=message)
        assert not again.duplicate

    play(url, clock, scene, patience=WAIT * 2)
    assert replayed(url, clock()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 800 KB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=800k", "tmpfs", folder], capture_output=True, check=False)  # noqa: S603, S607 - our own command
    if mounted.returncode:
        pytest.skip("no disk can be mounted here: this needs root")
    yield folder
    subprocess.run(["umount", folder], check=True)  # noqa: S603, S607 - our own command


def test_a_disk_that_others_fill(small_disk: Path, clock: Clock) -> None:
    """When somebody else's file fills the disk turns are refused whole, and go on as soon as there is room."""
    url, filler = f"sqlite:///{small_disk / 'shop.db'}", small_disk / "filler"

    async def scene(host: Host) -> None:
        await host.receive("c0", "很好", message_id="first")
        filler.write_bytes(bytes(400_000))
        message, error = await until_full(host)
        assert "disk" in error
        filler.unlink()
        again = await host.receive(f"c{int(message[1:]) % 7}", "很好", message_id=message)
        assert not again.duplicate

    play(url, clock, scene, patience=WAIT * 2)
    assert replayed(url, clock()) == []


# the database goes away


@pytest.fixture(scope="module")
def own_cluster(cluster: str) -> Iterator[Cluster]:
    """A PostgreSQL server that a test may stop; it asks the user `locked` for a password."""
    folder = Path(os.environ["CSFLOW_TEST_SERVERS"]) / f"own-{os.getpid()}"
    own = Cluster(folder)
    rules = folder / "data" / "pg_hba.conf"
    rules.write_text("host all locked 127.0.0.1/32 scram-sha-256\n" + rules.read_text())
    own.start()
    yield own
    own.stop("immediate")


async def tried(host: Host) -> None:
    """Wait until the writer has taken what waits."""
    while not host.writer.waiting.empty():
        await asyncio.sleep(0)


def test_a_database_that_is_restarted(own_cluster: Cluster, clock: Clock) -> None:
    """Turns wait while the server restarts after a crash, and are served once, in order."""

    async def scene(host: Host) -> None:
        await asyncio.gather(*(host.receive(f"c{number}", "很好") for number in range(5)))
        own_cluster.stop("immediate")
        waiting = [asyncio.create_task(host.receive(f"c{number % 5}", "几时发货")) for number in range(10)]
        await tried(host)
        own_cluster.start()
        assert sorted(turn.number for turn in await asyncio.gather(*waiting)) == [2] * 5 + [3] * 5

    play(own_cluster.url, clock, scene)
    assert replayed(own_cluster.url, clock()) == []


def test_a_database_that_stays_down(own_cluster: Cluster, clock: Clock) -> None:
    """Beyond its patience a host refuses all that waits, at once and not one after the other; it may be sent again."""

    async def scene(host: Host) -> None:
        await host.receive("down", "很好")
        own_cluster.stop("immediate")
        waiting = [host.receive(f"down{number}", "很好", message_id="m1") for number in range(50)]
        refusals = await asyncio.gather(*waiting, return_exceptions=True)
        own_cluster.start()
        assert {type(refusal).__mro__[1] for refusal in refusals} == {StoreError}
        assert "127.0.0.1" in str(refusals[0])
        assert str(refusals[0]).endswith("nothing of this was stored")
        turns = await asyncio.gather(*(host.receive(f"down{number}", "很好", message_id="m1") for number in range(50)))
        assert {(turn.number, turn.duplicate) for turn in turns} == {(1, False)}

    play(own_cluster.url, clock, scene, patience=1.0)


@pytest.mark.parametrize(
    ("user", "database", "text"),
    [
        ("locked", "postgres", "password authentication failed"),
        ("csflow", "absent", 'database "absent" does not exist'),
    ],
)
def test_a_database_that_lets_nobody_in(own_cluster: Cluster, clock: Clock, user: str, database: str, text: str) -> None:
    """A wrong password and a database that is not there are said with the URL, and never with the password."""
    url = own_cluster.url.replace("csflow", f"{user}:wrong").replace("/postgres", f"/{database}")

    async def scene(_: Host) -> None: ...

    with pytest.raises(StoreError, match=text) as caught:
        play(url, clock, scene)
    assert f"{user}:***@127.0.0.1" in str(caught.value)
    assert "wrong" not in str(caught.value)


@pytest.mark.parametrize("url", ["postgresql://anna:secret@host:port/shop", "sqlite+://anna:secret@x"])
def test_a_wrong_url_keeps_its_password(url: str) -> None:
    """Also what is no URL at all is shown without the password in it."""
    with pytest.raises(StoreError) as caught:
        store.Store(url)
    assert "secret" not in str(caught.value)


# somebody else holds on to it

HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held_file(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Let another process hold a file of SQLite."""
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:  # noqa: S603 - our own code
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder
        if holder.stdin is not None and not holder.stdin.closed:
            holder.communicate()


def test_a_locked_file(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process holds the file turns wait; beyond the patience they are refused, and nothing is stored."""
    monkeypatch.setattr(store, "LOCK_TIMEOUT", 100)
    path = tmp_path / "shop.db"

    async def scene(host: Host) -> None:
        await host.receive("c1", "很好")
        with held_file(path):
            assert "shop.db: database is locked; nothing of this was stored" in await refused(host, "c1", "很好", message_id="m2")
        assert (await host.receive("c1", "很好", message_id="m2")).number == 2
        host.writer.patience = WAIT
        with held_file(path) as holder:
            waiting = asyncio.create_task(host.receive("c1", "很好"))
            await tried(host)
            holder.communicate()
            assert (await waiting).number == 3

    play(f"sqlite:///{path}", clock, scene, patience=0.3)
    assert replayed(f"sqlite:///{path}", clock()) == []


def test_a_locked_row(postgres: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who holds a conversation's row holds up this conversation only; those that came in the same batch are served."""
    monkeypatch.setattr(store, "LOCK_TIMEOUT", 200)
    other = store.Store(postgres)

    async def scene(host: Host) -> None:
        await asyncio.gather(host.receive("c1", "很好"), host.receive("c2", "很好"))
        with other.begin() as connection:
            store.load(connection, ["c1"])
            turns = await asyncio.gather(
                *(host.receive(f"c{n}", "很好", message_id="m2") for n in (1, 2, 3)), return_exceptions=True
            )
        assert "canceling statement due to lock timeout" in str(turns[0])
        assert [turn.number for turn in turns[1:] if isinstance(turn, Served)] == [2, 1]
        assert (await host.receive("c1", "很好", message_id="m2")).number == 2

    play(postgres, clock, scene, patience=0.5)
    other.close()
    assert replayed(postgres, clock()) == []


def test_a_lane_that_another_worker_just_served(postgres: str, clock: Clock) -> None:
    """Two workers that look at the same moment: who comes too late neither stumbles nor keeps the lane."""
    sent: list[str] = []

    class Phone:
        async def send(self, message: Outgoing) -> None:
            sent.append(message.text)

    async def main() -> None:
        async with (
            Host(FLOW, store=postgres, channel=Phone(), clock=clock, background=False) as quick,
            Host(FLOW, store=postgres, channel=Phone(), clock=clock, background=False) as slow,
        ):
            await quick.receive("c1", "很好")
            loop, once = asyncio.get_running_loop(), [quick]

            @sa.event.listens_for(slow.store.engine, "before_cursor_execute")
            def overtaken(_connection: object, _cursor: object, statement: str, *_: object) -> None:
                if statement.startswith("INSERT INTO lease") and once:
                    asyncio.run_coroutine_threadsafe(once.pop().deliver(), loop).result(WAIT)

            assert await slow.deliver() == 0
            await quick.receive("c1", "很好")
            assert await quick.deliver() == 1

    asyncio.run(main())
    assert len(sent) == 3


# what is kept is broken or foreign


LOST = """{"format":1,"origin":["crash_shop","1","x"],"state":"nowhere",
"timers":[["dispatch.broken",{"@":"2026-11-02T02:20:00+00:00"},null,"promise",1]]}"""


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 9}', LOST])
def test_a_corrupted_row(url: str, text: str, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be read is said of its conversation, by message and by timer; the timers of the others fire."""

    async def spoil(host: Host) -> None:
        await asyncio.gather(host.receive("bad", "几时发货"), host.receive("good", "几时发货"))
        broken = sa.update(schema.conversation).where(schema.conversation.c.id == "bad").values(snapshot=text)
        await host.read(lambda connection: connection.execute(broken).rowcount)

    async def scene(host: Host) -> None:
        with pytest.raises(SnapshotError, match="'bad'"):
            await host.receive("bad", "很好")
        clock.advance("30m")
        with caplog.at_level(logging.ERROR, "csflow.host"):
            assert [turn.conversation for turn in await host.tick()] == ["good"]
        assert "bad" in caplog.text

    play(url, clock, spoil)
    play(url, clock, scene)


def test_a_later_schema(url: str, clock: Clock) -> None:
    """A store that a later version has changed is not touched."""

    async def change(host: Host) -> None:
        await host.read(lambda connection: connection.execute(sa.text("INSERT INTO csflow_schema VALUES (999)")).rowcount)

    play(url, clock, change)
    with pytest.raises(StoreError, match="made by a later version of csflow"):
        play(url, clock, change)


def test_a_file_that_may_only_be_read(tmp_path: Path, clock: Clock) -> None:
    """A turn that cannot be written is refused at once, with the file's name."""
    path = tmp_path / "shop.db"

    async def write(host: Host) -> None:
        await host.receive("c1", "很好")

    play(f"sqlite:///{path}", clock, write)
    with pytest.raises(StoreError, match=r"shop\.db.*readonly database"):
        play(f"sqlite:///file:{path}?mode=ro&uri=true", clock, write, patience=WAIT * 2)


def test_a_file_of_something_else(tmp_path: Path, clock: Clock) -> None:
    """A file that is no database is said and left alone."""
    path = tmp_path / "notes.txt"
    path.write_text("不是数据库。" * 1000)

    async def scene(_: Host) -> None: ...

    with pytest.raises(StoreError, match=r"notes\.txt: file is not a database"):
        play(f"sqlite:///{path}", clock, scene)
    assert path.read_text() == "不是数据库。" * 1000


# the clock goes wrong


def test_the_clock_is_set_back(url: str, clock: Clock) -> None:
    """After a day ahead by mistake replies leave at once and in order, no lane stays closed, and no timer fires again."""
    sent: list[str] = []

    class Phone:
        broken = True

        async def send(self, message: Outgoing) -> None:
            if self.broken:
                raise ConnectionError("the line is down")
            if message.kind == "reply":
                sent.append(message.text)

    async def main() -> None:
        phone = Phone()
        async with Host(FLOW, store=url, channel=phone, clock=clock, background=False) as host:
            await host.receive("c1", "几时发货")
            clock.advance("1d")
            assert next(turn.rules for turn in await host.tick()) == ("dispatch.late",)
            await host.deliver()
            clock.advance(timedelta(days=-1, minutes=10))
            phone.broken = False
            await host.receive("c1", "很好")
            await host.tick()
            assert await host.deliver() > 3

    asyncio.run(main())
    assert sent[1] == "二十分钟内给您准信。"
    assert sent[-1] in ("谢谢您。", "您过奖了。")
    assert replayed(url, clock()) == []


# many begin at once


def begin(url: str, barrier: Barrier) -> None:
    barrier.wait()
    store.Store(url).upgrade()


def test_hosts_that_start_at_once(url: str) -> None:
    """Six processes on an empty database: the tables are made once, and none of the processes stumbles."""
    barrier = FORKS.Barrier(6)
    processes = [FORKS.Process(target=begin, args=(url, barrier)) for _ in range(6)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 6
    made = store.Store(url)
    with made.begin() as connection:
        versions = connection.scalars(sa.text("SELECT version FROM csflow_schema ORDER BY version")).all()
    made.close()
    assert versions == [*range(1, len(versions) + 1)]
