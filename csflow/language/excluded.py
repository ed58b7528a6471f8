"""`not:` messages of an intent: a clause nearer to one of them than to the intent is not it."""

from collections.abc import Mapping, Sequence, Set
from functools import cached_property

from csflow.language.heard import Words
from csflow.language.normalise import normalise
from csflow.language.patterns import is_pattern, spoken
from csflow.language.similar import core, grams

_Shape = tuple[Set[str], int]
_VERY_NEAR = 0.3  # of all grams on both sides, of which half can be shared at most


class Excluded:
    """The excluded messages of one intent, against its own words; `classes` are the word classes in both."""

    def __init__(self, words: Words, classes: Mapping[str, Sequence[str]]) -> None:
        self._nots = [plain for text in words.excluded if (plain := normalise(text).text) and not is_pattern(plain)]
        self._words = words
        self._classes = classes

    @cached_property
    def _away(self) -> list[_Shape]:
        return [_shape(text, self._classes) for text in self._words.excluded]

    @cached_property
    def _own(self) -> list[_Shape]:
        return [_shape(text, self._classes) for text in (*self._words.phrases, *self._words.examples)]

    def holds(self, clause: str) -> bool:
        """Whether an excluded message stands in a normalised clause word for word."""
        return any(text in clause for text in self._nots)

    def denies(self, clause: str, said: Set[str], *, verbatim: bool) -> bool:
        """Whether a normalised clause with the grams `said` holds an excluded message or is nearer to one than to the intent.

        Where the intent's own words stand in it `verbatim`, a message must be very near to outweigh them.
        """
        if self.holds(clause):
            return True
        size, least = len(said), _VERY_NEAR if verbatim else 0.0
        # what is much shorter or longer than the clause cannot be near enough
        able = [(grams, length) for grams, length in self._away if min(size, length) > least * (size + length)]
        away = max([len(said & grams) / (size + length) for grams, length in able], default=0.0)
        if away <= least:
            return False
        # a text shares no more than its own length, so most of the intent's own need no look
        return all(length < away * (size + length) or len(said & grams) / (size + length) < away for grams, length in self._own)


def _shape(text: str, classes: Mapping[str, Sequence[str]]) -> _Shape:
    """The grams of a text, and how many they are."""
    known = grams(core(normalise(spoken(text, classes)).text))
    return known, len(known)
