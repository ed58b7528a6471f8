"""Files of conversation tests: how they are read, and what is wrong with broken ones at which place."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from csflow.errors import LoadError
from csflow.testing import load_talks

ONE = "- test: a\n  turns:\n"
BROKEN = {
    "not a list": ("test: a\n", "wrong-type 1:1"),
    "an empty file": ("", "wrong-type 1:1"),
    "not YAML": ("- test: [\n", "yaml-syntax 2:1"),
    "a test without a name": ("- turns: [{say: x}]\n", "missing-key 1:3"),
    "a test without turns": ("- test: a\n", "missing-key 1:3"),
    "a turn that is no mapping": (ONE + "    - 你好\n", "wrong-type 3:7"),
    "no turn at all": ("- {test: a, turns: []}\n", "bad-value 1:20"),
    "an unknown key of a test": ("- test: a\n  fact: {}\n  turns: [{say: x}]\n", "unknown-key 2:3"),
    "an unknown key of a turn": (ONE + "    - {say: x, expct: {}}\n", "unknown-key 3:16"),
    "an unknown key of what is expected": (ONE + "    - say: x\n      expect: {rule: [a]}\n", "unknown-key 4:16"),
    "two things in one turn": (ONE + "    - {say: x, wait: 2d}\n", "bad-value 3:7"),
    "nothing in a turn": (ONE + "    - expect: {state: greet}\n", "bad-value 3:7"),
    "facts beside a message": (ONE + "    - {say: x, facts: {}}\n", "bad-value 3:7"),
    "a number as a message": (ONE + "    - say: 300\n", "wrong-type 3:12"),
    "a bad span": (ONE + "    - wait: soon\n", "bad-value 3:13"),
    "time that runs back": (ONE + "    - wait: -2d\n", "bad-value 3:13"),
    "an unknown act of the staff": (ONE + "    - staff: give_up\n", "bad-value 3:14"),
    "a bad moment": ("- test: a\n  now: tomorrow\n  turns: [{say: x}]\n", "bad-value 2:8"),
    "a seed that is no number": ("- test: a\n  seed: x\n  turns: [{say: x}]\n", "wrong-type 2:9"),
    "an effect without a type": (ONE + "    - {say: x, expect: {effects: [{name: gift}]}}\n", "missing-key 3:36"),
    "a pattern that runs away": (ONE + "    - say: x\n      expect: {matches: (a+)+b}\n", "bad-value 4:25"),
    "a pattern that is none": (ONE + "    - say: x\n      expect: {matches: ['[']}\n", "bad-value 4:25"),
    "a pattern that is a number": (ONE + "    - say: x\n      expect: {matches: 15}\n", "bad-value 4:25"),
    "a stub that is no answer": ("- test: a\n  calls: {look: deny}\n  turns: [{say: x}]\n", "bad-value 2:17"),
    "a stub without answers": ("- test: a\n  calls: {look: []}\n  turns: [{say: x}]\n", "bad-value 2:17"),
    "a table without rows": ("- test: a\n  table: []\n  turns: [{say: x}]\n", "bad-value 2:10"),
    "nothing said": (ONE + "    - {say: }\n", "bad-value 3:7"),
    "nothing as a name": ("- test:\n  turns: [{say: x}]\n", "empty-value 1:3"),
    "nothing in a list": (ONE + "    - {say: [~]}\n", "empty-value 3:14"),
    "a table that is a mapping": ("- test: a\n  table: {n: 1}\n  turns: [{say: x}]\n", "wrong-type 2:10"),
    "a row with other columns": ("- test: a\n  table: [{n: x}, {m: z}]\n  turns: [{say: y}]\n", "bad-value 2:19"),
    "an unknown column": ("- test: a\n  table: [{name: x}, {name: z}]\n  turns: [{say: '{nam}'}]\n", "bad-value 3:17"),
    "a column of a wrong type": ("- test: a\n  table: [{n: 1}, {n: 2}]\n  turns: [{say: '{n}'}]\n", "wrong-type 3:17"),
    "rows of one name": ("- test: a\n  table: [{n: x}, {n: x}]\n  turns: [{say: '{n}'}]\n", "duplicate-id 1:9"),
    "the same name twice": ("- {test: a, turns: [{say: x}]}\n- {test: a, turns: [{say: x}]}\n", "duplicate-id 2:10"),
}


def written(folder: Path, text: str, name: str = "a.talk.yaml") -> Path:
    """Write a file of tests."""
    path = folder / name
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(("text", "problem"), BROKEN.values(), ids=BROKEN)
def test_broken(text: str, problem: str, tmp_path: Path) -> None:
    """A broken file is refused with the code and the place of its fault."""
    with pytest.raises(LoadError) as caught:
        load_talks(written(tmp_path, text))
    assert [f"{p.code} {p.place.line}:{p.place.col}" for p in caught.value.problems] == [problem]


def test_all_problems_at_once(tmp_path: Path) -> None:
    """The problems of all files of a folder come together."""
    written(tmp_path, ONE + "    - wait: soon\n")
    written(tmp_path, "- {}\n", "b.talk.yaml")
    with pytest.raises(LoadError) as caught:
        load_talks(tmp_path)
    assert {Path(problem.place.file).name for problem in caught.value.problems} == {"a.talk.yaml", "b.talk.yaml"}


def test_misspelt_key_is_named(tmp_path: Path) -> None:
    """An unknown key comes with the one that was meant."""
    with pytest.raises(LoadError, match=r"no key 'expct' here; did you mean 'expect'"):
        load_talks(written(tmp_path, ONE + "    - {say: x, expct: {}}\n"))


def test_no_such_file(tmp_path: Path) -> None:
    """A path that is not there is a problem, not a traceback."""
    with pytest.raises(LoadError, match=r"no-talk .*no such file or folder"):
        load_talks(tmp_path / "none.talk.yaml")


def test_folder(tmp_path: Path) -> None:
    """A folder gives the tests of all its talk files by name of file, and of no other file."""
    written(tmp_path, "- {test: second, turns: [{say: x}]}\n", "b.talk.yaml")
    (tmp_path / "c").mkdir()
    written(tmp_path / "c", "- {test: third, turns: [{say: x}]}\n")
    written(tmp_path, "- {test: first, turns: [{say: x}]}\n")
    written(tmp_path, "not: a talk\n", "store.yaml")
    assert [talk.name for talk in load_talks(tmp_path)] == ["first", "second", "third"]


def test_values(tmp_path: Path) -> None:
    """Texts, lists of one, spans, moments and effects are read as what they stand for."""
    turns = "[{say: [x, y]}, {wait: 2d, expect: {rules: r, effects: [grant:g, tag]}}]"
    (talk,) = load_talks(written(tmp_path, f"- {{test: a, now: 2026-11-03T09:30, turns: {turns}}}\n"))
    first, second = talk.spec.turns
    assert talk.spec.now == datetime.datetime(2026, 11, 3, 9, 30)
    assert first.say == ("x", "y")
    assert second.wait == datetime.timedelta(days=2)
    assert second.expect.rules == ("r",)
    assert [(effect.type, effect.name) for effect in second.expect.effects or ()] == [("grant", "g"), ("tag", None)]
