"""Going from state to state: phases, side roots that suspend, ways back, `enter` and `now`."""

from __future__ import annotations

from csflow import Conversation
from tests.flows import Talk

SALE = """
slots:
  size: {type: [大, 小], ask: 大还是小？, hears: {大: [大码], 小: [小码]}, tries: 3}
  what: {type: text, ask: 出了什么事？}
states:
  identify_need.size: {collect: [size]}
  close.await_payment: {}
  complaint.listen: {collect: [what]}
rules:
  - when: started
    in: [greet]
    choose: [{id: hello, else: true, say: 您好, go: identify_need.size}]
  - when: collected
    in: [identify_need.size]
    choose: [{id: sized, else: true, say: 好的, go: close.await_payment}]
  - when: complain
    in: [everywhere]
    choose: [{id: sorry, else: true, say: 抱歉, go: complaint.listen}]
  - when: collected
    in: [complaint]
    choose: [{id: solved, else: true, say: 记下了, go: back}]
  - when: return_goods
    in: [everywhere]
    choose: [{id: returning, else: true, say: 可以退, go: after_sales}]
  - when: buy
    in: [everywhere]
    choose: [{id: bought, else: true, say: 下单吧, go: close}]
  - when: thanks
    in: [after_sales, complaint]
    choose: [{id: welcome, else: true, say: 不客气, go: back}]
  - when: ask_price
    choose: [{id: price, else: true, say: 十元}]
  - when: ordered
    in: [everywhere]
    choose: [{id: ordered, else: true, say: 收到订单, go: close.await_payment}]
  - when: ask_human
    in: [everywhere]
    choose: [{id: human, else: true, say: 转人工, go: handoff}]
  - when: now
    in: [close.await_payment]
    choose: [{id: paid, if: order.paid, say: 收到款了, go: follow_up}]
"""


def sale(talk: Talk) -> Conversation:
    chat = talk(SALE)
    assert chat.say("在吗").replies == ("您好", "大还是小？")
    return chat


def test_a_side_root_suspends_and_back_returns(talk: Talk) -> None:
    """4: entering a side root suspends state and question; `back` returns to both."""
    chat = sale(talk)
    turn = chat.say("我要投诉")
    assert turn.replies == ("抱歉", "出了什么事？")
    assert turn.snapshot.frames[0].state == "identify_need.size"
    turn = chat.say("衣服破了")
    assert turn.state == "identify_need.size"
    assert turn.replies == ("记下了", "大还是小？")
    assert turn.snapshot.frames == ()
    assert chat.say("大码").rules == ("sized",)


def test_side_roots_nest(talk: Talk) -> None:
    """4: one side root interrupts another; each `back` goes one level up."""
    chat = sale(talk)
    chat.say("退货")
    turn = chat.say("投诉")
    assert [frame.state for frame in turn.snapshot.frames] == ["identify_need.size", "after_sales"]
    assert chat.say("谢谢").state == "after_sales"
    assert chat.say("谢谢").state == "identify_need.size"


def test_the_same_side_root_is_not_pushed_twice(talk: Talk) -> None:
    """20: a move inside a side root, or to where one is already, suspends nothing more."""
    chat = sale(talk)
    chat.say("投诉")
    assert len(chat.say("投诉，投诉").snapshot.frames) == 1


def test_slots_of_a_side_root_are_cleared(talk: Talk) -> None:
    """4: what a side root collected for the session is forgotten on leaving; it is asked anew next time."""
    chat = sale(talk)
    chat.say("投诉")
    assert chat.say("衣服破了").snapshot.slots == {}
    assert chat.say("投诉").replies == ("抱歉", "出了什么事？")


def test_phase_rules_are_not_heard_in_side_roots(talk: Talk) -> None:
    """4: rules reach a side root only by its name or `everywhere`."""
    chat = sale(talk)
    chat.say("退货")
    turn = chat.say("多少钱")
    assert turn.rules == ()
    assert turn.state == "after_sales"


def test_a_phase_drops_the_frames(talk: Talk) -> None:
    """20: a message that moves from a side root to a phase forgets what was suspended."""
    chat = sale(talk)
    chat.say("退货")
    turn = chat.say("我要了")
    assert turn.state == "close"
    assert turn.snapshot.frames == ()
    assert turn.snapshot.pending is None


