"""A conversation test that tells a mutant from the flow: the shortest conversation, and of what comes only what differs."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from csflow.check.replay import shortened
from csflow.errors import CsflowError
from csflow.events import Turn
from csflow.flow import Flow
from csflow.notation import read_duration
from csflow.testing.compare import mismatches
from csflow.testing.outcome import outcome
from csflow.testing.record import QUIET, written_span
from csflow.testing.scenes import Moment, Scene
from csflow.testing.script import Expectation
from csflow.testing.talk import run_talk
from csflow.values import write_value

SEEDS = range(1, 4)
CLAUSE = re.compile(r"[，。！？；：、,.!?;:\n]+ ?")
SECOND, MINUTE, HOUR = (datetime.timedelta(seconds=size) for size in (1, 60, 3600))
Expected = Mapping[str, Any]


class Proof(NamedTuple):
    """A scene, and what is expected of its turns by their numbers."""

    scene: Scene
    expects: Mapping[int, Expected]

    def passes(self, flow: Flow, name: str = "-") -> bool:
        """Tell whether a version of the flow does as expected."""
        try:
            return not run_talk(flow, self.scene.talk(name, self.expects))
        except CsflowError:
            return False

    def seeded(self, seed: int) -> Proof:
        """Return it with another choice of wordings."""
        return self._replace(scene=self.scene._replace(head={**self.scene.head, "seed": seed}))

    @property
    def turns(self) -> list[dict[str, Any]]:
        """The turns as a file holds them."""
        expects = {at: {"expect": dict(expect)} for at, expect in self.expects.items()}
        return [{**turn, **expects.get(at, {})} for at, turn in enumerate(self.scene.turns)]

    @property
    def verbatim(self) -> bool:
        """Whether whole replies are expected, which only its own seed says."""
        return self.scene.talk(expects=self.expects).verbatim

    @property
    def plain(self) -> dict[str, Any]:
        """The test as plain data."""
        return {
            "head": dict(self.scene.head),
            "turns": list(self.scene.turns),
            "expects": {str(n): e for n, e in self.expects.items()},
        }

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Proof:
        """Return a test of its plain data."""
        return cls(Scene(plain["head"], tuple(plain["turns"])), {int(n): expect for n, expect in plain["expects"].items()})


class Killer:
    """Makes tests that a flow passes and another version of it fails."""

    def __init__(self, flow: Flow, other: Flow) -> None:
        self.flow, self.other = flow, other
        starts = (lst for lst in flow.lists if "started" in lst.when)
        self.greetings = frozenset(rule.id for lst in starts for rule in lst.rules)

    def test(self, scene: Scene) -> Proof | None:
        """Return a test that the other version fails, by what happens in a scene or soon after it; None where nothing shows."""
        for longer in self._longer(scene):
            if (at := self._parts(longer)) is not None:
                return self._kept(self._shortest(longer.cut(at + 1)))
        return None

    def _longer(self, scene: Scene) -> Iterator[Scene]:
        """Yield a scene, and the same led on to when the next timers are due."""
        yield scene
        try:
            ends = [scene.play(flow)[-1] for flow in (self.flow, self.other)]
        except CsflowError:
            return
        due = {timer.due - end.now for end in ends for timer in end.turn.snapshot.timers}
        spans = sorted(int(max(span, SECOND).total_seconds()) + 1 for span in due)
        yield from (scene.led_on({"wait": written_span(span)}) for span in spans)

    def _parts(self, scene: Scene) -> int | None:
        """Return the first turn after which an expectation tells the versions apart."""
        return next((at for at, (was, now) in enumerate(self._both(scene)) if self.expectation(was, now)), None)

    def _both(self, scene: Scene) -> Sequence[tuple[Moment, Moment]]:
        try:
            return list(zip(scene.play(self.flow), scene.play(self.other), strict=True))
        except CsflowError:
            return ()

    def _shows(self, scene: Scene) -> bool:
        """Tell whether the last turn of a scene shows the difference."""
        both = self._both(scene)
        return bool(both) and self.expectation(*both[-1]) is not None

    def _shortest(self, scene: Scene) -> Scene:
        """Return a scene without turns and facts that it does without; the last turn stays."""
        *turns, last = scene.turns
        fewer = shortened(turns, lambda some: self._shows(scene._replace(turns=(*some, last))))
        scene = scene._replace(turns=(*fewer, last))
        for key in list(scene.head):
            head = {name: value for name, value in scene.head.items() if name != key}
            if self._shows(scene._replace(head=head)):
                scene = scene._replace(head=head)
        return self._rounded(self._leaner(scene))

    def _leaner(self, scene: Scene) -> Scene:
        """Return a scene with only those facts at its beginning that it needs."""
        flat = list(_flat(scene.head.get("facts", {})))
        if not flat:
            return scene
        needed = shortened(flat, lambda some: self._shows(scene._replace(head={**scene.head, "facts": _nested(some)})))
        return scene._replace(head={**scene.head, "facts": _nested(needed)})

    def _rounded(self, scene: Scene) -> Scene:
        """Return a scene whose waits are whole minutes, hours or days where that shows the same."""
        for number, turn in enumerate(scene.turns):
            if "wait" in turn and (seconds := read_duration(turn["wait"])):
                for size in (86_400, 3_600, 60):
                    rounded = {"wait": written_span(-(-seconds // size) * size)}
                    changed = scene._replace(turns=(*scene.turns[:number], rounded, *scene.turns[number + 1 :]))
                    if self._shows(changed):
                        scene = changed
                        break
        return scene

    def _kept(self, scene: Scene) -> Proof | None:
        """Return the test, where it holds with other wordings too, or holds with this one and expects whole replies."""
        was, now = self._both(scene)[-1]
        for expect in self._expectations(was, now):
            test = Proof(scene, {len(scene.turns) - 1: expect})
            if self._tells(expect, was, now) and test.passes(self.flow) and not test.passes(self.other) and self._lasts(test):
                return test
        return None

    def _lasts(self, test: Proof) -> bool:
        seeds = () if test.verbatim else SEEDS
        return all(test.seeded(seed).passes(self.flow) for seed in seeds)

    def expectation(self, was: Moment, now: Moment) -> Expected | None:
        """Return the first expectation that the flow's turn meets and the other's does not."""
        if was.turn.heard == now.turn.heard and outcome(was.turn) == outcome(now.turn):
            return None
        return next((expect for expect in self._expectations(was, now) if self._tells(expect, was, now)), None)

    def _tells(self, expect: Expected, was: Moment, now: Moment) -> bool:
        wanted = Expectation.model_validate(expect)
        meets = not any(True for _ in mismatches(self.flow, wanted, was.turn, was.now))
        return meets and any(True for _ in mismatches(self.other, wanted, now.turn, now.now))

    def _expectations(self, was: Moment, now: Moment) -> Iterator[Expected]:
        """Yield what may be expected of a turn, what a person looks at first: rules, state, effects, words, slots, timers."""
        rules = {"rules": [rule for rule in was.turn.rules if rule not in self.greetings] or list(was.turn.rules)}
        yield rules
        yield rules | {"state": was.turn.state}
        yield rules | {"effects": _effects(was.turn)}
        yield from (rules | {"without": [name]} for name in _effects(now.turn) if name not in _effects(was.turn))
        yield from ({**rules, **words} for words in _words(was.turn, now.turn))
        yield from (rules | {"slots": slots} for slots in self._slots(was.turn, now.turn))
        yield rules | {"due": list(dict.fromkeys(timer.name for timer in was.turn.due))}
        yield {"heard": [hit.intent for hit in was.turn.heard]}
        yield rules | {"effects": [_whole(effect) for effect in was.turn.effects if effect.type not in QUIET]}
        yield rules | {"replies": len(was.turn.replies)}
        yield rules | {"replies": list(was.turn.replies)}

    def _slots(self, was: Turn, now: Turn) -> Iterator[Mapping[str, Any]]:
        for name, spec in self.flow.spec.slots.items():
            one, two = was.snapshot.slots.get(name), now.snapshot.slots.get(name)
            if one != two:
                yield {name: write_value(spec.kind, one)}


def _effects(turn: Turn) -> list[str]:
    return [f"{effect.type}:{effect.name}" for effect in turn.effects if effect.type not in QUIET]


def _whole(effect: Any) -> Mapping[str, Any]:
    return {"type": effect.type, "name": effect.name} | ({"with": dict(effect.plain)} if effect.plain else {})


def _words(was: Turn, now: Turn) -> Iterator[Expected]:
    """Yield a clause that only one of two turns says."""
    said, other = "\n".join(was.replies), "\n".join(now.replies)
    mine, theirs = ([part for part in CLAUSE.split(text) if len(part) > 1] for text in (said, other))
    yield from ({"contains": [part]} for part in sorted(mine, key=len) if part not in other)
    yield from ({"not": [part]} for part in sorted(theirs, key=len) if part not in said)


def _flat(facts: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in facts.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{above}{name}\0")
        else:
            yield above + name, value


def _nested(flat: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path, value in flat:
        *above, name = path.split("\0")
        inner = found
        for step in above:
            inner = inner.setdefault(step, {})
        inner[name] = value
    return found
