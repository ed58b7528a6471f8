"""What went wrong in a turn that really happened."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from csflow.check.subject import Subject
from csflow.errors import Place, Problem
from csflow.events import Judged, Turn


class Judge:
    """Looks at turns of one flow; a finding stands at the rule that it is about."""

    def __init__(self, subject: Subject) -> None:
        self.subject, self.flow = subject, subject.flow

    def faults(self, turn: Turn, state: str, *, message: bool) -> Iterator[Problem]:
        """Yield what went wrong in a turn that began in a state; `message` says that a customer waits for an answer."""
        yield from self._ties(turn, state)
        yield from self._undone(turn)
        if any(note.startswith("stopped: ") for note in turn.why.notes):
            yield Problem("now-loop", self._last(turn), "this turn never comes to an end")
        if message and not (turn.replies or turn.rules or turn.effects):
            yield Problem("no-fallback", self._last(turn), f"a message in {state} is met with silence", "warning")

    def _ties(self, turn: Turn, state: str) -> Iterator[Problem]:
        tied = [item.rule for item in turn.why.considered if item.verdict == "tied"]
        for first, second in pairwise(tied):
            message = f"{second.id!r} ties with {first.id!r} ({self._at(first)}) in {state}; put both into one `choose`"
            yield Problem("tie", self._at(second), message)

    def _undone(self, turn: Turn) -> Iterator[Problem]:
        undone = [item.rule for item in turn.why.considered if item.verdict == "undone"]
        reasons = [note.partition(" was undone: ")[2] for note in turn.why.notes if " was undone: " in note]
        for rule, why in zip(undone, reasons, strict=False):
            if why.startswith("never: "):
                yield Problem("limit-broken", self._at(rule), f"{rule.id!r} would break `{why}`; the turn falls back instead")
            elif why.startswith("no variant"):
                yield Problem("unsayable-reply", self._at(rule), f"{rule.id!r} fires, but {why}")

    def _at(self, rule: Judged) -> Place:
        """Return where a rule's id stands, or where a follow-up does."""
        part = self.subject.spec.parts.get(("rules", rule.id))
        return self.subject.at(part, "id") if part else rule.place

    def _last(self, turn: Turn) -> Place:
        """Return where the last rule of a turn stands, or else the first list of the flow."""
        parts = self.subject.spec.parts
        fired = next((parts["rules", rule] for rule in reversed(turn.rules) if ("rules", rule) in parts), None)
        return self.subject.at(fired or self.subject.spec.lists[0])
