"""Replies: values as a customer reads them, variants, sequences, and splitting at sentence ends."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csflow.condition import COUNT, DATE, DURATION, MONEY, TEXT, TEXTS, Type
from csflow.reply import Style, checksum, split
from tests.flows import Talk

TODAY = datetime.date(2026, 11, 2)
ZH, EN = Style("zh", "CNY"), Style("en", "USD")


@pytest.mark.parametrize(
    ("wanted", "value", "zh", "en"),
    [
        (MONEY, 18500, "185元", "$185"),
        (MONEY, 18550, "185.50元", "$185.50"),
        (MONEY, 5, "0.05元", "$0.05"),
        (MONEY, 0, "0元", "$0"),
        (MONEY, -1990, "-19.90元", "-$19.90"),
        (MONEY, 123456789012, "1234567890.12元", "$1234567890.12"),
        (DATE, datetime.date(2026, 11, 22), "11月22日", "22 November"),
        (DATE, datetime.date(2027, 1, 1), "2027年1月1日", "1 January 2027"),
        (DURATION, 0, "0秒", "0 seconds"),
        (DURATION, 1, "1秒", "1 second"),
        (DURATION, 1200, "20分钟", "20 minutes"),
        (DURATION, 5400, "1小时30分钟", "1 hour 30 minutes"),
        (DURATION, 172800, "2天", "2 days"),
        (DURATION, 365 * 86400, "1年", "1 year"),
        (DURATION, 400 * 86400 + 3600, "1年35天", "1 year 35 days"),
        (DURATION, -3600, "1小时", "1 hour"),
        (TEXTS, ("中通", "邮政"), "中通、邮政", "中通, 邮政"),
        (COUNT, 3, "3", "3"),
        (TEXT, "木言", "木言", "木言"),
        (Type("enum", ("大", "小")), "大", "大", "大"),
        (Type("claim"), "两年质保", "两年质保", "两年质保"),
    ],
)
def test_values_in_words(wanted: Type, value: object, zh: str, en: str) -> None:
    """Money, dates, durations and lists are written as the flow's language writes them."""
    assert ZH.write(wanted, value, TODAY) == zh
    assert EN.write(wanted, value, TODAY) == en


def test_currencies() -> None:
    """Other currencies have their sign before the amount; yuan in English too."""
    assert Style("zh", "USD").money(18500) == "$185"
    assert Style("en", "CNY").money(18500) == "¥185"
    assert Style("en", "EUR").money(-50) == "-€0.50"
    assert Style("en", "GBP").money(100) == "£1"


TEXTS_OF_ALL = st.text(st.sampled_from("木言包邮a b1，。！？；.\n…”』 、："), max_size=400)


@given(text=TEXTS_OF_ALL, limit=st.integers(1, 60))
def test_splitting_loses_nothing(text: str, limit: int) -> None:
    """25: split messages hold every character but space between them, in order, and each is within the limit."""
    parts = split(text, limit)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(len(part) <= limit for part in parts)
    assert len(text) <= limit or all(parts)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("第一句。第二句。第三句。", ("第一句。第二句。", "第三句。")),
        ("很长的一句话，没有句号可以断开", ("很长的一句话，", "没有句号可以断开")),
        ("一二三四五六七八九十", ("一二三四五六七八", "九十")),
        ("说“好的。”走吧行吧", ("说“好的。”", "走吧行吧")),
        ("价格99.50元整不还价", ("价格99.50元", "整不还价")),
        ("短", ("短",)),
    ],
)
def test_where_it_splits(text: str, parts: tuple[str, ...]) -> None:
    """25: at the last sentence end that fits, else at a comma, else where it must; closing quotes stay with their sentence."""
    assert split(text, 8) == parts


VARIANTS = """
facts: {order.total: money, order.note: text}
rules:
  - when: ask_price
    choose:
      - id: price
        else: true
        say: SAY
"""


def say(
    talk: Talk, body: str, times: int = 1, facts: dict[str, object] | None = None, **options: object
) -> list[tuple[str, ...]]:
    chat = talk(VARIANTS.replace("SAY", body), "limits: {repeats: 0}", **options)
    if facts:
        chat.tell({"order": facts})
    return [chat.say("多少钱").replies for _ in range(times)]


def test_variants_are_used_up_before_any_repeats(talk: Talk) -> None:
    """Variants are chosen by seed and none comes again until all were said."""
    said = say(talk, "[一, 二, 三]", 9, seed=5)
    for first in (0, 3, 6):
        assert {*said[first : first + 3]} == {("一",), ("二",), ("三",)}
    assert say(talk, "[一, 二, 三]", 9, seed=5) == said


