"""The ledger of survivors: what it explains, what it says too much, and what is wrong with it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from csflow.errors import LoadError
from csflow.testing.campaign import Judged
from csflow.testing.faults import Mutant
from csflow.testing.mutation import Bench, Verdict
from csflow.testing.survivors import Ledger, load_ledger

FLOW = """\
name: shop
intents:
  bye: {phrases: [再见, 走了]}
rules:
  - {when: started, choose: [{id: hello, say: 您好。, go: identify_need}]}
  - {when: bye, choose: [{id: bye, say: 再见。, go: farewell}]}
  - {when: unknown, in: [everywhere], choose: [{id: what, say: 没听懂。}]}
"""
ENTRY = (
    "- because: 这家店\n    没有售后。\n  mutants: [{file: flow.yaml, kind: in-dropped, part: what, was: 'in: [everywhere]'}]\n"
)
LEDGER = f"survivors:\n{ENTRY}"
LIVES = Verdict(None, "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A flow with an empty folder for its tests."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "flow.yaml").write_text(FLOW, "utf-8")
    return tmp_path


def ledger_of(folder: Path, text: str = LEDGER) -> Ledger:
    """Return the ledger of a text beside the flow's tests."""
    (folder / "tests" / "survivors.yaml").write_text(text, "utf-8")
    return load_ledger(folder)


def mutant_of(folder: str | Path, kind: str) -> Mutant:
    """Return the first mutant of a kind."""
    return next(mutant for mutant in Bench(str(folder)).mutants() if mutant.kind == kind)


def test_without_a_ledger(folder: Path) -> None:
    """A flow without a ledger, be it a folder or a file, explains nothing."""
    mutant = mutant_of(folder, "in-dropped")
    for flow in (folder, folder / "flow.yaml"):
        assert load_ledger(flow).because(Judged(mutant, LIVES)) == ""
        assert not list(load_ledger(flow).stale([mutant], [Judged(mutant, LIVES)]))


def test_a_survivor_is_explained(folder: Path) -> None:
    """The reason comes on one line, for that mutant only and only while it lives."""
    ledger = ledger_of(folder)
    mutant = mutant_of(folder, "in-dropped")
    assert ledger.because(Judged(mutant, LIVES)) == "这家店 没有售后。"
    assert ledger.because(Judged(mutant, Verdict("tests", ""))) == ""
    assert ledger.because(Judged(mutant_of(folder, "wrong-target"), LIVES)) == ""


@pytest.mark.parametrize("shown", ["{0}/", "./{0}", "{0}/../{0}"])
def test_the_folder_may_be_written_in_any_way(folder: Path, monkeypatch: pytest.MonkeyPatch, shown: str) -> None:
    """A mutant is known by its path within the flow's folder, however that is written on the command line."""
    ledger_of(folder)
    monkeypatch.chdir(folder.parent)
    flow = shown.format(folder.name)
    assert load_ledger(flow).because(Judged(mutant_of(flow, "in-dropped"), LIVES))


def test_lines_may_move(folder: Path) -> None:
    """An explanation holds wherever the line stands."""
    ledger = ledger_of(folder)
    (folder / "flow.yaml").write_text(f"# a comment\n\n{FLOW}", "utf-8")
    assert ledger.because(Judged(mutant_of(folder, "in-dropped"), LIVES))


def test_what_is_said_too_much(folder: Path) -> None:
    """An entry for a fault that the flow has not, or that was noticed, is told with its place; one not judged is not."""
    other = "- {because: 别的, mutants: [{file: flow.yaml, kind: in-dropped, part: gone, was: 'in: [everywhere]'}]}\n"
    ledger, mutants = ledger_of(folder, LEDGER + other), Bench(str(folder)).mutants()
    mutant = mutant_of(folder, "in-dropped")
    (gone,) = ledger.stale(mutants, [])
    assert re.fullmatch(r".*/tests/survivors.yaml:5:27 no such mutant: in-dropped in gone in flow.yaml; .*", gone)
    assert list(ledger.stale(mutants, [Judged(mutant, LIVES)])) == [gone]
    told = list(ledger.stale(mutants, [Judged(mutant, Verdict("check", ""))]))
    assert re.fullmatch(r".*:4:13 no longer lives: in-dropped in what is noticed \(check\); remove it", told[0])
    assert told[1:] == [gone]


def test_of_equal_mutants_one_may_live(folder: Path) -> None:
    """Mutants with the same words are explained together, and as long as one of them lives the entry stands."""
    ledger, mutant = ledger_of(folder), mutant_of(folder, "in-dropped")
    rows = [Judged(mutant, LIVES), Judged(mutant, Verdict("tests", ""))]
    assert not list(ledger.stale([mutant], rows))
    assert not list(ledger.stale([mutant], rows[::-1]))


BAD = {
    "no mapping": ("[]", "wrong-type 1:1"),
    "an empty file": ("", "wrong-type 1:1"),
    "no YAML": ("survivors: [", "yaml-syntax"),
    "no list": ("survivors: 3", "wrong-type 1:12"),
    "another key": ("survivors: []\nallowed: []", "unknown-key 2:1"),
    "a misspelt key": (LEDGER.replace("kind:", "kinds:"), "unknown-key 4:31 no key 'kinds' here; did you mean 'kind'?"),
    "a missing key": (LEDGER.replace("part: what, ", ""), "missing-key 4:14 'part' is missing here"),
    "no reason": (LEDGER.replace("because: 这家店\n    没有售后。", "because: ' '"), "bad-value 2:12 say why"),
    "nothing as a reason": (LEDGER.replace("because: 这家店\n    没有售后。", "because:"), "empty-value 2:3 nothing stands here"),
    "no mutants": ("survivors: [{because: 好, mutants: []}]", "bad-value 1:35 the list is empty"),
    "a number": (LEDGER.replace("'in: [everywhere]'", "3"), "wrong-type 4:66 expected text, found 3; put it in quotes"),
    "a second time": (LEDGER + ENTRY, "duplicate-id 7:13 this mutant stands here a second time; the first is at"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_ledger(folder: Path, name: str) -> None:
    """What is wrong with a ledger is said with its code and place."""
    text, expected = BAD[name]
    with pytest.raises(LoadError) as raised:
        ledger_of(folder, text)
    (problem,) = raised.value.problems
    assert problem.place.file.endswith("tests/survivors.yaml")
    told = f"{problem.code} {problem.place.line}:{problem.place.col} {problem.message}"
    assert told.startswith(expected)
