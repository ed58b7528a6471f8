"""Many phrases, one pass: where each of them stands in a text."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

_WORD = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


class Match(NamedTuple):
    """Phrase `number` stands at `start` to `end` of the normalised text."""

    number: int
    start: int
    end: int


class Scanner(Protocol):
    def find_matches_as_indexes(self, haystack: str, overlapping: bool = False) -> list[tuple[int, int, int]]: ...


class PlainScanner:
    """The same answers in plain Python, for platforms without an ahocorasick-rs wheel."""

    def __init__(self, phrases: Sequence[str]) -> None:
        self._numbers: dict[str, list[int]] = {}
        self._lengths: dict[str, set[int]] = {}
        for number, phrase in enumerate(phrases):
            self._numbers.setdefault(phrase, []).append(number)
            self._lengths.setdefault(phrase[0], set()).add(len(phrase))

    def find_matches_as_indexes(self, haystack: str, overlapping: bool = False) -> list[tuple[int, int, int]]:
        """Every place of every phrase; overlapping ones always, as the recogniser asks for."""
        return [
            (number, start, start + length)
            for start, letter in enumerate(haystack)
            for length in self._lengths.get(letter, ())
            if start + length <= len(haystack)
            for number in self._numbers.get(haystack[start : start + length], ())
        ]


def scanner(phrases: Sequence[str]) -> Scanner:
    """An automaton over non-empty normalised phrases, or its plain stand-in."""
    try:
        from ahocorasick_rs import AhoCorasick
    except ImportError:
        return PlainScanner(phrases)
    return AhoCorasick(phrases)


class Phrases:
    """Finds all of its phrases in a text in one pass, whatever their number."""

    def __init__(self, phrases: Sequence[str]) -> None:
        self._edged = frozenset(n for n, phrase in enumerate(phrases) if phrase[0] in _WORD or phrase[-1] in _WORD)
        self._find = scanner(phrases).find_matches_as_indexes if phrases else None

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """All places, overlapping ones too; an ASCII edge of a phrase must be the edge of an ASCII word."""
        if self._find is None or not text:
            return []
        found = self._find(text, True)
        if found and self._edged:
            return [match for match in found if match[0] not in self._edged or whole_words(text, match[1], match[2])]
        return found


def whole_words(text: str, start: int, end: int) -> bool:
    """Whether neither edge of the span cuts through a run of ASCII letters and digits."""
    cut_before = start > 0 and text[start - 1] in _WORD and text[start] in _WORD
    return not cut_before and not (end < len(text) and text[end] in _WORD and text[end - 1] in _WORD)


_NEGATORS = (
    r"(?:(?<!要)不要|(?<!用)不用|(?<!想)不想|(?<!需要)不需要|(?<!打算)不打算|无需|(?<!有)没有?|没想|(?<![特级类区分个鉴辨性])别再?"
    r"|\bno |\bnot |\bdon'?t (?:want )?|\bdo not (?:want )?|\bwithout )$"
)
_LAST = frozenset("要用想算需有没别再ot")


def negated(text: str, start: int) -> bool:
    """Whether the words before `start` deny what stands there (不要退货, not 要不要退货), or its 不 only asks (要不要…)."""
    if start == 0:
        return False
    if text[start] in "不没" and text[start - 1] == text[start + 1 : start + 2]:
        return True
    last = text[start - 1] if text[start - 1] != " " else text[start - 2 : start - 1]
    return last in _LAST and re.search(_NEGATORS, text[max(0, start - 16) : start]) is not None


def longest(matches: Iterable[tuple[int, int, int]]) -> list[Match]:
    """Of overlapping matches the longest, the first among equals; matches of one span stay together."""
    kept: list[Match] = []
    for length, start, number in sorted([(start - end, start, number) for number, start, end in matches]):
        end = start - length
        if all(end <= other.start or other.end <= start or (start, end) == other[1:] for other in kept):
            kept.append(Match(number, start, end))
    return kept
