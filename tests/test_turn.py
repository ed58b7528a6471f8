"""One step: sessions, first messages, the fallback ladder, repeated replies, purity, and what it refuses."""

from __future__ import annotations

import datetime

import pytest

from csflow import Conversation, EventError, FactError, Flow, Message, Report, Result, SnapshotError, Staff, step
from csflow.events import Due, Facts
from csflow.snapshot import Timer
from tests.flows import NOW, Shop, Talk

SESSION = """
slots:
  size: {type: [大, 小], ask: 大还是小？, hears: {大: [大码], 小: [小码]}, tries: 1}
  name: {type: text, ask: 怎么称呼？, keep: customer}
  address: {type: text, ask: 寄到哪里？, keep: order}
  order_no: {type: order_no, ask: 单号？}
states: {farewell.closed: {ends: session}, close.pay: {}}
rules:
  - when: started
    in: [greet]
    choose: [{id: hello, else: true, say: 您好, go: identify_need}]
  - when: greeting
    choose: [{id: here, else: true, say: 在的}]
  - when: ask_price
    choose: [{id: price, else: true, say: "问了{{ times(ask_price) }}次"}]
  - when: ask_stock
    choose: [{id: which, max: 1, ask: size}, {id: stock, else: true, say: 都有}]
  - when: buy
    choose:
      - {id: name, if: not known(slots.name), ask: name}
      - {id: where, if: not known(slots.address), ask: address}
      - {id: go, else: true, say: "寄{{ slots.address }}"}
  - when: thanks
    choose: [{id: bye, else: true, say: 再见, go: farewell.closed}]
  - when: ordered
    in: [everywhere]
    choose: [{id: ordered, else: true, say: 收到订单, ask: size, go: close.pay}]
  - when: unknown
    choose:
      - {id: rephrase, if: misses == 1, say: 换个说法？}
      - {id: choices, if: misses == 2, say: 价格还是库存？}
      - {id: lost, else: true, say: 转人工, go: handoff}
"""


def session(talk: Talk, store: str = "") -> Conversation:
    return talk(SESSION, store)


def test_the_first_message_is_greeted_and_heard(talk: Talk) -> None:
    """2: a session begins with `started`, which greets; then the message itself is answered."""
    turn = session(talk).say("多少钱")
    assert turn.rules == ("hello", "price")
    assert turn.replies == ("您好", "问了1次")


def test_a_bare_greeting_is_greeted_once(talk: Talk) -> None:
    """2: a first message that only greets is answered by the welcome; later it is an intent like any other."""
    chat = session(talk)
    turn = chat.say("你好")
    assert turn.replies == ("您好",)
    assert turn.snapshot.misses == 0
    assert chat.say("你好").replies == ("在的",)


def test_a_session_ends_and_begins_afresh(talk: Talk) -> None:
    """4 and 12: after `ends: session` the next message starts over; counters and session slots are gone."""
    chat = session(talk)
    chat.say("多少钱，有货吗")
    chat.say("喵喵")
    assert chat.say("谢谢").state == "farewell.closed"
    turn = chat.say("多少钱，有货吗")
    assert turn.rules == ("hello", "price", "which")
    assert turn.replies == ("您好", "问了1次", "大还是小？")


def test_kept_slots_outlive_the_session(talk: Talk) -> None:
    """12: a slot kept with the customer, or with an order, is still known in the next session."""
    chat = session(talk)
    chat.tell({"order": {"no": "A1", "placed": True}})
    chat.say("我要了")
    chat.say("老李")
    chat.say("上海路一号")
    chat.say("谢谢")
    turn = chat.say("我要了")
    assert turn.replies == ("您好", "寄上海路一号")
    assert turn.snapshot.slots == {"name": "老李", "address@A1": "上海路一号"}


def test_an_order_slot_is_the_orders_own(talk: Talk) -> None:
    """12 and 13: a slot kept with an order is asked anew for another order."""
    chat = session(talk)
    chat.tell({"order": {"no": "A1", "placed": True}})
    chat.say("我要了")
    chat.say("老李")
    chat.say("上海路一号")
    chat.tell({"order": {"no": "A1", "received": True}})
    chat.tell({"order": {"no": "A2", "placed": True}})
    assert chat.snapshot.asked["address"][0] == 1
    assert chat.say("我要了").replies == ("寄到哪里？",)


