"""Going from state to state: side roots suspend what they interrupt, phases do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from csflow.condition import TEXT
from csflow.draft import Cue, Draft
from csflow.snapshot import NOTHING, Frame, Parked
from csflow.spec import PHASES, SIDE_ROOTS

if TYPE_CHECKING:
    from csflow.parts import Rule

FROM_OUTSIDE = ("report", "result", "timer")


def root(state: str) -> str:
    """Return the first part of a state's path."""
    return state.partition(".")[0]


def in_side_root(state: str) -> bool:
    """Tell whether a state is under complaint, after_sales or handoff; no other root begins like one of them."""
    return state.startswith(SIDE_ROOTS)


def in_handoff(state: str) -> bool:
    """Tell whether a person has the conversation."""
    return state.startswith("handoff")


def go(draft: Draft, rule: Rule) -> None:
    """Make a rule's move; the old state's question is suspended or dropped with it, the rule's own is asked afterwards."""
    target = str(rule.go)
    if target == "back":
        back(draft)
    elif draft.frames and not in_side_root(target) and draft.kind in FROM_OUTSIDE:
        _resume_at(draft, target)
    else:
        enter(draft, draft.flow.machine.move(draft.state, rule.id), rule.id)


def _resume_at(draft: Draft, target: str) -> None:
    """The shop moves on while a side root is open: only the suspended state changes."""
    draft.frames = (Frame(target), *draft.frames[1:])
    draft.note(f"suspended state is now {target}")


def enter(draft: Draft, target: str, reason: str) -> None:
    """Enter a state; a side root suspends the state it interrupts, a phase forgets what was suspended."""
    source = draft.state
    if not draft.open and not draft.flow.states[target].ends:
        open_session(draft)
    if in_side_root(target):
        _suspend(draft, source, target, reason)
    else:
        draft.frames = ()
        if in_side_root(source):
            _leave(draft, source)
    draft.pending = None
    draft.state, draft.collected = target, False
    if draft.flow.greeting_states:
        _announce(draft, source, target)


def _suspend(draft: Draft, source: str, target: str, reason: str) -> None:
    """Keep what a side root interrupts; a hand-off is told to the host."""
    if root(target) != root(source):
        draft.frames = (*draft.frames, Frame(source, draft.pending))
        if in_handoff(target):
            draft.effect("hand_off", reason, {"from": (TEXT, source)})


def open_session(draft: Draft) -> None:
    """Begin a session: counters and session slots go; ledgers, timers and kept slots stay."""
    kept = {name for name, slot in draft.flow.slots.items() if slot.spec.keep != "session"}
    draft.slots = {name: value for name, value in draft.slots.items() if name.partition("@")[0] in kept}
    draft.asked = {name: counts for name, counts in draft.asked.items() if name in kept}
    draft.times = draft.used = draft.said = NOTHING
    draft.open, draft.misses = True, 0
    draft.refocus()


def _leave(draft: Draft, source: str) -> None:
    """Clear what a side root collected once it is left for a phase."""
    gone = draft.flow.of_side_root[root(source)]
    draft.slots = {name: value for name, value in draft.slots.items() if name not in gone}
    draft.asked = {name: counts for name, counts in draft.asked.items() if name not in gone}


def _announce(draft: Draft, source: str, target: str) -> None:
    """Queue `enter` for the states entered from outside, outer first."""
    states = draft.flow.greeting_states
    draft.queue[:0] = [Cue("enter", "enter", state) for state in _entered(source, target) if state in states]


def _entered(source: str, target: str) -> Iterator[str]:
    """Yield the states that a move enters from outside, outer first."""
    parts = target.split(".")
    for count in range(1, len(parts) + 1):
        state = ".".join(parts[:count])
        if source != state and not source.startswith(state + "."):
            yield state


def resumed(waiting: Sequence[Parked]) -> list[Cue]:
    """Return what waited for a look-up as events again."""
    return [Cue(p.trigger, "now" if p.trigger == "now" else "message") for p in waiting]


def back(draft: Draft) -> None:
    """Return to what the side root suspended, and run what was parked there."""
    if not draft.frames:
        draft.note("nothing is suspended; stayed")
        return
    frame, source = draft.frames[-1], draft.state
    draft.frames = draft.frames[:-1]
    if not in_side_root(frame.state):
        _leave(draft, source)
    draft.state, draft.pending, draft.collected = frame.state, frame.pending, False
    if frame.state == PHASES[0] and draft.flow.ranks(frame.state, "started"):
        draft.open = False  # taken over before the customer was greeted: the session is still to begin
    waiting = [p for p in draft.ledger.parked if p.depth == len(draft.frames) and p.call not in draft.ledger.calls]
    if waiting:
        draft.book(parked=tuple(p for p in draft.ledger.parked if p not in waiting))
        draft.queue[:0] = resumed(waiting)
