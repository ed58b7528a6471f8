"""Reports: every figure counted by hand for a small store, the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import datetime
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from csflow import Flow, Host
from csflow.host import Outgoing, schema
from csflow.host.reports import Report, report
from csflow.host.reports.masking import masked
from csflow.host.reports.period import Period, following, start
from csflow.host.reports.story import WEEK, Happening, Story
from csflow.host.reports.tables import quantile
from csflow.host.reports.talks import outcome
from csflow.host.store import Store
from csflow.testing import Clock
from tests.flows import NOW, Shop
from tests.host.weeks import fill

STALL = """
facts: {order.total: money}
intents:
  offer: {phrases: [折扣]}
  ask_ship: {phrases: [几点发]}
events:
  opted_out: {}
calls:
  discount: {by: supervisor, within: 20m}
rules:
  - when: started
    choose: [{id: talk.welcome, say: 您好。, go: identify_need}]
  - when: ask_discount
    choose: [{id: price.small, say: 小店薄利。, go: handle_objection}]
  - when: buy
    choose: [{id: close.how, say: 直接拍就行。, go: close}]
  - when: offer
    choose: [{id: price.ask, do: [{call: discount}], say: 我去问。}]
  - when: discount.done
    choose: [{id: price.yes, do: [{grant: discount}, {record: {demand: [customer.id, order.total, slots.wish]}}], say: 批了。}]
  - when: discount.failed
    choose: [{id: price.late, say: 还没回话。}]
  - when: discount.denied
    choose: [{id: price.no, say: 没批。}]
  - when: ask_ship
    choose: [{id: ship.promise, do: [{promise: {dispatch: "货", by: 2h}}], say: 两小时内发。}]
  - when: shipped
    choose: [{id: ship.kept, do: [{keep: dispatch}], say: 发了。}]
  - when: dispatch.broken
    choose: [{id: ship.late, say: 抱歉，晚了。}]
  - when: complain
    choose: [{id: complaint.sorry, say: 对不起。, go: complaint}]
  - when: ask_human
    in: [everywhere]
    choose: [{id: talk.human, say: 我请同事来。, go: handoff}]
  - when: ask_stock
    choose: [{id: stock.wish, ask: wish}]
  - when: slots.wish
    choose: [{id: stock.noted, do: [{record: {demand: [customer.id, slots.wish]}}], say: 记下了。}]
  - when: unknown
    in: [everywhere]
    choose: [{id: talk.unknown, say: 没听懂。}]
slots:
  wish: {type: text, ask: 要什么颜色的？}
follow_ups:
  come_again: {since: price.small, after: 1d, purpose: marketing, say: 回来看看。}
