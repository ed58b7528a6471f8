"""The English pack at its boundaries: amounts, dates, counts, and what no order of messages may bring about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csflow import Conversation, Flow, Turn, load
from csflow.check import check
from tests.flows import NOW

LIMIT = 200
ORDER = {"id": "FF1", "no": "FF1", "total": "45.00", "placed": True, "paid": False, "shipped": False, "received": False}
STEPS = ("placed", "paid", "shipped", "received")
SHOP_TALK = (
    "Fell jumper", "how much is it?", "any discount?", "would you take 70?", "60", "2 for 150", "that's too expensive", "ok",
    "no thanks", "i'll go elsewhere then", "i'll take it", "is delivery free?", "where's my parcel", "i want to return it",
    "it's faulty", "yes", "is it in stock", "are you a bot", "speak to someone", "zqx vkj", "bye",
)  # fmt: skip
shop_talks = st.lists(st.sampled_from(SHOP_TALK), min_size=1, max_size=10)


@pytest.fixture(scope="module")
def english() -> Flow:
    """The shipped English pack with its own store."""
    return load("retail_en")


def met(flow: Flow, facts: Mapping[str, Any] | None = None) -> Conversation:
    """A conversation past its welcome, so that a turn holds only what its message brought about."""
    chat = flow.start(now=NOW)
    chat.say("hello")
    if facts:
        chat.tell(facts)
    return chat


def at(step: str, **facts: Any) -> dict[str, Any]:
    """An order that has come as far as a step."""
    return {"order": ORDER | dict.fromkeys(STEPS[: STEPS.index(step) + 1], True) | facts}


def amounts(turn: Turn) -> set[Decimal]:
    """The amounts of money in the replies."""
    return {Decimal(found) for reply in turn.replies for found in re.findall(r"£(\d+(?:\.\d\d)?)", reply)}


def test_the_pack_is_sound(english: Flow) -> None:
    """The check has neither errors nor warnings."""
    assert [str(found) for found in check(english.spec, english.profile) if found.severity in ("error", "warning")] == []


# --- delivery


@pytest.mark.parametrize(
    ("total", "first", "second"),
    [
        ("0.01", "short", "short"),
        ("49.99", "short", "short"),
        ("50.00", "short", "apply"),
        ("59.99", "short", "apply"),
        ("60.00", "met", "met"),
    ],
)
def test_free_delivery_by_total(english: Flow, total: str, first: str, second: str) -> None:
    """Free from 60; from 50 a manager is asked at the second asking; below, never."""
    chat = met(english, at("placed", total=total))
    rules = [chat.say(text).rules for text in ("is delivery free?", "can you waive the postage")]
    assert rules == [(f"free_shipping.{first}",), (f"free_shipping.{second}",)]


@pytest.mark.parametrize(("total", "rule"), [("49.99", "void"), ("50.00", "granted")])
def test_an_approval_counts_for_the_total_it_meets(english: Flow, total: str, rule: str) -> None:
    """An approval that comes after the total fell below the manager's range grants nothing."""
    chat = met(english, at("placed", total="55.00"))
    chat.say("is delivery free?")
    chat.say("free delivery please")
    chat.tell({"order": {"total": total}})
    assert chat.result("free_shipping", "done").rules == (f"free_shipping.{rule}",)


# --- returns


@pytest.mark.parametrize(
    ("received_on", "rule"),
    [("2026-11-02", "open"), ("2026-10-19", "open"), ("2026-10-18", "late")],
    ids=["today", "14 days", "15 days"],
)
def test_a_change_of_mind_has_fourteen_days(english: Flow, received_on: str, rule: str) -> None:
    """A return begins up to the fourteenth day after delivery and not a day later."""
    chat = met(english, at("received", received_on=received_on))
    assert chat.say("i want to return it").rules == (f"returns.{rule}",)


