"""Hands over what waits in the outbox, lane by lane, and runs a host's loops."""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from functools import partial

from sqlalchemy import Connection

from csflow.host import outbox
from csflow.host.outbox import Outgoing
from csflow.host.writer import Writer

LOG = logging.getLogger("csflow.host")
EVERY = 1.0
"""Seconds between two looks at the store."""
REST = datetime.timedelta(seconds=2)
LONGEST = datetime.timedelta(minutes=5)
Clock = Callable[[], datetime.datetime]


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

    async def once(self) -> int:
        """Hand over what waits now; returns how much has left."""
        lanes = await self.writer.run(self.claim)
        return sum(await asyncio.gather(*map(self._lane, lanes)))

    def claim(self, connection: Connection) -> list[list[Outgoing]]:
        """Return what waits now, one list a lane; it is this worker's for a while."""
        return outbox.claim(connection, self.worker, self.clock(), self.kinds, self.names)

    async def _lane(self, messages: Sequence[Outgoing]) -> int:
        """Hand over what waits in a lane, in order; the first that fails holds up the others."""
        left: list[str] = []
        stuck: tuple[Outgoing, str] | None = None
        for message in messages:
            try:
                await self.hand_over(message)
            except Exception as error:
                LOG.warning("%s could not leave: %s", message.key, error)
                stuck = message, str(error)
                break
            left.append(message.key)
        await self.writer.run(partial(self._settle, lane=messages[0].lane, left=left, stuck=stuck))
        return len(left)

    def _settle(self, connection: Connection, lane: str, left: Sequence[str], stuck: tuple[Outgoing, str] | None) -> None:
        """Mark what has left; the lane is given back, or rests until what is stuck is tried again."""
        now = self.clock()
        outbox.mark(connection, left, now)
        if stuck is None:
            outbox.release(connection, self.worker, lane)
        else:
            message, error = stuck
            outbox.postpone(connection, self.worker, message, error, now + min(REST * 2**message.tries, LONGEST))


async def forever(work: Callable[[], Awaitable[object]], stirred: asyncio.Event) -> None:
    """Do something whenever it is stirred, and now and again; what goes wrong is told and tried again."""
    while True:
        stirred.clear()
        try:
            await work()
        except Exception:
            LOG.exception("this goes on in %s s", EVERY)
        with suppress(TimeoutError):
            async with asyncio.timeout(EVERY):  # before 3.12 `wait_for` may lose a cancellation
                await stirred.wait()
