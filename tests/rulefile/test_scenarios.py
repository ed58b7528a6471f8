"""The twelve scenarios as one flow."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import csflow
from csflow.errors import LoadError
from csflow.rulefile import load_flow, load_profile

SCENARIOS = Path(csflow.__file__).parent.parent / "examples" / "scenarios"
ORIGINALS = Path(os.environ.get("CSFLOW_LANGUAGE", SCENARIOS.parents[2] / "shared" / "language"))
MENDED: set[str] = set()


def test_the_scenarios_load() -> None:
    """They hang together and their profile gives what they need."""
    spec = load_flow(SCENARIOS)
    assert load_profile(None, spec).name == "scenarios"
    assert len({part.file for part in spec.lists}) == 12
    assert sum(len(part.spec.choose) for part in spec.lists) >= 105


@pytest.mark.skipif(not ORIGINALS.is_dir(), reason="the originals are kept outside the project")
def test_the_originals_differ_only_where_they_were_mended(tmp_path: Path) -> None:
    """With the missing declarations beside them, the original files have just the faults that the copies mend."""
    shutil.copytree(SCENARIOS, tmp_path / "flow")
    for path in ORIGINALS.glob("[01]*.yaml"):
        shutil.copy(path, tmp_path / "flow" / "rules")
    found = set()
    try:
        load_flow(tmp_path / "flow")
    except LoadError as error:
        found = {f"{problem.code} {Path(problem.place.file).name}:{problem.place.line}" for problem in error.problems}
    assert found == MENDED
