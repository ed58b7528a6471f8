"""The graph of states: places of findings are marked `@`; flows without a mark have none of that code."""

from __future__ import annotations

import pytest

from tests.check.conftest import Found, Marked

FLOWS = {
    "unreachable-state": {
        "a declared state": "states: {@close.gift: {}}",
        "a parent whose sub-state is reached": """
            states: {close.gift: {}, close: {}}
            rules: [{when: unknown, choose: [{id: r, say: x, go: close.gift}]}]""",
        "by a follow-up": """
            states: {close.gift: {}}
            follow_ups: {quiet: {since: silence, after: 1h, go: close.gift}}""",
        "only from a state that is not reached": """
            states: {@close.gift: {}, @close.paper: {}}
            rules: [{when: @unknown, in: [close.gift], choose: [{id: r, say: x, go: close.paper}]}]""",
        "a state and a list in it": """
            states: {@close.gift: {}}
            rules: [{when: @unknown, in: [close.gift], choose: [{id: r, say: x}]}]""",
        "a list in a phase that is not reached": "rules: [{when: @unknown, in: [close, farewell], choose: [{id: r, say: x}]}]",
        "by a message that a person's turn never hears": """
            states: {@close.gift: {}}
            rules: [{when: unknown, in: [handoff], choose: [{id: r, say: x, go: close.gift}]}]""",
        "by a result that comes while a person has the turn": """
            states: {close.gift: {}}
            calls: {ask: {by: boss}}
            rules: [{when: ask.done, in: [handoff], choose: [{id: r, say: x, go: close.gift}]}]""",
        "by `collected` in a state that collects nothing": """
            states: {@close.gift: {}}
            rules: [{when: collected, in: [greet], choose: [{id: r, say: x, go: close.gift}]}]""",
        "by `enter` of a parent": """
            states: {@close.gift: {}, identify_need.use: {}}
            rules: [{when: unknown, choose: [{id: q, say: x, go: identify_need.use}]},
                    {when: enter, in: [identify_need], choose: [{id: r, say: x, go: close.gift}]}]""",
        "by `enter` of the state itself": """
            states: {close.gift: {}, identify_need.use: {}}
            rules: [{when: unknown, choose: [{id: q, say: x, go: identify_need.use}]},
                    {when: enter, in: [identify_need.use], choose: [{id: r, say: x, go: close.gift}]}]""",
    },
    "trap-state": {
        "no way out": "rules: [@{when: unknown, choose: [{id: r, say: x, go: @close}]}]",
        "a way out by silence": """
            rules: [{when: unknown, choose: [{id: r, say: x, go: close}]}]
            follow_ups: {quiet: {since: silence, after: 1h, go: farewell}}""",
        "a state that ends the session": """
            states: {close.done: {ends: session}}
            rules: [{when: unknown, choose: [{id: r, say: x, go: close.done}]}]""",
        "back to a state with a way out": """
            rules: [{when: unknown, in: [greet], choose: [{id: r, say: x, go: complaint}]},
                    {when: any, in: [greet], choose: [{id: q, say: x, go: farewell}]},
                    {when: unknown, in: [complaint], choose: [{id: s, say: x, go: back}]}]""",
        "back to a trap": """
            rules: [@{when: unknown, in: [greet], choose: [{id: r, say: x, go: @complaint}]},
                    {when: unknown, in: [complaint], choose: [{id: s, say: x, go: back}]}]""",
        "a declared trap": """
            states: {@close.gift: {}}
            rules: [{when: unknown, in: [greet], choose: [{id: q, if: misses > 2, say: x, go: farewell},
                                                          {id: r, say: x, go: close.gift}]}]""",
        "a flow without rules": "@",
    },
    "unpaired-side-root": {
        "only the fallback for everything leads out": """
            rules: [{when: unknown, in: [everywhere], choose: [{id: p, say: x, go: handoff}]},
                    {when: any, choose: [{id: r, say: x, go: @after_sales}]}]""",
        "its own rule calls a person": """
            rules: [{when: unknown, choose: [{id: r, say: x, go: complaint}]},
                    {when: any, in: [complaint], choose: [{id: p, say: x, go: handoff}]}]""",
        "its own rule goes on to a phase": """
            rules: [{when: unknown, choose: [{id: r, say: x, go: complaint}]},
                    {when: any, in: [complaint], choose: [{id: p, say: x, go: close}]}]""",
        "a rule for all side roots goes back": """
            rules: [{when: unknown, choose: [{id: r, say: x, go: complaint}]},
                    {when: any, in: [complaint, after_sales], choose: [{id: p, say: x, go: back}]}]""",
        "never entered": "rules: [{when: unknown, in: [complaint], choose: [{id: r, say: x}]}]",
    },
    "now-loop": {
        "without conditions": """
            rules: [{when: now, in: [greet], choose: [{id: a, say: x, go: @close}]},
                    {when: now, in: [close], choose: [{id: b, say: x, go: @greet}]}]""",
        "once only": """
            rules: [{when: now, in: [greet], choose: [{id: a, max: 1, say: x, go: close}]},
                    {when: now, in: [close], choose: [{id: b, say: x, go: greet}]}]""",
        "under one condition": """
            rules: [{when: now, in: [greet], choose: [{id: a, if: order.paid and order.shipped, say: x, go: @close}]},
                    {when: now, in: [close], if: order.paid, choose: [{id: b, say: x, go: greet}]}]""",
        "under two conditions": """
            rules: [{when: now, in: [greet], choose: [{id: a, if: order.paid, say: x, go: close}]},
                    {when: now, in: [close], choose: [{id: b, if: order.shipped, say: x, go: greet}]}]""",
        "three in a row": """
            rules: [{when: now, in: [greet], choose: [{id: a, say: x, go: @close}]},
                    {when: now, in: [close], choose: [{id: b, say: x, go: @follow_up}]},
                    {when: now, in: [follow_up], choose: [{id: c, say: x, go: @greet}]}]""",
        "to the state it is in": "rules: [{when: now, in: [greet], choose: [{id: a, say: x, go: greet}]}]",
    },
    "no-fallback": {
        "nothing at all": "rules: [@{when: started, choose: [{id: a, say: x}]}]",
        "rules on any": "rules: [{when: any, choose: [{id: a, say: x}]}]",
        "greet is left at once": """
            rules: [{when: started, choose: [{id: a, say: x, go: close}]},
                    {when: unknown, in: [close], choose: [{id: b, say: x}]}]""",
        "greet is left sometimes": """
            rules: [@{when: started, choose: [{id: a, if: order.paid, say: x, go: close}]},
                    {when: unknown, in: [close], choose: [{id: b, say: x}]}]""",
        "a declared state": """
            states: {@close.gift: {}}
            rules: [{when: started, choose: [{id: a, say: x, go: close.gift}]}]""",
        "a state that ends the session": """
            states: {close.gift: {ends: session}}
            rules: [{when: started, choose: [{id: a, say: x, go: close.gift}]}]""",
        "with a person": "rules: [{when: started, choose: [{id: a, say: x, go: handoff}]}]",
    },
}  # fmt: skip
CASES = [pytest.param(code, text, id=f"{code}: {name}") for code, flows in FLOWS.items() for name, text in flows.items()]


@pytest.mark.parametrize(("code", "text"), CASES)
def test_structure(code: str, text: str, marked: Marked) -> None:
    """A code is found at the marked places and nowhere else."""
    came, expected = marked(code, text.replace("\n            ", "\n"))
    assert came == expected


def test_severities(found: Found) -> None:
    """A trap is an error, a missing fallback a warning."""
    problems = found("rules: [{when: started, choose: [{id: a, say: 我是程序, go: close}]}]")
    assert {(p.code, p.severity) for p in problems} == {("trap-state", "error"), ("no-fallback", "warning")}
