"""From a message to cues: the open question first, then slots, then the intents that do not yield."""

from __future__ import annotations

import datetime

import pytest

from csflow import Conversation, Turn
from csflow.hearing import MAX_MESSAGE, clean, joined
from tests.flows import Talk

ANSWERS = """
rules:
  - when: started
    in: [greet]
    choose: [{id: hello, else: true, go: identify_need}]
  - when: ask_price
    choose: [{id: price, else: true, say: 十元}]
  - when: ask_discount
    choose: [{id: discount, else: true, say: 不行}]
  - when: thanks
    choose: [{id: thanks, else: true, say: 不客气}]
  - when: greeting
    choose: [{id: greeting, else: true, say: 在的}]
  - when: unknown
    choose: [{id: lost, else: true, say: 没听懂}]
"""


def test_several_intents_in_text_order(talk: Talk) -> None:
    """10: every intent of a message is answered, in the order of the text."""
    assert talk(ANSWERS).say("便宜点，多少钱").replies == ("不行", "十元")
    assert talk(ANSWERS).say("多少钱，便宜点").replies == ("十元", "不行")


def test_a_burst_is_one_message(talk: Talk) -> None:
    """1: texts sent in a row are one message: one turn, an intent in two of them counted and answered once."""
    turn = talk(ANSWERS).say("多少钱", "便宜点", "多少钱")
    assert turn.replies == ("十元", "不行")
    assert [hit.intent for hit in turn.heard] == ["ask_price", "ask_discount"]


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("谢谢，多少钱", ("price",)),
        ("多少钱谢谢", ("price",)),
        ("你好，便宜点，谢谢", ("discount",)),
        ("谢谢", ("thanks",)),
        ("你好谢谢", ("thanks",)),
    ],
)
def test_yielding_intents_are_not_answered(talk: Talk, text: str, rules: tuple[str, ...]) -> None:
    """8: an intent yields to others heard with it; where all of them yield the last one is answered."""
    assert talk(ANSWERS).say(text).rules[1:] == rules


def test_yielding_intents_are_counted(talk: Talk) -> None:
    """8: an intent that yields is not answered, but counted."""
    chat = talk("""
        rules:
          - when: ask_price
            choose: [{id: price, else: true, say: "谢了{{ times(thanks) }}次"}]
    """)
    assert chat.say("谢谢，多少钱").replies == ("谢了1次",)


def test_yields_to_a_parent_means_its_sub_intents(talk: Talk) -> None:
    """An intent that yields to another yields to that one's sub-intents as well."""
    chat = talk("""
        intents: {cheap: {phrases: [划算], yields_to: ask_price}}
        rules:
          - when: [ask_price, cheap]
            choose: [{id: price, if: times(cheap) == 1, say: 一次}]
          - when: cheap
            in: [greet]
            choose: [{id: cheap, else: true, say: 划算}]
    """)
    assert chat.say("划算，最低价").rules == ("price",)


FORM = """
facts: {order.total: money}
slots:
  height: {type: length_cm, ask: 多高？, tries: 2, valid: slots.height >= 80 and slots.height <= 230}
  budget: {type: money, ask: 多少以内？, tries: 2}
  pieces: {type: count, ask: 几件？}
  ok: {type: flag, ask: 可以吗？}
  size: {type: [大, 小], ask: 大还是小？, hears: {大: [大的, 大码], 小: [小的, 小码]}}
  day: {type: date, ask: 哪天？}
  span: {type: duration, ask: 用多久？}
  note: {type: text, ask: 备注什么？}
  tracking: {type: tracking_no, ask: 单号？}
  weight: {type: weight_kg, ask: 多重？}
  gift: {type: flag, ask: 送人吗？, hears: {"true": [送朋友], "false": [自己穿]}}
intents: {cue: {phrases: [开始]}, offer: {phrases: ["{budget}卖吗"]}}
rules:
  - when: cue
    choose: [{id: begin, else: true, ask: SLOT}]
  - when: slots.SLOT
    choose: [{id: got, if: known(slots.SLOT), say: 收到}, {id: none, else: true, say: 算了}]
  - when: ask_price
    choose: [{id: price, else: true, say: 十元}]
  - when: unknown
    choose: [{id: lost, else: true, say: 没听懂}]
"""


