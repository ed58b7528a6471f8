"""Lists for the same event: places of findings are marked `@`; flows without a mark have none of that code."""

from __future__ import annotations

import pytest

from tests.check.conftest import Found, Marked

HEAD = """
facts: {mode: {type: [fixed, open], required: true}, loose: {type: [one, two]}, n: count}
intents: {hello: {examples: [你好呀]}, hello.night: {examples: [晚上好]}}
states: {close.pay: {}}
events: {arrived: {}}
"""
FLOWS = {
    "never-reached": {
        "the same condition": "rules: [{when: hello, choose: [{id: a, if: n > 1, say: x}, {id: @b, if: n>1, say: x}]}]",
        "a narrower condition": """
rules: [{when: hello, choose: [{id: a, if: n > 1, say: x}, {id: @b, if: n == 3 and n > 1, say: x}]}]""",
        "a wider condition": """
rules: [{when: hello, choose: [{id: a, if: n == 3 and n > 1, say: x}, {id: b, if: n > 1, say: x}]}]""",
        "one that is spent": """
rules: [{when: hello, choose: [{id: a, max: 1, if: n > 1, say: x}, {id: b, if: n > 1, say: x}]}]""",
        "the list's condition again": """
rules: [{when: hello, if: n > 1, choose: [{id: a, if: n > 1, say: x}, {id: @b, else: true, say: x}]}]""",
        "a last word": "rules: [{when: hello, choose: [{id: a, if: n > 1, say: x}, {id: b, else: true, say: x}]}]",
    },
    "tie": {
        "two last words": "rules: [{when: hello, choose: [{id: a, say: x}]}, {when: hello, choose: [{id: @b, say: x}]}]",
        "a last word and a condition": """
rules: [{when: hello, choose: [{id: a, say: x}]},
        {when: hello, choose: [{id: @b, if: n > 1, say: x}]}]""",
        "the same condition": """
rules: [{when: hello, if: n > 1, choose: [{id: a, say: x}]}, {when: hello, choose: [{id: @b, if: n > 1, say: x}]}]""",
        "conditions that may both hold": """
rules: [{when: hello, choose: [{id: a, if: n > 1, say: x}]}, {when: hello, choose: [{id: b, if: n > 2, say: x}]}]""",
        "guards that exclude each other": """
rules: [{when: hello, if: mode == fixed, choose: [{id: a, say: x}]},
        {when: hello, if: mode == open, choose: [{id: b, say: x}]}]""",
        "another depth of state": """
rules: [{when: hello, in: [close], choose: [{id: a, say: x}]}, {when: hello, in: [close.pay], choose: [{id: b, say: x}]},
        {when: unknown, choose: [{id: c, say: x, go: close.pay}]}]""",
        "the same state named twice": """
rules: [{when: hello, in: [greet], choose: [{id: a, say: x}]},
        {when: hello, in: [close, greet], choose: [{id: @b, say: x}]}]""",
        "a state that is never reached": """
rules: [{when: hello, in: [close], choose: [{id: a, say: x}]}, {when: hello, in: [close], choose: [{id: b, say: x}]}]""",
        "in_state keeps them apart": """
rules: [{when: hello, if: not in_state(close), choose: [{id: a, say: x}]},
        {when: hello, if: in_state(close), choose: [{id: b, say: x}]},
        {when: unknown, choose: [{id: c, say: x, go: close}]}]""",
        "in_state does not keep them apart": """
rules: [{when: hello, if: in_state(close), choose: [{id: a, say: x}]},
        {when: hello, if: in_state(close.pay), choose: [{id: @b, say: x}]},
        {when: unknown, choose: [{id: c, say: x, go: close.pay}]}]""",
        "a deeper intent": """
rules: [{when: hello, choose: [{id: a, say: x}]}, {when: hello.night, choose: [{id: b, say: x}]}]""",
        "any beside a named intent": """
rules: [{when: hello, choose: [{id: a, say: x}]}, {when: any, choose: [{id: b, say: x}]}]""",
        "one of several events": """
rules: [{when: [hello, unknown], choose: [{id: a, say: x}]}, {when: [unknown, any], choose: [{id: @b, say: x}]}]""",
        "a report in two spellings": """
rules: [{when: arrived, choose: [{id: a, say: x}]}, {when: report.arrived, choose: [{id: @b, say: x}]}]""",
        "the first message": """
rules: [{when: started, choose: [{id: a, say: x}]}, {when: started, choose: [{id: @b, max: 1, say: x}]}]""",
        "messages while a person has the turn": """
rules: [{when: hello, in: [handoff], choose: [{id: a, say: x}]}, {when: hello, in: [handoff], choose: [{id: b, say: x}]}]""",
    },
    "gap": {
        "no last word": "rules: [{when: @hello, choose: [{id: a, if: n > 1, say: x}]}]",
        "a last word that is spent": "rules: [{when: @hello, choose: [{id: a, max: 1, else: true, say: x}]}]",
        "a last word whose question is closed": """
slots: {size: {type: text, ask: 多大？}}
rules: [{when: @hello, choose: [{id: a, else: true, ask: size}]}]""",
        "rules on any": """
rules: [{when: hello, choose: [{id: a, if: n > 1, say: x}]},
        {when: any, choose: [{id: b, say: x}]}]""",
        "the parent answers": """
rules: [{when: hello.night, choose: [{id: a, if: n > 1, say: x}]},
        {when: hello, choose: [{id: b, say: x}]}]""",
        "a list in a wider state": """
rules: [{when: hello, in: [greet], choose: [{id: a, if: n > 1, say: x}]},
        {when: hello, in: [everywhere], choose: [{id: b, say: x}]}]""",
        "all words of a required fact": """
rules: [{when: hello, if: mode == fixed, choose: [{id: a, say: x}]},
        {when: hello, if: mode == open, choose: [{id: b, say: x}]}]""",
        "some words of a required fact": "rules: [{when: @hello, if: mode == fixed, choose: [{id: a, say: x}]}]",
        "all words of a fact that may be unknown": """
rules: [{when: @hello, if: loose == one, choose: [{id: a, say: x}]},
        {when: @hello, if: loose == two, choose: [{id: b, say: x}]}]""",
        "not an intent": "rules: [{when: arrived, choose: [{id: a, if: n > 1, say: x}]}]",
        "only where a person has the turn": "rules: [{when: hello, in: [handoff], choose: [{id: a, if: n > 1, say: x}]}]",
    },
}
CASES = [pytest.param(code, text, id=f"{code}: {name}") for code, flows in FLOWS.items() for name, text in flows.items()]
STORE = "profile: shop\nfacts: {mode: open}\n"


@pytest.mark.parametrize(("code", "text"), CASES)
def test_overlap(code: str, text: str, marked: Marked) -> None:
    """A code is found at the marked places and nowhere else."""
    came, expected = marked(code, HEAD + text, STORE)
    assert came == expected


def test_tie_names_both(found: Found) -> None:
    """A tie names the other rule with its place, the event and a state; each pair of lists is reported once."""
    text = HEAD + "rules: [{when: hello, choose: [{id: a, say: x}]},\n{when: hello, choose: [{id: b, say: x}]}]"
    (tie,) = [problem for problem in found(text, STORE) if problem.code == "tie"]
    assert "'b' ties with 'a'" in tie.message
    assert ":6:" in tie.message
    assert "hello in greet" in tie.message
