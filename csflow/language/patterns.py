"""Phrases with holes (`{bid}能卖吗`) or punctuation: with one private character an entity, patterns are plain phrases too."""

import re
from collections.abc import Mapping, Sequence
from itertools import product
from typing import NamedTuple

from csflow.language.entities import Span
from csflow.language.normalise import normalise
from csflow.language.phrases import Phrases

HOLE = re.compile(r"\{ *(\w+) *\}")
SEPARATOR = re.compile(r"[，。！？；：、“”…（）～,!?;:.~ \n]+")
_MARK = re.compile(r"[{，。！？；：、“”…（）～,!?;:.~]")
_NUMERIC = ("money", "count", "length_cm", "weight_kg")
_FIRST = 0xE000
_UNIT = {
    "money": "块钱?|元",
    "count": "[个件双条只套瓶袋盒箱包台本张把份支]",
    "length_cm": "cm|厘米|公分",
    "weight_kg": "kg|公斤|千克|斤",
}


class Pattern(NamedTuple):
    """One pattern of an intent; `holes` are its (slot name, entity type) from left to right."""

    intent: str
    words: str
    holes: tuple[tuple[str, str], ...]
    short: bool


class Filled(NamedTuple):
    """A pattern found at `start` to `end` of the normalised text, its holes filled."""

    pattern: Pattern
    start: int
    end: int
    slots: Mapping[str, tuple[Span, str]]


def is_pattern(normalised: str) -> bool:
    """Whether a normalised phrase holds a hole or punctuation inside."""
    return _MARK.search(normalised.strip()) is not None


class Patterns:
    """Finds patterns of `(intent, words)` entries in a text whose entities are known."""

    def __init__(self, entries: Sequence[tuple[str, str]], holes: Mapping[str, str]) -> None:
        self._codes: dict[str, str] = {}
        self._forms: list[tuple[str, Pattern]] = []
        self._literals = "\n".join(normalise(part).text for _, words in entries for part in HOLE.split(words)[::2])
        for intent, words in entries:
            self._add(intent, words, holes)
        self._phrases = Phrases([form for form, _ in self._forms])
        self._all_holed = all(pattern.holes for _, pattern in self._forms)

    def __bool__(self) -> bool:
        return bool(self._forms)

    def _add(self, intent: str, words: str, holes: Mapping[str, str]) -> None:
        literals = [normalise(part).text for part in HOLE.split(words)[::2]]
        names = HOLE.findall(words)
        types = [holes.get(name, name) for name in names]
        letters = sum(letter.isalnum() for literal in literals for letter in literal)
        pattern = Pattern(intent, words, tuple(zip(names, types, strict=True)), letters < 2)
        for codes in product(*map(self._alternatives, types)):
            if form := _close(literals[0] + "".join(map(self._after, codes, types, literals[1:]))):
                self._forms.append((form, pattern))

    def _after(self, code: str, kind: str, literal: str) -> str:
        """A hole and what follows; the unit behind it belongs to the entity, but for a bare number."""
        unit = _UNIT.get(kind)
        return code + (re.sub(f"^(?:{unit})", "", literal) if unit and code == self._codes[kind] else literal)

    def _alternatives(self, kind: str) -> list[str]:
        return [self._code(kind), self._code("number")] if kind in _NUMERIC else [self._code(kind)]

    def _code(self, kind: str) -> str:
        return self._codes.setdefault(kind, chr(_FIRST + len(self._codes)))

    def find(self, text: str, spans: Sequence[Span]) -> list[Filled]:
        """All patterns in a normalised text, overlapping ones too; a figure that a pattern spells out also stands for itself."""
        holes = [span for span in spans if span.type in self._codes]
        if not holes and self._all_holed:
            return []
        found = self._shaped(_Shape(text, holes, self._codes))
        unsaid = [span for span in holes if text[span.start : span.end] not in self._literals]
        if len(unsaid) < len(holes):
            found += self._shaped(_Shape(text, unsaid, self._codes))
        return list({(filled.pattern, filled.start, filled.end): filled for filled in found}.values()) if found else []

    def _shaped(self, shape: "_Shape") -> list[Filled]:
        return [self._filled(shape, *found) for found in self._phrases.find(shape.text)]

    def _filled(self, shape: "_Shape", index: int, start: int, end: int) -> Filled:
        pattern = self._forms[index][1]
        slots = dict(zip((name for name, _ in pattern.holes), shape.entities(start, end), strict=True))
        typed = {name: (slots[name], kind) for name, kind in pattern.holes}
        return Filled(pattern, *shape.span(start, end), typed)


class _Shape:
    """A text whose entities are single characters and whose separators are gone, with the way back."""

    def __init__(self, text: str, spans: Sequence[Span], codes: Mapping[str, str]) -> None:
        self._at = {span.start: span for span in spans}
        self._places = list(range(len(text)))
        for span in reversed(spans):
            text = text[: span.start] + codes[span.type] + text[span.end :]
            self._places[span.start + 1 : span.end] = []
        for start, end in reversed(_gaps(text)):
            text = text[:start] + text[end:]
            self._places[start:end] = []
        self.text = text

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original span of characters `start` to `end`."""
        last = self._places[end - 1]
        return self._places[start], self._at[last].end if last in self._at else last + 1

    def entities(self, start: int, end: int) -> list[Span]:
        return [self._at[place] for place in self._places[start:end] if place in self._at]


def _gaps(text: str) -> list[tuple[int, int]]:
    """Where separators stand; one space stays between ASCII words."""
    gaps = [(found.start(), found.end()) for found in SEPARATOR.finditer(text)]
    return [(start + _between_words(text, start, end), end) for start, end in gaps]


def _between_words(text: str, start: int, end: int) -> bool:
    return text[start:end].isspace() and _latin(text[start - 1 : start]) and _latin(text[end : end + 1])


def _latin(letter: str) -> bool:
    return letter.isascii() and letter.isalnum()


def _close(form: str) -> str:
    for start, end in reversed(_gaps(form)):
        form = form[:start] + form[end:]
    return form