def asked(talk: Talk, slot: str) -> Conversation:
    chat = talk(FORM.replace("SLOT", slot))
    assert chat.say("开始").rules == ("begin",)
    return chat


@pytest.mark.parametrize(
    ("slot", "text", "value"),
    [
        ("height", "170", 170),
        ("height", "一米七", 170),
        ("height", "170cm", 170),
        ("budget", "180", 18000),
        ("budget", "180的", 18000),
        ("budget", "99.5元", 9950),
        ("pieces", "3", 3),
        ("pieces", "三件", 3),
        ("ok", "好的", True),
        ("ok", "不用了", False),
        ("size", "大码", "大"),
        ("size", "要小的吧", "小"),
        ("day", "2026-11-05", datetime.date(2026, 11, 5)),
        ("day", "明天", datetime.date(2026, 11, 3)),
        ("span", "两年", 2 * 365 * 86400),
        ("note", "放门口", "放门口"),
        ("note", "170", None),
        ("tracking", "SF1234567890123", "SF1234567890123"),
        ("tracking", "第9号", "第9号"),
        ("tracking", "没有号", None),
        ("weight", "55公斤", 55),
        ("weight", "55", 55),
        ("gift", "送朋友", True),
        ("gift", "自己穿", False),
        ("gift", "是的", True),
        ("height", "3000", None),
        ("pieces", "1.5", None),
        ("budget", "0.001", None),
        ("ok", "180", None),
        ("size", "中码", None),
    ],
)
def test_answers(talk: Talk, slot: str, text: str, value: object) -> None:
    """6 and 11: the question's slot reads the answer in its own type and unit; what does not fit is no answer."""
    turn = asked(talk, slot).say(text)
    assert turn.snapshot.slots.get(slot) == value
    if value is not None:
        assert turn.rules == ("got",)
        assert turn.snapshot.pending is None


def test_an_answer_is_consumed_before_it_is_an_intent(talk: Talk) -> None:
    """6 and 11: the clause that answers is not heard as an intent; another clause of the message is."""
    chat = talk("""
        slots: {ok: {type: flag, ask: 可以吗？}}
        intents: {agree: {phrases: [好的]}}
        rules:
          - when: ask_discount
            choose: [{id: begin, else: true, ask: ok}]
          - when: agree
            choose: [{id: agree, else: true, say: 嗯}]
          - when: slots.ok
            choose: [{id: got, else: true, say: 收到}]
          - when: ask_price
            choose: [{id: price, else: true, say: 十元}]
    """)
    assert chat.say("好的").rules == ("agree",)
    chat.say("便宜点")
    assert chat.say("好的，多少钱").rules == ("got", "price")


def test_a_number_alone_goes_nowhere(talk: Talk) -> None:
    """11: a figure that nobody asked for and no pattern names fills nothing."""
    turn = talk(FORM.replace("SLOT", "budget")).say("180的")
    assert turn.snapshot.slots == {}
    assert turn.rules == ("lost",)


def test_the_pattern_names_the_slot(talk: Talk) -> None:
    """11: a number goes to the slot that was asked, else to the one that the intent's pattern names."""
    turn = talk(FORM.replace("SLOT", "budget")).say("180卖吗")
    assert turn.snapshot.slots == {"budget": 18000}
    turn = asked(talk, "height").say("180卖吗")
    assert turn.snapshot.slots["budget"] == 18000


def test_the_only_open_slot_of_the_type(talk: Talk) -> None:
    """11: while a state collects, a figure fills the one slot that fits; where two fit it fills none."""
    chat = talk("""
        slots:
          name: {type: text, ask: 叫什么？}
          height: {type: length_cm, ask: 多高？}
          weight: {type: weight_kg, ask: 多重？}
        states: {identify_need.size: {collect: [name, height, weight]}}
        rules:
          - when: started
            in: [greet]
            choose: [{id: hello, else: true, say: 您好, go: identify_need.size}]
    """)
    assert chat.say("嗨").snapshot.slots == {}
    turn = chat.say("170厘米")
    assert turn.snapshot.slots == {"height": 170}
    assert turn.snapshot.pending is not None
    assert turn.snapshot.pending.slot == "name"
    assert chat.say("60").snapshot.slots == {"height": 170, "weight": 60}


