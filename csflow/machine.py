"""The state machine under a flow: one flat `transitions.Machine`, shared by all conversations.

Each rule that goes somewhere is a trigger of the machine, allowed from the states its list stands in. A step makes a
throw-away cursor and triggers on it; no model is ever registered (it would cost 9 to 40 KB a conversation).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from transitions import Event, Machine, Transition


class Cursor:
    """Where one conversation stands while a step moves it."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


class Edge(NamedTuple):
    """A move that a rule may make."""

    source: str
    target: str
    rule: str


class RuleTransition(Transition):
    """A transition that knows the rule it comes from."""

    def __init__(self, edge: Edge) -> None:
        super().__init__(edge.source, edge.target)
        self.rule = edge.rule


class StateMachine:
    """The states of a flow and the moves its rules may make."""

    def __init__(self, states: Iterable[str], edges: Iterable[Edge], initial: str) -> None:
        self.edges = tuple(edges)
        self._core: Any = Machine(model=None, states=list(states), initial=initial, auto_transitions=False, send_event=True)
        self._triggers: Mapping[str, Any] = self._core.events
        self._moves: dict[tuple[str, str], str] = {}
        for edge in self.edges:
            self._trigger(edge.rule).add_transition(RuleTransition(edge))

    def _trigger(self, rule: str) -> Any:
        return self._core.events.setdefault(rule, Event(rule, self._core))

    def move(self, state: str, rule: str) -> str:
        """Return the state that a rule leads to from `state`.

        The machine has no conditions and no memory, so each move is asked of it once and its answer kept.

        Raises:
            transitions.MachineError: the rule has no such move; a flow that loaded cannot get here.
        """
        target = self._moves.get((state, rule))
        if target is None:
            cursor = Cursor(state)
            self._triggers[rule].trigger(cursor)
            target = self._moves[state, rule] = cursor.state
        return target
