"""Where the letters of a YAML text value stand in its source, for faults inside expressions and replies."""

from __future__ import annotations

import re
from collections.abc import Iterator

ESCAPED = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[ \t]*\n[ \t\n]*|.)|[ \t]*\n[ \t\n]*|.", re.DOTALL)
SINGLE = re.compile(r"''|[ \t]*\n[ \t\n]*|.", re.DOTALL)
PLAIN = re.compile(r"[ \t]*\n[ \t\n]*|.", re.DOTALL)
BLANK = re.compile(r"[ \t\n]*")
BLOCK_HEADER = re.compile(r"[|>][^\n]*\n?")


def offsets(raw: str, style: str | None, value: str, offset: int) -> int:
    """Return the index in `raw`, a scalar's source with its quotes, of the letter number `offset` of `value`."""
    if style in ("|", ">"):
        return _in_block(raw, value, offset)
    units = {'"': ESCAPED, "'": SINGLE}.get(style or "", PLAIN)
    begin = 1 if style in ('"', "'") else 0
    at = 0
    for match in units.finditer(raw, begin):
        at += _letters(match.group())
        if at > offset:
            return match.start()
    return min(begin + offset, max(len(raw) - 1, 0)) if begin == 0 else max(len(raw) - 1, 0)


def _letters(unit: str) -> int:
    """Return how many letters of the value a piece of the source makes."""
    if unit[0] == "\\":
        return 0 if "\n" in unit else 1
    lines = unit.count("\n")
    return 1 if lines < 2 else lines - 1


def _in_block(raw: str, value: str, offset: int) -> int:
    header = BLOCK_HEADER.match(raw)
    at = header.end() if header else 0
    for start, end in _words(value):
        gap = BLANK.match(raw, at)
        if offset < start:
            return at
        at = gap.end() if gap else at
        if offset < end:
            return at + offset - start
        at += end - start
    return min(at, max(len(raw) - 1, 0))


def _words(value: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in re.finditer(r"[^ \t\n]+", value))
