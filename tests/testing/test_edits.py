"""Edits of a YAML text: what is taken out is gone, all else stays, however the file is written."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from csflow.rulefile.source import Source
from csflow.testing.edits import applied, letters, swapped, without_item, without_key, written

WORDS = st.sampled_from(["a", "bc", "包邮吗", "x y", "- z", "q: 'r'", "#s", "it's"])
NAMES = st.sampled_from(["one", "two", "three", "四"])
DATA = st.recursive(
    WORDS | st.integers(0, 99) | st.booleans(),
    lambda inner: st.lists(inner, min_size=1, max_size=4) | st.dictionaries(NAMES, inner, min_size=1, max_size=4),
    max_leaves=12,
)
STYLES = st.sampled_from([True, False, None])

BLOCK = """\
rules:
  # the first
  - id: a   # with a word
    say: |
      one
      two
    go: close
  - id: b
    if: x > 1
  # the last
never: [p, q]
"""


def source(text: str) -> Source:
    """Read a text that must be YAML."""
    found = Source("a.yaml", text.encode())
    assert found.problems == []
    return found


def edited(text: str, *edits: Any) -> Any:
    """Return the data of a text with edits made in it."""
    return source(applied(text, edits)).data


@given(st.dictionaries(NAMES, DATA, min_size=2, max_size=4), STYLES, st.data())
def test_a_key_is_taken_out(data: dict[str, Any], style: bool | None, draw: st.DataObject) -> None:
    """Without a key the mapping holds the others, as they were."""
    key = draw.draw(st.sampled_from(sorted(data)))
    text = yaml.safe_dump({"top": data, "end": 1}, default_flow_style=style, allow_unicode=True, sort_keys=False)
    rest = {name: value for name, value in data.items() if name != key}
    assert edited(text, without_key(source(text), ("top",), key)) == {"top": rest, "end": 1}


@given(st.lists(DATA, min_size=2, max_size=4), STYLES, st.data())
def test_an_item_is_taken_out(data: list[Any], style: bool | None, draw: st.DataObject) -> None:
    """Without an item the list holds the others, in their order."""
    number = draw.draw(st.integers(0, len(data) - 1))
    text = yaml.safe_dump({"top": data, "end": 1}, default_flow_style=style, allow_unicode=True)
    assert edited(text, without_item(source(text), ("top",), number)) == {"top": data[:number] + data[number + 1 :], "end": 1}


@given(st.lists(DATA, min_size=2, max_size=4), STYLES, st.data())
def test_two_items_are_swapped(data: list[Any], style: bool | None, draw: st.DataObject) -> None:
    """Two neighbours change places."""
    number = draw.draw(st.integers(0, len(data) - 2))
    text = yaml.safe_dump({"top": data, "end": 1}, default_flow_style=style, allow_unicode=True)
    expected = [*data[:number], data[number + 1], data[number], *data[number + 2 :]]
    assert edited(text, *swapped(source(text), ("top",), number)) == {"top": expected, "end": 1}


def test_comments_and_blocks_stay_around() -> None:
    """An item that is last in its block goes with its lines and leaves those of the next key alone."""
    edit = without_item(source(BLOCK), ("rules",), 1)
    assert edit is not None
    assert applied(BLOCK, [edit]).endswith("    go: close\nnever: [p, q]\n")


def test_a_block_text_goes_whole() -> None:
    """A text in several lines is taken out with all of them."""
    assert "two" not in str(edited(BLOCK, without_key(source(BLOCK), ("rules", 0), "say")))


@pytest.mark.parametrize(
    ("text", "key"),
    [("a: {b: 1}", "b"), ("a: {b: 1, c: 2}", "d"), ("a: {b: &x [1], c: *x}", "b")],
    ids=["alone", "missing", "anchor"],
)
def test_what_cannot_be_taken_out(text: str, key: str) -> None:
    """A key that is alone, missing or referred to from elsewhere stays."""
    assert without_key(source(text), ("a",), key) is None


def test_the_only_item_stays() -> None:
    """A list is never left empty."""
    assert without_item(source("a: [1]"), ("a",), 0) is None


@pytest.mark.parametrize("raw", ["x >= 2", "'x >= 2'", '"x >= 2"', "x\n  >= 2"], ids=["plain", "single", "double", "folded"])
def test_letters_of_a_value(raw: str) -> None:
    """Letters are replaced where they stand, whatever the quotes and folds."""
    text = f"if: {raw}\n"
    assert edited(text, letters(source(text), ("if",), 2, 4, ">")) == {"if": "x > 2"}


def test_a_value_written_anew() -> None:
    """A scalar is replaced with its quotes."""
    text = "go: 'close' # there\n"
    assert applied(text, [written(source(text), ("go",), "farewell")]) == "go: farewell # there\n"
