"""Figures of the service: how long customers waited for a reply and for people, and what came of follow-ups."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from csflow.host.reports.story import Happening, Story
from csflow.host.reports.tables import Cell, Table, columns, quantile, share
from csflow.host.reports.talks import ordered

SECOND = 1_000_000
LIMITS = (1, 5, 15, 20, 60)
"""The bounds of the distribution, in seconds; 15 and 20 are the service clocks."""
SPREAD = (*(f"up to {limit} s" for limit in LIMITS), f"over {LIMITS[-1]} s")
CLOCKS = ("median:span", "p90:span", "p99:span")
RESPONSE_NOTE = (
    "From a customer's message to the first reply that left; while a person has the conversation, to the person's first words."
)
SPREAD_NOTE = "Each row counts what is over the bound of the row before."
HANDOFF_NOTE = "The rule that handed over, and the time until a person took the conversation."
NO_DELIVERY = "No reply has left through a channel in this time: how long customers waited for one cannot be known."
OPT_OUT = "opted_out"
STOP = "opt_out"


class Waits:
    """Times in microseconds, kept as numbers alone."""

    def __init__(self) -> None:
        self.times = array("q")
        self.open = 0

    def add(self, time: int | None) -> None:
        """Take a time, or None for one that has no end yet."""
        if time is None:
            self.open += 1
        else:
            self.times.append(max(time, 0))

    def clocks(self) -> tuple[Cell, ...]:
        """Return median, p90, p99 and the shares within 15 and 20 seconds; None where there is no time."""
        times = sorted(self.times)
        spans = (quantile(times, q) for q in (0.5, 0.9, 0.99))
        within = (share(sum(time <= limit * SECOND for time in times), len(times)) for limit in (15, 20))
        return (*(None if span is None else span / SECOND for span in spans), *within)

    def spread(self) -> list[int]:
        """Return how many times are up to each limit and over the limit before, then those over all."""
        found = [0] * len(SPREAD)
        for time in self.times:
            found[next((n for n, limit in enumerate(LIMITS) if time <= limit * SECOND), len(LIMITS))] += 1
        return found


def response_tables(replies: Waits, people: Waits) -> Iterator[Table]:
    """Yield how long customers waited for the first reply to a message, and for people."""
    both = {"a reply": replies, "a person": people}
    head = columns("until:text", "answered", "waiting", *CLOCKS, "within 15 s:share", "within 20 s:share")
    rows = [(name, len(waits.times), waits.open, *waits.clocks()) for name, waits in both.items()]
    yield Table("responses", "Response times", head, rows, RESPONSE_NOTE + ("" if replies.times else f" {NO_DELIVERY}"))
    spread = [waits.spread() if waits.times else [None] * len(SPREAD) for waits in both.values()]
    yield Table(
        "spread", "Distribution of response times", columns("time:text", *both), [*zip(SPREAD, *spread, strict=True)], SPREAD_NOTE
    )


class People:
    """How often conversations were handed to people and why, and how long customers waited."""

    def __init__(self) -> None:
        self.waits = Waits()
        self.reasons: defaultdict[str, Waits] = defaultdict(Waits)

    def add(self, story: Story) -> None:
        """Take the waits that began within the period."""
        for place in story.inside:
            one = story.all[place]
            for reason in (effect["name"] for effect in one.turn["effects"] if effect["type"] == "hand_off"):
                self.reasons[reason].add(_until_staff(story, place))
            if _waits(one) and _first_in_a_row(story, place):
                self.waits.add(_until_staff(story, place, spoken=True))

    def tables(self) -> Iterator[Table]:
        """Yield the reasons, the most frequent first."""
        counts = Counter({reason: len(waits.times) + waits.open for reason, waits in self.reasons.items()})
        rows = [self._row(reason, count) for reason, count in ordered(counts)]
        yield Table(
            "handoffs", "Hand-offs", columns("reason:text", "hand-offs", "taken", "not taken", *CLOCKS), rows, HANDOFF_NOTE
        )

    def _row(self, reason: str, count: int) -> tuple[Cell, ...]:
        waits = self.reasons[reason]
        return (reason, count, len(waits.times), waits.open, *waits.clocks()[:3])


def _until_staff(story: Story, place: int, *, spoken: bool = False) -> int | None:
    """Return how long after a place a person of the shop acted, or spoke."""
    began = story.all[place].at
    acts = (one for one in story.all[place + 1 :] if one.kind == "staff" and (not spoken or one.fields[1]))
    return next((one.at - began for one in acts), None)


def _first_in_a_row(story: Story, place: int) -> bool:
    """Tell whether no message before this one still waits for a person."""
    for one in reversed(story.all[:place]):
        if one.root != "handoff" or (one.kind == "staff" and one.fields[1]):
            return True
        if _waits(one):
            return False
    return True


def _waits(one: Happening) -> bool:
    """Tell whether this is a message that only a person will answer."""
    return one.is_message and one.root == "handoff" and not one.turn["replies"]


class FollowUps:
    """What was sent unasked, and what customers did within a week."""

    def __init__(self, marketing: Collection[str] | None) -> None:
        self.marketing = marketing
        self.ends: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def add(self, story: Story) -> None:
        """Count the follow-ups of a conversation."""
        for place in story.inside:
            name = _sent(story.all[place])
            if name is not None:
                later = [story.all[n] for n in story.after(place)]
                answered, out = any(one.is_message for one in later), any(map(_opts_out, later))
                self.ends[name].update(sent=1, answered=int(answered), out=int(out))

    def tables(self) -> Iterator[Table]:
        """Yield a row for each follow-up."""
        counts = Counter({name: ends["sent"] for name, ends in self.ends.items()})
        head = columns("follow-up:text", "purpose:text", "sent", "answered", "opted out", "share answered:share")
        note = "Answered and opted out: within a week." + (
            "" if self.marketing is not None else " Purposes are known with a flow only."
        )
        yield Table("follow_ups", "Follow-ups", head, [self._row(name) for name, _ in ordered(counts)], note)

    def _row(self, name: str) -> tuple[Cell, ...]:
        ends = self.ends[name]
        purpose = None if self.marketing is None else "marketing" if name in self.marketing else "service"
        return name, purpose, ends["sent"], ends["answered"], ends["out"], share(ends["answered"], ends["sent"])


def _sent(one: Happening) -> str | None:
    """Return the name of the follow-up that was said with this."""
    if one.kind != "due" or not one.turn["replies"]:
        return None
    name, _due, _order, kind, *_ = one.fields[0]
    return str(name) if kind == "follow_up" else None


def _opts_out(one: Happening) -> bool:
    """Tell whether the customer wants no more: the shop reports so, or the flow asks for it."""
    if one.kind == "report" and one.fields[0] == OPT_OUT:
        return True
    return any(effect["type"] == "call" and effect["name"] == STOP for effect in one.turn["effects"])


def replies_of(rows: Iterable[Sequence[int | None]]) -> Waits:
    """Return the waits for replies: pairs of when a message came and when its first reply left."""
    waits = Waits()
    for came, left in rows:
        waits.add(None if left is None or came is None else left - came)
    return waits
