"""A process that serves conversations with a host of its own; it is told what to do through a pipe, and may die at any moment."""

from __future__ import annotations

import asyncio
import datetime
import logging
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

import csflow
from csflow.errors import CsflowError, StaffError
from csflow.host import Host, Outgoing, Served, schema

FLOW = csflow.load(Path(__file__).parent / "flow")
BEGAN = datetime.datetime(2026, 11, 2, 2, tzinfo=datetime.UTC)


class Task(NamedTuple):
    """What a worker is asked to do: `kind` is `say`, `paid`, or the name of a call that has ended with `content`."""

    conversation: str
    id: str
    kind: str
    content: str


class Ack(NamedTuple):
    """What a worker tells after the turn was stored: its number and its replies."""

    id: str
    number: int
    replies: tuple[str, ...]


class Refusal(NamedTuple):
    """What a worker tells when nothing was stored."""

    id: str
    error: str


class Left(NamedTuple):
    """What a worker's channel was handed."""

    key: str
    conversation: str


READY, QUIET = "ready", "quiet"


class Clock(NamedTuple):
    """A clock that all processes of this machine share; it runs `speed` times as fast as theirs."""

    started: float
    speed: float
    ahead: datetime.timedelta = datetime.timedelta(0)

    def now(self) -> datetime.datetime:
        return BEGAN + self.ahead + datetime.timedelta(seconds=(time.monotonic() - self.started) * self.speed)


class Wire:
    """A channel into the pipe; what was written survives the process."""

    def __init__(self, pipe: Connection) -> None:
        self.pipe = pipe

    async def send(self, message: Outgoing) -> None:
        self.pipe.send(Left(message.key, message.conversation))


def work(pipe: Connection, url: str, clock: Clock, prepare: Callable[[Host], None] | None = None) -> None:
    """Serve what comes through the pipe until it asks for quiet; `prepare` may spoil the host first."""
    logging.disable()
    asyncio.run(_work(pipe, url, clock, prepare))


async def _work(pipe: Connection, url: str, clock: Clock, prepare: Callable[[Host], None] | None) -> None:
    host = Host(FLOW, store=url, channel=Wire(pipe), clock=clock.now)
    if prepare is not None:
        prepare(host)
    async with host:
        pipe.send(READY)
        await _until_told(pipe, host)
        await _quiet(host)
        pipe.send(QUIET)


async def _until_told(pipe: Connection, host: Host) -> None:
    """Serve all tasks that come, side by side, until None comes."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    async with asyncio.TaskGroup() as serving:

        def readable() -> None:
            task = pipe.recv()
            if task is None:
                told.set()
            else:
                serving.create_task(_serve(pipe, host, task))

        loop.add_reader(pipe.fileno(), readable)
        await told.wait()
        loop.remove_reader(pipe.fileno())


async def _serve(pipe: Connection, host: Host, task: Task) -> None:
    try:
        served = await _done(host, task)
    except StaffError:  # what was to be decided is not open any more: it was decided before a process died, or never asked for
        pipe.send(Ack(task.id, 0, ()))
    except CsflowError as error:
        pipe.send(Refusal(task.id, str(error)))
    else:
        pipe.send(Ack(task.id, served.number, served.replies))


async def _done(host: Host, task: Task) -> Served:
    if task.kind == "say":
        return await host.receive(task.conversation, task.content, message_id=task.id)
    if task.kind == "paid":
        paid = {"order": {"no": task.id, "total": task.content}}
        return await host.report(task.conversation, "paid", paid, message_id=task.id)
    facts = {"stock": {"count": len(task.id)}} if (task.kind, task.content) == ("count_stock", "done") else None
    return await host.result(task.conversation, task.kind, task.content, facts, by="anna")


async def _quiet(host: Host) -> None:
    """Let fire what is due and leave what is to leave, until nothing does any more."""
    while await host.read(lambda connection: _pending(connection, host.clock())):
        await host.tick()
        await host.deliver()


def _pending(connection: sa.Connection, now: datetime.datetime) -> int:
    conversation, outbox = schema.conversation.c, schema.outbox.c
    due = sa.select(sa.func.count()).where(conversation.due <= now)
    waiting = sa.select(sa.func.count()).where(outbox.done.is_(None), outbox.due <= now, outbox.kind != "call")
    return int(connection.scalar(due) or 0) + int(connection.scalar(waiting) or 0)


def split(host: Host) -> None:
    """Break the host on purpose: what leaves is written in a transaction of its own, after the rest."""

    @sa.event.listens_for(host.store.engine, "before_cursor_execute")
    def between(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO outbox"):
            cursor.execute("COMMIT")
            cursor.execute("BEGIN")


PHRASES: Mapping[str, str] = {
    "dispatch": "几时发货", "shipping": "能包邮吗", "stock": "有货吗", "remind": "提醒我", "praise": "很好", "lost": "嗯嗯嗯嗯",
}  # fmt: skip
