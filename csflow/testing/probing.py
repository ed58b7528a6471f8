"""Tries a fault where the conversation tests get to: what wakes the parts that it touches, said again and again."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from csflow.check.alphabet import NOT_UNDERSTOOD, Alphabet, Happening, said
from csflow.check.judge import Judge
from csflow.flow import Flow
from csflow.snapshot import Snapshot
from csflow.testing.acts import happened
from csflow.testing.outcome import differs, outcome
from csflow.testing.scenes import Scene
from csflow.testing.walked import Difference
from csflow.turn import step

AGAIN, EACH, BUDGET = 3, 4, 2_000
MOODS = {
    "zh": ("，快点", "，快点，急用", "！！", "，气死我了", "，气死我了！！", "，骗子", "，骗子，垃圾客服", "，请问"),
    "en": (", hurry", ", hurry, it is urgent", "!!", ", this is terrible", ", this is the worst!!", ", scammers", ", please"),
}
"""What puts a message into another mood, by one step and by two."""
COMMA = {"zh": "，", "en": ", "}


class Spot(NamedTuple):
    """Where a conversation test stands after one of its turns."""

    name: str
    snapshot: Snapshot
    now: datetime.datetime
    scene: Scene


class Prober:
    """Leads two versions of a flow on from the same spots."""

    def __init__(self, flow: Flow, alphabet: Alphabet, other: Flow, judge: Judge) -> None:
        self.flow, self.alphabet, self.other, self.judge = flow, alphabet, other, judge
        self.left = BUDGET

    def differences(self, spots: Iterable[Spot], touched: Collection[str], texts: Sequence[str]) -> Iterator[Difference]:
        """Yield where the versions part after a spot; `texts` are messages that the fault is about."""
        waking = [*self._waking(touched), *map(said, texts)]
        for spot in spots:
            for happening in (*waking, *self._here(spot)):
                if self.left <= 0:
                    return
                yield from self._again(spot, happening)

    def _waking(self, touched: Collection[str]) -> Iterator[Happening]:
        """Yield what the touched lists wait for, and the touched intents."""
        lists = [part.spec for part in self.flow.spec.lists if any(rule.id in touched for rule in part.spec.choose)]
        mooded = any("message." in f"{listed.if_}{rule.if_}" for listed in lists for rule in listed.choose)
        for name in dict.fromkeys([*(name for listed in lists for name in listed.when), *touched]):
            report = self.flow.trigger(name).removeprefix("report.")
            if name in self.alphabet.messages:
                yield from self._messages(name, mooded=mooded)
            elif name in ("unknown", "any"):
                yield said(NOT_UNDERSTOOD[self.flow.spec.language])
            elif report in self.flow.spec.events:
                yield from islice(self.alphabet.reports(report), EACH)

    def _messages(self, intent: str, *, mooded: bool) -> Iterator[Happening]:
        """Yield a message of an intent, in moods where these matter, and together with what it yields to."""
        text = self.alphabet.messages[intent]
        yield said(text)
        for mood in MOODS[self.flow.spec.language] if mooded else ():
            yield said(f"{text}{mood}")
        for other in self.flow.spec.intents[intent].yields_to:
            if other in self.alphabet.messages:
                yield said(f"{text}{COMMA[self.flow.spec.language]}{self.alphabet.messages[other]}")

    def _here(self, spot: Spot) -> Iterator[Happening]:
        """Yield what else can happen at a spot: answers, results of open calls, the next timer."""
        yield from islice(self.alphabet.answers(spot.snapshot), EACH)
        for call in spot.snapshot.ledger.calls:
            yield from islice(self.alphabet.results(call), EACH)
        yield from self.alphabet.passing(spot.snapshot, spot.now)

    def _again(self, spot: Spot, happening: Happening) -> Iterator[Difference]:
        """Yield the first difference when something happens a few times."""
        snapshot, now, lines, scene = spot.snapshot, spot.now, [spot.name], spot.scene
        for _ in range(AGAIN):
            now, state = now + happening.wait, snapshot.state
            one, two = (step(flow, snapshot, happening.event, now) for flow in (self.flow, self.other))
            lines.append(happening.line)
            scene = scene.led_on(happened(happening).plain)
            self.left -= 1
            usual = {found.code for found in self.judge.faults(one, state, happening.event)}
            faults = (found for found in self.judge.faults(two, state, happening.event) if found.code not in usual)
            fault = next((f"{found.code} {found.message}" for found in faults), "")
            what = differs(outcome(one), outcome(two))
            if what or fault:
                yield Difference(tuple(lines), what, scene, fault)
                return
            snapshot = one.snapshot
