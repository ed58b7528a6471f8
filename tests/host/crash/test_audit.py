"""The audit of a store finds every kind of damage: each is done to a store that is sound, and found."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.host.crash.audit import audit
from tests.host.crash.trial import Plan, Trial
from tests.host.crash.worker import Left

Sound = tuple[Path, Trial]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    """A store that nobody harmed, and the trial that filled it."""
    path = tmp_path_factory.mktemp("sound") / "shop.db"
    trial = Trial(Plan(f"sqlite:///{path}", kills=0, at_once=12, conversations=12, messages=10))
    trial.run()
    return path, trial


def test_a_sound_store_agrees(sound: Sound) -> None:
    """Without damage nothing is found."""
    path, trial = sound
    assert audit(f"sqlite:///{path}", trial.story, trial.over) == []


LAST = "(conversation, seq) IN (SELECT conversation, max(seq) FROM event WHERE conversation = 'c1')"
DAMAGES = {
    "a reply is lost": ("DELETE FROM outbox WHERE kind = 'reply' AND conversation = 'c1' AND seq = 1", "in the outbox is []"),
    "a mail is lost": ("DELETE FROM outbox WHERE kind = 'mail'", "asks for [('mail', 'mail')]"),
    "an event is lost": (f"DELETE FROM event WHERE {LAST}", "c1 is torn"),  # noqa: S608 - our own text
    "an event is lost in the middle": ("DELETE FROM event WHERE conversation = 'c1' AND seq = 2", "where 2 was to come"),
    "a snapshot is older": ("UPDATE conversation SET seq = seq - 1 WHERE id = 'c1'", "c1 is torn"),
    "a snapshot is another": ("UPDATE conversation SET snapshot = '{}' WHERE id = 'c1'", "c1 is torn"),
    "an answer is another": ("UPDATE event SET turn = replace(turn, '二十分钟', '十分钟')", "when it is replayed"),
    "a message is taken twice": (
        "UPDATE event SET message = 'c1-0' WHERE conversation = 'c2' AND seq = 1",
        "c1-0 is in the log 2",
    ),
    "a promise is lost": ("DELETE FROM promise", "promise holds"),
    "a record is doubled": (
        "INSERT INTO record SELECT conversation, seq, part + 50, customer, name, data, at FROM record",
        "too much",
    ),
    "a grant is lost": ("DELETE FROM given", "given holds"),
    "an approval is lost": ("DELETE FROM approval", "approval holds"),
    "a promise stays open": ("UPDATE promise SET state = 'open'", "broken: 0 are kept"),
    "what left did not": (
        "UPDATE outbox SET done = NULL WHERE conversation = 'c1' AND kind = 'reply'",
        "c1: in the outbox have left",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_found(sound: Sound, tmp_path: Path, name: str) -> None:
    """Rows that are lost, doubled or changed are found, whatever table they stand in."""
    damage, told = DAMAGES[name]
    assert any(told in finding for finding in _damaged(sound, tmp_path, damage))


def _damaged(sound: Sound, folder: Path, damage: str) -> list[str]:
    path, trial = folder / "shop.db", sound[1]
    shutil.copy(sound[0], path)
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        assert connection.exec_driver_sql(damage).rowcount > 0
    engine.dispose()
    return audit(f"sqlite:///{path}", trial.story, trial.over)


@pytest.mark.parametrize("name", ["lost", "reversed", "invented"])
def test_a_wrong_delivery_is_found(sound: Sound, name: str) -> None:
    """What the channel received too little, too much or out of order is found."""
    path, trial = sound
    before = trial.story.left
    others = [left for left in before if left != before[0]]  # it may have come twice
    trial.story.left = {"lost": others, "reversed": before[::-1], "invented": [*before, Left("c1:99:0", "c1")]}[name]
    found = audit(f"sqlite:///{path}", trial.story, trial.over)
    trial.story.left = before
    assert any("the channel received" in finding for finding in found)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("UPDATE event SET at = at - 864000000000 WHERE kind = 'due'", "which is not due then"),
        ("DELETE FROM event WHERE kind = 'due' AND seq = (SELECT seq FROM conversation c WHERE c.id = conversation)", "has lost"),
    ],
)
def test_a_wrong_timer_is_found(sound: Sound, tmp_path: Path, damage: str, told: str) -> None:
    """A timer that fires before its time, and one that never fires, are found."""
    assert any(told in finding for finding in _damaged(sound, tmp_path, damage))
