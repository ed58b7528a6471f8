"""`not:` messages of an intent: a clause nearer to one of them than to the intent is not it."""

from csflow.language.heard import Words
from csflow.language.normalise import normalise
from csflow.language.patterns import HOLE
from csflow.language.similar import core, dice, grams


class Excluded:
    """The excluded messages of one intent, against its own words."""

    def __init__(self, words: Words) -> None:
        self._nots = [plain for text in words.excluded if (plain := normalise(text).text)]
        self._away = [_grams(text) for text in self._nots]
        self._own = [_grams(normalise(HOLE.sub("0", text)).text) for text in (*words.phrases, *words.examples)]

    def denies(self, clause: str) -> bool:
        """Whether a normalised clause holds an excluded message or is nearer to one than to the intent."""
        if any(text in clause for text in self._nots):
            return True
        said = _grams(clause)
        away = max((dice(said, other) for other in self._away), default=0.0)
        return away > max((dice(said, own) for own in self._own), default=0.0)


def _grams(text: str) -> frozenset[str]:
    return frozenset(grams(core(text)))
