"""What `do` does: ledgers, promises, calls, look-ups, and the effects that tell the host."""

from __future__ import annotations

import datetime

import pytest

from csflow import Conversation, Result, Turn, step
from tests.flows import NOW, Talk

DAY = datetime.timedelta(days=1)


def effects(turn: Turn) -> list[tuple[str, str, object]]:
    return [(effect.type, effect.name, effect.plain) for effect in turn.effects]


DEEDS = """
facts: {order.total: money, order.note: text, order.day: date}
slots: {size: {type: [大, 小], ask: 大还是小？, hears: {大: [大码], 小: [小码]}}}
calls:
  refund: {with: [order.no, order.total]}
  boss: {by: supervisor, within: 20m, hold: 还在问}
rules:
  - when: ask_price
    choose: [{id: do, else: true, do: [DEED], say: 好}]
"""


@pytest.mark.parametrize(
    ("deed", "expected"),
    [
        ("{grant: gift}", ("grant", "gift", {"order": "A1"})),
        ("{notify: finance}", ("notify", "finance", {"order": "A1"})),
        ("{tag: {mood: good}}", ("tag", "mood", {"mood": "good"})),
        ("{tag: {mood: order.note}}", ("tag", "mood", {})),
        ("{record: {demand: [order.total, order.note, slots.size]}}", ("record", "demand", {"order.total": "185.00"})),
        ("{call: refund}", ("call", "refund", {"order.no": "A1", "order.total": "185.00"})),
        ("{call: refund, with: {kind: all}}", ("call", "refund", {"order.no": "A1", "order.total": "185.00", "kind": "all"})),
        ("{call: boss}", ("request_approval", "boss", {})),
        ("{promise: {answer: order.total, by: 30m}}", ("promise", "answer", {"answer": "185.00"})),
        ("{promise: {answer: order.note, by: 30m}}", ("promise", "answer", {})),
        (
            "{mail: {subject: '{{ order.no }}', text: '合计{{ order.total }}'}}",
            ("mail", "mail", {"subject": "A1", "text": "合计185元"}),
        ),
    ],
)
def test_effects(talk: Talk, deed: str, expected: tuple[str, str, object]) -> None:
    """Every effect goes out as plain data, money as decimal text, unknown values left out."""
    chat = talk(DEEDS.replace("DEED", deed))
    chat.tell({"order": {"no": "A1", "total": "185.00"}})
    assert effects(chat.say("多少钱")) == [expected]


def test_a_mail_with_a_missing_fact_is_not_sent(talk: Talk) -> None:
    """A mail never goes out with a hole in it; `why` says so."""
    turn = talk(DEEDS.replace("DEED", "{mail: {subject: 订单, text: '{{ order.note }}'}}")).say("多少钱")
    assert turn.effects == ()
    assert turn.replies == ("好",)
    assert "mail not sent: a fact in its text is unknown" in turn.why.notes


def test_tags_are_read_by_conditions(talk: Talk) -> None:
    """A tag is a fact `tags.X`, `none` until it is set, and outlives the session."""
    chat = talk("""
        states: {farewell.closed: {ends: session}}
        rules:
          - when: ask_price
            choose:
              - {id: first, if: tags.mood == none, do: [{tag: {mood: good}}], say: 一}
              - {id: later, if: tags.mood == good, say: 二}
          - when: thanks
            choose: [{id: bye, else: true, say: 再见, go: farewell.closed}]
    """)
    assert chat.say("多少钱").rules == ("first",)
    chat.say("谢谢")
    assert chat.say("多少钱").rules == ("later",)


GRANTS = """
rules:
  - when: ask_discount
    choose: [{id: give, if: granted.gift == 0, do: [{grant: gift}], say: 送您}, {id: given, else: true, say: 送过了}]
"""


