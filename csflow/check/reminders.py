"""Follow-ups that go on when their reason is gone, that nothing ends, or that come at a time when nobody may be written to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import permutations

from csflow.bind import matches
from csflow.check.atoms import Atom
from csflow.check.subject import Subject
from csflow.condition import DAY
from csflow.errors import Problem
from csflow.notation import Window
from csflow.spec import FollowUpSpec, Located

OPEN = frozenset({"order.placed", "order.paid", "order.shipped"})
CANCELLED = "order.cancelled"
UNPAID: Atom = ("not", None, (("ref", "order.paid", ()),))
EARLY, LATE = 7, 22
OFTEN, LONG = 12, 500
WEEK = 7 * DAY
REFUSALS = frozenset({"refused", "opted_out", "unsubscribed", "拒绝", "退订"})


def reminders(subject: Subject) -> Iterator[Problem]:
    """Yield follow-ups that nothing cancels or ends, and hours of contact that nobody can mean."""
    for name, part in subject.spec.follow_ups.items():
        yield from _uncancelled(subject, name, part)
        yield from _endless(subject, name, part)
        yield from _closed(subject, name, part)
    yield from _together(subject)
    yield from _unheeded(subject)
    yield from _night(subject)
    yield from _generous(subject)


def _uncancelled(subject: Subject, name: str, part: Located) -> Iterator[Problem]:
    spec: FollowUpSpec = part.spec
    place = subject.key("follow_ups", name)
    if spec.if_ is None and _of_open_order(subject, spec):
        message = f"{name!r} has no `if`, so it comes even where the order was cancelled or done meanwhile"
        yield Problem("uncancelled-timer", place, message, "warning")
    elif spec.if_ is None and spec.purpose == "marketing" and spec.every is None:
        message = f"{name!r} has no `if`, so it is sent whatever was bought or declined meanwhile; say when its reason is gone"
        yield Problem("uncancelled-timer", place, message, "warning")
    elif spec.if_ is None and ("rules", spec.since) in subject.spec.parts and (spec.say or spec.ask):
        message = f"{name!r} has no `if`, so it comes whatever happened since {spec.since}; say when its reason is gone"
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
    elif spec.max is not None and spec.max > OFTEN and (spec.say or spec.ask):
        message = f"{name!r} may come {spec.max} times; a message that nobody asked for comes {OFTEN} times at most"
        yield Problem("endless-timer", subject.at(part, "max"), message, "warning")
    elif spec.every is not None and spec.every < WEEK and spec.max is None and (spec.say or spec.ask):
        message = f"{name!r} comes more than once a week, as long as its `if` holds; give it a `max`"
        yield Problem("endless-timer", subject.at(part, "every"), message, "warning")
    elif _nags(subject, name, spec):
        message = f"{name!r} speaks after each silence, however often it did; give it a `max`, or let its `if` count used({name})"
        yield Problem("endless-timer", subject.at(part, "since"), message, "warning")


def _together(subject: Subject) -> Iterator[Problem]:
    """Yield follow-ups that come at the same time as another whenever that one does, so that both are read at once."""
    speaking = [(name, part) for name, part in subject.spec.follow_ups.items() if part.spec.say or part.spec.ask]
    for (name, part), (other, wider) in permutations(speaking, 2):
        narrow, wide = subject.atoms(part.spec.if_), subject.atoms(wider.spec.if_)
        if _time(part.spec) == _time(wider.spec) and (wide < narrow or (wide == narrow and name > other)):
            message = f"where {name!r} is sent, {other!r} is sent at the same time; let one of them exclude the other"
            yield Problem("twin-timers", subject.key("follow_ups", name), message, "warning")


def _time(spec: FollowUpSpec) -> tuple[object, ...]:
    """Return what says when a follow-up comes, and where; with a `max` it may be spent where another is not."""
    return spec.since, spec.at, spec.after, spec.every, spec.window, spec.in_, spec.max


def _nags(subject: Subject, name: str, spec: FollowUpSpec) -> bool:
    """Tell whether a follow-up on silence speaks, stays where it is, and nothing counts how often it spoke."""
    counted = {str(node.value) for node in subject.node(spec.if_).walk() if node.op == "used"} if spec.if_ else set[str]()
    speaks = spec.since == "silence" and spec.max is None and spec.go is None and bool(spec.say or spec.ask)
    return speaks and not any(matches(segment, name) for segment in counted)


def _unheeded(subject: Subject) -> Iterator[Problem]:
    """Yield advertising, and messages that come again and again, that do not ask for a refusal that was recorded."""
    adverts = {name: part for name, part in subject.spec.follow_ups.items() if _unasked(part.spec)}
    read = {name: subject.node(part.spec.if_).names() if part.spec.if_ else frozenset[str]() for name, part in adverts.items()}
    for tag, word in _refusals(subject).items():
        for name, part in adverts.items():
            if tag not in read[name]:
                advert = part.spec.purpose == "marketing"
                does, key = ("advertises", "purpose") if advert else ("writes again and again", "every")
                message = f"{name!r} {does} to customers who refused it; add `and {tag} != {word}`"
                yield Problem("unheeded-refusal", subject.at(part, key), message, "warning")


def _unasked(spec: FollowUpSpec) -> bool:
    """Tell whether a follow-up is what a customer means who wants no messages."""
    return spec.purpose == "marketing" or (spec.every is not None and bool(spec.say or spec.ask))


def _refusals(subject: Subject) -> Mapping[str, str]:
    """Return the tags that some rule sets to a word of refusal, with the word."""
    tagged = (item for act, _ in subject.acts for effect in act.do for item in (effect.tag or {}).items())
    return {f"tags.{key}": str(word) for key, word in tagged if word in REFUSALS}


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


def _generous(subject: Subject) -> Iterator[Problem]:
    """Yield limits of the profile so wide that they limit nothing."""
    limits, source = subject.profile.limits, subject.source(subject.profile.file) if subject.profile.file else None
    if source is not None and limits.marketing > OFTEN:
        message = f"{limits.marketing} advertisements in 30 days are no limit; {OFTEN} are plenty"
        yield Problem("loose-limit", source.value("limits", "marketing"), message, "warning")
    if source is not None and limits.repeats == 0:
        message = "with 0 the same reply may come for ever; 3 is usual"
        yield Problem("loose-limit", source.value("limits", "repeats"), message, "warning")
    if source is not None and limits.message > LONG:
        message = f"nobody reads {limits.message} characters in one message; {LONG} are plenty"
        yield Problem("loose-limit", source.value("limits", "message"), message, "warning")
