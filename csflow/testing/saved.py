"""A failure as people read it, a conversation, and as it is kept, a conversation test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import yaml

from csflow.errors import CsflowError
from csflow.hearing import clean
from csflow.testing.acts import Act, say
from csflow.testing.watch import Finding, Watch

NAMES = {"say": "customer", "wait": "time", "event": "shop reports", "facts": "shop knows", "staff": "staff"}
WIDTH = 13


def conversation(watch: Watch, finding: Finding) -> str:
    """Return a failure as the conversation that shows it, with what went wrong on top."""
    problem = finding.problem
    lines = [f"{problem.code}: {problem.message}", f"at {problem.place}", *_told(watch, finding.acts)]
    return "\n".join(lines)


def _told(watch: Watch, acts: Sequence[Act]) -> Iterator[str]:
    chat = watch.start()
    for act in acts:
        yield f"  {NAMES[act.kind]:{WIDTH}} {_shown(act)}"
        try:
            replies = chat.play(act).replies
        except CsflowError as error:
            yield f"  {'':{WIDTH}} {error}"
            return
        yield from (f"  {'bot':{WIDTH}} {reply}" for reply in replies)


def _shown(act: Act) -> str:
    words = " / ".join(act.value) if act.kind == "say" else act.value if isinstance(act.value, str) else _flat(act.value)
    return f"{words} {_flat(act.facts)}" if act.facts else str(words)


def _flat(facts: Any) -> str:
    return ", ".join(f"{name} = {value}" for name, value in facts.items())


def as_test(finding: Finding) -> str:
    """Return a failure as the text of a `*.talk.yaml` file; the test fails until the fault is gone."""
    name = f"{finding.problem.code} {crc32(repr(finding.acts).encode('utf-8', 'replace')):08x}"
    test = {"test": name, "holds": True, "turns": [_written(act).plain for act in finding.acts]}
    text = yaml.safe_dump([test], allow_unicode=True, sort_keys=False, width=120)
    return f"# {finding.problem.code}: {finding.problem.message}\n".replace("\n", " ").rstrip() + "\n" + text


def _written(act: Act) -> Act:
    """Return an act as a file can hold it: a message as the engine takes it, without letters that are none."""
    return say(*map(clean, act.value)) if act.kind == "say" else act


def save(finding: Finding, folder: str | Path) -> Path:
    """Write a failure into a folder as a conversation test named after its fault; returns the file."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{finding.problem.code}_{finding.problem.place.line}.talk.yaml"
    path.write_text(as_test(finding), "utf-8", errors="replace")
    return path