"""


class Quick:
    async def send(self, message: Outgoing) -> None:
        """Take everything."""


class Day:
    """Leads conversations by hand: each message is replied to after so many seconds."""

    def __init__(self, host: Host, clock: Clock) -> None:
        self.host, self.clock = host, clock

    async def say(self, who: str, text: str, seconds: float) -> None:
        await self.host.receive(who, text)
        self.clock.advance(datetime.timedelta(seconds=seconds))
        await self.host.deliver()

    async def pass_by(self, span: str) -> None:
        self.clock.advance(span)
        await self.host.tick()
        await self.host.deliver()


async def lead(host: Host, clock: Clock) -> None:
    """Lead six conversations on Monday and Tuesday."""
    day = Day(host, clock)
    await day.say("anna", "便宜点", 4)
    await day.say("anna", "我要了", 16)
    await host.report("anna", "ordered")
    await host.report("anna", "paid")
    await host.tell("bert", {"customer": {"opt_in": True}})
    await day.say("bert", "便宜点", 30)
    await day.say("cora", "投诉", 1)
    await day.say("cora", "人工", 1)
    await day.say("cora", "在吗", 5)
    await day.say("cora", "人呢", 7)
    await host.take_over("cora", "我在。", by="lin")
    await host.give_back("cora", by="lin")
    await day.say("dora", "呱呱 13812345678", 1)
    await day.say("dora", "几点发", 1)
    await host.report("dora", "shipped")
    await day.pass_by("1d")  # bert is written to
    await day.say("bert", "便宜点", 1)
    await host.report("bert", "opted_out")
    await day.say("emil", "折扣", 1)
    clock.advance("89s")
    await host.approve("emil", "discount", by="zhou")
    await day.say("emil", "有货", 1)
    await day.say("emil", "红的", 1)
    await host.receive("finn", "折扣")
    await host.receive("finn", "几点发")
    await day.pass_by("3h")


@pytest.fixture
def stall(shop: Shop) -> Flow:
    return shop(STALL)


def made(flow: Flow, url: str, clock: Clock, **options: Any) -> Report:
    """Lead the conversations and report on them."""

    async def run() -> Report:
        async with Host(flow, store=url, channel=Quick(), clock=clock, background=False) as host:
            await lead(host, clock)
            return await host.look(partial(report, flow=flow, now=clock(), **options))

    return asyncio.run(run())


def rows(found: Report, name: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in found.table(name).rows]


def test_every_figure_is_as_counted_by_hand(stall: Flow, url: str, clock: Clock) -> None:
    """The conversations above, counted on paper."""
    found = made(stall, url, clock)
    assert dict(rows(found, "summary")) == {
        "conversations": 6, "new": 6, "messages": 15, "replies": 25, "not understood": 1, "orders": 1, "payments": 1,
        "complaints": 1, "hand-offs": 1,
    }  # fmt: skip
    assert rows(found, "course") == [
        ("2026-11-02", 4, 4, 9, 13, 1, 1, 1, 1, 1, 1 / 9),
        ("2026-11-03", 3, 2, 6, 12, 0, 0, 0, 0, 0, 0),
    ]
    assert rows(found, "funnel") == [
        ("greet", 6, 1, 0, 0, 0),
        ("identify_need", 3, 1 / 2, 3, 0, 3),
        ("handle_objection", 2, 1 / 3, 1, 0, 1),
        ("close", 1, 1 / 6, 1, 1, 0),
        ("farewell", 0, 0, 0, 0, 0),
        ("follow_up", 0, 0, 0, 0, 0),
    ]
    side = [("complaint", 1, 1 / 6, 0, 0, 0), ("after_sales", 0, 0, 0, 0, 0), ("handoff", 1, 1 / 6, 1, 0, 1)]
    assert rows(found, "side") == side


def test_outcomes_are_what_came_after_the_first_use(stall: Flow, url: str, clock: Clock) -> None:
    """Of two who found it dear one bought; what comes with or after an order takes no credit for it."""
    found = made(stall, url, clock)
    assert rows(found, "objections") == [("ask_discount", 3, 2, 1, 0, 1, 0, 0, 1 / 2)]
    families = {name: counts for name, *counts in rows(found, "techniques")}
    assert families["price"] == [7, 4, 1, 0, 3, 0, 0, 1 / 4]
    assert families["ship"] == [4, 2, 0, 0, 0, 2, 0, 0]
    assert families["close"] == [1, 1, 1, 0, 0, 0, 0, 1]


def test_what_was_heard_is_counted_and_masked(stall: Flow, url: str, clock: Clock) -> None:
    """Intents by messages and conversations; the number in the message that nobody understood is hidden."""
    found = made(stall, url, clock)
    assert rows(found, "intents")[:2] == [("ask_discount", 3, 2, 3 / 15), ("ask_ship", 2, 2, 2 / 15)]
    assert rows(found, "complaints") == [("complain", 1)]
    assert rows(found, "missed") == [("呱呱 138****5678", 1)]


def test_waits_are_from_the_message_to_what_left(stall: Flow, url: str, clock: Clock) -> None:
    """Thirteen messages had a reply: eight after a second, then 4, 16, 30, and two after the three hours without delivery."""
    found = made(stall, url, clock)
    assert rows(found, "responses") == [
        ("a reply", 13, 0, 1, 10_800, 10_800, 9 / 13, 10 / 13),
        ("a person", 1, 0, 12, 12, 12, 1, 1),
    ]
    assert [row[1] for row in rows(found, "spread")] == [8, 1, 0, 1, 1, 2]
    assert rows(found, "handoffs") == [("talk.human", 1, 1, 0, 13, 13, 13)]


def test_ledgers_and_follow_ups_are_counted(stall: Flow, url: str, clock: Clock) -> None:
    """One approval granted after 90 s and one late, a promise kept and one broken, a follow-up answered and stopped."""
    found = made(stall, url, clock)
    assert rows(found, "approvals") == [("supervisor", "discount", 2, 1, 0, 1, 0, 1, 90, 90)]
    assert rows(found, "promises") == [("dispatch", 2, 1, 1, 0, 0)]
    assert rows(found, "grants") == [("discount", 1, None)]
    assert (rows(found, "records"), rows(found, "contents")) == ([("demand", 2)], [("demand", "红的", 1)])
    assert rows(found, "follow_ups") == [("come_again", "marketing", 1, 1, 1, 1)]


def test_a_period_counts_what_happened_in_it(stall: Flow, url: str, clock: Clock) -> None:
    """Tuesday alone: what began on Monday is known, but not counted again."""
    tuesday = datetime.datetime(2026, 11, 3, tzinfo=NOW.tzinfo)
    found = made(stall, url, clock, since=tuesday, until=tuesday + datetime.timedelta(days=1))
    assert rows(found, "course") == [("2026-11-03", 3, 2, 6, 12, 0, 0, 0, 0, 0, 0)]
    assert rows(found, "objections") == [("ask_discount", 1, 1, 0, 0, 0, 1, 0, 0)]
    assert rows(found, "promises") == [("dispatch", 1, 0, 1, 0, 0)]


def test_what_cannot_be_known_is_no_zero(stall: Flow) -> None:
    """Nothing has left and nothing was said: no times, no shares, and a note that says why."""

    async def run() -> tuple[Report, Report]:
        async with Host(stall, clock=Clock(NOW), background=False) as host:
            empty = await host.look(report)
            await host.receive("anna", "便宜点")
            return empty, await host.look(report)

    empty, found = asyncio.run(run())
    assert rows(found, "responses")[0] == ("a reply", 0, 1, None, None, None, None, None)
    assert "cannot be known" in found.table("responses").note
    assert {row[1:] for row in rows(found, "spread")} == {(None, None)}
    assert rows(empty, "funnel")[0] == ("greet", 0, None, 0, 0, 0)
    assert rows(empty, "course") == []


def test_only_conversations_of_the_flow_count(stall: Flow, retail: Flow, tmp_path: Path, clock: Clock) -> None:
    """A store that two flows share is reported on one by one."""

    async def said(flow: Flow, who: str) -> Report:
        async with Host(flow, store=f"sqlite:///{tmp_path / 'two.db'}", clock=clock, background=False) as host:
            await host.receive(who, "便宜点")
            return await host.look(partial(report, flow=flow))

    asyncio.run(said(stall, "anna"))
    assert rows(asyncio.run(said(retail, "bert")), "summary")[0] == ("conversations", 1)


def test_the_days_add_up_to_the_whole(retail: Flow, tmp_path: Path) -> None:
    """Two weeks of a shop's life: what happened on the days is what happened in all, and what the log holds."""
    url = f"sqlite:///{tmp_path / 'weeks.db'}"
    asyncio.run(fill(url, retail, weeks=2, rounds=1, customers=6))
    store = Store(url)
    with store.reading() as connection:
        found = report(connection, flow=retail)
        logged = connection.execute(sa.select(schema.event.c.kind, sa.func.count()).group_by(schema.event.c.kind)).all()
    store.close()
    total = dict(rows(found, "summary"))
    days = [sum(column) for column in zip(*(row[2:10] for row in rows(found, "course")), strict=True)]
    assert days == [count for name, count in total.items() if name != "conversations"]
    assert total["messages"] == dict(map(tuple, logged))["message"]
    assert total["messages"] > 100
    assert sum(row[3] for name in ("funnel", "side") for row in rows(found, name)) == total["conversations"]


