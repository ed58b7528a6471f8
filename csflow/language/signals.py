"""Mood and urgency of a message, from short word lists."""

import re
from collections.abc import Callable

from csflow.language.normalise import normalise

_ANGER = (
    "生气|气死|气人|火大|恼火|无语|烦死|烦人|受够|忍无可忍|什么态度|态度太差|什么破|太差劲|太过分|欺负人|欺骗|忽悠|耍我|坑人|坑爹|太坑|差评|投诉|曝光"
    "|12315|消协|到底|凭什么|搞什么|怎么搞的|等了?[这那]么久|第[二三四五六七八九几]次|说了?[几多好]遍"
    r"|\bangry\b|\bfurious\b|\bridiculous\b|\bunacceptable\b|\bterrible\b|\bawful\b|\bworst\b|\bcomplain"
)
_ABUSE = (
    "傻逼|煞笔|沙比|傻子|白痴|脑残|智障|废物|滚蛋|滚开|给我滚|去死|他妈|你妈|妈的|尼玛|草泥马|王八|混蛋|畜生|狗东西|不要脸|骗子|垃圾客服|有病吧"
    r"|\bfuck|\bshit\b|\bidiots?\b|\bstupid\b|\bmorons?\b|\basshole|\bscammers?\b|\bbastard"
)
_URGENCY = (
    "急用|着急|急需|很急|太急|急死|好急|急急|加急|赶紧|赶快|尽快|马上|立刻|立即|快点|快些|越快越好|等不及|来不及|速度"
    r"|\basap\b|\burgent|\bhurry\b|\bimmediately\b|\bright now\b|\bas soon as possible\b"
)
_POLITE = r"请|谢|麻烦|您|辛苦|劳驾|不好意思|\bplease\b|\bthank|\bsorry\b|\bkindly\b"
_SHOUTING = r"[!！]{2,}|[?？]{3,}"


class Signals:
    """The message as a whole, each reading made when asked for.

    `anger`, `abuse`, `urgency` 0..3; `questions` the clauses that ask; `alone`: one clause, one intent at most;
    `length` in code points; `polite`.
    """

    __slots__ = ("_alone", "_levels", "_questions", "_text")

    def __init__(self, text: str, questions: Callable[[], int], alone: Callable[[], bool]) -> None:
        self._text = text
        self._levels: dict[str, int] = {}
        self._questions = questions
        self._alone = alone

    @property
    def anger(self) -> int:
        """Words of anger, abuse and shouting."""
        return min(3, self._level(_ANGER) + self.abuse + min(1, self._level(_SHOUTING)))

    @property
    def abuse(self) -> int:
        """Insults."""
        return self._level(_ABUSE)

    @property
    def urgency(self) -> int:
        """Words of haste."""
        return self._level(_URGENCY)

    @property
    def questions(self) -> int:
        """How many clauses ask."""
        return self._questions()

    @property
    def alone(self) -> bool:
        """Whether the message is one clause with one intent at most."""
        return self._alone()

    @property
    def length(self) -> int:
        """Code points of the original text."""
        return len(self._text)

    @property
    def polite(self) -> bool:
        """Whether a polite word stands in it."""
        return self._level(_POLITE) > 0

    def _level(self, words: str) -> int:
        if words not in self._levels:
            self._levels[words] = min(3, len(re.findall(words, normalise(self._text).text)))
        return self._levels[words]
