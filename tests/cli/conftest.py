from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from csflow.cli.app import app
from csflow.scaffold import create

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the path of a small flow, the one that `csflow new` writes."""
    home = tmp_path_factory.mktemp("flows")
    create("small", home)
    return str(home / "small")


@pytest.fixture
def broken(tmp_path: Path) -> str:
    """Return the path of a small flow with two faults in one file."""
    create("broken", tmp_path)
    rules = tmp_path / "broken" / "rules" / "sale.yaml"
    text = rules.read_text("utf-8").replace("order.total >=", "order.totl >=").replace("go: follow_up", "go: folow_up")
    rules.write_text(text, "utf-8")
    return str(tmp_path / "broken")


@pytest.fixture
def run() -> Run:
    """Return what runs a command in this process: `run("chat", path, input="…")`."""
    return lambda *args, **extra: CliRunner().invoke(app, [str(arg) for arg in args], prog_name="csflow", **extra)
