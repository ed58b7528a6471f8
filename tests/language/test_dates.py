"""Days as customers say them."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csflow.language.dates import DateSpan, read_date

WEDNESDAY = datetime.date(2026, 11, 4)
DAYS = [
    ("今天", "2026-11-04"),
    ("明天", "2026-11-05"),
    ("大后天", "2026-11-07"),
    ("昨晚", "2026-11-03"),
    ("tomorrow", "2026-11-05"),
    ("周五", "2026-11-06"),
    ("周三", "2026-11-04"),
    ("周一", "2026-11-09"),
    ("这周一", "2026-11-02"),
    ("下周一", "2026-11-09"),
    ("下下周日", "2026-11-22"),
    ("上个星期五", "2026-10-30"),
    ("周末", "2026-11-07"),
    ("next monday", "2026-11-09"),
    ("friday", "2026-11-06"),
    ("11月3号", "2026-11-03"),
    ("1月5日", "2027-01-05"),
    ("十二月十号", "2026-12-10"),
    ("11/3", "2026-11-03"),
    ("2026-11-03", "2026-11-03"),
    ("2025年2月30日", "2025-02-28"),
    ("2025年12月31日", "2025-12-31"),
    ("10号", "2026-11-10"),
    ("30号", "2026-10-30"),
]


@pytest.mark.parametrize(("text", "expected"), DAYS)
def test_reads(text: str, expected: str) -> None:
    """Each way of naming a day, said on a Wednesday, means one day."""
    span = read_date(text)
    assert span is not None
    assert span.on(WEDNESDAY).isoformat() == expected


@pytest.mark.parametrize("text", ["13月3号", "0月1日", "40号"])
def test_no_such_day(text: str) -> None:
    """A day or month that no calendar has is none."""
    assert read_date(text) is None


@given(st.dates(datetime.date(1990, 1, 1), datetime.date(2090, 1, 1)), st.integers(0, 6))
def test_next_weekday(today: datetime.date, weekday: int) -> None:
    """A bare weekday is within the next seven days and falls on that weekday."""
    day = DateSpan(weekday=weekday).on(today)
    assert 0 <= (day - today).days < 7
    assert day.weekday() == weekday
