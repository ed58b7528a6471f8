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
from csflow.spec import ListSpec
from csflow.testing.acts import happened
from csflow.testing.outcome import differs, outcome
from csflow.testing.scenes import Scene
from csflow.testing.varying import conditions
from csflow.testing.walked import Difference
from csflow.turn import step

AGAIN, OFTEN, EACH, BUDGET, MOST = 3, 10, 4, 2_000, 12
MOODS = {
    "zh": (
        "{}，快点", "赶紧赶紧{}", "{}，快点，急用，马上", "{}！！", "{}，气死我了", "到底凭什么{}", "{}，气死我了，搞什么！！",
        "{}，骗子", "{}，骗子，垃圾客服", "请问{}", "麻烦您，{}，谢谢",
    ),
    "en": (
        "{}, hurry", "hurry, asap, {}", "{}, hurry, it is urgent, right now", "{}!!", "{}, this is terrible",
        "terrible awful {}", "{}, this is the worst, ridiculous!!", "{}, you scammers", "{}, you stupid scammers", "please, {}",
    ),
}  # fmt: skip
"""What puts a message into another mood, by one step and by more, in a clause of its own and in the same."""
COMMA = {"zh": "，", "en": ", "}


class Spot(NamedTuple):
    """Where a conversation test stands after one of its turns."""

    name: str
    snapshot: Snapshot
    now: datetime.datetime
    scene: Scene


class Prober:
    """Leads two versions of a flow on from the same spots."""

    def __init__(self, flow: Flow, alphabet: Alphabet, other: Flow, judge: Judge, again: int = AGAIN) -> None:
        self.flow, self.alphabet, self.other, self.judge = flow, alphabet, other, judge
        self.again, self.left = again, BUDGET
        self.touched: Collection[str] = ()

    def differences(self, spots: Iterable[Spot], touched: Collection[str], texts: Sequence[str]) -> Iterator[Difference]:
        """Yield where the versions part after a spot; `texts` are messages that the fault is about."""
        self.touched, waking = touched, [*self._waking(touched), *map(said, texts)]
        for spot in spots:
            for happening in (*waking, *self._here(spot)):
                if self.left <= 0:
                    return
                yield from self._again(spot, happening)

    def _waking(self, touched: Collection[str]) -> Iterator[Happening]:
        """Yield what the lists wait for that the fault is about, and the touched intents."""
        spec = self.flow.spec
        lists = [part.spec for part in spec.lists if _concerns(part.spec, touched)][:MOST]
        mooded = any(name.startswith("message.") for tree in conditions(spec, touched) for name in tree.names())
        for name in dict.fromkeys([*(name for listed in lists for name in listed.when), *touched]):
            report = self.flow.trigger(name).removeprefix("report.")
            if name in self.alphabet.messages:
                yield from self._messages(name, mooded=mooded)
            elif name in ("unknown", "any"):
                yield said(NOT_UNDERSTOOD[spec.language])
            elif report in spec.events:
                yield from islice(self.alphabet.reports(report), EACH)

    def _messages(self, intent: str, *, mooded: bool) -> Iterator[Happening]:
        """Yield a message of an intent, in moods where these matter, and together with what it yields to."""
        text = self.alphabet.messages[intent]
        yield said(text)
        for mood in MOODS[self.flow.spec.language] if mooded else ():
            yield said(mood.format(text))
        for other in self.flow.spec.intents[intent].yields_to:
            if other in self.alphabet.messages:
                yield said(f"{text}{COMMA[self.flow.spec.language]}{self.alphabet.messages[other]}")

    def _here(self, spot: Spot) -> Iterator[Happening]:
        """Yield what else can happen at a spot: answers, results of open calls, the next timer."""
        yield from islice(self.alphabet.answers(spot.snapshot), EACH)
        if spot.snapshot.pending is not None:
            yield said(NOT_UNDERSTOOD[self.flow.spec.language])
        for call in spot.snapshot.ledger.calls:
            yield from islice(self.alphabet.results(call), EACH)
        yield from self.alphabet.passing(spot.snapshot, spot.now)

    def _again(self, spot: Spot, happening: Happening) -> Iterator[Difference]:
        """Yield the first difference when something happens a few times, and what it sets a timer for falls due."""
        for _ in range(self.again):
            after, found = self._step(spot, happening)
            if found is None:
                for due in self._due(after):
                    after, found = self._step(after, due)
                    if found is not None:
                        break
            if found is not None:
                yield found
                return
            spot = after

    def _due(self, spot: Spot) -> Iterator[Happening]:
        if any(timer.name in self.touched for timer in spot.snapshot.timers):
            yield from self.alphabet.passing(spot.snapshot, spot.now)

    def _step(self, spot: Spot, happening: Happening) -> tuple[Spot, Difference | None]:
        """Return where something leads with the first version, and the difference that the second one makes."""
        now, state = spot.now + happening.wait, spot.snapshot.state
        one, two = (step(flow, spot.snapshot, happening.event, now) for flow in (self.flow, self.other))
        after = Spot(f"{spot.name} · {happening.line}", one.snapshot, now, spot.scene.led_on(happened(happening).plain))
        self.left -= 1
        usual = {found.code for found in self.judge.faults(one, state, happening.event)}
        faults = (found for found in self.judge.faults(two, state, happening.event) if found.code not in usual)
        fault = next((f"{found.code} {found.message}" for found in faults), "")
        what = differs(outcome(one), outcome(two))
        return after, Difference((after.name,), what, after.scene, fault) if what or fault else None


def _concerns(listed: ListSpec, touched: Collection[str]) -> bool:
    """Tell whether a fault is about a list: it touches a rule of it, or a slot or a type that a rule asks for or reads."""
    told = [name for name in touched if name.startswith(("slots.", "type."))]
    read = f"{listed.if_} {listed.choose}" if told else ""
    asked = {f"slots.{rule.ask}" for rule in listed.choose}
    return any(rule.id in touched for rule in listed.choose) or any(name in asked or name in read for name in told)
