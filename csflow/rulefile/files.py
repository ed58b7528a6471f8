"""Finds a flow's files and reads each into a `FileSpec`, leaving out what cannot be used so that the rest is still looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from os.path import isdir, isfile
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from csflow.errors import LoadError, Place, Problem, hint
from csflow.rulefile.messages import NOTHING, shape_problems
from csflow.rulefile.source import Source, read
from csflow.spec import FileSpec

PACKS = Path(__file__).parent.parent / "packs"
SECTIONS = ("facts", "slots", "intents", "words", "events", "states", "types", "calls", "bargains", "follow_ups")
PACK_NAME = re.compile(r"[^\W\d][\w-]{0,63}")


@dataclass(frozen=True)
class Loaded:
    """One file: its source, what of it is usable, and the numbers that its usable lists have in the file."""

    source: Source
    spec: FileSpec
    lists: tuple[int, ...]


def find_flow(source: str | Path) -> tuple[Path, str]:
    """Return a flow's folder or file, and how its path is written in problems.

    Raises:
        LoadError: when there is no such pack and no such path.
    """
    shown = str(source)
    if isinstance(source, str) and (pack := find_pack(source)) is not None:
        return pack, pack.as_posix()
    path = Path(source)
    if isfile(path) or isfile(path / "flow.yaml"):
        return path, path.as_posix()
    why = "this folder has no flow.yaml" if isdir(path) else f"there is no such pack, file or folder{hint(shown, pack_names())}"
    raise LoadError([Problem("no-flow", Place(shown, 1, 1), why)])


def find_pack(name: str, *beside: Path, packs: Path = PACKS) -> Path | None:
    """Return the folder of a pack that comes with csflow or stands beside a flow; names only, never paths."""
    if not PACK_NAME.fullmatch(name):
        return None
    return next((home / name for home in (packs, *beside) if (home / name / "flow.yaml").is_file()), None)


def pack_names() -> list[str]:
    """Return the names of the packs that come with csflow."""
    return sorted(path.parent.name for path in PACKS.glob("*/flow.yaml"))


def files_of(root: Path, shown: str) -> Iterator[tuple[Path, str]]:
    """Yield a flow's rule files in their order, each with its name in problems."""
    if root.is_file():
        yield root, shown
        return
    rules = sorted(path.relative_to(root).as_posix() for path in (root / "rules").rglob("*.yaml"))
    for name in ("flow.yaml", "facts.yaml", *rules):
        if (root / name).is_file():
            yield root / name, f"{shown.rstrip('/')}/{name}"


def load_file(path: Path, shown: str) -> Loaded:
    """Read one rule file; its faults stand in `source.problems`."""
    return usable(read(path, shown))


def usable(source: Source) -> Loaded:
    """Return what of a file that was read can be used; its faults are added to `source.problems`."""
    data = source.data
    if data is not None and not isinstance(data, dict):
        source.report("wrong-type", source.node(()).start, "a rule file is a mapping (`rules: …`)")
        data = None
    for start in source.empty if source.root else ():
        source.report("empty-value", start, NOTHING)
    return _model(source, data or {})


def _model(source: Source, data: dict[str, Any]) -> Loaded:
    try:
        spec = FileSpec.model_validate(data)
    except ValidationError as error:
        source.problems += shape_problems(source, error)
        return _salvaged(source, data, {detail["loc"][:2] for detail in error.errors(include_url=False)})
    return Loaded(source, spec, tuple(range(len(spec.rules))))


def _salvaged(source: Source, data: dict[str, Any], bad: Set[tuple[Any, ...]]) -> Loaded:
    """Return what is usable of a file: all but the entries in which the validation found faults."""
    good: dict[str, Any] = {}
    lists: tuple[int, ...] = ()
    for key, value in data.items():
        if key in SECTIONS and isinstance(value, dict):
            good[key] = {name: item for name, item in value.items() if (key, name) not in bad}
        elif key == "rules" and isinstance(value, list):
            lists = tuple(number for number in range(len(value)) if (key, number) not in bad)
            good[key] = [value[number] for number in lists]
        elif all(step[0] != key for step in bad):
            good[key] = value
    return Loaded(source, FileSpec.model_validate(good), lists)