def test_reports_do_not_greet(talk: Talk) -> None:
    """4: a report before any message speaks for itself; the answer to its question belongs to the session it opened."""
    chat = session(talk)
    turn = chat.report("ordered", {"order": {"no": "A1"}})
    assert turn.replies == ("收到订单", "大还是小？")
    turn = chat.say("大码")
    assert turn.state == "close.pay"
    assert turn.snapshot.slots["size"] == "大"


def test_an_ended_session_drops_its_question(talk: Talk) -> None:
    """12: nothing stays open once a session has ended."""
    chat = session(talk)
    chat.say("有货吗")
    turn = chat.say("谢谢")
    assert turn.snapshot.pending is None
    assert turn.replies == ("再见",)


def test_the_fallback_ladder(talk: Talk) -> None:
    """9 and 16: unanswered messages climb the ladder; only an answered one resets it."""
    chat = session(talk)
    chat.say("多少钱")
    assert chat.say("喵喵").rules == ("rephrase",)
    assert chat.say("汪汪").rules == ("choices",)
    assert chat.say("多少钱").snapshot.misses == 0
    assert chat.say("喵喵").rules == ("rephrase",)
    chat.say("咩咩")
    chat.report("paid")
    turn = chat.say("哞哞")
    assert turn.rules == ("lost",)
    assert turn.state == "handoff"


def test_an_intent_without_a_rule_is_unknown(talk: Talk) -> None:
    """16: a message whose intents find no rule is unanswered, and says so through the ladder."""
    chat = session(talk)
    turn = chat.say("退货")
    assert turn.rules == ("hello", "rephrase")
    assert turn.snapshot.misses == 1


def test_why_says_whether_a_message_was_missed(talk: Talk) -> None:
    """16: missed is what nothing answered, whether a rule on `unknown` speaks or none; what a rule on `any` takes is not."""
    chat = talk("""
        rules:
          - when: ask_price
            choose: [{id: price, say: 十元, go: close}]
          - when: any
            in: [close]
            choose: [{id: noted, say: 记下了}]
    """)
    said = ("喵喵", "多少钱", "喵喵")
    assert [chat.say(text).why.missed for text in said] == [True, False, False]


def test_unknown_without_rules_is_silence(talk: Talk) -> None:
    """16: where no rule stands on `unknown`, nothing is said, and the miss is counted."""
    turn = talk("rules: [{when: ask_price, choose: [{id: price, else: true, say: 十元}]}]").say("喵喵")
    assert turn.replies == ()
    assert turn.snapshot.misses == 1


def test_deliberate_silence_is_an_answer(talk: Talk) -> None:
    """`say: []` answers with silence: no miss is counted, no ladder climbed, however often."""
    chat = talk("""
        rules:
          - when: thanks
            choose: [{id: quiet, else: true, say: []}]
          - when: unknown
            choose: [{id: lost, else: true, say: 没听懂}]
    """)
    for _ in range(5):
        turn = chat.say("谢谢")
        assert turn.rules == ("quiet",)
        assert turn.replies == ()
        assert turn.snapshot.misses == 0


REPEATING = """
rules:
  - when: ask_price
    choose: [{id: price, else: true, say: 十元}]
  - when: ask_stock
    choose: [{id: stock, else: true, say: [有的, 有货]}]
  - when: paid
    choose: [{id: paid, else: true, say: 收到}]
  - when: unknown
    choose: [{id: lost, else: true, say: 没听懂}]
"""


def test_the_third_identical_reply_falls_back(talk: Talk) -> None:
    """16: a message is not answered with the same words a third time in a row; rules on `unknown` may be."""
    chat = talk(REPEATING)
    turns = [chat.say("多少钱") for _ in range(4)]
    assert [turn.replies for turn in turns] == [("十元",), ("十元",), ("没听懂",), ("十元",)]
    assert "price was undone: it would say the same a 3. time in a row" in turns[2].why.notes
    assert turns[2].snapshot.misses == 1
    assert [chat.say("喵喵").replies for _ in range(4)] == [("没听懂",)] * 4


