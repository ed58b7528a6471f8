"""Dates as customers say them: 明天, 下周一, 11月3号, next monday."""

import datetime
import re
from typing import NamedTuple

from csflow.language.numbers import number

_DAYS = {
    "大前天": -3, "前天": -2, "昨天": -1, "昨日": -1, "昨晚": -1, "今天": 0, "今日": 0, "今晚": 0, "今早": 0, "明天": 1,
    "明日": 1, "明早": 1, "明晚": 1, "后天": 2, "大后天": 3, "yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1,
}  # fmt: skip
_WEEKDAYS = {letter: day for day, letter in enumerate("一二三四五六日")} | {"天": 6, "末": 5}
_ENGLISH = {name: day for day, name in enumerate(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])}
_N = "[0-9]{1,2}|[一二三四五六七八九十]{1,3}"

PATTERN = (
    rf"(?<![0-9])(?:19|20)[0-9]{{2}}[-/.年](?:1[0-2]|0?[1-9])[-/.月](?:3[01]|[12][0-9]|0?[1-9])(?![0-9])[日号]?"
    rf"|(?<![0-9])(?:{_N})月(?:{_N})[日号]?"
    rf"|(?<![0-9./])(?:1[0-2]|0?[1-9])/(?:3[01]|[12][0-9]|0?[1-9])(?![0-9./])"
    rf"|(?<![0-9a-z.])(?:{_N})[号日](?![线楼店码色款内])"
    r"|(?:下下|上上|[下上这本])?个?(?:周|星期|礼拜)[一二三四五六日天末]"
    r"|\b(?:next |last |this )?(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)day\b"
    + "|" + "|".join(rf"\b{word}\b" if word.isascii() else word for word in sorted(_DAYS, key=len, reverse=True))
)  # fmt: skip
"""Where a date stands in normalised text."""


class DateSpan(NamedTuple):
    """A day as it was said: fixed parts, or days or weeks from the day it is read on."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    days: int | None = None
    weekday: int | None = None
    weeks: int | None = None

    def on(self, today: datetime.date) -> datetime.date:
        """The day meant, said `today`; without a year or month the nearest such day, without a week the next."""
        if self.days is not None:
            return today + datetime.timedelta(days=self.days)
        if self.weekday is not None:
            return self._in_week(today, self.weekday)
        if self.year is not None:
            return _clamped(self.year, self.month or 1, self.day or 1)
        return min(self._near(today), key=lambda date: (abs(date - today), date < today))

    def _in_week(self, today: datetime.date, weekday: int) -> datetime.date:
        ahead = weekday - today.weekday()
        return today + datetime.timedelta(days=ahead % 7 if self.weeks is None else ahead + 7 * self.weeks)

    def _near(self, today: datetime.date) -> list[datetime.date]:
        if self.month is not None:
            return [_clamped(today.year + shift, self.month, self.day or 1) for shift in (-1, 0, 1)]
        months = [divmod(today.year * 12 + today.month - 1 + shift, 12) for shift in (-1, 0, 1)]
        return [_clamped(year, month + 1, self.day or 1) for year, month in months]


def _clamped(year: int, month: int, day: int) -> datetime.date:
    year = max(datetime.MINYEAR, min(year, datetime.MAXYEAR))
    return datetime.date(year, month, min(day, _last(year, month)))


def _last(year: int, month: int) -> int:
    """The last day of a month, without `calendar`, which is slow to import."""
    return 31 if month == 12 else (datetime.date(year, month + 1, 1) - datetime.timedelta(1)).day


def read_date(text: str) -> DateSpan | None:
    """The day that a text found by `PATTERN` names, or `None` where there is no such day."""
    if text in _DAYS:
        return DateSpan(days=_DAYS[text])
    if text[-1] in _WEEKDAYS and re.search("周|星期|礼拜", text):
        return DateSpan(weekday=_WEEKDAYS[text[-1]], weeks=_weeks(text))
    if text.endswith("day"):
        week, _, name = text.rpartition(" ")
        return DateSpan(weekday=_ENGLISH[name[:3]], weeks={"next": 1, "last": -1, "this": 0}.get(week))
    return _fixed([int(number(part)) for part in re.findall("[0-9]+|[一二三四五六七八九十]+", text)])


def _weeks(text: str) -> int | None:
    if text[0] in "这本":
        return 0
    said = text.count("下") - text.count("上")
    return said or None


def _fixed(parts: list[int]) -> DateSpan | None:
    year, month, day = ([None] * (3 - len(parts)) + list(parts))[-3:] if len(parts) < 3 else parts
    if not 1 <= (day or 0) <= 31 or (month is not None and not 1 <= month <= 12):
        return None
    return DateSpan(year, month, day)
