"""Many live conversations: messages, reports, timers and people in, replies out, each turn committed whole."""

from __future__ import annotations

import asyncio
import datetime
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import sqlalchemy as sa

from csflow.errors import StoreError
from csflow.events import Facts, Message, Report, Result, Staff
from csflow.flow import Flow
from csflow.host.actions import Action, Actions, Function
from csflow.host.acts import Logged, Served, act
from csflow.host.customers import Customers
from csflow.host.delivery import Clock, Delivery, forever
from csflow.host.desk import Desk, Ledgers
from csflow.host.outbox import Channel
from csflow.host.rounds import Rounds
from csflow.host.service import Flows, Service
from csflow.host.store import MEMORY, Store
from csflow.host.timers import TimerBackend, backend
from csflow.host.writer import Writer

T = TypeVar("T")
LOG = logging.getLogger("csflow.host")
SPOKEN = ("reply", "mail", "notify", "request_approval", "hand_off", "escalate", "handover")
"""What leaves through the channel; calls leave through a host's functions."""


def utc_now() -> datetime.datetime:
    """Return the time."""
    return datetime.datetime.now(datetime.UTC)


class Host:
    """Serves conversations with a flow from a store: `async with Host(flow, store="sqlite:///shop.db") as host`.

    Args:
        flow: the flow that conversations begin with, or several versions of it, the current one first.
        store: the database: `memory`, `sqlite:///shop.db` or `postgresql://user@host/name`.
        channel: where replies go; without one they wait in the outbox.
        actions: functions for the flow's calls by name, plain or as `Action(function, …)`.
        timers: who wakes the host when something is due: `polled`, `dbos`, or a `TimerBackend`.
        clock: the time, with a time zone.
        background: whether timers fire and replies leave by themselves; tests call `tick` and `deliver` instead.

    Raises:
        ActionError: a function is for no call of the flow, or wants what the call does not give.
        StoreError: the database cannot be used.
    """

    def __init__(
        self,
        flow: Flow | Sequence[Flow],
        store: str = MEMORY,
        *,
        channel: Channel | None = None,
        actions: Mapping[str, Function | Action] | None = None,
        timers: str | TimerBackend = "polled",
        clock: Clock = utc_now,
        background: bool = True,
    ) -> None:
        self.flows = Flows([flow] if isinstance(flow, Flow) else flow)
        self.store, self.channel, self.clock, self.background = Store(store), channel, clock, background
        self.desk, self.customers, self.ledgers = Desk(self, self._serve), Customers(self), Ledgers(self)
        self.actions = Actions(actions or {}, self.flows.by_digest.values(), self._serve)
        self.timers = backend(timers, store)
        self.worker = uuid.uuid4().hex
        self._stirred: list[asyncio.Event] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        try:
            await asyncio.to_thread(self.store.upgrade)
        except StoreError:
            self.store.close()
            raise
        self.writer = Writer(Service(self.flows, self.store, self.timers), asyncio.get_running_loop())
        self._rounds = Rounds(self.writer, self.clock)
        await self.timers.start(self, background=self.background)
        self._leaving = self._deliveries()
        if self.background:
            if self.timers.polled:
                self._go_on(self.tick, asyncio.Event())
            for delivery in self._leaving:
                self._go_on(delivery.begin, delivery.stirred)
        return self

    def _deliveries(self) -> list[Delivery]:
        """Return what hands things over: calls to functions, the rest to the channel."""
        self.actions.warn()
        about = self.writer, self.worker, self.clock
        calls = [Delivery(*about, self.actions.call, ("call",), self.actions.bound)] if self.actions.bound else []
        return calls + ([Delivery(*about, self.channel.send, SPOKEN)] if self.channel is not None else [])

    def _go_on(self, work: Callable[[], Awaitable[object]], stirred: asyncio.Event) -> None:
        """Do something from now on whenever something was served, and now and again."""
        self._stirred.append(stirred)
        self._tasks.append(asyncio.create_task(forever(work, stirred)))

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for task in self._tasks:
            task.cancel()
        await self.timers.close()
        await asyncio.gather(*self._tasks, *(delivery.close() for delivery in self._leaving), return_exceptions=True)
        await self.writer.close()
        self.store.close()

    # what comes in

    async def receive(
        self,
        conversation: str,
        *texts: str,
        message_id: str | None = None,
        customer: str | None = None,
        channel: str | None = None,
    ) -> Served:
        """Take a customer's message, several texts as one burst; a message id that came before gives what it led to then.

        Raises:
            StoreError: it could not be stored; nothing happened, and it may be sent again.
            VersionError: the conversation belongs to a version of the flow that this host does not have.
            SnapshotError: what is stored of the conversation cannot be read.
        """
        return await self._serve(conversation, Message(texts), message=message_id, customer=customer, channel=channel)

    async def report(
        self, conversation: str, name: str, facts: Mapping[str, Any] | None = None, *, message_id: str | None = None
    ) -> Served:
        """Take a report of the shop such as `paid`, with the facts it brings as plain data.

        Raises:
            EventError: the flow has no such report.
            FactError: a fact is not declared or does not fit its type.
            StoreError: it could not be stored.
        """
        return await self._serve(conversation, Report(name, facts), message=message_id)

    async def tell(self, conversation: str, facts: Mapping[str, Any]) -> Served:
        """Take facts of the shop as plain data: `{"order": {"total": "180.00"}}`."""
        return await self._serve(conversation, Facts(facts))

    async def result(
        self,
        conversation: str,
        call: str,
        outcome: str = "done",
        facts: Mapping[str, Any] | None = None,
        *,
        by: str | None = None,
    ) -> Served:
        """Take the outcome of a call or an approval: `done`, `denied` or `failed`."""
        return await self._serve(conversation, Result(call, outcome, facts), by=by)

    async def approve(self, conversation: str, name: str, facts: Mapping[str, Any] | None = None, *, by: str) -> Served:
        """Let a person say yes to what a conversation asked for."""
        return await self.result(conversation, name, "done", facts, by=by)

    async def deny(self, conversation: str, name: str, *, by: str) -> Served:
        """Let a person say no to what a conversation asked for."""
        return await self.result(conversation, name, "denied", by=by)

    async def take_over(self, conversation: str, *texts: str, by: str) -> Served:
        """Let a person take a conversation, perhaps with words to the customer."""
        return await self._serve(conversation, Staff("take_over", texts), by=by)

    async def say(self, conversation: str, *texts: str, by: str) -> Served:
        """Let a person write to the customer."""
        return await self._serve(conversation, Staff("say", texts), by=by)

    async def give_back(self, conversation: str, *texts: str, by: str) -> Served:
        """Let a person give a conversation back to the flow, which goes on where it was suspended."""
        return await self._serve(conversation, Staff("give_back", texts), by=by)

    async def tick(self) -> list[Served]:
        """Fire all timers that are due, and tell those who wait who is there; returns the turns they led to."""
        turns = [*await self.desk.attend(), *await self._rounds.tick()]
        if turns:
            self._stir()
        return turns

    async def look_after(self, conversation: str, at: datetime.datetime) -> list[Served]:
        """Fire the timers of a conversation that are due at a time; returns the turns they led to.

        Raises:
            StoreError: they could not be stored.
            VersionError: the conversation belongs to a version of the flow that this host does not have.
        """
        turns = await self._rounds.look_after(conversation, at)
        self._stir()
        return turns

    async def deliver(self) -> int:
        """Hand what waits in the outbox to functions and to the channel; returns how many calls and messages left."""
        return sum([await delivery.once() for delivery in self._leaving])

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what a function reads from the store's tables, in a transaction of its own."""
        return await self.writer.run(work)

    async def look(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what a function reads that takes its time, such as a report: all of one moment, while turns are served."""
        if self.store.url == MEMORY:  # it has one connection, the writer's
            return await self.writer.run(work)
        return await asyncio.to_thread(self._look, work)

    def _look(self, work: Callable[[sa.Connection], T]) -> T:
        with self.store.reading() as connection:
            return work(connection)

    async def _serve(self, conversation: str, event: Logged, **about: Any) -> Served:
        served: Served = await self.writer.serve(act(conversation, event, self.clock(), **about))
        self._stir()
        return served

    def _stir(self) -> None:
        for stirred in self._stirred:
            stirred.set()
