"""Where a fault in a condition must show: the situations in which the flow's condition and the mutant's come out differently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import product

from csflow.bind import FlowBinder
from csflow.check.alphabet import NOTHING_YET, Happening
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

EACH = 4
Test = Callable[[Draft], bool]


def parting(flow: Flow, other: Flow, touched: Collection[str]) -> Test | None:
    """Return what tells where a changed condition comes out otherwise; None where no condition was changed."""
    one, two = (Counter(conditions(version.spec, touched)) for version in (flow, other))
    lost, new = list((one - two).elements()), list((two - one).elements())
    if len(lost) > 1 or len(new) > 1 or not (lost or new):
        return None
    bind = FlowBinder(flow.spec, flow.profile, [*flow.rules, *flow.follow_ups], tuple(flow.spec.intents))
    was, now = (_reader(bind, trees) for trees in (lost, new))
    return lambda draft: (was(draft) is True) != (now(draft) is True)


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

    def elsewhere(self, spots: Iterable[Spot]) -> Iterator[Spot]:
        """Yield for each spot where a step aside leads: into another part of the conversation, or to its end."""
        for spot, aside in product(spots, self._asides):
            turn = step(self.flow, spot.snapshot, aside.event, spot.now)
            scene = spot.scene.led_on(happened(aside).plain)
            yield Spot(f"{spot.name} · {aside.line}", turn.snapshot, spot.now, scene)

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
