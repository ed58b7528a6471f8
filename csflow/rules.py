"""Which rule answers an event, and what firing it does: all of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from csflow import timers
from csflow.deeds import open_call, perform
from csflow.draft import Checkpoint, Cue, Draft, Unfetched
from csflow.events import Considered, Read
from csflow.hearing import NEVER_ASKED
from csflow.moves import go
from csflow.reply import checksum, choose
from csflow.snapshot import Parked, Pending
from csflow.tally import over_limit

if TYPE_CHECKING:
    from csflow.bind import Read as Guard
    from csflow.parts import FollowUp, Never, Peeks, Rule, RuleList

MAX_NOW = 8


def answer(draft: Draft, cue: Cue) -> bool:
    """Find the rule for an event and fire it; tells whether the event was answered (or waits for a look-up)."""
    draft.kind, draft.resumes = cue.kind, cue.kept is not None and cue.kind == "answer"
    state = cue.kept if cue.kind == "enter" and cue.kept else draft.state
    try:
        ranks = draft.flow.ranks(state, cue.trigger, message=cue.kind == "message")
        for number, rank in enumerate(ranks, 1):
            found = [rule for lst in rank if (rule := _first(draft, lst)) is not None]  # one a list; two are a tie
            if found:
                if number < len(ranks):
                    draft.why.beaten.append((found[0], ranks[number:]))
                return _fire_one(draft, found, cue)
    except Unfetched as missing:
        park(draft, cue, missing.call)
        return True
    return False


def _first(draft: Draft, lst: RuleList) -> Rule | None:
    if lst.guard is not None and not _holds(draft, lst, lst.guard, lst.peeks):
        return None
    for rule in lst.rules:
        if rule.guard is not None and not _holds(draft, rule, rule.guard, rule.peeks):
            continue
        if rule.max is not None and draft.used.get(rule.id, 0) >= rule.max:
            draft.why.considered.append(Considered(rule, "spent"))
        elif rule.ask is not None and _asked_out(draft, rule.ask):
            draft.why.considered.append(Considered(rule, "asked"))
        else:
            return rule
    return None


def _holds(draft: Draft, judged: Rule | RuleList, guard: Guard, peeks: Peeks) -> bool:
    verdict = guard(draft)
    if verdict is True:
        return True
    reads = read(draft, peeks)
    draft.why.considered.append(Considered(judged, "unknown" if verdict is None else "false", reads))
    return False


def read(draft: Draft, peeks: Peeks) -> tuple[Read, ...]:
    """Return the facts that a condition reads, as they are now."""
    return tuple([Read(name, kind, peek(draft)) for name, kind, peek in peeks])


def _asked_out(draft: Draft, slot: str) -> bool:
    """Tell whether a question was given up, was put as often as it may be, or is already answered."""
    put, _, closed = draft.asked.get(slot, NEVER_ASKED)
    return closed or put >= draft.flow.slots[slot].spec.tries or draft.slots.get(draft.slot_key(slot)) is not None


def _fire_one(draft: Draft, found: list[Rule], cue: Cue) -> bool:
    if len(found) > 1:
        draft.why.considered += [Considered(rule, "tied") for rule in found]
        draft.note(f"{' and '.join(rule.id for rule in found)} tie; none was fired")
        return False
    rule = found[0]
    if rule.id in draft.rules:
        draft.why.considered.append(Considered(rule, "repeated"))
        return True
    return fire(draft, rule, cue)


def fire(draft: Draft, rule: Rule, cue: Cue) -> bool:
    """Fire a rule; where it must not be or cannot be said, undo all of it and tell so."""
    before = draft.used
    saved = draft.checkpoint() if rule.acts else None
    standing = [never for never in rule.nevers if never.test(draft) is True]  # what the shop's reports broke is no act of ours
    used = draft.used = before.copy()
    used[rule.id] = used.get(rule.id, 0) + 1
    try:
        refusal = _say_and_do(draft, rule, cue) or _forbidden(draft, rule, standing)
    except Unfetched:
        _undo(draft, before, saved)
        raise
    if refusal:
        _undo(draft, before, saved)
        draft.why.considered.append(Considered(rule, "undone"))
        draft.note(f"{rule.id} was undone: {refusal}")
        return False
    _fired(draft, rule)
    if rule.go is not None and rule.go != draft.state:
        go(draft, rule)
    if rule.ask is not None:
        _ask(draft, rule.ask, cue)
    return True


def _undo(draft: Draft, used: dict[str, int], saved: Checkpoint | None) -> None:
    """Take a rule back; one without effects changed nothing but its own count."""
    draft.used = used
    if saved is not None:
        draft.restore(saved)


def _fired(draft: Draft, rule: Rule) -> None:
    draft.rules.append(rule.id)
    draft.why.considered.append(Considered(rule, "fired", read(draft, rule.peeks) if rule.peeks else ()))
    if rule.id in draft.flow.since:
        timers.arm_since(draft, rule.id)


def _say_and_do(draft: Draft, rule: Rule, cue: Cue) -> str | None:
    """Apply the effects and render the reply; returns why it must not be, if it must not."""
    for deed in rule.deeds:
        refusal = perform(draft, deed)
        if refusal:
            return refusal
    if rule.choices:
        said = _words(draft, rule)
        if said is None:
            return "no variant can be said with the facts known"
        if draft.flow.repeats and _repeats(draft, rule, said, cue):
            draft.repeated = True
            return f"it would say the same a {draft.repeats + 1}. time in a row"
        draft.replies += said
    return None


def _words(draft: Draft, rule: Rule) -> tuple[str, ...] | None:
    """Return the messages of a variant that can be said, or None where there is none."""
    if rule.only is not None:
        text = rule.only.fill(draft)
        return None if text is None else (text,)
    chosen = choose(rule.choices, draft, draft.seed, rule.id, draft.said.get(rule.id, 0))
    if chosen is None:
        return None
    said, bits = chosen
    if bits:
        draft.said = draft.said | {rule.id: bits}
    return said


def _repeats(draft: Draft, rule: Rule, said: tuple[str, ...], cue: Cue) -> bool:
    """Tell whether a message would be answered with the same words once too often."""
    last_time = draft.repeats + 1 >= draft.flow.repeats and cue.kind == "message" and rule.id not in draft.flow.catching
    return last_time and checksum(said) == draft.last


def _forbidden(draft: Draft, rule: Rule, standing: Sequence[Never]) -> str | None:
    """Return the limit or the `never:` line that firing the rule would break; `standing` are those that were broken before."""
    if rule.acts and draft.flow.profile.limits.grants and (over := over_limit(draft)):
        return over
    for never in rule.strict:
        if never.test(draft) is not False:
            return f"never: {never.text} ({never.place})"
    for never in rule.nevers:
        if never not in standing and never.test(draft) is True:
            return f"never: {never.text} ({never.place})"
    return None


def _ask(draft: Draft, slot: str, cue: Cue) -> None:
    if not _asked_out(draft, slot):
        draft.pending, draft.put = Pending(slot, cue.trigger if cue.kind == "message" else None), True


def park(draft: Draft, cue: Cue, call: str) -> None:
    """Let an event wait for a look-up, and make the look-up unless it is under way."""
    draft.book(parked=(*draft.ledger.parked, Parked(cue.trigger, call, len(draft.frames))))
    key = draft.arguments_key(call) or ""
    under_way = draft.ledger.calls.get(call)
    if under_way is None or under_way.key != key:
        values = {name: (value.type, value.read(draft)) for name, _, value in draft.flow.arguments[call]}
        open_call(draft, call, values, key)
    elif (hold := draft.flow.hold(call, draft)) and hold not in draft.replies:
        draft.replies.append(hold)
    draft.note(f"{cue.trigger} waits for {call}")


def judge_now(draft: Draft) -> None:
    """Fire the rules on `now` that hold, at most eight in a row."""
    for _ in range(MAX_NOW):
        state = draft.state
        if not answer(draft, Cue("now", "now")) or draft.state == state:
            return


def fire_follow_up(draft: Draft, follow_up: FollowUp) -> bool:
    """Fire a follow-up that is due, as the rule that it is."""
    draft.kind = "timer"
    try:
        return fire(draft, follow_up.rule, Cue(follow_up.name, "timer"))
    except Unfetched as missing:
        draft.note(f"{follow_up.name} not sent: {missing.call} was not looked up")
        return False
