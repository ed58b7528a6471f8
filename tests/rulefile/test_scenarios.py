"""The twelve scenarios as one flow."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import csflow
from csflow.rulefile import load_flow, load_profile

SCENARIOS = Path(csflow.__file__).parent.parent / "examples" / "scenarios"
ORIGINALS = SCENARIOS.parents[2] / "shared" / "language"


def test_the_scenarios_load() -> None:
    """They hang together and their profile gives what they need."""
    spec = load_flow(SCENARIOS)
    assert load_profile(None, spec).name == "scenarios"
    assert len({part.file for part in spec.lists}) == 13
    assert sum(len(part.spec.choose) for part in spec.lists) >= 105


@pytest.mark.skipif(not ORIGINALS.is_dir(), reason="the originals are kept outside the project")
def test_the_originals_load_beside_the_declarations(tmp_path: Path) -> None:
    """What the originals lacked is what the declarations add; the copies mend only what their rules said and decided."""
    shutil.copytree(SCENARIOS, tmp_path / "flow")
    for path in ORIGINALS.glob("[01]*.yaml"):
        shutil.copy(path, tmp_path / "flow" / "rules")
    spec = load_flow(tmp_path / "flow")
    assert sum(len(part.spec.choose) for part in spec.lists if "00_" not in part.file) == 105
