"""Who is served first: what a conversation says of itself, then who the customer is."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from csflow.host.waiting import importance
from csflow.snapshot import EMPTY_LEDGER, Origin, Promise, Snapshot

DUE = datetime.datetime(2026, 11, 2, 12, tzinfo=datetime.UTC)


def snapshot(tags: dict[str, Any], *states: str) -> Snapshot:
    """Return a conversation with tags, and with promises in these states."""
    found = Snapshot.fresh(Origin("shop", "1", "d"))
    found.ledger = EMPTY_LEDGER._replace(tags=tags, promises=tuple(Promise("dispatch", "", DUE, state=state) for state in states))
    return found


@pytest.mark.parametrize(
    ("stands", "file", "expected"),
    [
        (snapshot({}), {}, ("usual", "")),
        (snapshot({"priority": "urgent", "case": "open"}), {"importance": "high"}, ("urgent", "priority urgent")),
        (snapshot({"priority": "high"}), {}, ("high", "priority high")),
        (snapshot({"priority": "low", "case": "open"}), {}, ("high", "case open")),
        (snapshot({"case": "closed"}), {}, ("usual", "")),
        (snapshot({"case": "dropped"}), {"importance": "high"}, ("high", "important customer")),
        (snapshot({}, "kept", "broken"), {"importance": "high"}, ("high", "broken promise dispatch")),
        (snapshot({}, "open"), {"importance": "usual"}, ("usual", "")),
    ],
)
def test_importance(stands: Snapshot, file: dict[str, str], expected: tuple[str, str]) -> None:
    """The first reason that applies counts, in the documented order."""
    assert importance(stands, file) == expected
