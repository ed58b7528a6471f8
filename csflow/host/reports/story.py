"""The log of a store read as stories: all that happened in one conversation, in order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from csflow.host.reports.period import Period, microseconds
from csflow.host.reports.queries import log, log_length

WEEK = 7 * 24 * 3600 * 1_000_000
"""How long what follows counts as a consequence, in microseconds."""
BOUGHT = ("ordered", "paid")
Tell = Callable[[int, int], None]


class Happening:
    """One event of a conversation: when, of what kind, what it was and what came of it."""

    __slots__ = ("at", "conversation", "data", "kind", "root", "seq", "turn")

    def __init__(self, conversation: str, seq: int, kind: str, data: str, turn: str, at: int) -> None:
        self.conversation, self.seq, self.kind, self.data, self.at = conversation, seq, kind, data, at
        self.turn: Mapping[str, Any] = json.loads(turn)
        self.root = str(self.turn["state"]).partition(".")[0]

    @property
    def fields(self) -> Any:
        """The fields of the event, as the log keeps them."""
        return json.loads(self.data)

    @property
    def is_message(self) -> bool:
        """Whether the customer wrote."""
        return self.kind == "message"

    @property
    def bought(self) -> bool:
        """Whether the shop reported an order or a payment."""
        return self.kind == "report" and self.fields[0] in BOUGHT


class Story:
    """What happened in a conversation, from a week before a period to a week after it."""

    def __init__(self, happenings: list[Happening], since: int, until: int) -> None:
        self.all, self.since, self.until = happenings, since, until

    @cached_property
    def inside(self) -> list[int]:
        """The places of what happened within the period."""
        return [place for place, one in enumerate(self.all) if self.since <= one.at < self.until]

    @cached_property
    def messages(self) -> list[int]:
        """The places of the customer's messages within the period."""
        return [place for place in self.inside if self.all[place].is_message]

    def came_to(self, root: str, place: int) -> bool:
        """Tell whether the conversation came to a root with what happened at a place."""
        return self.all[place].root == root and (place == 0 or self.all[place - 1].root != root)

    def complains(self, place: int) -> bool:
        """Tell whether a complaint began here; where a person gives one back, it goes on."""
        return self.came_to("complaint", place) and (place == 0 or self.all[place - 1].root != "handoff")

    def after(self, place: int) -> range:
        """Return the places of what happened within a week after a place."""
        last = self.all[place].at + WEEK
        return range(place + 1, next((n for n in range(place + 1, len(self.all)) if self.all[n].at > last), len(self.all)))


def stories(connection: sa.Connection, period: Period, flow: str | None = None, tell: Tell | None = None) -> Iterator[Story]:
    """Yield the conversations in which something happened within a period, one in memory at a time."""
    since, until = microseconds(period.since), microseconds(period.until)
    rows = log(connection, since - WEEK, until + WEEK, flow)
    if tell:
        rows = _told(rows, tell, log_length(connection, since - WEEK, until + WEEK, flow))
    happenings = (Happening(*row) for row in rows)
    for _, told in groupby(happenings, attrgetter("conversation")):
        story = Story(list(told), since, until)
        if story.inside:
            yield story


def _told(rows: Iterable[Any], tell: Tell, total: int) -> Iterator[Any]:
    for done, row in enumerate(rows):
        if done % 500 == 0:
            tell(done, total)
        yield row