def test_other_words_in_between_are_no_repetition(talk: Talk) -> None:
    """16: only replies in a row count, and reports are never held back."""
    chat = talk(REPEATING)
    for text in ("多少钱", "多少钱", "有货吗", "多少钱", "多少钱"):
        assert chat.say(text).rules != ("lost",)
    assert [chat.report("paid").replies for _ in range(4)] == [("收到",)] * 4


def test_repetition_may_be_switched_off(talk: Talk) -> None:
    """16: `limits.repeats: 0` lets a flow say the same as often as it likes."""
    chat = talk(REPEATING, "limits: {repeats: 0}")
    assert [chat.say("多少钱").replies for _ in range(5)] == [("十元",)] * 5


def test_any_answers_what_nothing_else_does(talk: Talk) -> None:
    """A list on `any` answers messages heard as nothing, before the ladder, and no miss is counted."""
    chat = talk("rules: [{when: any, choose: [{id: caught, else: true, say: 嗯}]}]")
    for text in ("喵喵", "多少钱", "汪汪", "咩咩"):
        turn = chat.say(text)
        assert turn.replies == ("嗯",)
        assert turn.snapshot.misses == 0


ORDERS = """
facts: {order.total: money}
slots: {order_no: {type: order_no, ask: 哪一单？}}
rules:
  - when: [ask_price, slots.order_no]
    choose:
      - {id: total, if: known(order.total), say: "{{ order.total }}"}
      - {id: which, if: not known(slots.order_no), ask: order_no}
      - {id: nothing, else: true, say: 没有单子}
"""


def orders(talk: Talk, *rows: dict[str, object]) -> Conversation:
    chat = talk(ORDERS)
    chat.tell({"order": [*rows]})
    return chat


A: dict[str, object] = {"no": "2026110100000001", "total": "10.00", "placed": True}
B: dict[str, object] = {"no": "2026110100000002", "total": "20.00", "placed": True}


def test_the_only_open_order_is_in_focus(talk: Talk) -> None:
    """13: `order.*` is the only open order, else the latest; with several open ones it is unknown."""
    assert orders(talk, A).say("多少钱").replies == ("10元",)
    assert orders(talk, A | {"received": True}, B).say("多少钱").replies == ("20元",)
    assert orders(talk, A, B | {"cancelled": True}).say("多少钱").replies == ("10元",)
    assert orders(talk, A | {"received": True}, B | {"received": True}).say("多少钱").replies == ("20元",)
    assert orders(talk, A, B).say("多少钱").replies == ("哪一单？",)


def test_a_number_given_sets_the_focus(talk: Talk) -> None:
    """13: the number given decides, whichever orders are open."""
    chat = orders(talk, A, B)
    chat.say("多少钱")
    assert chat.say("2026110100000002").replies == ("20元",)
    assert chat.say("2026110100000001的多少钱").replies == ("10元",)


def test_facts_without_a_number_need_one_order(talk: Talk) -> None:
    """13: facts that name no order go to the one in focus; with several open they are refused."""
    chat = orders(talk, A)
    chat.tell({"order.total": "12.00"})
    assert chat.say("多少钱").replies == ("12元",)
    chat = orders(talk, A, B)
    with pytest.raises(FactError, match="several orders are open"):
        chat.tell({"order": {"total": "1.00"}})


def test_reports_speak_of_their_order(talk: Talk) -> None:
    """13: with several open orders a report is about the one it names."""
    chat = talk(
        ORDERS
        + """
  - when: paid
    choose: [{id: paid, else: true, say: "收到{{ order.total }}"}]
"""
    )
    chat.tell({"order": [A, B]})
    assert chat.report("paid", {"order": {"no": B["no"]}}).replies == ("收到20元",)
    assert chat.snapshot.orders[str(A["no"])].get("paid") is None


def test_a_report_that_shares_an_intents_name(talk: Talk) -> None:
    """Where an intent has the name of a report, `report.NAME` is the report and the bare name the intent."""
    chat = talk("""
        intents: {paid: {phrases: [付好了]}}
        rules:
          - when: paid
            choose: [{id: says_paid, else: true, say: 我看看}]
          - when: report.paid
            choose: [{id: is_paid, else: true, say: 到账了}]
    """)
    assert chat.say("付好了").rules == ("says_paid",)
    assert chat.report("paid").rules == ("is_paid",)


