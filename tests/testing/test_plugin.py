"""The pytest plugin: a run of pytest over a folder of flows, as people run it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import csflow
from csflow.scaffold import create
from csflow.testing import Coverage, load_talks

ROOT = Path(csflow.__file__).parent.parent
TEST = "- test: 错的\n  turns:\n    - {say: 小的, expect: {state: greet}}\n"


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    """A folder with one small flow and its four tests."""
    create("shop", tmp_path)
    return tmp_path


def pytest_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest with nothing but this plugin (and xdist where it is named)."""
    command = [sys.executable, "-m", "pytest", "-p", "csflow.testing.plugin", "-p", "no:cacheprovider", *arguments]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    return subprocess.run(  # noqa: S603 - our own command
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=120, check=False
    )


def test_collected_and_chosen(flows: Path) -> None:
    """The tests below a flow are collected under their names, others are left alone, and `-k` chooses among them."""
    (flows / "stray.talk.yaml").write_text(TEST, "utf-8")
    done = pytest_in(flows, "--collect-only", "-q", "-k", "尺码", ".")
    assert done.returncode == 0, done.stdout
    assert [line for line in done.stdout.splitlines() if "::" in line] == ["shop/tests/sale.talk.yaml::选尺码"]


def test_failure_is_readable(flows: Path) -> None:
    """A failure shows what was expected and what came, without a traceback; JUnit's file has it too."""
    (flows / "shop" / "tests" / "wrong.talk.yaml").write_text(TEST, "utf-8")
    done = pytest_in(flows, "--junitxml=junit.xml", "shop")
    assert done.returncode == 1, done.stdout
    assert "wrong.talk.yaml:3:33 错的: expected the state greet, came" in done.stdout
    assert "Traceback" not in done.stdout
    assert "def " not in done.stdout
    suite = ElementTree.parse(flows / "junit.xml").getroot()[0]  # noqa: S314 - written by the run above
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("5", "1", "0")
    (failed,) = [case.get("name") for case in suite if len(case)]
    assert failed == "错的"


def test_broken_files(flows: Path) -> None:
    """A file of tests that cannot be read is an error of collection, a flow that cannot be loaded one of each test."""
    (flows / "shop" / "tests" / "broken.talk.yaml").write_text("- {test: a}\n", "utf-8")
    done = pytest_in(flows, "shop")
    assert "missing-key" in done.stdout
    assert "'turns' is missing here" in done.stdout
    (flows / "shop" / "tests" / "broken.talk.yaml").unlink()
    (flows / "shop" / "store.yaml").write_text("profile: x\nstore: {nme: x}\n", "utf-8")
    done = pytest_in(flows, "shop", "-k", "尺码")
    assert "store.yaml:2:9" in done.stdout
    assert "Traceback" not in done.stdout


def test_coverage_in_parallel(flows: Path) -> None:
    """Workers add what they reach to one file, and all of it together is what one run reaches."""
    pytest.importorskip("xdist")
    done = pytest_in(flows, "-p", "xdist.plugin", "-n", "2", "--csflow-coverage", "many", "shop")
    assert done.returncode == 0, done.stdout + done.stderr
    assert pytest_in(flows, "--csflow-coverage", "one", "shop").returncode == 0
    flow = csflow.load(flows / "shop")
    many, one = Coverage(flow), Coverage(flow)
    many.load(flows / "many")
    one.load(flows / "one")
    assert many.seen == one.seen
    assert many.seen["rule"]
    assert len(load_talks(flows / "shop")) == 4


def test_fixtures(flows: Path) -> None:
    """A bot's test gets a clock that stands still and hosts on it."""
    (flows / "test_bot.py").write_text(
        "def test_bot(csflow_host, csflow_clock):\n"
        "    host = csflow_host('shop')\n"
        "    turn = host.receive('c1', '有什么码')\n"
        "    assert turn.state == 'identify_need.size'\n"
        "    host.wait('2h')\n"
        "    assert host.chat('c1').now == csflow_clock()\n",
        "utf-8",
    )
    done = pytest_in(flows, "test_bot.py")
    assert done.returncode == 0, done.stdout
