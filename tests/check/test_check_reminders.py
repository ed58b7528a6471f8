"""Follow-ups that outlive their reason: places of findings are marked `@`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.check.conftest import Found, Marked

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
        "with a condition": "f: {since: ordered, after: 1d, if: not order.paid and not order.cancelled, say: x}",
        "cancelled or not": "@f: {since: ordered, after: 1d, if: not order.paid and misses == 0, say: x}",
        "marketing whatever came since": "@f: {since: r, after: 1d, purpose: marketing, say: x}",
        "marketing until something": "f: {since: r, after: 1d, if: misses == 0, purpose: marketing, say: x}",
        "after the delivery": "f: {since: delivered, after: 1d, say: x}",
        "since something else": "f: {since: visited, after: 1d, say: x}",
        "since silence": "f: {since: silence, after: 1d, say: x}",
        "since a rule": "@f: {since: r, after: 1d, say: x}",
        "since a rule, with its reason": "f: {since: r, after: 1d, if: misses < 2, say: x}",
        "since a rule, without a word": "f: {since: r, after: 1d, do: [{notify: desk}]}",
    },
    "endless-timer": {
        "without an end": "f: {since: delivered, every: @1w, say: x}",
        "a few times": "f: {since: delivered, every: 1w, max: 3, say: x}",
        "until something": "f: {since: delivered, every: 1w, if: not order.cancelled, say: x}",
        "every day until something": "f: {since: delivered, every: @1d, if: not order.cancelled, say: x}",
        "every day, a few times": "f: {since: delivered, every: 1d, if: not order.cancelled, max: 3, say: x}",
        "every day without a word": "f: {since: delivered, every: 1d, if: not order.cancelled, do: [{notify: desk}]}",
        "once": "f: {since: delivered, after: 1w, say: x}",
        "more often than anybody wants": "f: {since: delivered, every: 1w, max: @13, say: x}",
        "as often without a word": "f: {since: delivered, every: 1w, max: 13, do: [{notify: desk}]}",
        "after each silence": "f: {since: @silence, after: 1h, say: x}",
        "after each silence, whatever is so": "f: {since: @silence, after: 1h, if: not order.paid, say: x}",
        "after one silence": "f: {since: silence, after: 1h, max: 1, say: x}",
        "after a silence, counted": "f: {since: silence, after: 1h, if: used(f) == 0, say: x}",
        "after each silence, going on": "f: {since: silence, after: 1h, say: x, go: farewell}",
        "after each silence, without a word": "f: {since: silence, after: 1h, do: [{notify: desk}]}",
    },
    "unheeded-refusal": {
        "nothing refused": "f: {since: r, after: 1d, if: misses == 0, purpose: marketing, say: x}",
        "service after a refusal": "f: {since: r, after: 1d, if: misses == 0, say: x, do: [{tag: {post: refused}}]}",
        "refused and not asked": (
            "f: {since: r, after: 1d, if: misses < 2, purpose: @marketing, say: x, do: [{tag: {post: refused}}]}"
        ),
        "again and again": "f: {since: r, every: @1w, if: misses < 2, say: x, do: [{tag: {post: refused}}]}",
        "again and again, asked": "f: {since: r, every: 1w, if: tags.post != refused, say: x, do: [{tag: {post: refused}}]}",
        "refused and asked": (
            "f: {since: r, after: 1d, if: tags.post != refused, purpose: marketing, say: x, do: [{tag: {post: refused}}]}"
        ),
    },
    "twin-timers": {
        "the same twice": "f: {since: r, after: 1d, if: misses < 2, say: x}, @g: {since: r, after: 1d, if: misses < 2, say: y}",
        "one where the other": (
            "@f: {since: r, after: 1d, if: misses < 2 and order.paid, say: x}, g: {since: r, after: 1d, if: misses < 2, say: y}"
        ),
        "one or the other": (
            "f: {since: r, after: 1d, if: order.paid, say: x}, g: {since: r, after: 1d, if: not order.paid, say: y}"
        ),
        "one after the other": (
            "f: {since: r, after: 1d, if: misses < 2, say: x}, g: {since: r, after: 2d, if: misses < 2, say: y}"
        ),
        "one without a word": (
            "f: {since: r, after: 1d, if: misses < 2, say: x}, g: {since: r, after: 1d, if: misses < 2, do: [{notify: desk}]}"
        ),
    },
    "quiet-hours": {
        "after closing": "f: {since: delivered, after: 1d, window: @mon-sun 21:00-22:00, say: x}",
        "before opening": "f: {since: delivered, after: 1d, window: @mon-fri 06:30-09:00, say: x}",
        "the last hour": "f: {since: delivered, after: 1d, window: mon-sun 20:00-22:00, say: x}",
        "until midnight": "f: {since: delivered, after: 1d, window: mon-sun 08:00-24:00, say: x}",
    },
}
CASES = [pytest.param(code, text, id=f"{code}: {name}") for code, found in FOLLOW_UPS.items() for name, text in found.items()]


@pytest.mark.parametrize(("code", "follow_up"), CASES)
def test_reminders(code: str, follow_up: str, marked: Marked) -> None:
    """A code is found at the marked places and nowhere else."""
    came, expected = marked(code, HEAD % follow_up)
    assert came == expected


@pytest.mark.parametrize(("hours", "times"), [("09:00-21:00", 0), ("00:00-24:00", 1), ("06:00-20:00", 1), ("10:00-22:30", 1)])
def test_contact_hours(hours: str, times: int, found: Found) -> None:
    """Contact hours that reach into the night are found in the profile, where there are follow-ups."""
    text = HEAD % "f: {since: delivered, after: 1d, max: 1, say: x}"
    came = [p for p in found(text, f"profile: x\ncontact_hours: mon-sun {hours}\n") if p.code == "quiet-hours"]
    assert [(Path(p.place.file).name, p.place.line) for p in came] == [("shop.yaml", 2)] * times


@pytest.mark.parametrize(
    ("limits", "places"),
    [
        ("marketing: 4", []),
        ("marketing: 13", [2]),
        ("message: 500", []),
        ("message: 501", [2]),
        ("repeats: 0", [2]),
        ("repeats: 3", []),
    ],
)
def test_limits_of_the_profile(limits: str, places: list[int], found: Found) -> None:
    """Limits so wide that they limit nothing are found in the profile."""
    text, store = HEAD % "f: {since: delivered, after: 1d, max: 1, say: x}", f"profile: x\nlimits: {{{limits}}}\n"
    came = [p.place.line for p in found(text, store) if p.code == "loose-limit"]
    assert came == places
