"""Plays conversation tests and says in which turn what came instead of what was expected."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from csflow.conversation import Conversation
from csflow.draft import Draft
from csflow.errors import EventError, FactError, Place, hint
from csflow.events import Turn
from csflow.flow import Flow
from csflow.testing.script import Expectation, Talk, TurnSpec
from csflow.values import write_value

MONDAY = datetime.datetime(2026, 11, 2, 10, 0)


class Failure(NamedTuple):
    """One expectation that was not met: where it stands, what came, what was said and why."""

    test: str
    place: Place
    message: str
    replies: tuple[str, ...] = ()
    why: str = ""

    def __str__(self) -> str:
        said = "".join(f"\n    reply: {reply}" for reply in self.replies)
        why = "".join(f"\n    why:   {line}" for line in self.why.splitlines())
        return f"{self.place} {self.test}: {self.message}{said}{why}"


def run_talk(flow: Flow, talk: Talk) -> list[Failure]:
    """Play a conversation test against a flow; returns one failure for each expectation that was not met.

    Time starts at the test's `now`, or else on Monday 2 November 2026 at ten in the shop's time zone.
    """
    return list(_Player(flow, talk).failures())


def play_talk(flow: Flow, talk: Talk) -> list[Turn]:
    """Play a conversation test and return its turns, whatever it expects of them.

    Raises:
        FactError: a fact of the test is not the flow's, or has another type.
        EventError: an event of the test is not the flow's.
    """
    player = _Player(flow, talk)
    chat = player.begin()
    return [player.play(chat, spec) for spec in talk.spec.turns]


class _Player:
    """Plays one test turn by turn."""

    def __init__(self, flow: Flow, talk: Talk) -> None:
        self.flow, self.talk = flow, talk
        self.greetings = {rule.id for lst in flow.lists if "started" in lst.when for rule in lst.rules}

    def failures(self) -> Iterator[Failure]:
        try:
            chat = self.begin()
        except FactError as error:
            yield Failure(self.talk.name, self.talk.place("facts"), str(error))
            return
        for number, spec in enumerate(self.talk.spec.turns):
            try:
                turn = self.play(chat, spec)
            except (EventError, FactError) as error:
                yield Failure(self.talk.name, self.talk.place("turns", number), str(error))
                return
            for key, message in self.compare(spec.expect, turn, chat.now):
                place = self.talk.place("turns", number, "expect", key)
                yield Failure(self.talk.name, place, message, turn.replies, str(turn.why))

    def begin(self) -> Conversation:
        spec = self.talk.spec
        now = spec.now or MONDAY
        now = now if now.tzinfo else now.replace(tzinfo=self.flow.profile.zone)
        chat = self.flow.start(spec.customer or None, now=now, seed=spec.seed)
        if spec.facts:
            chat.tell(spec.facts)
        return chat

    def play(self, chat: Conversation, spec: TurnSpec) -> Turn:
        if spec.say is not None:
            return chat.say(*spec.say)
        if spec.wait is not None:
            return chat.wait(spec.wait)
        if spec.event is not None:
            return chat.event(spec.event, spec.facts)
        return chat.staff(spec.staff) if spec.staff is not None else chat.tell(spec.facts or {})

    def compare(self, expect: Expectation, turn: Turn, now: datetime.datetime) -> Iterator[tuple[str, str]]:
        """Yield the keys of what was expected in vain, each with a sentence."""
        yield from self.state(expect, turn)
        yield from self.rules(expect, turn)
        yield from _said(expect, turn)
        yield from _heard(expect, turn)
        yield from self.slots(expect, Draft(self.flow, turn.snapshot, now))
        yield from _effects(expect, turn)
        pending = [(timer.name,) for timer in turn.due]
        if expect.due is not None and not _among(expect.due, pending):
            yield "due", f"expected {_listed(expect.due)} to be due, pending {_listed(name for (name,) in pending)}"

    def state(self, expect: Expectation, turn: Turn) -> Iterator[tuple[str, str]]:
        if expect.state is not None and expect.state != turn.state:
            known = "" if expect.state in self.flow.states else f" (no state of the flow{hint(expect.state, self.flow.states)})"
            yield "state", f"expected the state {expect.state}{known}, came {turn.state}"

    def rules(self, expect: Expectation, turn: Turn) -> Iterator[tuple[str, str]]:
        """Compare the rules that fired; those that greet may be left out."""
        if expect.rules is None or expect.rules == turn.rules:
            return
        if expect.rules != tuple(rule for rule in turn.rules if rule not in self.greetings or rule in expect.rules):
            known = {*self.flow.rules, *self.flow.follow_ups}
            unknown = "".join(f" (no rule {rule!r}{hint(rule, known)})" for rule in expect.rules if rule not in known)
            yield "rules", f"expected the rules {_listed(expect.rules)}{unknown}, fired {_listed(turn.rules)}"

    def slots(self, expect: Expectation, draft: Draft) -> Iterator[tuple[str, str]]:
        for name, wanted in expect.slots.items():
            spec = self.flow.spec.slots.get(name)
            if spec is None:
                yield "slots", f"no slot {name!r} in this flow{hint(name, self.flow.spec.slots)}"
                continue
            value = write_value(spec.kind, self.flow.fact(f"slots.{name}")(draft))
            if value != wanted:
                yield "slots", f"expected the slot {name} to be {wanted!r}, it is {value!r}"


def _said(expect: Expectation, turn: Turn) -> Iterator[tuple[str, str]]:
    said = "\n".join(turn.replies)
    for text in expect.contains:
        if text not in said:
            yield "contains", f"expected {text!r} to be said"
    for text in expect.excluded:
        if text in said:
            yield "not", f"expected {text!r} not to be said"
    if isinstance(expect.replies, int) and expect.replies != len(turn.replies):
        yield "replies", f"expected {expect.replies} replies, came {len(turn.replies)}"
    if isinstance(expect.replies, tuple) and expect.replies != turn.replies:
        yield "replies", f"expected the replies {_listed(expect.replies)}"


def _heard(expect: Expectation, turn: Turn) -> Iterator[tuple[str, str]]:
    heard = tuple(hit.intent for hit in turn.heard)
    if expect.heard is not None and expect.heard != heard:
        yield "heard", f"expected to hear {_listed(expect.heard)}, heard {_listed(heard)}"


def _effects(expect: Expectation, turn: Turn) -> Iterator[tuple[str, str]]:
    if expect.effects is None:
        return
    wanted = [effect.type if effect.name is None else f"{effect.type}:{effect.name}" for effect in expect.effects]
    came = [(effect.type, f"{effect.type}:{effect.name}") for effect in turn.effects]
    if not _among(wanted, came):
        yield "effects", f"expected the effects {_listed(wanted)}, came {_listed(full for _, full in came)}"


def _among(wanted: Sequence[str], given: Sequence[Sequence[str]]) -> bool:
    """Tell whether the wanted ones are, in this order, among the given ones, each with its names; none wanted is none given."""
    rest = iter(given)
    return all(any(item in names for names in rest) for item in wanted) if wanted else not given


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
