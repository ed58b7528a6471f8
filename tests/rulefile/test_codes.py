"""The page of codes: complete, and true in every example."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import csflow
from csflow.errors import LoadError
from csflow.rulefile import load_flow, load_profile
from csflow.spec import FlowSpec

PACKAGE = Path(csflow.__file__).parent
PAGE = PACKAGE.parent / "docs" / "codes.md"
SECTIONS = dict(re.findall(r"^### (\S+)\n(.*?)(?=^##|\Z)", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL))
EXAMPLES = {code: found[1] for code, text in SECTIONS.items() if (found := re.search(r"```yaml\n(.*?)```", text, re.DOTALL))}
REPORTING = {"report", "Problem", "Broken", "Fault", "_Stop", "fault"}
NAMING = {"unknown", "need", "trigger"}


def codes_in(path: Path) -> Iterator[str]:
    """Yield the codes that a module reports, as they stand in its calls."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and node.args
            and isinstance(node.args[0], ast.Constant)
            and isinstance(node.args[0].value, str)
        ):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in REPORTING:
                yield node.args[0].value
            elif name in NAMING and node.args[0].value.isalpha():
                yield f"unknown-{node.args[0].value}"


@pytest.mark.parametrize("code", EXAMPLES)
def test_an_example_fails_with_its_code(code: str, load: Callable[[str], FlowSpec]) -> None:
    """Each example has exactly the problem of its section."""
    with pytest.raises(LoadError) as caught:
        load_profile(None, load(EXAMPLES[code]))
    assert [problem.code for problem in caught.value.problems] == [code]


def test_every_code_is_documented() -> None:
    """What the modules report and what the page explains are the same codes."""
    modules = [*(PACKAGE / "rulefile").glob("*.py"), *(PACKAGE / "condition").glob("*.py"), PACKAGE / "template.py"]
    composed = {"unknown-rule", "unknown-bargain"}
    assert {code for path in modules for code in codes_in(path)} | composed == set(SECTIONS)


def test_codes_without_example(load: Callable[[object], FlowSpec], tmp_path: Path) -> None:
    """What no YAML text can show is what the other tests show: missing files and bytes that are no text."""
    found = []
    for attempt in (lambda: load_flow(tmp_path), lambda: load_profile(tmp_path, load("name: a")), lambda: load(b"name: \xff")):
        with pytest.raises(LoadError) as caught:
            attempt()
        found += [problem.code for problem in caught.value.problems]
    assert set(found) == set(SECTIONS) - set(EXAMPLES)