def test_a_report_holds_up_nobody_and_sees_one_moment(stall: Flow, url: str, clock: Clock) -> None:
    """While a report reads, a message is served at once; the report does not see it."""

    async def run() -> tuple[int, int]:
        async with Host(stall, store=url, clock=clock, background=False) as host:
            await host.receive("anna", "便宜点")
            with host.store.reading() as connection:
                before = report(connection)
                await asyncio.wait_for(host.receive("bert", "便宜点"), 30)
                after = report(connection)
            assert rows(before, "summary") == rows(after, "summary")
            return rows(before, "summary")[0][1], rows(await host.look(report), "summary")[0][1]

    assert asyncio.run(run()) == (1, 2)


def happened(seq: int, day: float, state: str, kind: str = "message", name: str = "") -> Happening:
    turn = {"state": state, "heard": [], "rules": [], "replies": [], "effects": []}
    return Happening("anna", seq, kind, json.dumps([name, None]), json.dumps(turn), round(day * WEEK / 7))


@pytest.mark.parametrize(
    ("before", "after", "came"),
    [
        ([], [], "left"),
        ([], [happened(2, 1, "greet")], "went on"),
        ([], [happened(2, 7.5, "greet")], "left"),
        ([], [happened(2, 1, "greet"), happened(3, 2, "close", "report", "paid")], "bought"),
        ([], [happened(2, 8, "close", "report", "paid")], "left"),
        ([], [happened(2, 1, "greet", "report", "shipped")], "left"),
        ([], [happened(2, 1, "complaint.facts")], "complained"),
        ([], [happened(2, 1, "complaint"), happened(3, 2, "close", "report", "ordered")], "bought"),
        ([happened(0, -1, "close", "report", "ordered")], [happened(2, 1, "close", "report", "paid")], "had bought"),
        ([happened(0, -1, "complaint")], [happened(2, 1, "handoff"), happened(3, 2, "complaint")], "went on"),
    ],
)
def test_what_came_after(before: list[Happening], after: list[Happening], came: str) -> None:
    """Within a week the first of bought, complained, went on; a complaint given back by a person is no new one."""
    story = Story([*before, happened(1, 0, "handle_objection"), *after], 0, WEEK)
    assert outcome(story, len(before)) == came


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("我的电话13812345678", "我的电话138****5678"),
        ("mail me: li.lei+shop@example.com now", "mail me: l****@example.com now"),
        ("看 https://x.example/a?b=1 这个", "看 ••• 这个"),
        ("单号 MY20261123002", "单号 •••"),
        ("地址：福田区梅林路8号", "地址：福田区****"),
        ("100元以内，M码，2件", "100元以内，M码，2件"),
        ("一\n 二", "一 二"),
        ("长" * 90, "长" * 79 + "…"),
    ],
)
def test_texts_are_masked(text: str, shown: str) -> None:
    """Numbers that name somebody, addresses and links are hidden; sizes and prices are not."""
    assert masked(text) == shown


