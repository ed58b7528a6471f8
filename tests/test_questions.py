"""The open question: collecting, confirming, asking again, giving up, and running what was kept."""

from __future__ import annotations

from csflow import Conversation
from tests.flows import Talk

PARKED = """
slots:
  size: {type: [大, 小], ask: 大还是小？, hears: {大: [大码], 小: [小码]}, tries: 2}
rules:
  - when: ask_stock
    choose:
      - {id: which, if: not known(slots.size), ask: size}
      - {id: stock, else: true, say: "{{ slots.size }}码有货"}
  - when: ask_price
    choose: [{id: price, else: true, say: 十元}]
  - when: ask_discount
    choose: [{id: cheap, else: true, say: 不行}]
  - when: paid
    choose: [{id: paid, else: true, say: 收到款}]
  - when: unknown
    choose: [{id: lost, else: true, say: 没听懂}]
"""


def test_the_kept_event_runs_again(talk: Talk) -> None:
    """6 and 22: a question keeps the event that caused it; an answer without a rule runs it again."""
    chat = talk(PARKED)
    turn = chat.say("有货吗")
    assert turn.replies == ("大还是小？",)
    assert turn.snapshot.pending is not None
    assert turn.snapshot.pending.kept == "ask_stock"
    assert chat.say("大码").replies == ("大码有货",)


def test_rules_on_the_answer_go_first(talk: Talk) -> None:
    """6: where rules on `slots.x` fire, the kept event is not run again."""
    chat = talk(
        PARKED
        + """
  - when: slots.size
    choose: [{id: got, if: slots.size == 大, say: 大的记下了}]
"""
    )
    chat.say("有货吗")
    assert chat.say("大码").rules == ("got",)


def test_an_answer_whose_rules_do_not_hold_runs_the_kept_event(talk: Talk) -> None:
    """6: a list on `slots.x` in which nothing fires leaves the answer to the kept event."""
    chat = talk(
        PARKED
        + """
  - when: slots.size
    choose: [{id: got, if: slots.size == 大, say: 大的记下了}]
"""
    )
    chat.say("有货吗")
    assert chat.say("小码").rules == ("stock",)


def test_failed_answers(talk: Talk) -> None:
    """9 and 10: a failed answer is asked again while tries are left; then the question is closed and `slots.x` fires, unknown."""
    chat = talk(
        PARKED
        + """
  - when: slots.size
    choose: [{id: got, if: known(slots.size), say: 记下了}, {id: given_up, else: true, say: 那您看尺码表}]
"""
    )
    chat.say("有货吗")
    assert chat.say("喵喵").replies == ("大还是小？",)
    turn = chat.say("汪汪")
    assert turn.rules == ("given_up",)
    assert turn.replies == ("那您看尺码表",)
    assert turn.snapshot.pending is None
    assert turn.snapshot.misses == 0


def test_a_closed_question_is_passed_over(talk: Talk) -> None:
    """10: once a question was given up, a rule that asks it is passed over for the session."""
    chat = talk("""
        slots: {size: {type: [大, 小], ask: 大还是小？, hears: {大: [大码]}, tries: 1}}
        rules:
          - when: ask_stock
            choose:
              - {id: which, if: not known(slots.size), ask: size}
              - {id: general, else: true, say: 都有货}
    """)
    assert chat.say("有货吗").rules == ("which",)
    assert chat.say("喵喵").rules == ("general",)
    turn = chat.say("有货吗")
    assert turn.rules == ("general",)
    assert turn.why.considered[0].verdict == "asked"


def test_a_filled_slot_is_not_asked_again(talk: Talk) -> None:
    """10: a rule whose question is already answered is passed over."""
    chat = talk("""
        slots: {size: {type: [大, 小], ask: 大还是小？, hears: {大: [大码]}}}
        rules:
          - when: ask_stock
            choose: [{id: which, max: 9, ask: size}, {id: stock, else: true, say: 有货}]
    """)
    chat.say("有货吗")
    assert chat.say("大码").rules == ("stock",)
    assert chat.say("有货吗").rules == ("stock",)


def test_a_side_question_repeats_the_question(talk: Talk) -> None:
    """10 and 24: a side question is answered, then the open question once, last; within tries, and it never closes."""
    chat = talk(PARKED)
    chat.say("有货吗")
    assert chat.say("多少钱").replies == ("十元", "大还是小？")
    for _ in range(4):
        turn = chat.say("便宜点，多少钱")
        assert turn.replies == ("不行", "十元")
        assert turn.snapshot.pending is not None
        assert turn.snapshot.asked["size"][2] is False
    assert chat.say("小码").replies == ("小码有货",)


def test_reports_never_repeat_the_question(talk: Talk) -> None:
    """10 and 24: a report is answered without repeating what is open."""
    chat = talk(PARKED)
    chat.say("有货吗")
    turn = chat.report("paid")
    assert turn.replies == ("收到款",)
    assert turn.snapshot.pending is not None


