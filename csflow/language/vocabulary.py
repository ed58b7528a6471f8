"""Short answers: yes, no, and the named answers of a slot that was asked."""

import re
from collections.abc import Mapping, Sequence
from functools import cache, cached_property

from csflow.language.normalise import normalise
from csflow.language.phrases import Phrases, negated
from csflow.language.similar import dice, grams

PARTICLES = "啊呀哦呢吧了的嘛哈啦哟噢喔嗷~～"
"""Sentence-final particles that change nothing."""

_SPLIT = r"[，。！？；、,!?;.…~～\s]+"
_LIKE, _LIKE_ASCII = 0.4, 0.6
_TAIL = f"[{PARTICLES}]*"
_WEAK = "嗯+|恩+|哦+|噢|额|呃|啊|那|好|好的|行|well|oh|hmm"
_YES = (
    "好|好的|好滴|好嘞|好吧|可以|可以的|行|行的|中|对|对的|对对|是|是的|是呀|嗯+|恩+|没错|没问题|没有问题|没意见|同意|确认|确定|当然|当然可以|要|要的|需要|愿意|成|得"
    "|必须的?|就这样|就这么定|就它|妥|ok|okay|okey|okk|yes|yep|yeah|yup|y|sure|of course|right|correct|fine|sounds good|deal"
)
_NO = (
    "不|不了|不用|不用了|不要|不要了|不行|不是|不是的|不对|不可以|不需要|不必|不想|不想要|不同意|不愿意|不确认|不好|不成|没|没有|没有了|没了|没啊|算了|别|别了|免了|不用谢"
    "|no|nope|nah|n|not really|no need|never mind|don'?t"
)
_THANKS = "谢谢你?您?|多谢|感谢|麻烦了|辛苦了|您|你|亲|先|thanks|thank you|thx|please|就"


@cache
def _answers() -> tuple[re.Pattern[str], re.Pattern[str]]:
    fill = f"(?:{_THANKS})?{_TAIL}"
    yes = re.compile(f"(?:(?:{_WEAK}){_TAIL})*(?:(?:{_YES}){_TAIL})+{fill}")
    no = re.compile(f"(?!.*不是不)(?:(?:{_WEAK}){_TAIL})*(?:(?:{_NO}){_TAIL})+{fill}")
    return yes, no


def yes_no(text: str) -> bool | None:
    """Whether a short text says yes or no; `None` where it says neither, or both in this order: no, then yes."""
    said = [answer for answer in map(_yes_no, re.split(_SPLIT, normalise(text[:80]).text)) if answer is not None]
    if not said or (False in said and said[-1]):
        return None
    return said[-1]


def _yes_no(words: str) -> bool | None:
    yes, no = _answers()
    if not words:
        return None
    if no.fullmatch(words):
        return False
    return True if yes.fullmatch(words) else None


class Vocabulary:
    """Hears which of the named answers a short clause gives."""

    def __init__(self, answers: Mapping[str, Sequence[str]]) -> None:
        pairs = sorted((normalise(words).text, answer) for answer, given in answers.items() for words in given)
        self._pairs = [(words, answer) for words, answer in pairs if words]
        self._phrases = Phrases([words for words, _ in self._pairs])

    @cached_property
    def _likable(self) -> list[tuple[set[str], str]]:
        """The grams of what is long enough to be like something, with its answer."""
        return [(grams(words), answer) for words, answer in self._pairs if len(words) > 2]

    def match(self, text: str) -> str | None:
        """The answer whose words stand in the clause, else the one clearly most like it, else `None`."""
        plain = normalise(text).text
        found = self._phrases.find(plain)
        if not found:
            return self._likest(plain)
        said = [(end - start, -index) for index, start, end in found if not negated(plain, start)]
        return self._pairs[-max(said)[1]][1] if said else None

    def _likest(self, plain: str) -> str | None:
        """Enough of the grams must agree, and no other answer may come as near."""
        best: dict[str, float] = {}
        said = grams(plain)
        for known, answer in self._likable if len(plain) <= 30 else ():
            best[answer] = max(best.get(answer, 0.0), dice(said, known))
        ranked = sorted(best, key=lambda answer: -best[answer])
        if (
            not ranked
            or best[ranked[0]] < (_LIKE_ASCII if plain.isascii() else _LIKE)
            or (ranked[1:] and best[ranked[1]] == best[ranked[0]])
        ):
            return None
        return ranked[0]
