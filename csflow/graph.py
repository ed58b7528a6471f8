"""A flow's states and moves as a graph, and its text for Mermaid and Graphviz.

A rule often stands in many states at once. Such moves are gathered under one name for where they come from ("any phase",
"anywhere"); an arrow from each state would hide the picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from csflow.spec import EVERYWHERE, PHASES, ROOTS

if TYPE_CHECKING:
    from csflow.flow import Flow

FEW, SHOWN = 2, 2
BACK = "back"


class Move(NamedTuple):
    """A way from a state, or from many named together, to another, and the events that lead there."""

    source: str
    target: str
    events: tuple[str, ...]

    @property
    def label(self) -> str:
        """The first events, and how many more there are."""
        rest = len(self.events) - SHOWN
        return ", ".join(self.events[:SHOWN]) + (f" +{rest}" if rest > 0 else "")


class Graph(NamedTuple):
    """States by root, and moves: `arrows` between two states, `arrivals` from many, `returns` to what was suspended."""

    states: Mapping[str, tuple[str, ...]]
    arrows: tuple[Move, ...]
    arrivals: tuple[Move, ...]
    returns: tuple[Move, ...]


def graph_of(flow: Flow) -> Graph:
    """Return the states of a flow and the moves between them."""
    moves = _gathered(flow)
    return Graph(
        {root: tuple(state for state in flow.states if state.partition(".")[0] == root) for root in ROOTS},
        tuple(move for move in moves if move.target != BACK and move.source in flow.states),
        tuple(move for move in moves if move.target != BACK and move.source not in flow.states),
        tuple(move for move in moves if move.target == BACK),
    )


def _gathered(flow: Flow) -> list[Move]:
    found: dict[tuple[str, str], dict[str, None]] = {}
    for where, target, events in _moves(flow):
        alone = len(where) <= FEW and EVERYWHERE not in where
        for source in where if alone else (named(where),):
            if source != target:
                found.setdefault((source, target), {}).update(dict.fromkeys(events))
    return [Move(source, target, tuple(events)) for (source, target), events in found.items()]


def _moves(flow: Flow) -> Iterator[tuple[Sequence[str], str, Sequence[str]]]:
    for lst in flow.lists:
        for rule in lst.rules:
            if rule.go:
                yield lst.where, rule.go, [f"now: {rule.id}" if event == "now" else event for event in lst.when]
    for follow_up in flow.follow_ups.values():
        if follow_up.rule.go:
            yield follow_up.where, follow_up.rule.go, [f"later: {follow_up.name}"]


def named(where: Sequence[str]) -> str:
    """Name many states in few words."""
    if EVERYWHERE in where:
        return "anywhere"
    lacking = [phase for phase in PHASES if phase not in where]
    if len(lacking) > FEW:
        return ", ".join(where)
    others = [state for state in where if state not in PHASES]
    return "any phase" + (" but " + " and ".join(lacking) if lacking else "") + "".join(f", {state}" for state in others)


def mermaid(graph: Graph) -> str:
    """Return the graph as a Mermaid flowchart."""
    lines = ["flowchart LR"]
    for root, states in graph.states.items():
        lines += [f"  subgraph in_{root} [{root}]", *(f"    {_id(state)}[{state}]" for state in states), "  end"]
    lines += [f"  {_id(move.source)}([{move.source}])" for move in _sources(graph)]
    lines += [f"  {_id(move.source)} -->|{move.label}| {_id(move.target)}" for move in graph.arrows]
    lines += [f"  {_id(move.source)} -.->|{move.label}| {_id(move.target)}" for move in graph.arrivals]
    lines += [f"  {_id(move.source)} -.->|{move.label}| back([where it left])" for move in graph.returns]
    return "\n".join(lines) + "\n"


def dot(graph: Graph) -> str:
    """Return the graph in Graphviz's language."""
    lines = ["digraph flow {", "  rankdir=LR; compound=true; node [shape=box, style=rounded]; edge [fontsize=10];"]
    for root, states in graph.states.items():
        inside = "; ".join(_quoted(state) for state in states)
        lines.append(f"  subgraph {_quoted('cluster_' + root)} {{ label={_quoted(root)}; {inside}; }}")
    lines += [f"  {_quoted(move.source)} [shape=plaintext];" for move in _sources(graph)]
    lines += [_dot_edge(move, move.target, "solid") for move in graph.arrows]
    lines += [_dot_edge(move, move.target, "dashed") for move in graph.arrivals]
    lines += [_dot_edge(move, "where it left", "dashed") for move in graph.returns]
    return "\n".join([*lines, "}"]) + "\n"


def _dot_edge(move: Move, target: str, style: str) -> str:
    return f"  {_quoted(move.source)} -> {_quoted(target)} [label={_quoted(move.label)}, style={style}];"


def _sources(graph: Graph) -> list[Move]:
    """Return one arrival for each of their sources."""
    return list({move.source: move for move in graph.arrivals}.values())


def _id(state: str) -> str:
    """Return a name that Mermaid takes: letters and digits, no word of its own language such as `end`."""
    return "s_" + "".join(char if char.isalnum() else "_" for char in state)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
