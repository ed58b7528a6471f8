"""Which intent the letters of a text speak for, learnt from all words of all intents when first asked."""

import math
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from csflow.language.similar import grams_of

_PASSES = 2
_STEP = 0.5
_UNKNOWN = 0.3
_FAINT = 0.01  # weights that change no score by a hundredth

_Vector = Sequence[tuple[str, float]]
_Weights = dict[str, dict[str, float]]


class Vote(NamedTuple):
    """The intent with the most votes, the next one, and by how much it leads."""

    intent: str
    runner_up: str
    lead: float


class Votes:
    """Letters vote for intents; `pairs` are (intent, the `core` of one of its phrases or examples).

    The weights come from passes of a perceptron with a margin: without chance, the same in every run and order of the pairs.
    """

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        mixed = sorted(pairs, key=lambda pair: (zlib.crc32("".join(pair).encode()), pair))
        texts = [(intent, grams_of(text)) for intent, text in mixed]
        counts = Counter(gram for _, said in texts for gram in said)
        self._rarity = {gram: math.log(len(texts) / count) + 1 for gram, count in counts.items()}
        self._rarest = math.log(len(texts) + 1) + 1
        weights: _Weights = {gram: {} for gram in self._rarity}
        vectors = [(intent, self._vector(said)) for intent, said in texts]
        for _ in range(_PASSES):
            for intent, vector in vectors:
                _learn(weights, intent, vector)
        self._intents = sorted({intent for intent, _ in pairs})
        number = {intent: at for at, intent in enumerate(self._intents)}
        self._table = {
            gram: tuple([(number[intent], weight) for intent, weight in own.items() if abs(weight) > _FAINT])
            for gram, own in weights.items()
        }

    def scores(self, text: str) -> Mapping[str, float]:
        """The votes of the `core` of a text, by intent; letters of which nothing is known count against all."""
        votes, table = [0.0] * len(self._intents), self._table
        for gram, share in self._vector(grams_of(text)):
            for number, weight in table[gram]:
                votes[number] += weight * share
        return {intent: vote for intent, vote in zip(self._intents, votes, strict=True) if vote}

    def _vector(self, said: Iterable[str]) -> _Vector:
        """The known grams of a text with their shares in its length, which is one."""
        rarity, unknown = self._rarity, 0
        known = []
        for gram in said:
            if gram in rarity:
                known.append((gram, rarity[gram]))
            else:
                unknown += 1
        length = math.sqrt(sum([share * share for _, share in known]) + _UNKNOWN * unknown * self._rarest**2) or 1.0
        return [(gram, share / length) for gram, share in known]


def _learn(weights: _Weights, intent: str, vector: _Vector) -> None:
    """Where an intent does not lead its strongest rival by one, move the weights of its letters towards that."""
    votes: dict[str, float] = {}
    for gram, share in vector:
        for name, weight in weights[gram].items():
            votes[name] = votes.get(name, 0.0) + weight * share
    own = votes.pop(intent, 0.0)
    rival = max(votes, key=votes.__getitem__, default="")
    loss = 1 - own + votes.get(rival, 0.0)
    if loss <= 0:
        return
    step = min(_STEP, loss / 2)
    for gram, share in vector:
        known = weights[gram]
        known[intent] = known.get(intent, 0.0) + step * share
        if rival:
            known[rival] = known.get(rival, 0.0) - step * share


@lru_cache(maxsize=8)
def learnt(pairs: tuple[tuple[str, str], ...]) -> Votes:
    """The votes of these words, learnt once a process."""
    return Votes(pairs)


def top(votes: Mapping[str, float]) -> Vote | None:
    """The intent that leads, or `None` where no letter speaks for any."""
    if not votes:
        return None
    ranked = sorted(votes, key=lambda intent: (-votes[intent], intent))
    runner_up = ranked[1] if ranked[1:] else ""
    return Vote(ranked[0], runner_up, votes[ranked[0]] - votes.get(runner_up, 0.0))
