"""Figures in Arabic and Chinese."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csflow.language.numbers import chinese, number, plain

FIGURES = [
    ("180", "180"),
    ("1,200", "1200"),
    ("99.90", "99.9"),
    ("1.5万", "15000"),
    ("3k", "3000"),
    ("半", "0.5"),
    ("十", "10"),
    ("十五", "15"),
    ("二十", "20"),
    ("一百八", "180"),
    ("一百零八", "108"),
    ("一百八十", "180"),
    ("两千五", "2500"),
    ("一万二", "12000"),
    ("三万零五十", "30050"),
    ("一八零", "180"),
    ("二点五", "2.5"),
    ("一亿", "100000000"),
    ("零", "0"),
]


@pytest.mark.parametrize(("text", "expected"), FIGURES)
def test_reads(text: str, expected: str) -> None:
    """Each way of writing a figure has one value."""
    assert plain(number(text)) == expected


def spelled(value: int) -> str:
    """Chinese figures of 1..9999, written out in full."""
    words = ""
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, unit)
        if digit:
            words += "零一二三四五六七八九"[digit] + name
        elif words and value and not words.endswith("零"):
            words += "零"
    return words


@given(st.integers(1, 9999))
def test_written_out(value: int) -> None:
    """Figures written out in full are read back."""
    assert chinese(spelled(value)) == value


@given(st.text("零〇一二两三四五六七八九十百千万亿", min_size=1, max_size=12))
def test_any_figures_answer(text: str) -> None:
    """Any heap of Chinese figures has a value of its own and none is negative."""
    assert number(text) >= Decimal(0)
