"""Helpers that write rule files into a folder of their own and load them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from csflow.errors import LoadError
from csflow.rulefile import load_flow
from csflow.spec import FlowSpec

Files = str | bytes | Mapping[str, str | bytes]


@pytest.fixture
def load(tmp_path: Path) -> Callable[[Files], FlowSpec]:
    """Loads a flow given as one file's text, or as a mapping of file names to texts."""

    def loader(files: Files) -> FlowSpec:
        named = {"flow.yaml": files} if isinstance(files, (str, bytes)) else files
        for name, text in named.items():
            path = tmp_path / "shop" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode() if isinstance(text, str) else text)
        root = tmp_path / "shop"
        return load_flow(root / "flow.yaml" if isinstance(files, (str, bytes)) else root)

    return loader


@pytest.fixture
def problems(load: Callable[[Files], FlowSpec], tmp_path: Path) -> Callable[[Files], list[str]]:
    """Loads a flow and returns its problems as `CODE line:col`, or `CODE file:line:col` for a flow of several files."""

    def lister(files: Files) -> list[str]:
        with pytest.raises(LoadError) as caught:
            load(files)
        single = isinstance(files, (str, bytes))
        return [
            f"{p.code} {'' if single else _below(tmp_path, p.place.file) + ':'}{p.place.line}:{p.place.col}"
            for p in caught.value.problems
        ]

    return lister


def _below(folder: Path, file: str) -> str:
    return Path(file).relative_to(folder).as_posix().removeprefix("shop/")
