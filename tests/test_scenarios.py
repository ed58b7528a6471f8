"""The twelve scenarios of the examples, played as conversations."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import pytest

import csflow
from csflow import Conversation, Flow, Turn
from csflow.condition import DATE, MONEY, TEXT
from csflow.events import Effect
from tests.flows import NOW

SCENARIOS = Path(csflow.__file__).parent.parent / "examples" / "scenarios"
ORDER_NO = "20261101001234"
ORDER = {"order": {"id": "a1", "no": ORDER_NO, "total": "80.00", "freight": "6.00", "payment_code": "K7"}}
RECEIVED = {"order": {"id": "a1", "no": ORDER_NO, "placed": True, "paid": True, "shipped": True, "received": True}}
DETAILS = ("先听我说", "柜门装不上，师傅没来", "昨天", ORDER_NO, "对")
CONTRACT = {"contract": {"active": True, "renewed": False, "expires_on": "2026-12-20", "fee": "1200.00"}}


@pytest.fixture(scope="module")
def flow() -> Flow:
    return csflow.load(SCENARIOS)


@pytest.fixture
def chat(flow: Flow) -> Conversation:
    """A conversation that has been welcomed."""
    chat = flow.start({"id": "b7"}, now=NOW)
    assert chat.say("在吗").rules == ("context.welcome",)
    return chat


def effects(turn: Turn) -> list[tuple[str, str]]:
    return [(effect.type, effect.name) for effect in turn.effects]


def effect(turn: Turn, name: str) -> Effect:
    return next(effect for effect in turn.effects if effect.name == name)


def due(turn: Turn, name: str) -> datetime.datetime | None:
    return next((timer.due for timer in turn.due if timer.name == name), None)


def after(**span: int) -> datetime.datetime:
    return NOW + datetime.timedelta(**span)


def play(chat: Conversation, *texts: str) -> Turn:
    """Say messages one by one and return the last turn."""
    return [chat.say(text) for text in texts][-1]


@pytest.mark.parametrize(
    ("text", "rule", "file"),
    [
        ("能便宜点吗", "price_ladder.fixed", "01_price_ladder"),
        ("太贵了", "too_expensive.cheaper_one", "03_too_expensive"),
        ("我要投诉你们", "complaint.open", "04_complaint"),
        ("我想退货", "returns.unknown", "05_returns"),
        ("有货吗", "stock.which", "06_stock"),
        ("谢谢", "types.thanks", "08_types"),
        ("再见", "farewell.plain", "09_farewell"),
        ("网站上有个地方要改", "b2b.change", "10_b2b"),
        ("什么时候发货", "ship.before", "11_context"),
        ("是正品吗", "claims.genuine", "12_claims"),
    ],
)
def test_why_names_file_and_line(chat: Conversation, text: str, rule: str, file: str) -> None:
    """A turn tells of the rule that fired in which line of which file it stands."""
    told = str(chat.say(text).why)
    place = re.search(rf"^fired +{re.escape(rule)}  \S*{file}\.yaml:(\d+):", told, re.MULTILINE)
    assert place is not None
    lines = (SCENARIOS / "rules" / f"{file}.yaml").read_text("utf-8").splitlines()
    assert f"id: {rule}" in lines[int(place[1]) - 1]


def test_a_fixed_price_is_explained_once(chat: Conversation) -> None:
    """01: the promotion is told once, then the price simply stays."""
    assert "满两百减二十" in chat.say("能便宜点吗").replies[0]
    assert chat.state == "handle_objection"
    assert chat.say("最低多少").rules == ("price_ladder.fixed_again",)


def test_leaving_climbs_the_ladder(chat: Conversation) -> None:
    """01: who threatens to leave gets the value, one question, and then a courteous farewell."""
    chat.tell({"product": {"selling_point": "实木榫卯"}, "stock": {"count": 3}})
    turn = chat.say("太贵了不便宜我去别家了")
    assert turn.rules == ("price_ladder.push.sandwich",)
    assert "实木榫卯" in turn.replies[0]
    assert len(turn.replies) == 4
    turn = chat.say("不降就算了")
    assert turn.snapshot.pending is not None
    assert turn.snapshot.pending.slot == "price_gap"
    turn = play(chat, "别家便宜", "不便宜我去别家了")
    assert (turn.rules, turn.state) == (("price_ladder.goodbye",), "farewell")


@pytest.mark.parametrize(("answer", "kind"), [("超预算了", "gift"), ("隔壁卖得低", "voucher")])
def test_a_concession_is_asked_for(chat: Conversation, answer: str, kind: str) -> None:
    """01: the reason decides which concession the supervisor is asked for, within twenty minutes."""
    turn = play(chat, "不便宜我去别家了", "不降就算了", answer)
    asked = effect(turn, "concession")
    assert (asked.type, asked.values["kind"][1], asked.deadline) == ("request_approval", kind, after(minutes=20))
    turn = chat.result("concession")
    assert effects(turn) == [("grant", "concession")]
    assert turn.state == "close"


def test_a_concession_refused_or_late(flow: Flow) -> None:
    """01: a refusal is told as it is; an answer that does not come is told too, and the supervisor hears of it."""
    refused, late = flow.start(now=NOW), flow.start(now=NOW)
    for chat in (refused, late):
        play(chat, "不便宜我去别家了", "不降就算了", "别家便宜")
    assert refused.result("concession", "denied").rules == ("price_ladder.denied",)
    turn = late.wait("20m")
    assert turn.rules == ("price_ladder.late",)
    assert effects(turn) == [("notify", "supervisor")]


@pytest.fixture
def bargainer(tmp_path: Path) -> Conversation:
    """A customer of a shop with open prices, who looks at goods of 200 yuan with a floor of 190."""
    text = (SCENARIOS / "store.yaml").read_text("utf-8").replace("price_mode: fixed", "price_mode: open\n  free_perk: 清洁布")
    (tmp_path / "open.yaml").write_text(text, "utf-8")
    chat = csflow.load(SCENARIOS, tmp_path / "open.yaml").start(now=NOW)
    chat.tell({"product": {"list_price": "200.00", "floor_price": "190.00"}})
    return chat


def test_bargaining_ends_at_the_last_price(bargainer: Conversation) -> None:
    """02: a perk, two steps down, the last price once more, and the close; no step goes under the floor."""
    turns = [bargainer.say("能便宜点吗") for _ in range(5)]
    assert [turn.rules[-1] for turn in turns] == [
        "bargain.perk", "bargain.step", "bargain.step", "bargain.hold", "bargain.enough",
    ]  # fmt: skip
    assert [effect(turn, "price").values["offer"] for turn in turns[1:3]] == [(MONEY, 19600), (MONEY, 19400)]
    assert turns[-1].state == "farewell"


def test_a_bid_is_countered_then_taken(bargainer: Conversation) -> None:
    """02: two pieces earn the larger step; a bid that the next step reaches is a deal, and the deal stands."""
    turn = bargainer.say("2个180可以吗")
    assert turn.snapshot.slots == {"quantity": 2, "bid": 18000}
    assert "194元" in turn.replies[-1]
    turn = bargainer.say("190行不行")
    assert effect(turn, "price").values["agreed"] == (MONEY, 19000)
    assert turn.state == "close"
    assert bargainer.say("能便宜点吗").rules == ("bargain.settled",)


def test_after_the_last_price_there_is_no_tolerance(bargainer: Conversation) -> None:
    """02: once the last price was said a bid just below it is no deal."""
    play(bargainer, "能便宜点吗", "能便宜点吗", "150块能卖吗")
    assert bargainer.say("193能卖吗").rules == ("bargain.floor_reached",)
    assert bargainer.say("194能卖吗").rules == ("bargain.deal",)


def test_techniques_take_turns(chat: Conversation) -> None:
    """03: two techniques whose facts are known, then 01's question, then the budget is asked."""
    chat.tell({"product": {"price": "365.00", "life": "1y", "parts": ["桌面", "桌腿"], "parts_total": "420.00"}})
    turn = chat.say("太贵了")
    assert turn.rules == ("too_expensive.push.average",)
    assert "一天大约1元" in turn.replies[0]
    assert "桌面、桌腿，单买合计420元" in chat.say("这价有点高").replies[0]
    assert chat.say("太贵了").rules == ("price_ladder.push.value",)
    turn = chat.say("太贵了")
    assert turn.rules == ("price_ladder.value_done",)
    assert turn.replies[-1] == "大概想控制在多少以内？"
    assert chat.say("300以内").snapshot.slots == {"budget": 30000}