def test_grants_stay_with_their_order(talk: Talk) -> None:
    """13: a grant belongs to the order in focus; another order has none yet."""
    chat = talk(GRANTS)
    chat.tell({"order": {"no": "A1", "placed": True}})
    assert chat.say("便宜点").rules == ("give",)
    assert chat.say("便宜点").rules == ("given",)
    chat.tell({"order": {"no": "A1", "received": True}})
    chat.tell({"order": {"no": "A2", "placed": True}})
    assert chat.say("便宜点").rules == ("give",)
    assert [grant.order for grant in chat.snapshot.ledger.grants] == ["A1", "A2"]


def test_a_grant_before_any_order_counts_for_all(talk: Talk) -> None:
    """13: what was granted before there was an order is not granted again with the first one."""
    chat = talk(GRANTS)
    chat.say("便宜点")
    chat.tell({"order": {"no": "A1", "placed": True}})
    assert chat.say("便宜点").rules == ("given",)


PROMISED = """
facts: {order.day: date}
rules:
  - when: ask_price
    choose: [{id: promised, else: true, do: [{promise: {answer: order.no, by: BY}}], say: 一会儿答您}]
  - when: checked
    choose: [{id: kept, else: true, do: [{keep: answer}], say: 查到了}]
  - when: answer.broken
    in: [everywhere]
    choose: [{id: late, else: true, say: 抱歉晚了}]
events: {checked: {}}
"""


def promised(talk: Talk, by: str = "30m") -> Conversation:
    chat = talk(PROMISED.replace("BY", by))
    chat.say("多少钱")
    return chat


def test_a_broken_promise_fires(talk: Talk) -> None:
    """14: every promise has a deadline; a broken one fires `NAME.broken` and is so in the ledger."""
    chat = promised(talk)
    assert chat.wait("29m").rules == ()
    turn = chat.wait("1m")
    assert turn.replies == ("抱歉晚了",)
    assert [p.state for p in turn.snapshot.ledger.promises] == ["broken"]
    assert chat.wait("2d").rules == ()


def test_a_kept_promise_is_not_broken(talk: Talk) -> None:
    """14: a promise that was kept has no deadline any more."""
    chat = promised(talk)
    turn = chat.report("checked")
    assert effects(turn) == [("keep", "answer", {})]
    assert turn.due == ()
    assert [p.state for p in turn.snapshot.ledger.promises] == ["kept"]
    assert chat.wait("2d").rules == ()


@pytest.mark.parametrize(
    ("by", "due"),
    [
        ("30m", NOW + datetime.timedelta(minutes=30)),
        ("1d", NOW + DAY),
        ("workdays(5)", NOW + 7 * DAY),
        ("today", NOW.replace(hour=23, minute=59, second=59)),
        ("today + 2d", NOW.replace(hour=23, minute=59, second=59) + 2 * DAY),
    ],
)
def test_deadlines(talk: Talk, by: str, due: datetime.datetime) -> None:
    """14: a promise is due after a duration or at the end of a date in the shop's zone."""
    assert [timer.due for timer in promised(talk, by).snapshot.timers] == [due]


@pytest.mark.parametrize(("by", "why"), [("order.day", "unknown"), ("today - 1d", "over"), ("0s", "over")])
def test_nothing_is_promised_without_a_deadline_ahead(talk: Talk, by: str, why: str) -> None:
    """14: a rule whose promise has no deadline, or one that is over, is undone whole: nothing said, nothing owed."""
    chat = talk(PROMISED.replace("BY", by))
    turn = chat.say("多少钱")
    assert (turn.replies, turn.effects, turn.snapshot.ledger.promises) == ((), (), ())
    assert f"promised was undone: the deadline of the promise answer is {why}" in turn.why.notes


NIGHT = "contact_hours: mon-sun 09:00-21:00\n"


def test_a_promise_broken_at_night_is_told_in_the_morning(talk: Talk) -> None:
    """14: the ledger has it broken in time; the customer hears of it when the contact hours open."""
    chat = talk(PROMISED.replace("BY", "today"), NIGHT)
    chat.say("多少钱")
    turn = chat.wait("20h")
    assert (chat.now.hour, turn.replies) == (6, ())
    assert [p.state for p in turn.snapshot.ledger.promises] == ["broken"]
    assert [(timer.name, timer.due.hour) for timer in turn.due] == [("answer.broken", 9)]
    assert chat.wait("3h").replies == ("抱歉晚了",)
    assert chat.wait("2d").rules == ()


