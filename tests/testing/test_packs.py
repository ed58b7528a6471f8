"""The conversation tests that packs and example flows bring along."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from csflow import Flow, load
from csflow.spec import Located
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
STORES = sorted((ROOT / "examples" / "stores").glob("*.talk.yaml"))
Reached = tuple[set[tuple[str, str]], set[tuple[str, str]], list[str]]


@pytest.fixture(scope="module")
def reached() -> Reached:
    """All rules and follow-ups of the packs, those that some test reaches, and replies too long for a chat."""
    known, fired, long = set[tuple[str, str]](), set[tuple[str, str]](), list[str]()
    flows = [(flow_in(folder), load_talks(folder)) for folder in PACKS]
    flows += [(load("retail_zh", path.with_name(path.name.replace(".talk", ""))), load_talks(path)) for path in STORES]
    for flow, talks in flows:
        known |= {(part.file, name) for (kind, name), part in flow.spec.parts.items() if kind in ("rules", "follow_ups")}
        for turn in (turn for talk in talks for turn in play_talk(flow, talk)):
            long += [reply for reply in turn.replies if len(reply) > flow.longest]
            fired |= {(part.file, rule) for rule in turn.rules for part in [_part(flow, rule)]}
    return known, fired, long


def _part(flow: Flow, rule: str) -> Located:
    return flow.spec.parts.get(("rules", rule)) or flow.spec.parts["follow_ups", rule]


def test_every_rule_is_reached(reached: Reached) -> None:
    """Some conversation test of a pack, of a pack on top of it or of an example shop reaches each rule and follow-up."""
    known, fired, _ = reached
    assert sorted(known - fired) == []


def test_no_message_is_too_long(reached: Reached) -> None:
    """No reply in any of these conversations is longer than the shop's limit."""
    assert reached[2] == []


def test_enough_conversations() -> None:
    """The packs bring at least 120 conversation tests."""
    assert sum(folder in PACKS for folder, _ in (param.values for param in TALKS)) >= 120
