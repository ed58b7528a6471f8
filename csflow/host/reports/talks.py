"""Figures of the talks themselves: how many, how far they came, what was heard, and what came after what was said."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterator

from csflow.host.reports.masking import masked
from csflow.host.reports.period import Parts, Period
from csflow.host.reports.story import Story
from csflow.host.reports.tables import Cell, Table, columns, share
from csflow.spec import PHASES, SIDE_ROOTS

COUNTED = ("conversations", "new", "messages", "replies", "not understood", "orders", "payments", "complaints", "hand-offs")
REPORTED = {"ordered": "orders", "paid": "payments"}
SHOWN = 50
"""How many of the messages that were not understood are listed."""
FUNNEL_NOTE = (
    "Every conversation begins with greet. Left here: last wrote in this phase, without an order or a payment in this time."
)
OUTCOME_NOTE = (
    "Outcomes are of conversations, within a week after the first use in this time; "
    "where an order had come before, or came with it, they had bought, and the share leaves these out."
)
OUTCOMES = ("bought", "complained", "went on", "left", "had bought")


class Course:
    """What happened in each part of the period, and in all of it."""

    def __init__(self, period: Period) -> None:
        self.period, self.parts = period, Parts(period)
        self.counts: dict[datetime.date, Counter[str]] = {day: Counter() for day in period.starts()}
        self.total: Counter[str] = Counter()

    def add(self, story: Story) -> None:
        """Count a conversation."""
        wrote = {self.parts.of(story.all[place].at) for place in story.messages}
        for day in wrote:
            self.counts[day]["conversations"] += 1
        self.total["conversations"] += bool(wrote)
        for place in story.inside:
            day = self.parts.of(story.all[place].at)
            for what, count in _counted(story, place):
                self.counts[day][what] += count
                self.total[what] += count

    def tables(self) -> Iterator[Table]:
        """Yield the sums, then a row for each part."""
        sums = [(name, self.total[name]) for name in COUNTED]
        note = "Conversations are those in which the customer wrote; new ones began in this time."
        yield Table("summary", "Summary", columns("figure:text", "count"), sums, note)
        head = columns(f"{self.period.by}:text", *COUNTED, "share not understood:share")
        yield Table("course", f"Course by {self.period.by}", head, [self._row(day) for day in self.counts])

    def _row(self, day: datetime.date) -> tuple[Cell, ...]:
        counts = self.counts[day]
        return (day.isoformat(), *(counts[name] for name in COUNTED), share(counts["not understood"], counts["messages"]))


def _counted(story: Story, place: int) -> Iterator[tuple[str, int]]:
    one = story.all[place]
    yield "new", one.seq == 1
    yield "messages", one.is_message
    yield "replies", len(one.turn["replies"])
    yield "not understood", one.turn.get("missed", False)
    yield "complaints", story.complains(place)
    yield "hand-offs", sum(effect["type"] == "hand_off" for effect in one.turn["effects"])
    if one.bought:
        yield REPORTED[one.fields[0]], 1


class Funnel:
    """How many conversations were in each phase, in which the customer fell silent, and how many of these had bought."""

    def __init__(self) -> None:
        self.reached: Counter[str] = Counter()
        self.last: Counter[str] = Counter()
        self.bought: Counter[str] = Counter()
        self.talks = 0

    def add(self, story: Story) -> None:
        """Count a conversation in which the customer wrote."""
        if not story.messages:
            return
        last = story.all[story.messages[-1]].root
        self.talks += 1
        self.reached.update({"greet", *(story.all[place].root for place in story.inside)})
        self.last[last] += 1
        self.bought[last] += any(story.all[place].bought for place in story.inside)

    def tables(self) -> Iterator[Table]:
        """Yield the phases, then what stands beside them."""
        head = columns("phase:text", "conversations", "share:share", "last wrote here", "of these bought", "left here")
        yield Table("funnel", "Funnel", head, list(map(self._row, PHASES)), FUNNEL_NOTE)
        yield Table("side", "Beside the funnel", head, list(map(self._row, SIDE_ROOTS)))

    def _row(self, root: str) -> tuple[Cell, ...]:
        last, bought = self.last[root], self.bought[root]
        return root, self.reached[root], share(self.reached[root], self.talks), last, bought, last - bought


def outcome(story: Story, place: int) -> str:
    """Return what came within a week after something, one of `OUTCOMES`; what comes after an order is nothing to its credit."""
    if any(one.bought for one in story.all[: place + 1]):
        return "had bought"
    later = story.after(place)
    if any(story.all[n].bought for n in later):
        return "bought"
    if any(story.complains(n) for n in later):
        return "complained"
    return "went on" if any(story.all[n].is_message for n in later) else "left"


class Outcomes:
    """What came after objections, by what was heard, and after techniques, by the family of the rules."""

    def __init__(self) -> None:
        self.uses: dict[str, Counter[str]] = {"objections": Counter(), "techniques": Counter()}
        self.ends: dict[str, defaultdict[str, Counter[str]]] = {name: defaultdict(Counter) for name in self.uses}
        self.leading: set[str] = set()

    def add(self, story: Story) -> None:
        """Count each objection and each family by what came after its first use in a conversation."""
        first: dict[tuple[str, str], int] = {}
        self.leading.update(*(_leading(story, place) for place in range(len(story.all))))
        for place in story.inside:
            for kind, name in _used(story, place):
                self.uses[kind][name] += 1
                first.setdefault((kind, name), place)
        known = {place: outcome(story, place) for place in set(first.values())}
        for (kind, name), place in first.items():
            self.ends[kind][name][known[place]] += 1

    def tables(self) -> Iterator[Table]:
        """Yield objections, then techniques, what was used most first."""
        for name in self.uses["objections"].keys() - self.leading:
            del self.uses["objections"][name]
        yield self._table("objections", "Objections", "heard", "What is heard in handle_objection, and alone has led there.")
        yield self._table("techniques", "Techniques", "rules", "The part of a rule's id before the first dot.")

    def _table(self, kind: str, title: str, name: str, note: str) -> Table:
        head = columns(f"{name}:text", "used", "conversations", *OUTCOMES, "share bought:share")
        rows = [self._row(kind, name, used) for name, used in ordered(self.uses[kind])]
        return Table(kind, title, head, rows, f"{note} {OUTCOME_NOTE}")

    def _row(self, kind: str, name: str, used: int) -> tuple[Cell, ...]:
        ends = self.ends[kind][name]
        counts = (ends[end] for end in OUTCOMES)
        return (name, used, ends.total(), *counts, share(ends["bought"], ends.total() - ends["had bought"]))


def _heard(story: Story, place: int) -> set[str]:
    return {hit["intent"] for hit in story.all[place].turn["heard"]}


def _leading(story: Story, place: int) -> set[str]:
    """Return what alone led into handle_objection with this message; what is heard beside it need be no objection."""
    heard = _heard(story, place) if story.came_to("handle_objection", place) else set()
    return heard if len(heard) == 1 else set()


def _used(story: Story, place: int) -> Iterator[tuple[str, str]]:
    """Yield the objections and the rules' families of a turn, each once."""
    one = story.all[place]
    if one.is_message and one.root == "handle_objection":
        yield from (("objections", intent) for intent in _heard(story, place))
    yield from (("techniques", family) for family in {rule.partition(".")[0] for rule in one.turn["rules"]})


