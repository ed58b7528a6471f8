"""Conversation tests as they go with the flow as it is: what comes of each turn, where it leads, and what has a part in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from csflow.conversation import Conversation
from csflow.errors import CsflowError
from csflow.flow import Flow
from csflow.testing.outcome import Outcome, differs, outcome
from csflow.testing.probing import Spot
from csflow.testing.scenes import plain, scene
from csflow.testing.script import Talk, TurnSpec
from csflow.testing.talk import Failure, Player, run_talk
from csflow.testing.varying import Variations, conditions
from csflow.testing.version import Version
from csflow.testing.walked import Difference, names

EACH = 60


class Played(NamedTuple):
    """A conversation test with what happens in it, turn by turn; `spots` has one more, where it begins."""

    talk: Talk
    turns: tuple[Outcome, ...]
    spots: tuple[Spot, ...]
    parts: tuple[frozenset[str], ...]
    names: frozenset[str]

    def touches(self, touched: Collection[str]) -> bool:
        """Tell whether one of these has a part in the test."""
        return not self.names.isdisjoint(touched)

    def said(self, touched: Collection[str]) -> Iterator[str]:
        """Yield what the customer says in turns in which one of these has a part."""
        for spec, parts in zip(self.talk.spec.turns, self.parts, strict=True):
            if not parts.isdisjoint(touched):
                yield from spec.say or ()

    def against(self, flow: Flow) -> tuple[list[Failure], Difference | None]:
        """Play it with another version: returns what fails, and the first turn that differs without the test looking at it."""
        turns = list[Outcome]()
        failures = run_talk(flow, self.talk, lambda turn: turns.append(outcome(turn)))
        for number, (was, now) in enumerate(zip(self.turns, turns[-len(self.turns) :], strict=False), 1):
            if not failures and (what := differs(was, now)):
                script = (f"{self.talk.name!r}, turn {number}",)
                return failures, Difference(script, what, scene(self.talk, number))
        return failures, None

    def varied(self, version: Version, other: Flow, variations: Variations, touched: Collection[str]) -> Iterator[Difference]:
        """Yield where another version does something else once the shop tells a fact before a turn of the test."""
        trees = [*conditions(version.spec, touched), *conditions(other.spec, touched)]
        for number, (spec, parts) in enumerate(zip(self.talk.spec.turns, self.parts, strict=True)):
            if parts.isdisjoint(touched):
                continue
            for facts in islice(variations.before(self._at(number, version.flow), trees), EACH):
                one, two = (self._turn(number, spec, flow, facts) for flow in (version.flow, other))
                if one is not None and two is not None and (what := differs(one, two)):
                    found = scene(self.talk, number).led_on({"facts": dict(facts)}, plain(spec))
                    yield Difference((f"{self.talk.name!r}, turn {number + 1} with {facts}",), what, found)

    def _at(self, number: int, flow: Flow) -> Conversation:
        """Return the conversation before a turn, with another version of the flow."""
        chat, spot = Player(flow, self.talk).opened(), self.spots[number]
        chat.snapshot, chat.now = spot.snapshot, spot.now
        return chat

    def _turn(self, number: int, spec: TurnSpec, flow: Flow, facts: Mapping[str, Any]) -> Outcome | None:
        chat = self._at(number, flow)
        try:
            chat.tell(facts)
            return outcome(Player(flow, self.talk).play(chat, spec))
        except CsflowError:
            return None


def played(flow: Flow, talk: Talk) -> Played:
    """Play a conversation test with the flow as it is."""
    player = Player(flow, talk)
    chat = player.begin()
    turns, parts, spots = list[Outcome](), list[frozenset[str]](), [_spot(talk, 0, chat)]
    for number, spec in enumerate(talk.spec.turns, 1):
        turn = player.play(chat, spec)
        turns.append(outcome(turn))
        parts.append(frozenset(names(turn)))
        spots.append(_spot(talk, number, chat))
    return Played(talk, tuple(turns), tuple(spots), tuple(parts), frozenset().union(*parts))


def _spot(talk: Talk, number: int, chat: Conversation) -> Spot:
    return Spot(f"after turn {number} of {talk.name!r}", chat.snapshot, chat.now, scene(talk, number))