def test_the_shop_moves_the_suspended_state(talk: Talk) -> None:
    """20: a report that asks for a phase while a side root is open changes only the suspended state."""
    chat = sale(talk)
    chat.say("退货")
    turn = chat.report("ordered", {"order": {"no": "A1"}})
    assert turn.state == "after_sales"
    assert turn.replies == ("收到订单",)
    assert [frame.state for frame in turn.snapshot.frames] == ["close.await_payment"]
    assert "suspended state is now close.await_payment" in turn.why.notes


def test_now_after_every_return(talk: Talk) -> None:
    """5: a payment that came during a complaint is seen on the return."""
    chat = sale(talk)
    chat.say("退货")
    chat.report("ordered", {"order": {"no": "A1"}})
    assert chat.report("paid").rules == ()
    turn = chat.say("谢谢")
    assert turn.rules == ("welcome", "paid")
    assert turn.state == "follow_up"


def test_now_after_every_event(talk: Talk) -> None:
    """5: a fact that is merely told fires a rule on `now`."""
    chat = sale(talk)
    chat.report("ordered", {"order": {"no": "A1"}})
    assert chat.tell({"order": {"paid": True}}).rules == ("paid",)


def test_now_is_bounded(talk: Talk) -> None:
    """5: rules on `now` that chase each other stop after eight moves, and none fires twice in a turn."""
    circle = "".join(
        f"""
  - when: now
    in: [close.s{i}]
    choose: [{{id: on{i}, if: order.paid, go: close.s{(i + 1) % 12}}}]"""
        for i in range(12)
    )
    chat = talk(
        "states: {"
        + ", ".join(f"close.s{i}: {{}}" for i in range(12))
        + "}"
        + f"""
rules:
  - when: started
    in: [greet]
    choose: [{{id: hello, else: true, go: close.s0}}]{circle}
"""
    )
    chat.say("在吗")
    turn = chat.tell({"order": {"paid": True}})
    assert turn.rules == tuple(f"on{i}" for i in range(8))
    assert turn.state == "close.s8"


def test_going_to_the_same_state_is_no_move(talk: Talk) -> None:
    """20: `go` to the state one is in keeps the question and does not enter again."""
    chat = talk("""
        slots: {size: {type: [大, 小], ask: 大还是小？, hears: {大: [大码]}, tries: 3}}
        rules:
          - when: ask_stock
            choose: [{id: stock, if: not known(slots.size), ask: size, go: close}]
          - when: ask_price
            choose: [{id: price, else: true, say: 十元, go: close}]
          - when: enter
            in: [close]
            choose: [{id: entered, else: true, say: 结账}]
    """)
    assert chat.say("有货吗").replies == ("结账", "大还是小？")
    turn = chat.say("多少钱")
    assert turn.replies == ("十元", "大还是小？")


def test_a_move_drops_the_old_question(talk: Talk) -> None:
    """20: leaving a phase for another drops its question; the moving rule's own question stays."""
    chat = sale(talk)
    turn = chat.say("我要了")
    assert turn.state == "close"
    assert turn.snapshot.pending is None
    assert turn.replies == ("下单吧",)


ENTERED = """
states: {close.pay: {}, close.pay.card: {}}
rules:
  - when: buy
    choose: [{id: buy, else: true, say: 好, go: close.pay.card}]
  - when: enter
    in: [close]
    choose: [{id: outer, else: true, say: 结账}]
  - when: enter
    in: [close.pay]
    choose: [{id: middle, else: true, say: 付款}]
  - when: enter
    in: [close.pay.card]
    choose: [{id: inner, else: true, say: 刷卡}]
  - when: ask_price
    in: [close]
    choose: [{id: up, else: true, say: 上去, go: close.pay}]
  - when: ask_stock
    in: [close]
    choose: [{id: down, else: true, say: 下去, go: close.pay.card}]
"""


def test_enter_outer_first(talk: Talk) -> None:
    """21: `enter` fires for each state entered from outside, the outer first; not for those one was in."""
    chat = talk(ENTERED)
    assert chat.say("我要了").rules == ("buy", "outer", "middle", "inner")
    assert chat.say("多少钱").rules == ("up",)
    assert chat.say("有货").rules == ("down", "inner")


