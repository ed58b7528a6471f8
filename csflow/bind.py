"""What each name in a condition or a reply reads from the draft of a step."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from csflow.condition import DAY
from csflow.spec import CallSpec, FlowSpec, Profile

Read = Callable[[Any], Any]
BARGAIN_FACTS = ("offer", "next", "is_last", "takes", "agreed")


class Calendar:
    """Working days: Monday to Friday, without the profile's holidays, with its make-up days."""

    def __init__(self, holidays: frozenset[datetime.date], workdays: frozenset[datetime.date]) -> None:
        self.holidays, self.extra = holidays, workdays

    def works(self, day: datetime.date) -> bool:
        """Tell whether a day is a working day."""
        return day in self.extra or (day.weekday() < 5 and day not in self.holidays)

    def span(self, start: datetime.date, count: int) -> int:
        """Return the seconds from `start` to the end of so many working days after it (at most 366)."""
        day, left = start, min(max(count, 0), 366)
        while left:
            day += datetime.timedelta(days=1)
            left -= self.works(day)
        return (day - start).days * DAY


def matches(segment: str, name: str) -> bool:
    """Tell whether the dotted `segment` is a run of whole parts of the dotted `name`."""
    return f".{segment}." in f".{name}."


def below(parent: str, name: str) -> bool:
    """Tell whether a dotted name is `parent` or under it."""
    return name == parent or name.startswith(parent + ".")


class FlowBinder:
    """Binds names to functions of a draft; see `csflow.condition.Binder`."""

    def __init__(self, spec: FlowSpec, profile: Profile, rule_ids: Sequence[str], intents: Sequence[str]) -> None:
        self.spec, self.profile, self.rule_ids, self.intents = spec, profile, rule_ids, intents

    @cached_property
    def givers(self) -> Mapping[str, str]:
        """The `read` call that gives each fact."""
        calls: Mapping[str, CallSpec] = self.spec.calls
        return {fact: name for name, call in calls.items() if call.read for fact in call.gives}

    @cached_property
    def calendar(self) -> Calendar:
        """The shop's working days."""
        return Calendar(self.profile.holidays, self.profile.workdays)

    def ref(self, name: str) -> Read:
        """Return what reads a fact."""
        root, _, rest = name.partition(".")
        if name in self.givers:
            call = self.givers[name]
            return lambda draft: draft.look_up(name, call)
        family: Callable[[str], Read] | None = getattr(self, f"_{root}", None) if rest else None
        if family is not None:
            return family(rest)
        if root in self.spec.bargains and rest in BARGAIN_FACTS:
            return lambda draft: getattr(draft.bargain(root), rest)
        if name in ("today", "misses", "outcome", "resumes"):
            return lambda draft: getattr(draft, name)
        default = self.profile.facts.get(name)
        return lambda draft: draft.facts.get(name, default)

    def peek(self, name: str) -> Read:
        """Return what reads a fact without ever asking for a look-up."""
        return (lambda draft: draft.facts.get(name)) if name in self.givers else self.ref(name)

    def _slots(self, slot: str) -> Read:
        if self.spec.slots[slot].keep == "order":
            return lambda draft: draft.slots.get(f"{slot}@{draft.focus}")
        return lambda draft: draft.slots.get(slot)

    def _order(self, field: str) -> Read:
        return lambda draft: draft.order.get(field)

    def _product(self, field: str) -> Read:
        return lambda draft: draft.product.get(field)

    def _message(self, signal: str) -> Read:
        return lambda draft: None if draft.signals is None else getattr(draft.signals, signal)

    def _type(self, axis: str) -> Read:
        return lambda draft: draft.leader(axis)

    def _tags(self, tag: str) -> Read:
        return lambda draft: draft.ledger.tags.get(tag, "none")

    def _granted(self, grant: str) -> Read:
        return lambda draft: draft.granted(grant)

    def _calls(self, rest: str) -> Read:
        within = self.spec.calls[rest.rpartition(".")[0]].within
        return lambda draft: within

    def _rivals(self, which: str) -> Read:
        at = ("first", "second").index(which)
        return lambda draft: self.title(draft.rivals[at]) if draft.rivals else None

    def title(self, intent: str) -> str | None:
        """Return what people call an intent, or else its nearest parent that has a title."""
        while intent:
            spec = self.spec.intents.get(intent)
            if spec is not None and spec.title:
                return spec.title
            intent = intent.rpartition(".")[0]
        return None

    def _claims(self, rest: str) -> Read:
        name, _, field = rest.partition(".")
        claim = self.profile.claims.get(f"claims.{name}")
        if claim is None:
            return lambda draft: draft.facts.get(f"claims.{rest}")
        value, until = getattr(claim, field or "value"), claim.until
        return lambda draft: value if until is None or draft.today <= until else None

    def family(self, intent: str) -> list[str]:
        """Return an intent and its sub-intents."""
        return [name for name in self.intents if below(intent, name)]

    def times(self, intent: str) -> Read:
        """Return what counts an intent and its sub-intents."""
        names = self.family(intent)
        if len(names) == 1:
            return lambda draft: draft.times.get(intent, 0)

        def count(draft: Any) -> int:
            total = 0
            for name in names:
                if name in draft.times:
                    total += draft.times[name]
            return total

        return count

    def used(self, segment: str) -> Read:
        """Return what counts the fired rules whose id contains a segment."""
        ids = frozenset(rule for rule in self.rule_ids if matches(segment, rule))
        if len(ids) == 1:
            (only,) = ids
            return lambda draft: draft.used.get(only, 0)
        return lambda draft: sum(draft.used[rule] for rule in draft.used if rule in ids)

    def in_state(self, state: str) -> Read:
        """Return what tells whether the conversation is in a state or under it."""
        return lambda draft: below(state, draft.state)

    def workdays(self, count: Read) -> Read:
        """Return what turns a number of working days from today into a duration."""

        def span(draft: Any) -> int | None:
            days = count(draft)
            return None if days is None else self.calendar.span(draft.today, days)

        return span
