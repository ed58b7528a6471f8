"""Conditions as sets of what they join by `and`, to compare them by how they are written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from csflow.bind import below
from csflow.condition import Node

Atom = tuple[str, Any, tuple[Any, ...]]


def atoms(*nodes: Node) -> frozenset[Atom]:
    """Return the parts that must all hold for the conditions to hold."""
    return frozenset(atom for node in nodes for atom in _parts(node))


def _parts(node: Node) -> Iterator[Atom]:
    if node.op == "and":
        for arg in node.args:
            yield from _parts(arg)
    else:
        yield _atom(node)


def _atom(node: Node) -> Atom:
    return node.op, node.value, tuple(_atom(arg) for arg in node.args)


def inside(found: frozenset[Atom], state: str) -> frozenset[Atom] | None:
    """Return what is left of the atoms in a state; None where one of them is false there."""
    verdicts = {atom: _in_state(atom, state) for atom in found}
    if False in verdicts.values():
        return None
    return frozenset(atom for atom, verdict in verdicts.items() if verdict is None)


def _in_state(atom: Atom, state: str) -> bool | None:
    op, value, args = atom
    if op == "in_state":
        return below(value, state)
    if op == "not" and args[0][0] == "in_state":
        return not below(args[0][1], state)
    return None
