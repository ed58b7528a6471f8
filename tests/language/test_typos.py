"""Slips of the input method."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csflow.language.typos import meant


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("肿么还木有发获", "怎么还没有发货"),
        ("啥时侯发块递", "什么时候发快递"),
        ("有木有优会", "有没有优惠"),
        ("pls send it to u", "please send it to you"),
        ("plsql under", "plsql under"),
        ("怎么还没有发货", "怎么还没有发货"),
    ],
)
def test_meant(text: str, expected: str) -> None:
    """Each slip is what its writer meant; English ones only as whole words."""
    assert meant(text) == expected


@given(st.text("咋啥肿么木有米发获或货退 u", max_size=20))
def test_settles(text: str) -> None:
    """Folding again and again comes to rest."""
    for _ in range(3):
        text = meant(text)
    assert meant(text) == text
