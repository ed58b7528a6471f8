"""Likeness to examples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csflow.language.similar import Similar, core, dice, grams, least_margin

EXAMPLES = [
    *[("discount", text) for text in ("能便宜点吗", "最低多少钱能卖", "可以打个折吗", "给个优惠价呗")],
    *[("ship_time", text) for text in ("什么时候发货", "今天能发货吗", "几天能发出来", "怎么还不发货")],
    *[("authentic", text) for text in ("这是正品吗", "保证是真货吗", "会不会是假的", "假一赔几")],
]
SIMILAR = Similar(EXAMPLES)
NEAR = [
    ("能不能便宜点", "discount"),
    ("请问可以打折吗", "discount"),
    ("啥时候发货呀", "ship_time"),
    ("你这个是不是正品", "authentic"),
]


@pytest.mark.parametrize(("text", "intent"), NEAR)
def test_near(text: str, intent: str) -> None:
    """A text near the examples of one intent is it, ahead of the next."""
    found = SIMILAR.best(text)
    assert found is not None
    assert found.intent == intent
    assert 0 < found.margin <= found.score <= 1
    assert EXAMPLES[found.example][0] == intent


@pytest.mark.parametrize("text", ["今晚月色真美", "hello there", "嗯", "", "180", "？？？"])
def test_far(text: str) -> None:
    """A text like none of the examples is not understood."""
    assert SIMILAR.best(text) is None


SURE = [("今天能不能发", None), ("可以打个折扣吗", "discount")]


@pytest.mark.parametrize(("text", "intent"), SURE)
def test_surely(text: str, intent: str | None) -> None:
    """What must be sure has to be far more like an example."""
    found = SIMILAR.best(text, surely=True)
    assert SIMILAR.best(text) is not None
    assert (found and found.intent) == intent


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text("退货款发票能吗几", min_size=2, max_size=6)), min_size=1, max_size=8))
def test_examples_are_themselves(examples: list[tuple[str, str]]) -> None:
    """What an example itself says is heard as its intent, if as any, and no likeness is above one."""
    similar = Similar(examples)
    for intent, text in examples:
        found = similar.best(text)
        assert found is None or (found.score <= 1 and found.intent == intent)


def test_torn_between() -> None:
    """A text as near to one intent as to another is not understood."""
    assert Similar([("a", "怎么退货"), ("b", "怎么换货")]).best("怎么修货") is None


CORES = [
    ("你好，请问有货吗？", "有货吗"),
    ("要180的", "要0的"),
    ("你好", "你好"),
    ("呢", "呢"),
    ("free shipping", "freeshipping"),
]


@pytest.mark.parametrize(("text", "expected"), CORES)
def test_core(text: str, expected: str) -> None:
    """Greetings, particles and punctuation are not compared, unless nothing else is there; figures are alike."""
    assert core(text) == expected


def test_dice() -> None:
    """Likeness of two gram sets is 1 for the same, 0 for nothing in common."""
    assert dice(grams("退货"), grams("退货")) == 1
    assert dice(grams("退货"), grams("发票")) == 0
    assert dice(set(), grams("退货")) == 0


TRIALS = [
    ([(0.3, True), (0.2, True), (0.1, True)], 0.1),
    ([(0.3, True), (0.2, True), (0.1, False), (0.08, False)], 0.1),
    ([(0.3, True), (0.2, False), (0.1, False), (0.08, False)], 0.3),
    ([(0.3, True), (0.2, False), (0.15, True), (0.12, True), (0.1, True)], 0.1),
    ([(0.4, False), (0.2, False)], 0.3),
    ([(0.9, True)], 0.35),
    ([(0.01, True)], 0.05),
]


@pytest.mark.parametrize(("ranked", "expected"), TRIALS)
def test_least_margin(ranked: list[tuple[float, bool]], expected: float) -> None:
    """The margin goes down as far as two of three trials were right, within bounds."""
    assert least_margin(ranked) == expected


def test_calibrated() -> None:
    """With examples enough to try, what is far from all of them is still not understood, and what is near still is."""
    letters = "甲乙丙丁戊己庚辛壬癸子丑寅卯"
    similar = Similar([(intent, f"{words}{letter}") for intent, words in (("a", "退款"), ("b", "发票")) for letter in letters])
    assert similar.best("退款子") is not None
    assert similar.best("安装师傅电话") is None
