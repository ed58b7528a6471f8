"""Facts as people write them into typed values, and back: the one place that knows both sides.

Money is decimal text in major units outside and integer minor units inside; durations are `30d` outside and seconds
inside; dates are ISO text outside and `datetime.date` inside.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from csflow.condition import DAY, UNITS, Type
from csflow.errors import hint

MINOR = 100
MAX_TEXT = 10_000
MAX_NUMBER = 10**15
MAX_SHOWN = 60
MAX_DURATION = 100 * UNITS["y"]
NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
"""Control characters and the like, which neither a file nor a message holds."""
MONEY_TEXT = re.compile(r"-?\d{1,13}(?:\.\d{1,2}0*)?", re.ASCII)
COUNT_TEXT = re.compile(r"-?\d{1,15}", re.ASCII)
DURATION_TEXT = re.compile(r"(-?\d{1,10})([smhdwy])", re.ASCII)


def read_value(wanted: Type, raw: object) -> Any:
    """Return the typed value of plain data; None stays unknown.

    Raises:
        ValueError: with what was expected, when the data does not fit the type.
    """
    return None if raw is None else _READERS[wanted.kind](wanted, raw)


def write_value(wanted: Type, value: Any) -> Any:
    """Return plain JSON data that `read_value` reads back to the same value."""
    if value is None:
        return None
    if wanted.kind == "money":
        return f"{'-' if value < 0 else ''}{abs(value) // MINOR}.{abs(value) % MINOR:02d}"
    if wanted.kind == "date":
        return value.isoformat()
    if wanted.kind == "duration":
        return f"{value // DAY}d" if value % DAY == 0 else f"{value}s"
    if wanted.kind == "map" and wanted.of is not None:
        return {key: write_value(wanted.of, item) for key, item in value.items()}
    return list(value) if wanted.kind == "texts" else value


def _money(wanted: Type, raw: object) -> int:
    text = str(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw
    if not isinstance(text, str) or not MONEY_TEXT.fullmatch(text):
        raise ValueError(f'{_shown(raw)} is not money; write "180.00"')
    return int(Decimal(text) * MINOR)


def _count(wanted: Type, raw: object) -> int:
    if isinstance(raw, str) and COUNT_TEXT.fullmatch(raw):
        return int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int) or abs(raw) > MAX_NUMBER:
        raise ValueError(f"{_shown(raw)} is not a whole number")
    return raw


def _duration(wanted: Type, raw: object) -> int:
    match = DURATION_TEXT.fullmatch(raw) if isinstance(raw, str) else None
    if match is None or abs(seconds := int(match[1]) * UNITS[match[2]]) > MAX_DURATION:
        raise ValueError(f"{_shown(raw)} is not a duration; write 30s, 20m, 2h, 3d, 1w or 1y")
    return seconds


def _date(wanted: Type, raw: object) -> datetime.date:
    if isinstance(raw, datetime.date) and not isinstance(raw, datetime.datetime):
        return raw
    try:
        return datetime.date.fromisoformat(raw if isinstance(raw, str) else "")
    except ValueError:
        raise ValueError(f"{_shown(raw)} is not a date; write 2026-11-03") from None


def _text(wanted: Type, raw: object) -> str:
    if not isinstance(raw, str) or len(raw) > MAX_TEXT:
        raise ValueError(f"{_shown(raw)} is not text of at most {MAX_TEXT:,} characters")
    return raw.encode("utf-8", "replace").decode("utf-8")


def _flag(wanted: Type, raw: object) -> bool:
    if raw is True or raw is False:
        return raw
    raise ValueError(f"{_shown(raw)} is neither true nor false")


def _enum(wanted: Type, raw: object) -> str:
    if raw not in wanted.values:
        raise ValueError(f"{_shown(raw)} is not {wanted}{hint(str(raw), wanted.values)}")
    return str(raw)


def _texts(wanted: Type, raw: object) -> tuple[str, ...]:
    if not isinstance(raw, (list, tuple)) or not raw:
        raise ValueError(f"{_shown(raw)} is not a list of text with at least one entry")
    return tuple(_text(wanted, item) for item in raw)


def _map(wanted: Type, raw: object) -> dict[str, Any]:
    if not isinstance(raw, Mapping) or wanted.of is None:
        raise ValueError(f"{_shown(raw)} is not a map of text to {wanted.of}")
    return {_text(wanted, key): read_value(wanted.of, item) for key, item in raw.items()}


def _shown(raw: object) -> str:
    """Return a value as its writer knows it, cut short."""
    text = str(raw).lower() if isinstance(raw, bool) else repr(raw)
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"


_READERS: Mapping[str, Callable[[Type, object], Any]] = {
    "money": _money, "count": _count, "duration": _duration, "date": _date, "text": _text,
    "flag": _flag, "enum": _enum, "texts": _texts, "map": _map, "claim": _text,
}  # fmt: skip
