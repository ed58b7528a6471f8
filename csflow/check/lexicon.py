"""What a text for customers must not say: rules read from `wording_zh.yaml` and `wording_en.yaml`, found in one pass.

The rules say which law, platform rule or house rule they stand for, and as of when. They are no legal advice.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from csflow.language.clauses import Part, split
from csflow.language.entities import Entities
from csflow.language.normalise import LIMIT, Normal, normalise
from csflow.language.patterns import EDGES, Filled, Patterns, Token
from csflow.language.phrases import Phrases
from csflow.language.vocabulary import PARTICLES
from csflow.notation import Many
from csflow.rulefile.source import read
from csflow.spec import Model

OVERLAP = 100
HOUSE = "house rule"


class WordingRule(Model):
    """What is not said, with the contexts (`unless`) in which it may be.

    `finds` and `unless` are phrases as intents have them; `regex` is for shapes of letters; `alone` for whole answers.
    `denied`: not found behind a denial in the same clause. `typed`: not found where a fact fills a part of it in.
    `proved_by`: not found where the text or its conditions read one of these facts.
    """

    id: str
    severity: Literal["error", "warning", "note"]
    says: str
    source: str
    as_of: Annotated[datetime.date, Field(strict=False)]
    cites: Many = ()
    finds: Many = ()
    regex: Many = ()
    alone: Many = ()
    unless: Many = ()
    denied: bool = False
    typed: bool = False
    proved_by: Many = ()

    @property
    def code(self) -> str:
        """The code of a finding: rules of one family differ behind the dot."""
        return self.id.partition(".")[0]

    def message(self, found: str) -> str:
        """Return what a finding says to the author of the text."""
        law = "" if self.source == HOUSE else f" ({self.source}, as of {self.as_of}; not legal advice)"
        return f"{found!r} {self.says}{law}"


class BotSpec(Model):
    """How customers ask what they talk to, the intents that ask it by their name, and the words by which a bot says it."""

    asked: Many
    intents: Many
    words: Many


class LexiconSpec(Model):
    """The rules of one language; `words` are classes for the phrases, `denials` what turns a phrase into its opposite."""

    words: dict[str, Many]
    denials: Many
    bot: BotSpec
    rules: Annotated[tuple[WordingRule, ...], Field(strict=False)]


class Finding(NamedTuple):
    """What a rule found from `start` to `end` of a text."""

    rule: WordingRule
    start: int
    end: int


class _Find(NamedTuple):
    """A phrase of a rule in the normal form of a text."""

    start: int
    end: int
    rule: str
    words: str


class Lexicon:
    """Finds the wording rules of one language in texts; the time grows with the text, not with the rules."""

    def __init__(self, spec: LexiconSpec) -> None:
        self.bot = spec.bot
        self.rules = {rule.id: rule for rule in spec.rules}
        entries = [(rule.id, words, False) for rule in spec.rules for words in rule.finds]
        entries += [(rule.id, words, True) for rule in spec.rules for words in rule.unless]
        self._patterns = Patterns(entries, {}, spec.words)
        self._steps = list(self._patterns.words.values())
        self._words = Phrases(list(self._patterns.words))
        self._entities = Entities({}, minor=100)
        self._shapes = [(rule.id, shape) for rule in spec.rules for shape in rule.regex]
        self._shaped = re.compile("|".join(f"(?:{shape})" for _, shape in self._shapes))
        self._denials = re.compile("|".join(spec.denials))
        self._alone = {bare(words): rule.id for rule in spec.rules for words in rule.alone}
        self._bot = Phrases([normalise(word).text for word in spec.bot.words])

    def discloses(self, text: str) -> bool:
        """Tell whether a text says that a bot speaks."""
        return bool(self._bot.find(normalise(text).text))

    def find(self, text: str, *, whole: bool = False) -> Iterator[Finding]:
        """Yield what the rules find in a text, of overlapping finds of one rule the first; `whole`: it is a whole answer."""
        if whole and (rule := self._alone.get(bare(text))):
            yield Finding(self.rules[rule], 0, len(text))
        ends: dict[str, int] = {}
        for start, end, rule in sorted(self._found(text), key=lambda found: (found[0], -found[1])):
            if ends.get(rule, 0) <= start:
                ends[rule] = end
                yield Finding(self.rules[rule], start, end)

    def _found(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield the finds of windows of a text, for its normal form ends at a limit."""
        for begin in range(0, max(len(text) - OVERLAP, 1), LIMIT - OVERLAP):
            normal = plain(text[begin : begin + LIMIT])
            for find in self._within(normal.text):
                start, end = normal.span(find.start, find.end)
                yield begin + start, begin + end, find.rule

    def _within(self, text: str) -> Iterator[_Find]:
        parts = split(text)
        found = self._patterns.find(text, self._tokens(text), parts)
        finds = [_Find(f.start, f.end, f.pattern.intent, f.pattern.words) for f in found if not f.pattern.denies]
        if self._shaped.search(text):  # hardly ever; then each by itself, for they may overlap
            finds += [_Find(*shape.span(), rule, shape[0]) for rule, regex in self._shapes for shape in re.finditer(regex, text)]
        if finds:
            excuses, denials = [f for f in found if f.pattern.denies], list(self._denials.finditer(text))
            yield from (f for f in finds if not _excused(f, excuses) and not self._denied(f, denials, parts))

    def _tokens(self, text: str) -> Iterator[Token]:
        """Yield the words and figures that phrases are made of; a bare number may count anything, so it is none."""
        for number, start, end in self._words.find(text):
            yield from (Token(start, end, step) for step in self._steps[number])
        yield from self._patterns.tokens(span for span in self._entities.read(text) if span.type != "number")

    def _denied(self, find: _Find, denials: Sequence[re.Match[str]], parts: Sequence[Part]) -> bool:
        """Tell whether a denial stands before a find in its clause, or in its gap; those of its own words deny nothing."""
        begin = max((part.start for part in parts if part.start <= find.start), default=0)
        return self.rules[find.rule].denied and any(
            begin <= d.start() and (d.end() <= find.start or (find.start < d.start() < find.end and d[0] not in find.words))
            for d in denials
        )


def _excused(find: _Find, excuses: Iterable[Filled]) -> bool:
    return any(by.pattern.intent == find.rule and by.start <= find.start and find.end <= by.end for by in excuses)


def plain(text: str) -> Normal:
    """Return the form in which a text is looked through; a typographic apostrophe is a plain one there."""
    return normalise(text.replace("’", "'"))


def bare(text: str) -> str:
    """Return the plain form without what changes nothing at its edges: punctuation, space, particles."""
    return plain(text).text.strip(EDGES + PARTICLES)


@cache
def lexicon(language: str) -> Lexicon:
    """Return the wording rules of a language, `zh` or `en`."""
    path = Path(__file__).parent / f"wording_{language}.yaml"
    return Lexicon(LexiconSpec.model_validate(read(path, path.name).data))
