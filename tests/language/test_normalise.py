"""Text as typed ⇒ the form that is matched."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csflow.language.normalise import LIMIT, folded, normalise

FOLDED = [
    ("ＡＢＣ１２３", "abc123"),
    ("OK", "ok"),
    ("我要退貨，謝謝", "我要退货，谢谢"),
    ("這個顏色還有嗎", "这个颜色还有吗"),
    ("好好好好好好", "好好好"),
    ("一共10000元", "一共10000元"),
    ("在\u200b吗\ufeff", "在吗"),
    ("在\x00吗\x1b", "在吗"),
    ("有货\t吗\r\n", "有货 吗 \n"),
    ("坏了\ud83d", "坏了\ufffd"),
    ("６０㎏", "60kg"),
    ("便宜点，行吗？", "便宜点，行吗？"),
    ("\ue000能卖吗", "能卖吗"),
    ("好的😀", "好的 "),
    ("行👌🏻", "行 好  "),
    ("☕️", " "),
    ("", ""),
]


@pytest.mark.parametrize(("text", "expected"), FOLDED)
def test_folds(text: str, expected: str) -> None:
    """Width, case, traditional forms, invisible characters and long runs are folded; figures are not shortened."""
    assert normalise(text).text == expected


def test_plain_text_keeps_its_positions() -> None:
    """A message without anything to fold carries no offsets and maps every span to itself."""
    normal = normalise("这款能便宜点吗，谢谢")
    assert normal.offsets is None
    assert normal.span(2, 5) == (2, 5)


@given(st.text("貨謝這個顏還嗎", min_size=1, max_size=3), st.text("退货 ok，1", max_size=6))
def test_traditional_is_found(traditional: str, around: str) -> None:
    """A traditional character is folded wherever it stands."""
    assert not set(normalise(around + traditional + around).text) & set(traditional)


def test_spans_lead_back() -> None:
    """A span after dropped and widened characters points at the original ones."""
    text = "在\u200b吗，６０㎏有货吗"
    normal = normalise(text)
    start = normal.text.index("60kg")
    assert text[slice(*normal.span(start, start + 4))] == "６０㎏"


def test_long_text_is_cut() -> None:
    """Only the first 2,000 code points are matched, even where folding makes more of them."""
    assert len(normalise("退货" * LIMIT).text) == LIMIT
    assert len(normalise("㎏" * LIMIT).text) == LIMIT


@given(st.text(alphabet=st.characters(), max_size=60) | st.text("哈好1aＡ退貨 \n\u200b\ud800", max_size=60))
def test_idempotent(text: str) -> None:
    """What is normalised stays as it is, and each of its characters leads back into the text."""
    normal = normalise(text)
    assert normalise(normal.text).text == normal.text
    assert all(0 <= start < end <= len(text) for start, end in (normal.span(i, i + 1) for i in range(len(normal.text))))


def test_every_character_folds_once() -> None:
    """Folding a folded character changes nothing, for every assigned script below the rare planes."""
    moved = [chr(code) for code in range(0x3000) if "".join(map(folded, folded(chr(code)))) != folded(chr(code))]
    assert moved == []
    assert folded(chr(sys.maxunicode)) == ""