def test_the_budget_told_is_understood(chat: Conversation) -> None:
    """03: who answers the question for the budget is not told that nothing was understood."""
    assert "context.rephrase" not in play(chat, "太贵了", "三百以内").rules


def test_a_no_is_asked_about_once(chat: Conversation) -> None:
    """03: the first no is asked about, the second is taken and tagged."""
    assert chat.say("不用了").rules == ("decline.push.clarify",)
    turn = chat.say("先不买了")
    assert effect(turn, "interest").values == {"interest": (TEXT, "declined")}
    assert turn.state == "farewell"


@pytest.fixture
def complainer(chat: Conversation) -> Conversation:
    """A customer whose complaint has been reported to the supervisor."""
    play(chat, "我要投诉你们", *DETAILS)
    assert chat.state == "complaint.solve"
    return chat


def test_a_complaint_is_heard_and_reported(chat: Conversation) -> None:
    """04: anger is let out first, then the facts are collected, repeated, recorded and reported."""
    assert chat.say("我要投诉你们").rules == ("complaint.open",)
    assert chat.say("气死我了，太过分了").rules == ("complaint.vent",)
    turn = play(chat, *DETAILS)
    assert effects(turn) == [("record", "complaint"), ("request_approval", "judge")]
    assert effect(turn, "complaint").values["slots.happened_on"] == (DATE, datetime.date(2026, 11, 1))
    assert effect(turn, "judge").deadline == due(turn, "judge.failed") == after(hours=2)
    assert "2小时" in turn.replies[0]
    assert chat.say("能便宜点吗").rules == ("complaint.waiting",)