def test_enter_before_what_else_was_said(talk: Talk) -> None:
    """21: the states' greeting comes before the message's next intent is answered."""
    assert talk(ENTERED).say("我要了，多少钱").rules == ("buy", "outer", "middle", "inner", "up")


def test_back_from_everywhere_stays_in_a_phase(talk: Talk) -> None:
    """`back` where nothing is suspended stays, and says so in `why`."""
    chat = talk("rules: [{when: ask_price, in: [everywhere], choose: [{id: price, else: true, say: 十元, go: back}]}]")
    turn = chat.say("多少钱")
    assert turn.state == "greet"
    assert "nothing is suspended; stayed" in turn.why.notes


def test_handoff_records_messages(talk: Talk) -> None:
    """4 and 5: `handoff` answers nothing by itself; messages are recorded for the person, in the customer's words."""
    chat = sale(talk)
    turn = chat.say("人工")
    assert [(e.type, e.name, e.plain) for e in turn.effects] == [("hand_off", "human", {"from": "identify_need.size"})]
    turn = chat.say("多少钱\0", "在吗")
    assert turn.replies == ()
    assert turn.rules == ()
    assert [(e.type, e.name, e.plain) for e in turn.effects] == [("record", "message", {"text": "多少钱\n在吗"})]


def test_staff_gives_back(talk: Talk) -> None:
    """4 and 5: a person speaks, and gives the conversation back to where it was suspended."""
    chat = sale(talk)
    chat.say("人工")
    assert chat.staff("say", "我是同事").replies == ("我是同事",)
    turn = chat.staff("give_back", "交回机器人")
    assert turn.state == "identify_need.size"
    assert turn.replies[0] == "交回机器人"
    assert chat.say("大码").rules == ("sized",)


def test_staff_takes_over(talk: Talk) -> None:
    """A person takes the conversation over from any state; doing it twice changes nothing."""
    chat = sale(talk)
    turn = chat.staff("take_over")
    assert turn.state == "handoff"
    assert [(e.type, e.name) for e in turn.effects] == [("hand_off", "take_over")]
    assert chat.staff("take_over").effects == ()
    assert len(chat.snapshot.frames) == 1
    assert chat.staff("give_back").state == "identify_need.size"
    assert chat.staff("give_back").state == "identify_need.size"


def test_reports_during_handoff(talk: Talk) -> None:
    """5: while a person has the conversation a report writes its facts and says nothing; `now` sees them afterwards."""
    chat = sale(talk)
    chat.report("ordered", {"order": {"no": "A1"}})
    chat.say("人工")
    turn = chat.report("paid")
    assert turn.replies == ()
    assert "paid came while a person has the conversation" in turn.why.notes
    assert chat.tell({"order": {"paid": True}}).replies == ()
    assert chat.staff("give_back").rules == ("paid",)


def test_a_conversation_given_back_before_it_began(talk: Talk) -> None:
    """2: whom a person gives back before any message is still greeted with the first one."""
    chat = talk(SALE)
    chat.staff("take_over")
    chat.staff("give_back")
    assert chat.say("在吗").replies == ("您好", "大还是小？")


def test_a_rule_that_asks_and_enters_a_side_root(talk: Talk) -> None:
    """4: the question that was open is suspended, also by a rule that asks one of its own."""
    chat = talk("""
        slots:
          size: {type: [大, 小], ask: 大还是小？, hears: {大: [大码]}}
          what: {type: text, ask: 怎么了？}
        rules:
          - when: ask_stock
            choose: [{id: which, if: not known(slots.size), ask: size}, {id: stock, else: true, say: 有}]
          - when: complain
            in: [everywhere]
            choose: [{id: sorry, else: true, say: 抱歉, ask: what, go: complaint}]
          - when: slots.what
            in: [complaint]
            choose: [{id: noted, else: true, say: 记下, go: back}]
    """)
    chat.say("有货吗")
    assert chat.say("投诉").replies == ("抱歉", "怎么了？")
    assert chat.say("衣服破了个洞").replies == ("记下", "大还是小？")
    assert chat.say("大码").replies == ("有",)
