"""Many live conversations: messages, reports, timers and people in, replies out, each turn committed whole."""

from __future__ import annotations

import asyncio
import datetime
import logging
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

import sqlalchemy as sa

from csflow.errors import LoadError
from csflow.events import Facts, Message, Report, Result, Staff
from csflow.flow import Flow
from csflow.host.actions import Action, Actions, Function
from csflow.host.acts import Act, Logged, Served, act
from csflow.host.customers import Customers
from csflow.host.delivery import Clock, Delivery, forever
from csflow.host.desk import Desk, Ledgers
from csflow.host.health import Doctor, Health
from csflow.host.outbox import Channel
from csflow.host.privacy import Retention
from csflow.host.rounds import Rounds
from csflow.host.service import Service
from csflow.host.store import MEMORY, Store
from csflow.host.telemetry import Silent, Telemetry
from csflow.host.timers import TimerBackend, backend
from csflow.host.versions import Flows, Moving, Watch, keep, loaded_again
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
        keys: what encrypts texts at rest where the store profile says `privacy: {encrypt: true}`, the newest first; those of
            the environment variable `CSFLOW_KEYS` if left out.
        clock: the time, with a time zone.
        moving: `safe` moves conversations of a version that the host was not given to the current one, at their next event
            and where nothing of them is lost; `never` leaves them with their own, which is then taken out of the store.
        watch: whether rule files and store profile are loaded again as soon as they change; see `reload`.
        telemetry: whether turns are told to OpenTelemetry, as the process has configured it; needs `csflow[otel]`.
        background: whether timers fire and replies leave by themselves; tests call `tick` and `deliver` instead.

    Raises:
        ActionError: a function is for no call of the flow, or wants what the call does not give.
        StoreError: the database cannot be used.
    """

    def __init__(  # noqa: PLR0913 - each is one choice of whoever runs a host
        self,
        flow: Flow | Sequence[Flow],
        store: str = MEMORY,
        *,
        channel: Channel | None = None,
        actions: Mapping[str, Function | Action] | None = None,
        timers: str | TimerBackend = "polled",
        clock: Clock = utc_now,
        keys: Sequence[str] | None = None,
        moving: Moving = "safe",
        watch: bool = False,
        telemetry: bool = False,
        background: bool = True,
    ) -> None:
        self.flows = Flows([flow] if isinstance(flow, Flow) else flow, moving)
        self.store, self.channel, self.clock, self.background = Store(store, keys), channel, clock, background
        if any(flow.profile.privacy.encrypt for flow in self.flows.by_digest.values()):
            self.store.ring.begin_sealing()
        self.desk, self.customers, self.ledgers = Desk(self, self._serve), Customers(self), Ledgers(self)
        self.telemetry = Telemetry() if telemetry else Silent()
        self.actions = Actions(actions or {}, self.flows.by_digest.values(), self._serve, self.telemetry)
        self.timers = backend(timers, store)
        self.watch = Watch(self.flows.current) if watch else None
        self._doctor: Doctor | None = None
        self.worker = uuid.uuid4().hex
        self._stirred: list[asyncio.Event] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opened:
            await self._open(opened)
            self._opened = opened.pop_all()
        return self

    async def _open(self, opened: AsyncExitStack) -> None:
        """Open all that a host works with, each with its end."""
        opened.callback(self.store.close)
        await asyncio.to_thread(self.store.upgrade)
        self.writer = Writer(Service(self.flows, self.store, self.timers), asyncio.get_running_loop())
        opened.push_async_callback(self.writer.close)
        await self.writer.run(partial(keep, flows=self.flows.by_digest.values(), now=self.clock()))
        self._doctor, self.retention = Doctor(self.writer, self.clock), Retention(self.writer, self.flows, self.clock)
        self._rounds = Rounds(self.writer, self.clock, self._act)
        self._leaving = self._deliveries()
        opened.push_async_callback(self._settle)
        opened.push_async_callback(self.timers.close)
        await self.timers.start(self, background=self.background)
        if self.background:
            for delivery in self._leaving:
                self._go_on(delivery.begin, delivery.stirred)
            for work in self._chores(self._doctor):
                self._go_on(work, asyncio.Event())

    def _chores(self, doctor: Doctor) -> Iterator[Callable[[], Awaitable[object]]]:
        """Yield what a host does now and again beside its conversations."""
        yield self.tick if self.timers.polled else self.desk.attend
        yield self.flows.learn
        yield self.retention.daily
        if isinstance(self.telemetry, Telemetry):
            yield partial(doctor.tell, self.telemetry)
        if self.watch is not None:
            yield self.reload_if_changed

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
        await self._opened.aclose()

    async def _settle(self) -> None:
        """Wait for what still runs."""
        await asyncio.gather(*self._tasks, *(delivery.close() for delivery in self._leaving), return_exceptions=True)

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

    async def health(self) -> Health:
        """Return how the host is, for probes and people; never raises."""
        return await self._doctor.health() if self._doctor else Health(store=False, writer=False, lag=0.0, error="not started")

    # versions

    async def reload(self) -> bool:
        """Load the rule files and the store profile again, between two turns; tells whether they say anything else.

        Conversations go on as under any new version: where it is safe they are moved at their next event.

        Raises:
            LoadError: a file is faulty; the host goes on with what it has.
        """
        flow = await asyncio.to_thread(loaded_again, self.flows.current)
        if self.flows.same(flow):
            return False
        await self.writer.run(partial(self._renew, flow=flow))
        LOG.info("version %s of flow %s is served from now on", flow.origin.digest[:12], flow.name)
        return True

    def _renew(self, connection: sa.Connection, flow: Flow) -> None:
        keep(connection, [flow], self.clock())
        self.flows.renew(flow)

    async def reload_if_changed(self) -> bool:
        """Load the rule files again if they have changed since the last look; a faulty file is told and changes nothing."""
        if self.watch is None or not await asyncio.to_thread(self.watch.changed, self.flows.current):
            return False
        try:
            return await self.reload()
        except LoadError as error:
            LOG.error("the rule files have faults, so the version before goes on being served\n%s", error)  # noqa: TRY400 - no fault of ours
            return False

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
        served: Served = await self._act(act(conversation, event, self.clock(), **about))
        self._stir()
        return served

    async def _act(self, todo: Act) -> Any:
        """Return what an act leads to, and tell the telemetry."""
        with self.telemetry.act(todo) as told:
            answer = await self.writer.serve(todo)
            told.turns = answer if isinstance(answer, list) else [answer]
        return answer

    def _stir(self) -> None:
        for stirred in self._stirred:
            stirred.set()
