"""The manuals in the packs: every prescription is realised where the seeds say so, or waived with a reason."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from csflow.cli.trace import page, traced
from csflow.trace import SEEDS, Entry, Trace, load_seeds

ROOT = Path(__file__).parents[1]
MANUALS = ROOT.parent / "shared" / "manuals"
GRAVE = ("high", "serious")
RUN = 8
needs_manuals = pytest.mark.skipif(
    not MANUALS.is_dir(), reason="the manuals that the seeds were written from are not beside the project"
)


@cache
def entries() -> dict[str, Entry]:
    return load_seeds()


@pytest.fixture(scope="module")
def found() -> Trace:
    return traced()


@cache
def items() -> dict[str, dict[str, Any]]:
    """Return the manuals' prescriptions by id."""
    files = [yaml.load(path.read_text("utf-8"), yaml.CSafeLoader) for path in sorted(MANUALS.glob("*.yaml"))]
    return {item["id"]: item for file in files for item in file["items"]}


def test_the_seeds_are_whole() -> None:
    """One file a manual, 426 entries, in order of their manual and under ids of their own manual."""
    counts = Counter(name.split("-")[0] for name in entries())
    assert sum(counts.values()) == 426
    for path in SEEDS.glob("*.yaml"):
        assert all(name.startswith(f"{path.stem}-") for name in re.findall(r"^- id: (\S+)", path.read_text("utf-8"), re.M))
    assert counts.keys() == {path.stem for path in SEEDS.glob("*.yaml")} == {"M0", "M1", "M2", "M3", "M4"}


def test_what_is_realised_is_cited(found: Trace) -> None:
    """A rule, follow-up, fact or check cites each entry that is realised."""
    uncited = [
        e.id for e in entries().values() if e.status == "realised" and not found.of(e.id, "rule", "follow-up", "fact", "check")
    ]
    assert uncited == []


def test_what_is_waived_is_not_cited(found: Trace) -> None:
    """Nothing claims to realise an entry that is waived."""
    assert [e.id for e in entries().values() if e.status == "waived" and found.of(e.id)] == []


def test_citations_resolve(found: Trace) -> None:
    """Whatever the packs cite is an entry of the seeds."""
    assert {seed: found.of(seed)[0] for seed in found.found if seed not in entries()} == {}


def test_forbidden_moves_are_watched(found: Trace) -> None:
    """Each realised entry with a grave caution has a check or a conversation test that fails if a reply does it."""
    grave = [e for e in entries().values() if e.status == "realised" and e.caution and e.caution.level in GRAVE]
    assert len(grave) >= 30
    assert [entry.id for entry in grave if not found.of(entry.id, "check", "test")] == []


def test_the_table_in_the_docs_is_fresh(found: Trace) -> None:
    """docs/manuals.md holds what `csflow trace --markdown` prints."""
    assert "\n".join(page(entries().values(), found)) in (ROOT / "docs" / "manuals.md").read_text("utf-8")


@needs_manuals
def test_no_prescription_is_forgotten() -> None:
    """The seeds have the entries of the manuals, all of them and no other."""
    assert entries().keys() == items().keys()


@needs_manuals
def test_cautions_are_kept() -> None:
    """An entry that the manuals caution against keeps its caution and its level."""
    levels = {name: (item.get("caution") or {}).get("level") for name, item in items().items()}
    kept = {name: entry.caution.level if entry.caution else None for name, entry in entries().items()}
    assert {name: (kept[name], level) for name, level in levels.items() if kept[name] != level} == {}


@needs_manuals
def test_the_words_are_our_own() -> None:
    """No eight words in a row of a seed stand in the entry that it was written from."""
    assert [name for name, entry in entries().items() if _runs(_text(entry)) & _runs(str(items()[name]))] == []


def _text(entry: Entry) -> str:
    return f"{entry.prescribes} / {entry.caution.ship if entry.caution else ''} / {entry.reason or ''}"


def _runs(text: str) -> set[tuple[str, ...]]:
    return set(_windows(re.findall(r"[a-z0-9]+|/", text.lower())))


def _windows(words: list[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1))
