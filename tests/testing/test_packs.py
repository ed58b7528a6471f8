"""The conversation tests that packs and example flows bring along."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from csflow import Flow, load
from csflow.rulefile.files import find_flow
from csflow.testing import Coverage, Observer, Talk, load_talks, play_talk, run_talk

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


class Reached(NamedTuple):
    """What the conversation tests of packs and example shops reach in their flows, and replies that are too long for a chat."""

    flows: list[tuple[Flow, dict[str, set[str]]]]
    long: list[str]


@pytest.fixture(scope="module")
def reached() -> Reached:
    """Play all tests of the packs and of the example shops."""
    found = Reached([], [])
    flows = [(flow_in(folder), load_talks(folder)) for folder in PACKS]
    flows += [(load("retail_zh", path.with_name(path.name.replace(".talk", ""))), load_talks(path)) for path in STORES]
    for flow, talks in flows:
        observer = Observer(flow)
        for turn in (turn for talk in talks for turn in play_talk(observer.flow, talk)):
            observer.note(turn)
            found.long.extend(reply for reply in turn.replies if len(reply) > flow.longest)
        found.flows.append((flow, observer.seen))
    return found


def own(flow: Flow, names: set[str], home: str) -> set[str]:
    """Return the rules and branches of a flow that stand in a pack's own files, so that an override counts for who made it."""
    places = {name: part.file for (kind, name), part in flow.spec.parts.items() if kind in ("rules", "follow_ups")}
    return {name for name in names if places[name.removeprefix("list of ").partition(":")[0]].startswith(home)}


@pytest.mark.parametrize("folder", PACKS, ids=lambda folder: folder.name)
def test_every_rule_and_branch_is_reached(folder: Path, reached: Reached) -> None:
    """Conversation tests of a pack, of packs on top of it or of example shops reach each rule and take each branch both ways."""
    home = find_flow(folder)[1]
    coverage = Coverage(flow_in(folder), home)
    for flow, seen in reached.flows:
        coverage.add({kind: own(flow, seen[kind], home) for kind in ("rule", "branch")})
    assert [(item.name, str(item.place)) for item in coverage.missing if item.kind in ("rule", "branch")] == []


def test_no_message_is_too_long(reached: Reached) -> None:
    """No reply in any of these conversations is longer than the shop's limit."""
    assert reached.long == []


def test_enough_conversations() -> None:
    """The packs bring at least 120 conversation tests."""
    assert sum(folder in PACKS for folder, _ in (param.values for param in TALKS)) >= 120
