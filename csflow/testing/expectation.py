"""What a test in Python expects of a turn, in one line, with sentences for what came instead."""

from __future__ import annotations

from collections.abc import Sequence

from csflow.events import Turn
from csflow.testing.compare import differing, listed
from csflow.testing.pattern import read_pattern


def expect(turn: Turn) -> Expected:
    """Begin a chain of expectations: `expect(turn).said("15元").in_state("close")`."""
    return Expected(turn)


class Expected:
    """Expectations of one turn; each raises AssertionError with what came, or returns itself for the next one."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn

    def said(self, *texts: str) -> Expected:
        """Expect each text in the replies."""
        for text in texts:
            self._check(text in self._said, f"expected {text!r} to be said")
        return self

    def not_said(self, *texts: str) -> Expected:
        """Expect none of the texts in the replies."""
        for text in texts:
            self._check(text not in self._said, f"expected {text!r} not to be said")
        return self

    def matched(self, *patterns: str) -> Expected:
        """Expect a reply that matches each regular expression."""
        for pattern in patterns:
            found = any(read_pattern(pattern).search(reply) for reply in self.turn.replies)
            self._check(found, f"expected a reply to match {pattern!r}")
        return self

    def silent(self) -> Expected:
        """Expect no reply."""
        return self._check(not self.turn.replies, "expected no reply")

    def in_state(self, state: str) -> Expected:
        """Expect the conversation in exactly this state."""
        return self._check(self.turn.state == state, f"expected the state {state}, came {self.turn.state}")

    def fired(self, *rules: str) -> Expected:
        """Expect these rules among those that fired, in this order."""
        rest = iter(self.turn.rules)
        return self._check(all(rule in rest for rule in rules), *self._unlike("the rules", rules, self.turn.rules))

    def heard(self, *intents: str) -> Expected:
        """Expect exactly these intents."""
        came = tuple(hit.intent for hit in self.turn.heard)
        return self._check(came == intents, *self._unlike("to hear", intents, came))

    def did(self, *effects: str) -> Expected:
        """Expect these effects, as `TYPE` or `TYPE:NAME`, in this order, perhaps among others."""
        came = [f"{effect.type}:{effect.name}" for effect in self.turn.effects]
        rest = iter(came)
        found = all(any(wanted in (one, one.partition(":")[0]) for one in rest) for wanted in effects)
        return self._check(found, *self._unlike("the effects", effects, came))

    def due(self, *timers: str) -> Expected:
        """Expect these timers to be pending, perhaps among others."""
        pending = [timer.name for timer in self.turn.due]
        return self._check(set(timers) <= set(pending), *self._unlike("to be due", timers, pending))

    @property
    def _said(self) -> str:
        return "\n".join(self.turn.replies)

    def _unlike(self, what: str, wanted: Sequence[str], came: Sequence[str]) -> tuple[str, ...]:
        return (f"expected {what} {listed(wanted)}, came {listed(came)}", *differing(wanted, came))

    def _check(self, holds: bool, message: str, *diff: str) -> Expected:
        if not holds:
            said = [f"reply: {reply}" for reply in self.turn.replies]
            why = [f"why:   {line}" for line in str(self.turn.why).splitlines()]
            raise AssertionError("\n  ".join([message, *diff, *said, *why]))
        return self
