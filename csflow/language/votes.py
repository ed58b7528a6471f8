"""Which intent the letters of a text speak for, learnt from all words of all intents when first asked."""

import math
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cached_property, lru_cache
from typing import NamedTuple

from csflow.language.heard import Clause, Hit
from csflow.language.normalise import normalise
from csflow.language.patterns import spoken
from csflow.language.similar import core, dice, grams, grams_of

ENOUGH = 1000
"""Words below which there is too little to learn from."""

_PASSES = 2
_STEP = 0.5
_UNKNOWN = 0.3
_FAINT = 0.5
_LEAD = 0.3
_DOUBT = 0.1

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
        self._weights: _Weights = {gram: {} for gram in self._rarity}
        vectors = [(intent, self._vector(said)) for intent, said in texts]
        for _ in range(_PASSES):
            for intent, vector in vectors:
                self._learn(intent, vector)

    def scores(self, text: str) -> Mapping[str, float]:
        """The votes of the `core` of a text, by intent; letters of which nothing is known count against all."""
        return self._votes(self._vector(grams_of(text)))

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

    def _votes(self, vector: _Vector) -> dict[str, float]:
        votes: dict[str, float] = {}
        for gram, share in vector:
            for intent, weight in self._weights[gram].items():
                votes[intent] = votes.get(intent, 0.0) + weight * share
        return votes

    def _learn(self, intent: str, vector: _Vector) -> None:
        """Where an intent does not lead its strongest rival by one, move the weights of its letters towards that."""
        votes = self._votes(vector)
        own = votes.pop(intent, 0.0)
        rival = max(votes, key=votes.__getitem__, default="")
        loss = 1 - own + votes.get(rival, 0.0)
        if loss <= 0:
            return
        step = min(_STEP, loss / 2)
        for gram, share in vector:
            weights = self._weights[gram]
            weights[intent] = weights.get(intent, 0.0) + step * share
            if rival:
                weights[rival] = weights.get(rival, 0.0) - step * share


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


class Jury:
    """Decides by letters what a message is where its words are silent, or sound like any question.

    `taught` are (intent, words) of all phrases and examples, `classes` and `yielding` the recogniser's.
    """

    def __init__(
        self, taught: Sequence[tuple[str, str]], classes: Mapping[str, Sequence[str]], yielding: Mapping[str, Set[str]]
    ) -> None:
        names = {intent for intent, _ in taught}
        self._taught = [(_group(intent, names), text) for intent, text in taught]
        self._classes = classes
        self._broad = {name for name, before in yielding.items() if len(before) > len(names) / 2}
        self._slight = {name for name, before in yielding.items() if len(before) >= len(names) - 1}

    def judged(self, words: str, clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
        """The clauses of a message as its letters decide, or as they are where its words speak or leave two intents to ask about.

        `words` is the message's `core`.
        """
        heard = {hit.intent for clause in clauses for hit in clause.hits}
        rivals = any(clause.rivals for clause in clauses)
        if rivals or not words or not self._open(clauses):
            return clauses
        votes = self._votes.scores(words)
        vote = top(votes)
        if vote is None or any(name.partition(".")[0] == vote.intent for name in heard):
            return clauses
        if vote.lead > _LEAD:
            return self._as_voted(words, clauses, vote)
        faint = [votes.get(name.partition(".")[0], 0.0) for name in heard - self._slight]
        doubtful = any(votes[vote.intent] - own > _DOUBT for own in faint)
        return tuple([clause.with_hits(()) for clause in clauses]) if doubtful else clauses

    @cached_property
    def _lessons(self) -> Sequence[tuple[str, str, str]]:
        """(intent, words, their `core`) of all that was taught."""
        return [(intent, text, core(normalise(spoken(text, self._classes)).text)) for intent, text in self._taught]

    @cached_property
    def _votes(self) -> Votes:
        return learnt(tuple([(intent, plain) for intent, _, plain in self._lessons]))

    def _open(self, clauses: tuple[Clause, ...]) -> bool:
        """Whether nothing is heard, or beside small talk only what yields to most and explains little of its clause."""
        hits = [hit for clause in clauses for hit in clause.hits]
        told = [hit for hit in hits if hit.intent not in self._slight]
        return all(hit.intent in self._broad and hit.cover < _FAINT for hit in told) and bool(told or not hits)

    def _as_voted(self, words: str, clauses: tuple[Clause, ...], vote: Vote) -> tuple[Clause, ...]:
        """The clauses with the voted intent in the longest one, beside small talk; it covers what it takes the place of."""
        longest = max(clauses, key=lambda clause: len(clause.text), default=None)
        cover = max([hit.cover for clause in clauses for hit in clause.hits if hit.intent not in self._slight], default=0.0)
        return tuple([self._with(clause, words, cover, vote if clause is longest else None) for clause in clauses])

    def _with(self, clause: Clause, words: str, cover: float, vote: Vote | None) -> Clause:
        hits = tuple([hit for hit in clause.hits if hit.intent in self._slight])
        if vote is None:
            return clause.with_hits(hits)
        example, score, span = self._nearest(vote.intent, words), min(1.0, vote.lead), (clause.start, clause.end)
        return clause.with_hits((*hits, Hit(vote.intent, score, *span, "like", example, cover, {}, vote.runner_up, vote.lead)))

    def _nearest(self, intent: str, words: str) -> str:
        """The words of the intent that the text is most like."""
        said = grams(words)
        own = [(dice(said, grams(plain)), text) for name, text, plain in self._lessons if name == intent]
        return max(own)[1]


def _group(intent: str, names: Set[str]) -> str:
    """An intent as it is voted for: with its sub-intents."""
    group = intent.partition(".")[0]
    return group if group in names else intent
