"""Patterns of `matches`: what is taken, and what could run away."""

from __future__ import annotations

import pytest

from csflow.testing.pattern import read_pattern

TAKEN = {
    "plain text": ("15元", "还差15元"),
    "digits": (r"\d{1,3}\.\d\d元", "12.50元"),
    "a choice": ("(今天|明天)发", "明天发"),
    "an optional group": ("(约)?3天", "3天"),
    "signs in a class": ("[*+)]+", "a+b"),
    "an escaped bracket": (r"\(x\)+", "(x))"),
    "four open repetitions": (".*a+b*c{1,}", "abc"),
}
REFUSED = {
    "a repeated group": ("(a+)+b", "repeats a group"),
    "a starred group": ("(ab)*", "repeats a group"),
    "a counted group": ("(a){9}", "repeats a group"),
    "a group behind a class": ("([)]a)+", "repeats a group"),
    "five open repetitions": (".*a+b*c{1,}d*", "repeats too much"),
    "a large count": ("a{1000}", "repeats too much"),
    "a long one": ("a" * 201, "at most 200 characters"),
    "no regular expression": ("(", "is no regular expression"),
}


@pytest.mark.parametrize(("pattern", "text"), TAKEN.values(), ids=TAKEN)
def test_taken(pattern: str, text: str) -> None:
    """An ordinary pattern is searched as Python does."""
    assert read_pattern(pattern).search(text)


@pytest.mark.parametrize(("pattern", "why"), REFUSED.values(), ids=REFUSED)
def test_refused(pattern: str, why: str) -> None:
    """A pattern that could take forever, or is none, is refused with the reason."""
    with pytest.raises(ValueError, match=why):
        read_pattern(pattern)
