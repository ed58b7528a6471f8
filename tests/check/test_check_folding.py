"""One fault, one finding: what several checks find of it is put together, with the best case that shows it."""

from __future__ import annotations

from csflow.errors import Problem
from tests.check.conftest import Found

SHIPPED = '{"facts": {"order.no": "A1001", "order.placed": true, "order.shipped": true}}'


def worst(found: list[Problem]) -> list[Problem]:
    return [problem for problem in found if problem.severity != "note"]


def test_a_symptom_beside_its_cause(found: Found) -> None:
    """A reply that lacks a fact is found once, at the fact, with the conversation in which it cannot be said."""
    text = """
facts: {order.tracking_no: text}
rules:
  - when: unknown
    choose:
      - {id: sent, if: order.shipped, say: "单号{{ order.tracking_no }}", go: follow_up}
      - {id: bye, else: true, say: 祝您开心, go: farewell}
"""
    (problem,) = worst(found(text, prove=True))
    assert problem.code == "missing-fact-in-reply"
    assert problem.witness is not None
    assert problem.witness.script == (SHIPPED, "咕噜咕噜呱")


def test_the_same_from_three_sides(found: Found) -> None:
    """A tie that is plain, decided and met is one finding, with facts where a condition needs them and with a script."""
    text = """
intents: {hello: {phrases: [你好]}}
rules:
  - {when: unknown, choose: [{id: last, say: x, go: farewell}]}
  - {when: hello, choose: [{id: a, if: order.paid, say: x}]}
  - {when: hello, choose: [{id: b, if: order.paid, say: y}]}
"""
    (problem,) = (problem for problem in worst(found(text, prove=True)) if problem.code != "gap")
    assert problem.code == "tie"
    assert problem.witness is not None
    assert problem.witness.facts == (("order.paid", "true"),)
    assert problem.witness.script[-1] == "你好"


def test_other_rules_are_kept_apart(found: Found) -> None:
    """A symptom in another rule than the cause stays a finding of its own."""
    text = """
facts: {order.tracking_no: text, order.total: money, order.pieces: count}
intents: {each: {examples: [一件多少]}}
rules:
  - when: unknown
    choose:
      - {id: sent, if: order.shipped, say: "单号{{ order.tracking_no }}", go: follow_up}
      - {id: bye, else: true, say: 祝您开心, go: farewell}
  - when: each
    choose:
      - {id: each.told, if: known(order.total) and known(order.pieces), say: "每件{{ order.total / order.pieces }}"}
      - {id: each.not, else: true, say: 还没下单}
"""
    assert {problem.code for problem in worst(found(text, prove=True))} == {"missing-fact-in-reply", "unsayable-reply"}