@pytest.mark.parametrize(
    ("received_on", "rule"), [("2026-10-03", "faulty"), ("2026-10-02", "faulty_later")], ids=["30 days", "31 days"]
)
def test_a_fault_is_money_back_for_thirty_days(english: Flow, received_on: str, rule: str) -> None:
    """Faulty goods are refunded up to the thirtieth day; after it they are repaired or replaced first."""
    chat = met(english, at("received", received_on=received_on))
    for text in ("i want to return it", "yes", "a fault"):
        chat.say(text)
    assert chat.say("refund").rules == (f"returns.{rule}",)


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("cancel my order", ["order.cancel_placed", "order.cancel_paid", "order.cancel_shipped", "order.cancel_received"]),
        ("has it been sent yet", ["ship.unpaid", "ship.paid", "ship.on_way_no_number", "ship.delivered_already"]),
    ],
)
def test_each_step_of_an_order_has_its_answer(english: Flow, text: str, rules: list[str]) -> None:
    """The same message is answered by how far the order has come."""
    assert [met(english, at(step)).say(text).rules for step in STEPS] == [(rule,) for rule in rules]


# --- stock and sizes


@pytest.mark.parametrize(("count", "rule"), [(0, "none"), (1, "low"), (4, "low"), (5, "ample"), (500, "ample")])
def test_stock_by_count(english: Flow, count: int, rule: str) -> None:
    """None, up to the low mark, and above it are three answers; the number itself is not said."""
    chat = met(english)
    chat.say("is the Merino beanie in stock?")
    turn = chat.result("check_stock", "done", {"stock": {"count": count}})
    assert turn.rules == (f"stock.{rule}",)
    assert str(count) not in "".join(turn.replies)


@pytest.mark.parametrize(
    ("chest", "size"),
    [("24", "s"), ("36", "s"), ("37", "m"), ("40", "m"), ("41", "l"), ("44", "l"), ("45", "xl"), ("48", "xl"), ("49", "none")],
)
def test_sizes_at_their_edges(english: Flow, chest: str, size: str) -> None:
    """Each size ends at the figure of the table."""
    chat = met(english)
    chat.say("what size should i get")
    assert chat.say(chest).rules == (f"need.size_{size}",)


# --- bargaining


@pytest.mark.parametrize(("bid", "rule"), [("82.45", "deal"), ("82.44", "counter"), ("77", "counter"), ("1", "counter")])
def test_an_offer_is_taken_at_the_next_step(english: Flow, bid: str, rule: str) -> None:
    """What reaches the next step is a deal; a penny less is met by that step, however near the lowest price."""
    chat = met(english)
    chat.say("Fell jumper")
    assert chat.say(f"would you take {bid}?").rules == (f"bargain.{rule}",)


@given(texts=shop_talks, step=st.sampled_from(["", *STEPS]))
def test_replies_are_fit_to_send(english: Flow, texts: list[str], step: str) -> None:
    """No order of messages brings out a gap, a template, an overlong message or the shop's lowest price."""
    chat = met(english, at(step) if step else None)
    for text in texts:
        turn = chat.say(text)
        assert all(0 < len(reply) <= LIMIT and not re.search(r"None|\{\{|\}\}|\{%", reply) for reply in turn.replies)
        assert amounts(turn).isdisjoint({Decimal("77"), Decimal("61"), Decimal("21.50")})


@pytest.mark.parametrize(
    "text", ["are you a bot?", "am I talking to a robot", "is this a real person", "are you human", "is this AI?"]
)
def test_a_machine_says_that_it_is_one(english: Flow, text: str) -> None:
    """Asked whether it is a machine, it says so."""
    assert re.search("automated assistant|a bot|program", "".join(met(english).say(text).replies))


@pytest.mark.parametrize(
    "before", [[], ["how much is the Merino beanie"], ["any discount?", "no thanks"], ["too expensive", "not interested"]]
)
def test_a_clear_no_ends_the_selling(english: Flow, before: list[str]) -> None:
    """After a no (the second where an objection was open) nothing is said until the customer asks again."""
    chat = met(english)
    for text in before:
        chat.say(text)
    assert chat.say("no thanks").rules == ("decline.accept",)
    assert [chat.say("ok").replies, chat.say("thanks").replies, chat.wait("10d").replies] == [(), (), ()]
