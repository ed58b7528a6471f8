"""How short values are written in rule files: types, names, durations, percentages, hours; and the fields that read them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from csflow.condition import COUNT, DATE, DURATION, FLAG, MONEY, TEXT, TEXTS, Type
from csflow.values import read_value

FACT_TYPES = {t.kind: t for t in (MONEY, COUNT, DURATION, DATE, TEXT, FLAG, TEXTS)} | {"claim": Type("claim")}
ENTITY_TYPES = {
    **{kind: FACT_TYPES[kind] for kind in ("money", "count", "duration", "date", "text", "flag")},
    **dict.fromkeys(("length_cm", "weight_kg", "percent"), COUNT),
    **dict.fromkeys(
        ("image", "product", "order_no", "tracking_no", "region", "address", "phone", "link", "colour", "category", "size"), TEXT
    ),
}
ID = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
DURATION_PATTERN = "^[0-9]{1,10}[smhdwy]$"
PERCENT_TEXT = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?%", re.ASCII)
WINDOW_TEXT = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? (\d{2}):(\d{2})-(\d{2}):(\d{2})", re.ASCII)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def bad(message: str) -> PydanticCustomError:
    return PydanticCustomError("bad_value", "{message}", {"message": message})


def read_type(value: object, known: Mapping[str, Type]) -> Type:
    """Read a declared type: a name, a list of words (an enum) or `{text: TYPE}` (a map)."""
    if isinstance(value, Type):
        return value
    if isinstance(value, str) and value in known:
        return known[value]
    if isinstance(value, list) and value and all(isinstance(word, str) for word in value):
        return Type("enum", tuple(value))
    if isinstance(value, dict) and list(value) == ["text"]:
        return Type("map", of=read_type(value["text"], known))
    raise PydanticCustomError("unknown_type", "{value}", {"value": value, "known": tuple(known)})


def read_duration(value: object) -> int:
    """Read `20m`, `2d` … as seconds."""
    try:
        seconds = read_value(DURATION, value if value is not None else "")
    except ValueError as error:
        raise bad(str(error)) from None
    if seconds < 0:
        raise bad(f"{value!r} is negative; a duration counts forward")
    return int(seconds)


def read_percent(value: object) -> int:
    """Read `3%` or `2.5%` as hundredths of a percent."""
    match = PERCENT_TEXT.fullmatch(value) if isinstance(value, str) else None
    if match is None or (points := int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0"))) > 10000:
        raise bad(f"{value!r} is not a percentage; write 3% or 2.5%")
    return points


class Window(NamedTuple):
    """Weekdays (Monday is 0) with the minute a day's window opens and the one it closes."""

    days: frozenset[int]
    opens: datetime.time
    closes: datetime.time


def read_window(value: object) -> Window:
    """Read `mon-fri 09:00-17:00`."""
    match = WINDOW_TEXT.fullmatch(value) if isinstance(value, str) else None
    try:
        window = _window(match) if match else None
    except ValueError:
        window = None
    if window is None:
        raise bad(f"{value!r} is not a time window; write mon-fri 09:00-17:00")
    if window.closes <= window.opens and window.closes != datetime.time(0):
        raise bad(f"{value!r} ends before it begins")
    return window


def _window(match: re.Match[str]) -> Window:
    first, last = WEEKDAYS.index(match[1]), WEEKDAYS.index(match[2] or match[1])
    days = frozenset((first + i) % 7 for i in range((last - first) % 7 + 1))
    midnight = match[5] == "24" and match[6] == "00"
    closes = datetime.time(0) if midnight else datetime.time(int(match[5]), int(match[6]))
    return Window(days, datetime.time(int(match[3]), int(match[4])), closes)


def read_id(value: object) -> object:
    """Check that a name is words joined by dots."""
    if isinstance(value, str) and not ID.fullmatch(value):
        raise bad(f"{value!r} is not a name; use letters, digits and _ in parts joined by dots")
    return value


def one_or_many(value: object) -> object:
    return [value] if isinstance(value, (str, dict)) else value


def read_entity(value: object) -> object:
    """Read a slot's type: the name of an entity type, or what a fact's type may be."""
    if isinstance(value, str) and value in ENTITY_TYPES:
        return value
    return read_type(value, ENTITY_TYPES)


TYPE_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}, {"type": "object"}]}
MANY_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
Id = Annotated[str, BeforeValidator(read_id)]
Many = Annotated[tuple[str, ...], Field(strict=False), BeforeValidator(one_or_many), WithJsonSchema(MANY_SCHEMA)]
Seconds = Annotated[int, PlainValidator(read_duration), WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN})]
Percent = Annotated[int, PlainValidator(read_percent), WithJsonSchema({"type": "string", "pattern": f"^{PERCENT_TEXT.pattern}$"})]
Hours = Annotated[Window, PlainValidator(read_window), WithJsonSchema({"type": "string", "pattern": f"^{WINDOW_TEXT.pattern}$"})]
FactType = Annotated[Type, PlainValidator(lambda value: read_type(value, FACT_TYPES)), WithJsonSchema(TYPE_SCHEMA)]
EntityName = Annotated[str | Type, PlainValidator(read_entity), WithJsonSchema(TYPE_SCHEMA)]