def test_our_fault_is_made_good(complainer: Conversation) -> None:
    """04: the remedy is promised by a date, goodwill granted, and the sale goes on; a broken promise is owned up to."""
    turn = complainer.result("judge", "done", {"case": {"fault": "ours", "remedy": "补发柜门", "goodwill": "抵用券"}})
    assert turn.replies[1] == "处理办法：补发柜门。"
    assert effects(turn) == [("promise", "remedy"), ("grant", "goodwill")]
    assert effect(turn, "remedy").deadline == after(days=2)
    turn = complainer.say("可以")
    assert (turn.rules, turn.state) == (("complaint.done",), "identify_need")
    assert due(turn, "complaint_check") == after(days=3)
    assert not {"what", "happened_on", "order_no"} & turn.snapshot.slots.keys()
    assert "complaint.remedy_late" in complainer.wait("2d").rules


def test_a_second_complaint_is_made_good_too(complainer: Conversation) -> None:
    """04: what was answered in one complaint does not decide the next one."""
    ours = {"case": {"fault": "ours", "remedy": "补发柜门"}}
    complainer.result("judge", "done", ours)
    play(complainer, "可以", "我要投诉你们", *DETAILS)
    assert complainer.result("judge", "done", ours).rules == ("complaint.ours",)


@pytest.mark.parametrize(
    ("outcome", "facts", "rule", "state"),
    [
        ("done", {"case": {"fault": "theirs", "reason": "安装时磕坏"}}, "complaint.theirs", "complaint.solve"),
        ("done", {"case": {"fault": "open"}}, "complaint.open_end", "handoff"),
        ("denied", None, "complaint.late", "handoff"),
    ],
)
def test_other_verdicts(complainer: Conversation, outcome: str, facts: dict[str, Any], rule: str, state: str) -> None:
    """04: the customer's fault is explained with its reason; no verdict goes to a person."""
    turn = complainer.result("judge", outcome, facts)
    assert (turn.rules, turn.state) == ((rule,), state)
    assert (("hand_off", rule) in effects(turn)) == (state == "handoff")


def test_who_is_not_satisfied_gets_a_person(complainer: Conversation) -> None:
    """04: a no to the proposal hands the conversation over, and from then on messages are only recorded."""
    complainer.result("judge", "done", {"case": {"fault": "theirs", "reason": "安装时磕坏"}})
    turn = complainer.say("不行")
    assert (turn.rules, turn.state) == (("complaint.not_yet",), "handoff")
    turn = complainer.say("在吗")
    assert (turn.replies, effects(turn)) == ((), [("record", "message")])


def test_what_a_return_costs_follows_its_reason(chat: Conversation) -> None:
    """05: a fault needs a photo and costs the customer nothing; the return is opened in the shop's system."""
    chat.tell({"order": {**RECEIVED["order"], "received_on": "2026-10-31"}})
    assert chat.say("我想退货").rules == ("returns.in_window",)
    assert play(chat, ORDER_NO, "有破损").snapshot.pending == ("photos", None, False)
    assert chat.say("[图片]").rules == ("returns.freight_shop",)
    turn = chat.say("可以的")
    assert effect(turn, "open_return").values["order.id"] == (TEXT, "a1")
    assert effect(turn, "open_return").deadline == after(seconds=20)
    assert "T55" in chat.result("open_return", "done", {"return": {"no": "T55"}}).replies[0]
    assert chat.say("SF1234567890123").snapshot.slots[f"return_tracking@{ORDER_NO}"] == "SF1234567890123"


