"""Imports point one way: a module imports only from lower floors, and on its own floor only from what stands before it."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import csflow

ROOT = Path(csflow.__file__).parent
FLOORS = (
    "errors",
    "condition template values notation",
    "spec",
    "snapshot events machine bind language reply rulefile handlers",
    "parts flow",
    "tally bargain timers draft deeds hearing moves rules questions conversation turn",
    "diff check testing graph scaffold trace migration host",
    "serve",
    "cli __main__",
)
HEIGHT = {name: (floor, order) for floor, names in enumerate(FLOORS) for order, name in enumerate(names.split())}
LOCAL = {
    ("flow", "conversation"): "Flow.start hands out the in-memory conversation",
    ("conversation", "turn"): "turn offers Conversation among the names of the engine, so it must be loaded first",
}
FOR_TYPES = {
    ("flow", "conversation"): "what Flow.start returns",
    ("events", "language"): "a turn's why holds what was heard",
    ("timers", "draft"): "the draft calls the timers",
    ("tally", "draft"): "the draft holds the tally",
}
HEAVY = (
    "pydantic", "transitions", "ahocorasick_rs", "opencc", "rich", "prompt_toolkit", "asyncio", "importlib.metadata",
    "sqlalchemy",
)  # fmt: skip


class Import(NamedTuple):
    """An import of one module of csflow by another: at the top, inside a function, or for types only."""

    source: str
    target: str
    kind: str


def modules() -> dict[str, Path]:
    """Return all modules by their dotted name below csflow."""
    paths = {path.relative_to(ROOT).with_suffix(""): path for path in ROOT.rglob("*.py")}
    return {".".join(name.parts).removesuffix(".__init__"): path for name, path in paths.items() if str(name) != "__init__"}


def imports(name: str, path: Path) -> Iterator[Import]:
    """Yield what a module imports from csflow."""
    tree = ast.parse(path.read_text("utf-8"))
    for_types = {id(inner) for node in ast.walk(tree) if _is_for_types(node) for inner in ast.walk(node)}
    local = {id(inner) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        kind = "types" if id(node) in for_types else "local" if id(node) in local else "top"
        for target in _targets(node):
            yield Import(name, target, kind)


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _targets(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "csflow":
        below = node.module.partition(".")[2]
        for alias in node.names:
            name = f"{below}.{alias.name}".lstrip(".")
            yield name if name in MODULES else below
    elif isinstance(node, ast.Import):
        yield from (alias.name.partition(".")[2] for alias in node.names if alias.name.startswith("csflow."))


MODULES = modules()
IMPORTS = [found for name, path in MODULES.items() for found in imports(name, path) if found.target]


def unit(module: str) -> str:
    """Return the file or package directly below csflow that a module belongs to."""
    return module.partition(".")[0]


def test_every_module_has_a_floor() -> None:
    """A new file or package is given its floor in the table above."""
    assert {unit(name) for name in MODULES} <= HEIGHT.keys()


def test_imports_point_down() -> None:
    """No module imports from above; the named exceptions are needed, each for its reason."""
    upward = {(unit(i.source), unit(i.target), i.kind) for i in IMPORTS if HEIGHT[unit(i.target)] > HEIGHT[unit(i.source)]}
    exceptions = {(*pair, "local") for pair in LOCAL} | {(*pair, "types") for pair in FOR_TYPES}
    assert upward == exceptions


def test_no_cycles() -> None:
    """The modules can be put into an order in which each imports only earlier ones."""
    graph: dict[str, set[str]] = {}
    for found in IMPORTS:
        if found.kind == "top" and found.source != found.target:
            graph.setdefault(found.source, set()).add(found.target)
    assert list(TopologicalSorter(graph).static_order())


def test_only_the_machine_knows_transitions() -> None:
    """The state machine's package is behind one module."""
    knowing = {name for name, path in MODULES.items() if "transitions" in _packages(path)}
    assert knowing == {"machine"}


def _packages(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    direct = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {name.split(".")[0] for name in direct | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}}


def test_import_is_light() -> None:
    """`import csflow` loads none of the heavy packages."""
    code = f"import csflow, sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own code
    assert done.stdout.strip() == "[]"
