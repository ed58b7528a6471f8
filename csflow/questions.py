"""The open question of a conversation: collecting slots, confirming them, putting the question once and last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csflow.draft import Cue, Draft, Unfetched
from csflow.hearing import NEVER_ASKED, glean
from csflow.rules import park
from csflow.snapshot import Pending

if TYPE_CHECKING:
    from csflow.parts import State


def settle_collecting(draft: Draft) -> bool:
    """Ask for what the state still collects; tells whether an event was queued for it (all is collected)."""
    state = draft.flow.states[draft.state]
    if not state.collect or draft.collected or draft.pending is not None:
        return False
    if draft.gleaned != draft.state:
        draft.gleaned = draft.state
        glean(draft)
    try:
        return _collect(draft, state)
    except Unfetched as missing:
        park(draft, Cue("now", "now"), missing.call)
        return False


def _collect(draft: Draft, state: State) -> bool:
    slot = _open_slot(draft, state)
    if slot is not None:
        draft.pending, draft.put = Pending(slot), True
        return False
    if state.confirm is not None and state.confirm.fill(draft) is not None:
        draft.pending, draft.put = Pending(draft.state, confirm=True), True
        return False
    draft.collected = True
    draft.queue.append(Cue("collected", "answer"))
    return True


def _open_slot(draft: Draft, state: State) -> str | None:
    for name, guard in state.collect:
        closed = draft.asked.get(name, NEVER_ASKED)[2]
        if draft.slot_key(name) not in draft.slots and not closed and (guard is None or guard(draft) is True):
            return name
    return None


def put_question(draft: Draft, *, message: bool) -> None:
    """Append the open question once, last: when it is new, or when a message came and tries are left."""
    pending = draft.pending
    if pending is None or not (draft.put or message):
        return
    put, failed, closed = draft.asked.get(pending.slot, NEVER_ASKED)
    tries = 2 if pending.confirm else draft.flow.slots[pending.slot].spec.tries
    if not draft.put and put >= tries:
        return
    flow = draft.flow
    text = flow.states[pending.slot].confirm if pending.confirm else flow.slots[pending.slot].question
    said = draft.here(text.fill) if text else None
    if said is not None:
        draft.replies.append(said)
        draft.asked = draft.asked | {pending.slot: (put + 1, failed, closed)}
