"""One conversation in memory: keeps the snapshot, an injected clock and the host's functions."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from csflow.errors import EventError
from csflow.events import Due, Effect, Event, Facts, Message, Report, Result, Staff, Turn, Why
from csflow.notation import read_duration
from csflow.spec import OUTCOMES
from csflow.timers import fixed, ready

if TYPE_CHECKING:
    from csflow.flow import Flow
    from csflow.snapshot import Snapshot

Action = Callable[..., Mapping[str, Any] | bool | None]
MAX_CALLS = 16
MAX_FIRED = 1000


class Conversation:
    """A conversation held in memory, on a clock that only `wait` moves.

    `actions` maps the names of calls to functions: each takes the call's values as keywords and returns the facts that
    it gives (done), False (denied) or raises (failed). Calls without a function stay open until `result`.
    """

    def __init__(
        self,
        flow: Flow,
        customer: Mapping[str, Any] | None = None,
        *,
        now: datetime.datetime | None = None,
        seed: int = 0,
        actions: Mapping[str, Action] | None = None,
        channel: str | None = None,
    ) -> None:
        self.flow, self.actions = flow, dict(actions or {})
        self.now = fixed(now or datetime.datetime.now(flow.profile.zone))
        self.snapshot: Snapshot = flow.fresh(seed)
        known = ({"customer": dict(customer)} if customer else {}) | ({"channel": channel} if channel else {})
        if known:
            self.tell(known)

    @property
    def state(self) -> str:
        """The state the conversation is in."""
        return self.snapshot.state

    def say(self, *texts: str) -> Turn:
        """Let the customer write; several texts are one burst."""
        return self._take(Message(texts))

    def report(self, name: str, facts: Mapping[str, Any] | None = None) -> Turn:
        """Let the shop report an event such as `paid`, with the facts it brings as plain data."""
        return self._take(Report(name, facts))

    def tell(self, facts: Mapping[str, Any]) -> Turn:
        """Let the shop tell facts as plain data: `{"order": {"total": "180.00"}}`."""
        return self._take(Facts(facts))

    def result(self, call: str, outcome: str = "done", facts: Mapping[str, Any] | None = None) -> Turn:
        """Let a call or an approval end: `done`, `denied` or `failed`."""
        return self._take(Result(call, outcome, facts))

    def event(self, name: str, facts: Mapping[str, Any] | None = None) -> Turn:
        """Take a report (`paid`) or a call's outcome (`free_shipping.denied`) by its written name.

        Raises:
            EventError: the flow knows neither.
        """
        call, _, outcome = name.rpartition(".")
        if call in self.flow.spec.calls and outcome in OUTCOMES:
            return self.result(call, outcome, facts)
        name = name.removeprefix("report.")
        if name not in self.flow.spec.events:
            calls = [f"{call}.{outcome}" for call in self.flow.spec.calls for outcome in OUTCOMES]
            raise EventError(name, [*self.flow.spec.events, *calls])
        return self.report(name, facts)

    def staff(self, act: str, *texts: str) -> Turn:
        """Let a person of the shop act: `take_over`, `give_back` or `say`."""
        return self._take(Staff(act, texts))

    def wait(self, span: str | datetime.timedelta) -> Turn:
        """Let time pass (`2d`, or a timedelta) and fire what falls due on the way; returns all of it as one turn."""
        if isinstance(span, str):
            span = datetime.timedelta(seconds=read_duration(span))
        if span < datetime.timedelta(0):
            raise ValueError(f"time does not go back by {-span}")
        until = self.now + span
        turns = [turn for _, turn in zip(range(MAX_FIRED), self._fire_until(until), strict=False)]
        self.now = until
        return merged(turns, self.snapshot)

    def _fire_until(self, until: datetime.datetime) -> Iterator[Turn]:
        while (timer := next(ready(self.flow, self.snapshot.timers, self.state, until), None)) is not None:
            self.now = max(self.now, timer.due)
            yield self._take(Due(timer))

    def _take(self, event: Event) -> Turn:
        """Take an event, and the results of the calls that it leads to, as one turn."""
        from csflow.turn import step

        turns = [step(self.flow, self.snapshot, event, self.now)]
        self.snapshot, effects = turns[0].snapshot, [*turns[0].effects]
        while effects and len(turns) < MAX_CALLS:
            effect = effects.pop(0)
            if effect.name in self.actions and effect.type in ("call", "request_approval"):
                turns.append(step(self.flow, self.snapshot, self._act(effect), self.now))
                self.snapshot, effects = turns[-1].snapshot, [*turns[-1].effects, *effects]
        turn = merged(turns, self.snapshot)
        return turn if turn.replies else self._holding(turn)

    def _act(self, effect: Effect) -> Result:
        try:
            given = self.actions[effect.name](**effect.plain)
        except Exception:
            return Result(effect.name, "failed", None, effect.serial)
        outcome = "denied" if given is False else "done"
        return Result(effect.name, outcome, given if isinstance(given, Mapping) else None, effect.serial)

    def _holding(self, turn: Turn) -> Turn:
        """Say the hold line of a look-up that nobody answers at once; without it the customer would hear nothing."""
        holds = tuple(e.hold for e in turn.effects if e.hold and e.type == "call" and e.name in turn.snapshot.ledger.calls)
        return Turn(turn.snapshot, holds, turn.effects, turn.rules, turn.why) if holds else turn


def merged(turns: list[Turn], snapshot: Snapshot) -> Turn:
    """Return several turns as one, with the last snapshot."""
    if len(turns) == 1:
        return turns[0]
    why = Why()
    for turn in turns:
        why.heard = why.heard or turn.why.heard
        why.considered += turn.why.considered
        why.beaten += turn.why.beaten
        why.notes += turn.why.notes
    return Turn(
        snapshot,
        tuple(reply for turn in turns for reply in turn.replies),
        tuple(effect for turn in turns for effect in turn.effects),
        tuple(rule for turn in turns for rule in turn.rules),
        why,
    )
