"""`csflow test`: coverage, seeds and recording."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_coverage_table(run: Run, small: str) -> None:
    """The table has a row a kind and one for all, and what was not reached is told with its place."""
    result = run("test", small, "--coverage")
    rows = [line.split("\t") for line in result.stdout.splitlines() if "\t" in line]
    assert result.exit_code == 0
    assert [row[0] for row in rows] == ["", "state", "transition", "rule", "branch", "variant", "intent", "boundary", "all"]
    assert all(re.fullmatch(r"\d+\.\d %", row[3]) for row in rows[1:])
    assert re.search(r"talk\.yaml:\d+:\d+ rule not reached: talk\.goodbye", result.stdout)
    assert "more of kind" not in result.stdout


def test_coverage_as_json(run: Run, small: str) -> None:
    """The summary has the counts and everything that is missing."""
    data = json.loads(run("test", small, "--coverage", "--json").stdout)["coverage"]
    counts = data["kinds"].values()
    assert sum(kind["total"] - kind["reached"] for kind in counts) == len(data["missing"])
    assert ["rule", "talk.goodbye"] in [row[:2] for row in data["missing"]]


@pytest.mark.parametrize(("limit", "code"), [("10", 0), ("99.9", 1)])
def test_fail_under(limit: str, code: int, run: Run, small: str) -> None:
    """Too little reached is a finding, with a sentence on standard error."""
    result = run("test", small, "--fail-under", limit)
    assert result.exit_code == code
    assert ("is under 99.9 %" in result.stderr) == (code == 1)


def test_seeds(run: Run, small: str) -> None:
    """Each further seed plays every test once more and reaches more wordings."""
    one, many = (json.loads(run("test", small, "--coverage", "--json", "--seeds", count).stdout) for count in ("1", "6"))
    assert many["tests"] == 6 * one["tests"]
    assert many["coverage"]["kinds"]["variant"]["reached"] > one["coverage"]["kinds"]["variant"]["reached"]


def test_coverage_file(run: Run, small: str, tmp_path: Path) -> None:
    """Runs that share a file add up; the second one measures both."""
    script = "- test: 再见\n  turns: [{say: 再见}]\n"
    (tmp_path / "bye.talk.yaml").write_text(script, "utf-8")
    run("test", small, tmp_path, "--coverage-file", tmp_path / "runs")
    both = json.loads(run("test", small, "--json", "--coverage-file", tmp_path / "runs").stdout)["coverage"]
    assert ["rule", "talk.goodbye"] not in [row[:2] for row in both["missing"]]
    assert len((tmp_path / "runs").read_text("utf-8").splitlines()) == 2


def test_page(run: Run, small: str, tmp_path: Path) -> None:
    """The page has the counts, the graph with what was missed marked, and all that is missing; it loads nothing."""
    run("test", small, "--html", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert re.search(r'class="state marked"[^>]*/><text class="name"[^>]*>farewell\.closed<', page)
    assert 'class="state"' in page
    assert "missed" in page.partition("</style>")[2]
    assert "rule: 6 not reached" in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")


def test_record(run: Run, small: str, tmp_path: Path) -> None:
    """A script becomes a test that passes; a second recording is added under another name."""
    path = tmp_path / "sale.talk.yaml"
    lines = '有什么码\n小的\n{"event": "ordered", "facts": {"order": {"no": "A1"}}}\n{"wait": "2d"}\n'
    for _ in range(2):
        assert run("test", small, "--record", path, input=lines).exit_code == 0
    assert re.findall(r"^- test: (.+)$", path.read_text("utf-8"), re.MULTILINE) == ["sale", "sale 2"]
    assert run("test", small, path).stdout == "2 of 2 conversation tests passed\n"


def test_record_files(run: Run, small: str, tmp_path: Path) -> None:
    """Scripts given as files are played in their order, and the test gets the name that it is given."""
    for name, text in (("a.txt", "有什么码\n"), ("b.txt", "小的\n")):
        (tmp_path / name).write_text(text, "utf-8")
    run("test", small, tmp_path / "a.txt", tmp_path / "b.txt", "--record", tmp_path / "x.talk.yaml", "--name", "选码")
    text = (tmp_path / "x.talk.yaml").read_text("utf-8")
    assert text.startswith("- test: 选码\n")
    assert text.index("有什么码") < text.index("小的")


def test_record_nothing(run: Run, small: str, tmp_path: Path) -> None:
    """Without a turn there is no test."""
    assert run("test", small, "--record", tmp_path / "x.talk.yaml", input="").exit_code == 0
    assert not (tmp_path / "x.talk.yaml").exists()


def test_record_broken(run: Run, small: str, tmp_path: Path) -> None:
    """A script that cannot be played, or a file that holds no tests, is said so, and nothing is written."""
    path = tmp_path / "x.talk.yaml"
    assert run("test", small, "--record", path, input='{"event": "nothing"}\n').exit_code == 2
    assert not path.exists()
    path.write_text("a: b\n", "utf-8")
    result = run("test", small, "--record", path, input="小的\n")
    assert (result.exit_code, path.read_text("utf-8")) == (2, "a: b\n")
