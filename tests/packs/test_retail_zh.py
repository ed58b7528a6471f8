"""The shipped Chinese pack at its boundaries: amounts, days, counts, and what no order of messages may bring about."""

from __future__ import annotations

import datetime
import re
import shutil
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csflow import Flow, load
from tests.flows import NOW
from tests.packs.chats import ORDER, PACK, PRICE_TALK, STEPS, amounts, assert_fit_to_send, at, met, said

MINUTE = datetime.timedelta(minutes=1)
SALES = (
    "price_ladder.", "too_expensive.", "rivals.", "bargain.", "need.", "cheaper.", "elsewhere.", "worth.", "market_bad.push.",
    "think_about_it.push.", "decline.push.",
)  # fmt: skip
SHOP_TALK = (
    *PRICE_TALK, "羊毛围巾多少钱", "300", "包邮吗", "怎么洗", "有货吗", "M", "广州", "我要退货", "转人工", "咕噜", "可以",
)  # fmt: skip
shop_talks = st.lists(st.sampled_from(SHOP_TALK), min_size=1, max_size=10)


@pytest.fixture(scope="module")
def consenting(tmp_path_factory: pytest.TempPathFactory) -> Flow:
    """The pack with the fact of the customer's consent declared, as a shop that sends marketing has to."""
    folder = tmp_path_factory.mktemp("consent") / "retail_zh"
    shutil.copytree(PACK, folder)
    facts = (folder / "facts.yaml").read_text("utf-8")
    (folder / "facts.yaml").write_text(facts.replace("facts:\n", "facts:\n  customer.opt_in: flag\n", 1), "utf-8")
    return load(folder)


def selling(rules: Sequence[str]) -> list[str]:
    """The rules that try to sell."""
    return [rule for rule in rules if rule.startswith(SALES)]


# --- free shipping


@pytest.mark.parametrize(
    ("totals", "first", "second"),
    [(("0.01", "179.99"), "short", "short"), (("180.00", "199.99"), "short", "apply"), (("200.00", "200.01"), "met", "met")],
)
def test_free_shipping_by_total(retail: Flow, totals: tuple[str, ...], first: str, second: str) -> None:
    """Free from 200.00; from 180.00 the supervisor is asked at the second asking; below, never."""
    for total in totals:
        chat = met(retail, ORDER | {"total": total})
        asked = [chat.say(text) for text in ("能包邮吗", "邮费免了吧")]
        assert [turn.rules for turn in asked] == [(f"free_shipping.{first}",), (f"free_shipping.{second}",)]
        requests = [[effect.name for effect in turn.effects] for turn in asked]
        assert requests == [[], ["free_shipping"] if second == "apply" else []]


@pytest.mark.parametrize(("total", "rule"), [("179.99", "void"), ("180.00", "granted")])
def test_an_approval_counts_for_the_total_it_meets(retail: Flow, total: str, rule: str) -> None:
    """An approval that comes after the total fell under the supervisor's range grants nothing."""
    chat = met(retail, ORDER | {"total": "190.00"})
    said(chat, ("能包邮吗", "邮费免了吧"))
    chat.tell({"order": {"total": total}})
    assert chat.result("free_shipping", "done").rules == (f"free_shipping.{rule}",)
    assert [grant.name for grant in chat.snapshot.ledger.grants] == (["free_shipping"] if rule == "granted" else [])


# --- returns and the steps of an order


@pytest.mark.parametrize(
    ("received_on", "rule"),
    [
        ("2026-11-02", "returns.open"),
        ("2026-10-26", "returns.open"),
        ("2026-10-25", "returns.open"),
        ("2026-10-18", "returns.open"),
        ("2026-10-17", "returns.late"),
    ],
    ids=["today", "7 days", "8 days", "15 days", "16 days"],
)
@pytest.mark.parametrize("text", ["我要退货", "我要换货"])
def test_the_window_of_returns(retail: Flow, text: str, received_on: str, rule: str) -> None:
    """A case is opened up to the last day of exchange and not a day later."""
    chat = met(retail, at("received") | {"received_on": received_on})
    assert chat.say(text).rules == (rule,)
    assert chat.state == ("after_sales.return" if rule == "returns.open" else "identify_need")


