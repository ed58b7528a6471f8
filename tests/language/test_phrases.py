"""Many phrases in one pass."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csflow.language.phrases import Match, Phrases, PlainScanner, longest, negated, scanner


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ahocorasick_rs", None)


@pytest.mark.usefixtures("no_wheel")
def test_plain_stand_in() -> None:
    """Without the automaton's wheel the plain scanner is used."""
    assert isinstance(scanner(["退货"]), PlainScanner)


@given(st.lists(st.text("ab退货", min_size=1, max_size=4), max_size=8), st.text("ab退货 ", max_size=20))
def test_scanners_agree(phrases: list[str], text: str) -> None:
    """The automaton and its plain stand-in find the same places."""
    if phrases:
        assert sorted(scanner(phrases).find_matches_as_indexes(text, True)) == sorted(
            PlainScanner(phrases).find_matches_as_indexes(text, True)
        )


EDGES = [
    ("ok", "ok", True),
    ("ok", "那ok了", True),
    ("ok", "look", False),
    ("ok", "ok1", False),
    ("xl码", "有xl码吗", True),
    ("xl码", "有xxl码吗", False),
    ("free shipping", "any free shipping?", True),
    ("ship", "shipping", False),
]


@pytest.mark.parametrize(("phrase", "text", "found"), EDGES)
def test_ascii_edges(phrase: str, text: str, found: bool) -> None:
    """An ASCII edge of a phrase must be the edge of a word; Chinese letters may touch it."""
    assert bool(Phrases([phrase]).find(text)) is found


def test_nothing_to_find() -> None:
    """No phrases, or no text, find nothing."""
    assert Phrases([]).find("退货") == []
    assert Phrases(["退货"]).find("") == []


NEGATED = [
    ("不要退货", "退货", True),
    ("我不用退货", "退货", True),
    ("别退货", "退货", True),
    ("没退货", "退货", True),
    ("没有退货", "退货", True),
    ("不想退货", "退货", True),
    ("don't refund", "refund", True),
    ("no refund", "refund", True),
    ("do not want refund", "refund", True),
    ("to refund", "refund", False),
    ("o refund", "refund", False),
    (" refund", "refund", False),
    ("要不要退货", "退货", False),
    ("有没有赠品", "赠品", False),
    ("用不用安装", "安装", False),
    ("特别贵", "贵", False),
    ("我要退货", "退货", False),
    ("退货", "退货", False),
    ("要不要退货", "不要退货", True),
    ("我不要退货", "不要退货", False),
]


@pytest.mark.parametrize(("text", "phrase", "expected"), NEGATED)
def test_negated(text: str, phrase: str, expected: bool) -> None:
    """Words of denial directly before count; questions of the form A-not-A and look-alikes do not."""
    assert negated(text, text.index(phrase)) is expected


def test_longest_wins() -> None:
    """Of overlapping finds the longest stays, and those of one span stay together."""
    short, long, same, apart = Match(0, 2, 4), Match(1, 2, 5), Match(2, 2, 5), Match(3, 6, 8)
    assert longest([short, long, same, apart]) == [long, same, apart]
