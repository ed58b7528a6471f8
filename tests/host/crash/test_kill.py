"""Whatever moment a process is killed at, every acknowledged message is answered once and nothing is torn, lost or doubled."""

from __future__ import annotations

from pathlib import Path

from tests.host.crash.audit import audit
from tests.host.crash.trial import Plan, Trial
from tests.host.crash.worker import split


def test_a_process_killed_under_load(url: str) -> None:
    """One process, 50 conversations at once, killed 50 times: what the store holds is what was said and acknowledged."""
    trial = Trial(Plan(url, kills=50, at_once=50))
    story = trial.run()
    assert story.counts["kills"] == 50
    assert story.acks.keys() == story.fed.keys()
    assert audit(url, story, trial.over) == []


def test_eight_processes_on_one_database(postgres: str) -> None:
    """Messages doubled, out of order, to several workers that are killed meanwhile: each conversation has one order."""
    plan = Plan(postgres, kills=24, at_once=150, conversations=500, messages=5, workers=8, overlap=3, doubled=0.2, life=150)
    trial = Trial(plan)
    story = trial.run()
    assert story.counts["doubled"] > 0
    assert story.acks.keys() == story.fed.keys()
    assert audit(postgres, story, trial.over) == []


def test_a_split_transaction_is_found(tmp_path: Path) -> None:
    """The harness is able to fail: replies that are written in a transaction of their own get lost, and it says so.

    Twenty kills may all miss the moment between the two; a hundred do not.
    """
    assert any("in the outbox is []" in finding for seed in range(5) for finding in split_trial(tmp_path, seed))


def split_trial(folder: Path, seed: int) -> list[str]:
    """Return what an audit finds after twenty kills of a worker whose transaction is split."""
    trial = Trial(Plan(f"sqlite:///{folder / f'split{seed}.db'}", kills=20, seed=seed, prepare=split))
    return audit(trial.plan.url, trial.run(), trial.over)
