"""The one shared machine: moves are asked of it, each once, and no conversation is registered with it."""

from __future__ import annotations

import pytest
from transitions import MachineError

from csflow.machine import Edge, StateMachine


def machine() -> StateMachine:
    edges = [Edge("greet", "close", "buy"), Edge("close.pay", "greet", "buy"), Edge("greet", "complaint", "sorry")]
    return StateMachine(["greet", "close", "close.pay", "complaint"], edges, "greet")


def test_moves() -> None:
    """A rule leads from each state to the target of its edge there."""
    assert machine().move("greet", "buy") == "close"
    assert machine().move("close.pay", "buy") == "greet"
    assert machine().move("greet", "sorry") == "complaint"


def test_a_move_is_remembered() -> None:
    """The machine has no memory of its own: the same move gives the same state every time."""
    shared = machine()
    assert [shared.move("greet", "buy") for _ in range(3)] == ["close"] * 3
    assert shared.move("greet", "sorry") == "complaint"


def test_impossible_moves() -> None:
    """A rule has no move from a state that none of its edges leaves."""
    with pytest.raises(MachineError):
        machine().move("complaint", "buy")


def test_edges_know_their_rules() -> None:
    """The edges are kept in order, each with the rule it comes from."""
    assert [edge.rule for edge in machine().edges] == ["buy", "buy", "sorry"]
