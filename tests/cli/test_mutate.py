"""`csflow mutate`: rows, the table, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from csflow.cli.options import own_tests
from tests.cli.conftest import Run

ROW = {"mutant", "file", "line", "col", "kind", "part", "was", "now", "killed_by", "by", "advice", "test"}


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


def test_not_loadable(broken: str, run: Run) -> None:
    """A flow that cannot be loaded has no mutants."""
    result = run("mutate", broken)
    assert result.exit_code == 2
    assert "unknown-fact" in result.stderr
