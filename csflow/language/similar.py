"""Likeness of a clause to examples: an inverted index of character 1-3-grams, with a threshold of its own."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import repeat
from operator import add
from typing import NamedTuple

from csflow.language.typos import meant

_FILLER = "^(?:[你您]好|亲|请问一下|请问|麻烦问下|麻烦|那个?|就是|我?想问下|问一?下)+|[啊呀哦呢吧嘛哈啦哟~～]+$"
_NOISE = r"[^a-z0-9\u2e80-\ufeff]+"
_NUMBER = re.compile("[0-9]+")
_COMMON = 0.05
_TRIALS = 400
_PRECISION = 2 / 3
_FLOOR = 0.4
_SURE = 0.6
_DEFAULT = 0.3
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


def _grams(text: str) -> list[str]:
    pairs = list(map(add, text, text[1:]))
    return [*text, *pairs, *map(add, pairs, text[2:])]


def below(name: str, other: str) -> bool:
    """Whether a dotted name is another one or an ancestor of it."""
    return (other + ".").startswith(name + ".")


def dice(one: Set[str], other: Set[str]) -> float:
    """Share of common grams, 0..1."""
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


class Similar:
    """Finds the intent whose example is most like a text.

    `examples` are (intent, normalised text) pairs. The least margin that counts is chosen by leave-one-out.
    """

    def __init__(self, examples: Sequence[tuple[str, str]]) -> None:
        self._intents = [intent for intent, _ in examples]
        self._examples = _grouped(self._intents)
        self._grams = [dict.fromkeys(_grams(core(text))) for _, text in examples]
        index = _indexed(self._grams)
        self._unknown = math.log(1 + len(examples)) ** 2
        self._weights = {gram: math.log(1 + len(examples) / len(ids)) ** 2 if ids else 0.0 for gram, ids in index.items()}
        norms = [math.sqrt(self._weigh(known, 0.0)) or 1.0 for known in self._grams]
        self._shares = {gram: [(e, self._weights[gram] / norms[e]) for e in ids] for gram, ids in index.items() if ids}
        self._least = self._calibrated()

    def best(self, text: str, *, surely: bool = False) -> Likeness | None:
        """The likest intent of a text's `core`, or `None` where none is like it; `surely` asks for more likeness."""
        return self._likest(dict.fromkeys(_grams(text)), _SURE if surely else _FLOOR)

    def leads(self, found: Likeness) -> bool:
        """Whether the likest intent is far enough ahead of the next to be what was meant."""
        return found.margin >= self._least

    def rivals(self, found: Likeness) -> tuple[str, str] | None:
        """The likest intent and the next, where both are like the text and neither leads; kin are no rivals."""
        close = found.margin < min(self._least, _CLOSE) and found.score - found.margin >= _BOTH
        kin = below(found.intent, found.runner_up) or below(found.runner_up, found.intent)
        return (found.intent, found.runner_up) if close and not kin else None

    def _weigh(self, asked: Iterable[str], unknown: float) -> float:
        return sum(map(self._weights.get, asked, repeat(unknown)))

    def _likest(self, asked: Mapping[str, None], least: float, without: int = -1) -> Likeness | None:
        """`asked` keeps the order of the text, for sums and ties that are the same in every run."""
        weight = self._weigh(asked, self._unknown)
        # no example can share more than what the examples know at all
        if self._weigh(asked, 0.0) < least**2 * weight:
            return None
        scores = self._scores(asked)
        scores.pop(without, None)
        return self._ranked(scores, math.sqrt(weight), least) if scores else None

    def _scores(self, asked: Iterable[str]) -> dict[int, float]:
        scores: dict[int, float] = {}
        known = scores.get
        for shares in filter(None, map(self._shares.get, asked)):
            for example, share in shares:
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

    def _calibrated(self) -> float:
        """The least margin from which on the left-out examples were heard rightly often enough."""
        step = max(1, len(self._grams) // _TRIALS)
        trials = [self._trial(example) for example in range(0, len(self._grams), step)]
        ranked = sorted((trial for trial in trials if trial), reverse=True)
        return least_margin(ranked) if len(ranked) >= 20 else _DEFAULT

    def _trial(self, example: int) -> tuple[float, bool] | None:
        found = self._likest(self._grams[example], _FLOOR, example)
        return (found.margin, found.intent == self._intents[example]) if found else None


def _top(scores: Mapping[int, float]) -> tuple[int, float]:
    """The first of those that score highest, and its score."""
    highest = max(scores.values())
    return next(example for example, score in scores.items() if score == highest), highest


def _grouped(intents: Sequence[str]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for example, intent in enumerate(intents):
        groups.setdefault(intent, []).append(example)
    return groups


def _indexed(known: Sequence[Iterable[str]]) -> dict[str, list[int]]:
    index: dict[str, list[int]] = {}
    for example, its_grams in enumerate(known):
        for gram in its_grams:
            index.setdefault(gram, []).append(example)
    most = max(10, int(_COMMON * len(known)))
    return {gram: ids if len(ids) <= most else [] for gram, ids in index.items()}


def least_margin(ranked: Sequence[tuple[float, bool]]) -> float:
    """The least margin down to which enough of the trials, (margin, right) from the widest on, were right."""
    right, least = 0, _DEFAULT
    for tried, (margin, good) in enumerate(ranked, 1):
        right += good
        if right / tried >= _PRECISION:
            least = margin
    return max(0.05, min(least, 0.35))
