"""Plays conversation tests and says in which turn what came instead of what was expected."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import NamedTuple

from csflow.conversation import Conversation
from csflow.errors import EventError, FactError, Place, hint
from csflow.events import Turn
from csflow.flow import Flow
from csflow.testing.compare import Mismatch, mismatches
from csflow.testing.script import Talk, TurnSpec, begins
from csflow.testing.shops import for_shop
from csflow.testing.stubs import Stub

Note = Callable[[Turn], None]


class Failure(NamedTuple):
    """One expectation that was not met: where it stands, what happened, what came, what was said and why."""

    test: str
    place: Place
    message: str
    replies: tuple[str, ...] = ()
    why: str = ""
    diff: tuple[str, ...] = ()
    happened: str = ""

    def __str__(self) -> str:
        return "\n".join([f"{self.place} {self.test}: {self.message}", *self._details()])

    def _details(self) -> Iterator[str]:
        if self.happened:
            yield f"    after: {self.happened}"
        yield from (f"      {line}" for line in self.diff)
        yield from (f"    reply: {reply}" for reply in self.replies)
        yield from (f"    why:   {line}" for line in self.why.splitlines())


def _ignored(turn: Turn) -> None:
    """Take no note."""


def run_talk(flow: Flow, talk: Talk, note: Note | None = None) -> list[Failure]:
    """Play a conversation test against a flow; returns one failure for each expectation that was not met.

    Time starts at the test's `now`, or else on Monday 2 November 2026 at ten in the shop's time zone. `note` is told each
    turn, such as `Observer.note`.

    Raises:
        LoadError: the store profile that the test names cannot be used.
    """
    return list(Player(flow, talk, note or _ignored).failures())


def play_talk(flow: Flow, talk: Talk) -> list[Turn]:
    """Play a conversation test and return its turns, whatever it expects of them.

    Raises:
        FactError: a fact of the test is not the flow's, or has another type.
        EventError: an event of the test is not the flow's.
    """
    player = Player(flow, talk)
    chat = player.begin()
    return [player.play(chat, spec) for spec in talk.spec.turns]


class Player:
    """Plays one test turn by turn."""

    def __init__(self, flow: Flow, talk: Talk, note: Note = _ignored) -> None:
        self.flow = flow if talk.store is None else for_shop(flow, talk.store)
        self.talk, self.note = talk, note

    def failures(self) -> Iterator[Failure]:
        try:
            chat = self.begin()
        except FactError as error:
            yield Failure(self.talk.name, self.talk.place("facts"), str(error))
            return
        yield from self.unknown_calls()
        for number, spec in enumerate(self.talk.spec.turns):
            try:
                turn = self.play(chat, spec)
            except (EventError, FactError) as error:
                yield Failure(self.talk.name, self.talk.place("turns", number), str(error))
                return
            for found in mismatches(self.flow, spec.expect, turn, chat.now):
                yield self.failure(number, spec, turn, found)
        if self.talk.spec.holds:
            yield from self.unsound()

    def unsound(self) -> Iterator[Failure]:
        """Yield what breaks the invariants that hold in every flow; few tests ask for it, so its modules come last."""
        from csflow.testing.holding import unsound

        for problem in unsound(self.flow, self.talk.spec):
            yield Failure(self.talk.name, self.talk.place("holds"), f"{problem.code}: {problem.message}")

    def failure(self, number: int, spec: TurnSpec, turn: Turn, found: Mismatch) -> Failure:
        place = self.talk.place("turns", number, "expect", found.key)
        return Failure(self.talk.name, place, found.message, turn.replies, str(turn.why), found.diff, happening(spec))

    def unknown_calls(self) -> Iterator[Failure]:
        known = self.flow.spec.calls
        for name in self.talk.spec.calls:
            if name not in known:
                yield Failure(self.talk.name, self.talk.place("calls", name), f"no call {name!r} in this flow{hint(name, known)}")

    def opened(self) -> Conversation:
        """Return a conversation in which nothing is known yet."""
        spec = self.talk.spec
        stubs = {name: Stub(answers) for name, answers in spec.calls.items()}
        return self.flow.start(spec.customer or None, now=begins(spec, self.flow), seed=spec.seed, actions=stubs)

    def begin(self) -> Conversation:
        """Return a conversation in which the test's facts are known."""
        chat = self.opened()
        if self.talk.spec.facts:
            self.note(chat.tell(self.talk.spec.facts))
        return chat

    def play(self, chat: Conversation, spec: TurnSpec) -> Turn:
        """Let one turn happen."""
        turn = _play(chat, spec)
        self.note(turn)
        return turn


def _play(chat: Conversation, spec: TurnSpec) -> Turn:
    if spec.say is not None:
        return chat.say(*spec.say)
    if spec.wait is not None:
        return chat.wait(spec.wait)
    if spec.event is not None:
        return chat.event(spec.event, spec.facts)
    return chat.staff(spec.staff) if spec.staff is not None else chat.tell(spec.facts or {})


def happening(spec: TurnSpec) -> str:
    """Return what happens in a turn as a line to read."""
    facts = f" {json.dumps(spec.facts, ensure_ascii=False, default=str)}" if spec.facts else ""
    if spec.say is not None:
        return "say " + " / ".join(spec.say)
    if spec.wait is not None:
        return f"wait {spec.wait}"
    return f"event {spec.event}{facts}" if spec.event is not None else f"staff {spec.staff}" if spec.staff else f"facts{facts}"
