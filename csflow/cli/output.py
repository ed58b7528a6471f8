"""Printing: JSON lines for programs, calm text for people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def print_json(data: Any) -> None:
    """Print one JSON line."""
    click.echo(json.dumps(data, ensure_ascii=False))


def printable(text: str) -> str:
    """Return a text that cannot steer a terminal: control characters become a middle dot."""
    return UNPRINTABLE.sub("·", text)


def console() -> Console:
    """Return a rich console on standard output that takes texts as they are."""
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False, soft_wrap=True)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; in a pipe its columns are parted by tabs."""
    out = console()
    if not out.is_terminal:
        for row in (head, *rows):
            click.echo("\t".join(row))
        return
    from rich.table import Table
    from rich.text import Text

    drawn = Table(*head, box=None, pad_edge=False)
    for row in rows:
        drawn.add_row(*(Text(cell, "red" if cell == "MISSING" else "") for cell in row))
    out.print(drawn, soft_wrap=False)
