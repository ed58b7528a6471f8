"""A small flow to begin with: rule files, a store profile and conversation tests, in a new folder."""

from __future__ import annotations

import re
from pathlib import Path

from csflow.errors import CsflowError
from csflow.rulefile.files import find_pack

TEMPLATES = Path(__file__).parent / "templates"
NAME = re.compile(r"[^\W\d]\w{0,63}")


class ScaffoldError(CsflowError):
    """A flow cannot be begun under this name."""


def create(name: str, parent: Path) -> list[Path]:
    """Write a small flow into the folder `name` under `parent`; returns the files written.

    Raises:
        ScaffoldError: the name is not one word, belongs to a shipped pack, or is taken.
    """
    folder = parent / name
    _refuse(name, folder)
    sources = sorted(path for path in TEMPLATES.rglob("*.yaml"))
    return [_write(folder / source.relative_to(TEMPLATES), source.read_text("utf-8").replace("NAME", name)) for source in sources]


def _refuse(name: str, folder: Path) -> None:
    if not NAME.fullmatch(name):
        raise ScaffoldError(f"{name!r} is not a name; use letters, digits and _, a letter first")
    if find_pack(name) is not None:
        raise ScaffoldError(f"{name!r} is a pack that comes with csflow; choose another name")
    if folder.exists() or folder.is_symlink():
        raise ScaffoldError(f"{name!r} exists already; nothing was written")


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path
