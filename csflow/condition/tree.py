"""The typed tree of an expression, and the types of its values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

DAY = 86400
UNITS = {"s": 1, "m": 60, "h": 3600, "d": DAY, "w": 7 * DAY, "y": 365 * DAY}


class Type(NamedTuple):
    """What a value is: its kind, the words of an enum, the type that a map holds."""

    kind: str
    values: tuple[str, ...] = ()
    of: Type | None = None

    def __str__(self) -> str:
        return f"one of {', '.join(self.values)}" if self.kind == "enum" else self.kind


FLAG, MONEY, COUNT, DURATION, DATE, TEXT = map(Type, ("flag", "money", "count", "duration", "date", "text"))
TEXTS, WORD, BROKEN = Type("texts"), Type("word"), Type("broken")
NUMERIC = {"money", "count", "duration"}


class Node(NamedTuple):
    """A node of the typed tree: `op` names it, `args` are its children, `value` its constant or name."""

    op: str
    type: Type
    col: int
    args: tuple[Node, ...] = ()
    value: Any = None

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below it."""
        yield self
        for arg in self.args:
            yield from arg.walk()

    def names(self) -> Iterator[str]:
        """Yield the facts that the tree reads."""
        return (node.value for node in self.walk() if node.op == "ref")

    def awaits(self) -> frozenset[str]:
        """Return intents of which one must have been heard before a condition can hold; none where that cannot be said."""
        if self.op == "and":
            return next(filter(None, (arg.awaits() for arg in self.args)), frozenset())
        if self.op not in _LEAST or self.args[1].op != "const":
            return frozenset()
        counted = list(self.args[0].walk())
        if any(node.op not in ("times", "+") for node in counted) or (self.args[1].value or 0) < _LEAST[self.op]:
            return frozenset()
        return frozenset(node.value for node in counted if node.op == "times")


_LEAST = {">=": 1, "==": 1, ">": 0}
"""What a count is compared with, at least, where 0 does not do."""


class Fault(NamedTuple):
    """What is wrong in an expression; `col` counts from 0 inside its text."""

    code: str
    col: int
    message: str
