"""Short answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csflow.language import Vocabulary, yes_no

ANSWERS = [
    *[
        (text, True)
        for text in (
            "好的",
            "好",
            "可以",
            "可以的呀",
            "行",
            "行吧",
            "对",
            "对的",
            "是的",
            "嗯",
            "嗯嗯",
            "嗯好的",
            "没问题",
            "OK",
            "okay",
        )
    ],
    *[(text, True) for text in ("yes", "Yes, please", "好的，谢谢", "好的谢谢", "确认", "要的", "就这样", "sure")],
    *[
        (text, False)
        for text in (
            "不用",
            "不用了",
            "不用了谢谢",
            "不要",
            "不行",
            "没有",
            "没有了",
            "不是",
            "算了",
            "嗯，不用了",
            "好的不用了",
            "不",
            "no",
            "No thanks",
        )
    ],
    *[
        (text, None)
        for text in ("不是不要", "有货吗", "我要红色", "不，好的", "好用吗", "可以便宜吗", "没有货吗", "nothing", "", "？", "180")
    ],
]


@pytest.mark.parametrize(("text", "expected"), ANSWERS)
def test_yes_no(text: str, expected: bool | None) -> None:
    """Words of consent and of denial answer; longer talk that only begins with them does not."""
    assert yes_no(text) is expected


@given(st.text(alphabet=st.characters(), max_size=40))
def test_any_text_answers(text: str) -> None:
    """Any text is yes, no or neither, and punctuation around it changes nothing."""
    assert yes_no(f"，{text}。") is yes_no(text)


VOCABULARY = Vocabulary({"budget": ["超预算了", "没打算花这么多"], "rival": ["别家便宜", "隔壁卖得低"], "xl": ["xl", "加大"]})
MATCHES = [
    ("别家便宜", "rival"),
    ("看到别家便宜呀", "rival"),
    ("有点超预算", "budget"),
    ("隔壁卖的低", "rival"),
    ("没想花这么多", "budget"),
    ("XL的", "xl"),
    ("xxl", None),
    ("加大吧", "xl"),
    ("不要加大", None),
    ("明天发货吗", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "expected"), MATCHES)
def test_match(text: str, expected: str | None) -> None:
    """The answer whose words stand in the clause is given, else the one clearly most like it."""
    assert VOCABULARY.match(text) == expected


def test_longer_words_win() -> None:
    """Where words of two answers stand in the clause the longer ones decide."""
    assert Vocabulary({"red": ["红"], "wine": ["酒红"]}).match("要酒红的") == "wine"


def test_empty() -> None:
    """A vocabulary without words hears nothing."""
    assert Vocabulary({}).match("好的") is None
    assert Vocabulary({"none": [" \u200b"]}).match("好的") is None