@pytest.mark.parametrize(
    ("by", "first", "next_one"),
    [("day", "2026-11-05", "2026-11-06"), ("week", "2026-11-02", "2026-11-09"), ("month", "2026-11-01", "2026-12-01")],
)
def test_a_day_belongs_to_its_part(by: str, first: str, next_one: str) -> None:
    """Weeks begin on Monday, months on their first day."""
    begun = start(datetime.date(2026, 11, 5), by)
    assert (begun.isoformat(), following(begun, by).isoformat()) == (first, next_one)


def test_a_period_ends_before_its_end() -> None:
    """A report until midnight has no part of the day that begins then; the end of the year is passed."""
    since = datetime.datetime(2026, 12, 30, 10, tzinfo=NOW.tzinfo)
    until = datetime.datetime(2027, 1, 1, tzinfo=NOW.tzinfo)
    assert [day.isoformat() for day in Period(since, until, NOW.tzinfo or datetime.UTC).starts()] == ["2026-12-30", "2026-12-31"]


@pytest.mark.parametrize(
    ("values", "q", "found"), [([], 0.5, None), ([7], 0.99, 7), ([1, 2, 3, 4], 0.5, 2), ([1, 2, 3, 4], 0.9, 4)]
)
def test_a_quantile_is_a_value_that_occurred(values: list[float], q: float, found: float | None) -> None:
    """The smallest value that at least the fraction of all does not exceed."""
    assert quantile(values, q) == found
