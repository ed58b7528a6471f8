"""Patterns of `matches:`: regular expressions that cannot run away."""

from __future__ import annotations

import re

MAX_PATTERN, MAX_OPEN = 200, 4
ESCAPED = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
REPEATED_GROUP = re.compile(r"\)[*+{]")
OPEN = re.compile(r"[*+]|\{\d*,\d*\}")
COUNTED = re.compile(r"\{(\d+)\}")
MAX_COUNT = 200


def read_pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern whose search takes polynomial time at most: no repeated groups, few open repetitions.

    Raises:
        ValueError: it is no regular expression, or not such a one.
    """
    if len(text) > MAX_PATTERN:
        raise ValueError(f"a pattern has at most {MAX_PATTERN} characters")
    bare = ESCAPED.sub("x", text)
    if REPEATED_GROUP.search(bare):
        raise ValueError(f"{text!r} repeats a group, which can take forever; repeat single characters only")
    if len(OPEN.findall(bare)) > MAX_OPEN or any(int(count) > MAX_COUNT for count in COUNTED.findall(bare)):
        limits = f"at most {MAX_OPEN} of `*`, `+` and `{{m,n}}`, and no more than {MAX_COUNT} times"
        raise ValueError(f"{text!r} repeats too much: {limits}")
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None
