"""What can be seen of a turn, so that the turns of two versions of a flow can be held against each other."""

from __future__ import annotations

from typing import Any, NamedTuple

from csflow.events import Turn


class Outcome(NamedTuple):
    """What a customer, the shop and the host see of a turn, and what is kept for later turns."""

    rules: tuple[str, ...]
    replies: tuple[str, ...]
    effects: tuple[str, ...]
    state: str
    due: tuple[str, ...]
    slots: Any
    tags: Any
    grants: Any
    bargains: Any
    pending: Any


def outcome(turn: Turn) -> Outcome:
    """Return what can be seen of a turn."""
    ledger = turn.snapshot.ledger
    effects = tuple(f"{effect.type}:{effect.name} {effect.plain} {effect.deadline}" for effect in turn.effects)
    due = tuple(f"{timer.name} at {timer.due:%Y-%m-%d %H:%M:%S}" for timer in turn.due)
    kept = (turn.snapshot.slots, ledger.tags, ledger.grants, ledger.bargains, turn.snapshot.pending)
    return Outcome(turn.rules, turn.replies, effects, turn.state, due, *kept)


def differs(one: Outcome, two: Outcome) -> str:
    """Say in what two outcomes differ first; nothing where they are the same."""
    found = (
        f"{name} {_shown(was)} → {_shown(now)}" for name, was, now in zip(Outcome._fields, one, two, strict=True) if was != now
    )
    return next(found, "")


def _shown(value: Any) -> str:
    if isinstance(value, tuple) and all(isinstance(item, str) for item in value) and not hasattr(value, "_fields"):
        return ", ".join(value) or "none"
    return str(value)
