"""Reply text with `{{ expression }}` placeholders, split once into literal text and typed trees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from csflow.condition import Fault, Node, Scope, known_terms, parse

MAX_TEXT = 4000
OPEN = re.compile(r"\{\{|\{%|\{#|\}\}|\x00")


class Template(NamedTuple):
    """Literal text and expressions in turn; `needs` are the facts without which it cannot be said."""

    parts: tuple[str | Node, ...]
    needs: frozenset[str]

    @property
    def nodes(self) -> Iterator[Node]:
        return (part for part in self.parts if isinstance(part, Node))


def parse_template(text: str, scope: Scope) -> tuple[Template, list[Fault]]:
    """Split and type-check a text; the faults' columns count from its first character."""
    if len(text) > MAX_TEXT:
        return Template((), frozenset()), [Fault("template-syntax", 0, f"longer than {MAX_TEXT} characters")]
    parts: list[str | Node] = []
    faults: list[Fault] = []
    at = 0
    while match := OPEN.search(text, at):
        end = text.find("}}", match.end())
        if match.group() != "{{" or end < 0:
            return Template((), frozenset()), [*faults, _fault(match)]
        parts.append(text[at : match.start()])
        parts.append(_placeholder(text[match.end() : end], match.end(), scope, faults))
        at = end + 2
    parts.append(text[at:])
    kept = tuple(part for part in parts if part != "")
    needs = frozenset[str]().union(*(known_terms(part) for part in kept if isinstance(part, Node)))
    return Template(kept, needs), faults


def _fault(match: re.Match[str]) -> Fault:
    if match.group() == "{{":
        return Fault("template-syntax", match.start(), "'{{' is never closed by '}}'")
    if match.group() == "}}":
        return Fault("template-syntax", match.start(), "'}}' closes nothing")
    return Fault("template-syntax", match.start(), "only {{ placeholders }} stand in a text; conditions belong into `if:`")


def _placeholder(text: str, offset: int, scope: Scope, faults: list[Fault]) -> Node:
    node, found = parse(text, scope, division=True)
    faults += (fault._replace(col=fault.col + offset) for fault in found)
    if not found and node.type.kind == "flag":
        faults.append(Fault("unsayable", node.col + offset, f"a {node.type} cannot be said; use it in an `if:`"))
    return node
