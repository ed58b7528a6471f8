"""Checks of a flow that uses a pack: findings stand in the file that they are about."""

from __future__ import annotations

from pathlib import Path

from csflow.check import check
from csflow.rulefile import load_flow, load_profile

PACK = """\
facts: {a: text, b: text}
intents: {hello: {examples: [你好呀]}}
rules:
  - when: [hello, unknown]
    choose:
      - {id: hello.known, if: known(a), say: "{{ a }}", go: farewell}
      - {id: hello.plain, else: true, say: "{{ b }}", go: farewell}
"""
OWN = """\
use: base
rules:
  - when: [hello, unknown]
    choose:
      - {id: hello.plain, override: true, else: true, say: "A{{ a }}", go: farewell}
"""


def checked(folder: Path, own: str, base: str = PACK) -> list[str]:
    """Write a flow and the pack beside it, and return the findings as `CODE folder line:col`."""
    for name, text in (("base", base), ("own", own)):
        (folder / name).mkdir()
        (folder / name / "flow.yaml").write_text(text, "utf-8")
    spec = load_flow(folder / "own")
    found = check(spec, load_profile(None, spec), prove=False)
    return [f"{p.code} {Path(p.place.file).parent.name} {p.place.line}:{p.place.col}" for p in found]


def test_override(tmp_path: Path) -> None:
    """A rule that replaces a pack's is judged in its place among the pack's rules, and found in its own file."""
    assert checked(tmp_path, OWN) == ["unused-fact base 1:18", "missing-fact-in-reply own 5:65"]


def test_pack_alone(tmp_path: Path) -> None:
    """What the pack itself does wrong is found in the pack."""
    assert checked(tmp_path, "use: base\n") == ["missing-fact-in-reply base 7:48"]


def test_waived_in_the_pack(tmp_path: Path) -> None:
    """A waiver in a pack's file holds for the flows that use it."""
    base = PACK.replace("facts:", "facts: # csflow: allow unused-fact because flows say it\n ", 1)
    assert checked(tmp_path, OWN, base) == ["missing-fact-in-reply own 5:65"]
