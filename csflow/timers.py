"""Follow-ups: when they are due, when they may be sent, and when their reason is gone."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING

from csflow.bind import below
from csflow.notation import Window
from csflow.snapshot import Timer

if TYPE_CHECKING:
    from csflow.draft import Draft
    from csflow.flow import Flow
    from csflow.parts import FollowUp, Rule

MIDNIGHT = datetime.time(0)
ONE_DAY = datetime.timedelta(days=1)
CAP_DAYS = 30
WAITING = 3_600  # seconds that a customer waits for an answer before going about other things


def fixed(when: datetime.datetime) -> datetime.datetime:
    """Return the same moment with a fixed offset, so that adding hours counts hours also when the clocks change.

    Raises:
        ValueError: the time has no time zone.
    """
    if type(when.tzinfo) is datetime.timezone:
        return when
    offset = when.utcoffset()
    if offset is None:
        raise ValueError(f"{when} has no time zone; give one, such as datetime.UTC")
    return when.astimezone(datetime.timezone(offset))


def opening(when: datetime.datetime, zone: datetime.tzinfo, *windows: Window) -> datetime.datetime:
    """Return the first moment at or after `when` at which all windows are open; `when` itself if they never are."""
    local = when.astimezone(zone)
    for days in range(15):
        day = local.date() + days * ONE_DAY
        opens, closes = _hours(day, zone, windows)
        start = max(local, opens)
        if all(day.weekday() in window.days for window in windows) and start < closes:
            return start.astimezone(when.tzinfo)
    return when


def _hours(day: datetime.date, zone: datetime.tzinfo, windows: tuple[Window, ...]) -> tuple[datetime.datetime, datetime.datetime]:
    opens = max(datetime.datetime.combine(day, window.opens, zone) for window in windows)
    closes = min(
        datetime.datetime.combine(day + (window.closes == MIDNIGHT) * ONE_DAY, window.closes, zone) for window in windows
    )
    return opens, closes


def sendable(flow: Flow, follow_up: FollowUp, when: datetime.datetime) -> datetime.datetime:
    """Return the first moment from `when` on at which a follow-up may reach the customer; one that says nothing any time."""
    if not _speaks(flow, follow_up.rule):
        return when
    hours = flow.profile.contact_hours
    return opening(when, flow.profile.zone, hours, *([follow_up.window] if follow_up.window else []))


def too_late(flow: Flow, follow_up: FollowUp, by: datetime.timedelta) -> bool:
    """Tell whether a follow-up is so late that it is better not said; what says nothing is never too late."""
    speaks = follow_up.rule.say or follow_up.rule.ask is not None
    return speaks and by.total_seconds() > flow.profile.limits.late


def audible(flow: Flow, timer: Timer, state: str, when: datetime.datetime) -> datetime.datetime:
    """Return the first moment from `when` on at which a deadline that passed may be told to the customer.

    What says nothing may come at any time, and so may a late answer that somebody waits for.
    """
    if awaited(flow, timer) or not _tells(flow, timer.name, state):
        return when
    return opening(when, flow.profile.zone, flow.profile.contact_hours)


def awaited(flow: Flow, timer: Timer) -> bool:
    """Tell whether a timer is the deadline of a call so short that the customer is taken to wait for its answer."""
    call = flow.spec.calls.get(timer.name.removesuffix(".failed")) if timer.kind == "call" else None
    return call is not None and (call.within or 0) <= WAITING


def _tells(flow: Flow, trigger: str, state: str) -> bool:
    return any(_speaks(flow, rule) for rank in flow.ranks(state, trigger) for lst in rank for rule in lst.rules)


def _speaks(flow: Flow, rule: Rule) -> bool:
    """Tell whether a rule may reach the customer: it says or asks something, or it goes where something is asked or said."""
    if _says(rule) or rule.go is None:
        return _says(rule)
    entered = (state for state in flow.greeting_states if below(state, rule.go))
    greeting = (each for state in entered for rank in flow.ranks(state, "enter") for lst in rank for each in lst.rules)
    return rule.go == "back" or bool(flow.states[rule.go].collect) or any(map(_says, greeting))


def _says(rule: Rule) -> bool:
    return bool(rule.choices) or rule.ask is not None


def arm(draft: Draft, follow_up: FollowUp, due: datetime.datetime) -> None:
    """Set a follow-up's timer, in place of one for the same subject."""
    timer = Timer(follow_up.name, sendable(draft.flow, follow_up, due), draft.focus)
    others = tuple(t for t in draft.timers if (t.name, t.order) != (timer.name, timer.order))
    if timer not in draft.timers:
        draft.effect("schedule", follow_up.name, deadline=timer.due)
    draft.timers = (*others, timer)


