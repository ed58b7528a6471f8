"""Limits over all conversations, kept inside the transaction: whoever comes too late gets nothing, however many come at once."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from csflow import Flow, Host
from csflow.host import schema
from csflow.host.acts import event_from_json, play
from csflow.snapshot import Snapshot
from csflow.tally import Tally
from csflow.testing import Clock
from tests.flows import Shop
from tests.host.test_host import rows, run
from tests.host.two import with_two

GIFTS = """
intents: {ask: {phrases: [包邮]}, sign_up: {phrases: [订阅]}}
events: {opted_in: {sets: {customer.opt_in: true}}, opted_out: {sets: {customer.opt_in: false}}}
rules:
  - when: started
    choose: [{id: talk.welcome, say: 您好。, go: identify_need}]
  - when: ask
    choose:
      - {id: free, if: granted.free == 0, do: [{grant: free}], say: 给您包邮。}
      - {id: had, else: true, say: 这单已经包邮了。}
  - when: [opted_in, opted_out]
    choose: [{id: noted, say: 记下了。}]
  - when: unknown
    in: [everywhere]
    choose: [{id: lost, say: 这个我说了不算。}]
follow_ups:
  news: {since: opted_in, every: 1d, max: 3, purpose: marketing, say: 上新了。}
"""
PROFILE = "limits: {marketing: 2, grants: {free: {customer: 2, day: 5}}}\n"


@pytest.fixture
def flow(shop: Shop) -> Flow:
    """A shop that gives free shipping twice to a customer and five times a day."""
    return shop(GIFTS, PROFILE)


def test_a_customer_has_it_so_often_in_all_conversations(flow: Flow, url: str, clock: Clock) -> None:
    """A third conversation gets nothing, and the log keeps the counts by which it was judged."""

    async def talk(host: Host, _: Clock) -> None:
        for name in ("a", "b", "c"):
            last = await host.receive(name, "包邮", customer="c1")
        assert last.rules == ("talk.welcome", "lost")
        assert last.why is not None
        assert any("limits.grants.free.customer: 2" in note for note in last.why.notes)
        assert [given.conversation for given in await host.ledgers.grants("free", customer="c1")] == ["a", "b"]
        log = await rows(host, schema.event)
        assert [row["turn"].get("tally") for row in log] == [
            {"grants": {"free": [n, n]}} if n else {"grants": {"free": [0, 0]}} for n in range(3)
        ]

    run(flow, url, talk, clock)


def test_a_day_begins_anew(flow: Flow, url: str, clock: Clock) -> None:
    """Five a day, counted by the shop's own midnight."""

    async def talk(host: Host, clock: Clock) -> None:
        said = [(await host.receive(f"b{number}", "包邮")).rules[-1] for number in range(7)]
        assert said == ["free"] * 5 + ["lost"] * 2
        clock.advance("13h")
        assert (await host.receive("late", "包邮")).rules[-1] == "lost"
        clock.advance("1h")
        assert (await host.receive("next", "包邮")).rules[-1] == "free"

    run(flow, url, talk, clock)


def test_many_at_once_get_no_more(flow: Flow, url: str, clock: Clock) -> None:
    """Two hosts on one store, 40 conversations at once: five are given, whoever is served first."""

    async def talk(one: Host, two: Host) -> None:
        turns = await asyncio.gather(*((one, two)[number % 2].receive(f"b{number}", "包邮") for number in range(40)))
        assert Counter(turn.rules[-1] for turn in turns) == {"free": 5, "lost": 35}
        assert len(await one.ledgers.grants("free")) == 5

    with_two(flow, url, clock, talk)


def test_the_log_plays_again_to_the_same(flow: Flow, url: str, clock: Clock) -> None:
    """With the tallies that stand in the log each conversation comes to the snapshot that is stored."""

    async def talk(host: Host, clock: Clock) -> None:
        for number in range(7):
            await host.receive(f"b{number % 4}", "包邮", customer="c1")
            await host.desk.note(f"b{number % 4}", "看过", by="王")
        log = await rows(host, schema.event)
        for conversation in await rows(host, schema.conversation):
            first = {"customer.id": "c1"}
            snapshot = flow.fresh(Snapshot.from_json(conversation["snapshot"]).seed, first)
            for row in sorted((row for row in log if row["conversation"] == conversation["id"]), key=lambda row: row["seq"]):
                tally = Tally.from_json(row["turn"].get("tally", {}))
                snapshot = play(flow, snapshot, event_from_json(row["kind"], row["data"]), row["at"], tally).snapshot
            assert snapshot.to_json() == conversation["snapshot"]

    run(flow, url, talk, clock)


def test_marketing_is_capped_over_all_conversations(flow: Flow, url: str, clock: Clock) -> None:
    """Two messages in 30 days, whichever conversation sends them; a no in one conversation holds in all."""

    async def talk(host: Host, clock: Clock) -> None:
        for name in ("a", "b"):
            await host.receive(name, "你好", customer="c1")
            await host.report(name, "opted_in")
        clock.advance("1d")
        assert [turn.replies for turn in await host.tick()] == [("上新了。",), ("上新了。",)]
        clock.advance("1d")
        assert [turn.replies for turn in await host.tick()] == [(), ()]
        clock.advance("31d")
        await host.report("a", "opted_out")
        turns = await host.tick()
        assert {(turn.conversation, turn.replies) for turn in turns} == {("a", ()), ("b", ())}
        assert len((await host.customers.file("c1")).file["contacts"]["marketing"]) == 2

    run(flow, url, talk, clock)
