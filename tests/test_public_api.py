"""The front door: what `csflow` offers, and that all of it says what it does."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

import csflow

NAMES = [name for name in csflow.__all__ if not name.startswith("_")]
PACKAGES = ("csflow.check", "csflow.host", "csflow.language", "csflow.rulefile", "csflow.testing")
OFFERED = {f"{package}.{name}": (package, name) for package in PACKAGES for name in importlib.import_module(package).__all__}


def members(owner: Any) -> Iterator[tuple[str, Any]]:
    """Yield the public methods and properties that a class of csflow defines itself; other things have none."""
    for name, member in vars(owner).items() if inspect.isclass(owner) else ():
        function = member.fget if isinstance(member, property) else getattr(member, "func", getattr(member, "__func__", member))
        if not name.startswith("_") and inspect.isfunction(function):
            yield name, function


def test_names() -> None:
    """These are the names that stay stable; a new one is added here on purpose."""
    assert csflow.__all__ == [
        "ActionError", "Conversation", "CsflowError", "Due", "Effect", "EventError", "FactError", "Facts", "Flow", "Host",
        "LoadError", "Message", "Problem", "Report", "Result", "Snapshot", "SnapshotError", "Staff", "StaffError", "StoreError",
        "Turn", "VersionError", "__version__", "load", "step",
    ]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_documented(name: str) -> None:
    """Every public name, and each of its public methods, has a docstring that ends its first sentence."""
    offered = getattr(csflow, name)
    silent = [member for member, function in [(name, offered), *members(offered)] if not _speaks(function)]
    assert silent == []


@pytest.mark.parametrize(("package", "name"), OFFERED.values(), ids=OFFERED)
def test_packages_documented(package: str, name: str) -> None:
    """What the inner packages offer, with its public methods, has docstrings too."""
    offered = getattr(importlib.import_module(package), name)
    silent = [member for member, function in [(name, offered), *members(offered)] if not _speaks(function)]
    assert silent == []


def _speaks(offered: Any) -> bool:
    lines = (inspect.getdoc(offered) or "").split("\n\n")[0]
    return lines.rstrip().endswith((".", ":", "`"))


def test_unknown_name() -> None:
    """An unknown name is an attribute error that names it."""
    with pytest.raises(AttributeError, match="'csflow' has no attribute 'Flwo'"):
        _ = csflow.Flwo


def test_dir() -> None:
    """`dir(csflow)` shows the public names."""
    assert dir(csflow) == csflow.__all__


def test_star_import() -> None:
    """`from csflow import *` gives every public name."""
    code = "from csflow import *; import csflow; assert set(csflow.__all__) <= set(globals())"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - our own code


def test_module_docstrings() -> None:
    """The package itself says what it is."""
    assert (csflow.__doc__ or "").startswith("Service conversations")