def test_missing_facts_of_a_report_are_noted(talk: Talk) -> None:
    """A report without the facts it should bring is told in `why`."""
    chat = talk("""
        facts: {order.parcel: text}
        events: {shipped: {brings: [order.parcel]}}
        rules:
          - when: shipped
            choose: [{id: sent, if: known(order.parcel), say: 发了}, {id: soon, else: true, say: 快了}]
    """)
    turn = chat.report("shipped")
    assert turn.rules == ("soon",)
    assert "shipped came without order.parcel" in turn.why.notes
    assert chat.report("shipped", {"order.parcel": "SF1"}).rules == ("sent",)


TYPES = """
types:
  mood:
    sure: 2
    lead: 1
    hurried: [{if: times(ask_stock) >= 1, score: 2}]
    careful: [{if: times(ask_price) >= 1, score: 1}, {if: times(ask_price) >= 3, score: 1}]
rules:
  - when: any
    choose:
      - {id: fast, if: type.mood == hurried, say: 快}
      - {id: slow, if: type.mood == careful, say: 慢}
      - {id: none, if: type.mood == none, say: 嗯}
"""


def test_customer_types_need_evidence(talk: Talk) -> None:
    """A type leads where its evidence reaches `sure` and is ahead by `lead`; before that it is `none`."""
    chat = talk(TYPES, "limits: {repeats: 0}")
    assert [chat.say("多少钱").rules for _ in range(3)] == [("none",), ("none",), ("slow",)]
    assert chat.say("有货吗").rules == ("none",)
    assert talk(TYPES).say("有货吗").rules == ("fast",)


def test_long_answers_are_split(talk: Talk) -> None:
    """25: replies longer than the channel takes become several messages, at sentence ends."""
    chat = talk(
        "rules: [{when: ask_price, choose: [{id: price, else: true, say: 第一句说的是价格很公道。第二句说活动到月底。}]}]",
        "limits: {message: 20}",
    )
    assert chat.say("多少钱").replies == ("第一句说的是价格很公道。", "第二句说活动到月底。")


def test_a_step_is_pure(talk: Talk) -> None:
    """The same arguments give the same turn, and the snapshot given is as it was."""
    chat = session(talk)
    chat.tell({"order": {"no": "A1"}})
    chat.say("多少钱，有货吗")
    before = chat.snapshot.to_json()
    for event in (
        Message(("喵", "我要了")),
        Report("paid"),
        Facts({"order": {"no": "A2"}}),
        Staff("take_over"),
        Staff("say", ("嗯",)),
    ):
        first, second = (step(chat.flow, chat.snapshot, event, NOW) for _ in range(2))
        assert first.snapshot == second.snapshot
        assert first.to_json() == second.to_json()
        assert str(first.why) == str(second.why)
        assert chat.snapshot.to_json() == before


def test_two_flows_of_the_same_files_agree(shop: Shop) -> None:
    """A flow holds no chance and no clock: loaded twice it gives the same turns."""
    texts = ("多少钱", "有货吗", "喵喵", "大码", "谢谢", "你好", "我要了")
    runs = []
    for _ in range(2):
        chat = shop(SESSION).start(now=NOW, seed=7)
        runs.append([chat.say(text).to_json() for text in texts])
    assert runs[0] == runs[1]


def test_what_a_step_refuses(talk: Talk, shop: Shop) -> None:
    """A step refuses another flow's snapshot, unknown events, unknown calls and acts, and facts that do not fit."""
    chat = session(talk)
    other: Flow = shop(SESSION, name="other")
    other.origin = other.origin._replace(flow="other")
    with pytest.raises(SnapshotError, match="belongs to flow 'shop', not to 'other'"):
        step(other, chat.snapshot, Message(("你好",)), NOW)
    for event in (Report("payd"), Result("judge", "done"), Staff("leave")):
        with pytest.raises(EventError):
            step(chat.flow, chat.snapshot, event, NOW)
    with pytest.raises(EventError, match="did you mean 'paid'"):
        chat.report("payd")


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"order": {"totl": "1"}}, "not declared"),
        ({"order": 5}, "is not a map of its facts"),
        ({"order": {"no": 5}}, "is not text"),
        ({"order": {"paid": "yes"}}, "neither true nor false"),
        ({"order": {"items": []}}, "not a list of text"),
        ({"nonsense": 1}, "not declared"),
        ({"customer": {"id": ["a"]}}, "is not text"),
        ({"customer": {"age": 3}}, "not declared"),
    ],
)
def test_facts_that_do_not_fit(talk: Talk, facts: dict[str, object], message: str) -> None:
    """Facts are refused by name with what was expected, and nothing of them is written."""
    chat = session(talk)
    before = chat.snapshot
    with pytest.raises(FactError, match=message):
        chat.tell(facts)
    assert chat.snapshot == before


