"""The conversation tests that packs and example flows bring along."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from csflow import Flow, load
from csflow.testing import Talk, load_talks, play_talk, run_talk

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


PACKS = [folder for folder in FOLDERS if folder.parent.name == "packs"]


@pytest.mark.parametrize("folder", PACKS, ids=lambda folder: folder.name)
def test_every_rule_is_reached(folder: Path) -> None:
    """The conversation tests of a pack reach each of its own rules and follow-ups, and no message is too long for a chat."""
    flow = flow_in(folder)
    turns = [turn for talk in load_talks(folder) for turn in play_talk(flow, talk)]
    fired = {rule for turn in turns for rule in turn.rules}
    own = [
        (name, part)
        for kind, name in flow.spec.parts
        if kind in ("rules", "follow_ups")
        for part in [flow.spec.parts[kind, name]]
    ]
    assert [name for name, part in own if folder.as_posix() in part.file and name not in fired] == []
    assert [reply for turn in turns for reply in turn.replies if len(reply) > flow.longest] == []


def test_enough_conversations() -> None:
    """The packs bring at least 120 conversation tests."""
    assert sum(folder in PACKS for folder, _ in (param.values for param in TALKS)) >= 120