def test_an_order_number_is_taken_unasked(talk: Talk) -> None:
    """11: an identifier fills the only slot of its type wherever it is said."""
    chat = talk("""
        slots: {order_no: {type: order_no, ask: 单号？}}
        rules:
          - when: slots.order_no
            choose: [{id: seen, else: true, say: "看到{{ slots.order_no }}"}]
          - when: ask_parcel
            choose: [{id: parcel, else: true, say: 在路上}]
    """)
    assert chat.say("20261101001234").replies == ("看到20261101001234",)
    turn = chat.say("20261101009999到哪了")
    assert turn.snapshot.slots["order_no"] == "20261101009999"
    assert turn.rules == ("parcel",)


def test_a_mere_mention_that_nothing_answers_is_unknown(talk: Talk) -> None:
    """16: a message that only fills a slot for which no rule speaks is not left in silence."""
    chat = talk("""
        slots: {order_no: {type: order_no, ask: 单号？}}
        rules:
          - when: unknown
            choose: [{id: lost, else: true, say: 没听懂}]
    """)
    assert chat.say("20261101001234").replies == ("没听懂",)


def test_a_changed_value_counts_as_an_answer(talk: Talk) -> None:
    """7: a slot filled with another value tells its rules; the same value again does not."""
    chat = talk("""
        slots: {order_no: {type: order_no, ask: 单号？}}
        rules:
          - when: slots.order_no
            choose: [{id: seen, else: true, say: "看到{{ slots.order_no }}"}]
    """)
    assert chat.say("20261101001234").rules == ("seen",)
    assert chat.say("20261101001234").rules == ()
    assert chat.say("20261101009999").rules == ("seen",)


def test_an_invalid_value_is_no_answer(talk: Talk) -> None:
    """A value that `valid` refuses leaves the slot as it was and is a failed answer; unknown does not refuse."""
    chat = asked(talk, "height")
    turn = chat.say("3米")
    assert turn.snapshot.slots == {}
    assert turn.replies == ("多高？",)
    assert "300 is refused for height" in turn.why.notes


def test_text_answers(talk: Talk) -> None:
    """A text question takes what was written, but no question, no bare command and no lone figure."""
    assert asked(talk, "note").say("放门口。别敲门").snapshot.slots["note"] == "放门口。别敲门"
    turn = asked(talk, "note").say("放门口，多少钱")
    assert turn.snapshot.slots["note"] == "放门口"
    assert turn.rules == ("got", "price")
    turn = asked(talk, "note").say("多少钱")
    assert turn.snapshot.slots == {}
    assert turn.rules == ("price",)


def test_long_text_answers_are_cut(talk: Talk) -> None:
    """A text slot keeps at most 500 characters."""
    assert asked(talk, "note").say("门" * 900).snapshot.slots["note"] == "门" * 500


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\0b", "ab"), ("好\ud800的", "好?的"), ("\udfff", "?"), ("普通", "普通"), ("\0", ""), ("\x1b[31m红\x9b", "[31m红"),
        ("一\n二\t三", "一\n二\t三"), ("👨\u200d👩", "👨\u200d👩"),
    ],
)  # fmt: skip
def test_clean(text: str, kept: str) -> None:
    """Lone surrogates and control characters never get into a conversation; lines and joined emoji stay."""
    assert clean(text) == kept


def test_a_message_is_not_endless() -> None:
    """Of the texts of a message, joined by lines, only the first so many characters are kept."""
    assert joined(["好", "的"]) == "好\n的"
    assert joined(["a" * MAX_MESSAGE, "b"]) == "a" * MAX_MESSAGE


