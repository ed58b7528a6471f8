"""The functions of a host against what a flow asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from csflow.handlers import handled, refused
from csflow.rulefile import load_flow

FLOW = """\
calls:
  stock: {read: true, with: [order.no], gives: {stock.count: count}}
  pack: {within: 1h}
  discount: {by: supervisor, within: 20m}
rules:
  - when: unknown
    choose:
      - {id: few, if: stock.count < 3, say: 快没了, do: [{call: pack, with: {paper: red}}, {notify: desk}], go: farewell}
      - {id: many, else: true, say: 有货, do: [{call: discount}], go: farewell}
"""


def came(tmp_path: Path, actions: dict[str, Any]) -> list[str]:
    """Return the codes and places of what is wrong between the flow and some functions."""
    path = tmp_path / "flow.yaml"
    path.write_text(FLOW, "utf-8")
    return [f"{p.code} {p.place.line}:{p.place.col}" for p in handled(load_flow(path), actions)]


CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing": ({}, ["call-unhandled 2:3", "call-unhandled 3:3", "call-unhandled 8:89"]),
    "all by name": (dict.fromkeys(("stock", "pack", "notify")), []),
    "one too many": (dict.fromkeys(("stock", "pack", "notify", "stok")), ["action-unknown 1:1"]),
    "mail that is not sent": (dict.fromkeys(("stock", "pack", "notify", "mail")), []),
    "functions that fit": ({"stock": lambda **known: known, "pack": lambda paper="": paper, "notify": None}, []),
    "functions that do not": (
        {"stock": lambda: 3, "pack": lambda paper, size: size, "notify": None},
        ["action-arguments 2:3", "action-arguments 8:55"],
    ),
    "an approval that is served": ({"stock": None, "pack": None, "notify": None, "discount": lambda: True}, []),
}


@pytest.mark.parametrize(("actions", "expected"), CASES.values(), ids=CASES)
def test_handled(actions: dict[str, Any], expected: list[str], tmp_path: Path) -> None:
    """Calls that nobody serves, names that nobody knows and arguments that do not fit are found at their place."""
    assert came(tmp_path, actions) == expected


def test_refused_says_what() -> None:
    """What is wrong with a signature is said for both sides at once."""
    told = refused(lambda size, /, colour: (size, colour), frozenset(["sku"]))
    assert told == (
        "is given sku, which it does not take; add them, or `**values` and needs colour, size, which the flow does not give"
    )


def test_unknown_signature() -> None:
    """What has no readable signature is taken as it is."""
    assert refused(dict.fromkeys, frozenset(["x"])) != refused(print, frozenset(["sep"]))
    assert refused(type("Odd", (), {"__signature__": 3})(), frozenset(["x"])) == ""
