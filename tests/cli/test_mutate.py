"""`csflow mutate`: rows, the table, exit codes."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Run

ROW = {"mutant", "file", "line", "col", "kind", "part", "was", "now", "killed_by", "by", "advice"}


def test_rows(small: str, run: Run) -> None:
    """With --json a row a mutant says where it is, what it changes, and what killed it or would."""
    result = run("mutate", small, "--sample", "6", "--jobs", "1", "--json")
    rows = [json.loads(line) for line in result.output.splitlines()]
    assert result.exit_code == 0
    assert len(rows) == 6
    assert all(row.keys() == ROW for row in rows)
    assert all(bool(row["advice"]) == (row["killed_by"] is None) for row in rows)


@pytest.mark.parametrize(("under", "code"), [("0", 0), ("100", 1)])
def test_text_and_exit(small: str, run: Run, under: str, code: int) -> None:
    """The text ends with the score; under --fail-under the exit code says so."""
    result = run("mutate", small, "--sample", "12", "--jobs", "1", "--seed", "1", "--fail-under", under)
    assert "mutants killed" in result.output.splitlines()[-1]
    assert "to kill it:" in result.output
    assert result.exit_code == code


def test_not_loadable(broken: str, run: Run) -> None:
    """A flow that cannot be loaded has no mutants."""
    result = run("mutate", broken)
    assert result.exit_code == 2
    assert "unknown-fact" in result.stderr