def ordered(counts: Counter[str]) -> list[tuple[str, int]]:
    """Return counts, the highest first, in the order of the names where they are the same."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


class Heard:
    """What was heard most, what complaints began with, and what was not understood."""

    def __init__(self) -> None:
        self.intents: Counter[str] = Counter()
        self.talks: Counter[str] = Counter()
        self.causes: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        self.messages = 0

    def add(self, story: Story) -> None:
        """Count the messages of a conversation."""
        talked: set[str] = set()
        for place in story.messages:
            one = story.all[place]
            heard = _heard(story, place)
            self.intents.update(heard)
            talked |= heard
            if one.turn.get("missed"):
                self.missed[masked(" ".join(one.fields[0]))] += 1
        self.talks.update(talked)
        self.messages += len(story.messages)
        self.causes.update(cause for place in story.inside for cause in _causes(story, place))

    def tables(self) -> Iterator[Table]:
        """Yield intents, causes of complaints, and messages."""
        intents = [(name, count, self.talks[name], share(count, self.messages)) for name, count in ordered(self.intents)]
        head = columns("intent:text", "messages", "conversations", "share of messages:share")
        yield Table("intents", "Heard most", head, intents)
        began = "What was heard last in the message, or else the rule, that began the complaint."
        yield Table("complaints", "Complaints by cause", columns("cause:text", "complaints"), ordered(self.causes), began)
        left = len(self.missed) - SHOWN
        note = "Numbers, addresses and links are hidden." + (f" {left} rarer ones are not listed." if left > 0 else "")
        yield Table("missed", "Not understood", columns("message:text", "times"), ordered(self.missed)[:SHOWN], note)


def _causes(story: Story, place: int) -> Iterator[str]:
    if story.complains(place):
        turn = story.all[place].turn
        yield [*turn["rules"], *(hit["intent"] for hit in turn["heard"])][-1]