def test_a_timer_that_is_gone_does_nothing(talk: Talk) -> None:
    """3: a timer that the snapshot does not hold any more does nothing."""
    chat = session(talk)
    turn = step(chat.flow, chat.snapshot, Due(Timer("reminder", NOW)), NOW)
    assert turn.replies == ()
    assert turn.why.notes == ["reminder is not pending any more"]


def test_a_timer_of_a_removed_follow_up_is_dropped(talk: Talk) -> None:
    """3: a timer whose follow-up the flow no longer declares is dropped."""
    chat = session(talk)
    timer = Timer("gone", NOW)
    chat.snapshot.timers = (timer,)
    turn = step(chat.flow, chat.snapshot, Due(timer), NOW)
    assert turn.due == ()
    assert turn.why.notes == ["gone is dropped"]


def test_a_timer_waits_for_its_hours(talk: Talk) -> None:
    """3: a timer that comes outside the contact hours is held until they open."""
    chat = talk("""
        rules: [{when: ask_price, choose: [{id: price, else: true, say: 十元}]}]
        follow_ups: {later: {since: price, after: 1h, say: 还在吗}}
    """)
    chat.say("多少钱")
    late = NOW.replace(hour=23)
    turn = step(chat.flow, chat.snapshot, Due(chat.snapshot.timers[0]), late)
    assert turn.replies == ()
    assert [timer.due for timer in turn.due] == [NOW.replace(hour=9) + datetime.timedelta(days=1)]


def test_the_queue_is_bounded(talk: Talk) -> None:
    """A turn of very many events stops and says so, with what was said so far."""
    intents = ", ".join(f"i{n}: {{phrases: [甲{n}乙]}}" for n in range(80))
    rules = "".join(f"\n  - {{when: i{n}, choose: [{{id: r{n}, else: true, say: 第{n}}}]}}" for n in range(80))
    turn = talk(f"intents: {{{intents}}}\nrules:{rules}\n").say(" ".join(f"甲{n}乙，" for n in range(80)))
    assert len(turn.rules) == 64
    assert "stopped: this turn had too many events" in turn.why.notes


def test_an_unknown_number_is_no_other_order(talk: Talk) -> None:
    """13: where the customer gives a number that the shop did not report, no other order speaks for it."""
    chat = talk("""
        facts: {order.total: money}
        slots: {order_no: {type: order_no, ask: 单号？}}
        rules:
          - when: ask_parcel
            choose: [{id: told, if: known(order.total), say: "{{ order.total }}"}, {id: none, else: true, say: 没查到}]
    """)
    chat.tell({"order": A})
    assert chat.say("2026110100000002到哪了").replies == ("没查到",)
    chat.tell({"order": {"total": "7.00"}})
    assert chat.say("到哪了").replies == ("7元",)
    assert chat.snapshot.orders[str(A["no"])]["total"] == 1000


def test_a_timer_waits_for_its_place(talk: Talk) -> None:
    """3: a timer that a host fires in another state than the follow-up's is held."""
    chat = talk("""
        rules: [{when: ask_price, choose: [{id: price, else: true, say: 十元}]}]
        follow_ups: {later: {since: price, after: 1h, in: [close], say: 还在吗}}
    """)
    chat.say("多少钱")
    turn = step(chat.flow, chat.snapshot, Due(chat.snapshot.timers[0]), NOW + datetime.timedelta(hours=1))
    assert turn.due == tuple(chat.snapshot.timers)
    assert turn.why.notes == ["later waits for its place"]
