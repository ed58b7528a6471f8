"""Customer files: filled by turns, shared by conversations, edited by people, searched."""

from __future__ import annotations

import asyncio
import datetime

import pytest

from csflow import Flow, Host, StaffError
from csflow.host import schema
from csflow.host.customerfile import edited
from csflow.testing import Clock
from tests.flows import Shop
from tests.host.test_host import rows, run
from tests.host.two import with_two

NOW = datetime.datetime(2026, 11, 2, 2, tzinfo=datetime.UTC)
SHOP = """
facts: {order.total: money, customer.name: text}
intents:
  hello: {phrases: [在吗]}
  nice: {phrases: [谢谢您]}
  join: {phrases: [进群]}
  refuse: {phrases: [别发了]}
  ask: {phrases: [怎么卖]}
events:
  opted_in: {sets: {customer.opt_in: true}}
  opted_out: {sets: {customer.opt_in: false}}
  ordered: {brings: [order.no, order.total]}
types:
  manner:
    sure: 2
    friendly: [{if: times(nice) >= 2, score: 2}]
rules:
  - when: started
    choose: [{id: talk.welcome, say: 您好。, go: identify_need}]
  - when: hello
    choose: [{id: talk.here, say: 在的。}]
  - when: nice
    choose: [{id: talk.nice, say: [不客气。, 应该的。]}]
  - when: ask
    choose: [{id: asked, do: [{tag: {class: enquired}}], say: 看您要哪款。}]
  - when: join
    choose: [{id: joined, do: [{tag: {group: fans}}, {tag: {level: vip}}], say: 拉您进群。}]
  - when: refuse
    choose: [{id: refused, do: [{tag: {contact: refused}}], say: 不发了。}]
  - when: unknown
    in: [everywhere]
    choose: [{id: talk.unknown, say: [没听懂。, 您换个说法？]}]
"""


@pytest.fixture
def flow(shop: Shop) -> Flow:
    """A shop that gets to know its customers."""
    return shop(SHOP)


def test_turns_fill_the_file(flow: Flow, url: str, clock: Clock) -> None:
    """Class with amount, types, groups, importance, name, channels, consent and contacts, over two conversations."""

    async def talk(host: Host, clock: Clock) -> None:
        await host.receive("web:1", "怎么卖", customer="c1", channel="web")
        assert (await host.customers.file("c1")).file["class"] == "enquired"
        await host.report("web:1", "ordered", {"order": {"no": "A1", "total": "180.00"}})
        await host.report("web:1", "paid", {"order": {"no": "A1"}})
        await host.tell("app:7", {"customer": {"name": "小林"}})
        clock.advance("1d")
        await host.receive("app:7", "谢谢您", customer="c1", channel="app")
        conversation = await host.receive("app:8", "谢谢您", customer="c1", channel="app")
        assert conversation.number == 1
        await host.receive("app:8", "谢谢您")
        await host.receive("app:8", "进群")
        await host.report("app:8", "opted_in")
        await host.receive("app:8", "怎么卖")
        known = await host.customers.file("c1")
        file = known.file
        assert (file["class"], file["spent"], file["orders"]) == ("purchased", "180.00", {"A1": "180.00"})
        assert (file["types"], file["groups"], file["importance"]) == ({"manner": "friendly"}, ["fans"], "high")
        assert file["consent"] == {"in": True, "at": clock().isoformat()}
        assert file["channels"] == ["web", "app"]
        assert file["contacts"]["service"] == [["2026-11-02", "web:1"], ["2026-11-03", "app:8"]]
        assert [one.id for one in known.conversations] == ["app:8", "web:1"]
        (row,) = [row for row in await rows(host, schema.customer) if row["id"] == "c1"]
        assert (row["class"], row["importance"]) == ("purchased", "high")

    run(flow, url, talk, clock)


def test_what_is_bought_counts_once(flow: Flow, url: str, clock: Clock) -> None:
    """Orders add up over conversations, each once however often it is told; a cancelled one counts no more."""

    async def talk(host: Host, clock: Clock) -> None:
        for conversation, order, total in (("a", "A1", "100.00"), ("b", "B1", "50.50"), ("b", "A1", "100.00")):
            await host.receive(conversation, "在吗", customer="c1")
            await host.tell(conversation, {"order": {"no": order, "total": total}})
            await host.report(conversation, "paid", {"order": {"no": order}})
        assert (await host.customers.file("c1")).file["spent"] == "150.50"
        await host.report("b", "cancelled", {"order": {"no": "B1"}})
        file = (await host.customers.file("c1")).file
        assert (file["spent"], file["class"]) == ("100.00", "purchased")

    run(flow, url, talk, clock)


