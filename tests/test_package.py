"""The package: what a wheel carries, what it leaves out, and what it says about itself."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import csflow

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "csflow"
SUFFIXES = {".py", ".txt", ".yaml", ".jsonl", ".typed", ".sql"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel of this source tree, built without a network."""
    pytest.importorskip("hatchling")
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=False)  # noqa: S603 - our own words
    assert done.returncode == 0, done.stdout + done.stderr
    with zipfile.ZipFile(next(out.glob("*.whl"))) as archive:
        yield archive


def text_of(wheel: zipfile.ZipFile, name: str) -> str:
    """Return a file of the wheel's metadata."""
    return wheel.read(f"csflow-{csflow.__version__}.dist-info/{name}").decode()


def test_the_wheel_carries_the_whole_package(wheel: zipfile.ZipFile) -> None:
    """Every module, rule file, template and example conversation under csflow/ is in it, and py.typed."""
    names = set(wheel.namelist())
    kept = {path.relative_to(ROOT).as_posix() for path in PACKAGE.rglob("*") if path.suffix in SUFFIXES}
    assert kept - names == set()
    assert "csflow/py.typed" in names
    assert "csflow/packs/retail_zh/flow.yaml" in names
    examples = {"conversations/retail_zh/sale.jsonl", "stores/young_sports.yaml"}
    assert {"csflow/seeds/M0.yaml", *(f"csflow/examples/{name}" for name in examples)} <= names


def test_the_wheel_carries_nothing_else(wheel: zipfile.ZipFile) -> None:
    """No tests, no caches, no files that are not part of the package."""
    others = [name for name in wheel.namelist() if not name.startswith(("csflow/", f"csflow-{csflow.__version__}.dist-info/"))]
    strange = [name for name in wheel.namelist() if name.startswith("csflow/") and Path(name).suffix not in SUFFIXES]
    assert (others, strange) == ([], [])


def test_the_wheel_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    """Name, version, licence and the `csflow` command stand in its metadata."""
    metadata = text_of(wheel, "METADATA")
    assert f"\nName: csflow\nVersion: {csflow.__version__}\n" in metadata
    assert "\nLicense-Expression: MIT\n" in metadata
    assert "csflow = csflow.cli:main" in text_of(wheel, "entry_points.txt")
    assert "MIT License" in text_of(wheel, "licenses/LICENSE")


def test_every_requirement_is_pinned() -> None:
    """`constraints.txt` names a version for each distribution that the project asks for by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pinned = {line.partition("==")[0].lower().replace("_", "-") for line in lines if not line.startswith("#")}
    assert {_name(one) for one in asked} - pinned == {"csflow"}


def _name(requirement: str) -> str:
    return requirement.partition(" ")[0].partition("[")[0].lower().replace("_", "-")


def test_the_changelog_knows_the_version() -> None:
    """The version that the package calls itself has a section in the changelog."""
    assert f"\n## {csflow.__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
