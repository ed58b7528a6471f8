"""All that can happen, tried out: every situation that a flow can get into, up to values that no condition tells apart.

The search runs `step` itself, so what it finds has happened. It goes on where it has been least, which brings it into every
state soon; the conversation to a finding is then shortened line by line.
"""

from __future__ import annotations

import datetime
from bisect import bisect_left, bisect_right
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Set
from operator import attrgetter
from typing import Any, NamedTuple

from csflow.check.alphabet import NOTHING_YET, Alphabet, Happening
from csflow.check.judge import Judge
from csflow.check.novelty import Novelty
from csflow.check.replay import begin, shortest, written
from csflow.check.structure import ends, whereabouts
from csflow.check.subject import Subject
from csflow.errors import Problem, Witness
from csflow.events import Turn
from csflow.flow import Flow
from csflow.language import Heard, Recogniser
from csflow.rulefile.scope import runs
from csflow.snapshot import Snapshot
from csflow.turn import step

STEPS = 12_000
MANY = 3
OF_BARGAIN = ("offer", "next", "is_last", "takes", "agreed")
Tell = Callable[[int, int], None]


class Situation(NamedTuple):
    """Where a conversation can stand: its snapshot and time, how it got there, and what came of it."""

    snapshot: Snapshot
    now: datetime.datetime
    before: int
    happening: Happening


class Remembering:
    """A recogniser that hears each text once."""

    def __init__(self, recogniser: Recogniser) -> None:
        self.recogniser, self.heard = recogniser, dict[str, Heard]()

    def hear(self, text: str) -> Heard:
        """Return what was heard in a text."""
        if text not in self.heard:
            self.heard[text] = self.recogniser.hear(text)
        return self.heard[text]


class _Border:
    """Situations that were not continued yet; those of the kind that was continued least come first, in their order."""

    def __init__(self) -> None:
        self.waiting: dict[Hashable, deque[int]] = {}
        self.taken: Counter[Hashable] = Counter()

    def add(self, number: int, kind: Hashable) -> None:
        self.waiting.setdefault(kind, deque()).append(number)

    def take(self) -> int | None:
        """Return the next situation to go on from, or None where all were continued."""
        kind = min((kind for kind, found in self.waiting.items() if found), key=self.taken.__getitem__, default=None)
        if kind is None:
            return None
        self.taken[kind] += 1
        return self.waiting[kind].popleft()


Watch = Callable[[Situation, Situation, Turn], None]


