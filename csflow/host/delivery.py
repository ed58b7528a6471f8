"""Hands over what waits in the outbox, lane by lane, and runs a host's loops."""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection

from csflow.errors import StoreError
from csflow.host import outbox
from csflow.host.outbox import Outgoing
from csflow.host.writer import Writer

LOG = logging.getLogger("csflow.host")
EVERY = 1.0
"""Seconds between two looks at the store."""
RENEWED = outbox.LEASE.total_seconds() / 3
"""Seconds after which a lane that is still being handed over is kept for longer."""
GRACE = 5.0
"""Seconds that what is being handed over may take when a host stops."""
REST = datetime.timedelta(seconds=2)
LONGEST = datetime.timedelta(minutes=5)
Clock = Callable[[], datetime.datetime]


class _End(NamedTuple):
    """How handing over a lane ended: the keys of what has left, and what is stuck for which reason."""

    lane: str
    left: Sequence[str]
    stuck: Outgoing | None = None
    error: str = ""


class Delivery:
    """Hands over what leaves of some kinds: `hand_over` takes one thing, and raises where it is to be tried again."""

    def __init__(
        self,
        writer: Writer,
        worker: str,
        clock: Clock,
        hand_over: Callable[[Outgoing], Awaitable[None]],
        kinds: Collection[str],
        names: Collection[str] | None = None,
    ) -> None:
        self.writer, self.worker, self.clock, self.hand_over = writer, worker, clock, hand_over
        self.kinds, self.names = kinds, names
        self.stirred = asyncio.Event()
        self.begun: dict[asyncio.Task[int], str] = {}
        self.ends: list[_End] = []
        self.marking: asyncio.Task[None] | None = None

    async def once(self) -> int:
        """Hand over what waits now; returns how much has left."""
        return sum(await asyncio.gather(*await self.begin()))

    async def begin(self) -> list[asyncio.Task[int]]:
        """Begin to hand over what waits, as many lanes as there is room for; one that takes long holds up no other."""
        room = outbox.LANES - len(self.begun)
        lanes = await self.writer.run(partial(self.claim, room=room)) if room else []
        tasks = [asyncio.create_task(self._lane(messages)) for messages in lanes]
        for task, messages in zip(tasks, lanes, strict=True):
            self.begun[task] = messages[0].lane
            task.add_done_callback(self._ended)
        return tasks

    def _ended(self, task: asyncio.Task[int]) -> None:
        del self.begun[task]
        self.stirred.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            LOG.error("what has left could not be marked, and is handed over again: %s", error)

    def claim(self, connection: Connection, room: int = outbox.LANES) -> list[list[Outgoing]]:
        """Return what waits now, one list a lane; it is this worker's for a while."""
        return outbox.claim(connection, self.worker, self.clock(), self.kinds, self.names, room)

    async def close(self) -> None:
        """Let what is being handed over end, for a while; the lanes of what does not are given back."""
        if not self.begun:
            return
        late = dict(self.begun)
        _, pending = await asyncio.wait(late, timeout=GRACE)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        await self.writer.run(partial(outbox.release, worker=self.worker, lanes=[late[task] for task in pending]))

    @asynccontextmanager
    async def _kept(self, lane: str) -> AsyncIterator[None]:
        """Keep a lane for as long as it takes."""
        renewing = asyncio.create_task(self._renew(lane))
        try:
            yield
        finally:
            renewing.cancel()

    async def _renew(self, lane: str) -> None:
        while True:
            await asyncio.sleep(RENEWED)
            with suppress(StoreError):  # the next time will do
                await self.writer.run(lambda connection: outbox.renew(connection, self.worker, lane, self.clock()))

    async def _lane(self, messages: Sequence[Outgoing]) -> int:
        """Hand over what waits in a lane, in order, and mark it; lanes that end together are marked together."""
        async with self._kept(messages[0].lane):
            end = await self._in_order(messages)
        self.ends.append(end)
        if self.marking is None:
            self.marking = asyncio.create_task(self._mark())
        await asyncio.shield(self.marking)
        return len(end.left)

    async def _mark(self) -> None:
        await asyncio.sleep(0)
        ends, self.ends, self.marking = self.ends, [], None
        await self.writer.run(partial(self._settle, ends=ends))

    async def _in_order(self, messages: Sequence[Outgoing]) -> _End:
        """Hand messages over until one fails, which holds up the others."""
        left: list[str] = []
        for message in messages:
            try:
                await self.hand_over(message)
            except Exception as error:
                LOG.warning("%s could not leave: %s", message.key, error)
                return _End(message.lane, left, message, str(error))
            left.append(message.key)
        return _End(messages[0].lane, left)

    def _settle(self, connection: Connection, ends: Sequence[_End]) -> None:
        """Mark what has left; lanes are given back, or rest until what is stuck is tried again."""
        now = self.clock()
        outbox.mark(connection, [key for end in ends for key in end.left], now)
        outbox.release(connection, self.worker, [end.lane for end in ends if end.stuck is None])
        for end in ends:
            if end.stuck is not None:
                until = now + min(REST * 2**end.stuck.tries, LONGEST)
                outbox.postpone(connection, self.worker, end.stuck, end.error, until)


async def forever(work: Callable[[], Awaitable[object]], stirred: asyncio.Event) -> None:
    """Do something whenever it is stirred, and now and again; what goes wrong is told and tried again."""
    while True:
        stirred.clear()
        try:
            await work()
        except Exception:
            LOG.exception("this goes on in %s s", EVERY)
        with suppress(TimeoutError):
            async with asyncio.timeout(EVERY):  # not wait_for, which in Python 3.11 may swallow that the task is cancelled
                await stirred.wait()
