"""Follow-ups that go on when their reason is gone: nothing cancels them, or nothing ends them."""

from __future__ import annotations

from collections.abc import Iterator

from csflow.check.subject import Subject
from csflow.errors import Problem
from csflow.spec import FollowUpSpec

OPEN = frozenset({"order.placed", "order.paid", "order.shipped"})


def reminders(subject: Subject) -> Iterator[Problem]:
    """Yield follow-ups on an open order without a condition, and repeated ones that nothing ends."""
    for name, part in subject.spec.follow_ups.items():
        spec: FollowUpSpec = part.spec
        if spec.if_ is None and _of_open_order(subject, spec):
            message = f"{name!r} has no `if`, so it comes even where the order was cancelled or done meanwhile"
            yield Problem("uncancelled-timer", subject.key("follow_ups", name), message, "warning")
        elif spec.every is not None and spec.if_ is None and spec.max is None:
            message = f"{name!r} comes again and again; give it a `max`, or an `if` that ends it"
            yield Problem("endless-timer", subject.at(part, "every"), message, "warning")


def _of_open_order(subject: Subject, spec: FollowUpSpec) -> bool:
    """Tell whether the clock starts with a report that an order goes on."""
    event = subject.spec.events.get((spec.since or "").removeprefix("report."))
    return event is not None and any(event.sets.get(fact) is True for fact in OPEN)
