"""Calls and promises whose end no rule takes up."""

from __future__ import annotations

from collections.abc import Iterator

from csflow.check.subject import Subject
from csflow.condition import DAY
from csflow.errors import Problem

SEASON = 92 * DAY


def promised(subject: Subject) -> Iterator[Problem]:
    """Yield calls without rules on their outcomes and promises that nobody keeps."""
    answered = {trigger for part in subject.spec.lists for trigger in part.spec.when}
    yield from unanswered_calls(subject, answered)
    yield from endless_calls(subject)
    yield from far_deadlines(subject)
    yield from unkept_promises(subject, answered)


def unanswered_calls(subject: Subject, answered: set[str]) -> Iterator[Problem]:
    """Yield calls that somebody waits for and whose outcomes no rule answers; look-ups answer by themselves."""
    made = {effect.call for act, _ in subject.acts for effect in act.do}
    for name, call in subject.spec.calls.items():
        if name not in made or call.read or not (call.by or call.within):
            continue
        outcomes = ("done", "denied", "failed") if call.by else ("done", "failed")
        missing = [f"{name}.{outcome}" for outcome in outcomes if f"{name}.{outcome}" not in answered]
        if missing:
            yield Problem("unanswered-call", subject.key("calls", name), f"no rule answers {', '.join(missing)}", "warning")


def endless_calls(subject: Subject) -> Iterator[Problem]:
    """Yield requests to a person that may stay without an answer for ever: no deadline, and no promise beside them."""
    for act, part in subject.acts:
        for number, effect in enumerate(act.do):
            call = subject.spec.calls.get(effect.call or "")
            if call and call.by and call.within is None and not any(other.promise for other in act.do):
                message = f"{effect.call!r} waits for {call.by} without a deadline; give the call a `within`, or promise one"
                yield Problem("endless-call", subject.at(part, "do", number, "call"), message, "warning")


def far_deadlines(subject: Subject) -> Iterator[Problem]:
    """Yield promises that are due in more than a season, when nobody waits for them any more."""
    for act, part in subject.acts:
        for number, effect in enumerate(act.do):
            by = subject.node(str(effect.promise["by"])) if effect.promise else None
            if by is not None and by.op == "const" and by.type.kind == "duration" and by.value > SEASON:
                message = f"a promise for {by.value // DAY} days ahead is none that anybody waits for"
                yield Problem("far-deadline", subject.at(part, "do", number, "promise", "by"), message, "warning")


def unkept_promises(subject: Subject, answered: set[str]) -> Iterator[Problem]:
    """Yield promises whose broken deadline no rule answers, and promises that no rule ever keeps."""
    kept = {effect.keep for act, _ in subject.acts for effect in act.do}
    for act, part in subject.acts:
        for number, effect in enumerate(act.do):
            for name in (name for name in effect.promise or () if name != "by"):
                place = subject.source(part.file).key(*part.path, "do", number, "promise", name)
                if f"{name}.broken" not in answered:
                    yield Problem("unkept-promise", place, f"no rule answers {name}.broken, the deadline passing", "warning")
                if name not in kept:
                    yield Problem("unkept-promise", place, f"no rule keeps {name!r}, so its deadline always passes", "warning")