def test_signals_reach_conditions(talk: Talk) -> None:
    """The mood and shape of a message are facts of its turn, and unknown in others."""
    chat = talk("""
        rules:
          - when: any
            choose:
              - {id: calm, if: message.anger >= 1 or message.abuse >= 1, say: 别急}
              - {id: asked, if: message.questions == 1 and message.alone and message.length < 5 and not message.polite, say: 请讲}
              - {id: soon, if: message.urgency >= 1, say: 马上}
          - when: paid
            choose: [{id: moody, if: message.anger >= 0, say: 哼}, {id: quiet, if: not known(message.anger), say: 收到}]
    """)
    assert chat.say("气死我了").rules == ("calm",)
    assert chat.say("在吗").rules == ("asked",)
    assert chat.say("急用，请马上安排").rules == ("soon",)
    assert chat.report("paid").rules == ("quiet",)


def heard(turn: Turn) -> list[str]:
    return [hit.intent for hit in turn.heard]


def test_what_was_heard_is_told(talk: Talk) -> None:
    """A turn tells the intents of its message in text order, answered or not."""
    assert heard(talk(ANSWERS).say("谢谢，便宜点，多少钱")) == ["thanks", "ask_discount", "ask_price"]
    assert heard(talk(ANSWERS).report("paid")) == []


def test_the_first_message_answers_no_question(talk: Talk) -> None:
    """6: a question that the customer has not seen yet is neither answered nor failed by the message before it."""
    chat = talk("""
        slots: {name: {type: text, ask: 怎么称呼？, tries: 1}, height: {type: length_cm, ask: 多高？, tries: 1}}
        states: {identify_need.size: {collect: [height, name]}}
        rules:
          - when: started
            in: [greet]
            choose: [{id: hello, else: true, say: 您好, go: identify_need.size}]
    """)
    turn = chat.say("在忙吗")
    assert turn.replies == ("您好", "多高？")
    assert turn.snapshot.asked == {"height": (1, 0, False)}


def test_figures_for_a_slot_that_is_not_collected_now(talk: Talk) -> None:
    """11: a state's slot whose condition does not hold is filled by no figure."""
    chat = talk("""
        slots: {name: {type: text, ask: 怎么称呼？}, height: {type: length_cm, ask: 多高？}}
        states: {identify_need.size: {collect: [name, {slot: height, if: order.paid}]}}
        rules:
          - when: started
            in: [greet]
            choose: [{id: hello, else: true, go: identify_need.size}]
    """)
    chat.say("嗨")
    assert chat.say("170厘米").snapshot.slots == {}


def test_holes_that_name_no_slot(talk: Talk) -> None:
    """11: a hole that names only a kind of figure is heard, and fills nothing."""
    chat = talk("""
        intents: {bid: {phrases: ["{money}卖吗"]}}
        rules: [{when: bid, choose: [{id: bid, else: true, say: 不卖}]}]
        slots: {ok: {type: flag, ask: 可以吗？}}
    """)
    turn = chat.say("180块卖吗")
    assert turn.rules == ("bid",)
    assert turn.snapshot.slots == {}


COLLECTED = """
slots:
  size: {type: [大, 小], ask: 大还是小？, hears: {大: [大号, 宽松], 小: [小号, 修身]}}
  height: {type: length_cm, ask: 多高？, valid: slots.height >= 80}
  weight: {type: weight_kg, ask: 多重？}
  gift: {type: flag, ask: 送人吗？, hears: {"true": [送朋友], "false": [自己穿]}}
states:
  identify_need.size:
    collect: [size, height, weight, gift]
    confirm: "{{ slots.size }}，{{ slots.height }}，对吗？"
intents: {help: {phrases: [选码]}}
rules:
  - when: help
    choose: [{id: help, else: true, say: 好, go: identify_need.size}]
  - when: collected
    in: [identify_need.size]
    choose: [{id: done, else: true, say: 记好了, go: close}]
  - when: ask_price
    choose: [{id: price, else: true, say: 十元}]
"""


