"""Text as people type it ⇒ the form that is matched, with a way back to the original positions."""

import re
import unicodedata
from functools import cache

LIMIT = 2000
"""Code points of a message that are matched; what follows is ignored."""

KEPT = "，。！？；：、“”…（）～"
"""Chinese punctuation that stays as typed: NFKC would send nearly every message down the slow path."""

_REPEAT = re.compile(r"(.)\1\1\1", re.DOTALL)
_APOSTROPHES = "\u2018\u2019\u02bc"
_INVISIBLE = {"Cc", "Cf", "Co", "Cn"}
_SIGNS = {sign: f" {word} " for word, signs in (("好", "👍👌🆗"), ("谢谢", "🙏"), ("生气", "😡🤬")) for sign in signs}
_MODIFIERS = re.compile("[\ufe00-\ufe0f\u20e3]")
_PICTURES = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")


class Normal:
    """Normalised text; `offsets[i]` is the original position of its character `i`, `None` where they agree."""

    __slots__ = ("offsets", "text")

    def __init__(self, text: str, offsets: tuple[int, ...] | None = None) -> None:
        self.text = text
        self.offsets = offsets

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original code points that the normalised characters `start` to `end` came from."""
        if self.offsets is None or start >= end:
            return start, end
        return self.offsets[start], self.offsets[end - 1] + 1


def normalise(text: str) -> Normal:
    """Fold width, case, traditional characters and noise of the first 2,000 code points; idempotent, never raises."""
    if len(text) > LIMIT:
        text = text[:LIMIT]
    if _settled().issuperset(text) and _REPEAT.search(text) is None:
        return Normal(text.lower())
    return _fold(text)


def _fold(text: str) -> Normal:
    """Character by character, squeezing a run to three; digits are left alone, for 10000 is not 1000."""
    letters: list[str] = []
    offsets: list[int] = []
    for position, original in enumerate(text):
        for letter in folded(original):
            if letters[-3:] != [letter] * 3 or letter.isdigit():
                letters.append(letter)
                offsets.append(position)
    return Normal("".join(letters[:LIMIT]), tuple(offsets[:LIMIT]))


@cache
def folded(letter: str) -> str:
    """What one original character becomes: usually one, sometimes several, or none."""
    if letter in KEPT or letter == "\n":
        return letter
    if letter.isspace() or _PICTURES.match(letter):
        return _SIGNS.get(letter, " ")
    if _MODIFIERS.match(letter):
        return ""
    if "\ud800" <= letter <= "\udfff":
        return "\ufffd"
    wide = unicodedata.normalize("NFKC", letter).lower()
    return "".join(_simplified(c) for c in unicodedata.normalize("NFKC", wide) if unicodedata.category(c) not in _INVISIBLE)


def _simplified(letter: str) -> str:
    if letter in _APOSTROPHES:
        return "'"
    if letter < "\u3400" or letter in _settled() or "\uac00" <= letter <= "\ud7ff":
        return letter
    return str(_converter().convert(letter))


@cache
def _converter():  # type: ignore[no-untyped-def]  # opencc ships no types
    from opencc import OpenCC

    return OpenCC("t2s")


@cache
def _settled() -> frozenset[str]:
    """What `folded` changes at most in case: ASCII, Chinese punctuation, and GB 2312, which knows no traditional form."""
    rows = bytes(byte for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF) for byte in (high, low))
    return frozenset([*map(chr, range(32, 127)), "\n", *KEPT, *rows.decode("gb2312", "ignore")])
