"""Timers of dbos: a job that looks after a conversation, enqueued with its delay in the transaction of the turn."""

from __future__ import annotations

import asyncio
import datetime
import logging
import sqlite3
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions
from dbos import DBOSPortableJSONSerializer as PortableJSON

from csflow.errors import CsflowError
from csflow.host import schema
from csflow.host.timers import Alarm, Keeper

LOG = logging.getLogger("csflow.host")
APPLICATION = "csflow"
VERSION = "csflow-1"
"""The version of the job, pinned: by default it is a hash of the source, and a new release would strand the timers."""
QUEUE = "csflow-timers"
JOB = "csflow.look_after"
WORKERS = 16
"""How many conversations a process looks after at once."""
SWEEP = 15.0
"""Seconds between two looks for what the engine lost: jobs of dead workers, and conversations without a job."""
STALE = datetime.timedelta(minutes=2)
KEPT = datetime.timedelta(days=1)
"""How long jobs that are done are kept."""
MANY = 1000
KNOWS_TIME = sys.version_info < (3, 12) or sqlite3.sqlite_version_info >= (3, 42)
"""Whether an SQLite can give the time as dbos asks for it, which from Python 3.12 on is in fractions of a second."""


class _Awake(NamedTuple):
    keeper: Keeper
    loop: asyncio.AbstractEventLoop


_awake: _Awake | None = None  # dbos is one a process, and so is the host that it wakes


@DBOS.workflow(name=JOB)
def _look_after(conversation: str, due: str) -> None:
    """Wake the host; the time is at least the one that was set, whatever its clock says."""
    if _awake is None:
        raise CsflowError("no host is here to look after conversations")
    at = max(datetime.datetime.fromisoformat(due), datetime.datetime.now(datetime.UTC))
    asyncio.run_coroutine_threadsafe(_awake.keeper.look_after(conversation, at), _awake.loop).result()


class Durable:
    """Timers by dbos, in the database of the store; with PostgreSQL on many machines.

    The turn that makes a conversation due earlier than any job looks after it enqueues another one, in its own transaction.

    Raises:
        CsflowError: the store lives in memory, or in an SQLite that dbos cannot use here.
    """

    polled = False

    def __init__(self, url: str) -> None:
        if "://" not in url:
            raise CsflowError("timers='dbos' needs a database: sqlite:///shop.db or postgresql://user@host/name")
        if url.startswith("sqlite") and not KNOWS_TIME:
            here = f"Python {sys.version.split()[0]} has SQLite {sqlite3.sqlite_version}"
            raise CsflowError(f"dbos needs SQLite 3.42 from Python 3.12 on, and {here}: take PostgreSQL, or timers='polled'")
        self.url = url
        self.client: DBOSClient | None = None
        self.running = False
        self.sweeping: asyncio.Task[None] | None = None

    def arm(self, connection: sa.Connection, alarms: Sequence[Alarm]) -> None:
        """Enqueue a job for each conversation that is due before a job looks after it."""
        armed = _armed(connection, [alarm.conversation for alarm in alarms])
        early = [alarm for alarm in alarms if _needed(alarm, armed.get(alarm.conversation))]
        for alarm in early:
            self._enqueue(connection, alarm)
        if early:
            _note(connection, [{"conversation": alarm.conversation, "at": alarm.due} for alarm in early])

    def _enqueue(self, connection: sa.Connection, alarm: Alarm) -> None:
        if self.client is None or alarm.due is None:
            return
        due = alarm.due.astimezone(datetime.UTC).isoformat()
        job = EnqueueOptions(
            queue_name=QUEUE, workflow_name=JOB, workflow_id=f"{alarm.conversation}:{alarm.number}:{due}", app_version=VERSION,
            delay_seconds=max(0.0, (alarm.due - alarm.now).total_seconds()),
        )  # fmt: skip
        self.client.enqueue_in_transaction(connection, job, alarm.conversation, due)

    async def start(self, keeper: Keeper, *, background: bool) -> None:
        """Make the engine's tables, and wake the host from now on.

        Raises:
            CsflowError: another host of this process has such timers.
        """
        global _awake
        await asyncio.to_thread(DBOS.migrate, self.url)
        self.client = await asyncio.to_thread(_client, self.url)
        if background:
            if _awake is not None:
                raise CsflowError("one host a process can have timers of dbos")
            _awake, self.running = _Awake(keeper, asyncio.get_running_loop()), True
            await asyncio.to_thread(_launch, self.url)
            self.sweeping = asyncio.create_task(self._sweep(keeper))

    async def _sweep(self, keeper: Keeper) -> None:
        while True:
            try:
                await keeper.tick()
                await asyncio.to_thread(_tidy)
            except Exception:
                LOG.exception("timers are swept again in %s s", SWEEP)
            await asyncio.sleep(SWEEP)

    async def close(self) -> None:
        """Let the jobs that run end."""
        global _awake
        if self.running:
            if self.sweeping is not None:
                self.sweeping.cancel()
                await asyncio.gather(self.sweeping, return_exceptions=True)
            await asyncio.to_thread(partial(DBOS.destroy, workflow_completion_timeout_sec=5))
            _awake, self.running = None, False
        if self.client is not None:
            self.client.destroy()


def _needed(alarm: Alarm, armed: datetime.datetime | None) -> bool:
    """Tell whether a job is needed: none that is still to come is early enough."""
    return alarm.due is not None and (armed is None or armed <= alarm.now or alarm.due < armed)


def _armed(connection: sa.Connection, conversations: Sequence[str]) -> dict[str, datetime.datetime]:
    found = sa.select(schema.alarm).where(schema.alarm.c.conversation.in_(conversations))
    return {row.conversation: row.at for row in connection.execute(found)}


def _note(connection: sa.Connection, rows: list[dict[str, Any]]) -> None:
    made = schema.insert_into(connection, schema.alarm)
    connection.execute(made.on_conflict_do_update(index_elements=["conversation"], set_={"at": made.excluded.at}), rows)


def _client(url: str) -> DBOSClient:
    return DBOSClient(system_database_url=url, serializer=PortableJSON(), application_name=APPLICATION)


def _launch(url: str) -> None:
    about: DBOSConfig = {"application_version": VERSION, "serializer": PortableJSON(), "log_level": "WARNING"}
    DBOS(config={"name": APPLICATION, "system_database_url": url, **about})
    DBOS.launch()
    DBOS.register_queue(QUEUE, worker_concurrency=WORKERS, polling_interval_sec=1.0)


def _tidy() -> None:
    """Have jobs that a dead worker left run again, and forget those that are long done."""
    now = datetime.datetime.now(datetime.UTC)
    about: dict[str, Any] = {"queue_name": QUEUE, "limit": MANY, "load_input": False, "load_output": False}
    left = DBOS.list_workflows(status="PENDING", dequeued_before=(now - STALE).isoformat(), **about)
    if left:
        DBOS.resume_workflows([job.workflow_id for job in left], queue_name=QUEUE)
    done = DBOS.list_workflows(status=["SUCCESS", "ERROR"], completed_before=(now - KEPT).isoformat(), **about)
    if done:
        DBOS.delete_workflows([job.workflow_id for job in done])
