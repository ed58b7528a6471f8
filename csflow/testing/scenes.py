"""Conversations as plain data: what a test holds beside its expectations, to be cut, led on and played against any version."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from csflow.check.alphabet import Happening
from csflow.events import Turn
from csflow.flow import Flow
from csflow.rulefile.source import Source
from csflow.testing.acts import happened
from csflow.testing.record import written_span
from csflow.testing.script import Talk, TalkSpec, TurnSpec
from csflow.testing.stubs import Answer
from csflow.testing.talk import Player

UNNAMED = "-"
WRITTEN = Source("written", b"")


class Scene(NamedTuple):
    """The head of a test, and its turns without what is expected of them."""

    head: Mapping[str, Any]
    turns: tuple[Mapping[str, Any], ...]

    def talk(self, name: str = UNNAMED, expects: Mapping[int, Mapping[str, Any]] | None = None) -> Talk:
        """Return the scene as a conversation test; `expects` holds what is expected of its turns by their numbers."""
        turns = [
            dict(turn) | ({"expect": found} if (found := (expects or {}).get(n)) else {}) for n, turn in enumerate(self.turns)
        ]
        return Talk(TalkSpec.model_validate({"test": name, **self.head, "turns": turns}), WRITTEN, 0)

    def play(self, flow: Flow) -> list[Moment]:
        """Play it and return its turns, each with the time at which it ended."""
        player = Player(flow, self.talk())
        chat = player.begin()
        return [Moment(player.play(chat, spec), chat.now) for spec in player.talk.spec.turns]

    def led_on(self, *turns: Mapping[str, Any]) -> Scene:
        """Return the scene with more turns behind it."""
        return self._replace(turns=(*self.turns, *turns))

    def cut(self, turns: int) -> Scene:
        """Return only so many turns of it."""
        return self._replace(turns=self.turns[:turns])


class Moment(NamedTuple):
    """A turn of a scene, and the time at its end."""

    turn: Turn
    now: datetime.datetime


def scene(talk: Talk, turns: int | None = None) -> Scene:
    """Return a conversation test, or so many turns of it, as a scene."""
    spec = talk.spec
    head = {"facts": spec.facts, "customer": spec.customer, "seed": spec.seed, "now": spec.now and spec.now.isoformat()}
    head["store"] = talk.store and talk.store.absolute().as_posix()
    head["calls"] = {name: [_answer(answer) for answer in answers] for name, answers in spec.calls.items()}
    return Scene({key: value for key, value in head.items() if value}, tuple(map(plain, spec.turns[:turns])))


def walked(path: Iterable[Happening]) -> Scene:
    """Return what happened on a walk as a scene."""
    return Scene({}, tuple(happened(happening).plain for happening in path))


def plain(spec: TurnSpec) -> dict[str, Any]:
    """Return what happens in a turn as its file writes it."""
    if spec.wait is not None:
        return {"wait": written_span(int(spec.wait.total_seconds()))}
    if spec.say is not None:
        return {"say": spec.say[0] if len(spec.say) == 1 else list(spec.say)}
    found = {"event": spec.event, "staff": spec.staff, "facts": spec.facts}
    return {key: value for key, value in found.items() if value is not None}


def _answer(answer: Answer) -> Any:
    return dict(answer.facts) if answer.facts is not None else answer.outcome
