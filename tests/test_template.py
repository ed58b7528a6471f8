"""Reply texts: literal text and placeholders."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csflow.condition import Node
from csflow.template import MAX_TEXT, parse_template
from tests.test_condition import Names

SPLIT = [
    ("你好", ["你好"], set()),
    ("", [], set()),
    ("满{{ order.total }}元", ["满", "order.total", "元"], {"order.total"}),
    ("{{order.id}}{{ order.on }}", ["order.id", "order.on"], {"order.id", "order.on"}),
    ("{{ days[order.id] }}天 {x} 100%", ["days", "天 {x} 100%"], {"days", "order.id", "days[order.id]"}),
    ("{{ order.total / life.days }}", ["order.total"], {"order.total", "life"}),
]


def spelled(part: str | Node) -> str:
    return part if isinstance(part, str) else next(part.names())


@pytest.mark.parametrize(("text", "parts", "needs"), SPLIT)
def test_a_text_is_split(text: str, parts: list[str], needs: set[str]) -> None:
    """Literal text stays as it is; a placeholder is a tree, and what it reads is needed."""
    template, faults = parse_template(text, Names())
    assert faults == []
    assert [spelled(part) for part in template.parts] == parts
    assert template.needs == needs


FAULTS = [
    ("满{{ order.total", [("template-syntax", 1)]),
    ("满 }} 元", [("template-syntax", 2)]),
    ("{% if a %}", [("template-syntax", 0)]),
    ("ok{# note #}", [("template-syntax", 2)]),
    ("{{ }}", [("condition-syntax", 3)]),
    ("{{ a }}", [("unsayable", 3)]),
    ("{{ ghost.x }} {{ order.id + }}", [("unknown-fact", 3), ("condition-syntax", 28)]),
    ("{{ ghost.x }} }}", [("unknown-fact", 3), ("template-syntax", 14)]),
    ("x" * (MAX_TEXT + 1), [("template-syntax", 0)]),
]


@pytest.mark.parametrize(("text", "faults"), FAULTS)
def test_a_text_is_refused(text: str, faults: list[tuple[str, int]]) -> None:
    """Each fault has its column in the whole text."""
    assert [(fault.code, fault.col) for fault in parse_template(text, Names())[1]] == faults


@given(
    st.lists(st.sampled_from(["{{", "}}", "{", "}", "order.id", " ", "好", "{%", "'", "\0", "+", "a"]), max_size=12).map("".join)
    | st.text(max_size=40)
)
def test_any_text_is_split_or_refused(text: str) -> None:
    """Parsing never raises; without faults the literal parts all stand in the text, in order."""
    template, faults = parse_template(text, Names())
    assert all(0 <= fault.col <= len(text) for fault in faults)
    at = 0
    for part in template.parts if not faults else ():
        if isinstance(part, str):
            at = text.index(part, at) + len(part)
