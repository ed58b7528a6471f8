"""The small faults that what a flow says may have: another figure or fact, messages in another order, a line that is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from csflow.rulefile.source import Source, Steps
from csflow.spec import FlowSpec
from csflow.testing.conditions import OtherFact
from csflow.testing.edits import Edit, letters, swapped, without_item, written

FIGURE = re.compile(r"\d")
PLACEHOLDER = re.compile(r"\{\{.*?\}\}", re.DOTALL)
NAME = re.compile(r"\{\{ *([a-z_]+(?:\.[a-z_]+)+)")


class WordFault(NamedTuple):
    """A kind of fault, where it stands, the words before and after, and the edits that make it."""

    kind: str
    path: Steps
    was: str
    now: str
    edits: tuple[Edit, ...]


def said_wrong(source: Source, path: Steps, say: Any, spec: FlowSpec, other_fact: OtherFact) -> Iterator[WordFault]:
    """Yield the faults of what a rule says: `say` as its file holds it, at a path."""
    variants = say if isinstance(say, list) else [say]
    for number, variant in enumerate(variants):
        at = (*path, number) if isinstance(say, list) else path
        if isinstance(variant, dict) and (edit := without_item(source, path, number)) is not None:
            yield WordFault("variant-dropped", at, str(variant.get("text")), "", (edit,))
        lines = variant if isinstance(variant, list) else [variant]
        for place, line in enumerate(lines):
            here = (*at, place) if isinstance(variant, list) else at
            if isinstance(variant, list) and place + 1 < len(lines) and not _apart(line, lines[place + 1]):
                yield WordFault("messages-swapped", here, str(line), str(lines[place + 1]), swapped(source, at, place))
            text = line.get("text") if isinstance(line, dict) else line
            yield from text_wrong(source, (*here, "text") if isinstance(line, dict) else here, text, spec, other_fact)


def _apart(one: Any, two: Any) -> bool:
    """Tell whether two messages are never said together: the condition of one denies that of the other."""
    first, second = (line.get("if") if isinstance(line, dict) else None for line in (one, two))
    return f"not {first}" == second or f"not {second}" == first


def text_wrong(source: Source, path: Steps, text: Any, spec: FlowSpec, other_fact: OtherFact) -> Iterator[WordFault]:
    """Yield the faults of one text: a figure raised, a fact confused."""
    if not isinstance(text, str) or source.node(path).style in ("|", ">"):
        return
    holes = [match.span() for match in PLACEHOLDER.finditer(text)]
    figures = (m.start() for m in FIGURE.finditer(text) if not any(start <= m.start() < end for start, end in holes))
    if (at := next(figures, None)) is not None:
        yield _replaced(source, path, text, at, at + 1, str((int(text[at]) + 1) % 10), "figure-changed")
    template = spec.templates.get(text)
    types = {node.value: node.type for tree in template.nodes for node in tree.walk() if node.op == "ref"} if template else {}
    for match in NAME.finditer(text):
        name = match[1]
        if name in types and (other := other_fact(name, types[name], text)) is not None:
            yield _replaced(source, path, text, match.start(1), match.end(1), other, "told-swapped")


def _replaced(source: Source, path: Steps, text: str, start: int, end: int, new: str, kind: str) -> WordFault:
    edit = letters(source, path, start, end, new)
    return WordFault(kind, path, text, text[:start] + new + text[end:], (edit,))


def asked_wrong(source: Source, name: str, slots: dict[str, Any]) -> Iterator[WordFault]:
    """Yield the fault that a slot asks another slot's question."""
    asks = {slot: spec["ask"] for slot, spec in slots.items() if isinstance(spec, dict) and isinstance(spec.get("ask"), str)}
    others = [slot for slot in asks if slot != name and "{" not in asks[slot]]
    if name in asks and others:
        path, other = ("slots", name, "ask"), others[len(name) % len(others)]
        raw = source.node(("slots", other, "ask"))
        yield WordFault(
            "question-swapped", path, asks[name], asks[other], (written(source, path, source.text[raw.start : raw.end]),)
        )
