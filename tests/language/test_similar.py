"""Likeness to examples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csflow.language.similar import Likeness, Similar, core, dice, grams, least_margin, weight

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


def best(similar: Similar, text: str, *, surely: bool = False) -> Likeness | None:
    """What a text is like, if that is far enough ahead."""
    found = similar.best(core(text), surely=surely)
    return found if found and similar.leads(found) else None


@pytest.mark.parametrize(("text", "intent"), NEAR)
def test_near(text: str, intent: str) -> None:
    """A text near the examples of one intent is it, ahead of the next."""
    found = best(SIMILAR, text)
    assert found is not None
    assert found.intent == intent
    assert 0 < found.margin <= found.score <= 1
    assert EXAMPLES[found.example][0] == intent


@pytest.mark.parametrize("text", ["今晚月色真美", "hello there", "嗯", "", "180", "？？？"])
def test_far(text: str) -> None:
    """A text like none of the examples is not understood."""
    assert best(SIMILAR, text) is None


SURE = [("今天能不能发", None), ("可以打个折扣吗", "discount")]


@pytest.mark.parametrize(("text", "intent"), SURE)
def test_surely(text: str, intent: str | None) -> None:
    """What must be sure has to be far more like an example."""
    found = best(SIMILAR, text, surely=True)
    assert best(SIMILAR, text) is not None
    assert (found and found.intent) == intent


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text("退货款发票能吗几", min_size=2, max_size=6)), min_size=1, max_size=8))
def test_examples_are_themselves(examples: list[tuple[str, str]]) -> None:
    """What an example itself says is heard as its intent, if as any, and no likeness is above one."""
    similar = Similar(examples)
    for intent, text in examples:
        found = best(similar, text)
        assert found is None or (found.score <= 1 and found.intent == intent)


def test_torn_between() -> None:
    """A text as near to one intent as to another is not understood."""
    torn = Similar([("a", "怎么退货"), ("b", "怎么换货"), ("b.sub", "怎么换货")])
    assert best(torn, "怎么修货") is None


def test_rivals() -> None:
    """Two intents that a text is about equally like are rivals; an intent and its own sub-intent are none."""
    torn = Similar([("a", "在哪里可以看到退货进度"), ("b", "在哪里可以看到换货进度"), ("b.sub", "发票抬头")])
    found = torn.best("在哪里可以看到进度")
    assert found is not None
    assert torn.rivals(found) == ("a", "b")
    assert torn.rivals(found._replace(intent="b", runner_up="b.sub")) is None
    assert torn.rivals(found._replace(margin=0.5)) is None


CORES = [
    ("你好，请问有货吗？", "有货吗"),
    ("要180的", "要0的"),
    ("你好", "你好"),
    ("肿么还没发获", "怎么还没发货"),
    ("有木有神马优会", "有没有什么优惠"),
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
    ([], 0.25),
    ([(0.3, True), (0.2, True), (0.1, True)], 0.1),
    ([(0.3, True), (0.2, True), (0.1, False), (0.08, False)], 0.1),
    ([(0.3, True), (0.2, False), (0.1, False), (0.08, False)], 0.3),
    ([(0.3, False), (0.2, True), (0.15, True)], 0.15),
    ([(0.4, False), (0.2, False)], 0.35),
    ([(0.9, True)], 0.25),
    ([(0.01, True)], 0.05),
]


@pytest.mark.parametrize(("ranked", "expected"), TRIALS)
def test_least_margin(ranked: list[tuple[float, bool]], expected: float) -> None:
    """The margin goes down as far as two of three trials were right, within bounds; without trials it is the usual one."""
    assert least_margin(ranked) == expected


@pytest.mark.parametrize(
    ("more", "less"), [("货", "吗"), ("货", "a"), ("退货", "可以"), ("退货", "退了"), ("发票", "ab"), ("发票吗", "可以吗")]
)
def test_weight(more: str, less: str) -> None:
    """Letters that carry a meaning weigh more than particles and than Latin ones; one of those alone weighs nothing."""
    assert weight(more) > weight(less) >= 0
    assert weight("吗") == weight("a") == 0


LETTERS = st.text("退款换货可以吗了几天到", min_size=2, max_size=7)
LABELLED = st.lists(st.tuples(st.sampled_from("abc"), LETTERS), min_size=1, max_size=10)


@given(LABELLED, st.lists(st.text("暖冬衣裙鞋帽", min_size=2, max_size=6), min_size=1, max_size=8), LETTERS)
def test_unrelated_examples(examples: list[tuple[str, str]], unrelated: list[str], text: str) -> None:
    """Examples that share nothing with a text change neither what it is like nor whether that is enough."""
    plain, more = Similar(examples), Similar([*examples, *(("x", words) for words in unrelated)])
    assert more.best(text) == plain.best(text)
    assert best(more, text) == best(plain, text)


def test_calibrated() -> None:
    """With examples enough to try, what is far from all of them is still not understood, and what is near still is."""
    letters = "甲乙丙丁戊己庚辛壬癸子丑寅卯"
    similar = Similar([(intent, f"{words}{letter}") for intent, words in (("a", "退款"), ("b", "发票")) for letter in letters])
    assert best(similar, "退款子") is not None
    assert best(similar, "安装师傅电话") is None
