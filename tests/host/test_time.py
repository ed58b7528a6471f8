"""Time as it comes: clocks that jump, days that are shorter, hosts that were down for days."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Awaitable, Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from csflow import Flow, Host
from csflow.testing import Clock
from tests.flows import Shop
from tests.host.test_host import Phone

RULES = """
rules:
  - when: started
    choose: [{id: welcome, say: 您好。, go: identify_need}]
  - when: buy
    choose: [{id: bought, say: 好的。, go: close}]
follow_ups:
  first: {since: buy, after: 1h, say: 一。}
  second: {since: buy, after: 26h, say: 二。}
  third: {since: buy, after: 3d, say: 三。}
  log: {since: buy, after: 2h, do: [{notify: till}]}
"""
BERLIN = ZoneInfo("Europe/Berlin")
Talk = Callable[[Host, Clock, Phone], Awaitable[Any]]


def run(flow: Flow, url: str, clock: Clock, talk: Talk) -> None:
    """Run a talk with a host whose time is set by hand."""

    async def main() -> None:
        phone = Phone()
        async with Host(flow, store=url, channel=phone, clock=clock, background=False) as host:
            await host.receive("b1", "我要了")
            await talk(host, clock, phone)

    asyncio.run(main())


async def told(host: Host, phone: Phone) -> list[str]:
    """Return what reaches the channel by now: texts in their order, then the notice that has a lane of its own."""
    before = len(phone.got)
    await host.tick()
    await host.deliver()
    return sorted((message.text or message.name for message in phone.got[before:]), key="till".__eq__)


def test_a_clock_that_jumps(shop: Shop, url: str, clock: Clock) -> None:
    """Forward: what is due comes at once, in order. Back: nothing comes twice, and nothing is lost."""

    async def talk(host: Host, clock: Clock, phone: Phone) -> None:
        assert await told(host, phone) == ["您好。", "好的。"]
        clock.advance("4h")
        assert await told(host, phone) == ["一。", "till"]
        clock.now -= datetime.timedelta(days=2)
        assert await told(host, phone) == []
        assert (await host.receive("b1", "我要了")).replies == ("好的。",)
        clock.advance("76h")
        assert await told(host, phone) == ["好的。", "一。", "二。", "till"]

    run(shop(RULES, "limits: {late: 2d}\n"), url, clock, talk)


def test_a_host_that_was_down_for_days(shop: Shop, url: str, clock: Clock) -> None:
    """What fell due meanwhile comes in the order of its times; what is too late is not said, what only acts is done."""

    async def talk(host: Host, clock: Clock, phone: Phone) -> None:
        await told(host, phone)
        clock.advance("2d")
        assert await told(host, phone) == ["二。", "till"]
        clock.advance("1d")
        assert await told(host, phone) == ["三。"]

    run(shop(RULES), url, clock, talk)


@pytest.mark.parametrize(
    ("begin", "due"),
    [
        ("2027-03-27T20:30", "2027-03-28T09:00"),  # the night has 23 hours
        ("2026-10-24T20:30", "2026-10-25T09:00"),  # the night has 25
        ("2027-03-27T08:30", "2027-03-27T09:30"),
    ],
)
def test_summer_time(shop: Shop, url: str, begin: str, due: str) -> None:
    """Where the clocks change, the contact hours are those on the wall, and what is due comes once."""

    async def talk(host: Host, clock: Clock, phone: Phone) -> None:
        await told(host, phone)
        clock.now = moment(due) - datetime.timedelta(seconds=1)
        assert [text for text in await told(host, phone) if text != "till"] == []
        clock.advance("1s")
        assert [text for text in await told(host, phone) if text != "till"] == ["一。"]

    def moment(text: str) -> datetime.datetime:
        return datetime.datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(datetime.UTC)

    run(shop(RULES, "timezone: Europe/Berlin\n"), url, Clock(moment(begin)), talk)