def test_a_promise_kept_before_anybody_heard_that_it_was_broken(talk: Talk) -> None:
    """14: what is kept late at night needs no word any more, and stays broken in the ledger."""
    chat = talk(PROMISED.replace("BY", "today"), NIGHT)
    chat.say("多少钱")
    chat.wait("20h")
    turn = chat.report("checked")
    assert (turn.replies, turn.due) == (("查到了",), ())
    assert [p.state for p in turn.snapshot.ledger.promises] == ["broken"]
    assert chat.wait("2d").rules == ()


def test_what_only_the_shop_hears_does_not_wait(talk: Talk) -> None:
    """14: a rule on a broken promise that says nothing to the customer acts at once, at night too."""
    chat = talk(PROMISED.replace("BY", "today").replace("say: 抱歉晚了", "do: [{notify: boss}]"), NIGHT)
    chat.say("多少钱")
    assert effects(chat.wait("14h")) == [("notify", "boss", {})]


CALLED = """
calls: {boss: {by: supervisor, within: WITHIN}}
rules:
  - when: ask_price
    choose: [{id: asked, else: true, do: [{call: boss}], say: 我问问}]
  - when: boss.failed
    choose: [{id: silent, else: true, say: 还没问到}]
"""


@pytest.mark.parametrize(("within", "hour"), [("30m", 21), ("1h", 21), ("2h", 9)])
def test_late_answers_at_night(talk: Talk, within: str, hour: int) -> None:
    """14: who waits for an answer within the hour hears at once that it is late, others in the contact hours."""
    chat = talk(CALLED.replace("WITHIN", within), NIGHT, now=NOW.replace(hour=20, minute=40))
    chat.say("多少钱")
    assert any(chat.wait("10m").replies for _ in range(100))
    assert chat.now.hour == hour


def test_a_promise_is_kept_for_its_order(talk: Talk) -> None:
    """13: keeping a promise keeps the one about the order in focus, not another order's."""
    chat = talk(PROMISED.replace("BY", "1d"))
    chat.tell({"order": {"no": "A1", "placed": True}})
    chat.say("多少钱")
    chat.tell({"order": {"no": "A1", "received": True}})
    chat.tell({"order": {"no": "A2", "placed": True}})
    chat.say("多少钱")
    chat.report("checked", {"order": {"no": "A2"}})
    assert [(p.order, p.state) for p in chat.snapshot.ledger.promises] == [("A1", "open"), ("A2", "kept")]
    assert [timer.order for timer in chat.snapshot.timers] == ["A1"]


APPROVAL = """
calls: {boss: {by: supervisor, within: 20m, gives: {deal.note: text}}}
rules:
  - when: ask_discount
    choose: [{id: ask, else: true, do: [{call: boss}], say: "问问主管，{{ calls.boss.within }}内答您"}]
  - when: boss.done
    in: [everywhere]
    choose: [{id: done, if: outcome == done, say: 批了}]
  - when: [boss.denied, boss.failed]
    in: [everywhere]
    choose: [{id: denied, if: outcome == denied, say: 没批}, {id: late, else: true, say: 还没回}]
"""


def test_approvals(talk: Talk) -> None:
    """Each outcome of an approval is an event; `outcome` tells which."""
    for outcome, reply in (("done", "批了"), ("denied", "没批"), ("failed", "还没回")):
        chat = talk(APPROVAL)
        assert chat.say("便宜点").replies == ("问问主管，20分钟内答您",)
        turn = chat.result("boss", outcome)
        assert turn.replies == (reply,)
        assert turn.due == ()


