"""Follow-ups that outlive their reason: places of findings are marked `@`."""

from __future__ import annotations

import pytest

from tests.check.conftest import Marked

HEAD = """
events: {packed: {sets: {order.placed: true}}, visited: {}}
rules: [{when: unknown, choose: [{id: r, say: x, go: farewell}]}]
follow_ups: {%s}
"""
FOLLOW_UPS = {
    "uncancelled-timer": {
        "since an order": "@f: {since: ordered, after: 1d, say: x}",
        "in the other spelling": "@f: {since: report.paid, after: 1d, max: 1, say: x}",
        "since an event of one's own": "@f: {since: packed, after: 1d, say: x}",
        "with a condition": "f: {since: ordered, after: 1d, if: not order.paid, say: x}",
        "after the delivery": "f: {since: delivered, after: 1d, say: x}",
        "since something else": "f: {since: visited, after: 1d, say: x}",
        "since silence": "f: {since: silence, after: 1d, say: x}",
        "since a rule": "f: {since: r, after: 1d, say: x}",
    },
    "endless-timer": {
        "without an end": "f: {since: delivered, every: @1w, say: x}",
        "a few times": "f: {since: delivered, every: 1w, max: 3, say: x}",
        "until something": "f: {since: delivered, every: 1w, if: not order.cancelled, say: x}",
        "once": "f: {since: delivered, after: 1w, say: x}",
    },
}
CASES = [pytest.param(code, text, id=f"{code}: {name}") for code, found in FOLLOW_UPS.items() for name, text in found.items()]


@pytest.mark.parametrize(("code", "follow_up"), CASES)
def test_reminders(code: str, follow_up: str, marked: Marked) -> None:
    """A code is found at the marked places and nowhere else."""
    came, expected = marked(code, HEAD % follow_up)
    assert came == expected
