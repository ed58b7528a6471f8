"""Writes tests down as files that people read and review."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from csflow.testing.covering import Written
from csflow.testing.faults import Mutant
from csflow.testing.record import written_test

LINES, SHOWN = 400, 24
SUFFIX = ".talk.yaml"
TITLES: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "answers": "{part}来答", "order": "{part}先答", "condition": "{part}看条件", "limit": "{part}卡在边上",
        "often": "{part}说够为止", "target": "{part}之后", "asks": "{part}要问", "place": "{part}只在该在的地方",
        "effect": "{part}做的事", "time": "{part}到点", "heard": "听出{part}", "words": "{part}的话", "other": "{part}照旧",
    },
    "en": {
        "answers": "{part} answers", "order": "{part} comes first", "condition": "{part} looks at its condition",
        "limit": "{part} at the very limit", "often": "{part} is said often enough", "target": "after {part}",
        "asks": "{part} asks", "place": "{part} only in its place", "effect": "what {part} does", "time": "{part} in time",
        "heard": "{part} is heard", "words": "the words of {part}", "other": "{part} as ever",
    },
}  # fmt: skip
"""What tests are called, by the sort of fault that they would see."""
SORTS: Mapping[str, str] = {
    "rule-removed": "answers", "else-dropped": "answers", "branches-swapped": "order", "if-dropped": "condition",
    "guard-dropped": "condition", "comparison-flipped": "condition", "junction-changed": "condition",
    "negation-dropped": "condition", "fact-swapped": "condition", "condition-negated": "condition", "boundary-moved": "limit",
    "number-raised": "limit", "max-dropped": "often", "cap-raised": "often", "wrong-target": "target", "go-dropped": "target",
    "ask-dropped": "asks", "in-dropped": "place", "effect-dropped": "effect", "later": "time", "window-dropped": "time",
    "deadline-moved": "time", "deadline-dropped": "time", "phrase-moved": "heard", "not-dropped": "heard",
    "yields-dropped": "heard", "phrase-dropped": "heard", "variant-dropped": "words", "messages-swapped": "words",
    "figure-changed": "words", "told-swapped": "words", "question-swapped": "asks", "silenced": "words", "cap-lowered": "often",
    "tries-dropped": "asks", "earlier": "time", "since-changed": "time", "window-moved": "time", "event-dropped": "answers",
}  # fmt: skip


def title(mutant: Mutant, turn: Mapping[str, Any], language: str) -> str:
    """Return what a test is called that would see a fault in its last turn."""
    words = TITLES[language][SORTS.get(mutant.kind, "other")].format(part=mutant.part)
    said = turn.get("say")
    first = said[0] if isinstance(said, list) else said
    if not first:
        return words
    shown = first if len(first) <= SHOWN else first[:SHOWN] + "…"
    return f"{shown}：{words}" if language == "zh" else f"{shown}: {words}"


def texts(tests: Iterable[Written], language: str, taken: Collection[str], path: Path) -> Iterator[tuple[Mutant, str]]:
    """Yield each test as a text for a file or folder, with the mutant that it was made for; names are not given twice."""
    known = set(taken)
    for proof, kills in tests:
        name = _free(title(kills[0], proof.scene.turns[max(proof.expects)], language), known)
        known.add(name)
        turns = [
            {**turn, **({"expect": dict(proof.expects[at])} if at in proof.expects else {})}
            for at, turn in enumerate(proof.scene.turns)
        ]
        yield kills[0], written_test({"test": name, **_beside(proof.scene.head, path.parent if _is_file(path) else path)}, turns)


def _beside(head: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    """Return the head of a test with the way to its store profile, if it names one, from the folder where it is written."""
    return {**head, "store": Path(os.path.relpath(head["store"], folder)).as_posix()} if "store" in head else head


def _free(name: str, taken: Collection[str]) -> str:
    if name not in taken:
        return name
    return next(other for number in range(2, 10**6) if (other := f"{name} ({number})") not in taken)


def write(tests: Iterable[tuple[Mutant, str]], path: Path) -> list[Path]:
    """Append tests to a file, or in a folder to a file for each rule file; returns the files."""
    changed: dict[Path, None] = {}
    for mutant, text in tests:
        file = path if _is_file(path) else _file(path, mutant.place.file, text)
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as stream:
            stream.write(text)
        changed[file] = None
    return list(changed)


def _is_file(path: Path) -> bool:
    """Tell whether tests are to go into one file, which need not be there yet."""
    return path.suffix == ".yaml"


def _file(folder: Path, rules: str, text: str) -> Path:
    """Return the first file of a rule file's tests that has room."""
    stem = re.sub(r"^\d+_", "", Path(rules).stem)
    names = (f"edges_{stem}{'' if number == 1 else f'_{number}'}{SUFFIX}" for number in range(1, 10**6))
    return next(file for name in names if _room(file := folder / name, text))


def _room(file: Path, text: str) -> bool:
    lines = file.read_text("utf-8").count("\n") if file.is_file() else 0
    return not lines or lines + text.count("\n") <= LINES
