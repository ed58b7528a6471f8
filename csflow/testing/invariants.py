"""What must hold in every turn of every flow, beside what `csflow.check.judge` looks for: each a function of a `Moment`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from csflow.events import Due, Result
from csflow.moves import in_handoff
from csflow.testing.moment import Invariant, Moment, Verdict
from csflow.timers import CAP_DAYS, awaited, opening
from csflow.turn import step

PLACEHOLDER = r"\{\{|\}\}|\{\w+\}"
LEFT_OVER = {
    "zh": re.compile(
        rf"(?i){PLACEHOLDER}|(?<![a-z])(?:none|null|undefined|nan)(?![a-z])|(?<![a-z0-9-])-\d+(?:\.\d+)?(?=元|天|小时|分钟|秒)"
    ),
    "en": re.compile(
        rf"{PLACEHOLDER}|\b(?:null|undefined|NaN)\b|(?<![A-Za-z0-9])-[¥$€£]\d|(?<!\w)-\d+(?= (?:second|minute|hour|day))"
    ),
}
MANY_UNASKED = 6


def replies_are_whole(moment: Moment) -> Verdict:
    """No reply is empty or holds a placeholder, a None or a negative amount; what the customer wrote may be said again."""
    for reply in moment.replies:
        if not reply.strip():
            return "an empty reply"
        for found in LEFT_OVER[moment.flow.spec.language].finditer(reply):
            if not _echoed(moment, found.group()):
                return f"{found.group()!r} in {reply!r}"
    return None


def _echoed(moment: Moment, words: str) -> bool:
    told = (moment.written, *moment.after.slots.values(), *moment.after.facts.values())
    return any(words in value for value in told if isinstance(value, str))


def nothing_is_said_twice(moment: Moment) -> Verdict:
    """No two messages of one turn are the same."""
    twice = [
        reply for number, reply in enumerate(moment.replies) if reply in moment.replies[:number] and not _echoed(moment, reply)
    ]
    return f"{twice[0]!r} comes twice in one turn" if twice else None


def states_are_declared(moment: Moment) -> Verdict:
    """The state, the suspended states and the open question are the flow's."""
    after, flow = moment.after, moment.flow
    lost = [state for state in (after.state, *(frame.state for frame in after.frames)) if state not in flow.states]
    if after.pending and after.pending.slot not in (flow.states if after.pending.confirm else flow.slots):
        lost.append(after.pending.slot)
    return f"{lost[0]!r} is not declared" if lost else None


def a_replay_is_identical(moment: Moment) -> Verdict:
    """The same event on the same snapshot gives the same turn again."""
    again, turn = step(moment.flow, moment.before, moment.event, moment.now), moment.turn
    same = (again.snapshot, again.effects, again.rules) == (turn.snapshot, turn.effects, turn.rules)
    return (same and again.replies in ((), turn.replies)) or "the same event gives another turn when it is replayed"


def floors_hold(moment: Moment) -> Verdict:
    """No price is offered or agreed under its floor; an offer that stood before the floor rose may still be taken."""
    before = moment.before.ledger.bargains
    for key, kept in moment.after.ledger.bargains.items():
        if kept != (old := before.get(key)):
            floor = moment.draft.here(moment.flow.bargains[key.partition("@")[0]].floor)
            stood = old.offer if old else None
            prices = (price for price in (kept.offer, kept.agreed) if price is not None and (stood is None or price < stood))
            if floor is not None and (lowest := min(prices, default=floor)) < floor:
                return f"{key} stands at {lowest}, its floor is {floor}"
    return None


def offers_never_rise(moment: Moment) -> Verdict:
    """An offer that was made is never taken back."""
    now = moment.after.ledger.bargains
    for key, old in moment.before.ledger.bargains.items():
        new = now.get(key)
        if old.offer is not None and (new is None or new.offer is None or new.offer > old.offer):
            return f"the offer of {key} rose from {old.offer} to {new and new.offer}"
    return None


def promises_are_kept_or_escalated(moment: Moment) -> Verdict:
    """A promise whose time is over is told to somebody, the customer or the shop; at night the customer hears of it later."""
    event = moment.event
    if isinstance(event, Due) and event.timer.kind == "promise" and _nothing_came(moment) and not _waits(moment):
        return f"{event.timer.name}: the promise was not kept, and nobody is told"
    return None


def promises_lie_ahead(moment: Moment) -> Verdict:
    """A promise is due later: no rule promises where the deadline is unknown or over, which undoes it."""
    return moment.noted("was undone: the deadline of the promise")


