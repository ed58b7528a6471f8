"""Phrases with holes (`{bid}能卖吗`), word classes (`{when}发货`), gaps (`退…{money}`) or punctuation, matched as sequences."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from csflow.language.clauses import Part
from csflow.language.entities import Span
from csflow.language.normalise import normalise

HOLE = re.compile(r"\{ *(\w+) *\}")
EDGES = "，。！？；：、“”…（）～,!?;:.~ \n"
"""Punctuation and space: what may stand around words, and between the steps of a pattern."""

_GAP = "…"
_WIDEST = 8
_ENTITY = "\0"
_PARTED = re.compile(r"((?:[，。！？；：、“”…（）～,!?;:.~\n]| (?![a-z0-9])|(?<![a-z0-9]) )+)")
_MARK = re.compile(r"[{，。！？；：、“”…（）～,!?;:.~]")
_UNIT = {
    "money": "^(?:块钱?|元)",
    "count": "^[个件双条只套瓶袋盒箱包台本张把份支]",
    "length_cm": "^(?:cm|厘米|公分)",
    "weight_kg": "^(?:kg|公斤|千克|斤)",
}


class Pattern(NamedTuple):
    """One pattern of an intent; `holes` are its (slot name, entity type) from left to right; `denies`: it stood under `not`."""

    intent: str
    words: str
    denies: bool
    holes: tuple[tuple[str, str], ...]


class Filled(NamedTuple):
    """A pattern found at `start` to `end` of the normalised text; `letters` of it matched, `said` of them outside the holes."""

    pattern: Pattern
    start: int
    end: int
    letters: int
    said: int
    slots: Mapping[str, tuple[Span, str]]


class Token(NamedTuple):
    """What a step of a pattern may be, standing in a text: a literal, a word of a class, an entity."""

    start: int
    end: int
    name: str
    span: Span | None = None


class _Step(NamedTuple):
    """A token's name, and whether a gap may stand before it."""

    name: str
    far: bool


class _Node:
    """Where the patterns that begin alike stand after the same steps."""

    __slots__ = ("ends", "far", "near")

    def __init__(self) -> None:
        self.near: dict[str, _Node] = {}
        self.far: dict[str, _Node] = {}
        self.ends: list[Pattern] = []

    def after(self, step: _Step) -> "_Node":
        return (self.far if step.far else self.near).setdefault(step.name, _Node())


class _Path(NamedTuple):
    """A way to a node through a text, from its `start`; `letters` are matched."""

    start: int
    letters: int
    spans: tuple[Span, ...]


_Reached = dict[int, dict[_Node, _Path]]
"""The nodes reached at a position of the text, each with the best way there."""


def is_pattern(normalised: str) -> bool:
    """Whether a normalised phrase holds a hole, a gap or punctuation inside."""
    return _MARK.search(normalised.strip()) is not None


def spoken(words: str, classes: Mapping[str, Sequence[str]]) -> str:
    """One message that a pattern stands for: the first word of each class, 0 for an entity, nothing in a gap."""
    return HOLE.sub(lambda hole: min(classes.get(hole[1], ()), default="0"), words)


