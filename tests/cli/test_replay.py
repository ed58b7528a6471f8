"""`csflow replay` and `csflow test --fuzz`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Run

FAULTY = Path(__file__).parent.parent / "testing" / "faulty" / "freight_over_the_limit.yaml"
LINES = '包邮吗\n{"facts": {"order": {"total": "120.00"}}}\n包邮吗\n'


@pytest.fixture
def flows(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A flow, the same with its fault mended, and a folder of conversations."""
    old, new, logs = tmp_path / "old.yaml", tmp_path / "new.yaml", tmp_path / "logs"
    shutil.copy(FAULTY, old)
    new.write_text(old.read_text("utf-8").replace("==", ">="), "utf-8")
    logs.mkdir()
    (logs / "one.txt").write_text(LINES, "utf-8")
    (logs / "two.jsonl").write_text('{"say": ["再见"]}\n', "utf-8")
    return old, new, logs


def test_same(run: Run, flows: tuple[Path, Path, Path]) -> None:
    """The same flow twice differs nowhere."""
    result = run("replay", flows[0], flows[0], flows[2])
    assert result.exit_code == 0
    assert result.stdout == "2 of 2 conversations come out the same; 0 differ and no change says so\n"


def test_explained(run: Run, flows: tuple[Path, Path, Path]) -> None:
    """A difference is shown with the change behind it, and is no finding."""
    result = run("replay", *flows)
    assert result.exit_code == 0
    assert "one.txt act 3: 包邮吗" in result.stdout
    assert "because  rule freight.free if changed: order.total == 99.00 -> order.total >= 99.00" in result.stdout


def test_json(run: Run, flows: tuple[Path, Path, Path]) -> None:
    """A row a conversation says whether it is the same, and where not, how."""
    rows = [json.loads(line) for line in run("replay", *flows, "--json").stdout.splitlines()]
    assert [row["same"] for row in rows] == [False, True]
    assert rows[0]["act"] == 3
    assert rows[0]["differs"]["rules"] == {"old": ["freight.short"], "new": ["freight.free"]}


def test_unexplained(run: Run, flows: tuple[Path, Path, Path]) -> None:
    """A difference that no change of the rule files explains is a finding."""
    old, _, logs = flows
    (logs / "one.txt").write_text('{"event": "nothing"}\n', "utf-8")
    other = old.with_name("other.yaml")
    other.write_text(old.read_text("utf-8").replace("rules:\n", "events: {nothing: {}}\nrules:\n", 1), "utf-8")
    assert run("replay", old, other, logs).exit_code == 1


def test_no_logs(run: Run, flows: tuple[Path, Path, Path], tmp_path: Path) -> None:
    """A folder without conversations cannot be used."""
    (tmp_path / "empty").mkdir()
    result = run("replay", flows[0], flows[1], tmp_path / "empty")
    assert result.exit_code == 2
    assert "no-log" in result.stderr


def test_fuzz(run: Run, flows: tuple[Path, Path, Path], tmp_path: Path) -> None:
    """A fault is a finding, shown as a conversation and saved as a test that fails; the mended flow passes both."""
    old, new, _ = flows
    result = run("test", old, "--fuzz", "1500", "--failures", tmp_path / "found")
    assert result.exit_code == 1
    assert "replies-are-whole: " in result.stdout
    assert "customer      包邮吗" in result.stdout
    assert run("test", old, tmp_path / "found").exit_code == 1
    assert run("test", new, tmp_path / "found").exit_code == 0
    assert run("test", new, "--fuzz", "1500", "--seed", "3").exit_code == 0


def test_fuzz_as_json(run: Run, flows: tuple[Path, Path, Path]) -> None:
    """The summary has the turns, the steps in each state and the findings with their scripts."""
    data = json.loads(run("test", flows[0], "--fuzz", "800", "--json").stdout)["fuzz"]
    assert data["turns"] == 800
    assert sum(data["states"].values()) == 800
    assert data["findings"][0]["code"] == "replies-are-whole"
    assert data["findings"][0]["script"][-1]
