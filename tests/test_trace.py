"""From an entry of the seeds to the rules, follow-ups, facts and tests that cite it."""

from __future__ import annotations

from pathlib import Path

import pytest

from csflow.errors import LoadError
from csflow.rulefile import load_flow
from csflow.testing import load_talks
from csflow.trace import NoEntryError, find_entry, load_seeds, trace

ENTRY = "- {id: T-1, source: first, prescribes: Greet., status: realised}\n"
FLOW = """
name: shop
cites: [T-1]
facts: {store.min: {type: money, cites: T-2}}
intents: {hello: {phrases: [你好]}}
rules:
  - when: hello
    choose:
      - {id: own, if: store.min > 5.00, say: x, cites: [T-3]}
      - {id: plain, else: true, say: y}
follow_ups:
  later: {since: silence, after: 1d, say: z, cites: [T-4]}
"""
TALKS = """
- test: expects a rule
  turns: [{say: 你好, expect: {rules: [own]}}]
- test: cites by itself
  cites: T-5
  turns: [{say: 你好}]
"""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("id: T-1\n", "wrong-type"),
        ("- {id: T-1}\n", "missing-key"),
        (ENTRY + ENTRY, "duplicate-id"),
        ("- {id: T-1, source: s, prescribes: p, status: done}\n", "bad-value"),
        ("- {id: T-1, source: s, prescribes: p, status: waived}\n", "bad-value"),
        ("- {id: T-1, source: s, prescribes: p, status: realised, reason: r}\n", "bad-value"),
        ("- {id: T-1, source: s, prescribes: p, status: realised, caution: {level: grave, ship: x}}\n", "bad-value"),
        ("- [\n", "yaml-syntax"),
    ],
)
def test_seeds_that_cannot_be_read(tmp_path: Path, text: str, code: str) -> None:
    """A file of seeds is read strictly; a waived entry, and only that, gives its reason."""
    (tmp_path / "T.yaml").write_text(text, "utf-8")
    with pytest.raises(LoadError) as caught:
        load_seeds(tmp_path)
    assert code in {problem.code for problem in caught.value.problems}


def test_no_seeds(tmp_path: Path) -> None:
    """A folder without files holds no entries, and an unknown id has its closest one named."""
    assert load_seeds(tmp_path) == {}
    (tmp_path / "T.yaml").write_text(ENTRY, "utf-8")
    with pytest.raises(NoEntryError, match="did you mean 'T-1'"):
        find_entry("T-11", load_seeds(tmp_path))


def test_what_cites_an_entry(tmp_path: Path) -> None:
    """A rule's own entries go before its list's, which go before its file's; a test counts for what it expects and cites."""
    (tmp_path / "flow.yaml").write_text(FLOW, "utf-8")
    (tmp_path / "a.talk.yaml").write_text(TALKS, "utf-8")
    found = trace([(load_flow(tmp_path), load_talks(tmp_path / "a.talk.yaml"))])
    cited = {
        seed: [(citation.kind, citation.name) for citation in found.of(seed)] for seed in ("T-1", "T-2", "T-3", "T-4", "T-5")
    }
    assert cited == {
        "T-1": [("rule", "plain")],
        "T-2": [("fact", "store.min")],
        "T-3": [("rule", "own"), ("test", "expects a rule")],
        "T-4": [("follow-up", "later")],
        "T-5": [("test", "cites by itself")],
    }
    assert found.of("T-3", "test")[0].place.file.endswith("a.talk.yaml")
    assert found.of("T-6") == []
