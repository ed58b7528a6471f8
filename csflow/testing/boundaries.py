"""Watches comparisons with constants: on which side of each the values were that conditions really looked at.

A watched constant is the same number or text, of a class that notes how every comparison with it comes out; Python asks the
subclass first, whichever side it stands on. So the engine runs as it is.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from csflow.condition import Node
from csflow.errors import Place
from csflow.spec import FlowSpec, Located
from csflow.testing.record import written_span
from csflow.values import write_value

COMPARED = ("<", "<=", ">", ">=", "==", "!=")
METHODS = ("__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__ne__")
Note = Callable[[str], None]


def sides(comparison: str) -> tuple[str, str]:
    """Return the names of the two outcomes of a comparison."""
    return f"{comparison}: true", f"{comparison}: false"


def _noting(base: type) -> type:
    """Return a class of numbers or texts that note how they compare."""

    def method(name: str) -> Callable[[Any, Any], Any]:
        plain = getattr(base, name)

        def compare(self: Any, other: Any) -> Any:
            outcome = plain(self, other)
            self.note(self.sides[not outcome])
            return outcome

        return compare

    return type(f"Noting{base.__name__.title()}", (base,), {name: method(name) for name in METHODS} | {"__hash__": base.__hash__})


CLASSES: Mapping[type, type] = {int: _noting(int), str: _noting(str)}


def watched(spec: FlowSpec, note: Note) -> FlowSpec:
    """Return the same flow with comparisons that tell `note` each of their outcomes by its name."""
    return dataclasses.replace(spec, conditions={text: _rewritten(node, note) for text, node in spec.conditions.items()})


def _rewritten(node: Node, note: Note) -> Node:
    if not is_boundary(node):
        return node._replace(args=tuple(_rewritten(arg, note) for arg in node.args))
    names = sides(worded(node))
    args = (_noting_const(arg, names, note) if arg.op == "const" else _rewritten(arg, note) for arg in node.args)
    return node._replace(args=tuple(args))


def _noting_const(const: Node, names: tuple[str, str], note: Note) -> Node:
    value = CLASSES[type(const.value)](const.value)
    value.sides, value.note = names, note
    return const._replace(value=value)


def is_boundary(node: Node) -> bool:
    """Tell whether a node compares something with a constant that has two sides."""
    consts = [arg for arg in node.args if arg.op == "const"]
    return node.op in COMPARED and len(consts) == 1 and type(consts[0].value) in CLASSES


def boundaries(spec: FlowSpec) -> Iterator[tuple[str, str, Place]]:
    """Yield each comparison of a flow's conditions, the file of a part that makes it and its place; not those of `never`."""
    for part in (*spec.parts.values(), *spec.lists):
        for text in _conditions(spec, part):
            for node in spec.conditions[text].walk():
                if is_boundary(node):
                    yield worded(node), part.file, spec.place(part)


def _conditions(spec: FlowSpec, part: Located) -> Iterator[str]:
    return (text for text in _texts(part.spec) if text in spec.conditions)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, BaseModel):
        yield from (text for name in type(value).model_fields for text in _texts(getattr(value, name)))
    elif isinstance(value, Mapping):
        yield from (text for item in value.values() for text in _texts(item))
    elif isinstance(value, tuple):
        yield from (text for item in value for text in _texts(item))


def worded(node: Node) -> str:
    """Return an expression as a rule file has it."""
    inner = [worded(arg) for arg in node.args]
    if node.op == "const":
        return written_span(node.value) if node.type.kind == "duration" else str(write_value(node.type, node.value))
    if node.op == "days":
        return f"({inner[0]}).days" if node.args[0].args else f"{inner[0]}.days"
    if node.op == "item":
        return f"{inner[0]}[{inner[1]}]"
    if node.value is not None and not inner:
        return str(node.value) if node.op == "ref" else f"{node.op}({node.value})"
    sign = {"between": "-", "shift": node.value}.get(node.op, node.op)
    return f" {sign} ".join(inner) if len(inner) == 2 else f"{node.op}({', '.join(inner)})"
