"""Examples and phrases that another intent takes; places are marked `@`."""

from __future__ import annotations

from pathlib import Path

import pytest

from csflow.check import check
from csflow.rulefile import load_flow, load_profile
from tests.check.conftest import Found, Marked

FLOWS = {
    "a shared phrase": "intents: {a: {phrases: [运费险]}, b: {phrases: [想退, @运费险]}}",
    "a shared phrase, one yielding": "intents: {a: {phrases: [运费险], yields_to: b}, b: {phrases: [想退, 运费险]}}",
    "a shared phrase, the other yielding": "intents: {a: {phrases: [运费险]}, b: {phrases: [想退, 运费险], yields_to: any}}",
    "a pattern of another": """
words: {when: [几号, 哪天], send: [发货, 寄]}
intents: {a: {phrases: ["{when}…{send}"]}, b: {examples: [@哪天寄, 能退吗]}}""",
    "a pattern with a hole": """
slots: {bid: {type: money}}
intents: {a: {phrases: ["{money}卖吗"]}, b: {phrases: [@"{bid}卖吗", "{bid}拿走"]}}""",
    "an excluded phrase": "intents: {a: {phrases: [@运费险], not: [运费险]}, b: {phrases: [运费险]}}",
    "a sub-intent": "intents: {a: {examples: [怎么泡]}, a.b: {phrases: [怎么泡]}}",
    "a parent": "intents: {a: {phrases: [怎么泡茶]}, a.b: {examples: [@怎么泡茶，多少度], phrases: [多少度的水]}}".replace(
        "@", ""
    ),
    "nothing in common": "intents: {a: {phrases: [退货]}, b: {phrases: [发货]}}",
}


@pytest.mark.parametrize("text", FLOWS.values(), ids=FLOWS)
def test_hijacked(text: str, marked: Marked) -> None:
    """What is answered first as another intent is found, unless its own yields or the other is its sub-intent."""
    came, expected = marked("hijacked", text, prove=True)
    assert came == expected


def test_says_what_spoke(found: Found) -> None:
    """The finding names the other intent, what spoke for it and its place."""
    (problem,) = [
        p for p in found("intents: {a: {phrases: [运费险]}, b: {phrases: [运费险]}}", prove=True) if p.code == "hijacked"
    ]
    assert problem.message.startswith("'运费险' of 'b' is heard as 'a', by phrase “运费险” at ")
    assert problem.message.endswith("flow.yaml:1:25")


def test_every_file_of_an_intent(tmp_path: Path) -> None:
    """What another file adds to an intent is looked at, and found there."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "flow.yaml").write_text("intents: {a: {phrases: [运费险]}, b: {phrases: [想退]}}", "utf-8")
    (tmp_path / "rules" / "more.yaml").write_text("intents:\n  b: {phrases: 运费险}\n", "utf-8")
    spec = load_flow(tmp_path)
    hijacked = [p for p in check(spec, load_profile(None, spec)) if p.code == "hijacked"]
    assert [(Path(p.place.file).name, p.place.line, p.place.col) for p in hijacked] == [("more.yaml", 2, 16)]