def test_a_no_counts_at_once(flow: Flow, url: str, clock: Clock) -> None:
    """A customer who wants no messages is on record as soon as it is said, before anybody has switched them off."""

    async def talk(host: Host, clock: Clock) -> None:
        await host.report("a", "opted_in")
        await host.receive("a", "别发了")
        assert (await host.customers.file("a")).file["consent"]["in"] is False
        await host.customers.edit("a", {"consent": True}, by="王")  # told by telephone
        assert (await host.customers.file("a")).file["consent"] == {"in": True, "at": clock().isoformat()}
        await host.receive("a", "别发了")
        assert (await host.customers.file("a")).file["consent"]["in"] is False

    run(flow, url, talk, clock)


def test_conversations_of_one_customer_at_once(flow: Flow, url: str, clock: Clock) -> None:
    """Two hosts serve 60 conversations of one customer at the same time, and nothing of what they tell is lost."""

    async def talk(one: Host, two: Host) -> None:
        async def buy(number: int) -> None:
            host, name = (one, two)[number % 2], f"b{number}"
            await host.receive(name, "在吗", customer="c1")
            await host.tell(name, {"order": {"no": f"A{number}", "total": "10.00"}})
            await host.report(name, "paid")

        await asyncio.gather(*map(buy, range(60)))
        known = await one.customers.file("c1")
        assert (known.file["spent"], len(known.file["orders"]), len(known.conversations)) == ("600.00", 60, 60)

    with_two(flow, url, clock, talk)


def test_people_edit_a_file(flow: Flow, url: str, clock: Clock) -> None:
    """What somebody wrote stays, with who and when, whatever turns tell later; notes add up."""

    async def talk(host: Host, clock: Clock) -> None:
        await host.receive("a", "在吗", customer="c1")
        await host.customers.edit("c1", {"importance": "usual", "groups": ["批发"], "note": "要发票"}, by="王")
        await host.receive("a", "进群")
        known = await host.customers.edit("c1", {"note": "已开"}, by="李")
        file = known.file
        assert (file["importance"], file["groups"], file["tags"]) == ("usual", ["批发"], {"group": "fans", "level": "vip"})
        assert [(note["text"], note["by"]) for note in file["notes"]] == [("要发票", "王"), ("已开", "李")]
        assert file["edited"]["groups"]["by"] == "王"
        await host.customers.edit("new", {"name": "林"}, by="王")
        assert (await host.customers.file("new")).file["name"] == "林"

    run(flow, url, talk, clock)


def test_files_are_searched(flow: Flow, url: str, clock: Clock) -> None:
    """By a text in id, name or notes, by class and importance; marks of the search language are plain letters."""

    async def talk(host: Host, clock: Clock) -> None:
        for customer in ("c1", "c2", "c3"):
            await host.receive(f"talk {customer}", "怎么卖", customer=customer)
            clock.advance("1m")
        await host.customers.edit("c2", {"name": "林晓", "importance": "high"}, by="王")
        clock.advance("1m")
        await host.customers.edit("c3", {"class": "purchased"}, by="王")

        async def found(*text: str, **which: str) -> list[str]:
            return [one.id for one in await host.customers.search(*text, **which)]  # type: ignore[arg-type] # names of options

        assert await found() == ["c3", "c2", "c1"]
        assert await found("林晓") == ["c2"]
        assert await found("c1") == ["c1"]
        assert await found("%") == []
        assert await found(kind="enquired") == ["c2", "c1"]
        assert await found(kind="purchased", importance="high") == []
        assert (await host.customers.file("nobody")).file == {}

    run(flow, url, talk, clock)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"clas": "purchased"}, "no 'clas' to edit; did you mean 'class'?"),
        ({"spent": "1.00"}, "no 'spent' to edit"),
        ({"class": "vip"}, "class is one of enquired, not_purchased, purchased, not 'vip'"),
        ({"importance": 1}, "importance is one of high, usual, not 1"),
        ({"groups": "fans"}, "groups of a customer file is a list, not 'fans'"),
        ({"consent": "yes"}, "consent of a customer file is a bool, not 'yes'"),
    ],
)
def test_a_file_takes_no_nonsense(changes: dict[str, object], told: str) -> None:
    """What is no part of a file, or no value for it, is refused with what may stand there."""
    with pytest.raises(StaffError) as caught:
        edited({}, changes, "王", NOW)
    assert told in str(caught.value)
