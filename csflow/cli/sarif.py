"""Findings as SARIF 2.1.0 (OASIS), which code hosts and editors read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from csflow import __version__
from csflow.errors import Problem

LEVELS = {"error": "error", "warning": "warning", "note": "note"}
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(problems: Iterable[Problem]) -> dict[str, Any]:
    """Return one run with a rule for each code and a result for each finding; columns count code points."""
    found = list(problems)
    codes = list(dict.fromkeys(problem.code for problem in found))
    driver = {"name": "csflow", "version": __version__, "rules": [*map(_rule, codes)]}
    results = [_result(problem, codes.index(problem.code)) for problem in found]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, Any]:
    """Return the description of a code; the page about it comes with the documentation, which has no address of its own."""
    about = f"{code}: see the page of codes in csflow's documentation"
    return {"id": code, "shortDescription": {"text": code.replace("-", " ")}, "help": {"text": about}}


def _result(problem: Problem, rule: int) -> dict[str, Any]:
    file, line, col = problem.place
    place = {"artifactLocation": {"uri": uri(file)}, "region": {"startLine": line, "startColumn": col}}
    result = {
        "ruleId": problem.code,
        "ruleIndex": rule,
        "level": LEVELS[problem.severity],
        "message": {"text": problem.message},
        "locations": [{"physicalLocation": place}],
    }
    if problem.witness and problem.witness.script:
        result["properties"] = {"script": list(problem.witness.script)}
    return result


def uri(file: str) -> str:
    """Return a file as a URI: relative to the folder of work where it lies in it, as code hosts want it."""
    path = Path(file)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
