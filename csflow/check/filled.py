"""Texts as a customer sees them: placeholders filled from the profile, with the way back to the letters of the template."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from csflow.check.subject import Subject
from csflow.condition import DATE, Node
from csflow.reply import Style
from csflow.spec import Claim

PLACEHOLDER = re.compile(r"\{\{.*?\}\}", re.DOTALL)
SAMPLES = {"money": "88元", "count": "3", "duration": "2天", "date": "1月2日"}
UNKNOWN = "□□□□"  # a text that only the conversation brings; no rule finds anything in it


class Filled(NamedTuple):
    """A filled text: where each of its letters stands in the template, and whether it was typed there."""

    text: str
    origin: tuple[int, ...]
    typed: tuple[bool, ...]


class Filler:
    """Fills placeholders with the longest value that the profile has for them, or with a sample."""

    def __init__(self, subject: Subject) -> None:
        self.templates, self.profile = subject.spec.templates, subject.profile
        self.facts: dict[str, Any] = {**self.profile.facts, **self.profile.claims}
        self.style = Style(subject.spec.language, self.profile.currency)
        self.written = cache(self._written)

    def fill(self, text: str) -> Filled:
        """Return a template's text with all of its placeholders filled."""
        filled, origin, typed, at = "", list[int](), list[bool](), 0
        for hole, node in zip(PLACEHOLDER.finditer(text), self._nodes(text), strict=True):
            value = self.written(node)
            filled += text[at : hole.start()] + value
            origin += [*range(at, hole.start()), *[hole.start()] * len(value)]
            typed += [True] * (hole.start() - at) + [False] * len(value)
            at = hole.end()
        return Filled(filled + text[at:], (*origin, *range(at, len(text))), (*typed, *[True] * (len(text) - at)))

    def names(self, text: str) -> frozenset[str]:
        """Return the facts that a text says."""
        return frozenset(name for node in self._nodes(text) for name in node.names())

    def _nodes(self, text: str) -> tuple[Node, ...]:
        return tuple(self.templates[text].nodes) if text in self.templates else ()

    def _written(self, node: Node) -> str:
        values = (self._text(node, value) for value in self._values(node))
        return max(values, key=len, default=SAMPLES.get(node.type.kind, UNKNOWN))

    def _values(self, node: Node) -> Iterator[Any]:
        """Yield what the profile may say in a place: a fact, a product's, any item of a map."""
        if node.op == "item":
            yield from (value for table in self._values(node.args[0]) for value in table.values())
        elif node.op == "ref":
            rows = (self.facts, *self.profile.products.values())
            yield from (row[node.value] for row in rows if row.get(node.value) is not None)

    def _text(self, node: Node, value: Any) -> str:
        value = value.value if isinstance(value, Claim) else value
        return self.style.write(node.type, value, value if node.type == DATE else datetime.date.min)
