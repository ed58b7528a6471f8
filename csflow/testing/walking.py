"""A seeded walk through a flow that goes where it has been least: the finder of faults that need a certain order of events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from random import Random

from csflow.check.alphabet import NOT_UNDERSTOOD, TEMPER
from csflow.events import Turn
from csflow.flow import Flow
from csflow.moves import in_handoff
from csflow.testing.acts import Act, happened, say, wait
from csflow.testing.knowledge import tellable
from csflow.testing.moment import Invariant
from csflow.testing.noise import HOSTILE, variants
from csflow.testing.watch import Finding, Watch, Watched

STEPS = 20_000
SHORT, LONG = 4, 30
SPANS = (600, 7_200, 86_400, 3 * 86_400, 8 * 86_400, 31 * 86_400)
GIVE_BACK, TAKE_OVER = Act("staff", "give_back"), Act("staff", "take_over")


class Walk:
    """Walks through one flow; the same seed walks the same way.

    `visited` counts the steps in each state, `starts` keeps of each state the conversation that first got there soonest.
    """

    def __init__(self, watch: Watch, seed: int = 0) -> None:
        self.watch, self.chance = watch, Random(seed)  # noqa: S311 - a seeded search, no secret
        self.language = watch.alphabet.language
        self.visited: Counter[str] = Counter()
        self.starts: dict[str, Watched] = {}
        self.rounds: dict[str, list[Act]] = {}
        self.beginnings = [() if begun is None else (happened(begun),) for begun in watch.alphabet.beginnings()]

    def findings(self, steps: int = STEPS) -> Iterator[Finding]:
        """Walk so many steps and yield each fault that is found, once, with the conversation as it happened."""
        found = set()
        while steps > 0:
            chat = self._begin()
            for _ in range(min(steps, self.chance.randint(SHORT, LONG))):
                self.visited[chat.state] += 1
                self._go_on(chat)
                steps -= 1
                if chat.faults:
                    break
            for problem in chat.faults or self.watch.ended(chat):
                if (problem.code, problem.place) not in found:
                    found.add((problem.code, problem.place))
                    yield Finding(problem, chat.acts)

    def _begin(self) -> Watched:
        """Begin anew, or go on from the state that was visited least."""
        if self.starts and self.chance.random() < 0.5:
            return self.starts[min(self.starts, key=self.visited.__getitem__)].fork()
        chat = self.watch.start()
        for act in self.chance.choice(self.beginnings):
            chat.play(act)
        return chat

    def _go_on(self, chat: Watched) -> Turn:
        turn = chat.play(self._next(chat))
        known = self.starts.get(chat.state)
        if not chat.faults and (known is None or len(chat.acts) < len(known.acts)):
            self.starts[chat.state] = chat.fork()
        return turn

    def _next(self, chat: Watched) -> Act:
        """Return what happens next: an answer, a result, the next timer, or else what was tried least in this state."""
        due = self._pressing(chat)
        if due and self.chance.random() < 0.5:
            return self.chance.choice(due)
        if in_handoff(chat.state):
            return self.chance.choice((GIVE_BACK, GIVE_BACK, self.chance.choice([*self.reported, *map(wait, SPANS)])))
        left = self.rounds.setdefault(chat.state, [])
        if not left:
            left += self._round()
        return left.pop()

    def _round(self) -> list[Act]:
        """Return all that may happen in a state, in a new order: messages alone, two at once, disturbed, facts, time."""
        messages = self.messages
        two = [say(*self._some(2)) for _ in self._some(len(messages) // 4 + 1) if len(messages) > 1]
        angry = [say(f"{text}，{TEMPER[self.language]}") for text in self._some(len(messages) // 4 + 1)]
        odd = [say(*self.chance.choice([*variants(text, self.language)])) for text in self._some(len(messages) // 8 + 1)]
        odd.append(say(self.chance.choice(HOSTILE)))
        acts = [*map(say, messages), *two, *angry, *odd, *self.reported, *self.told, *map(wait, SPANS), TAKE_OVER]
        self.chance.shuffle(acts)
        return acts

    def _some(self, count: int) -> list[str]:
        return self.chance.sample(self.messages, count)

    def _pressing(self, chat: Watched) -> Sequence[Act]:
        """Return what a conversation waits for: answers to its question, results of its calls, its next timer."""
        snapshot, alphabet = chat.snapshot, self.watch.alphabet
        pools = [] if in_handoff(chat.state) else [list(alphabet.answers(snapshot))]
        pools += [list(alphabet.results(call)) for call in snapshot.ledger.calls]
        pools.append(list(alphabet.passing(snapshot, chat.now)))
        pools = [pool for pool in pools if pool]
        return [happened(one) for one in self.chance.choice(pools)] if pools else ()

    @cached_property
    def messages(self) -> list[str]:
        """A message an intent, and one that is not understood."""
        return [*self.watch.alphabet.messages.values(), NOT_UNDERSTOOD[self.language]]

    @cached_property
    def told(self) -> list[Act]:
        """The facts that the shop may tell."""
        return tellable(self.watch.alphabet)

    @cached_property
    def reported(self) -> list[Act]:
        """The shop's reports with facts worth trying."""
        return [happened(one) for name in self.watch.alphabet.events for one in self.watch.alphabet.reports(name)]


def walk(flow: Flow, steps: int = STEPS, *, seed: int = 0, invariants: Sequence[Invariant] = (), most: int = 20) -> list[Finding]:
    """Walk through a flow and return at most `most` faults, each with a conversation that shows it, as short as can be."""
    watch = Watch(flow, invariants)
    return [watch.shortest(finding) for finding in islice(Walk(watch, seed).findings(steps), most)]