class Exploration:
    """A search through the situations of a flow; `whole` says that it came to its end within its steps.

    `watch` is told of every step: the situation before it, the one after it, and the turn between them. `alphabet` offers
    other events than all, and `kind` tells which situations are alike: the search goes on where that kind was least. `fine`
    tells apart which reply would be held back next, too; that takes more steps.
    """

    def __init__(
        self,
        subject: Subject,
        steps: int = STEPS,
        watch: Watch | None = None,
        *,
        alphabet: Alphabet | None = None,
        kind: Callable[[Snapshot], Hashable] = attrgetter("state"),
        fine: bool = False,
    ) -> None:
        self.fine = fine
        self.subject, self.steps, self.left, self.watch = subject, steps, steps, watch
        self.flow = Flow(subject.spec, subject.profile, Remembering(subject.flow.recogniser))
        self.alphabet, self.kind = alphabet or Alphabet(self.flow), kind
        self.judge = Judge(subject)
        self.found: dict[tuple[str, str], tuple[Problem, list[Happening]]] = {}
        self.situations: list[Situation] = []
        self.known: dict[Hashable, int] = {}
        self.ways: list[set[int]] = []
        self.tried, self.fired = set[str](), set[str]()
        self.novelty, self.later = Novelty(subject, self.alphabet), deque[tuple[int, list[Happening]]]()
        self.whole = False

    def run(self, tell: Tell | None = None) -> None:
        """Search until every situation was continued in every way, or the steps are spent."""
        fresh = Situation(self.flow.fresh(), begin(self.flow), -1, NOTHING_YET)
        border = _Border()
        for beginning in self.alphabet.beginnings():
            at = self._reach(fresh, -1, beginning)[0] if beginning else self._add(fresh)
            border.add(at, self.kind(self.situations[at].snapshot))
        while self.left > 0 and self._go_on(border):
            if tell is not None:
                tell(self.steps - self.left, self.steps)
        self.whole = not self.later and border.take() is None

    def _go_on(self, border: _Border) -> bool:
        """Go on from one more situation, first with what is new there; returns whether there was any."""
        at = border.take()
        if at is not None:
            situation = self.situations[at]
            facts = told(situation.snapshot, self.alphabet.limits)
            offers = list(self.alphabet.offers(situation.snapshot, situation.now))
            new = [self.novelty.first(situation.snapshot, facts, offered) for offered in offers]
            self.later.append((at, [offered for offered, first in zip(offers, new, strict=True) if not first]))
            self._let(at, [offered for offered, first in zip(offers, new, strict=True) if first], border)
            self.tried.add(situation.snapshot.state)
        elif self.later:
            self._let(*self.later.popleft(), border)
        else:
            return False
        return True

    def _let(self, at: int, offers: list[Happening], border: _Border) -> None:
        """Let things happen in a situation, each by itself."""
        for offered in offers:
            number, new = self._reach(self.situations[at], at, offered)
            self.ways[at].add(number)
            if new:
                border.add(number, self.kind(self.situations[number].snapshot))

    def _reach(self, before: Situation, number: int, happening: Happening) -> tuple[int, bool]:
        """Let something happen; returns the situation it leads to and whether that is a new one."""
        self.left -= 1
        now = before.now + happening.wait
        turn = step(self.flow, before.snapshot, happening.event, now)
        after = Situation(turn.snapshot, now, number, happening)
        self._judge(before, after, turn)
        self.fired.update(turn.rules)
        if self.watch is not None:
            self.watch(before, after, turn)
        count = len(self.situations)
        at = self._add(after)
        return at, at == count

    def _add(self, situation: Situation) -> int:
        key = abstract(situation.snapshot, self.alphabet.limits), self._held(situation.snapshot)
        if key not in self.known:
            self.known[key] = len(self.situations)
            self.situations.append(situation)
            self.ways.append(set())
        return self.known[key]

    def _held(self, snapshot: Snapshot) -> int | None:
        """Return, where such situations are told apart, the reply that would be held back if it came once more."""
        return snapshot.last if self.fine and snapshot.repeats + 1 >= self.flow.repeats > 0 else None

    def path(self, situation: Situation) -> list[Happening]:
        """Return what happened up to a situation."""
        happened = [situation.happening]
        while situation.before >= 0:
            situation = self.situations[situation.before]
            happened.append(situation.happening)
        return [happening for happening in reversed(happened) if happening is not NOTHING_YET]

    def _judge(self, before: Situation, after: Situation, turn: Turn) -> None:
        """Note what went wrong in a turn."""
        for problem in self.judge.faults(turn, before.snapshot.state, after.happening.event):
            self.found.setdefault((problem.code, str(problem.place)), (problem, self.path(after)))

    def findings(self) -> Iterator[Problem]:
        """Yield what was found, each with a conversation that shows it, as short as it could be made."""
        for problem, path in self.found.values():
            yield problem._replace(witness=Witness((), shortest(self.judge, self.flow, problem, path)))

    def caught(self) -> Iterator[Problem]:
        """Yield the situations, one a state, from which nothing leads to an end; only of a whole search."""
        if not self.whole:
            return
        states: set[str] = set()
        safe = {number for number, found in enumerate(self.situations) if ends(self.flow, found.snapshot.state)}
        for number in sorted(set(range(len(self.situations))) - self.leading(safe)):
            state = self.situations[number].snapshot.state
            if state not in states:
                states.add(state)
                text = f"from here in {state} nothing leads to a farewell, to the follow-up or to a person"
                witness = Witness((), written(self.path(self.situations[number])))
                yield Problem("dead-end", whereabouts(self.subject, state), text, witness=witness)

    def leading(self, goals: Set[int]) -> set[int]:
        """Return the situations from which some way that was tried leads to one of some others."""
        sources: dict[int, list[int]] = {}
        for number, targets in enumerate(self.ways):
            for target in targets:
                sources.setdefault(target, []).append(number)
        found, border = set(goals), list(goals)
        while border:
            for source in sources.get(border.pop(), ()):
                if source not in found:
                    found.add(source)
                    border.append(source)
        return found