def test_a_later_question_replaces_the_open_one(talk: Talk) -> None:
    """19: a rule's `ask` replaces the question that was open."""
    chat = talk("""
        slots:
          size: {type: [大, 小], ask: 大还是小？, hears: {大: [大码]}}
          order_no: {type: order_no, ask: 单号？}
        rules:
          - when: ask_stock
            choose: [{id: which, if: not known(slots.size), ask: size}]
          - when: ask_parcel
            choose: [{id: number, if: not known(slots.order_no), ask: order_no}, {id: parcel, else: true, say: 在路上}]
    """)
    chat.say("有货吗")
    assert chat.say("到哪了").replies == ("单号？",)
    assert chat.say("20261101001234").replies == ("在路上",)


FORM = """
slots:
  name: {type: text, ask: 怎么称呼？, tries: 2}
  gift: {type: flag, ask: 送人吗？, tries: 2}
  card: {type: text, ask: 贺卡写什么？, tries: 1}
states:
  identify_need.order: {collect: [name, gift, {slot: card, if: slots.gift}]CONFIRM}
rules:
  - when: started
    in: [greet]
    choose: [{id: hello, else: true, say: 您好, go: identify_need.order}]
  - when: collected
    choose:
      - {id: full, if: known(slots.card), say: "{{ slots.name }}，{{ slots.card }}", go: close}
      - {id: short, if: known(slots.name), say: "{{ slots.name }}", go: close}
      - {id: nothing, else: true, say: 没关系, go: close}
  - when: ask_price
    choose: [{id: price, else: true, say: 十元}]
  - when: any
    in: [close]
    choose: [{id: after, else: true, say: 嗯}]
"""


def form(talk: Talk, confirm: str = "") -> Conversation:
    chat = talk(FORM.replace("CONFIRM", f", confirm: '{confirm}'" if confirm else ""))
    assert chat.say("你好").replies == ("您好", "怎么称呼？")
    return chat


def test_a_state_collects(talk: Talk) -> None:
    """23: a state asks for its first open slot whose condition holds, then fires `collected`, once."""
    chat = form(talk)
    assert chat.say("老李").replies == ("送人吗？",)
    assert chat.say("是的").replies == ("贺卡写什么？",)
    turn = chat.say("生日快乐")
    assert turn.rules == ("full",)
    assert turn.replies == ("老李，生日快乐",)
    assert chat.say("嗯嗯").rules == ("after",)


def test_a_slot_whose_condition_fails_is_not_asked(talk: Talk) -> None:
    """23: a collected slot with a condition is asked only where that is true."""
    chat = form(talk)
    chat.say("老李")
    assert chat.say("不是").rules == ("short",)


def test_collecting_goes_on_after_failed_answers(talk: Talk) -> None:
    """10 and 23: a question given up counts as done; `collected` then fires with the slot unknown."""
    chat = form(talk)
    chat.say("老李")
    assert chat.say("喵喵").replies == ("送人吗？",)
    assert chat.say("汪汪").rules == ("short",)


def test_side_questions_while_collecting(talk: Talk) -> None:
    """24: while a state collects, a side question is answered and the open one follows, last."""
    assert form(talk).say("多少钱").replies == ("十元", "怎么称呼？")


SUMMARY = "{{ slots.name }}，对吗？"


def test_confirm_yes(talk: Talk) -> None:
    """23: what was collected is confirmed; a yes fires `collected`."""
    chat = form(talk, SUMMARY)
    chat.say("老李")
    assert chat.say("不是").replies == ("老李，对吗？",)
    turn = chat.say("对的")
    assert turn.rules == ("short",)
    assert turn.state == "close"


def test_confirm_no_reopens_the_first_slot(talk: Talk) -> None:
    """A bare no to the summary asks for the first slot again, and confirms anew."""
    chat = form(talk, SUMMARY)
    chat.say("老李")
    chat.say("不是")
    turn = chat.say("不对")
    assert turn.replies == ("怎么称呼？",)
    assert "name" not in turn.snapshot.slots
    assert chat.say("老王").replies == ("老王，对吗？",)
    assert chat.say("是的").replies == ("老王",)


def test_a_correction_refills_and_confirms_again(talk: Talk) -> None:
    """7: a changed value reopens `confirm`; the summary is put again with it."""
    chat = talk("""
        slots: {height: {type: length_cm, ask: 多高？}, weight: {type: weight_kg, ask: 多重？}}
        states: {identify_need.size: {collect: [height, weight], confirm: "{{ slots.height }}厘米{{ slots.weight }}公斤，对吗？"}}
        rules:
          - when: started
            in: [greet]
            choose: [{id: hello, else: true, go: identify_need.size}]
          - when: collected
            choose: [{id: done, else: true, say: 记下了, go: close}]
    """)
    chat.say("你好")
    chat.say("170厘米")
    assert chat.say("60公斤").replies == ("170厘米60公斤，对吗？",)
    turn = chat.say("不对，172厘米")
    assert turn.snapshot.slots["height"] == 172
    assert turn.replies == ("172厘米60公斤，对吗？",)
    assert chat.say("对").rules == ("done",)


