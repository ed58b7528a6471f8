"""Checks of flows that are one text; a `@` in the text marks where the finding is expected."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from csflow.check import check
from csflow.errors import Problem
from csflow.rulefile import load_flow, load_profile

Found = Callable[..., list[Problem]]
Marked = Callable[..., tuple[list[str], list[str]]]


@pytest.fixture
def found(tmp_path: Path) -> Found:
    """Checks a flow given as one text, with the text of a store profile; without what takes long unless it is asked for."""

    def checker(text: str, store: str = "profile: shop\n", *, prove: bool = False) -> list[Problem]:
        flow, shop = tmp_path / "flow.yaml", tmp_path / "shop.yaml"
        flow.write_text(text, "utf-8")
        shop.write_text(store, "utf-8")
        spec = load_flow(flow)
        return check(spec, load_profile(shop, spec), prove=prove)

    return checker


@pytest.fixture
def marked(found: Found) -> Marked:
    """Returns the places of one code's findings and the places marked by `@`."""

    def places(code: str, text: str, store: str = "profile: shop\n", *, prove: bool = False) -> tuple[list[str], list[str]]:
        expected = [
            f"{number}:{column - index}"
            for number, line in enumerate(text.splitlines(), 1)
            for index, column in enumerate((at + 1 for at, letter in enumerate(line) if letter == "@"), 0)
        ]
        came = [f"{p.place.line}:{p.place.col}" for p in found(text.replace("@", ""), store, prove=prove) if p.code == code]
        return came, expected

    return places
