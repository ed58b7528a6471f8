"""A conversation held by a host with a real store and once more in memory: they must come out the same."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from zlib import crc32

from csflow.conversation import Conversation
from csflow.errors import CsflowError
from csflow.events import Turn
from csflow.flow import Flow
from csflow.notation import read_duration
from csflow.spec import OUTCOMES
from csflow.testing.acts import Act
from csflow.testing.differential import ANSWERS, Difference
from csflow.testing.fakes import Clock
from csflow.timers import ready

Told = dict[str, Any]
LAST = ("state", "due")


class Served(Protocol):
    """What a host's turn offers."""

    @property
    def conversation(self) -> str: ...
    def to_json(self) -> dict[str, Any]: ...


class Host(Protocol):
    """What is used of a `csflow.Host`."""

    async def receive(self, conversation: str, *texts: str) -> Served: ...
    async def report(self, conversation: str, name: str, facts: Mapping[str, Any] | None = None) -> Served: ...
    async def tell(self, conversation: str, facts: Mapping[str, Any]) -> Served: ...
    async def result(
        self, conversation: str, call: str, outcome: str = "done", facts: Mapping[str, Any] | None = None
    ) -> Served: ...
    async def take_over(self, conversation: str, *, by: str) -> Served: ...
    async def give_back(self, conversation: str, *, by: str) -> Served: ...
    async def tick(self) -> Sequence[Served]: ...


class _Stepped(Conversation):
    """A conversation in memory that says no hold lines; a host says those only where the answer takes long."""

    def _holding(self, turn: Turn) -> Turn:
        return turn


class Side:
    """One conversation on both sides, on a clock that the host reads too."""

    def __init__(self, flow: Flow, host: Host, clock: Clock, name: str) -> None:
        self.flow, self.host, self.clock, self.name = flow, host, clock, name
        self.chat = _Stepped(flow, now=clock().astimezone(datetime.UTC))  # as a host keeps its times
        known = {"customer.id": name} if "customer.id" in flow.fact_types else {}
        self.chat.snapshot = flow.fresh(crc32(name.encode()), known)

    async def first(self, acts: Sequence[Act]) -> Difference | None:
        """Return where the conversation first comes out otherwise, or None where it is the same to its end."""
        for number, act in enumerate(acts, 1):
            if self._unasked(act):
                continue
            memory, stored = await (self._pass(act.value) if act.kind == "wait" else self._happen(act))
            differs = {name: (memory.get(name), stored.get(name)) for name in (*ANSWERS, "refused")}
            differs = {name: pair for name, pair in differs.items() if pair[0] != pair[1]}
            if differs:
                return Difference(number, act, differs, ())
        return None

    def _unasked(self, act: Act) -> bool:
        """Tell whether an act is the outcome of a call that is not open, which a host refuses and a flow only notes."""
        call, _, outcome = str(act.value).rpartition(".")
        result = act.kind == "event" and call in self.flow.spec.calls and outcome in OUTCOMES
        return result and call not in self.chat.snapshot.ledger.calls

    async def _happen(self, act: Act) -> tuple[Told, Told]:
        try:
            memory = _told([act.play(self.chat)])
        except CsflowError as error:
            memory = {"refused": [str(error)]}
        try:
            stored = _told([await self._serve(act)])
        except CsflowError as error:
            stored = {"refused": [str(error)]}
        return memory, stored

    async def _serve(self, act: Act) -> Served:
        call, _, outcome = str(act.value).rpartition(".")
        if act.kind == "say":
            return await self.host.receive(self.name, *act.value)
        if act.kind == "facts":
            return await self.host.tell(self.name, act.value)
        if act.kind == "staff":
            return await (self.host.take_over if act.value == "take_over" else self.host.give_back)(self.name, by="staff")
        if call in self.flow.spec.calls and outcome in OUTCOMES:
            return await self.host.result(self.name, call, outcome, act.facts)
        return await self.host.report(self.name, act.value, act.facts)

    async def _pass(self, span: str) -> tuple[Told, Told]:
        """Let time pass on both sides, from timer to timer."""
        until = self.clock.now + datetime.timedelta(seconds=read_duration(span))
        memory, stored = list[Turn](), list[Served]()
        while (timer := next(ready(self.flow, self.chat.snapshot.timers, self.chat.state, until), None)) is not None:
            memory.append(self.chat.wait(max(timer.due - self.chat.now, datetime.timedelta(0))))
            self.clock.now = self.chat.now
            stored += [turn for turn in await self.host.tick() if turn.conversation == self.name]
        self.chat.wait(until - self.chat.now)
        self.clock.now = until
        return _told(memory), _told(stored)


def _told(turns: Sequence[Turn | Served]) -> Told:
    """Return what turns tell, one after the other: all that was done and said, and where it ended."""
    told: Told = {}
    for turn in turns:
        data = turn.to_json()
        told |= {name: data[name] if name in LAST else told.get(name, []) + data[name] for name in ANSWERS}
    return told


async def parts_from_host(flow: Flow, host: Host, clock: Clock, acts: Sequence[Act], name: str) -> Difference | None:
    """Play a conversation with a host and once more in memory; returns where they first part, or None where they never do.

    Args:
        flow: the flow that the host serves.
        host: a `csflow.Host(flow, store, clock=clock, background=False)`, entered.
        clock: the clock that the host reads; it is moved on by the conversation's waits.
        acts: what happens, such as one of `customers(flow)`.
        name: the conversation's id, which the host does not know yet.
    """
    return await Side(flow, host, clock, name).first(acts)
