"""`csflow mutate`: rows, the table, exit codes."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from csflow.cli.options import own_tests
from tests.cli.conftest import Run

ROW = {"mutant", "file", "line", "col", "kind", "part", "was", "now", "killed_by", "by", "advice", "test", "because"}
MUTATE = ("mutate", "--sample", "12", "--seed", "1", "--jobs", "1")
WORDS = ("kind", "part", "was", "now")


def test_rows(small: str, run: Run) -> None:
    """With --json a row a mutant says where it is, what it changes, and what killed it or would."""
    result = run("mutate", small, "--sample", "6", "--jobs", "1", "--json")
    rows = [json.loads(line) for line in result.output.splitlines()]
    assert result.exit_code == 0
    assert len(rows) == 6
    assert all(row.keys() == ROW for row in rows)
    assert all(bool(row["advice"]) == (row["killed_by"] is None) for row in rows)
    assert not any(row["test"] for row in rows if row["killed_by"] is not None)


@pytest.mark.parametrize(("under", "code"), [("0", 0), ("100", 1)])
def test_text_and_exit(small: str, run: Run, under: str, code: int) -> None:
    """The text ends with the score; under --fail-under the exit code says so."""
    result = run("mutate", small, "--sample", "12", "--jobs", "1", "--seed", "1", "--fail-under", under)
    assert "mutants killed" in result.output.splitlines()[-1]
    assert "to kill it:" in result.output
    assert result.exit_code == code


def test_tests_are_written(small: str, run: Run, tmp_path: Path) -> None:
    """The tests that --write-tests writes hold, and with them nothing lives any more that was seen to differ."""
    path = tmp_path / "more.talk.yaml"
    written = run("mutate", small, "--jobs", "1", "--write-tests", str(path))
    assert "read them before you keep them" in written.stderr
    assert run("test", small, str(path)).exit_code == 0
    result = run("mutate", small, *map(str, own_tests(small)), str(path), "--jobs", "1")
    assert " 0 of them seen to differ" in result.output.splitlines()[-1]


@pytest.fixture
def explained(small: str, run: Run, tmp_path: Path) -> Path:
    """A copy of the small flow whose ledger explains every survivor of it."""
    home = shutil.copytree(small, tmp_path / "explained")
    live = [row for row in map(json.loads, run(*MUTATE, home, "--json").output.splitlines()) if row["killed_by"] is None]
    known = [{**{word: row[word] for word in WORDS}, "file": str(Path(row["file"]).relative_to(home))} for row in live]
    ledger = {"survivors": [{"because": "who would notice?", "mutants": known}]}
    (home / "tests" / "survivors.yaml").write_text(json.dumps(ledger), "utf-8")
    return home


def test_all_is_explained(explained: Path, run: Run) -> None:
    """Explained survivors are told with their reason, count as living, and satisfy --fail-unexplained."""
    result = run(*MUTATE, explained, "--fail-unexplained")
    assert (result.exit_code, result.stderr) == (0, "")
    *_, total = lines = result.output.splitlines()
    live = lines.count("  may live: who would notice?")
    assert f"; {live} live, {live} of them explained in tests/survivors.yaml, " in total
    assert "to kill it:" not in result.output
    rows = [json.loads(line) for line in run(*MUTATE, explained, "--json").output.splitlines()]
    assert {(row["killed_by"] is None, row["because"]) for row in rows} == {(True, "who would notice?"), (False, "")}


def rewritten(explained: Path, change: Callable[[list[dict[str, str]]], object]) -> None:
    """Change the mutants that the ledger explains."""
    path = explained / "tests" / "survivors.yaml"
    ledger = json.loads(path.read_text("utf-8"))
    change(ledger["survivors"][0]["mutants"])
    path.write_text(json.dumps(ledger), "utf-8")


def test_a_survivor_is_not_explained(explained: Path, run: Run) -> None:
    """A survivor without a reason is told first, with what would kill it, and fails only if that is asked for."""
    rewritten(explained, lambda mutants: mutants.pop())
    result = run(*MUTATE, explained, "--fail-unexplained")
    assert (result.exit_code, result.stderr) == (1, "")
    assert 0 < result.output.index("to kill it:") < result.output.index("may live:")
    assert run(*MUTATE, explained).exit_code == 0


def test_a_reason_too_many(explained: Path, run: Run) -> None:
    """A reason for a mutant that the flow has not is told with its place, and fails if that is asked for."""
    rewritten(explained, lambda mutants: mutants.append({**mutants[0], "part": "gone"}))
    for more, code in (((), 0), (("--fail-unexplained",), 1)):
        result = run(*MUTATE, explained, *more)
        assert result.exit_code == code
        assert re.search(r"survivors.yaml:1:\d+ no such mutant: .* in gone in ", result.stderr)


def test_a_bad_ledger(explained: Path, run: Run) -> None:
    """A ledger that cannot be read is told with its place before anything is judged."""
    (explained / "tests" / "survivors.yaml").write_text("survivors: [{why: x}]", "utf-8")
    result = run(*MUTATE, explained)
    assert result.exit_code == 2
    assert "unknown-key" in result.stderr
    assert "survivors.yaml:1:14" in result.stderr


def test_not_loadable(broken: str, run: Run) -> None:
    """A flow that cannot be loaded has no mutants."""
    result = run("mutate", broken)
    assert result.exit_code == 2
    assert "unknown-fact" in result.stderr
