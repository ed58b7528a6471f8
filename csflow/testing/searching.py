"""Looks for conversations in which a mutant does something else than the flow: near what is known of the flow, then farther."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import chain, islice, product
from pathlib import Path
from typing import Any

from csflow.check.judge import Judge
from csflow.check.replay import begin
from csflow.condition import Node
from csflow.testing.faults import Mutant
from csflow.testing.guiding import Guide, parting
from csflow.testing.played import Played, played
from csflow.testing.probing import AGAIN, OFTEN, Prober, Spot
from csflow.testing.scenes import Scene
from csflow.testing.script import load_talks
from csflow.testing.talk import run_talk
from csflow.testing.varying import Variations, conditions
from csflow.testing.version import Version
from csflow.testing.walked import Difference, Walk

STEPS, MANY, TESTS, NEAR, FEW, SEEDS = 15_000, 20, 20, 40, 6, (1, 2, 3)
COUNTED = ("max-dropped", "cap-raised", "cap-lowered", "branches-swapped", "tries-dropped")
"""The faults that show only when the same is said again and again."""


class Ground:
    """What is known of how a flow goes: its conversation tests, and a walk through all that can happen."""

    def __init__(self, version: Version, tests: Sequence[str | Path]) -> None:
        self.version, self.tests = version, tests

    @cached_property
    def played(self) -> list[Played]:
        """The conversation tests that pass."""
        flow = self.version.flow
        talks = [talk for path in self.tests for talk in load_talks(path) if not run_talk(flow, talk)]
        return [played(flow, talk) for talk in talks]

    @cached_property
    def walk(self) -> Walk:
        """What the flow does wherever it can get."""
        return Walk(self.version, STEPS)

    @cached_property
    def variations(self) -> Variations:
        """What finds other values for facts."""
        return Variations(self.walk.search.alphabet)

    @cached_property
    def guide(self) -> Guide:
        """What finds situations in which something holds."""
        return Guide(self.version.flow, self.walk, [spot for one in self.played for spot in one.spots])


class Search:
    """Looks for where one mutant shows."""

    def __init__(self, ground: Ground, mutant: Mutant, version: Version) -> None:
        self.ground, self.mutant, self.version = ground, mutant, version
        self.judge, self.touches = Judge(version), mutant.touches
        self.ordered = sorted(ground.played, key=lambda one: not one.touches(self.touches))
        self.touching = [one for one in self.ordered if one.touches(self.touches)]

    def near(self) -> Iterator[Difference]:
        """Yield differences on the walk, in conversation tests with another fact, and beyond conversation tests."""
        yield from self.ground.walk.differences(self.version.flow, self.judge, self.touches)
        base, variations = self.ground.version, self.ground.variations
        varied = (one.varied(base, self.version.flow, variations, self.touches) for one in self.touching[:TESTS])
        yield from islice(chain.from_iterable(varied), MANY)
        yield from islice(self._probed(self.spots()), MANY)

    def far(self) -> Iterator[Difference]:
        """Yield differences where a changed condition must show, and where the conversation took a step aside."""
        base = self.ground.version.flow
        if (test := parting(base, self.version.flow, self.touches)) is not None:
            yield from self._probed(self.ground.guide.where(test))
        yield from self._probed(self.rich())
        close = [spot for one in self.touching[:TESTS] for spot in one.spots[1:]][:NEAR]
        yield from self._probed(self.ground.guide.driven([*islice(self.rich(), 1), *close[:FEW]], self.trees))
        yield from self._probed(self.ground.guide.elsewhere(close))
        yield from self._reworded()

    def _reworded(self) -> Iterator[Difference]:
        """Yield differences in conversation tests with other choices of wordings."""
        base = self.ground.version
        for one, seed in product(self.touching[:FEW], SEEDS):
            again = played(base.flow, one.talk.with_seed(seed))
            _, found = again.against(self.version.flow)
            yield from [found] if found else []
            yield from again.varied(base, self.version.flow, self.ground.variations, self.touches)

    @cached_property
    def trees(self) -> list[Node]:
        """The conditions that the fault is about, with the fault and without."""
        return [*conditions(self.ground.version.spec, self.touches), *conditions(self.version.spec, self.touches)]

    def rich(self) -> Iterator[Spot]:
        """Yield where all is known at the beginning that the conditions read, and then one fact otherwise."""
        flow, alphabet = self.ground.version.flow, self.ground.walk.search.alphabet
        kinds = {name: flow.fact_types[name] for tree in self.trees for name in tree.names() if name in flow.fact_types}
        facts = {name: alphabet.values(name, kind)[0] for name, kind in kinds.items() if kind.kind != "map"}
        spot = self._told(facts)
        yield spot
        chat = flow.start(now=spot.now)
        chat.snapshot = spot.snapshot
        for other in islice(self.ground.variations.before(chat, self.trees), NEAR):
            yield self._told({**facts, **other})

    def _told(self, facts: dict[str, Any]) -> Spot:
        flow = self.ground.version.flow
        chat = flow.start(now=begin(flow))
        if facts:
            chat.tell(facts)
        return Spot("at the beginning", chat.snapshot, chat.now, Scene({"facts": facts} if facts else {}, ()))

    def _probed(self, spots: Iterator[Spot]) -> Iterator[Difference]:
        counted = self.mutant.kind in COUNTED or "used(" in self.mutant.was or "times(" in self.mutant.was
        again = OFTEN if counted else AGAIN
        prober = Prober(self.ground.version.flow, self.ground.walk.search.alphabet, self.version.flow, self.judge, again)
        return prober.differences(spots, self.touches, [*self.mutant.texts, *self.said])

    @cached_property
    def said(self) -> list[str]:
        """What customers say in the tests where the fault has a part."""
        texts = (text for one in self.touching[:TESTS] for text in one.said(self.touches))
        return list(islice(dict.fromkeys(texts), MANY // 2))

    def spots(self) -> Iterator[Spot]:
        """Yield where the conversation tests get to, those first that the fault touches."""
        return chain([self._told({})], islice(self.rich(), 1), *(one.spots[1:] for one in self.ordered))