class Patterns:
    """Finds patterns of `(intent, words, denies)` entries in a text whose words and entities are known.

    `holes` maps slot names to entity types, `classes` names to their words. `words` maps each text to be looked for
    to the names of the tokens that it is.
    """

    def __init__(
        self, entries: Iterable[tuple[str, str, bool]], holes: Mapping[str, str], classes: Mapping[str, Sequence[str]]
    ) -> None:
        self._root = _Node()
        self._classes = classes
        self._types: set[str] = set()
        self._later: set[str] = set()
        self._known: set[str] = set()
        self.words: dict[str, list[str]] = {}
        for intent, words, denies in entries:
            self._add(intent, words, denies, holes)

    def __bool__(self) -> bool:
        return bool(self._root.near)

    @property
    def of_entities(self) -> bool:
        """Whether any pattern has a hole for an entity."""
        return bool(self._types)

    def _add(self, intent: str, words: str, denies: bool, holes: Mapping[str, str]) -> None:
        kinds = {name: holes.get(name, name) for name in HOLE.findall(words) if name not in self._classes}
        node = self._root
        for step in _steps(words, kinds):
            if node is not self._root:
                self._later.add(step.name)
            node = node.after(step)
            self._know(step.name)
        if node is not self._root:
            named = tuple((name, kinds[name]) for name in HOLE.findall(words) if name in kinds)
            node.ends.append(Pattern(intent, words, denies, named))

    def _know(self, step: str) -> None:
        """Look for what a step may be."""
        if step in self._known:
            return
        self._known.add(step)
        if step[0] == _ENTITY:
            self._types.add(step[1:])
            return
        hole = HOLE.fullmatch(step)
        for word in self._classes[hole[1]] if hole else (step,):
            if plain := normalise(word).text.strip(EDGES):
                known = self.words.setdefault(plain, [])
                known += [step] if step not in known else []  # two words of a class may be one in plain form

    def tokens(self, spans: Iterable[Span]) -> Iterator[Token]:
        """The entities as what holes take; a bare number is whatever can be counted or measured."""
        for span in spans:
            for kind in (span.type, *_UNIT) if span.type == "number" else (span.type,):
                if kind in self._types:
                    yield Token(span.start, span.end, _ENTITY + kind, span)

    def find(self, text: str, tokens: Iterable[Token], parts: Sequence[Part]) -> list[Filled]:
        """All patterns in a normalised text, overlapping ones too; a gap stays inside one of the clauses `parts`."""
        reached: _Reached = {}
        clauses = iter(parts)
        clause = next(clauses, None)
        furthest = -1
        for token in sorted(tokens):
            while clause and clause.end <= token.start:
                clause = next(clauses, None)
            if token.name in self._root.near:
                _reach(reached, self._root.near[token.name], _Path(token.start, 0, ()), token)
            if token.start - _WIDEST <= furthest and token.name in self._later:
                _go_on(reached, token, text, clause.start if clause else len(text))
            furthest = token.end if token.end > furthest and token.end in reached else furthest
        return [
            _filled(found, path, end) for end, paths in reached.items() for node, path in paths.items() for found in node.ends
        ]


def _go_on(reached: _Reached, token: Token, text: str, floor: int) -> None:
    """Go on with a token from wherever the way has come near enough; a gap may begin after `floor`."""
    name, start = token.name, token.start
    for end in filter(reached.__contains__, range(start, max(start - _WIDEST, 0) - 1, -1)):
        near = end == start or not text[end:start].strip(EDGES)
        if not near and end <= floor:
            return
        for node, path in tuple(reached[end].items()):
            if near and name in node.near:
                _reach(reached, node.near[name], path, token)
            if end > floor and name in node.far:
                _reach(reached, node.far[name], path, token)


def _reach(reached: _Reached, node: _Node, path: _Path, token: Token) -> None:
    """Keep the way with the most letters, of equals the one with the shorter gap, which is tried first."""
    start, letters, spans = path
    letters += token.end - token.start
    known = reached.setdefault(token.end, {})
    if node not in known or known[node].letters < letters:
        known[node] = _Path(start, letters, (*spans, token.span) if token.span else spans)


def _filled(pattern: Pattern, path: _Path, end: int) -> Filled:
    slots = {name: (span, kind) for (name, kind), span in zip(pattern.holes, path.spans, strict=True)}
    said = path.letters - sum(span.end - span.start for span in path.spans)
    return Filled(pattern, path.start, end, path.letters, said, slots)


def _steps(words: str, kinds: Mapping[str, str]) -> Iterator[_Step]:
    """The steps of a pattern; `kinds` gives the entity types of its holes, other names are classes."""
    far = begun = False
    for piece in _pieces(words, kinds):
        if piece == _GAP:
            far = begun
        else:
            yield _Step(piece, far)
            far, begun = False, True


def _pieces(words: str, kinds: Mapping[str, str]) -> Iterator[str]:
    """Names of tokens and gaps; a unit behind a hole is dropped, for the entity holds it already."""
    unit = "$^"
    for number, part in enumerate(HOLE.split(words)):
        if number % 2:
            unit = _UNIT.get(kinds.get(part, ""), "$^")
            yield _ENTITY + kinds[part] if part in kinds else f"{{{part}}}"
        else:
            for piece in _PARTED.split(re.sub(unit, "", normalise(part).text)):
                if _GAP in piece:
                    yield _GAP
                elif piece.strip(EDGES):
                    yield piece
