"""How a host is: what a readiness probe asks, and what an operator wants to see."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from csflow.host import schema
from csflow.host.writer import Writer

if TYPE_CHECKING:
    from csflow.host.telemetry import Silent

EVERY = 15.0
"""Seconds between two tellings to the telemetry."""
PATIENCE = 2.0
"""Seconds after which a store that does not answer counts as out of reach."""
_C, _O, _L = schema.conversation.c, schema.outbox.c, schema.lease.c


class Seen(NamedTuple):
    """What a store tells: overdue timers, what waits to leave, what is leased, the version of the tables."""

    schema_version: int
    overdue: int
    oldest_due: datetime.datetime | None
    waiting: int
    oldest_waiting: datetime.datetime | None
    leases: int


class Health(NamedTuple):
    """How a host is. `ready` tells that it can serve; `store` that the database answers, `writer` that the writing thread lives.

    `lag` is how late the event loop runs, in seconds; `seen` is None while the store does not answer, and `error` says why.
    """

    store: bool
    writer: bool
    lag: float
    seen: Seen | None = None
    error: str | None = None

    @property
    def ready(self) -> bool:
        """Whether messages can be served now."""
        return self.store and self.writer

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data; moments as ISO text in UTC."""
        seen = self.seen._asdict() if self.seen else {}
        plain = {name: value.isoformat() if isinstance(value, datetime.datetime) else value for name, value in seen.items()}
        return {"ready": self.ready, **self._asdict(), "seen": plain or None}


class Doctor:
    """Asks how a host is; one question to the store at a time, however often it is asked while the store is silent."""

    def __init__(self, writer: Writer, clock: Callable[[], datetime.datetime], patience: float = PATIENCE) -> None:
        self.writer, self.clock, self.patience = writer, clock, patience
        self.asked: asyncio.Future[Seen] | None = None
        self.told = -EVERY

    async def tell(self, telemetry: Silent) -> None:
        """Tell the telemetry now and again how the host is."""
        now = asyncio.get_running_loop().time()
        if now - self.told >= EVERY:
            self.told = now
            telemetry.health(await self.health())

    async def health(self) -> Health:
        """Return how the host is; whatever goes wrong is told, never raised."""
        lag, alive = await _lag(), self.writer.thread.is_alive()
        if not alive:
            return Health(store=False, writer=False, lag=lag, error="the writing thread has ended")
        try:
            seen = await self._ask()
        except TimeoutError:
            return Health(store=False, writer=True, lag=lag, error=f"the store has not answered for {self.patience} s")
        except Exception as error:
            return Health(store=False, writer=True, lag=lag, error=str(error))
        return Health(store=True, writer=True, lag=lag, seen=seen)

    async def _ask(self) -> Seen:
        if self.asked is None or self.asked.done():
            now = self.clock()
            self.asked = self.writer.run(lambda connection: look(connection, now))
        async with asyncio.timeout(self.patience):
            return await asyncio.shield(self.asked)


async def _lag() -> float:
    """Return how long the event loop takes to come round."""
    loop = asyncio.get_running_loop()
    before = loop.time()
    await asyncio.sleep(0)
    return loop.time() - before


def look(connection: sa.Connection, now: datetime.datetime) -> Seen:
    """Return what a store tells about itself."""
    version = connection.scalar(sa.text("SELECT max(version) FROM csflow_schema")) or 0
    overdue = connection.execute(sa.select(sa.func.count(), sa.func.min(_C.due)).where(_C.due <= now)).one()
    open_ = sa.select(sa.func.count(), sa.func.min(_O.due)).where(_O.done.is_(None), _O.due <= now)
    waiting = connection.execute(open_).one()
    leases = connection.scalar(sa.select(sa.func.count()).select_from(schema.lease).where(_L.until > now)) or 0
    return Seen(version, overdue[0], overdue[1], waiting[0], waiting[1], leases)
