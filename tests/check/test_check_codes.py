"""The page of check codes: every code has a flow with the fault and the same flow mended, and both are true."""

from __future__ import annotations

import importlib
import re
from inspect import isfunction
from pathlib import Path
from typing import Any

import pytest

import csflow.check
import csflow.handlers
from csflow.check import check
from csflow.check.lexicon import lexicon
from csflow.errors import Problem
from csflow.rulefile import load_flow, load_profile

PAGE = Path(__file__).parents[2] / "docs" / "check-codes.md"
SECTIONS = dict(re.findall(r"^## ([a-z-]+)\n(.*?)(?=^## |\Z)", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE))
SHOWN = [code for code in SECTIONS if code != "missing-extra"]
SEVERITIES = re.compile(r"\*(error|warning|note)\*")
USED = re.compile(r"Problem\(\s*\"([a-z-]+)\"")
STORE = "profile: shop\nlimits: {contact: platform}\nstore: {motto: 用心}\n"
CUP = "profile: shop\nproducts: {cup: {price: '20.00', floor_price: '25.00'}}\n"


def actions(code: str) -> dict[str, Any] | None:
    """Return the host's functions that a section shows, or the names that it gives for `--actions`."""
    functions: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", SECTIONS[code], re.DOTALL):
        exec(block, functions)  # noqa: S102 - our own page
    found = {name: value for name, value in functions.items() if isfunction(value)}
    named = re.findall(r"`--actions ([a-z,]+)`", SECTIONS[code])
    return found or (dict.fromkeys(named[0].split(",")) if named else None)


def findings(text: str, folder: Path, code: str) -> list[Problem]:
    """Check a flow that is one file."""
    (folder / "flow.yaml").write_text(text, "utf-8")
    store = folder / "shop.yaml"
    store.write_text(STORE if "store.motto" in text else CUP, "utf-8")
    spec = load_flow(folder / "flow.yaml")
    return check(
        spec, load_profile(store if "store.motto" in text or "product.floor_price" in text else None, spec), actions=actions(code)
    )


@pytest.mark.parametrize("code", SHOWN)
def test_example(code: str, tmp_path: Path) -> None:
    """The first example of a section has exactly its fault, with a severity that the section names, and notes at most."""
    faulty, _ = re.findall(r"```yaml\n(.*?)```", SECTIONS[code], re.DOTALL)
    found = [p for p in findings(faulty, tmp_path, code) if p.severity != "note" or p.code == code]
    assert {problem.code for problem in found} == {code}
    assert {problem.severity for problem in found} == set(SEVERITIES.findall(SECTIONS[code]))


@pytest.mark.parametrize("code", SHOWN)
def test_mended_example(code: str, tmp_path: Path) -> None:
    """The second example of a section has no finding but notes of another kind."""
    _, mended = re.findall(r"```yaml\n(.*?)```", SECTIONS[code], re.DOTALL)
    assert [p for p in findings(mended, tmp_path, code) if p.severity != "note" or p.code == code] == []


def test_without_the_solver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the solver is not installed a note says so, and the search still finds what it finds."""
    monkeypatch.setattr(importlib.import_module("csflow.check.proofs"), "find_spec", lambda name: None)
    faulty, _ = re.findall(r"```yaml\n(.*?)```", SECTIONS["limit-broken"], re.DOTALL)
    found = findings(faulty, tmp_path, "limit-broken")
    assert {(p.code, p.severity) for p in found} == {("missing-extra", "note"), ("limit-broken", "error")}


def test_every_code_is_documented() -> None:
    """The page has a section for every code that the checks use, and for no other."""
    files = [*Path(csflow.check.__file__).parent.glob("*.py"), Path(csflow.handlers.__file__)]
    used = {code for file in files for code in USED.findall(file.read_text("utf-8"))}
    used |= {rule.code for language in ("zh", "en") for rule in lexicon(language).rules.values()}
    assert used == set(SECTIONS)