def arm_since(draft: Draft, name: str) -> None:
    """Arm the follow-ups that wait for an event or a rule."""
    for follow_up in draft.flow.since.get(name, ()):
        if not spent(draft, follow_up):
            delay = follow_up.spec.after if follow_up.spec.after is not None else follow_up.spec.every or 0
            arm(draft, follow_up, draft.now + datetime.timedelta(seconds=delay))


def spent(draft: Draft, follow_up: FollowUp) -> bool:
    """Tell whether a follow-up was sent as often as it may be."""
    limit = follow_up.rule.max
    return limit is not None and draft.ledger.sent.get(follow_up.name, 0) >= limit


def settle(draft: Draft, before: str, *, spoken: bool) -> None:
    """Cancel what lost its reason, move what follows a date, restart the clocks of silence if somebody spoke."""
    if draft.timers:
        draft.timers = tuple(timer for timer in draft.timers if not _pointless(draft, timer))
    if draft.timers and draft.state != before:
        draft.timers = tuple(_arrived(draft, before, timer) for timer in draft.timers)
    for follow_up in draft.flow.dated:
        _follow_date(draft, follow_up)
    if spoken and draft.flow.silences:
        _restart_silence(draft)


def _pointless(draft: Draft, timer: Timer) -> bool:
    follow_up = draft.flow.follow_ups.get(timer.name) if timer.kind == "follow_up" else None
    if follow_up is None or follow_up.guard is None or follow_up.spec.since == "silence":
        return False
    gone = draft.about(timer.order, follow_up.guard) is False
    if gone:
        draft.effect("cancel", timer.name)
    return gone


def _arrived(draft: Draft, before: str, timer: Timer) -> Timer:
    """Let what waited for its place be due now that it is there, so that the waiting does not count as late."""
    waited = timer.due < draft.now and not in_place(draft.flow, timer, before) and in_place(draft.flow, timer, draft.state)
    return timer._replace(due=draft.now) if waited else timer


def _follow_date(draft: Draft, follow_up: FollowUp) -> None:
    date = draft.about(draft.focus, follow_up.at) if follow_up.at else None
    if date is None or spent(draft, follow_up) or f"{follow_up.name}@{date}" in draft.ledger.sent:
        return
    if draft.about(draft.focus, follow_up.guard) is not False:
        start = datetime.datetime.combine(date, MIDNIGHT, draft.flow.profile.zone)
        arm(draft, follow_up, max(start.astimezone(draft.now.tzinfo), draft.now))


def _restart_silence(draft: Draft) -> None:
    kept = [timer for timer in draft.timers if timer.name not in draft.flow.of_silence]
    for follow_up in draft.flow.silences_in(draft.state) if draft.open else ():
        if not spent(draft, follow_up):
            due = draft.now + datetime.timedelta(seconds=follow_up.spec.after or follow_up.spec.every or 0)
            kept.append(Timer(follow_up.name, sendable(draft.flow, follow_up, due)))
    draft.timers = tuple(kept)


def ready(flow: Flow, timers: tuple[Timer, ...], state: str, now: datetime.datetime) -> Iterator[Timer]:
    """Yield the timers that are due and whose place is right, by due time, then in file order."""
    order = {name: index for index, name in enumerate(flow.follow_ups)}
    for timer in sorted(timers, key=lambda t: (t.due, order.get(t.name, -1))):
        if timer.due <= now and in_place(flow, timer, state):
            yield timer


def in_place(flow: Flow, timer: Timer, state: str) -> bool:
    """Tell whether a timer may fire in a state."""
    follow_up = flow.follow_ups.get(timer.name) if timer.kind == "follow_up" else None
    return follow_up is None or follow_up.fits(state)


def may_market(draft: Draft) -> bool:
    """Tell whether a marketing message may be sent: the customer opted in, and the cap of 30 days is not reached anywhere."""
    recent = tuple(day for day in draft.ledger.marketing if (draft.today - day).days < CAP_DAYS)
    draft.book(marketing=recent)
    sent = len(recent) + sum((draft.today - day).days < CAP_DAYS for day in draft.tally.marketing)
    wanted = draft.facts.get("customer.opt_in") is True and not draft.tally.refused
    return wanted and sent < draft.flow.profile.limits.marketing
