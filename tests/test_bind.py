"""What each name in a condition reads: working days, claims, counters, states, tags, calls."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csflow.bind import Calendar, below, matches
from tests.flows import NOW, Talk

MONDAY = datetime.date(2026, 11, 2)
DAY = 86400


def calendar(holidays: set[str] = set(), workdays: set[str] = set()) -> Calendar:  # noqa: B006 - never changed
    read = datetime.date.fromisoformat
    return Calendar(frozenset(map(read, holidays)), frozenset(map(read, workdays)))


@pytest.mark.parametrize(("count", "days"), [(0, 0), (-3, 0), (1, 1), (4, 4), (5, 7), (10, 14)])
def test_working_days(count: int, days: int) -> None:
    """Working days are Monday to Friday, counted from the day after."""
    assert calendar().span(MONDAY, count) == days * DAY


def test_holidays_and_make_up_days() -> None:
    """A holiday does not count, a make-up day at the weekend does."""
    assert calendar({"2026-11-03"}).span(MONDAY, 1) == 2 * DAY
    assert calendar(workdays={"2026-11-07"}).span(MONDAY, 5) == 5 * DAY
    assert calendar({"2026-11-07"}, {"2026-11-07"}).works(datetime.date(2026, 11, 7))


@given(start=st.dates(datetime.date(2020, 1, 1), datetime.date(2030, 1, 1)), count=st.integers(1, 400))
def test_working_days_end_on_one(start: datetime.date, count: int) -> None:
    """A span of working days ends on a working day, and holds so many of them, at most 366."""
    shop = calendar({"2026-10-01", "2026-10-02"}, {"2026-10-10"})
    span = shop.span(start, count) // DAY
    days = [start + datetime.timedelta(days=n) for n in range(1, span + 1)]
    assert shop.works(days[-1])
    assert sum(map(shop.works, days)) == min(count, 366)


def test_segments_and_paths() -> None:
    """A segment is a run of whole parts of an id; a state is below its own path."""
    assert matches("push", "price.push.one")
    assert matches("price.push", "price.push.one")
    assert not matches("pus", "price.push.one")
    assert not matches("price.one", "price.push.one")
    assert below("close", "close.pay")
    assert below("close", "close")
    assert not below("close", "closed")


READING = """
facts: {claims.rate: claim, shop.note: text, store.name: text}
calls: {boss: {by: lead, within: 20m}}
states: {close.pay: {}}
rules:
  - when: ask_price
    choose: [{id: price, if: CONDITION, say: 是}, {id: no, else: true, say: 否}]
  - when: buy
    choose: [{id: buy, else: true, say: 好, go: close.pay, do: [{tag: {mood: good}}, {grant: gift}, {call: boss}]}]
"""
STORE = """
store: {name: 木言}
claims: {rate: {value: 5%, evidence: 月度报表, as_of: 2026-10-31, valid_for: 3d}}
holidays: ["2026-11-03"]
"""


@pytest.mark.parametrize(
    ("condition", "before", "after"),
    [
        ("in_state(close)", False, True),
        ("in_state(close.pay)", False, True),
        ("in_state(greet)", True, False),
        ("tags.mood == good", False, True),
        ("granted.gift == 1", False, True),
        ("used(buy) == 1", False, True),
        ("used(price) == 0", True, False),
        ("times(buy) == 1", False, True),
        ("calls.boss.within == 20m", True, True),
        ("known(claims.rate)", True, True),
        ("claims.rate.as_of < today", True, True),
        ("known(claims.rate.evidence)", True, True),
        ("store.name == '木言'", True, True),
        ("known(shop.note)", False, False),
        ("workdays(1) == 2d", True, True),
        ("known(workdays(granted.gift))", True, True),
        ("misses == 0", True, True),
        ("known(outcome)", False, False),
        ("known(channel)", False, False),
    ],
)
def test_what_names_read(talk: Talk, condition: str, before: bool, after: bool) -> None:
    """Every name reads what the language page says of it, before and after a rule changed the ledgers."""
    chat = talk(READING.replace("CONDITION", f'"{condition}"'), STORE + "limits: {repeats: 0}\n")
    assert (chat.say("多少钱").rules == ("price",)) is before
    chat.say("我要了")
    assert (chat.say("多少钱").rules == ("price",)) is after


def test_a_claim_runs_out(talk: Talk) -> None:
    """A claim is known up to the end of its validity, and unknown afterwards."""
    chat = talk(READING.replace("CONDITION", "known(claims.rate)"), STORE, now=NOW.replace(day=3, hour=23))
    assert chat.say("多少钱").rules == ("price",)
    chat.wait("1h")
    assert chat.say("多少钱").rules == ("no",)


def test_a_claim_without_evidence_is_unknown(talk: Talk) -> None:
    """A claim that the profile does not make is unknown, with all its parts."""
    chat = talk(READING.replace("CONDITION", "known(claims.rate) or known(claims.rate.as_of)"))
    assert chat.say("多少钱").rules == ("no",)