def test_a_refund_is_promised_in_workdays(chat: Conversation) -> None:
    """05: three workdays after a Monday the refund is late, and finance hears of it."""
    chat.tell(RECEIVED)
    turn = chat.report("return_inspected", {"return": {"result": "intact", "refund": "71.00"}})
    assert effect(turn, "refund").values == {"refund": (MONEY, 7100)}
    assert due(turn, "refund.broken") == after(days=3)
    turn = chat.wait("3d")
    assert "returns.refund_late" in turn.rules
    assert ("notify", "finance") in effects(turn)


def test_after_the_period(chat: Conversation) -> None:
    """05: past the period a dislike is refused as it is."""
    chat.tell({"order": {**RECEIVED["order"], "received_on": "2026-10-01"}})
    assert "15天" in chat.say("我想退货").replies[0]
    assert chat.say("不喜欢").rules == ("returns.late_refused",)


def test_the_reason_told_early_is_understood(chat: Conversation) -> None:
    """05: who tells the reason while the order number is asked is not told that nothing was understood."""
    chat.tell({"order": {**RECEIVED["order"], "received_on": "2026-10-31"}})
    turn = play(chat, "我想退货", "太小了")
    assert turn.snapshot.slots == {"return_reason": "size"}
    assert "context.rephrase" not in turn.rules


@pytest.mark.parametrize(
    ("outcome", "stock", "rule"),
    [
        ("done", {"count": 9}, "stock.ample"),
        ("done", {"count": 5}, "stock.low"),
        ("done", {"count": 0, "restock_on": "2026-11-09"}, "stock.none"),
        ("done", {"count": 0, "substitute": "胡桃木款"}, "stock.none_substitute"),
        ("failed", {}, "stock.unknown"),
    ],
)
def test_stock_is_looked_up(chat: Conversation, outcome: str, stock: dict[str, Any], rule: str) -> None:
    """06: the question waits for the product and then for the look-up, whose result answers it."""
    turn = play(chat, "有货吗", "橡木书架")
    assert turn.replies == ("我查一下库存，稍等哦。",)
    assert effect(turn, "check_stock").values["slots.product"] == (TEXT, "橡木书架")
    assert chat.result("check_stock", outcome, {"stock": stock}).rules == (rule,)


def test_a_look_up_that_never_answers(chat: Conversation) -> None:
    """06: after twenty seconds the customer is promised an answer in half an hour, and told when that is late."""
    play(chat, "有货吗", "橡木书架")
    turn = chat.wait("20s")
    assert turn.rules == ("stock.unknown",)
    assert effect(turn, "stock_answer").deadline == due(turn, "stock_answer.broken") == after(minutes=30, seconds=20)
    assert "stock.answer_late" in chat.wait("30m").rules


def test_goods_that_come_back(chat: Conversation) -> None:
    """06: who wants to know is recorded, and is told once the goods are there."""
    play(chat, "有货吗", "橡木书架")
    chat.result("check_stock", "done", {"stock": {"count": 0}})
    assert effect(chat.say("好的"), "demand").values["slots.product"] == (TEXT, "橡木书架")
    chat.tell({"stock": {"count": 6}})
    chat.report("restocked")
    turn = chat.wait("1m")
    assert turn.rules == ("restocked_notice",)
    assert "橡木书架到货了" in turn.replies[0]


def test_the_mail_after_an_order(chat: Conversation) -> None:
    """07: with an address the details go by mail, without one into the conversation."""
    chat.tell({"order": {"id": "a1", "email": "buyer@example.com"}})
    turn = chat.report("ordered", ORDER)
    assert turn.rules == ("after_order.deal_mail",)
    kind, text = effect(turn, "mail").values["text"]
    assert kind == TEXT
    assert "合计80元（含运费6元），付款备注请写K7。" in text


def test_an_unpaid_order_is_reminded_of_twice(chat: Conversation) -> None:
    """07: the reminder comes after two days, the notice after seven, and a cancelled order ends it."""
    turn = chat.report("ordered", ORDER)
    assert (due(turn, "payment_reminder"), due(turn, "final_notice")) == (after(days=2), after(days=7))
    turn = chat.wait("2d")
    assert (turn.rules, turn.replies[-1]) == (("payment_reminder",), "这件您还要吗？")
    assert ORDER_NO in chat.wait("5d").replies[0]
    turn = chat.report("cancelled")
    assert (turn.rules, turn.state) == (("after_order.cancelled",), "farewell")


