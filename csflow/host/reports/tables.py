"""What a report is made of: tables whose columns say what kind of value stands in them; None is what cannot be known."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import ceil
from typing import Any, NamedTuple

Cell = str | int | float | Decimal | None
ARE = ("text", "count", "share", "span", "money")
"""A share is a fraction of 1, a span is in seconds, money in major units."""


class Column(NamedTuple):
    """A column: its name and what stands in it, one of `ARE`."""

    name: str
    kind: str = "count"


class Table(NamedTuple):
    """A table: its short name, its title, columns and rows; `note` says how to read it, and why something is not known."""

    name: str
    title: str
    head: tuple[Column, ...]
    rows: Sequence[tuple[Cell, ...]]
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the table as plain data, a row an object."""
        names = [column.name for column in self.head]
        rows = [dict(zip(names, map(_plain, row), strict=True)) for row in self.rows]
        return {"table": self.name, "title": self.title, "note": self.note, "rows": rows}


def columns(*names: str) -> tuple[Column, ...]:
    """Return columns as they are written in short: `messages` is a count, `median:span` a span."""
    return tuple(Column(name, kind or "count") for name, _, kind in (name.partition(":") for name in names))


def _plain(cell: Cell) -> Any:
    return str(cell) if isinstance(cell, Decimal) else cell


def share(part: int, whole: int) -> float | None:
    """Return a fraction, or None of nothing."""
    return part / whole if whole else None


def quantile(ordered: Sequence[float], q: float) -> float | None:
    """Return the smallest value that a fraction of the sorted values does not exceed; None of nothing."""
    return ordered[max(ceil(q * len(ordered)), 1) - 1] if ordered else None
