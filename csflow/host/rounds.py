"""Looks after the conversations that have something due."""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa

from csflow.host import schema
from csflow.host.acts import Act, Served, act
from csflow.host.writer import Writer

LOG = logging.getLogger("csflow.host")
DUE = 200
"""How many conversations are looked after together."""
LATER = datetime.timedelta(minutes=1)
"""How long a conversation is left alone that cannot be looked after."""


class Rounds:
    """Looks after conversations that have something due.

    A conversation that cannot be served is told of and left alone for a while, so that it holds up no other.
    """

    def __init__(self, writer: Writer, clock: Callable[[], datetime.datetime], serve: Callable[[Act], Awaitable[Any]]) -> None:
        self.writer, self.clock, self.serve = writer, clock, serve
        self.refused: dict[str, datetime.datetime] = {}

    async def tick(self) -> list[Served]:
        """Do all that is due; returns the turns it led to, the longest waiting first."""
        now, turns = self.clock(), list[Served]()
        self.refused = {conversation: until for conversation, until in self.refused.items() if until > now}
        while due := await self.writer.run(partial(due_by, now=now, but_not=tuple(self.refused))):
            turns += [turn for served in await asyncio.gather(*(self._tried(one, now) for one in due)) for turn in served]
            if len(due) < DUE:
                break
        return turns

    async def look_after(self, conversation: str, at: datetime.datetime) -> list[Served]:
        """Do what is due in a conversation.

        Raises:
            CsflowError: it cannot be served.
        """
        served: list[Served] = await self.serve(act(conversation, None, at))
        return served

    async def _tried(self, conversation: str, now: datetime.datetime) -> list[Served]:
        try:
            return await self.look_after(conversation, now)
        except Exception as error:
            LOG.error("what is due in %s cannot be done: %s", conversation, error)  # noqa: TRY400 - the sentence says it all
            self.refused[conversation] = now + LATER
            return []


def due_by(connection: sa.Connection, now: datetime.datetime, but_not: Collection[str] = ()) -> Sequence[str]:
    """Return conversations that have something due, the longest waiting first."""
    wanted = [schema.conversation.c.due <= now]
    if but_not:
        wanted.append(schema.conversation.c.id.not_in(but_not))
    found = sa.select(schema.conversation.c.id).where(*wanted)
    return connection.scalars(found.order_by(schema.conversation.c.due).limit(DUE)).all()
