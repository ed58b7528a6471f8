"""`csflow check` as it prints: text with a script, JSON, SARIF, one HTML page; and what it keeps from one run to the next."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from csflow.cli import check as command
from csflow.cli.kept import Kept
from csflow.rulefile import load_flow, load_profile
from tests.cli.conftest import Run

FLOW = """
name: shop
intents: {hello: {phrases: [你好]}}
rules:
  - {when: started, in: [greet], choose: [{id: start, else: true, say: 我是智能客服 & 小助手, go: identify_need}]}
  - {when: unknown, choose: [{id: lost, else: true, say: 没懂}]}
  - {when: hello, if: times(hello) >= 2, choose: [{id: b, say: 乙}]}
  - {when: hello, if: times(hello) >= 3, choose: [{id: c, say: 丙}]}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "flow.yaml").write_text(FLOW, "utf-8")
    (tmp_path / "store.yaml").write_text("profile: p\n", "utf-8")
    return tmp_path


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_script_stands_under_its_finding(run: Run, shop: Path) -> None:
    """People see the conversation that shows a finding, and what plays it; programs get it as the witness."""
    done = run("check", shop)
    assert done.exit_code == 1
    assert "| 你好\n      | 你好\n      | 你好\n" in done.stdout
    (tie,) = [row for row in rows(run("check", shop, "--json").stdout) if row["code"] == "tie"]
    assert tie["witness"]["script"] == ["你好", "你好", "你好"]
    assert int(tie["witness"]["facts"]["times(hello)"]) >= 3


def test_quick_leaves_out_the_proofs(run: Run, shop: Path) -> None:
    """`--quick` finds nothing that only the solver or the search see."""
    assert "tie" not in {row["code"] for row in rows(run("check", shop, "--quick", "--json").stdout)}


def test_actions(run: Run, shop: Path) -> None:
    """`--actions` names what the host serves; what it does not is a warning, what the flow does not know an error."""
    (shop / "flow.yaml").write_text(FLOW.replace("say: 没懂", "say: 没懂, do: [{call: look}]") + "calls: {look: {}}\n", "utf-8")

    def found(*options: str) -> set[str]:
        codes = {row["code"] for row in rows(run("check", shop, "--quick", "--json", *options).stdout)}
        return codes & {"call-unhandled", "action-unknown"}

    assert found() == set()
    assert found("--actions", "") == {"call-unhandled"}
    assert found("--actions", "look, loook") == {"action-unknown"}
    kept = [Kept(spec, load_profile(None, spec), names).path for spec in [load_flow(shop)] for names in (None, [], ["look"])]
    assert len(set(kept)) == 3


def test_sarif(run: Run, shop: Path) -> None:
    """SARIF names the tool, a rule for each code and a result with its place for each finding."""
    done = run("check", shop, "--format", "sarif")
    (found,) = json.loads(done.stdout)["runs"]
    tie = next(result for result in found["results"] if result["ruleId"] == "tie")
    assert done.exit_code == 1
    assert {result["ruleId"] for result in found["results"]} == {rule["id"] for rule in found["tool"]["driver"]["rules"]}
    assert tie["level"] == "error"
    region = tie["locations"][0]["physicalLocation"]["region"]
    assert region.pop("endColumn") == len((shop / "flow.yaml").read_text("utf-8").split("\n")[7]) + 1
    assert region == {"startLine": 8, "startColumn": 56, "endLine": 8}
    assert tie["properties"]["script"] == ["你好", "你好", "你好"]


def test_sarif_is_sarif(run: Run, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the standard asks for is there: required keys, lines and columns from 1, files as relative URIs, rules by index."""
    monkeypatch.chdir(shop.parent)
    for done in (run("check", shop, "--format", "sarif"), run("check", shop / "no such 文件.yaml", "--format", "sarif")):
        log = json.loads(done.stdout)
        (found,) = log["runs"]
        rules = found["tool"]["driver"]["rules"]
        assert (log["version"], found["columnKind"]) == ("2.1.0", "unicodeCodePoints")
        assert all(rule[key]["text"] for rule in rules for key in ("shortDescription", "fullDescription", "help"))
        assert all("helpUri" not in rule for rule in rules)
        for result in found["results"]:
            place = result["locations"][0]["physicalLocation"]
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
            assert result["message"]["text"]
            assert {"startLine", "startColumn", "endLine", "endColumn"} == set(place["region"])
            assert min(place["region"].values()) >= 1
            assert place["region"]["endColumn"] > place["region"]["startColumn"]
            assert re.fullmatch(r"[0-9a-f]{1,16}:[1-9][0-9]*", result["partialFingerprints"]["primaryLocationLineHash"])
            assert place["artifactLocation"]["uri"].isascii()
            assert " " not in place["artifactLocation"]["uri"]
            assert not place["artifactLocation"]["uri"].startswith("/")


def test_one_page(run: Run, shop: Path) -> None:
    """The page draws the states, frames those in which a finding stands, and shows line and script, all escaped."""
    page = run("check", shop, "--format", "html").stdout
    assert page.count('class="state marked"') >= 1
    assert '<article class="error"><h3>tie</h3>' in page
    assert "你好\n你好\n你好</pre>" in page
    assert "智能客服 &amp; 小助手" in page


def test_a_clean_flow_in_every_format(run: Run, small: str) -> None:
    """Without findings each format is still whole, and the exit code is 0."""
    sarif, page = run("check", small, "--format", "sarif"), run("check", small, "--format", "html")
    assert (sarif.exit_code, page.exit_code) == (0, 0)
    assert [result for result in json.loads(sarif.stdout)["runs"][0]["results"] if result["level"] != "note"] == []
    assert "state marked" not in page.stdout


def test_the_same_flow_is_not_searched_twice(run: Run, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found is kept by content: a second look is taken from there, a changed file is looked at again."""
    first = run("check", shop, "--json").stdout
    monkeypatch.setattr(command, "check_flow", lambda *_, **__: [])
    assert run("check", shop, "--json").stdout == first
    (shop / "flow.yaml").write_text(FLOW + "# changed\n", "utf-8")
    assert run("check", shop, "--json").stdout == ""


@pytest.mark.parametrize("text", ["", "{", "[1]", '[["a"]]', '[["a", ["f", "x", 1], "m", "error", null]]'])
def test_a_spoilt_cache_is_none(shop: Path, text: str) -> None:
    """A cache file that somebody cut or wrote over is passed by."""
    spec = load_flow(shop)
    kept = Kept(spec, load_profile(None, spec))
    kept.write([])
    assert kept.read() == []
    kept.path.write_text(text, "utf-8")
    assert kept.read() is None


def test_a_cache_that_cannot_be_written_is_no_cache(
    run: Run, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no file can be put, the check runs all the same."""
    (tmp_path / "file").write_text("", "utf-8")
    monkeypatch.setitem(os.environ, "XDG_CACHE_HOME", str(tmp_path / "file"))
    assert run("check", shop).exit_code == 1
