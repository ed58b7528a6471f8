"""What is shipped and shown must pass its own checks."""

from __future__ import annotations

from pathlib import Path

import pytest

from csflow.check import check
from csflow.rulefile import load_flow, load_profile

ROOT = Path(__file__).parents[2]
FLOWS = [*sorted((ROOT / "csflow" / "packs").glob("*/flow.yaml")), *sorted((ROOT / "examples").glob("*/flow.yaml"))]


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.parent.name)
def test_no_errors_and_no_warnings(path: Path) -> None:
    """Packs and example flows have neither errors nor warnings."""
    spec = load_flow(path.parent)
    found = [str(problem) for problem in check(spec, load_profile(None, spec)) if problem.severity != "note"]
    assert found == []
