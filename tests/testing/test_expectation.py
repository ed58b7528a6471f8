"""Expectations of turns in Python: what is met, and how what is not reads; under unittest as under pytest."""

from __future__ import annotations

import unittest
from collections.abc import Callable

import pytest

from csflow import Turn
from csflow.testing import Expected, expect
from tests.flows import Shop

RULES = """
facts: {order.total: money}
calls: {apply: {by: boss, within: 2h}}
rules:
  - {when: started, choose: [{id: hello, say: 欢迎。, go: identify_need}]}
  - when: ask_discount
    choose: [{id: ask, do: [{tag: {kind: saver}}, {call: apply}], say: 我问一下，15分钟。, go: handle_objection}]
  - {when: [apply.done, apply.denied, apply.failed], choose: [{id: told, say: 好了。}]}
"""
Check = Callable[[Expected], Expected]
MET: dict[str, Check] = {
    "said": lambda turn: turn.said("欢迎", "15分钟"),
    "not said": lambda turn: turn.not_said("元", "None"),
    "matched": lambda turn: turn.matched(r"^我问.*\d+分钟"),
    "state": lambda turn: turn.in_state("handle_objection"),
    "all rules": lambda turn: turn.fired("hello", "ask"),
    "some rules": lambda turn: turn.fired("ask"),
    "heard": lambda turn: turn.heard("ask_discount"),
    "effects": lambda turn: turn.did("tag", "request_approval:apply"),
    "due": lambda turn: turn.due("apply.failed"),
}
NOT_MET: dict[str, tuple[Check, str]] = {
    "said": (lambda turn: turn.said("元"), "expected '元' to be said"),
    "not said": (lambda turn: turn.not_said("分钟"), "expected '分钟' not to be said"),
    "matched": (lambda turn: turn.matched("^15"), "expected a reply to match '^15'"),
    "silent": (lambda turn: turn.silent(), "expected no reply"),
    "state": (lambda turn: turn.in_state("close"), "expected the state close, came handle_objection"),
    "rules in another order": (lambda turn: turn.fired("ask", "hello"), "expected the rules ask, hello, came hello, ask"),
    "heard": (lambda turn: turn.heard(), "expected to hear none, came ask_discount"),
    "effects": (lambda turn: turn.did("grant"), "expected the effects grant, came tag:kind, request_approval:apply"),
    "due": (lambda turn: turn.due("remind"), "expected to be due remind, came apply.failed"),
}


@pytest.fixture
def turn(talk: Callable[..., object]) -> Turn:
    """A turn in which something of everything happens."""
    said: Turn = talk(RULES).say("便宜点")  # type: ignore[attr-defined]
    return said


@pytest.mark.parametrize("check", MET.values(), ids=MET)
def test_met(check: Check, turn: Turn) -> None:
    """What is met raises nothing and leads on to the next expectation."""
    assert check(expect(turn)).turn is turn


@pytest.mark.parametrize(("check", "message"), NOT_MET.values(), ids=NOT_MET)
def test_not_met(check: Check, message: str, turn: Turn) -> None:
    """What is not met is an assertion error whose first line says what was expected and what came."""
    with pytest.raises(AssertionError) as caught:
        check(expect(turn))
    first, *rest = str(caught.value).splitlines()
    assert first == message
    assert "  reply: 我问一下，15分钟。" in rest
    assert any(line.startswith("  why:   heard ask_discount") for line in rest)


def test_silent(shop: Shop) -> None:
    """A turn without replies is silent."""
    assert expect(shop(RULES).start().tell({"order.total": "1.00"})).silent()


def test_unittest(turn: Turn) -> None:
    """Under unittest an unmet expectation is a failure, not an error."""

    class Case(unittest.TestCase):
        def test_state(self) -> None:
            expect(turn).in_state("close")

    result = unittest.TestResult()
    Case("test_state").run(result)
    assert (len(result.failures), len(result.errors)) == (1, 0)
