"""Findings as SARIF 2.1.0 (OASIS), which code hosts and editors read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from csflow import __version__
from csflow.errors import Problem

LEVELS = {"error": "error", "warning": "warning", "note": "note"}
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(problems: Iterable[Problem]) -> dict[str, Any]:
    """Return one run with a rule for each code and a result for each finding."""
    found = list(problems)
    rules = [{"id": code, "helpUri": f"check-codes.md#{code}"} for code in dict.fromkeys(problem.code for problem in found)]
    driver = {"name": "csflow", "version": __version__, "rules": rules}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": [*map(_result, found)]}]}


def _result(problem: Problem) -> dict[str, Any]:
    file, line, col = problem.place
    place = {"artifactLocation": {"uri": file}, "region": {"startLine": line, "startColumn": col}}
    result = {
        "ruleId": problem.code,
        "level": LEVELS[problem.severity],
        "message": {"text": problem.message},
        "locations": [{"physicalLocation": place}],
    }
    if problem.witness and problem.witness.script:
        result["properties"] = {"script": list(problem.witness.script)}
    return result
