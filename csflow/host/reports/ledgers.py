"""Figures of the ledgers: what people decided, what was promised and granted, and what was recorded."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from csflow.host.reports.masking import masked
from csflow.host.reports.service import Waits
from csflow.host.reports.tables import Cell, Table, columns
from csflow.host.reports.talks import ordered

STATES = {"asked": "asked", "granted": "done", "denied": "denied", "open": "open", "superseded": "superseded", "late": "late"}
DECIDED = ("done", "denied")
APPROVAL_NOTE = (
    "Late: not decided by the deadline, whatever came after it; open ones may still be decided. "
    "Median and p90: from asking to a yes or no."
)
MESSAGE = "message"
"""The record that keeps what customers write while a person has the conversation; it is no case."""
PRIVATE = re.compile(
    r"customer\..*|(.*[._])?(id|no|order_no|phone|name|address|tracking|tracking_no|code|reference|info|photos|total|on)"
)
MOST = 10
"""How many of the things that were recorded most are listed under a name."""


def approvals(rows: Iterable[Sequence[Any]], now: int) -> Table:
    """Return who was asked what, what was decided and how long it took; `now` in microseconds since 1970."""
    states: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    times: defaultdict[tuple[str, str], Waits] = defaultdict(Waits)
    for role, name, state, asked, deadline, settled in rows:
        decided = state in DECIDED
        states[role, name].update(asked=1, late=_late(deadline, settled if decided else now), **{state: 1})
        if decided:
            times[role, name].add(settled - asked)
    head = columns("role:text", "approval:text", *STATES, "median:span", "p90:span")
    return Table(
        "approvals", "Approvals", head, [_approval(key, states[key], times[key]) for key in sorted(states)], APPROVAL_NOTE
    )


def _late(deadline: int | None, decided: int) -> int:
    return int(deadline is not None and decided > deadline)


def _approval(key: tuple[str, str], states: Counter[str], times: Waits) -> tuple[Cell, ...]:
    return (*key, *(states[state] for state in STATES.values()), *times.clocks()[:2])


def promises(rows: Iterable[Sequence[Any]]) -> Table:
    """Return what became of promises, by name."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, state, overdue, count in rows:
        found[name][state] += count
        found[name]["overdue"] += count * overdue
    head = columns("promise:text", "made", "kept", "broken", "open", "overdue")
    table: list[tuple[Cell, ...]] = [(name, *_promised(counts)) for name, counts in sorted(found.items())]
    return Table(
        "promises", "Promises", head, table, "Made in this time, as they stand now; overdue ones are among the open ones."
    )


def _promised(counts: Counter[str]) -> tuple[int, ...]:
    kept, broken, open_ = (counts[state] for state in ("kept", "broken", "open"))
    return kept + broken + open_, kept, broken, open_, counts["overdue"]


def grants(rows: Iterable[Sequence[Any]]) -> Table:
    """Return what was granted, and the sum of the amounts where a grant has one."""
    counts: Counter[str] = Counter()
    sums: dict[str, Decimal] = {}
    for name, values in rows:
        counts[name] += 1
        for amount in filter(None, map(_money, values.items())):
            sums[name] = sums.get(name, Decimal(0)) + amount
    table = [(name, count, sums.get(name)) for name, count in ordered(counts)]
    note = "The amount is the sum of the agreed prices; of what has no amount in the ledger it is not known."
    return Table("grants", "Grants", columns("grant:text", "times", "amount:money"), table, note)


def _money(item: tuple[str, Any]) -> Decimal | None:
    key, value = item
    try:
        return Decimal(value) if key != "order" and isinstance(value, str) else None
    except InvalidOperation:
        return None


def records(rows: Iterable[Sequence[Any]]) -> Iterator[Table]:
    """Yield how often each thing was recorded, then what stands in the records most."""
    counts: Counter[str] = Counter()
    contents: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, values in rows:
        if name != MESSAGE:
            counts[name] += 1
            if text := content(values):
                contents[name][text] += 1
    yield Table("records", "Records", columns("record:text", "times"), ordered(counts))
    listed = [(name, text, times) for name in sorted(contents) for text, times in ordered(contents[name])[:MOST]]
    note = f"The {MOST} most frequent of each; numbers, dates, names and addresses are left out or hidden."
    yield Table("contents", "What the records hold", columns("record:text", "content:text", "times"), listed, note)


def content(values: Mapping[str, Any]) -> str:
    """Return what a record is about, without what tells who it is about."""
    told = (value for key, value in sorted(values.items()) if not PRIVATE.fullmatch(key) and not isinstance(value, dict))
    texts = ("、".join(map(str, value)) if isinstance(value, list) else str(value) for value in told)
    return masked(" · ".join(text for text in texts if text))