def test_a_late_answer_still_counts(talk: Talk) -> None:
    """14: at the deadline `failed` fires; the answer that comes later is told all the same, once."""
    chat = talk(APPROVAL)
    chat.say("便宜点")
    assert chat.wait("20m").replies == ("还没回",)
    assert chat.result("boss", "done").replies == ("批了",)
    assert chat.result("boss", "done").replies == ()


def test_a_superseded_result_ends(talk: Talk) -> None:
    """2: the result of a call that a newer one replaced ends there, and says so."""
    chat = talk(APPROVAL)
    first = chat.say("便宜点").effects[0].serial
    second = chat.say("便宜点").effects[0].serial
    turn = step(chat.flow, chat.snapshot, Result("boss", "done", None, first), chat.now)
    assert turn.rules == ()
    assert "boss.done: no such call is open, or a newer one replaced it" in turn.why.notes
    assert step(chat.flow, chat.snapshot, Result("boss", "done", None, second), chat.now).rules == ("done",)


def test_results_bring_facts_in_handoff_without_words(talk: Talk) -> None:
    """5: results go on during a hand-off; rules reach it by `everywhere` only."""
    chat = talk(APPROVAL)
    chat.say("便宜点")
    chat.staff("take_over")
    turn = chat.result("boss", "done", {"deal.note": "九折"})
    assert turn.snapshot.facts == {"deal.note": "九折"}
    assert turn.rules == ("done",)


STOCK = """
slots: {product: {type: product, ask: 哪一款？}, size: {type: text, ask: 什么码？}}
calls:
  check_stock:
    read: true
    with: [slots.product, "slots.size?"]
    gives: {stock.count: count}
    fresh: 5m
    within: 20s
    hold: 查一下
rules:
  - when: ask_stock
    choose:
      - {id: which, if: not known(slots.product), ask: product}
      - {id: some, if: stock.count > 0, say: "还有{{ stock.count }}件"}
      - {id: none, if: stock.count == 0, say: 没有了}
      - {id: unsure, else: true, say: 查不到}
  - when: ask_price
    choose: [{id: told, else: true, say: "剩{{ stock.count }}件", do: [{notify: till}]}]
  - when: complain
    in: [everywhere]
    choose: [{id: sorry, else: true, say: 抱歉, go: complaint}]
  - when: thanks
    in: [complaint]
    choose: [{id: welcome, else: true, say: 不客气, go: back}]
  - when: unknown
    choose: [{id: lost, else: true, say: 没听懂}]
"""
SHELF = """
products: {亚麻衬衫: {}, 羊毛围巾: {}}
"""


def stock(talk: Talk, **options: object) -> Conversation:
    chat = talk(STOCK, SHELF, **options)
    assert chat.say("有货吗").rules == ("which",)
    return chat


def test_a_look_up_parks_the_event(talk: Talk) -> None:
    """7 and 15: a condition that touches an unfetched fact parks the event, makes the call and says the hold line."""
    chat = stock(talk)
    turn = chat.say("亚麻衬衫")
    assert effects(turn) == [("call", "check_stock", {"slots.product": "亚麻衬衫"})]
    assert turn.effects[0].deadline == NOW + datetime.timedelta(seconds=20)
    assert turn.rules == ()
    assert turn.replies == ("查一下",)
    assert [(p.trigger, p.call) for p in turn.snapshot.ledger.parked] == [("ask_stock", "check_stock")]
    turn = chat.result("check_stock", "done", {"stock.count": 3})
    assert turn.replies == ("还有3件",)
    assert turn.snapshot.ledger.parked == ()


def test_a_text_looks_up_before_any_effect(talk: Talk) -> None:
    """7: a text that needs a look-up undoes its rule before the call; nothing is done twice."""
    chat = stock(talk)
    chat.say("亚麻衬衫")
    chat.result("check_stock", "failed")
    chat.wait("10m")
    turn = chat.say("多少钱")
    assert [e.type for e in turn.effects] == ["call"]
    turn = chat.result("check_stock", "done", {"stock.count": 2})
    assert turn.replies == ("剩2件",)
    assert [e.type for e in turn.effects] == ["notify"]


