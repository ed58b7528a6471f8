"""Printing: JSON lines for programs, calm text for people."""

from __future__ import annotations

import json
import re
from typing import Any
from unicodedata import east_asian_width

import click

UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def print_json(data: Any) -> None:
    """Print one JSON line."""
    click.echo(json.dumps(data, ensure_ascii=False))


def printable(text: str) -> str:
    """Return a text that cannot steer a terminal: control characters become a middle dot."""
    return UNPRINTABLE.sub("·", text)


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes; a Chinese character takes two."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)
