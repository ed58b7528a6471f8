"""The deterministic recogniser: phrases first, patterns with holes next, likeness to examples last."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import partial
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from csflow.language.clauses import Part, split
from csflow.language.entities import Entities, Span, as_type
from csflow.language.excluded import Excluded
from csflow.language.heard import Clause, Entity, Heard, Hit, Words
from csflow.language.jury import ENOUGH, Jury
from csflow.language.normalise import Normal, normalise
from csflow.language.patterns import EDGES, Filled, Patterns, Token, is_pattern, spoken
from csflow.language.phrases import Phrases, longest, negated
from csflow.language.similar import Likeness, Similar, core, grams
from csflow.language.vocabulary import PARTICLES

_ENOUGH = 0.5
_MOST = 2 / 3
_ASKED = 3  # letters of a question that was not understood, and of what only tells: less is small talk
_TOLD = 7
_MASKED = re.compile(r"[\[(（^_]|[>=].[<=]|://|www\.|订单.{1,2}[:：]|商品..?.?[:：]")
_BLANK = "\n"
_STRIPPED = ("link", "image", "mask", "order_no", "phone", "address")
_NOTHING: Mapping[str, str] = MappingProxyType({})
_NO_NAMES: Mapping[str, Mapping[str, str]] = MappingProxyType({})
_NO_WORDS: Mapping[str, Sequence[str]] = MappingProxyType({})
_NOBODY: Set[str] = frozenset()
_NO_YIELDING: Mapping[str, Set[str]] = MappingProxyType({})


class _Term(NamedTuple):
    """What an intent says about one phrase; `short` ones count only as the whole clause, `last` ones only at its end."""

    intent: str
    how: str
    words: str
    short: bool
    last: bool


class _Found(NamedTuple):
    """A term at its place, `letters` of it matched, holes filled."""

    term: _Term
    start: int
    end: int
    letters: int
    filled: Filled | None = None


class RuleRecogniser:
    """Hears intents by their words alone; without chance, network or state, whatever the order of the intents.

    `holes` maps slot names to entity types, `names` an entity type to `{surface form: value}`, `words` the name of a
    word class to its words, `yielding` an intent to those it steps back before; `minor` minor units make a major unit
    of money. Phrases without examples cost one pass over the text, however many they are.
    """

    def __init__(
        self,
        intents: Mapping[str, Words],
        holes: Mapping[str, str] = _NOTHING,
        names: Mapping[str, Mapping[str, str]] = _NO_NAMES,
        minor: int = 100,
        words: Mapping[str, Sequence[str]] = _NO_WORDS,
        yielding: Mapping[str, Set[str]] = _NO_YIELDING,
    ) -> None:
        ordered = sorted(intents.items())
        self._minor = minor
        self._yielding = yielding
        self._slight = {name for name, before in yielding.items() if len(before) >= len(intents) - 1}
        self._entities = Entities(names, minor)
        said = list(_said(ordered))
        self._patterns = Patterns(
            [(intent, text, how == "not") for intent, text, how, plain in said if is_pattern(plain)], holes, words
        )
        terms, steps = _terms(said), self._patterns.words
        texts = list(dict.fromkeys([*terms, *steps]))
        self._phrases = Phrases(texts)
        self._numbered = [terms.get(text, []) for text in texts]
        self._steps = [steps.get(text, []) for text in texts]
        self._excluded = {intent: Excluded(of, words) for intent, of in ordered if of.excluded}
        self._examples = _examples(ordered, words)
        self._similar = Similar([(intent, plain) for intent, _, plain in self._examples]) if self._examples else None
        taught = [(intent, text) for intent, text, how, _ in said if how != "not"] if self._examples else []
        self._jury = Jury(taught, words, yielding) if len(taught) >= ENOUGH else None
        placed = any(term.short or term.last for terms in self._numbered for term in terms)
        self._plain = not (any(of.examples for _, of in ordered) or self._patterns or self._excluded or placed)

    def hear(self, text: str) -> Heard:
        """Intents, entities and signals of one message; any text answers, beyond 2,000 code points unread."""
        normal = normalise(text)
        matches = self._phrases.find(normal.text)
        names = self._names(normal.text, matches) if self._plain else None
        return Heard(text, partial(self._clauses, text, normal, matches), names)

    @property
    def learnt(self) -> bool:
        """Whether there is nothing left that the first message in need of it would have to wait for."""
        return self._jury is None or self._jury.learnt

    def learn(self) -> None:
        """Learn from the words now what is otherwise learnt when a message first needs it, which takes about a second."""
        if self._jury is not None:
            self._jury.learn()

    def _names(self, words: str, matches: list[tuple[int, int, int]]) -> tuple[str, ...] | None:
        """The intents of a text where phrases alone decide, or `None` where its clauses must be read for their order."""
        if not matches:
            return ()
        if not words.isalnum() and _MASKED.search(words):
            return None
        if len(matches) == 1 and len(terms := self._numbered[matches[0][0]]) == 1:
            return () if negated(words, matches[0][1]) else (terms[0].intent,)
        meant = longest(match for match in matches if not negated(words, match[1]))
        said = [(match.start, term.intent) for match in meant for term in self._numbered[match.number]]
        names = {intent for _, intent in said}
        if len(names) < 2:
            return tuple(names)
        return tuple([intent for _, intent in sorted(said)]) if len(names) == len(said) and words.isalnum() else None

    def _clauses(self, text: str, normal: Normal, matches: list[tuple[int, int, int]]) -> tuple[Clause, ...]:
        reading = _Reading(text, normal, self._entities)
        matches = [m for m in matches if reading.said(m[1], m[2])] if reading.masked else matches
        parts = split(normal.text, reading.glue())
        found = self._found(reading, matches, parts) if matches or self._patterns else []
        if len(parts) > 1 and found:
            parts = split(normal.text, [(f.start, f.end) for f in found] + reading.glue())
        said = [self._said(reading, part, found) for part in parts] if found else [[] for _ in parts]
        spoken = any(said)
        clauses = tuple([self._clause(reading, part, hits, spoken) for part, hits in zip(parts, said, strict=True)])
        clauses = self._without_slight(reading, parts, clauses) if self._slight and len(clauses) > 1 else clauses
        if self._jury is None:
            return clauses
        judged = self._jury.judged(core(reading.words.replace(_BLANK, "")), clauses)
        return judged if judged is clauses else tuple(map(self._allowed, judged))

    def _allowed(self, clause: Clause) -> Clause:
        """A clause without the guesses that an excluded message of their intent denies."""
        guesses = {hit.intent for hit in clause.hits if hit.how == "like"} & self._excluded.keys()
        if not guesses:
            return clause
        words = normalise(clause.text).text
        denied = {intent for intent in guesses if self._excluded[intent].holds(words)}
        return clause.with_hits(tuple([hit for hit in clause.hits if hit.intent not in denied])) if denied else clause

    def _without_slight(self, reading: "_Reading", parts: Sequence[Part], clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
        """The clauses; beside one that was not understood, what yields to all was not the message."""
        if any(hit.intent not in self._slight for clause in clauses for hit in clause.hits):
            return clauses
        silent = [(clause, len(reading.core(part))) for clause, part in zip(clauses, parts, strict=True) if not clause.hits]
        lost = any(letters >= (_ASKED if clause.question else _TOLD) for clause, letters in silent)
        return tuple([clause.with_hits(()) for clause in clauses]) if lost else clauses

    def _found(self, reading: "_Reading", matches: list[tuple[int, int, int]], parts: Sequence[Part]) -> list[_Found]:
        words = reading.normal.text
        found = [_Found(term, s, e, e - s) for index, s, e in matches for term in self._numbered[index]]
        if self._patterns:
            filled = self._filled(reading, matches, parts)
            found += [_patterned(f) for f in filled if not f.pattern.denies]
            reading.denied = [f for f in filled if f.pattern.denies]
        found = [f for f in found if not negated(words, f.start)]
        found.sort(key=_start)
        return found

    def _filled(self, reading: "_Reading", matches: list[tuple[int, int, int]], parts: Sequence[Part]) -> list[Filled]:
        tokens = [Token(s, e, name) for index, s, e in matches for name in self._steps[index]]
        if self._patterns.of_entities:
            tokens += self._patterns.tokens(reading.spans)
        return self._patterns.find(reading.normal.text, tokens, parts) if tokens else []

    def _clause(self, reading: "_Reading", part: Part, hits: list[Hit], spoken: bool) -> Clause:
        """A clause with what its words say; where words spoke anywhere in the message, likeness must be sure."""
        rivals = None
        if self._similar and (not hits or sum([hit.cover for hit in hits]) < _ENOUGH):
            like, rivals = self._alike(reading, part, spoken)
            hits += [like] if like and like.intent not in {hit.intent for hit in hits} else []
        if len(hits) > 1:
            hits.sort(key=lambda hit: (hit.start, -hit.score, hit.intent))
        start, end = reading.normal.span(part.start, part.end)
        return Clause(reading.text[start:end], start, end, tuple(hits), part.marked, reading.entities, rivals)

    def _said(self, reading: "_Reading", part: Part, found: Sequence[_Found]) -> list[Hit]:
        """The phrases and patterns that stand in a clause; `found` is in text order."""
        words = reading.words[part.start : part.end]
        inside = [f for f in _between(found, part.start, part.end) if f.end <= part.end and _counts(f, part, words)]
        if not inside:
            return []
        denied = self._denied(reading, part, {f.term.intent for f in inside}, verbatim=True)
        bare = reading.bare(part)
        return [self._hit(reading, bare, f) for f in _winners(self._firm([f for f in inside if f.term.intent not in denied]))]

    def _firm(self, found: Sequence[_Found]) -> Sequence[_Found]:
        """Those that do not stand in the place of one to which they yield."""
        if not self._yielding or len(found) < 2:
            return found
        intents = {f.term.intent for f in found}
        rulers = {intent: self._yielding.get(intent, _NOBODY) & intents for intent in intents}
        return [f for f in found if not (before := rulers[f.term.intent]) or not _overruled(f, found, before)]

    def _denied(self, reading: "_Reading", part: Part, intents: Set[str], *, verbatim: bool = False) -> Set[str]:
        """Those of the intents that a clause is not, for it holds one of their excluded messages or is nearer to one."""
        wary = self._excluded.keys() & intents
        if not wary:
            return wary
        words, said = reading.words[part.start : part.end], grams(reading.core(part))
        held = {f.pattern.intent for f in reading.denied if part.start <= f.start and f.end <= part.end}
        return {intent for intent in wary if intent in held or self._excluded[intent].denies(words, said, verbatim=verbatim)}

    def _hit(self, reading: "_Reading", bare: str, found: _Found) -> Hit:
        start, end = reading.normal.span(found.start, found.end)
        cover = min(1.0, found.letters / len(bare)) if bare else 1.0
        slots = self._slots(reading, found.filled) if found.filled else {}
        return Hit(found.term.intent, 1.0, start, end, found.term.how, found.term.words, cover, slots)

    def _slots(self, reading: "_Reading", filled: Filled) -> dict[str, Entity]:
        return {name: reading.entity(as_type(span, kind, self._minor)) for name, (span, kind) in filled.slots.items()}

    def _alike(self, reading: "_Reading", part: Part, spoken: bool) -> tuple[Hit | None, tuple[str, str] | None]:
        """What the clause is like, or the two intents between which it is in doubt."""
        words = reading.core(part)
        likest = self._similar.best(words, surely=spoken) if self._similar and len(words) > 1 else None
        if likest is None or self._similar is None or self._hollow(reading, part, likest):
            return None, None
        denied = self._denied(reading, part, {likest.intent, likest.runner_up})
        if self._similar.leads(likest):
            return (None if likest.intent in denied else self._like(reading, part, likest)), None
        return None, None if denied else self._similar.rivals(likest)

    def _hollow(self, reading: "_Reading", part: Part, found: Likeness) -> bool:
        """Whether the example that the clause is like has a hole, and nothing in the clause can fill one."""
        _, example, plain = self._examples[found.example]
        holed = "{" in example and "0" in plain
        return holed and not any(part.start <= span.start and span.end <= part.end for span in reading.spans)

    def _like(self, reading: "_Reading", part: Part, found: Likeness) -> Hit:
        start, end = reading.normal.span(part.start, part.end)
        example = self._examples[found.example][1]
        return Hit(found.intent, found.score, start, end, "like", example, found.score, {}, found.runner_up, found.margin)


class _Reading:
    """One text being read; its entities are looked for once, when first needed."""

    __slots__ = ("_cores", "_entities", "_reader", "_spans", "_words", "denied", "masked", "normal", "text")

    def __init__(self, text: str, normal: Normal, reader: Entities) -> None:
        self.text = text
        self.normal = normal
        self.denied: Sequence[Filled] = ()
        self._reader = reader
        self._spans: list[Span] | None = None
        self._entities: list[Entity] | None = None
        self._words = ""
        self._cores: dict[int, str] = {}
        self.masked = _MASKED.search(normal.text) is not None

    @property
    def spans(self) -> list[Span]:
        if self._spans is None:
            self._spans = self._reader.read(self.normal.text)
        return self._spans

    def glue(self) -> list[tuple[int, int]]:
        """Places of entities that may hold punctuation."""
        return [(span.start, span.end) for span in self.spans] if self.masked else []

    def entity(self, span: Span) -> Entity:
        start, end = self.normal.span(span.start, span.end)
        return Entity(span.type, span.value, start, end, self.text[start:end])

    def entities(self, start: int, end: int) -> tuple[Entity, ...]:
        """The entities between two original positions; masks of a platform are none."""
        if self._entities is None:
            self._entities = [self.entity(span) for span in self.spans if span.type != "mask"]
        return tuple(_between(self._entities, start, end))

    @property
    def words(self) -> str:
        """The text with cards, masks, faces and links blanked."""
        if not self.masked:
            return self.normal.text
        if not self._words:
            self._words = self.normal.text
            for s in self.spans:
                if s.type in _STRIPPED:
                    self._words = self._words[: s.start] + _BLANK * (s.end - s.start) + self._words[s.end :]
        return self._words

    def said(self, start: int, end: int) -> bool:
        """Whether nothing between two positions is blanked."""
        return self.words[start:end] == self.normal.text[start:end]

    def core(self, part: Part) -> str:
        """The clause as it is compared."""
        if part.start not in self._cores:
            self._cores[part.start] = core(self.bare(part))
        return self._cores[part.start]

    def bare(self, part: Part) -> str:
        """The words of a clause without what is blanked."""
        return self.words[part.start : part.end].replace(_BLANK, "")


def _start(found: _Found | Entity) -> int:
    return found.start


_Placed = TypeVar("_Placed", _Found, Entity)


def _between(placed: Sequence[_Placed], start: int, end: int) -> Sequence[_Placed]:
    """Those of a sorted sequence that begin from `start` on and before `end`."""
    if not placed or (start <= placed[0].start and placed[-1].start < end):
        return placed
    return placed[bisect_left(placed, start, key=_start) : bisect_left(placed, end, key=_start)]


def _patterned(filled: Filled) -> _Found:
    pattern = filled.pattern
    term = _Term(pattern.intent, "pattern", pattern.words, filled.said < 2, _last(pattern.words))
    return _Found(term, filled.start, filled.end, filled.letters, filled)


def _said(ordered: Sequence[tuple[str, Words]]) -> Iterator[tuple[str, str, str, str]]:
    """(intent, words, how, normalised words) of all phrases, all examples, and what is excluded."""
    for intent, words in ordered:
        for how, said in (("phrase", words.phrases), ("example", words.examples), ("not", words.excluded)):
            for each in said:
                yield intent, each, how, normalise(each).text.strip(EDGES)


def _examples(ordered: Sequence[tuple[str, Words]], classes: Mapping[str, Sequence[str]]) -> list[tuple[str, str, str]]:
    """(intent, example, normalised example) of all examples long enough to be like something."""
    all_of_them = ((i, e, normalise(spoken(e, classes)).text) for i, words in ordered for e in words.examples)
    return [entry for entry in all_of_them if not _short(core(entry[2]))]


def _short(plain: str) -> bool:
    """Too little to be told by itself amid other words."""
    return len(plain) <= (2 if plain.isascii() else 1)


def _terms(said: Sequence[tuple[str, str, str, str]]) -> dict[str, list[_Term]]:
    terms: dict[str, list[_Term]] = {}
    for intent, words, how, plain in said:
        if plain and how != "not" and not is_pattern(plain):
            known = terms.setdefault(plain, [])
            if all(term.intent != intent for term in known):
                known.append(_Term(intent, how, words, _short(plain), how == "phrase" and _last(words)))
    return terms


def _last(words: str) -> bool:
    """Whether a phrase is written as the end of a question (送不？), where 不 or 没 asks; inside a clause it denies."""
    return words.rstrip().endswith(("?", "？"))


def _overruled(found: _Found, others: Sequence[_Found], before: Set[str]) -> bool:
    """Whether one of the intents `before` has as many letters of its own in the same place."""
    return any(
        each.term.intent in before and each.letters >= found.letters and each.start < found.end and found.start < each.end
        for each in others
    )


def _winners(found: Sequence[_Found]) -> list[_Found]:
    """Of overlapping finds the one with the most letters, one an intent; what says as much at one place stays together."""
    if len(found) < 2:
        return list(found)
    taken = bytearray(max([f.end for f in found]))
    heard: dict[str, _Found] = {}
    places: set[tuple[int, int, int]] = set()
    for each in sorted(found, key=_strength):
        place = each.start, each.end, each.letters
        if place in places or taken.find(1, each.start, each.end) < 0:
            taken[each.start : each.end] = b"\1" * (each.end - each.start)
            places.add(place)
            heard.setdefault(each.term.intent, each)
    return list(heard.values())


def _strength(found: _Found) -> tuple[int, int, int]:
    """More letters before fewer, of equals the narrower, then the first."""
    return -found.letters, found.end - found.start, found.start


def _counts(found: _Found, part: Part, words: str) -> bool:
    """A phrase counts anywhere; what is short must be all of its clause, an example most of it, what asks its end."""
    if found.term.short:
        return _alone(words, found.start - part.start, found.end - part.start)
    if found.term.last and words[found.end - part.start :].strip(PARTICLES + EDGES):
        return False
    return found.term.how != "example" or found.letters >= _MOST * len(words.strip(PARTICLES + EDGES))


def _alone(words: str, start: int, end: int) -> bool:
    """Whether nothing but the same again, particles and punctuation stand around the span."""
    around = words[:start] + words[end:]
    return not around.strip(words[start:end] + PARTICLES + EDGES)