def test_actions_answer_in_the_same_turn(talk: Talk) -> None:
    """7: a look-up whose action answers at once needs no hold line; a failing one leaves the fact unknown."""
    chat = stock(talk, actions={"check_stock": lambda **given: {"stock.count": len(given["slots.product"])}})
    assert chat.say("亚麻衬衫").replies == ("还有4件",)
    chat = stock(talk, actions={"check_stock": lambda **given: 1 / 0})
    assert chat.say("亚麻衬衫").replies == ("查不到",)


def test_fresh_facts_are_not_looked_up_again(talk: Talk) -> None:
    """7: a look-up is made once while its facts are fresh, and again afterwards or for other arguments."""
    made: list[dict[str, object]] = []

    def check(**given: object) -> dict[str, int]:
        made.append(given)
        return {"stock.count": len(made)}

    chat = stock(talk, actions={"check_stock": check})
    chat.say("亚麻衬衫")
    chat.say("有货吗")
    assert len(made) == 1
    chat.wait("6m")
    chat.say("有货吗")
    assert len(made) == 2
    assert chat.say("羊毛围巾有货吗").replies == ("还有3件",)
    assert [given["slots.product"] for given in made] == ["亚麻衬衫", "亚麻衬衫", "羊毛围巾"]


def test_a_silent_look_up_fails_in_time(talk: Talk) -> None:
    """7 and 14: after its deadline a look-up failed: the event runs with the fact unknown, and the call is closed."""
    chat = stock(talk)
    chat.say("亚麻衬衫")
    turn = chat.wait("20s")
    assert turn.replies == ("查不到",)
    assert turn.snapshot.ledger.calls == {}
    assert chat.result("check_stock", "done", {"stock.count": 3}).replies == ()


def test_facts_that_are_told_end_a_look_up(talk: Talk) -> None:
    """7: the shop that tells a looked-up fact by itself answers the call."""
    chat = stock(talk)
    chat.say("亚麻衬衫")
    turn = chat.tell({"stock": {"count": 0}})
    assert turn.replies == ("没有了",)
    assert turn.due == ()


def test_a_look_up_under_way_is_not_made_twice(talk: Talk) -> None:
    """15: two events that wait for the same look-up make it once, and both run on its result."""
    chat = stock(talk)
    chat.say("亚麻衬衫")
    assert chat.say("多少钱").effects == ()
    assert chat.result("check_stock", "done", {"stock.count": 3}).rules == ("some", "told")


def test_a_result_during_a_side_root_waits(talk: Talk) -> None:
    """20: what was parked before a side root runs when `back` returns there."""
    chat = stock(talk)
    chat.say("亚麻衬衫")
    chat.say("投诉")
    assert chat.result("check_stock", "done", {"stock.count": 3}).replies == ()
    assert chat.say("谢谢").rules == ("welcome", "some")


def test_a_missing_argument_leaves_the_fact_unknown(talk: Talk) -> None:
    """7: without a needed argument there is nothing to look up; the fact is just unknown."""
    turn = talk(STOCK, SHELF).say("多少钱")
    assert turn.effects == ()
    assert turn.replies == ("没听懂",)


def test_a_parked_message_without_an_answer_is_unknown(talk: Talk) -> None:
    """16: a message that finds no rule once its look-up ended is not left in silence."""
    chat = talk("""
        calls: {check_stock: {read: true, gives: {stock.count: count}}}
        rules:
          - when: ask_stock
            choose: [{id: some, if: stock.count > 0, say: 有货}]
          - when: unknown
            choose: [{id: lost, else: true, say: 没听懂}]
    """)
    chat.say("有货吗")
    assert chat.result("check_stock", "done", {"stock.count": 0}).replies == ("没听懂",)


LOOK = "calls: {check: {read: true, gives: {stock.count: count}, hold: HOLD}}\n"
PIECES = """
slots: {pieces: {type: count, ask: 几件？, valid: slots.pieces <= stock.count}}
rules:
  - when: buy
    choose: [{id: ask, if: not known(slots.pieces), ask: pieces}, {id: buy, else: true, say: 好}]
  - when: ask_stock
    choose: [{id: stock, if: stock.count > 0, say: 有货}]
"""


