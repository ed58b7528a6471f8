"""The time that a report is about, cut into days, weeks or months of the shop's zone."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import NamedTuple

from csflow.host.schema import EPOCH, MICROSECOND

BY = ("day", "week", "month")
QUARTER = 15 * 60 * 1_000_000
"""Microseconds of a quarter of an hour: within one the date does not change in any zone."""
MIDNIGHT = datetime.time(0)


class Period(NamedTuple):
    """From `since` until just before `until`, both with a zone; days, weeks (from Monday) or months are those of `zone`."""

    since: datetime.datetime
    until: datetime.datetime
    zone: datetime.tzinfo
    by: str = "day"

    def starts(self) -> Iterator[datetime.date]:
        """Yield the first day of each part; none of a period without length."""
        if self.since == self.until:
            return
        day, last = start(self._day(self.since), self.by), self._day(self.until - MICROSECOND)
        while day <= last:
            yield day
            day = following(day, self.by)

    def _day(self, moment: datetime.datetime) -> datetime.date:
        return moment.astimezone(self.zone).date()


class Parts:
    """Finds the part of a period that a moment belongs to, by its first day."""

    def __init__(self, period: Period) -> None:
        self.period = period
        self._known: dict[int, datetime.date] = {}

    def of(self, at: int) -> datetime.date:
        """Return the first day of the part; `at` is in microseconds since 1970."""
        quarter = at // QUARTER
        if quarter not in self._known:
            day = (EPOCH + quarter * QUARTER * MICROSECOND).astimezone(self.period.zone).date()
            self._known[quarter] = start(day, self.period.by)
        return self._known[quarter]


def start(day: datetime.date, by: str) -> datetime.date:
    """Return the first day of the day, week or month that a day belongs to."""
    return day.replace(day=1) if by == "month" else day - datetime.timedelta(days=day.weekday()) if by == "week" else day


def following(day: datetime.date, by: str) -> datetime.date:
    """Return the first day of the next part."""
    if by == "month":
        return start(day + datetime.timedelta(days=31), by)
    return day + datetime.timedelta(days=7 if by == "week" else 1)


def microseconds(moment: datetime.datetime) -> int:
    """Return a moment as the store keeps it."""
    return (moment - EPOCH) // MICROSECOND
