"""Where a fault in a condition must show: the situations in which the flow's condition and the mutant's come out differently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import product

from csflow.bind import FlowBinder, below, matches
from csflow.check.alphabet import NOTHING_YET, Happening, said
from csflow.check.explore import Situation
from csflow.condition import Node, compiled
from csflow.draft import Draft, Unfetched
from csflow.events import Message, Report
from csflow.flow import Flow
from csflow.moves import root
from csflow.testing.acts import happened
from csflow.testing.probing import Spot
from csflow.testing.scenes import walked
from csflow.testing.varying import conditions
from csflow.testing.walked import Walk
from csflow.turn import step

EACH, COUNTERS, RAISES = 4, 3, 6
Test = Callable[[Draft], bool]


def parting(flow: Flow, other: Flow, touched: Collection[str]) -> Test | None:
    """Return what tells where a changed condition comes out otherwise; None where no condition was changed."""
    one, two = (Counter(conditions(version.spec, touched)) for version in (flow, other))
    lost, new = list((one - two).elements()), list((two - one).elements())
    if len(lost) > 1 or len(new) > 1 or not (lost or new):
        return None
    was, now = (_reader(binder(flow), trees) for trees in (lost, new))
    return lambda draft: (was(draft) is True) != (now(draft) is True)


def binder(flow: Flow) -> FlowBinder:
    """Return what binds the names of conditions to a flow."""
    return FlowBinder(flow.spec, flow.profile, [*flow.rules, *flow.follow_ups], tuple(flow.spec.intents))


def _reader(bind: FlowBinder, trees: Sequence[Node]) -> Callable[[Draft], object]:
    return compiled(trees[0], bind) if trees else lambda _: True


class Guide:
    """The situations of a walk and of conversation tests, to be asked for those in which something holds."""

    def __init__(self, flow: Flow, walk: Walk, spots: Iterable[Spot]) -> None:
        self.flow, self.walk, self.spots = flow, walk, tuple(spots)

    def where(self, test: Test) -> Iterator[Spot]:
        """Yield situations in which a test of a draft holds, a few of each state."""
        seen, search = Counter[str](), self.walk.search
        for spot in self.spots:
            if self._holds(test, spot, seen):
                yield spot
        for found in search.situations:
            if self._holds(test, found, seen):
                yield Spot("on the walk", found.snapshot, found.now, walked(search.path(found)))

    def _holds(self, test: Test, found: Spot | Situation, seen: Counter[str]) -> bool:
        state = found.snapshot.state
        if seen[state] >= EACH:
            return False
        try:
            holds = test(Draft(self.flow, found.snapshot, found.now))
        except Unfetched:
            holds = True
        seen[state] += holds
        return holds

    def driven(self, spots: Iterable[Spot], trees: Iterable[Node]) -> Iterator[Spot]:
        """Yield for each spot where it leads to raise, again and again, what a condition counts: rules used, intents heard."""
        counters = dict.fromkeys(node for tree in trees for node in tree.walk() if node.op in ("used", "times"))
        for spot, counter in product(spots, list(counters)[:COUNTERS]):
            yield from self._raised(spot, compiled(counter, self._bind), list(self._raising(counter)))

    def _raised(self, spot: Spot, count: Callable[[Draft], int], messages: Sequence[Happening]) -> Iterator[Spot]:
        here: Spot | None = spot
        for _ in range(RAISES):
            least = self._count(count, here) if here else 0
            here = next((led for led in self._led(here, messages) if self._count(count, led) > least), None) if here else None
            if here is not None:
                yield here

    @cached_property
    def _bind(self) -> FlowBinder:
        return binder(self.flow)

    def _count(self, count: Callable[[Draft], int], spot: Spot) -> int:
        return count(Draft(self.flow, spot.snapshot, spot.now))

    def _raising(self, counter: Node) -> Iterator[Happening]:
        """Yield messages that may raise a counter."""
        spec, messages = self.flow.spec, self.walk.search.alphabet.messages
        if counter.op == "times":
            names = [name for name in spec.intents if below(counter.value, name)]
        else:
            lists = [part.spec for part in spec.lists if any(matches(counter.value, rule.id) for rule in part.spec.choose)]
            names = [name for listed in lists for name in listed.when]
        yield from (said(messages[name]) for name in dict.fromkeys(names) if name in messages)

    def _led(self, spot: Spot, happenings: Iterable[Happening]) -> Iterator[Spot]:
        """Yield where things that happen at a spot lead."""
        for happening in happenings:
            turn = step(self.flow, spot.snapshot, happening.event, spot.now)
            yield Spot(f"{spot.name} · {happening.line}", turn.snapshot, spot.now, spot.scene.led_on(happened(happening).plain))

    def elsewhere(self, spots: Iterable[Spot]) -> Iterator[Spot]:
        """Yield for each spot where a step aside leads: into another part of the conversation, or to its end."""
        for spot in spots:
            yield from self._led(spot, self._asides)

    @cached_property
    def _asides(self) -> Sequence[Happening]:
        """What leads into each root state, a message where there is one."""
        found: dict[str, Happening] = {}
        for walked_step in self.walk.steps:
            before, after, happening = (
                root(walked_step.before.snapshot.state),
                root(walked_step.after.snapshot.state),
                walked_step.after.happening,
            )
            if before != after and not happening.wait and not isinstance(found.get(after, NOTHING_YET).event, Message):
                found[after] = happening
        return [happening for happening in found.values() if isinstance(happening.event, (Message, Report))]
