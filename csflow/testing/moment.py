"""One turn as invariants see it: what was before, what happened, what came of it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from csflow.draft import Draft
from csflow.events import Due, Event, Message, Turn
from csflow.flow import Flow
from csflow.snapshot import Snapshot


class Moment:
    """A turn with the snapshot and the event it came from, for invariants to judge.

    `refused` says that the customer's last words were a clear no, at most 30 days ago, `unasked` how many messages time alone
    has sent in 30 days since the customer last wrote or the shop last reported, this turn's counted.
    """

    def __init__(self, flow: Flow, before: Snapshot, event: Event, now: datetime.datetime, turn: Turn) -> None:
        self.flow, self.before, self.event, self.now, self.turn = flow, before, event, now, turn
        self.refused, self.unasked = False, 0

    @property
    def after(self) -> Snapshot:
        """The snapshot after the turn."""
        return self.turn.snapshot

    @property
    def replies(self) -> Sequence[str]:
        """What the shop said."""
        return self.turn.replies

    @property
    def said(self) -> str:
        """All that the shop said in this turn, a message a line."""
        return "\n".join(self.turn.replies)

    @property
    def written(self) -> str:
        """What the customer wrote, empty where the event is no message."""
        return "\n".join(self.event.texts) if isinstance(self.event, Message) else ""

    @property
    def proactive(self) -> bool:
        """Whether a follow-up spoke up by itself."""
        return isinstance(self.event, Due) and self.event.timer.kind == "follow_up" and bool(self.replies)

    @property
    def opted_in(self) -> bool:
        """Whether the customer agreed to hear of offers just now."""
        before, after = (snapshot.facts.get("customer.opt_in") is True for snapshot in (self.before, self.after))
        return after and not before

    @cached_property
    def draft(self) -> Draft:
        """The snapshot after the turn, for reading facts."""
        return Draft(self.flow, self.after, self.now)

    def fact(self, name: str) -> Any:
        """Return a fact's value after the turn, money in minor units; None where it is unknown."""
        return self.flow.fact(name)(self.draft)

    def noted(self, words: str) -> str | None:
        """Return the first note of the turn's `why` that holds some words."""
        return next((note for note in self.turn.why.notes if words in note), None)


Verdict = str | bool | None
Invariant = Callable[[Moment], Verdict]
"""Judges one turn: False or a sentence says that it is broken, as does an AssertionError; True and None that it holds."""