@pytest.mark.parametrize(
    ("text", "slots", "asks"),
    [
        ("选码", {}, "大还是小？"),
        ("选码，170厘米", {"height": 170}, "大还是小？"),
        ("选码，110斤，一米七", {"height": 170, "weight": 55}, "大还是小？"),
        ("选码，喜欢宽松的", {"size": "大"}, "多高？"),
        ("选码，修身，165cm", {"size": "小", "height": 165}, "多重？"),
        ("选码，小号，165cm，50公斤", {"size": "小", "height": 165, "weight": 50}, "送人吗？"),
        ("选码，50厘米", {}, "大还是小？"),
        ("选码，送朋友", {}, "大还是小？"),
        ("选码，170", {}, "大还是小？"),
        ("选码，小", {}, "大还是小？"),
    ],
)
def test_told_on_entering(talk: Talk, text: str, slots: dict[str, object], asks: str) -> None:
    """11: the message that leads to a collecting state fills its slots by words and figures with a unit, never a flag."""
    turn = talk(COLLECTED).say(text)
    assert turn.snapshot.slots == slots
    assert turn.replies == ("好", asks)


@pytest.mark.parametrize(
    ("text", "slots", "rules"),
    [
        ("多少钱，要大号", {"size": "大"}, ("price",)),
        ("多少钱，一米七", {"height": 170}, ("price",)),
        ("修身的，60公斤", {"size": "小", "weight": 60}, ()),
        ("大号还是小号多少钱", {"size": "大"}, ("price",)),
        ("大小多少钱", {}, ("price",)),
    ],
)
def test_told_beside_the_question(talk: Talk, text: str, slots: dict[str, object], rules: tuple[str, ...]) -> None:
    """11 and 15: while a state collects, words of two letters and figures fill it, silently beside an intent."""
    chat = talk(COLLECTED)
    chat.say("选码")
    turn = chat.say(text)
    assert turn.snapshot.slots == slots
    assert turn.rules == rules


@pytest.mark.parametrize(
    ("text", "changed", "replies"),
    [
        ("对", {}, ("记好了",)),
        ("是170厘米", {"height": 170}, ("小，170，对吗？",)),
        ("不对，170厘米", {"height": 170}, ("小，170，对吗？",)),
        ("52公斤", {"weight": 52}, ("小，165，对吗？",)),
        ("不对", {"size": None}, ("大还是小？",)),
        ("50厘米", {}, ("小，165，对吗？",)),
    ],
)
def test_corrections_at_confirm(talk: Talk, text: str, changed: dict[str, object], replies: tuple[str, ...]) -> None:
    """A correction refills its slot and asks again, a bare no reopens the first one, a refused value changes nothing."""
    chat = talk(COLLECTED)
    chat.say("选码，小号，165cm，50公斤")
    told = chat.say("自己穿")
    assert told.replies == ("小，165，对吗？",)
    turn = chat.say(text)
    wanted = {**told.snapshot.slots, **changed}
    assert turn.snapshot.slots == {name: value for name, value in wanted.items() if value is not None}
    assert turn.replies == replies


@pytest.mark.parametrize(
    ("slot", "text", "value"),
    [
        ("order_no", "SF1234567890123", "SF1234567890123"),
        ("order_no", "单子是20261101001234", "20261101001234"),
        ("tracking_no", "sf1234567890123", "SF1234567890123"),
        ("tracking_no", "第8单", "第8单"),
        ("address", "浙江省杭州市西湖区文三路8号", "浙江省杭州市西湖区文三路8号"),
        ("address", "[地址x]", "[地址x]"),
        ("address", "老地方", "老地方"),
        ("address", "多少钱", None),
    ],
)
def test_identifiers_that_were_asked_for(talk: Talk, slot: str, text: str, value: object) -> None:
    """11: an order number is also taken from what looks like a parcel's, an address from the text or as it was written."""
    form = f"slots: {{it: {{type: {slot}, ask: 请发一下}}}}\nintents: {{cue: {{phrases: [开始]}}}}\n"
    chat = talk(form + "rules: [{when: cue, choose: [{id: begin, else: true, ask: it}]}]\n")
    chat.say("开始")
    assert chat.say(text).snapshot.slots.get("it") == value


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("寄到浙江省杭州市西湖区文三路8号，电话13812345678", {"where", "phone"}),
        ("SF1234567890123到哪了", {"parcel"}),
        ("这个到哪了[图片]", {"photo"}),
        ("三件多少钱", set()),
    ],
)
def test_identifiers_told_unasked(talk: Talk, text: str, slots: set[str]) -> None:
    """11: identifiers fill the only slot of their type in any message; figures that nobody collects fill none."""
    chat = talk("""
        slots:
          where: {type: address}
          phone: {type: phone}
          parcel: {type: tracking_no}
          photo: {type: image}
          pieces: {type: count}
        rules: [{when: ask_price, choose: [{id: price, else: true, say: 十元}]}]
    """)
    assert chat.say(text).snapshot.slots.keys() == slots