def test_a_look_up_may_need_another(talk: Talk) -> None:
    """7: an argument that another look-up gives is looked up first."""
    chat = talk("""
        calls: {price: {read: true, gives: {shop.price: count}, with: [shop.area]}, area: {read: true, gives: {shop.area: count}}}
        rules: [{when: buy, choose: [{id: buy, if: shop.price > 0, say: 好}]}]
    """)
    assert [effect.name for effect in chat.say("我要了").effects] == ["area"]
    assert [effect.name for effect in chat.result("area", "done", {"shop.area": 1}).effects] == ["price"]
    assert chat.result("price", "done", {"shop.price": 1}).rules == ("buy",)


def test_several_that_wait_hear_it_once(talk: Talk) -> None:
    """15: two questions in one message that wait for a look-up under way are told so once."""
    chat = talk("""
        calls: {check: {read: true, gives: {stock.count: count}, hold: 查一下。}}
        rules:
          - {when: ask_stock, choose: [{id: there, if: stock.count > 0, say: 有}]}
          - {when: ask_price, choose: [{id: price, if: stock.count > 0, say: 十元}]}
    """)
    assert chat.say("有货吗").replies == ("查一下。",)
    assert chat.say("有货吗", "多少钱").replies == ("查一下。",)


def test_look_ups_that_need_each_other(talk: Talk) -> None:
    """7: two look-ups that need each other's facts can never be made; their facts are unknown."""
    chat = talk("""
        calls: {one: {read: true, gives: {x.one: count}, with: [x.two]}, two: {read: true, gives: {x.two: count}, with: [x.one]}}
        rules: [{when: buy, choose: [{id: buy, if: x.one > 0, say: 好}, {id: unsure, else: true, say: 不清楚}]}]
    """)
    assert chat.say("我要了").rules == ("unsure",)


def test_look_ups_outside_rules(talk: Talk) -> None:
    """7: a question, a slot's `valid` and a hold line do not look up; a fact that was not fetched is unknown there."""
    chat = talk(LOOK.replace("HOLD", '"剩{{ stock.count }}件？"') + PIECES)
    chat.say("我要了")
    assert chat.say("3件").rules == ("buy",)
    assert chat.say("有货吗").replies == ()
    chat.result("check", "done", {"stock.count": 2})
    chat = talk(LOOK.replace("HOLD", "稍等") + PIECES)
    chat.tell({"stock.count": 2})
    chat.say("我要了")
    assert chat.say("3件").replies == ("几件？",)
    assert chat.say("2件").rules == ("buy",)


def test_collecting_looks_up(talk: Talk) -> None:
    """7: a look-up that a collected slot's condition needs is made, and the question follows on its result."""
    chat = talk(
        LOOK.replace("HOLD", "稍等")
        + """
slots: {pieces: {type: count, ask: 几件？}}
states: {close.pieces: {collect: [{slot: pieces, if: stock.count > 1}]}}
rules: [{when: buy, choose: [{id: buy, else: true, say: 好, go: close.pieces}]}]
"""
    )
    assert [effect.name for effect in chat.say("我要了").effects] == ["check"]
    assert chat.result("check", "done", {"stock.count": 3}).replies == ("几件？",)


def test_waiting_again(talk: Talk) -> None:
    """15: a second message that waits for the same look-up hears the hold line again, where there is one."""
    chat = stock(talk)
    assert chat.say("亚麻衬衫").replies == ("查一下",)
    assert chat.say("有货吗").replies == ("查一下",)
    chat = talk("""
        calls: {check: {read: true, gives: {stock.count: count}}}
        rules: [{when: ask_stock, choose: [{id: some, if: stock.count > 0, say: 有}]}]
    """)
    assert [chat.say("有货吗").replies for _ in range(2)] == [(), ()]
    assert len(chat.snapshot.ledger.calls) == 1