@pytest.mark.parametrize(
    ("received_on", "submitted"),
    [("2026-10-26", ["open_return"]), ("2026-10-25", [])],
    ids=["7 days", "8 days"],
)
def test_a_dislike_is_returned_within_seven_days(retail: Flow, received_on: str, submitted: list[str]) -> None:
    """Goods that merely do not please are sent back up to the seventh day, and not on the eighth."""
    chat = met(retail, at("received") | {"received_on": received_on})
    said(chat, ("我要退货", "不喜欢"))
    assert [effect.name for effect in chat.say("可以").effects] == submitted


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("我要退货", ["returns.before_shipping", "returns.before_shipping", "returns.policy", "returns.open"]),
        ("我要取消订单", ["order.cancel_placed", "order.cancel_paid", "order.cancel_shipped", "order.cancel_shipped"]),
        ("催一下发货", ["ship.unpaid", "ship.paid", "ship.on_way_no_number", "ship.delivered_already"]),
    ],
)
def test_each_step_of_an_order_has_its_answer(retail: Flow, text: str, rules: list[str]) -> None:
    """The same message is answered by how far the order has come: placed, paid, shipped, received."""
    assert [met(retail, at(step)).say(text).rules for step in STEPS] == [(rule,) for rule in rules]


def test_the_warehouse_is_asked_at_the_second_urging(retail: Flow) -> None:
    """Asking once when a paid order leaves is answered; asking again also reaches the warehouse."""
    chat = met(retail, at("paid"))
    asked = [chat.say(text) for text in ("催一下发货", "怎么还没发货")]
    assert [[effect.name for effect in turn.effects] for turn in asked] == [[], ["warehouse"]]


# --- stock


@pytest.mark.parametrize(("count", "rule"), [(0, "none"), (1, "low"), (5, "low"), (6, "ample"), (500, "ample")])
def test_stock_by_count(retail: Flow, count: int, rule: str) -> None:
    """None, up to the shop's low mark, and above it are three answers; the number itself is not said."""
    chat = met(retail)
    assert [effect.name for effect in chat.say("羊毛围巾有货吗").effects] == ["check_stock"]
    turn = chat.result("check_stock", "done", {"stock": {"count": count}})
    assert turn.rules == (f"stock.{rule}",)
    assert (turn.state == "close") == (rule == "ample")
    assert not re.search(r"\d", "".join(turn.replies))


# --- what every reply holds


@given(texts=shop_talks, step=st.sampled_from(["", *STEPS]))
def test_replies_are_fit_to_send(retail: Flow, texts: list[str], step: str) -> None:
    """No order of messages brings out a gap, a template, an overlong message or the shop's lowest price."""
    chat = met(retail, at(step) if step else None)
    for text in texts:
        turn = chat.say(text)
        assert_fit_to_send(turn)
        assert amounts(turn).isdisjoint({Decimal("118"), Decimal("155"), Decimal("299")})


@pytest.mark.parametrize(
    "text",
    [
        "你是机器人吗",
        "你是机器人吧",
        "你工号多少",
        "你是真人吗",
        "你是AI吗",
        "你是不是真人",
    ],
)
def test_a_machine_says_that_it_is_one(retail: Flow, text: str) -> None:
    """Asked whether it is a machine, it says so."""
    assert re.search("智能客服|程序", "".join(met(retail).say(text).replies))


# --- the end of selling


@pytest.mark.parametrize("before", [[], ["羊毛围巾多少钱"], ["能便宜点吗", "不要了"], ["太贵了", "那我走了", "不要了"]])
def test_a_clear_no_ends_the_selling(retail: Flow, before: list[str]) -> None:
    """After a no (the second where an objection was open) nothing sells, until the customer asks again."""
    chat = met(retail)
    said(chat, before)
    assert chat.say("不要了").rules == ("decline.accept",)
    after = [chat.say("嗯"), chat.say("谢谢"), chat.wait("10d")]
    assert [selling(turn.rules) for turn in after] == [[], [], []]
    assert [turn.replies for turn in after] == [(), (), ()]
    assert selling(chat.say("能便宜点吗").rules) == ["price_ladder.fixed"]


