"""Choose a variant and fill it: the same seed gives the same words, and a missing fact silences a variant."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from zlib import crc32

from csflow.condition import DAY, Binder, Node, Type, compiled
from csflow.template import Template
from csflow.values import MINOR

Guard = Callable[[Any], Any]
SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£"}
SPANS = (("y", 365 * DAY), ("d", DAY), ("h", 3600), ("m", 60), ("s", 1))
UNIT_WORDS = {
    "zh": {"y": "年", "d": "天", "h": "小时", "m": "分钟", "s": "秒"},
    "en": {"y": "year", "d": "day", "h": "hour", "m": "minute", "s": "second"},
}
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
SENTENCE_END = re.compile(r"[。！？!?；;\n…～~]+[”’」』）)]*|\.(?=\s)")
CLAUSE_END = re.compile(r"[，,、：: ]+")


class Style(NamedTuple):
    """How values are written: the flow's language and the shop's currency."""

    language: str = "zh"
    currency: str = "CNY"

    def write(self, wanted: Type, value: Any, today: datetime.date) -> str:
        """Write a typed value for a customer: `185元`, `11月22日`, `20分钟`."""
        if wanted.kind == "money":
            return self.money(value)
        if wanted.kind == "date":
            return self.date(value, today)
        if wanted.kind == "duration":
            return self.duration(value)
        if wanted.kind in ("texts", "map"):  # of a map its names are said
            return ("、" if self.language == "zh" else ", ").join(value)
        return str(value)

    def money(self, minor: int) -> str:
        """Write minor units; whole amounts without decimals."""
        major, rest = divmod(abs(minor), MINOR)
        digits = f"{'-' if minor < 0 else ''}{major}" + (f".{rest:02d}" if rest else "")
        if self.language == "zh" and self.currency == "CNY":
            return f"{digits}元"
        return digits.replace(digits.lstrip("-"), SYMBOLS[self.currency] + digits.lstrip("-"))

    def date(self, date: datetime.date, today: datetime.date) -> str:
        """Write a date, with its year only where it is not this year's."""
        other = date.year != today.year
        if self.language == "zh":
            return (f"{date.year}年" if other else "") + f"{date.month}月{date.day}日"
        return f"{date.day} {MONTHS[date.month - 1]}" + (f" {date.year}" if other else "")

    def duration(self, seconds: int) -> str:
        """Write a span in its largest whole unit, or in two units."""
        words = UNIT_WORDS[self.language]
        rest, parts = abs(seconds), list[str]()
        for unit, size in SPANS:
            count, rest = divmod(rest, size)
            if count and len(parts) < 2:
                parts.append(self.span(count, words[unit]))
        parts = parts or [self.span(0, words["s"])]
        return ("" if self.language == "zh" else " ").join(parts)

    def span(self, count: int, word: str) -> str:
        return f"{count}{word}" if self.language == "zh" else f"{count} {word}{'' if count == 1 else 's'}"


class Text:
    """A compiled template; `fill` gives its text, or None where a fact is missing."""

    __slots__ = ("first", "rest", "style")

    def __init__(self, template: Template, bind: Binder, style: Style) -> None:
        self.style = style
        self.first, self.rest = "", list[tuple[Type | None, Guard, str]]()
        for part in template.parts:
            if isinstance(part, Node):
                self.rest.append((None if part.type.kind == "text" else part.type, compiled(part, bind), ""))
            elif self.rest:
                self.rest[-1] = (*self.rest[-1][:2], part)
            else:
                self.first = part

    def fill(self, env: Any) -> str | None:
        """Return the text with every placeholder written; `env.today` dates it."""
        out = self.first
        for wanted, value_of, after in self.rest:
            value = value_of(env)
            if value is None:
                return None
            out += (value if wanted is None else self.style.write(wanted, value, env.today)) + after
        return out


class Line(NamedTuple):
    """One message of a variant; said only where its guard is true."""

    guard: Guard | None
    text: Text


class Variant(NamedTuple):
    """One way to say it: messages in order, perhaps only under a condition."""

    guard: Guard | None
    lines: tuple[Line, ...]

    @property
    def plain(self) -> Text | None:
        """The text of a variant that is one unconditional message."""
        return self.lines[0].text if self.guard is None and len(self.lines) == 1 and self.lines[0].guard is None else None

    def fill(self, env: Any) -> tuple[str, ...] | None:
        """Return the messages, or None where one of them cannot be said."""
        out: list[str] = []
        for guard, text in self.lines:
            if guard is not None and guard(env) is not True:
                continue
            said = text.fill(env)
            if said is None:
                return None
            out.append(said)
        return tuple(out) or None


def choose(variants: Sequence[Variant], env: Any, seed: int, key: str, used: int) -> tuple[tuple[str, ...], int] | None:
    """Choose and fill a variant; returns its messages and the bits of the variants used, or None if none can be said.

    Variants whose condition is true go before plain ones; none is repeated until all that can be said were used.
    """
    if len(variants) == 1:
        said = None if (guard := variants[0].guard) and guard(env) is not True else variants[0].fill(env)
        return None if said is None else (said, used)
    conditional = {i: v for i, v in enumerate(variants) if v.guard is not None and v.guard(env) is True}
    plain = {i: v for i, v in enumerate(variants) if v.guard is None}
    return _pick(conditional, env, seed, key, used) or _pick(plain, env, seed, key, used)


def _pick(pool: Mapping[int, Variant], env: Any, seed: int, key: str, used: int) -> tuple[tuple[str, ...], int] | None:
    sayable = {i: said for i, variant in pool.items() if (said := variant.fill(env)) is not None}
    if not sayable:
        return None
    fresh = [i for i in sayable if not used >> i & 1]
    if not fresh:
        used &= ~sum(1 << i for i in sayable)
        fresh = list(sayable)
    index = fresh[crc32(f"{seed}:{key}:{used}".encode()) % len(fresh)]
    return sayable[index], used | 1 << index


def checksum(messages: Sequence[str]) -> int:
    """Return a number by which a reply is known again."""
    return crc32("\n".join(messages).encode("utf-8", "replace"))


def split(text: str, limit: int) -> tuple[str, ...]:
    """Split a long answer into messages of at most `limit` code points, at sentence ends where it can."""
    if len(text) <= limit:
        return (text,)
    out: list[str] = []
    rest = text
    while len(rest) > limit:
        at = _last_end(SENTENCE_END, rest, limit) or _last_end(CLAUSE_END, rest, limit) or limit
        out.append(rest[:at].strip())
        rest = rest[at:].lstrip()
    return tuple(part for part in (*out, rest) if part)


def _last_end(pattern: re.Pattern[str], text: str, limit: int) -> int:
    return max((m.end() for m in pattern.finditer(text, 0, limit + 1) if m.end() <= limit), default=0)
