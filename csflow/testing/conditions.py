"""The small faults that a condition may have: a boundary off by one, a comparison flipped, a `not` lost, a fact confused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from csflow.condition import Node, Type
from csflow.condition.parse import Token, tokens

BOUNDARY: Mapping[str, str] = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
FLIPPED: Mapping[str, str] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "!=", "!=": "=="}
JOINED: Mapping[str, str] = {"and": "or", "or": "and"}
NUMBER = re.compile(r"[\d.]+")
OtherFact = Callable[[str, Type, str], str | None]


class Change(NamedTuple):
    """A kind of fault, and the letters of the condition that another text replaces."""

    kind: str
    start: int
    end: int
    text: str


def altered(text: str, tree: Node | None, other_fact: OtherFact) -> Iterator[Change]:
    """Yield the faults of a condition; `other_fact` names a fact of the same type for a name, a type and a seed."""
    for token, after in pairwise(tokens(text)):
        yield from _token(token, after)
    for node in tree.walk() if tree else ():
        other = other_fact(node.value, node.type, text) if node.op == "ref" else None
        if other is not None and text.startswith(node.value, node.col):
            yield Change("fact-swapped", node.col, node.col + len(node.value), other)


def _token(token: Token, after: Token) -> Iterator[Change]:
    start, end = token.col, token.col + len(token.text)
    for kind, table in (("boundary-moved", BOUNDARY), ("comparison-flipped", FLIPPED), ("junction-changed", JOINED)):
        if token.kind == "op" and token.text in table:
            yield Change(kind, start, end, table[token.text])
    if token.kind in ("number", "duration"):
        yield Change("number-raised", start, end, NUMBER.sub(_raised, token.text))
    if token.text == "not" and token.kind == "op" and after.text != "in":
        yield Change("negation-dropped", start, after.col, "")


def _raised(number: re.Match[str]) -> str:
    """Return the next number that can be written with as many places: 2 for 1, 1.01 for 1.00."""
    value = Decimal(number[0])
    return str(value + Decimal(1).scaleb(int(value.as_tuple().exponent)))
