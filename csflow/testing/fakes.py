"""What a bot's tests put in the place of the world: a clock that is set by hand, a host that answers as told, kept replies."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping
from difflib import unified_diff
from functools import partial
from pathlib import Path
from typing import Any

from csflow.check.replay import BEGIN, begin
from csflow.conversation import Conversation
from csflow.events import Effect, Turn
from csflow.flow import Flow
from csflow.notation import read_duration
from csflow.testing.stubs import Stub, read_answers

UPDATE = "CSFLOW_UPDATE"


class Clock:
    """A clock that stands still until it is moved; call it for the time, as a bot calls its own."""

    def __init__(self, now: datetime.datetime | None = None) -> None:
        self.now = now or BEGIN.replace(tzinfo=datetime.UTC)

    def __call__(self) -> datetime.datetime:
        return self.now

    def advance(self, span: str | datetime.timedelta) -> datetime.datetime:
        """Move the clock on by `2d` or a timedelta, and return the new time."""
        self.now += datetime.timedelta(seconds=read_duration(span)) if isinstance(span, str) else span
        return self.now


class FakeHost:
    """A host without I/O: conversations by customer on one clock, calls answered by stubs, everything said kept.

    `calls` maps the names of calls to answers as a conversation test has them: facts, `done`, `denied`, `failed`, or a list
    of these in turn. `lines` is what was said by and to whom, `effects` what the flow asked of the host.
    """

    def __init__(self, flow: Flow, calls: Mapping[str, Any] | None = None, *, clock: Clock | None = None, seed: int = 0) -> None:
        self.flow, self.seed = flow, seed
        self.clock = clock or Clock(begin(flow))
        self.stubs = {name: Stub(read_answers(answers)) for name, answers in (calls or {}).items()}
        self.chats: dict[str, Conversation] = {}
        self.lines: list[str] = []
        self.effects: list[Effect] = []

    def chat(self, customer: str) -> Conversation:
        """Return a customer's conversation, which begins with this call if there is none."""
        if customer not in self.chats:
            start = partial(self.flow.start, {"id": customer} if "customer.id" in self.flow.fact_types else None)
            self.chats[customer] = start(now=self.clock.now, seed=self.seed, actions=self.stubs)
        return self.chats[customer]

    def receive(self, customer: str, *texts: str) -> Turn:
        """Take a customer's message, several texts as one burst."""
        self.lines += [f"{customer} > {text}" for text in texts]
        return self._kept(customer, self.chat(customer).say(*texts))

    def event(self, customer: str, name: str, facts: Mapping[str, Any] | None = None) -> Turn:
        """Take a report of the shop or a call's outcome."""
        return self._kept(customer, self.chat(customer).event(name, facts))

    def tell(self, customer: str, facts: Mapping[str, Any]) -> Turn:
        """Take facts of the shop."""
        return self._kept(customer, self.chat(customer).tell(facts))

    def wait(self, span: str | datetime.timedelta) -> dict[str, Turn]:
        """Let time pass for everybody; returns by customer what fell due."""
        before = self.clock.now
        passed = self.clock.advance(span) - before
        return {customer: self._kept(customer, chat.wait(passed)) for customer, chat in self.chats.items()}

    def called(self, call: str) -> list[Mapping[str, Any]]:
        """Return the values that a stubbed call was given, one entry a time."""
        return self.stubs[call].given

    def _kept(self, customer: str, turn: Turn) -> Turn:
        self.lines += [f"{customer} < {reply}" for reply in turn.replies]
        self.effects += turn.effects
        return turn


def agree_with_file(path: str | Path, lines: list[str]) -> None:
    """Compare lines, such as `FakeHost.lines`, with those kept in a file; the first time, or if CSFLOW_UPDATE is set, keep them.

    Raises:
        AssertionError: they differ, with the difference.
        OSError: the file cannot be read or written.
    """
    path = Path(path)
    if not path.exists() or os.environ.get(UPDATE):
        path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
        return
    diff = list(unified_diff(path.read_text("utf-8").splitlines(), lines, str(path), "now", lineterm=""))
    if diff:
        raise AssertionError("\n".join([f"what was said differs from {path} (set {UPDATE}=1 to keep the new):", *diff]))