def covered(search: Exploration) -> str:
    """Say how far a search came."""
    subject, steps = search.subject, search.steps - search.left
    rules = sum(branch.rule.id in search.fired for branch in subject.branches)
    states = len(search.tried & subject.reached)
    return (
        f"{steps:,} steps and {len(search.situations):,} situations; in {states} of {len(subject.reached)} states "
        f"every event was tried at least once, and {rules} of {len(subject.branches)} rules fired"
    )


def abstract(snapshot: Snapshot, limits: Mapping[str, Any]) -> Hashable:
    """Return what tells one situation from another: values count by the limits that conditions set, counters up to a few."""
    ledger = snapshot.ledger
    used = {
        name: min(count, MANY) for name, count in snapshot.used.items() if any(f"used({part})" in limits for part in runs(name))
    }
    given = Counter((grant.name, grant.order) for grant in ledger.grants)
    granted = {key: min(count, _most(f"granted.{key[0]}", limits)) for key, count in given.items()}
    return (
        snapshot.state, snapshot.open, snapshot.frames, snapshot.pending, snapshot.collected,
        frozenset(told(snapshot, limits).items()), frozenset(used.items()), frozenset(granted.items()),
        frozenset(name for name, (_, _, closed) in snapshot.asked.items() if closed), frozenset(ledger.calls),
        frozenset(p.name for p in ledger.promises if p.state == "open"), frozenset(timer.name for timer in snapshot.timers),
    )  # fmt: skip


def told(snapshot: Snapshot, limits: Mapping[str, Any]) -> Mapping[str, Hashable]:
    """Return what conditions can tell of a situation, by name, as far as some limit tells values apart."""
    rows = [(f"slots.{name}", value) for name, value in snapshot.slots.items()]
    rows += snapshot.facts.items()
    rows += [(f"order.{name}", value) for row in snapshot.orders.values() for name, value in row.items()]
    facts: dict[str, Hashable] = {name: _class(name, value, limits) for name, value in rows}
    facts |= {f"times({name})": min(count, _most(f"times({name})", limits)) for name, count in snapshot.times.items()}
    facts |= {f"tags.{key}": value for key, value in snapshot.ledger.tags.items()}
    facts |= {f"granted.{grant.name}": True for grant in snapshot.ledger.grants}
    facts |= {f"used({part})": True for name in snapshot.used for part in runs(name) if f"used({part})" in limits}
    for name, b in snapshot.ledger.bargains.items():
        facts |= dict.fromkeys((f"{name}.{fact}" for fact in OF_BARGAIN), (b.step, b.last, b.agreed is not None))
    return facts | {"misses": min(snapshot.misses, MANY)}


def _most(name: str, limits: Mapping[str, Any]) -> int:
    return max((value for value in limits.get(name, ()) if isinstance(value, int)), default=0) + 1


def _class(name: str, value: Any, limits: Mapping[str, Any]) -> Hashable:
    """Return between which limits a value lies; of other values only that they are known."""
    found = limits.get(name, ())
    if isinstance(value, (bool, str)) and (isinstance(value, bool) or value in found):
        return value
    if isinstance(value, int) and found and all(isinstance(limit, int) for limit in found):
        return (bisect_left(found, value), bisect_right(found, value))
    return "known"