def test_a_payment_stops_the_reminders(chat: Conversation) -> None:
    """07: paid before two days, nothing is sent; a day after delivery the customer is asked how it is."""
    chat.report("ordered", ORDER)
    turn = chat.report("paid")
    assert effects(turn) == [("cancel", "payment_reminder"), ("cancel", "final_notice")]
    assert turn.rules == ("after_order.paid",)
    turn = chat.report("delivered", {"order": {"received_on": "2026-11-02"}})
    assert due(turn, "rate_us") == after(days=1)
    assert "rate_us" in chat.wait("1d").rules


def test_a_talker_and_a_quick_buyer_are_thanked_differently(flow: Flow) -> None:
    """08: the type that the messages or the orders show decides the words."""
    talker, buyer = flow.start(now=NOW), flow.start({"orders": 3, "chats": 1}, now=NOW)
    assert "跟您聊得很开心" in play(talker, "今天天气真好", "你们那边冷不冷", "谢谢").replies[0]
    assert play(buyer, "在吗", "谢谢").replies == ("不客气。",)


def test_a_bargainer_is_told_the_offer_at_the_close(chat: Conversation) -> None:
    """08: who asked for a discount twice hears of the dated offer when the sale closes."""
    chat.tell({"store": {"sign_now_offer": "运费险", "sign_now_until": "2026-11-30"}})
    play(chat, "能便宜点吗", "最低多少")
    turn = chat.report("ordered", ORDER)
    assert turn.rules == ("after_order.deal_note", "types.sign_now")
    assert turn.replies[-1] == "现在下单有运费险，11月30日前有效。"


def test_a_buyer_is_filed_as_one(chat: Conversation) -> None:
    """09: the farewell to a buyer tags the class with the amount and files the order."""
    chat.report("ordered", ORDER)
    chat.report("paid")
    turn = chat.say("再见")
    assert turn.rules == ("farewell.bought", "farewell.class_bought")
    assert effect(turn, "class").values["amount"] == (MONEY, 8000)
    assert effect(turn, "customer_file").values["customer.id"] == (TEXT, "b7")


@pytest.mark.parametrize(("text", "name"), [("太贵了", "not_purchased"), ("有几种颜色", "enquired")])
def test_silence_files_the_others(chat: Conversation, text: str, name: str) -> None:
    """09: after half an hour of silence the session ends without a word, and tells what became of it."""
    assert due(chat.say(text), "went_quiet") == after(minutes=30)
    turn = chat.wait("30m")
    assert (turn.replies, turn.state) == ((), "farewell.closed")
    assert effect(turn, "class").plain == {"class": name}


def test_a_friend_is_asked_once_ever(chat: Conversation) -> None:
    """09: the answer is kept for the customer, so the next farewell does not ask again."""
    turn = play(chat, "有几种颜色", "再见")
    assert turn.rules == ("farewell.with_friend",)
    turn = chat.say("好的")
    assert effect(turn, "add_friend").values == {"customer.id": (TEXT, "b7")}
    assert effect(turn, "add_friend").deadline == after(hours=1)
    chat.result("add_friend")
    turn = play(chat, "在吗", "有几种颜色", "再见")
    assert turn.rules == ("farewell.plain", "farewell.class_enquired")
    assert turn.snapshot.slots == {"friend_ok": True}


def test_marketing_needs_consent(chat: Conversation) -> None:
    """09: who thinks it over is left in peace, and without consent nothing is sent three days later."""
    turn = chat.say("我再想想")
    assert (turn.state, due(turn, "considering")) == ("farewell", after(days=3))
    assert chat.say("好的").rules == ("farewell.silent",)
    turn = chat.wait("3d")
    assert turn.replies == ()
    assert "considering not sent: no opt-in, or the cap is reached" in turn.why.notes


def test_calls_keep_their_windows(chat: Conversation) -> None:
    """10: a new customer is called on a Monday at nine, an old one from Tuesday to Friday, in a month."""
    chat.tell(CONTRACT)
    turn = chat.report("opened")
    assert due(turn, "new_customer_call") == after(days=6, hours=23)
    assert due(turn, "old_customer_call") == after(days=30)
    assert "new_customer_call" in chat.wait("7d").rules