def test_seeds_choose_differently(talk: Talk) -> None:
    """Another seed may begin with another variant; every variant comes first for some seed."""
    assert {say(talk, "[一, 二, 三]", seed=seed)[0] for seed in range(12)} == {("一",), ("二",), ("三",)}


def test_variants_by_condition_go_first(talk: Talk) -> None:
    """A variant whose condition is true goes before plain ones; one whose condition is not, or unknown, is never said."""
    body = "[{if: order.total > 100.00, text: 贵}, {if: order.total <= 100.00, text: 便宜}, 不好说]"
    assert say(talk, body) == [("不好说",)]
    assert say(talk, body, 3, {"total": "200.00"}) == [("贵",)] * 3
    assert say(talk, body, 1, {"total": "100.00"}) == [("便宜",)]


def test_a_missing_fact_silences_a_variant(talk: Talk) -> None:
    """1: a variant with an unknown placeholder is passed over, never said with a hole."""
    assert say(talk, '["合计{{ order.total }}", 看页面]', 4) == [("看页面",)] * 4


def test_a_conditional_variant_that_cannot_be_said(talk: Talk) -> None:
    """1: a variant whose condition holds but whose fact is missing gives way to the plain ones."""
    body = '[{if: not known(order.note), text: "{{ order.total }}"}, 看页面]'
    assert say(talk, body) == [("看页面",)]


def test_sequences(talk: Talk) -> None:
    """A list inside `say` is several messages in order; a line in it may have its own condition."""
    body = '[[您好, {if: known(order.note), text: "备注{{ order.note }}"}, {if: order.paid, text: 付了}, 再见]]'
    assert say(talk, body) == [("您好", "再见")]
    assert say(talk, body, 1, {"note": "急", "paid": True}) == [("您好", "备注急", "付了", "再见")]


def test_a_sequence_is_said_whole_or_not_at_all(talk: Talk) -> None:
    """1: where one unconditional line cannot be said, none of the sequence is."""
    assert say(talk, '[[您好, "合计{{ order.total }}"], 看页面]') == [("看页面",)]


def test_a_sequence_of_nothing(talk: Talk) -> None:
    """A sequence whose every line is conditional and false says nothing, so its rule is undone."""
    assert say(talk, "[[{if: order.paid, text: 付了}]]") == [()]


def test_a_single_conditional_variant(talk: Talk) -> None:
    """A rule with one conditional variant is sayable only where that condition is true."""
    body = "{if: order.paid, text: 付了}"
    assert say(talk, body) == [()]
    assert say(talk, body, 1, {"paid": True}) == [("付了",)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("一天{{ order.total / 3 }}", "一天33.33元"),
        ("{{ order.total * 2 }}", "200元"),
        ("差{{ 200.00 - order.total }}", "差100元"),
        ("{{ today + 2d }}到", "11月4日到"),
        ("{{ (today + 40d) - today }}后", "40天后"),
        ("{{ ((today + 40d) - today).days }}", "40"),
        ("{{ -order.total }}", "-100元"),
        ("{{ order.total / 0 }}", None),
        ("{{order.no}}{{ order.no }}", "A1A1"),
    ],
)
def test_arithmetic_in_replies(talk: Talk, text: str, said: str | None) -> None:
    """Placeholders calculate exactly, division rounds half up, and a value that does not exist is not said."""
    expected = () if said is None else (said,)
    assert say(talk, f'"{text}"', 1, {"no": "A1", "total": "100.00"}) == [expected]


def test_customer_text_is_not_a_template(talk: Talk) -> None:
    """What stands in a fact is said as it is; braces in it mean nothing."""
    assert say(talk, '"{{ order.note }}"', 1, {"note": "{{ order.total }} {% x %}"}) == [("{{ order.total }} {% x %}",)]


def test_english(talk: Talk) -> None:
    """A flow in English writes amounts and spans in English."""
    chat = talk(VARIANTS.replace("SAY", '"{{ order.total }} on {{ today + 2d }}"'), "currency: USD", "en")
    chat.tell({"order": {"total": "10.50"}})
    assert chat.say("多少钱").replies == ("$10.50 on 4 November",)


def test_checksum() -> None:
    """A reply is known again by its words, in their order and number."""
    assert checksum(["一", "二"]) == checksum(("一", "二"))
    assert len({checksum(m) for m in (["一", "二"], ["二", "一"], ["一二"], [])}) == 4
    assert isinstance(checksum(["\ud800"]), int)
