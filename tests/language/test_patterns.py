"""Patterns with holes, word classes and gaps."""

from collections.abc import Sequence

import pytest

from csflow.language.clauses import split
from csflow.language.entities import Entities
from csflow.language.normalise import normalise
from csflow.language.patterns import Filled, Patterns, Token, is_pattern, spoken
from csflow.language.phrases import Phrases

ENTRIES = [
    ("offer", "{bid}能卖吗"),
    ("offer", "就{bid}，行我就买"),
    ("offer", "{quantity}个{bid}可以吗"),
    ("offer", "can you do {bid}"),
    ("deadline", "{date}之前能到吗"),
    ("bundle", "2个{bid}行不行"),
    ("bundle", "三个{bid}行不行"),
]
CLASSES = {
    "when": ("什么时候", "几号", "when"),
    "dispatch": ("发货", "寄出", "发"),
    "negate": ("不", "别"),
    "want": ("要", "想买"),
}
PHRASES = [
    ("dispatch", "{when}…{dispatch}"),
    ("dispatch", "{dispatch}了吗"),
    ("cancel", "{negate}…{want}"),
    ("refund", "退…{bid}"),
    ("refund", "…差价……{bid}…"),
]
HOLES = {"bid": "money", "quantity": "count"}
READER = Entities({}, 100)


def find(patterns: Patterns, text: str) -> list[Filled]:
    """What the patterns find in a text, its words and entities found beforehand."""
    plain = normalise(text).text
    texts = list(patterns.words)
    words = [Token(start, end, name) for i, start, end in Phrases(texts).find(plain) for name in patterns.words[texts[i]]]
    return patterns.find(plain, [*words, *patterns.tokens(READER.read(plain))], split(plain))


def patterns(entries: Sequence[tuple[str, str]]) -> Patterns:
    return Patterns([(intent, words, False) for intent, words in entries], HOLES, CLASSES)


FILLED = [
    ("180能卖吗", "offer", {"bid": "180"}),
    ("一百八能卖吗", "offer", {"bid": 18000}),
    ("180 能卖吗", "offer", {"bid": "180"}),
    ("就150元 行我就买", "offer", {"bid": 15000}),
    ("三个180可以吗", "offer", {"quantity": 3, "bid": "180"}),
    ("so can you do $20", "offer", {"bid": 2000}),
    ("can you do 20", "offer", {"bid": "20"}),
    ("2个180行不行", "bundle", {"bid": "180"}),
    ("三个25行不行", "bundle", {"bid": "25"}),
    ("2个，一百八行不行", "bundle", {"bid": 18000}),
    ("明天之前能到吗", "deadline", {"date": (None, None, None, 1, None, None)}),
]


@pytest.mark.parametrize(("text", "intent", "slots"), FILLED)
def test_fills(text: str, intent: str, slots: dict[str, object]) -> None:
    """A hole takes one entity of its type or a bare number; punctuation and spaces do not matter."""
    (filled,) = find(patterns(ENTRIES), text)
    assert filled.pattern.intent == intent
    assert {name: span.value for name, (span, _) in filled.slots.items()} == slots


@pytest.mark.parametrize(
    "text", ["这能卖吗", "明天能卖吗", "两双能卖吗", "pecan you do 20", "180再说能卖吗", "3个180行不行", "180行不行"]
)
def test_leaves_alone(text: str) -> None:
    """A hole takes nothing of another type, and its words must stand next to it."""
    assert find(patterns(ENTRIES), text) == []


@pytest.mark.parametrize("words", ["(a|aa)+${bid}", "[{bid}", "\\{bid}.*", "{bid}{bid}{bid}", "{nothing}", "{}", "{"])
def test_author_text_is_no_regex(words: str) -> None:
    """Whatever an author writes is taken letter by letter."""
    assert find(patterns([("x", words)]), "aaaaaaaaaaaaaaaaaaaa180x") == []


GAPS = [
    ("几号发", 0, 3, 3),
    ("请问什么时候能帮我发货呀", 2, 11, 6),
    ("几号一二三四五六七八寄出", 0, 12, 4),
    ("几号几号发货", 2, 6, 4),
    ("WHEN can u 寄出", 0, 13, 6),
    ("发了吗", 0, 3, 3),
    ("不太想买", 0, 4, 3),
    ("退我差不多30块吧", 0, 8, 4),
]


@pytest.mark.parametrize(("text", "start", "end", "letters"), GAPS)
def test_gaps(text: str, start: int, end: int, letters: int) -> None:
    """A gap is up to eight characters, counts no letter, and is the shortest that ends there; words are any of their class."""
    found = [filled[1:4] for filled in find(patterns(PHRASES), text)]
    assert (start, end, letters) in found
    assert max(found, key=lambda span: span[2]) == (start, end, letters)


@pytest.mark.parametrize(
    "text", ["几号一二三四五六七八九寄出", "几号？发货", "退，30块", "发几号", "不。想买", "发，不了吗", "whenever 寄出"]
)
def test_too_far(text: str) -> None:
    """A gap is no longer than eight characters, stays in its clause, and its words stand in their order."""
    assert find(patterns(PHRASES), text) == []


def test_gap_at_an_edge() -> None:
    """A gap before the first or after the last word means nothing; two are one."""
    (filled,) = find(patterns(PHRASES), "给我补差价20吧")
    assert (filled.start, filled.end, filled.slots["bid"][0].value) == (3, 7, "20")


@pytest.mark.parametrize("words", ["{when}…{dispatch}", "{bid}…{bid}…{bid}", "发…发…发…发…发", "{when}{when}…{negate}"])
def test_bounded(words: str) -> None:
    """However often the words repeat, each end of a pattern is found once."""
    found = find(patterns([("x", words), ("x", "几…几")]), "什么时候发几号25块不" * 200)
    assert len(found) == len({(filled.pattern, filled.end) for filled in found}) <= 4000


def test_spoken() -> None:
    """What a pattern stands for in short: the first word of each class, 0 for entities."""
    assert spoken("{when}…{dispatch}，{bid}行吗", CLASSES) == "when…发，0行吗"


def test_which_are_patterns() -> None:
    """Holes, gaps and inner punctuation make a pattern; words and English spaces do not."""
    assert [is_pattern(text) for text in ("{bid}能卖吗", "好的，谢谢", "几号…发", "free shipping", "退货")] == [
        True, True, True, False, False,
    ]  # fmt: skip
