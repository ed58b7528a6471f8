"""What GitHub knows a finding again by when lines move: a hash of the line and what follows, as its upload action counts it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

LETTERS, BASE, WORD = 100, 37, 2**64
END = 0xFFFF


def line_hashes(lines: Sequence[str]) -> Iterator[str]:
    """Yield for each line a hash of its next 100 letters, with how often it was met; spaces and tabs count for nothing."""
    units = [_units(line + "\n") for line in lines[:-1]] + [_units(lines[-1])]
    letters = [*(unit for line in units for unit in line), END, *[0] * LETTERS]
    met: Counter[str] = Counter()
    start = 0
    for line in units:
        found = f"{_hash(letters[start : start + LETTERS]):x}"
        met[found] += 1
        yield f"{found}:{met[found]}"
        start += len(line)


def _units(line: str) -> list[int]:
    """Return the UTF-16 units of a line without its spaces and tabs."""
    code = line.replace(" ", "").replace("\t", "").encode("utf-16-le")
    return [code[i] | code[i + 1] << 8 for i in range(0, len(code), 2)]


def _hash(letters: Sequence[int]) -> int:
    found = 0
    for letter in letters:
        found = (found * BASE + letter) % WORD
    return found
