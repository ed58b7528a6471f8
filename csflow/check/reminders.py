"""Follow-ups that go on when their reason is gone, that nothing ends, or that come at a time when nobody may be written to."""

from __future__ import annotations

from collections.abc import Iterator

from csflow.check.atoms import Atom
from csflow.check.subject import Subject
from csflow.errors import Problem
from csflow.notation import Window
from csflow.spec import FollowUpSpec, Located

OPEN = frozenset({"order.placed", "order.paid", "order.shipped"})
CANCELLED = "order.cancelled"
UNPAID: Atom = ("not", None, (("ref", "order.paid", ()),))
EARLY, LATE = 7, 22


def reminders(subject: Subject) -> Iterator[Problem]:
    """Yield follow-ups that nothing cancels or ends, and hours of contact that nobody can mean."""
    for name, part in subject.spec.follow_ups.items():
        yield from _uncancelled(subject, name, part)
        yield from _endless(subject, name, part)
        yield from _closed(subject, name, part)
    yield from _night(subject)


def _uncancelled(subject: Subject, name: str, part: Located) -> Iterator[Problem]:
    spec: FollowUpSpec = part.spec
    place = subject.key("follow_ups", name)
    if spec.if_ is None and _of_open_order(subject, spec):
        message = f"{name!r} has no `if`, so it comes even where the order was cancelled or done meanwhile"
        yield Problem("uncancelled-timer", place, message, "warning")
    elif spec.if_ is None and spec.purpose == "marketing" and spec.every is None:
        message = f"{name!r} has no `if`, so it is sent whatever was bought or declined meanwhile; say when its reason is gone"
        yield Problem("uncancelled-timer", place, message, "warning")
    elif spec.if_ and UNPAID in subject.atoms(spec.if_) and CANCELLED not in subject.node(spec.if_).names():
        message = f"{name!r} asks for an order that is not paid, and comes even where that was cancelled"
        yield Problem("uncancelled-timer", place, f"{message}; add `and not {CANCELLED}`", "warning")


def _of_open_order(subject: Subject, spec: FollowUpSpec) -> bool:
    """Tell whether the clock starts with a report that an order goes on."""
    event = subject.spec.events.get((spec.since or "").removeprefix("report."))
    return event is not None and any(event.sets.get(fact) is True for fact in OPEN)


def _endless(subject: Subject, name: str, part: Located) -> Iterator[Problem]:
    spec: FollowUpSpec = part.spec
    if spec.every is not None and spec.if_ is None and spec.max is None:
        message = f"{name!r} comes again and again; give it a `max`, or an `if` that ends it"
        yield Problem("endless-timer", subject.at(part, "every"), message, "warning")


def _closed(subject: Subject, name: str, part: Located) -> Iterator[Problem]:
    window, hours = part.spec.window, subject.profile.contact_hours
    if window is not None and not _overlap(window, hours):
        message = f"the window of {name!r} lies outside the shop's contact hours; no moment is in both"
        yield Problem("quiet-hours", subject.at(part, "window"), message)


def _overlap(one: Window, two: Window) -> bool:
    opens = max(_minutes(one)[0], _minutes(two)[0])
    return bool(one.days & two.days) and opens < min(_minutes(one)[1], _minutes(two)[1])


def _minutes(window: Window) -> tuple[int, int]:
    """Return the minutes of the day at which a window opens and closes."""
    opens, closes = (time.hour * 60 + time.minute for time in (window.opens, window.closes))
    return opens, closes or 24 * 60


def _night(subject: Subject) -> Iterator[Problem]:
    """Yield the profile's contact hours where they reach into the night."""
    opens, closes = _minutes(subject.profile.contact_hours)
    if (
        subject.profile.file
        and (opens < EARLY * 60 or closes > LATE * 60)
        and any(p.spec.say for p in subject.spec.follow_ups.values())
    ):
        place = subject.source(subject.profile.file).value("contact_hours")
        message = f"follow-ups may come at night; keep `contact_hours` between {EARLY:02}:00 and {LATE}:00"
        yield Problem("quiet-hours", place, message, "warning")
