"""Figures and names in normalised text: money, counts, dates, durations, numbers of orders and parcels."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, cached_property
from typing import NamedTuple

from csflow.language.dates import PATTERN as DATE
from csflow.language.dates import read_date
from csflow.language.normalise import normalise
from csflow.language.numbers import number, plain
from csflow.language.phrases import Phrases, longest
from csflow.language.places import addresses, known_names

_CHEAP = re.compile(
    r"[0-9零〇一二两三四五六七八九十半今明昨前后周期拜折码\[(（^_]|x[sl]|[>=].[<=]|://|www\.|day|tonight|tomorrow"
)
_BEGINS = r"(?=[0-9a-z零〇一二两三四五六七八九十百千万亿半¥$€£+\[订咨商顾打下上这本个周星礼大前昨今明后均(（^>=-])(?<!第)"
_DIGITS = r"(?<![0-9a-z.])[0-9]{1,9}(?:,[0-9]{3}){0,3}(?:\.[0-9]{1,4})?"
_CHINESE = "[零〇一二两三四五六七八九十百千万亿]{1,12}(?:点[零一二三四五六七八九]{1,4})?"
_N = rf"(?:{_DIGITS}(?:[万千]|[kw](?![a-z]))?|{_CHINESE}|半)"
_ONE = "[一二两三四五六七八九]"
_MEASURE = "个件双条只套瓶袋盒箱包台本张把份支枚副对颗粒罐桶卷部顶辆片组单斤"
_FIGURE = rf"{_DIGITS}(?:[万千]|[kw](?![a-z]))?|{_CHINESE}|半"
_SECONDS = {
    "秒": 1, "sec": 1, "分": 60, "min": 60, "小时": 3600, "钟头": 3600, "hour": 3600, "天": 86400, "day": 86400,
    "周": 604800, "星期": 604800, "礼拜": 604800, "week": 604800,
    "月": 2592000, "month": 2592000, "年": 31536000, "year": 31536000,
}  # fmt: skip

Value = object


class Span(NamedTuple):
    """An entity at its place in the normalised text."""

    start: int
    end: int
    type: str
    value: Value


def _figure(text: str) -> Decimal:
    found = re.search(_FIGURE, text)
    return number(found[0]) if found else Decimal(0)


def _money(text: str) -> Decimal:
    if text[-1] in "毛角" and not re.search("[块元]", text):
        return _figure(text) / 10
    major, _, tail = re.sub("元|块钱?", "块", text).partition("块")
    tenths = tail.rstrip("毛角")
    return _figure(major) + (number(tenths) / 10 if re.fullmatch("[0-9零一二三四五六七八九]", tenths) else 0)


def _count(text: str) -> int | None:
    value = _figure(text)
    return int(value) if value == int(value) else None


def _percent(text: str) -> int:
    if text == "半价":
        return 5000
    value = _figure(text.removeprefix("百分之"))
    if text[-1] == "折":
        return int(value * (1000 if value < 10 else 100))
    return int(value * 100)


def _duration(text: str) -> int:
    unit = next(seconds for word, seconds in _SECONDS.items() if word in text)
    return int((_figure(text) + (Decimal("0.5") if "个半" in text else 0)) * unit)


def _length(text: str) -> int:
    metres, unit, tail = re.sub("厘米|公分|cm", "", text).partition("米")
    if not unit:
        return int(_figure(metres))
    part = plain(number(tail)) if tail else "0"
    return int(_figure(metres) * 100) + int(part.zfill(2) if tail[:1] in "0零" else part.ljust(2, "0"))


def _weight(text: str) -> str:
    value = _figure(text)
    return plain(value / 2 if text[-1] == "斤" and text[-2] != "公" else value)


def _card(text: str) -> str:
    found = re.search(r"[0-9a-z]{6,}|\[[^\[\]]+\]", text[1:])
    return found[0] if found else text


def _tracking(text: str) -> str | None:
    return text.upper() if len(text) >= 12 else None


def _size(text: str) -> str:
    return text if text == "均码" else text.removesuffix("码").upper()


def _bare(text: str) -> str:
    return plain(_figure(text))


_GIVEN = r"[:：] ?(?:\[[^\[\]\n]{1,20}\]|[-0-9a-z.:¥元]{1,30})"
_DETAILS = (
    rf"(?:[ ，,;；]{{0,4}}(?:订单金额|订单状态|下单时间|商品id|商品编号|商品数量){_GIVEN}(?: \[[^\[\]\n]{{1,20}}\])?){{0,5}}"
)
_FACE = r"[(（](?=[^()（）\n]{0,9}[\^_`´;><≧≦╥﹏▽ωдo°●=*~～])[^()（）\n\u4e00-\u9fff0-9]{2,10}[)）]"
_SMALL_FACE = r"(?<![a-z0-9])(?:\^[_.ow]?\^|t[_.]t|qaq|>[_.]<|=[_.]=|-_-|o_o|orz)(?![a-z0-9])"
_NESTED = r"(?:[^\[\]\n]|\[[^\[\]\n]{0,20}\]){0,200}"
_CARD = rf"(?:顾客通过[^\[\]\n:：]{{1,20}}[:：] ?)?\[订单{_NESTED}\]|(?:咨询)?订单(?:编号|号码?){_GIVEN}{_DETAILS}"
_TABLE: tuple[tuple[str, str, Callable[[str], Value]], ...] = (
    ("link", r"(?:https?://|www\.)[!-~]{1,1000}|\[链接[^\[\]\n]{0,60}\]", str),
    ("image", r"\[图片[^\[\]\n]{0,60}\]|\[image[^\[\]\n]{0,60}\]", str),
    ("order_no", _CARD, _card),
    ("phone", r"\[(?:电话|手机|手机号|联系电话)[a-z0-9]{0,4}\]", str),
    ("address", r"\[(?:收货)?地址[a-z0-9]{0,4}\]", str),
    ("mask", rf"\[[a-z0-9\u4e00-\u9fff()]{{1,16}}\]|商品(?:id|编号|链接){_GIVEN}|{_FACE}|{_SMALL_FACE}", str),
    ("date", DATE, read_date),
    ("phone", r"(?<![0-9a-z])(?:\+?86[- ]?)?1[3-9][0-9]{9}(?![0-9a-z])", lambda text: text[-11:]),
    ("tracking_no", r"(?<![0-9a-z])[a-z]{1,5}[0-9]{9,20}[a-z]{0,3}(?![0-9a-z])", _tracking),
    ("order_no", r"(?<![0-9a-z])(?:[0-9]{10,30}|(?=[a-z0-9]{10,40}(?![a-z0-9]))(?:[a-z]*[0-9]){6}[a-z0-9]*)(?![0-9a-z])", str),
    ("size", r"(?<![0-9a-z])(?:(?:[2-6]?x{1,4}[sl]|[sml])码|(?:[2-6]x|x{1,4})[sl](?![0-9a-z])|[2-5][0-9](?:\.5)?码)|均码", _size),
    ("percent", rf"半价|{_DIGITS} ?%|百分之{_N}|打?(?:{_DIGITS}|[一二三四五六七八九]{{1,2}})折", _percent),
    (
        "length_cm",
        rf"{_N} ?(?:cm(?![a-z])|厘米|公分)|(?:{_DIGITS}|{_ONE})米(?:[0-9]{{1,2}}|[零一二三四五六七八九]{{1,2}})?(?![0-9])",
        _length,
    ),
    ("weight_kg", rf"{_N} ?(?:kgs?(?![a-z])|公斤|千克|斤)", _weight),
    (
        "money",
        rf"[¥$€£] ?[0-9]{{1,9}}(?:,[0-9]{{3}}){{0,3}}(?:\.[0-9]{{1,4}})?(?:[万千]|k(?![a-z0-9]))?"
        rf"|{_DIGITS}(?={_ONE}[{_MEASURE}])"
        rf"|{_N}[多来]? ?(?:块钱?|元|圆|rmb|usd|dollars?|bucks|美元|美金|刀|毛|角|[¥$€£](?![0-9]))"
        rf"(?:(?<=[块元])[0-9零一二三四五六七八九](?![0-9.{_MEASURE}折天年月])[毛角]?)?"
        rf"|{_DIGITS}万(?!一)|{_ONE}[百千]{_ONE}(?![十百千万{_MEASURE}年天])",
        _money,
    ),
    (
        "duration",
        rf"{_N}个?半?(?:秒钟?|分钟|小时|钟头|天|周|星期|礼拜|年)|{_N}个半?月"
        rf"|{_DIGITS}\+?[ -](?:secs?|seconds?|mins?|minutes?|hours?|days?|weeks?|months?|years?)\b",
        _duration,
    ),
    ("count", rf"(?:{_DIGITS}|{_CHINESE}) ?(?:[{_MEASURE}]|(?:pcs|pieces?|pairs?|items?|units?|sets?|boxes)\b)", _count),
    ("number", rf"{_DIGITS}k?(?![0-9a-z])|(?:{_ONE}[十百千万][零一二两三四五六七八九十百千万]{{0,10}}|十{_ONE})(?!分)", _bare),
)  # fmt: skip


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(_BEGINS + "(?:" + "|".join(f"(?P<t{n}>{pattern})" for n, (_, pattern, _) in enumerate(_TABLE)) + ")")


class Entities:
    """Reads all entities of a text; `minor` minor units make a major unit of money."""

    def __init__(self, names: Mapping[str, Mapping[str, str]], minor: int) -> None:
        self._minor = minor
        self._own = names

    def read(self, text: str) -> list[Span]:
        """The entities of a normalised text in order, none overlapping; a name wins over a shorter figure."""
        figures = self._figures(text) if _CHEAP.search(text) else []
        names = self._names(text)
        if figures:
            names += _addresses(text, names)
        return _apart(figures, names) if names else figures

    def _names(self, text: str) -> list[Span]:
        phrases, named = self._known
        return [Span(start, end, *named[index]) for index, start, end in longest(phrases.find(text))]

    @cached_property
    def _known(self) -> tuple[Phrases, list[tuple[str, str]]]:
        """The names to look for, each with its type and value."""
        entries = sorted({(plain, *entry) for word, *entry in self._named() if (plain := normalise(word).text)})
        return Phrases([word for word, _, _ in entries]), [(kind, value) for _, kind, value in entries]

    def _named(self) -> Iterator[tuple[str, str, str]]:
        """The author's names, and the common ones as the author calls their values."""
        for kind, words in known_names().items():
            own = self._own.get(kind, {})
            for word, value in words.items():
                if word not in own:
                    yield word, kind, own.get(value, own.get(value.removesuffix("色"), value))
        for kind, own in self._own.items():
            yield from ((word, kind, value) for word, value in own.items())

    def _figures(self, text: str) -> list[Span]:
        spans = (self._span(found) for found in _pattern().finditer(text))
        return [span for span in spans if span.value is not None]

    def _span(self, found: re.Match[str]) -> Span:
        kind, _, read = _TABLE[int((found.lastgroup or "t0")[1:])]
        value = read(found[0])
        if isinstance(value, Decimal):
            value = int((value * self._minor).quantize(Decimal(1), ROUND_HALF_UP))
        return Span(found.start(), found.end(), kind, value)


def _addresses(text: str, names: Sequence[Span]) -> list[Span]:
    """The addresses of a text; the regions that one begins with keep their places before the rest."""
    found = []
    for start, end in addresses(text):
        rest = start
        for name in names:
            if name.type == "region" and name.start == rest:
                rest = name.end + (text[name.end] in "省市")
        found.append(Span(rest, end, "address", text[start:end]))
    return found


def _apart(figures: Sequence[Span], names: Sequence[Span]) -> list[Span]:
    """Names and figures in text order; where two overlap the longer stays, a name among equals."""
    kept: list[Span] = []
    for span in sorted([*names, *figures], key=lambda s: s.start - s.end):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return sorted(kept, key=lambda s: s.start)


def as_type(span: Span, kind: str, minor: int) -> Span:
    """A bare number read as the money, count, length or weight that a question or a hole asks for; others as they are."""
    if span.type != "number" or kind not in ("money", "count", "length_cm", "weight_kg"):
        return span
    value = Decimal(str(span.value)) * (minor if kind == "money" else 1)
    whole = int(value.quantize(Decimal(1), ROUND_HALF_UP))
    return span._replace(type=kind, value=plain(value) if kind == "weight_kg" else whole)
