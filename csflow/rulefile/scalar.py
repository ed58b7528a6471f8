"""Where the letters of a YAML text value stand in its source, for faults inside expressions and replies."""

from __future__ import annotations

import re

ESCAPED = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[ \t]*\n[ \t\n]*|.)|[ \t]*\n[ \t\n]*|.", re.DOTALL)
SINGLE = re.compile(r"''|[ \t]*\n[ \t\n]*|.", re.DOTALL)
PLAIN = re.compile(r"[ \t]*\n[ \t\n]*|.", re.DOTALL)
WORD = re.compile(r"[^ \t\n]+")


def offsets(raw: str, style: str | None, value: str, offset: int) -> int:
    """Return the index in `raw`, a scalar's source with its quotes, of the letter number `offset` of `value`."""
    if style in ("|", ">"):
        return _in_block(raw, value, offset)
    units = {'"': ESCAPED, "'": SINGLE}.get(style or "", PLAIN)
    quotes = 1 if style in ('"', "'") else 0
    at = 0
    for match in units.finditer(raw, quotes, len(raw) - quotes):
        at += _letters(match.group())
        if at > offset:
            return match.start()
    return len(raw) - quotes


def _letters(unit: str) -> int:
    """Return how many letters of the value a piece of the source makes."""
    if unit[0] == "\\":
        return 0 if "\n" in unit else 1
    lines = unit.count("\n")
    return 1 if lines < 2 else lines - 1


def _in_block(raw: str, value: str, offset: int) -> int:
    at = raw.find("\n") + 1
    for start, end in (match.span() for match in WORD.finditer(value)):
        if offset < start:
            return at
        at += len(raw[at:]) - len(raw[at:].lstrip(" \t\n"))
        if offset < end:
            return at + offset - start
        at += end - start
    return at
