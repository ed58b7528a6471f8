"""Where clauses part."""

import pytest

from csflow.language.clauses import asks, split, turn_of

PARTED = [
    ("有货吗？多少钱", ["有货吗", "多少钱"]),
    ("好的，谢谢！", ["好的", "谢谢"]),
    ("在吗 有货吗", ["在吗", "有货吗"]),
    ("第一\n第二", ["第一", "第二"]),
    ("iphone 15 有货吗", ["iphone 15 有货吗"]),
    ("free shipping, please", ["free shipping", "please"]),
    ("hello. any stock?", ["hello", "any stock"]),
    ("一共1,200元", ["一共1,200元"]),
    ("99.9行吗", ["99.9行吗"]),
    ("嗯...再看看", ["嗯", "再看看"]),
    ("，，，", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "expected"), PARTED)
def test_parts(text: str, expected: list[str]) -> None:
    """Punctuation and spaces between Chinese part; those inside figures and English do not."""
    assert [text[part.start : part.end] for part in split(text)] == expected


def test_glue() -> None:
    """A separator inside a glued span parts nothing."""
    assert len(split("就180，行我就买", [(0, 9)])) == 1


def test_marks() -> None:
    """The clause before a question mark is marked, others are not."""
    assert [part.marked for part in split("有货？来两件。")] == [True, False]


ASKING = [
    ("有货吗", True),
    ("多少钱", True),
    ("能不能便宜", True),
    ("哪家快递", True),
    ("can you ship", True),
    ("来两件", False),
    ("ok", False),
]


@pytest.mark.parametrize(("text", "expected"), ASKING)
def test_asks(text: str, expected: bool) -> None:
    """Words of asking make a question without a mark."""
    assert asks(text) is expected


@pytest.mark.parametrize(
    ("text", "turn"),
    [
        ("我要退货", 0),
        ("帮我查一下", 0),
        ("物流查询", 0),
        ("麻烦快一点", 0),
        ("麻烦你了", 1),
        ("还没收到", 1),
        ("我不想要", 1),
        ("昨天买的", 2),
        ("因为来不及", 2),
        ("I want a refund", 0),
        ("yesterday it broke", 2),
    ],
)
def test_demands_before_tales(text: str, turn: int) -> None:
    """What a clause demands is answered first, what it only tells of last."""
    assert turn_of(text) == turn
