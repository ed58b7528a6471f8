"""The JSON Schema of rule files, held against the loader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import csflow
from csflow.errors import LoadError
from csflow.rulefile import json_schema
from csflow.rulefile.schema import keys_at
from csflow.rulefile.source import Source
from csflow.spec import FlowSpec

EXAMPLES = Path(csflow.__file__).parent.parent / "examples"
FLOWS = [
    path for path in sorted(EXAMPLES.rglob("*.yaml")) if path.parent.name == "rules" or path.name in ("flow.yaml", "facts.yaml")
]
VALIDATOR = Draft202012Validator(json_schema())


def accepts(text: str) -> bool:
    return bool(VALIDATOR.is_valid(Source("x", text.encode()).data))


def test_it_is_a_schema() -> None:
    """It is itself valid, and names its dialect."""
    Draft202012Validator.check_schema(json_schema())
    assert json_schema()["$schema"].endswith("2020-12/schema")


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: str(path.relative_to(EXAMPLES)))
def test_it_accepts_the_examples(path: Path) -> None:
    """Every rule file of the examples is valid."""
    assert not [error.message for error in VALIDATOR.iter_errors(Source("x", path.read_bytes()).data)]


ACCEPTED = [
    "facts: {a: money, b: [x, y], c: {text: count}, d: {type: money, secret: true}}",
    "intents: {a: {examples: x, not: [y], yields_to: any}}",
    "types: {mood: {sure: 2, calm: [{if: misses > 1, score: 1}]}}",
    "rules: [{when: paid, choose: [{id: a, say: x}, {id: b, else: true, say: []}]}]",
    "rules: [{when: [paid], in: close, choose: [{id: a, say: {if: misses > 1, text: x}}, {id: b, say: [[x, {text: y}], z]}]}]",
    "rules: [{when: paid, choose: [{id: a, do: [{tag: {x: y, z: 3}}, {record: {f: order.id}}, {promise: {x: y, by: 2d}}]}]}]",
    "follow_ups: {x: {since: paid, after: 1d, window: mon-fri 09:00-17:00, purpose: marketing, say: y}}",
    "states: {close.x: {collect: [a, {slot: b, if: misses > 1}], ends: session}}",
]
REFUSED = [
    "ruls: []", "facts: {a: {secret: true}}", "facts: {a: 5}", "rules: [{when: paid, choose: []}]",
    "rules: [{when: paid, choose: [{say: x}]}]", "rules: [{when: paid, choose: [{id: a, else: false}]}]",
    "rules: [{when: paid, choose: [{id: a, go: null}]}]", "rules: [{when: paid, choose: [{id: a, do: [{}]}]}]",
    "rules: [{when: paid, choose: [{id: a, do: [{grant: x, notify: y}]}]}]", "slots: {a: {type: text, tries: 9}}",
    "calls: {a: {within: 20}}", "types: {mood: {calm: []}}",
]  # fmt: skip


@pytest.mark.parametrize("text", ACCEPTED)
def test_it_accepts_short_forms(text: str) -> None:
    """What the loader reads in short form, the schema accepts."""
    assert accepts(text)


@pytest.mark.parametrize("text", REFUSED)
def test_it_refuses_what_the_loader_refuses(text: str, load: Callable[[str], FlowSpec]) -> None:
    """A fault of form is one for both."""
    assert not accepts(text)
    with pytest.raises(LoadError):
        load(text)


KEYS: list[tuple[tuple[Any, ...], set[str]]] = [
    (("states", "close.x"), {"collect", "confirm", "ends", "was"}),
    (("states", "close.x", "collect", 0), {"slot", "if"}),
    (("rules", 0, "choose", 1, "say"), {"if", "text"}),
    (("rules", 0, "choose", 1, "say", 0, 1), {"if", "text"}),
    (("types", "mood", "calm", 0), {"if", "score"}),
    (("nowhere",), set()),
]


@pytest.mark.parametrize(("path", "keys"), KEYS)
def test_the_keys_of_a_place(path: tuple[Any, ...], keys: set[str]) -> None:
    """A misspelt key is compared with those that may stand at its place."""
    assert keys_at(path) == keys