@pytest.mark.parametrize(
    ("text", "answer"),
    [("想要宽松一点", "大"), ("还是修身", "小"), ("宽松或修身", "大"), ("不要宽松的", None), ("大", None), ("普通的", None)],
)
def test_named_in(talk: Talk, text: str, answer: str | None) -> None:
    """Words of at least two letters name an answer inside a longer text, the first in the order of `hears`."""
    assert talk(COLLECTED).flow.slots["size"].named_in(text) == answer


KINDS = """
facts:
  store.kinds: {text: texts}
slots:
  kind: {type: category, ask: "想看哪一类？有{{ store.kinds }}。", hears: store.kinds}
rules:
  - when: buy
    choose: [{id: kind.ask, else: true, ask: kind}]
  - when: slots.kind
    choose: [{id: kind.told, if: known(slots.kind), say: "{{ slots.kind }}，好的"}, {id: kind.open, else: true, say: 都看看}]
"""
SELLS = "store: {kinds: {沙发: [布艺沙发, 长沙发], 餐桌: [饭桌]}}\n"


@pytest.mark.parametrize(("text", "kind"), [("沙发", "沙发"), ("想看看饭桌", "餐桌"), ("长沙发多少钱", "沙发"), ("床", None)])
def test_the_profile_says_what_a_category_is_called(talk: Talk, text: str, kind: str | None) -> None:
    """11: `hears` may name a fact; its names are said in the question and heard in any message, asked or not."""
    chat = talk(KINDS, SELLS)
    assert chat.say("我要了").replies == ("想看哪一类？有沙发、餐桌。",)
    assert chat.say(text).snapshot.slots.get("kind") == kind
    assert talk(KINDS, SELLS).say(text).snapshot.slots.get("kind") == kind


def test_a_profile_without_categories(talk: Talk) -> None:
    """1: where the shop names none, the question cannot be said and no answer is heard."""
    turn = talk(KINDS).say("我要了")
    assert (turn.replies, turn.snapshot.slots) == ((), {})


NUMBERED = """
intents: {info: {phrases: ["{order_no}", "{address}"], yields_to: any}, change: {phrases: [改地址]}}
slots: {order_no: {type: order_no}, change: {type: text, ask: 改成什么？}}
rules:
  - {when: info, choose: [{id: info, else: true, say: 收到}]}
  - {when: change, choose: [{id: change, else: true, ask: change}]}
  - {when: slots.order_no, choose: [{id: number, else: true, say: 订单号收到}]}
  - {when: slots.change, choose: [{id: changed, if: known(slots.change), say: 好}, {id: open, else: true, say: 算了}]}
"""


def test_a_slot_speaks_where_its_message_yields(talk: Talk) -> None:
    """10: where every intent of a message yields to what it told, the slot's own rules answer."""
    assert talk(NUMBERED).say("2026110212345").rules == ("number",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("人民路8号2单元", "人民路8号2单元"),
        ("张三，13800000000，杭州市西湖区文三路1号", "张三，13800000000，杭州市西湖区文三路1号"),
        ("改地址", None),
        ("3个", None),
    ],
)
def test_a_text_question_takes_addresses_and_phones(talk: Talk, text: str, told: str | None) -> None:
    """6: what was asked for in words may be an address, a phone number or both; a bare amount or a command is no answer."""
    chat = talk(NUMBERED)
    chat.say("改地址")
    assert chat.say(text).snapshot.slots.get("change") == told
