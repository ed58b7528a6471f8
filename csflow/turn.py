"""One turn: `step(flow, snapshot, event, now)`, pure. The numbers are those of "One turn" in `docs/language.md`."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from csflow import timers
from csflow.condition import TEXT
from csflow.conversation import Conversation
from csflow.deeds import drop_timer
from csflow.draft import Cue, Draft
from csflow.errors import EventError, SnapshotError
from csflow.events import Due, Effect, Event, Facts, Message, Report, Result, Staff, Turn
from csflow.flow import Flow
from csflow.hearing import clean, hear, joined
from csflow.moves import back, enter, in_handoff, open_session, resumed
from csflow.parts import IDLE, FollowUp
from csflow.questions import put_question, settle_collecting
from csflow.reply import checksum, split
from csflow.rules import answer, fire_follow_up, judge_now
from csflow.snapshot import NOTHING, Snapshot, Timer, values_of
from csflow.spec import OUTCOMES
from csflow.tally import NO_TALLY, Tally

__all__ = ["Conversation", "Due", "Effect", "Facts", "Message", "Report", "Result", "Snapshot", "Staff", "Turn", "step"]

MAX_CUES = 64
TAKE_OVER = "take_over"
"""What one of the staff does who takes a conversation, and the call by which a flow asks for it."""
STAFF_ACTS = (TAKE_OVER, "give_back", "say")


def step(flow: Flow, snapshot: Snapshot, event: Event, now: datetime.datetime, tally: Tally = NO_TALLY) -> Turn:
    """Answer one event: no I/O, no clock, no chance; the same arguments always give the same turn.

    Args:
        flow: the compiled flow that the snapshot belongs to.
        snapshot: where the conversation stands; it is not changed.
        event: a message, a report, facts, a result, a due timer or an act of the staff.
        now: the time of the event, with a time zone.
        tally: what all conversations add up to before the event, for the limits that go beyond one conversation.

    Raises:
        SnapshotError: the snapshot belongs to another flow.
        EventError: the flow declares no such report or call.
        FactError: a fact is not declared or does not fit its type.
        ValueError: `now` has no time zone.
    """
    if snapshot.origin.flow != flow.origin.flow:
        raise SnapshotError(f"this snapshot belongs to flow {snapshot.origin.flow!r}, not to {flow.name!r}")
    if (lost := _lost(flow, snapshot)) is not None:
        raise SnapshotError(f"this snapshot is at {lost!r}, which flow {flow.name!r} does not have")
    draft = Draft(flow, snapshot, timers.fixed(now), tally)  # 1
    _ENTER[type(event)](draft, event)
    return _finish(draft, snapshot.state, event)


def _lost(flow: Flow, snapshot: Snapshot) -> str | None:
    """Return the state or question of a snapshot that the flow lacks, as after a change of its rules."""
    pending = snapshot.pending
    if snapshot.state not in flow.states:
        return snapshot.state
    if pending is None and not snapshot.frames:
        return None
    if pending is not None and pending.slot not in (flow.states if pending.confirm else flow.slots):
        return pending.slot
    return next((frame.state for frame in snapshot.frames if frame.state not in flow.states), None)


def _message(draft: Draft, event: Message) -> None:
    if in_handoff(draft.state) and draft.open:  # 5
        draft.effect("record", "message", {"text": (TEXT, joined(event.texts))})
        return
    if not draft.open:  # 4
        _begin_session(draft)
    hear(draft, event.texts)  # 6 to 10
    greeted = draft.began and _only_greets(draft)
    if greeted:
        draft.queue.clear()
    _run(draft)
    if draft.answered or draft.put or greeted:
        draft.misses = 0
    elif not _between_two(draft):
        _fall_back(draft)


def _between_two(draft: Draft) -> bool:
    """Where two intents are equally likely, ask which one; tells whether a rule on `ambiguous` did."""
    rivals = draft.why.heard.rivals if draft.why.heard else None
    if not rivals or not draft.flow.ranks(draft.state, "ambiguous"):
        return False
    draft.rivals = rivals
    asked = answer(draft, Cue("ambiguous", "ambiguous"))
    draft.rivals = rivals if asked else ()
    _run(draft)
    return asked


def _only_greets(draft: Draft) -> bool:
    """Tell whether the welcome answers the first message: nothing in it needs more."""
    return bool(draft.queue) and all(cue.kind == "message" and draft.flow.yields_to_all(cue.trigger) for cue in draft.queue)


def _fall_back(draft: Draft) -> None:  # 16
    draft.misses += 1
    draft.queue.append(Cue("unknown", "unknown"))
    _run(draft)
    if draft.rules and draft.rules[-1] in draft.flow.catching:
        draft.misses = 0
    else:
        draft.why.missed = True


def _begin_session(draft: Draft) -> None:
    """Start afresh, and let the rules on `started` greet."""
    open_session(draft)
    draft.state, draft.frames, draft.pending, draft.collected = "greet", (), None, False
    draft.queue.append(Cue("started", "started"))
    _run(draft)
    draft.answered, draft.began = False, bool(draft.replies)


def _report(draft: Draft, event: Report) -> None:
    spec = draft.flow.spec.events.get(event.name)
    if spec is None:
        raise EventError(event.name, draft.flow.spec.events)
    order = draft.write(event.facts or NOTHING)  # 2
    draft.focus_on(order)
    if spec.sets:
        order = draft.write(spec.sets) or order
    draft.focus_on(order)
    missing = [name for name in spec.brings if draft.flow.fact(name)(draft) is None]
    if missing:
        draft.note(f"{event.name} came without {', '.join(missing)}")
    if in_handoff(draft.state):
        draft.note(f"{event.name} came while a person has the conversation")
        timers.arm_since(draft, f"report.{event.name}")
        return
    draft.queue.append(Cue(f"report.{event.name}", "report"))
    _run(draft)


def _facts(draft: Draft, event: Facts) -> None:
    before = draft.ledger.fetched
    draft.write(event.facts)
    for name in draft.flow.reads:
        if name in draft.ledger.calls and draft.ledger.fetched.get(name) != before.get(name):
            _close_call(draft, name)
            _ended(draft, name, "done")
    if not in_handoff(draft.state):
        _run(draft)


def _close_call(draft: Draft, call: str) -> None:
    draft.book(calls={name: kept for name, kept in draft.ledger.calls.items() if name != call})
    drop_timer(draft, f"{call}.failed")


def _result(draft: Draft, event: Result) -> None:
    if event.call not in draft.flow.spec.calls or event.outcome not in OUTCOMES:
        raise EventError(f"{event.call}.{event.outcome}", _outcomes(draft.flow))
    call = draft.ledger.calls.get(event.call)
    if call is None or event.serial not in (None, call.serial):
        draft.note(f"{event.call}.{event.outcome}: no such call is open, or a newer one replaced it")
        return
    draft.focus_on(call.order)
    _close_call(draft, event.call)
    spec = draft.flow.spec.calls[event.call]
    if event.facts or event.outcome == "done":  # what the call gave last time is no answer to this one
        draft.facts = {name: value for name, value in draft.facts.items() if name not in spec.gives}
        draft.write(event.facts or NOTHING)
    if event.outcome == "done" and spec.read:
        until = draft.now + datetime.timedelta(seconds=spec.fresh)
        draft.book(fetched={**draft.ledger.fetched, event.call: (call.key, until)})
    _ended(draft, event.call, event.outcome)


def _outcomes(flow: Flow) -> list[str]:
    return [f"{call}.{outcome}" for call in flow.spec.calls for outcome in OUTCOMES]


def _ended(draft: Draft, call: str, outcome: str) -> None:
    """Run what waited for a call, then the rules on its outcome."""
    if outcome != "done":
        draft.blind = draft.blind | {call}
    draft.outcome = outcome
    waiting = [p for p in draft.ledger.parked if p.call == call and p.depth == len(draft.frames)]
    draft.book(parked=tuple(p for p in draft.ledger.parked if p not in waiting))
    draft.queue += resumed(waiting)
    draft.queue.append(Cue(f"{call}.{outcome}", "result"))
    _run(draft)
    if waiting and not (draft.answered or draft.put):
        _fall_back(draft)


def _due(draft: Draft, event: Due) -> None:
    timer = event.timer
    if timer not in draft.timers:
        draft.note(f"{timer.name} is not pending any more")
        return
    draft.timers = tuple(t for t in draft.timers if t != timer)
    draft.focus_on(timer.order)
    _DUE[timer.kind](draft, timer)


def _due_call(draft: Draft, timer: Timer) -> None:
    """The answer is late: the rules on `failed` speak; the result still counts when it comes."""
    call = timer.name.removesuffix(".failed")
    draft.note(f"{call} did not answer in time")
    if call in draft.flow.reads:
        _close_call(draft, call)
    _ended(draft, call, "failed")


def _due_promise(draft: Draft, timer: Timer) -> None:
    promises = draft.ledger.promises
    draft.book(promises=tuple(p._replace(state="broken") if p.serial == timer.serial else p for p in promises))
    draft.queue.append(Cue(timer.name, "timer"))
    _run(draft)


def _due_follow_up(draft: Draft, timer: Timer) -> None:  # 3
    follow_up = draft.flow.follow_ups.get(timer.name)
    if follow_up is None or timers.spent(draft, follow_up):
        draft.note(f"{timer.name} is dropped")
        return
    if not follow_up.fits(draft.state):
        draft.timers = (*draft.timers, timer)
        draft.note(f"{timer.name} waits for its place")
        return
    at = timers.sendable(draft.flow, follow_up, draft.now)
    late = timers.too_late(draft.flow, follow_up, at - timer.due)
    if at > draft.now and not late:
        draft.timers = (*draft.timers, timer._replace(due=at))
        draft.note(f"{timer.name} waits for its hours")
        return
    if follow_up.at is not None:  # a date comes once, whether or not the message is sent
        draft.book(sent={**draft.ledger.sent, f"{follow_up.name}@{draft.about(timer.order, follow_up.at)}": 1})
    if follow_up.spec.every:
        timers.arm(draft, follow_up, draft.now + datetime.timedelta(seconds=follow_up.spec.every))
    if late:
        draft.note(f"{timer.name} not sent: it is {at - timer.due} late")
        return
    if draft.about(timer.order, follow_up.guard) is not True:
        draft.note(f"{timer.name} not sent: its condition does not hold")
        return
    if follow_up.spec.purpose == "marketing" and not timers.may_market(draft):
        draft.note(f"{timer.name} not sent: no opt-in, or the cap is reached")
        return
    _send(draft, follow_up)


def _send(draft: Draft, follow_up: FollowUp) -> None:
    if fire_follow_up(draft, follow_up):
        sent = {follow_up.name: draft.ledger.sent.get(follow_up.name, 0) + 1}
        marketing = (draft.today,) if follow_up.spec.purpose == "marketing" else ()
        draft.book(sent={**draft.ledger.sent, **sent}, marketing=draft.ledger.marketing + marketing)
        _run(draft)


def _staff(draft: Draft, event: Staff) -> None:
    if event.act not in STAFF_ACTS:
        raise EventError(event.act, STAFF_ACTS)
    draft.replies += map(clean, event.texts)
    if event.act == TAKE_OVER and TAKE_OVER in draft.ledger.calls:  # whoever was asked to come is here
        _close_call(draft, TAKE_OVER)
    if event.act == "give_back" and in_handoff(draft.state):
        draft.kind = "staff"
        back(draft)
        _run(draft)
    elif event.act == TAKE_OVER and not in_handoff(draft.state):
        enter(draft, "handoff", TAKE_OVER)


def _run(draft: Draft) -> None:
    """Take the events of the queue until none is left and nothing is to be collected (11 to 23)."""
    if draft.flow.judges and not draft.queue:
        judge_now(draft)
    for _ in range(MAX_CUES):
        if draft.queue:
            _take(draft, draft.queue.pop(0))
        elif draft.flow.states[draft.state] is IDLE or not settle_collecting(draft):
            return
        if draft.flow.judges:
            judge_now(draft)
    draft.note("stopped: this turn had too many events")
    draft.queue.clear()


def _take(draft: Draft, cue: Cue) -> None:
    if cue.trigger in draft.flow.since:  # 18
        timers.arm_since(draft, cue.trigger)
    if answer(draft, cue):
        draft.answered = draft.answered or cue.kind in ("message", "answer")
    elif cue.kept and cue.kind == "answer":
        draft.queue.insert(0, Cue(cue.kept, "message"))


def _finish(draft: Draft, before: str, event: Event) -> Turn:
    """Put the open question, settle the timers, split the replies (24 and 25)."""
    message = type(event) is Message
    if draft.replies and draft.flow.repeats:
        said = checksum(draft.replies)
        draft.repeats = draft.repeats + 1 if said == draft.last else 1
        draft.last = said
    if draft.pending is not None:
        put_question(draft, message=message)
    if draft.open and draft.flow.states[draft.state].ends:
        draft.open, draft.pending = False, None
    if draft.timers or draft.flow.silences or draft.flow.dated:
        spoken = message or draft.state != before or (bool(draft.replies) and not _of_silence(draft, event))
        timers.settle(draft, before, spoken=spoken)
    replies, longest = tuple(draft.replies), draft.flow.longest
    if any(map(longest.__lt__, map(len, replies))):
        replies = tuple(part for reply in replies for part in split(reply, longest))
    return Turn(Snapshot.of(values_of(draft)), replies, tuple(draft.effects), tuple(draft.rules), draft.why)


def _of_silence(draft: Draft, event: Event) -> bool:
    """Tell whether the event is a follow-up on silence; what it says does not break the silence it waits for."""
    return isinstance(event, Due) and event.timer.name in {follow_up.name for follow_up in draft.flow.silences}


_ENTER: Mapping[type, Callable[[Draft, Any], None]] = {
    Message: _message, Report: _report, Facts: _facts, Result: _result, Due: _due, Staff: _staff,
}  # fmt: skip
_DUE: Mapping[str, Callable[[Draft, Timer], None]] = {"call": _due_call, "promise": _due_promise, "follow_up": _due_follow_up}
