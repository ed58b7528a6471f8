"""The desk: what people of the shop see and do, for a host's conversations."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from csflow.errors import StaffError
from csflow.events import Report
from csflow.host import clocks, context, handover, ledgers, presence, waiting
from csflow.host.acts import Note, Served
from csflow.host.clocks import Wait
from csflow.host.context import LAST, Context
from csflow.host.escalations import go_on
from csflow.host.handover import Handover
from csflow.host.ledgers import Case, Given, Promised
from csflow.host.presence import Person, Told
from csflow.host.waiting import Approval, Waiting

if TYPE_CHECKING:
    from csflow.flow import Flow
    from csflow.host.host import Host

Serve = Callable[..., Awaitable[Served]]


class Desk:
    """What waits for people and what they do; `host.desk`."""

    def __init__(self, host: Host, serve: Serve) -> None:
        self.host, self._serve = host, serve

    async def approvals(self, role: str | None = None) -> list[Approval]:
        """Return what is to be decided, the nearest deadline first; of one role, with what was escalated to it."""
        return await self.host.read(partial(waiting.approvals, now=self.host.clock(), role=role))

    async def queue(self) -> list[Waiting]:
        """Return the conversations that wait for a person and nobody has, by importance, then the longest waiting first."""
        return await self.host.read(partial(waiting.queue, now=self.host.clock()))

    async def taken(self) -> list[Waiting]:
        """Return the conversations that somebody has."""
        return await self.host.read(partial(waiting.taken, now=self.host.clock()))

    async def context(self, conversation: str, last: int = LAST) -> Context:
        """Return all that a person needs to go on with a conversation, with the last messages of both sides.

        Raises:
            StaffError: there is no such conversation.
        """
        wanted: Any = {"conversation": conversation, "now": self.host.clock(), "last": last}
        return await self.host.read(partial(context.context, flow_of=self._flow, **wanted))

    def _flow(self, digest: str) -> Flow:
        """Return the version of the flow that a conversation belongs to, or the present one, which has the same words."""
        return self.host.flows.by_digest.get(digest, self.host.flows.current)

    async def note(self, conversation: str, text: str, *, by: str) -> Served:
        """Write a note for the others; the customer and the flow do not hear of it."""
        return await self._note(conversation, Note(text), by)

    async def pass_on(self, conversation: str, to: str, text: str = "", *, by: str) -> Served:
        """Pass a conversation on to somebody else; back into the queue where `to` is empty.

        Raises:
            StaffError: it is not with people, or somebody else has it.
        """
        return await self._note(conversation, Note(text, to), by)

    async def close_case(self, conversation: str, kind: str, text: str = "", *, by: str) -> Served:
        """Close a case that the flow does not close by itself, with a word on why.

        Raises:
            StaffError: there is no such kind of case.
        """
        if kind not in ledgers.CASES:
            raise StaffError(f"a case is one of {', '.join(ledgers.CASES)}, not {kind!r}")
        return await self._note(conversation, Note(text, None, kind), by)

    async def _note(self, conversation: str, note: Note, by: str) -> Served:
        return await self._serve(conversation, note, by=by)

    async def presence(self, person: str, role: str, state: str) -> list[Served]:
        """Write down that somebody of the staff is available, busy or away; returns the turns of customers who were told.

        Raises:
            StaffError: it is no presence.
        """
        somebody = Person(person, role, state, self.host.clock())
        await self.host.writer.run(partial(presence.note_presence, person=somebody))
        return await self.attend()

    async def staff(self) -> list[Person]:
        """Return who works at the desk, by role."""
        return await self.host.read(presence.staff)

    async def attend(self) -> list[Served]:
        """Tell the customers who wait that whoever is to answer is busy, or is there again, where the flow has words for it.

        What nobody decided goes on to the next role.
        """
        untold = await self.host.writer.run(self._look)
        said = (self._serve(t.conversation, Report(t.report), message=f"desk:{t.report}:{t.seq}") for t in untold)
        return list(await asyncio.gather(*said))

    def _look(self, connection: sa.Connection) -> list[Told]:
        go_on(connection, self.host.clock(), lambda digest: self._flow(digest).profile)
        return presence.untold(connection, self._flow)

    async def clocks(self, since: datetime.datetime) -> list[Wait]:
        """Return how long each message since a moment waited for its answer, with what it may: the service clocks."""
        return await self.host.read(partial(clocks.measured, since=since, until=self.host.clock()))

    async def handover(self, since: datetime.datetime, to: str | None = None) -> Handover:
        """Return what the shift that began at `since` hands over; sent to a role as a notice, where one is named."""
        pack = await self.host.read(partial(handover.handover, since=since, now=self.host.clock()))
        if to is not None:
            await self.host.writer.run(partial(handover.send, pack=pack, role=to))
        return pack


class Ledgers:
    """What was promised, given, complained of and wanted, over all conversations; `host.ledgers`."""

    def __init__(self, host: Host) -> None:
        self.host = host

    async def promises(
        self, state: str | None = None, *, customer: str | None = None, due: datetime.datetime | None = None
    ) -> list[Promised]:
        """Return promises, the first due first: open, kept or broken; of a customer, due by a moment."""
        which: Any = {"state": state, "customer": customer, "due": due}
        return await self.host.read(partial(ledgers.promises, now=self.host.clock(), **which))

    async def grants(
        self, name: str | None = None, *, customer: str | None = None, since: datetime.datetime | None = None
    ) -> list[Given]:
        """Return what was granted, oldest first; of a name, to a customer, since a moment."""
        return await self.host.read(partial(ledgers.grants, name=name, customer=customer, since=since))

    async def cases(self, customer: str | None = None, *, open_only: bool = True) -> list[Case]:
        """Return the cases of the shop or of a customer, oldest first."""
        return await self.host.read(partial(ledgers.cases, customer=customer, open_only=open_only))

    async def demand(self, since: datetime.datetime | None = None) -> list[Given]:
        """Return what customers want that is not there, oldest first."""
        return await self.host.read(partial(ledgers.demand, since=since))
