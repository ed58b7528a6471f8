"""What a message is where its words are silent, weak or speak for several intents: its letters decide."""

from collections.abc import Mapping, Sequence, Set
from functools import cached_property

from csflow.language.heard import Clause, Hit, in_turn
from csflow.language.normalise import normalise
from csflow.language.patterns import spoken
from csflow.language.similar import core, dice, grams
from csflow.language.votes import Vote, Votes, learnt, top

ENOUGH = 2000
"""Words below which there is too little to learn from."""

_FAINT = 0.5  # share of the clause below which words are weak
_SURE = 0.35  # share from which the words of one intent need no votes
_LEAD = 0.3
_DOUBT = 0.1
_FIRST = 0.25  # what the place of the first answered intent is worth in votes
_VAGUE = 0.3  # what an intent loses that yields to most of the others
_AHEAD = 0.4
_DENIED = 0.2


class Jury:
    """Decides by letters what a message is where its words are silent, weak, or speak for several intents.

    `taught` are (intent, words) of all phrases and examples, `classes` and `yielding` the recogniser's.
    """

    def __init__(
        self, taught: Sequence[tuple[str, str]], classes: Mapping[str, Sequence[str]], yielding: Mapping[str, Set[str]]
    ) -> None:
        names = {intent for intent, _ in taught}
        self._groups = {intent: _group(intent, names) for intent in names}
        self._taught = [(self._groups[intent], text) for intent, text in taught]
        self._classes = classes
        self._yielding = yielding
        self._grams: dict[str, Sequence[tuple[str, Set[str]]]] = {}
        self._broad = {name for name, before in yielding.items() if len(before) > len(names) / 2}
        self._slight = {name for name, before in yielding.items() if len(before) >= len(names) - 1}

    @property
    def learnt(self) -> bool:
        """Whether it has learnt from its words."""
        return "_votes" in self.__dict__

    def learn(self) -> None:
        """Learn from its words, if that was not needed yet."""
        _ = self._votes

    def judged(self, words: str, clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
        """The clauses of a message as its letters decide, or as they are where words are sure or leave two intents to ask about.

        `words` is the message's `core`.
        """
        hits = in_turn(clauses)
        told = [hit for hit in hits if hit.intent not in self._slight]
        if not words or words.isascii() or (hits and not told) or self._sure(told) or any(c.rivals for c in clauses):
            return clauses  # three letters of a Latin word say little
        votes = self._votes.scores(words)
        vote = top(votes)
        if vote is None or (len(told) == 1 and self._groups[told[0].intent] == vote.intent):
            return clauses
        if all(hit.intent in self._broad and hit.cover < _FAINT for hit in told):
            return self._overheard(words, clauses, told, votes, vote)
        return self._weighed(clauses, told, votes, vote)

    @cached_property
    def _lessons(self) -> Sequence[tuple[str, str, str]]:
        """(intent, words, their `core`) of all that was taught."""
        return [(intent, text, core(normalise(spoken(text, self._classes)).text)) for intent, text in self._taught]

    @cached_property
    def _votes(self) -> Votes:
        return learnt(tuple([(intent, plain) for intent, _, plain in self._lessons]))

    def _sure(self, told: Sequence[Hit]) -> bool:
        """Whether all words explain enough of their clauses, or those of the only intent do."""
        if not told:
            return False
        covers = [hit.cover for hit in told]
        alone = len({self._groups[hit.intent] for hit in told}) == 1 and told[0].intent not in self._broad
        return min(covers) >= _FAINT or (alone and max(covers) >= _SURE)

    def _overheard(
        self, words: str, clauses: tuple[Clause, ...], told: Sequence[Hit], votes: Mapping[str, float], vote: Vote
    ) -> tuple[Clause, ...]:
        """What the letters say where the words say nothing, or no more than any question does."""
        heard = {self._groups[hit.intent] for hit in told}
        if vote.intent in heard:
            return clauses
        if vote.lead > _LEAD:
            return self._as_voted(words, clauses, vote)
        doubtful = any(votes[vote.intent] - votes.get(group, 0.0) > _DOUBT for group in heard)
        return _silent(clauses) if doubtful else clauses

    def _weighed(
        self, clauses: tuple[Clause, ...], told: Sequence[Hit], votes: Mapping[str, float], vote: Vote
    ) -> tuple[Clause, ...]:
        """The clauses with the intent first for which words and letters speak most, unless the letters speak against all."""
        first = self._first(told)
        matter = max(told, key=lambda hit: self._weight(hit, votes) + _FIRST * (hit is first))
        own = votes.get(self._groups[matter.intent], 0.0)
        ahead = 0.0 if vote.intent in {self._groups[hit.intent] for hit in told} else votes[vote.intent] - own
        if ahead > _AHEAD and own < _DENIED and matter.cover < _SURE:
            return _silent(clauses)
        return clauses if matter is first else self._led(clauses, matter)

    def _first(self, told: Sequence[Hit]) -> Hit:
        """The first hit that yields to none of the others."""
        names = {hit.intent for hit in told}
        return next((hit for hit in told if names.isdisjoint(self._yielding.get(hit.intent, ()))), told[-1])

    def _weight(self, hit: Hit, votes: Mapping[str, float]) -> float:
        return votes.get(self._groups[hit.intent], 0.0) - _VAGUE * (hit.intent in self._broad)

    def _led(self, clauses: tuple[Clause, ...], matter: Hit) -> tuple[Clause, ...]:
        """The clauses with an intent marked as the one that leads, without those to which it would step back."""
        before = self._yielding.get(matter.intent, frozenset())
        kept = [[hit for hit in clause.hits if hit.intent not in before] for clause in clauses]
        led = [tuple([hit._replace(leads=hit.intent == matter.intent) for hit in hits]) for hits in kept]
        return tuple([clause.with_hits(hits) for clause, hits in zip(clauses, led, strict=True)])

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
        return max([(dice(said, known), text) for text, known in self._lessons_of(intent)])[1]

    def _lessons_of(self, intent: str) -> Sequence[tuple[str, Set[str]]]:
        """The words of an intent with their grams."""
        if intent not in self._grams:
            self._grams[intent] = [(text, grams(plain)) for name, text, plain in self._lessons if name == intent]
        return self._grams[intent]


def _silent(clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
    return tuple([clause.with_hits(()) for clause in clauses])


def _group(intent: str, names: Set[str]) -> str:
    """An intent as it is voted for: with its sub-intents."""
    group = intent.partition(".")[0]
    return group if group in names else intent
