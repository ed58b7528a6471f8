"""The conversation tests that packs and example flows bring along."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from csflow import Flow, load
from csflow.testing import Talk, load_talks, run_talk

ROOT = Path(__file__).parents[2]
FOLDERS = [path.parent for home in (ROOT / "csflow" / "packs", ROOT / "examples") for path in sorted(home.glob("*/flow.yaml"))]
TALKS = [pytest.param(folder, talk, id=f"{folder.name}: {talk.name}") for folder in FOLDERS for talk in load_talks(folder)]


@cache
def flow_in(folder: Path) -> Flow:
    """Load a folder's flow once."""
    return load(folder)


@pytest.mark.parametrize(("folder", "talk"), TALKS)
def test_talk(folder: Path, talk: Talk) -> None:
    """A conversation goes as its test expects."""
    failures = run_talk(flow_in(folder), talk)
    assert not failures, "\n".join(map(str, failures))


def test_every_pack_has_tests() -> None:
    """No pack is shipped without conversations that show it at work."""
    tested = {folder for folder, _ in (param.values for param in TALKS)}
    assert {folder for folder in FOLDERS if folder.parent.name == "packs"} <= tested
