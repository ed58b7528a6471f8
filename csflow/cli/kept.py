"""What a check found, kept by the content of all that it looked at, so that the same flow is not searched twice."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

import csflow
from csflow.errors import Place, Problem, Witness
from csflow.spec import FlowSpec, Profile

CODE = Path(csflow.__file__).parent


class Kept:
    """The findings about one flow with one profile; a cache that cannot be read or written is no cache."""

    def __init__(self, spec: FlowSpec, profile: Profile, actions: Iterable[str] | None = None) -> None:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        self.path = home / "csflow" / "check" / f"{_digest(spec, profile, actions)}.json"

    def read(self) -> list[Problem] | None:
        """Return what was found before, or None."""
        try:
            return [_problem(*row) for row in json.loads(self.path.read_text("utf-8"))]
        except (OSError, ValueError, TypeError):
            return None

    def write(self, problems: list[Problem]) -> None:
        """Keep what was found."""
        part = self.path.with_suffix(f".{os.getpid()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(problems, ensure_ascii=False), "utf-8")
            part.replace(self.path)
        except OSError:
            return


def _digest(spec: FlowSpec, profile: Profile, actions: Iterable[str] | None) -> str:
    """Return a digest of the flow's files, where they stand, the profile, the host's names, and the code that looks at them."""
    total = hashlib.sha256(f"{spec.digest}{None if actions is None else sorted(actions)}".encode())
    files = sorted({part.file for part in spec.parts.values()} | ({profile.file} if profile.file else set()))
    code = sorted(path for kind in ("py", "yaml", "txt") for path in CODE.rglob(f"*.{kind}"))
    for name in files:
        total.update(f"{Path(name).resolve()}\0".encode())
    if profile.file:
        total.update(Path(profile.file).read_bytes())
    for path in code:
        stat = path.stat()
        total.update(f"{path}\0{stat.st_mtime_ns}\0{stat.st_size}\0".encode())
    return total.hexdigest()[:32]


def _problem(code: str, place: list[object], message: str, severity: str, witness: list[list[object]] | None) -> Problem:
    return Problem(code, _place(*place), message, severity, _witness(*witness) if witness else None)


def _place(file: object, line: object, col: object) -> Place:
    return Place(str(file), int(str(line)), int(str(col)))


def _witness(facts: list[object], script: list[object]) -> Witness:
    return Witness(tuple((str(fact[0]), str(fact[1])) for fact in facts if isinstance(fact, list)), tuple(map(str, script)))