def test_a_summary_that_cannot_be_said_is_left_out(talk: Talk) -> None:
    """A summary with a missing fact is never put; `collected` fires without it."""
    chat = form(talk, "{{ slots.card }}？")
    chat.say("老李")
    assert chat.say("不是").rules == ("short",)


def test_collected_once_an_entry(talk: Talk) -> None:
    """23: `collected` fires once an entry, whatever is said afterwards in the same state."""
    chat = talk("""
        slots: {size: {type: [大, 小], ask: 大还是小？, hears: {大: [大码], 小: [小码]}}}
        states: {identify_need.size: {collect: [size]}}
        rules:
          - when: started
            in: [greet]
            choose: [{id: hello, else: true, go: identify_need.size}]
          - when: collected
            choose: [{id: done, else: true, say: 记下了}]
          - when: ask_price
            choose: [{id: price, else: true, say: 十元}]
    """)
    chat.say("你好")
    assert chat.say("大码").rules == ("done",)
    assert chat.say("多少钱").rules == ("price",)


def test_a_summary_is_put_twice_at_most(talk: Talk) -> None:
    """24: what neither confirms nor denies a summary is answered for itself, and the summary put once more."""
    chat = form(talk, SUMMARY)
    chat.say("老李")
    chat.say("不是")
    assert chat.say("多少钱").replies == ("十元", "老李，对吗？")
    assert chat.say("多少钱").replies == ("十元",)
    assert chat.say("对的").rules == ("short",)


def test_a_bare_no_reopens_what_was_asked(talk: Talk) -> None:
    """A bare no asks again for the first slot whose condition holds, not for one that was never asked."""
    chat = talk("""
        slots:
          card: {type: text, ask: 贺卡写什么？}
          size: {type: [大, 小], ask: 大还是小？, hears: {大: [大码], 小: [小码]}}
        states: {identify_need.size: {collect: [{slot: card, if: order.paid}, size], confirm: "{{ slots.size }}码，对吗？"}}
        rules:
          - when: started
            in: [greet]
            choose: [{id: hello, else: true, go: identify_need.size}]
    """)
    chat.say("在吗")
    assert chat.say("大码").replies == ("大码，对吗？",)
    assert chat.say("不对").replies == ("大还是小？",)


def test_a_bare_no_with_nothing_to_reopen(talk: Talk) -> None:
    """A bare no where no collected slot's condition holds any more reopens nothing."""
    chat = talk("""
        slots: {size: {type: [大, 小], ask: 大还是小？, hears: {大: [大码]}}}
        states: {identify_need.size: {collect: [{slot: size, if: not order.paid}], confirm: "{{ slots.size }}码，对吗？"}}
        rules:
          - when: started
            in: [greet]
            choose: [{id: hello, else: true, go: identify_need.size}]
    """)
    chat.tell({"order": {"no": "A1", "paid": False}})
    chat.say("在吗")
    chat.say("大码")
    chat.tell({"order": {"paid": True}})
    assert chat.say("不对").snapshot.slots == {"size": "大"}


def test_a_question_that_cannot_be_said(talk: Talk) -> None:
    """1: a question with a missing fact is not put, and counts as no try."""
    chat = talk("""
        facts: {order.total: money}
        slots: {ok: {type: flag, ask: "{{ order.total }}可以吗？"}}
        rules: [{when: ask_price, choose: [{id: ask, else: true, say: 看看, ask: ok}]}]
    """)
    turn = chat.say("多少钱")
    assert turn.replies == ("看看",)
    assert turn.snapshot.asked == {}


def test_a_state_collects_what_was_told_on_the_way(talk: Talk) -> None:
    """11 and 23: the message that leads to a state may already answer what the state collects."""
    chat = talk("""
        slots:
          size: {type: [大, 小], ask: 大还是小？, hears: {大: [大码], 小: [小码]}}
          pieces: {type: count, ask: 几件？}
        states: {close.form: {collect: [size, pieces]}}
        rules:
          - when: buy
            choose: [{id: buy, else: true, say: 好的, go: close.form}]
          - when: collected
            choose: [{id: done, else: true, say: "{{ slots.size }}码{{ slots.pieces }}件"}]
    """)
    assert chat.say("我要了，大码").replies == ("好的", "几件？")
    assert chat.say("两件").replies == ("大码2件",)


RESUMED = """
slots: {product: {type: product, ask: 哪一款？}}
facts: {product.price: money}
rules:
  - when: ask_price
    choose:
      - {id: price, if: known(product.price), say: "{{ product.price }}"}
      - {id: which, else: true, ask: product}
  - when: slots.product
    if: not resumes
    choose: [{id: named, else: true, say: 想了解哪方面？}]
"""


def test_an_answer_tells_whether_it_resumes_what_asked(talk: Talk) -> None:
    """6: a rule on a slot may hold back where what asked for it is answered next, and speak where it is told unasked."""
    chat = talk(RESUMED, "products: {围巾: {price: '128.00'}, 衬衫: {price: '169.00'}}\n")
    assert chat.say("多少钱").rules == ("which",)
    assert chat.say("围巾").rules == ("price",)
    assert chat.say("衬衫").rules == ("named",)
