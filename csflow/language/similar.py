"""Likeness of a clause to examples: an inverted index of character 1-3-grams, with a threshold for each intent."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import lru_cache
from operator import add
from typing import NamedTuple

from csflow.language.typos import meant

_FILLER = "^(?:[你您]好|亲|请问一下|请问|麻烦问下|麻烦|那个?|就是|我?想问下|问一?下)+|[啊呀哦呢吧嘛哈啦哟~～]+$"
_NOISE = r"[^a-z0-9\u2e80-\ufeff]+"
_NUMBER = re.compile("[0-9]+")
_EMPTY = frozenset("的了吗呢吧啊呀么是我你您他有在不这那个一就都也还要能可以会怎什多少几给到和跟把被让没好点下看想用来去对说")
_TRIALS = 20
_TELLING = 200  # examples that share a gram; what stands in more tells them apart too little to be worth its time in a trial
_PRECISION = 2 / 3
_FLOOR = 0.4
_SURE = 0.65
_USUAL = 0.25
_MOST = 0.35
_LEAST = 0.05
_BOTH = 0.5
_CLOSE = 0.15


class Likeness(NamedTuple):
    """The intent most like a text, through which example, and by how much it leads the next intent."""

    intent: str
    score: float
    example: int
    runner_up: str
    margin: float


def core(text: str) -> str:
    """What is compared: normalised text without slips, greetings, particles, punctuation; any figure reads 0."""
    bare = re.sub(_NOISE, "", meant(text))
    return _NUMBER.sub("0", re.sub(_FILLER, "", bare) or bare)


def grams(text: str) -> set[str]:
    """Its character 1-, 2- and 3-grams."""
    return set(_grams(text))


def grams_of(text: str) -> Mapping[str, None]:
    """Its character 1-, 2- and 3-grams in the order of the text."""
    return dict.fromkeys(_grams(text))


def _grams(text: str) -> list[str]:
    pairs = list(map(add, text, text[1:]))
    return [*text, *pairs, *map(add, pairs, text[2:])]


def below(name: str, other: str) -> bool:
    """Whether a dotted name is another one or an ancestor of it."""
    return (other + ".").startswith(name + ".")


def dice(one: Set[str], other: Set[str]) -> float:
    """Share of common grams, 0..1."""
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


@lru_cache(maxsize=1 << 14)
def weight(gram: str) -> float:
    """How much a gram tells: its letters that carry a meaning count, Latin ones less; one alone that does not counts nothing."""
    content = sum(0.4 if letter.isascii() else letter not in _EMPTY for letter in gram)
    return min(4.0, max(0.5, 2 * content)) if len(gram) > 1 or content == 1 else 0.0


class Similar:
    """Finds the intent whose example is most like a text.

    `examples` are (intent, normalised text) pairs. How like a text is to an example depends on these two alone; the
    least lead that counts is chosen for each intent by leaving its examples out in turn.
    """

    def __init__(self, examples: Sequence[tuple[str, str]]) -> None:
        self._intents = [intent for intent, _ in examples]
        self._examples = _grouped(self._intents)
        self._grams = [dict.fromkeys(_grams(core(text))) for _, text in examples]
        self._shares = _shared(self._grams)
        self._least = self._calibrated()

    def best(self, text: str, *, surely: bool = False) -> Likeness | None:
        """The likest intent of a text's `core`, or `None` where none is like it; `surely` asks for more likeness."""
        return self._likest(dict.fromkeys(_grams(text)), _SURE if surely else _FLOOR)

    def leads(self, found: Likeness) -> bool:
        """Whether the likest intent is far enough ahead of the next to be what was meant."""
        return found.margin >= self._least.get(found.intent, _USUAL)

    def rivals(self, found: Likeness) -> tuple[str, str] | None:
        """The likest intent and the next, where both are like the text and neither leads; kin are no rivals."""
        close = found.margin < _CLOSE and not self.leads(found) and found.score - found.margin >= _BOTH
        kin = below(found.intent, found.runner_up) or below(found.runner_up, found.intent)
        return (found.intent, found.runner_up) if close and not kin else None

    def _likest(self, asked: Mapping[str, None], least: float, without: int = -1) -> Likeness | None:
        """`asked` keeps the order of the text, for sums and ties that are the same in every run."""
        whole = sum(map(weight, asked))
        # no example can share more than what the examples know at all
        if sum(map(weight, filter(self._shares.__contains__, asked))) < least**2 * whole:
            return None
        scores = self._scores(asked, len(self._intents) if without < 0 else _TELLING)
        scores.pop(without, None)
        return self._ranked(scores, math.sqrt(whole), least) if scores else None

    def _scores(self, asked: Iterable[str], most: int) -> dict[int, float]:
        """The likeness to each example, by grams that stand in `most` examples at most."""
        scores: dict[int, float] = {}
        known = scores.get
        for shares in filter(None, map(self._shares.get, asked)):
            for example, share in shares if len(shares) <= most else ():
                scores[example] = known(example, 0.0) + share
        return scores

    def _ranked(self, scores: dict[int, float], norm: float, least: float) -> Likeness | None:
        first, score = _top(scores)
        if score < least * norm:
            return None
        intent = self._intents[first]
        for example in self._examples[intent]:
            scores.pop(example, None)
        second, next_score = _top(scores) if scores else (-1, 0.0)
        runner_up = self._intents[second] if scores else ""
        return Likeness(intent, min(1.0, score / norm), first, runner_up, (score - next_score) / norm)

    def _calibrated(self) -> dict[str, float]:
        """The least lead of each intent as which some left-out example was heard."""
        trials: dict[str, list[tuple[float, bool]]] = {}
        for intent, examples in self._examples.items():
            for example in examples[:: max(1, len(examples) // _TRIALS)]:
                if found := self._likest(self._grams[example], _FLOOR, example):
                    trials.setdefault(found.intent, []).append((found.margin, found.intent == intent))
        return {intent: least_margin(sorted(tried, reverse=True)) for intent, tried in trials.items()}


def _top(scores: Mapping[int, float]) -> tuple[int, float]:
    """The first of those that score highest, and its score."""
    highest = max(scores.values())
    return next(example for example, score in scores.items() if score == highest), highest


def _grouped(intents: Sequence[str]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for example, intent in enumerate(intents):
        groups.setdefault(intent, []).append(example)
    return groups


def _shared(known: Sequence[Iterable[str]]) -> dict[str, list[tuple[int, float]]]:
    """The examples in which a gram stands, with its share in their likeness."""
    shares: dict[str, list[tuple[int, float]]] = {}
    for example, its_grams in enumerate(known):
        norm = math.sqrt(sum(map(weight, its_grams))) or 1.0
        for gram in filter(weight, its_grams):
            shares.setdefault(gram, []).append((example, weight(gram) / norm))
    return shares


def least_margin(ranked: Sequence[tuple[float, bool]]) -> float:
    """The least margin down to which enough of the trials, (margin, right) from the widest on, were right.

    Three more trials at the usual margin, two of them right, stand for what few trials cannot tell.
    """
    right, least, enough = 2, _MOST, True
    for tried, (margin, good) in enumerate(ranked, 4):
        right += good
        enough = right / tried >= _PRECISION
        least = margin if enough else least
    return max(_LEAST, min(least, _USUAL if enough else _MOST))
