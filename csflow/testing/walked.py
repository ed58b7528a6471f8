"""What a flow does wherever it can get, written down step by step, so that another version can be led through the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from csflow.check.explore import Exploration, Situation
from csflow.check.judge import Judge
from csflow.check.replay import written
from csflow.check.subject import Subject
from csflow.errors import Problem
from csflow.events import Turn
from csflow.flow import Flow
from csflow.testing.outcome import Outcome, differs, outcome
from csflow.testing.scenes import Scene
from csflow.testing.scenes import walked as walked_scene
from csflow.turn import step

MANY = 400


class Step(NamedTuple):
    """One turn of the walk: the situation before it, the one after it, and what could be seen."""

    before: Situation
    after: Situation
    seen: Outcome
    faults: frozenset[str]


class Difference(NamedTuple):
    """Where two versions part: how to get there, what differs, and what is wrong with the second one's turn, if anything."""

    script: tuple[str, ...]
    what: str
    scene: Scene
    fault: str = ""


class Walk:
    """The steps of an exploration of a flow, to be found by the rules, intents and timers that had a part in them."""

    def __init__(self, subject: Subject, steps: int) -> None:
        self.steps: list[Step] = []
        self.named: dict[str, list[int]] = {}
        self.judge = Judge(subject)
        self.search = Exploration(subject, steps, self._note)
        self.search.run()

    def _note(self, before: Situation, after: Situation, turn: Turn) -> None:
        for name in names(turn):
            self.named.setdefault(name, []).append(len(self.steps))
        faults = frozenset(problem.code for problem in _faults(self.judge, before, after, turn))
        self.steps.append(Step(before, after, outcome(turn), faults))

    def about(self, touched: Iterable[str]) -> Iterator[Step]:
        """Yield steps in which one of these had a part, spread over the walk."""
        found = sorted({number for name in touched for number in self.named.get(name, ())})
        return (self.steps[number] for number in found[:: len(found) // MANY + 1])

    def differences(self, flow: Flow, judge: Judge, touched: Iterable[str]) -> Iterator[Difference]:
        """Yield where another version of the flow does something else; a fault of it that the first has not comes with it."""
        for walked in self.about(touched):
            turn = step(flow, walked.before.snapshot, walked.after.happening.event, walked.after.now)
            faults = _faults(judge, walked.before, walked.after, turn)
            fault = next((f"{found.code} {found.message}" for found in faults if found.code not in walked.faults), "")
            what = differs(walked.seen, outcome(turn))
            if what or fault:
                path = self.search.path(walked.after)
                yield Difference(written(path), what, walked_scene(path), fault)


def names(turn: Turn) -> Iterator[str]:
    """Yield the rules judged in a turn, the intents heard, the timers that are set, and the slot that is asked for."""
    found = {*turn.rules, *(judged.rule.id for judged in turn.why.considered), *(hit.intent for hit in turn.heard)}
    asked = {f"slots.{turn.snapshot.pending.slot}"} if turn.snapshot.pending else set[str]()
    yield from found | asked | {timer.name for timer in turn.snapshot.timers}


def _faults(judge: Judge, before: Situation, after: Situation, turn: Turn) -> Iterator[Problem]:
    return judge.faults(turn, before.snapshot.state, after.happening.event)
