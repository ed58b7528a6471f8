"""Where one clause ends and the next begins."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from csflow.language.normalise import normalise

_RUN = re.compile(r"[，。！？；,!?;.…~～ \n]+")
_SPACE = re.compile(" +")
_QUESTION = (
    "[吗么嘛呢没]$|怎么|怎样|什么|多少|多久|多大|多长|几[天个点号时件]|哪|谁|为何|为啥|咋|何时|是否|能不能|能否|可不可以|可否|是不是|有没有|要不要|行不行|好不好|会不会"
    r"|^(?:what|when|where|which|who|why|how|is|are|do|does|did|can|could|will|would|may|should|any)\b"
)

_DEMANDS = re.compile(
    "^(?:那么?|所以|但是?|就|现在|你们?|您|快点?)?(?:我们?(?:就?要(?!不)|想(?!不)|需要)|(?:全部|都|就)?[想要](?:全部|都)?[退换]|帮我|帮忙|麻烦(?![你您]?[了啦])|请|给我|申请)|(?:查询|咨询)$"
    r"|^(?:please|i want|i need|i'd like|i would like)\b"
)
_TELLS = re.compile(
    "^(?:我们?|就是|那个|但是?|可是?)?(?:因为|由于|之前|昨天|昨晚|前天|前几天|上次|上周|上星期|上个月|刚才|刚刚|本来|原来|当时|那天|去年|后来)"
    r"|^(?:because|yesterday|last (?:week|month|time))\b"
)


class Part(NamedTuple):
    """A clause of the normalised text, and whether a question mark follows."""

    start: int
    end: int
    marked: bool


def split(text: str, glued: Sequence[tuple[int, int]] = ()) -> list[Part]:
    """The clauses of a normalised text; a separator inside a `glued` span does not part it."""
    if _RUN.search(text) is None:
        return [Part(0, len(text), False)] if text else []
    parts: list[Part] = []
    start = 0
    inside = {position for span in glued for position in range(*span)} if glued else glued
    for run in _RUN.finditer(text):
        if _parts(text, run.start(), run.end()) and run.start() not in inside:
            parts += _part(text, start, run.start(), run[0])
            start = run.end()
    return parts + _part(text, start, len(text), "")


def asks(text: str) -> bool:
    """Whether the words of a clause ask, with or without a question mark."""
    return re.search(_QUESTION, normalise(text).text) is not None


def turn_of(text: str) -> int:
    """When a clause is answered among those of its message: what it demands first (0), what it only tells of before last (2)."""
    plain = normalise(text).text
    if _DEMANDS.search(plain):
        return 0
    return 2 if _TELLS.search(plain) else 1


def _part(text: str, start: int, end: int, after: str) -> list[Part]:
    words = text[start:end]
    start += len(words) - len(words.lstrip())
    end -= len(words) - len(words.rstrip())
    if start >= end:
        return []
    return [Part(start, end, "?" in after or "？" in after)]


def _parts(text: str, start: int, end: int) -> bool:
    """A space parts only Chinese from Chinese; a lone dot or comma inside a figure or name parts nothing."""
    run, before, after = text[start:end], text[start - 1 : start], text[end : end + 1]
    if _SPACE.fullmatch(run):
        return before >= "\u2e80" and after >= "\u2e80"
    if run == ".":
        return after == "" or not (before.isascii() and after.isascii())
    return run != "," or not (before.isdigit() and re.match("[0-9]{3}(?![0-9])", text[end : end + 4]))
