"""Findings as SARIF 2.1.0 (OASIS), which code hosts and editors read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from csflow import __version__
from csflow.cli.fingerprints import line_hashes
from csflow.errors import Place, Problem

LEVELS = {"error": "error", "warning": "warning", "note": "note"}
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


Lines = Callable[[str], Sequence[str]]


def sarif(problems: Iterable[Problem], lines_of: Lines) -> dict[str, Any]:
    """Return one run with a rule for each code and a result for each finding; columns count code points."""
    hashes = cache(lambda file: [*line_hashes(lines_of(file) or [""])])
    found = list(problems)
    codes = list(dict.fromkeys(problem.code for problem in found))
    driver = {"name": "csflow", "version": __version__, "rules": [*map(_rule, codes)]}
    results = [_result(problem, codes.index(problem.code), lines_of, hashes) for problem in found]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, Any]:
    """Return the description of a code; the page about it comes with the documentation, which has no address of its own."""
    about = f"{code}: see the page of codes in csflow's documentation"
    short = {"text": code.replace("-", " ")}
    return {"id": code, "shortDescription": short, "fullDescription": {"text": about}, "help": {"text": about}}


def _result(problem: Problem, rule: int, lines_of: Lines, hashes: Lines) -> dict[str, Any]:
    place = {
        "artifactLocation": {"uri": uri(problem.place.file)},
        "region": _region(problem.place, lines_of(problem.place.file)),
    }
    result = {
        "ruleId": problem.code,
        "ruleIndex": rule,
        "level": LEVELS[problem.severity],
        "message": {"text": problem.message},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"primaryLocationLineHash": _at(hashes(problem.place.file), problem.place.line)},
    }
    if problem.witness and problem.witness.script:
        result["properties"] = {"script": list(problem.witness.script)}
    return result


def _region(place: Place, lines: Sequence[str]) -> dict[str, int]:
    """Return the rest of a line from where a finding stands."""
    end = max(place.col, len(_at(lines, place.line).rstrip())) + 1
    return {"startLine": place.line, "startColumn": place.col, "endLine": place.line, "endColumn": end}


def _at(lines: Sequence[str], line: int) -> str:
    """Return a line of a file, the first where there is no such line."""
    return next(iter(lines[line - 1 : line] or lines[:1]), "")


def uri(file: str) -> str:
    """Return a file as a URI: relative to the folder of work where it lies in it, as code hosts want it."""
    path = Path(file)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
