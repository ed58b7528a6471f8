"""Who looks after a conversation when something in it is due; what is due, and whether it still is, the conversation knows."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import sqlalchemy as sa

from csflow.errors import CsflowError
from csflow.host.acts import Served


class Alarm(NamedTuple):
    """A conversation that was served: the number of its last event, when it is due next, if it is, and the time of the turn."""

    conversation: str
    number: int
    due: datetime.datetime | None
    now: datetime.datetime


class Keeper(Protocol):
    """What a timer backend wakes: a host."""

    async def look_after(self, conversation: str, at: datetime.datetime) -> Sequence[Served]:
        """Do what is due in a conversation at a time."""
        ...

    async def tick(self) -> Sequence[Served]:
        """Do all that is due."""
        ...


class TimerBackend(Protocol):
    """Sees to it that a conversation is looked after at or after a time, at least once; the conversation re-checks itself.

    `polled` tells that the host has to look for what is due by itself, all the time.
    """

    polled: bool

    def arm(self, connection: sa.Connection, alarms: Sequence[Alarm]) -> None:
        """Take note, in the transaction of the turns, of when conversations are due."""
        ...

    async def start(self, keeper: Keeper, *, background: bool) -> None:
        """Begin to wake a host, if it works in the background, once the store's tables are there."""
        ...

    async def close(self) -> None:
        """End."""
        ...


class Polled:
    """Nothing but the store: each conversation's row tells when it is due, and hosts look now and again."""

    polled = True

    def arm(self, connection: sa.Connection, alarms: Sequence[Alarm]) -> None:
        """Do nothing: the rows tell it."""

    async def start(self, keeper: Keeper, *, background: bool) -> None:
        """Do nothing: the host looks by itself."""

    async def close(self) -> None:
        """Do nothing."""


def backend(name: str | TimerBackend, url: str) -> TimerBackend:
    """Return a timer backend: `polled`, `dbos`, or one of your own.

    Raises:
        CsflowError: there is none of that name, or it cannot be used here.
    """
    if not isinstance(name, str):
        return name
    if name == "polled":
        return Polled()
    if name == "dbos":
        return _dbos(url)
    raise CsflowError(f"there are no timers {name!r}; write polled or dbos")


def _dbos(url: str) -> TimerBackend:
    try:
        from csflow.host.durable import Durable
    except ModuleNotFoundError as error:
        raise CsflowError(f"timers='dbos' needs the package {error.name}: install csflow[durable]") from None
    return Durable(url)
