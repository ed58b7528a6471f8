"""Patterns with holes."""

import pytest

from csflow.language.entities import Entities
from csflow.language.normalise import normalise
from csflow.language.patterns import Patterns, is_pattern

ENTRIES = [
    ("offer", "{bid}能卖吗"),
    ("offer", "就{bid}，行我就买"),
    ("offer", "{quantity}个{bid}可以吗"),
    ("offer", "can you do {bid}"),
    ("deadline", "{date}之前能到吗"),
    ("bundle", "2个{bid}行不行"),
    ("bundle", "三个{bid}行不行"),
]
PATTERNS = Patterns(ENTRIES, {"bid": "money", "quantity": "count"})
READER = Entities({}, 100)
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
    plain = normalise(text).text
    (filled,) = PATTERNS.find(plain, READER.read(plain))
    assert filled.pattern.intent == intent
    assert {name: span.value for name, (span, _) in filled.slots.items()} == slots


@pytest.mark.parametrize(
    "text", ["这能卖吗", "明天能卖吗", "两双能卖吗", "pecan you do 20", "180再说能卖吗", "3个180行不行", "180行不行"]
)
def test_leaves_alone(text: str) -> None:
    """A hole takes nothing of another type, and its words must stand next to it."""
    plain = normalise(text).text
    assert PATTERNS.find(plain, READER.read(plain)) == []


@pytest.mark.parametrize("words", ["(a|aa)+${bid}", "[{bid}", "\\{bid}.*", "{bid}{bid}{bid}", "{nothing}", "{}", "{"])
def test_author_text_is_no_regex(words: str) -> None:
    """Whatever an author writes is taken letter by letter."""
    assert Patterns([("x", words)], {"bid": "money"}).find("aaaaaaaaaaaaaaaaaaaa180x", READER.read("180")) == []


def test_which_are_patterns() -> None:
    """Holes and inner punctuation make a pattern; words and English spaces do not."""
    assert [is_pattern(text) for text in ("{bid}能卖吗", "好的，谢谢", "free shipping", "退货")] == [True, True, False, False]