def approvals_are_answered(moment: Moment) -> Verdict:
    """Whoever waits for a person's decision hears of it, also of a refusal and of a deadline that passes."""
    call = _ended(moment)
    spec = moment.flow.spec.calls.get(call) if call else None
    if (
        call is None
        or spec is None
        or spec.by is None
        or in_handoff(moment.before.state)
        or not _nothing_came(moment)
        or _waits(moment)
    ):
        return None
    return f"the answer to {call} leads to nothing, the customer waits in vain"


def _ended(moment: Moment) -> str | None:
    """Return the call that an event ends."""
    event, calls = moment.event, moment.before.ledger.calls
    if isinstance(event, Result) and event.call in calls and event.serial in (None, calls[event.call].serial):
        return event.call
    return event.timer.name.removesuffix(".failed") if isinstance(event, Due) and event.timer.kind == "call" else None


def _waits(moment: Moment) -> bool:
    """Tell whether what is due waits for the contact hours."""
    return moment.noted("waits for the contact hours") is not None


def _nothing_came(moment: Moment) -> bool:
    return not (moment.turn.rules or moment.turn.replies or moment.turn.effects)


def calls_know_what_they_ask(moment: Moment) -> Verdict:
    """A call or approval is given every value that it needs."""
    for effect in moment.turn.effects:
        if effect.type in ("call", "request_approval"):
            needed = (name for name, needs, _ in moment.flow.arguments[effect.name] if needs)
            missing = [name for name in needed if effect.values.get(name, (None, None))[1] is None]
            if missing:
                return f"{effect.name} is asked for without {missing[0]}"
    return None


def mails_are_sent(moment: Moment) -> Verdict:
    """A mail that a rule writes has all the facts that it needs."""
    return moment.noted("mail not sent")


def turns_come_to_an_end(moment: Moment) -> Verdict:
    """The rules of a turn do not set each other off without end."""
    return moment.noted("stopped: this turn had too many events")


def back_leads_back(moment: Moment) -> Verdict:
    """`go: back` is said only where something is suspended."""
    return moment.noted("nothing is suspended")


def hours_are_kept(moment: Moment) -> Verdict:
    """Time alone never makes the flow speak outside the contact hours, nor a follow-up outside its own window."""
    event = moment.event
    if not isinstance(event, Due) or not moment.replies or awaited(moment.flow, event.timer):
        return None
    profile, follow_up = moment.flow.profile, moment.flow.follow_ups.get(event.timer.name)
    window = follow_up.window if follow_up else None
    closed = opening(moment.now, profile.zone, profile.contact_hours, *([window] if window else [])) > moment.now
    return f"{event.timer.name} speaks at {moment.now:%H:%M}, outside the hours" if closed else None


def caps_are_kept(moment: Moment) -> Verdict:
    """Marketing comes only with consent and under its cap, and nothing comes again and again unasked."""
    if not moment.proactive or not isinstance(moment.event, Due):
        return None
    if moment.flow.follow_ups[moment.event.timer.name].spec.purpose == "marketing":
        recent = [day for day in moment.after.ledger.marketing if (moment.draft.today - day).days < CAP_DAYS]
        if moment.before.facts.get("customer.opt_in") is not True:
            return f"{moment.event.timer.name} is marketing without consent"
        if len(recent) > moment.flow.profile.limits.marketing:
            return f"{moment.event.timer.name} is marketing over its cap"
    if moment.unasked > MANY_UNASKED:
        return f"{moment.event.timer.name} is message number {moment.unasked} in 30 days that nobody asked for"
    return None


def a_clear_no_is_respected(moment: Moment) -> Verdict:
    """After a clear no nothing is put forward again for 30 days, unless the customer writes or opts in."""
    if not (moment.proactive and moment.refused and isinstance(moment.event, Due)):
        return None
    spec = moment.flow.follow_ups[moment.event.timer.name].spec
    pushes = spec.since == "silence" or spec.purpose == "marketing"
    return f"{moment.event.timer.name} comes after a clear no" if pushes else None


BUILT_IN: tuple[Invariant, ...] = (
    replies_are_whole, nothing_is_said_twice, states_are_declared, a_replay_is_identical, floors_hold, offers_never_rise,
    promises_are_kept_or_escalated, promises_lie_ahead, approvals_are_answered, calls_know_what_they_ask, mails_are_sent,
    turns_come_to_an_end, back_leads_back, hours_are_kept, caps_are_kept, a_clear_no_is_respected,
)  # fmt: skip


def broken(moment: Moment, invariants: tuple[Invariant, ...]) -> Iterator[tuple[str, str]]:
    """Yield the name of each invariant that a turn breaks, with a sentence."""
    for invariant in invariants:
        name = getattr(invariant, "__name__", "invariant")
        try:
            verdict = invariant(moment)
        except AssertionError as error:
            verdict = str(error) or False
        if verdict not in (None, True):
            yield name.replace("_", "-").replace("<lambda>", "invariant"), str(verdict) if verdict else "it does not hold"