def test_the_renewal_follows_its_date(chat: Conversation) -> None:
    """10: the notice moves with the contract's date to the next weekday at nine, and goes once it is renewed."""
    assert due(chat.tell(CONTRACT), "renewal_notice") == after(days=17, hours=23)
    moved = chat.tell({"contract": {"expires_on": "2027-01-20"}})
    assert due(moved, "renewal_notice") == after(days=48, hours=23)
    assert effects(chat.tell({"contract": {"renewed": True}})) == [("cancel", "renewal_notice")]


@pytest.mark.parametrize(("bank", "rule"), [("工商银行", "b2b.account"), ("星光银行", "b2b.no_account")])
def test_a_renewal_is_paid(chat: Conversation, bank: str, rule: str) -> None:
    """10: a yes leads to the account of the customer's bank, if the shop has one."""
    chat.tell(CONTRACT)
    assert chat.wait("431h").replies == ("您的维护合同12月20日到期，续费1200元。", "续一年可以吗？")
    assert chat.say("可以").state == "after_sales.renewal"
    turn = chat.say(bank)
    assert (turn.rules, turn.state) == ((rule,), "follow_up")


def test_an_unknown_condition_does_not_arm_again_and_again(chat: Conversation) -> None:
    """10: while nobody knows whether the contract was renewed, the notice is not sent and not armed over and over."""
    chat.tell({"contract": {"active": True, "expires_on": "2026-12-20", "fee": "1200.00"}})
    assert effects(chat.wait("18d")).count(("schedule", "renewal_notice")) <= 1


def test_a_change_is_promised(chat: Conversation) -> None:
    """10: the change is collected, confirmed and promised by the day named; once it is online the promise is kept."""
    turn = play(chat, "网站上有个地方要改", "首页电话换成新的", "后天", "对")
    assert effects(turn) == [("record", "change_log"), ("call", "submit_change"), ("promise", "change")]
    assert effect(turn, "change").deadline == datetime.datetime(2026, 11, 4, 23, 59, 59, tzinfo=NOW.tzinfo)
    assert effects(chat.report("change_done")) == [("keep", "change")]
    assert "b2b.change_late" not in chat.wait("3d").rules


def test_a_nod_is_answered_once(chat: Conversation) -> None:
    """11: the second nod is met with silence; a greeting beside a question is not answered."""
    assert chat.say("好的").rules == ("context.ack",)
    turn = chat.say("嗯")
    assert (turn.rules, turn.replies) == (("context.ack_quiet",), ())
    assert chat.say("你好，什么时候发货").rules == ("ship.before",)


def test_three_misses_lead_to_a_person(chat: Conversation) -> None:
    """11: another wording, a choice, then a person."""
    turns = [chat.say(text) for text in ("呜哩哇啦", "咕噜咕噜", "稀里哗啦")]
    assert [turn.rules for turn in turns] == [("context.rephrase",), ("context.offer",), ("context.human",)]
    assert effects(turns[-1]) == [("hand_off", "context.human")]


def test_the_size_is_collected(chat: Conversation) -> None:
    """11: bare figures answer what is asked, in its unit."""
    turn = play(chat, "穿多大码合适", "170", "55公斤")
    assert turn.rules == ("context.sized",)
    assert turn.snapshot.slots == {"height": 170, "weight": 55}


def test_a_claim_expires(chat: Conversation) -> None:
    """12: the rate is said with its date while it is valid, and no more after ninety days."""
    assert "5%（10月31日统计）" in chat.say("付了款没货怎么办").replies[-1]
    chat.wait("100d")
    turn = chat.say("付了款没货怎么办")
    assert turn.rules[-1] == "claims.paid_no_stock"
    assert not any("缺货率" in reply for reply in turn.replies)


def test_a_claim_without_evidence_is_not_made(chat: Conversation) -> None:
    """12: nothing is said of an own factory that the profile does not prove."""
    assert chat.say("是正品吗").replies == ("支持平台正品保障，收到可以验，有问题全额退。",)


def test_the_time_to_a_region(chat: Conversation) -> None:
    """12: the region is asked where no order is placed; without a figure for it none is made up."""
    chat.tell({"order": {"id": "a1", "placed": False}})
    assert chat.say("几天能到").rules == ("claims.where_to",)
    assert "到上海一般2个工作日" in chat.say("上海").replies[0]
    assert chat.say("发到拉萨几天能到").rules == ("claims.no_eta",)
