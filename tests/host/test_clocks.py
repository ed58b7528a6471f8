"""The service clocks: 15 seconds to the first answer, 20 to any other, until the answer has really left."""

from __future__ import annotations

import datetime

import pytest

from csflow import Flow, Host
from csflow.host.clocks import ANSWER, FIRST, Heard, Left, Wait, waits
from csflow.testing import Clock
from tests.flows import Shop
from tests.host.test_desk import DESK, PROFILE
from tests.host.test_host import Phone, run

NOON = datetime.datetime(2026, 11, 2, 12, tzinfo=datetime.UTC)


def at(seconds: float) -> datetime.datetime:
    return NOON + datetime.timedelta(seconds=seconds)


def message(seq: int, seconds: float, state: str = "identify_need") -> Heard:
    return Heard("b", seq, "message", state, at(seconds))


def staff(seq: int, seconds: float) -> Heard:
    return Heard("b", seq, "staff", "handoff", at(seconds))


def left(seq: int, seconds: float | None) -> Left:
    return Left("b", seq, None if seconds is None else at(seconds))


CASES = {
    "answered by its own turn": ([message(1, 0)], [left(1, 2)], [(True, "bot", 2.0)]),
    "the first of several replies counts": ([message(1, 0)], [left(1, 2), left(1, 9)], [(True, "bot", 2.0)]),
    "nothing has left yet": ([message(1, 0)], [left(1, None)], [(True, "bot", None)]),
    "a later turn answers, as when a look-up comes back": ([message(1, 0)], [left(2, 12)], [(True, "bot", 12.0)]),
    "only the first of a visit has the short clock": (
        [message(1, 0), message(2, 30)], [left(1, 1), left(2, 33)], [(True, "bot", 1.0), (False, "bot", 3.0)],
    ),
    "a visit after the farewell begins anew": (
        [message(1, 0, "farewell.closed"), message(2, 900)], [left(1, 1), left(2, 904)], [(True, "bot", 1.0), (True, "bot", 4.0)],
    ),
    "the bot hands over with a word of its own": (
        [message(1, 0, "handoff"), staff(2, 40)], [left(1, 1), left(2, 41)], [(True, "bot", 1.0)],
    ),
    "in a hand-over only a person's word counts": (
        [message(1, 0, "handoff"), message(2, 10, "handoff"), staff(4, 40)], [left(1, 1), left(3, 12), left(4, 41)],
        [(True, "bot", 1.0), (False, "staff", 31.0)],
    ),
    "no person wrote": (
        [message(1, 0, "handoff"), message(2, 10, "handoff")], [left(1, 1), left(3, 12)],
        [(True, "bot", 1.0), (False, "staff", None)],
    ),
    "a clock that went back counts as none": ([message(1, 5)], [left(1, 4)], [(True, "bot", 0.0)]),
}  # fmt: skip


@pytest.mark.parametrize(("log", "replies", "expected"), CASES.values(), ids=CASES)
def test_waits(log: list[Heard], replies: list[Left], expected: list[tuple[bool, str, float | None]]) -> None:
    """Each message's wait runs from its arrival to the first answer that left."""
    found = [(one.first, one.by, None if one.waited is None else one.waited.total_seconds()) for one in waits(log, replies)]
    assert found == [(first, by, waited) for first, by, waited in expected]


@pytest.mark.parametrize(
    ("first", "waited", "now", "late"),
    [
        (True, FIRST, 99, False),
        (True, ANSWER, 99, True),
        (False, ANSWER, 99, False),
        (True, None, 15, False),
        (True, None, 16, True),
    ],
)
def test_too_late(first: bool, waited: datetime.timedelta | None, now: int, late: bool) -> None:
    """At the limit is in time; what has no answer yet is late once the limit has passed."""
    assert Wait("b", 1, NOON, first, "bot", waited).late(at(now)) is late


def test_a_host_measures_what_really_left(shop: Shop, url: str, clock: Clock) -> None:
    """A reply counts when the channel has taken it, a person's answer too; messages before the period do not count."""
    flow: Flow = shop(DESK, PROFILE)

    async def talk(host: Host, clock: Clock) -> None:
        await host.receive("old", "在吗")
        clock.advance("1h")
        began = clock()
        await host.receive("b42", "在吗")
        clock.advance("16s")
        await host.deliver()
        await host.receive("b42", "转人工")
        await host.deliver()
        await host.receive("b42", "人呢")
        clock.advance("50s")
        await host.take_over("b42", "来了。", by="王")
        await host.deliver()
        found = [(one.conversation, one.first, one.by, one.waited, one.late(clock())) for one in await host.desk.clocks(began)]
        seconds = [datetime.timedelta(seconds=n) for n in (16, 0, 50)]
        assert found == [
            ("b42", True, "bot", seconds[0], True),
            ("b42", False, "bot", seconds[1], False),
            ("b42", False, "staff", seconds[2], True),
        ]

    run(flow, url, talk, clock, Phone())
