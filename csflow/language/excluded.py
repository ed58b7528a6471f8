"""`not:` messages of an intent: a clause nearer to one of them than to the intent is not it."""

from collections.abc import Mapping, Sequence, Set

from csflow.language.heard import Words
from csflow.language.normalise import normalise
from csflow.language.patterns import is_pattern, spoken
from csflow.language.similar import core, dice, grams


class Excluded:
    """The excluded messages of one intent, against its own words; `classes` are the word classes in both."""

    def __init__(self, words: Words, classes: Mapping[str, Sequence[str]]) -> None:
        self._nots = [plain for text in words.excluded if (plain := normalise(text).text) and not is_pattern(plain)]
        self._away = [grams(core(normalise(spoken(text, classes)).text)) for text in words.excluded]
        self._own = [grams(core(normalise(spoken(text, classes)).text)) for text in (*words.phrases, *words.examples)]

    def denies(self, clause: str, said: Set[str]) -> bool:
        """Whether a normalised clause with the grams `said` holds an excluded message or is nearer to one than to the intent."""
        if any(text in clause for text in self._nots):
            return True
        away = max([dice(said, other) for other in self._away], default=0.0)
        return away > 0 and all(dice(said, own) < away for own in self._own)
