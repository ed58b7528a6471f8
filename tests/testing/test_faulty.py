"""Faulty flows whose own conversation tests pass: the walk and the state machine find what those miss."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from hypothesis.stateful import run_state_machine_as_test

from csflow import Flow, load
from csflow.testing import Act, Moment, load_talks, run_talk
from csflow.testing.saved import as_test
from csflow.testing.stateful import Broken, FlowMachine, machine, usual_settings
from csflow.testing.walking import Walk
from csflow.testing.watch import Finding, Watch

FOLDER = Path(__file__).parent / "faulty"
FAULTY = sorted(path for path in FOLDER.glob("*.yaml") if not path.name.endswith(".talk.yaml"))
HEADER = re.compile(r"# fault: (?P<code>[a-z-]+): .+\n(?:# holds: (?P<holds>.+)\n)?")
TURNS, RUNS, MOST_SAID = 20_000, 1_000, 6


def headed(path: Path) -> tuple[Flow, str, list[Callable[[Moment], Any]]]:
    """Return a faulty flow, the name of its fault, and what its author says must hold beside the built-in invariants."""
    header = HEADER.match(path.read_text("utf-8"))
    assert header is not None
    if header["holds"] is None:
        return load(path), header["code"], []
    own = eval(f"lambda m: {header['holds']}")  # noqa: S307 - our own files
    own.__name__ = header["code"].replace("-", "_")
    return load(path), header["code"], [own]


def found(path: Path, seed: int = 0) -> Finding | None:
    """Return the fault of a faulty flow as the walk finds it, shortened."""
    flow, code, own = headed(path)
    watch = Watch(flow, own)
    hits = (finding for finding in Walk(watch, seed).findings(TURNS) if finding.problem.code == code)
    return next((watch.shortest(finding) for finding in hits), None)


def test_size() -> None:
    """There are at least 40."""
    assert len(FAULTY) >= 40


@pytest.mark.parametrize("path", FAULTY, ids=lambda path: path.stem)
def test_plain_conversation_tests_miss_it(path: Path) -> None:
    """The flow loads, and passes the conversation tests that its author wrote."""
    failures = [f for talk in load_talks(path.with_suffix(".talk.yaml")) for f in run_talk(load(path), talk)]
    assert list(map(str, failures)) == []


def test_the_walk_finds_them() -> None:
    """The walk finds at least 95 % of the faults, and none takes more than six turns of the customer to show."""
    findings = [found(path) for path in FAULTY]
    said = [finding.said for finding in findings if finding]
    assert len(said) >= 0.95 * len(FAULTY)
    assert max(said) <= MOST_SAID
    assert median(said) <= 2


@pytest.mark.parametrize("path", FAULTY, ids=lambda path: path.stem)
def test_the_machine_finds_it(path: Path, tmp_path: Path) -> None:
    """The state machine fails with the fault as a conversation, and saves it as a test that fails."""
    flow, code, own = headed(path)
    made = machine(flow, invariants=own, save=tmp_path)
    with pytest.raises(Broken) as failed:
        run_state_machine_as_test(made, settings=usual_settings(RUNS, database=None, derandomize=True))
    assert str(failed.value).startswith(f"{code}: ")
    assert failed.value.finding.said <= MOST_SAID
    if not own:
        (saved,) = load_talks(tmp_path)
        assert [failure.message[: len(code)] for failure in run_talk(flow, saved)][:1] == [code]


def steps_by_state(made: type[FlowMachine]) -> Sequence[float]:
    total = sum(made.visited.values())
    return [count / total for count in made.visited.values()]


def test_no_state_drowns() -> None:
    """Runs begin in every state: each gets its share of the steps, the last ones of a conversation do not take them all."""
    made = machine(load(FOLDER.parent.parent / "check/gallery/sound/side_root_with_back.yaml"), save=None)
    run_state_machine_as_test(made, settings=usual_settings(150, database=None, derandomize=True))
    assert max(steps_by_state(made)) < 0.7
    assert min(steps_by_state(made)) > 0.02


def test_saved_test_says_why(tmp_path: Path) -> None:
    """A saved failure begins with what went wrong, and passes once the fault is mended."""
    path = FOLDER / "tie_at_an_amount.yaml"
    finding = found(path)
    assert finding is not None
    text = as_test(finding)
    assert text.startswith("# tie: ")
    (tmp_path / "kept.talk.yaml").write_text(text, "utf-8")
    (tmp_path / "mended.yaml").write_text(
        path.read_text("utf-8").replace("order.total <= 300.00", "order.total < 300.00"), "utf-8"
    )
    (talk,) = load_talks(tmp_path / "kept.talk.yaml")
    assert run_talk(load(path), talk)
    assert run_talk(load(tmp_path / "mended.yaml"), talk) == []


def test_the_same_seed_walks_the_same_way() -> None:
    """Two walks with one seed find the same by the same conversations; another seed goes other ways."""
    path = FOLDER / "cap_of_pushes.yaml"
    first, again, other = (visits(path, seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def visits(path: Path, seed: int) -> object:
    walk = Walk(Watch(load(path)), seed)
    return [finding.acts for finding in walk.findings(500)], walk.visited


def test_hostile_letters_are_saved_readably(tmp_path: Path) -> None:
    """A failure whose message holds half a letter is saved as the engine hears it, and the file loads."""
    path = FOLDER / "tie_at_an_amount.yaml"
    finding = found(path)
    assert finding is not None
    strange = finding._replace(acts=(*finding.acts, Act("say", ("\ud800在吗\0",))))
    (tmp_path / "saved.talk.yaml").write_text(as_test(strange), "utf-8")
    (talk,) = load_talks(tmp_path)
    assert talk.spec.turns[-1].say == ("?在吗",)