@pytest.mark.parametrize(
    ("text", "offers"),
    [
        ("不要了", []),
        ("不用了", []),
        ("算了", []),
    ],
)
def test_a_no_is_no_answer_to_what_is_wrong(retail: Flow, text: str, offers: list[str]) -> None:
    """A no to the question what is wrong with the price asks the supervisor for nothing."""
    chat = met(retail)
    said(chat, ("那我走了", "那我走了"))
    effects = chat.say(text).effects
    assert [effect.name for effect in effects if effect.type == "request_approval"] == offers


# --- what time brings


@pytest.mark.parametrize(
    ("hour", "reminder", "final"),
    [(8, "2026-11-04T09:00", "2026-11-09T09:00"), (10, "2026-11-04T10:00", "2026-11-09T10:00"),
     (20, "2026-11-04T20:00", "2026-11-09T20:00"), (21, "2026-11-05T09:00", "2026-11-10T09:00")],
)  # fmt: skip
def test_reminders_keep_the_contact_hours(retail: Flow, hour: int, reminder: str, final: str) -> None:
    """Payment is asked for after two days and given up after seven, not before nine and not from nine in the evening."""
    chat = retail.start(now=NOW.replace(hour=hour))
    chat.report("ordered", {"order": ORDER})
    dues = []
    for name in ("payment_reminder", "final_notice"):
        due = next(timer.due for timer in chat.snapshot.timers if timer.name == name)
        dues.append(due.isoformat()[:16])
        assert name not in chat.wait(due - chat.now - MINUTE).rules
        assert name in chat.wait(due - chat.now).rules
    assert dues == [reminder, final]


@pytest.mark.parametrize("wait", ["0m", "47h", "6d"])
@pytest.mark.parametrize("ending", ["paid", "cancelled"])
def test_what_is_settled_is_not_asked_for(retail: Flow, wait: str, ending: str) -> None:
    """Once the order is paid or cancelled, no reminder and no final notice is pending or comes."""
    chat = retail.start(now=NOW)
    chat.report("ordered", {"order": ORDER})
    chat.wait(wait)
    cancelled = {effect.name for effect in chat.report(ending).effects if effect.type == "cancel"}
    assert "final_notice" in cancelled
    assert not {"payment_reminder", "final_notice"} & {*chat.wait("10d").rules}


@pytest.mark.parametrize(("customer", "sent"), [({}, 0), ({"opt_in": False}, 0), ({"opt_in": True}, 1)])
def test_marketing_needs_consent(consenting: Flow, customer: dict[str, bool], sent: int) -> None:
    """A customer who wanted to think is written to once, and only with consent."""
    chat = consenting.start({"id": "b7", **customer} if customer else None, now=NOW)
    chat.say("我再想想")
    assert [*chat.wait("30d").rules].count("considering") == sent


def test_consent_can_be_told(retail: Flow) -> None:
    """The shipped pack takes the customer's consent, without which its marketing follow-up is never sent."""
    assert retail.start({"opt_in": True}, now=NOW).snapshot.facts["customer.opt_in"] is True


# --- people


@pytest.mark.parametrize(("before", "state"), [("能便宜点吗", "handle_objection"), ("就要这个了", "close")])
def test_a_person_takes_over_and_gives_back(retail: Flow, before: str, state: str) -> None:
    """While a person has the conversation the customer's messages are recorded and not answered; then it goes on where it was."""
    chat = met(retail)
    chat.say(before)
    assert "hand_off" in [effect.type for effect in chat.say("转人工").effects]
    for text in ("能便宜点吗", "太贵了", "咕噜咕噜"):
        turn = chat.say(text)
        assert (turn.replies, turn.rules, turn.state) == ((), (), "handoff")
        assert [(effect.type, effect.name) for effect in turn.effects] == [("record", "message")]
    assert chat.staff("say", "我来看看").replies == ("我来看看",)
    assert chat.staff("give_back").state == state
    assert chat.say("羊毛围巾多少钱").rules == ("product.price",)
