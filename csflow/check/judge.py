"""What went wrong in a turn that really happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import pairwise

from csflow.check.structure import silent, whereabouts
from csflow.check.subject import Branch, Subject
from csflow.errors import Place, Problem
from csflow.events import Event, Judged, Message, Turn
from csflow.moves import in_handoff


class Judge:
    """Looks at turns of one flow; a finding stands at the rule that it is about."""

    def __init__(self, subject: Subject) -> None:
        self.subject, self.flow = subject, subject.flow

    def faults(self, turn: Turn, state: str, event: Event) -> Iterator[Problem]:
        """Yield what went wrong in a turn that an event caused in a state; to a message outside a hand-off an answer is due."""
        yield from self._ties(turn, state)
        yield from self._undone(turn)
        yield from self._circles(turn, state)
        if isinstance(event, Message) and not in_handoff(state) and _silent(turn):
            yield Problem("no-fallback", self._fallback(state), f"a message in {state} is met with silence", "warning")

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

    def _circles(self, turn: Turn, state: str) -> Iterator[Problem]:
        """Yield the rule on `now` that leads back to where another one of the same turn led away from."""
        left: set[str] = set()
        for name in turn.rules:
            branch = self._branches.get(name)
            if branch is None or branch.rule.go is None:
                continue
            if "now" in branch.listed.when:
                left.add(state)
                if branch.rule.go in left:
                    message = f"in one turn rules on `now` lead away from {branch.rule.go!r} and back to it"
                    yield Problem("now-loop", self.subject.at(branch.part, "go"), message)
                    return
            state = branch.rule.go

    @cached_property
    def _branches(self) -> Mapping[str, Branch]:
        return {branch.rule.id: branch for branch in self.subject.branches}

    def _fallback(self, state: str) -> Place:
        """Return where the first list on `unknown` stands that is heard in a state; without one, where that is found anyway."""
        ranks = self.flow.ranks(state, "unknown", message=True)
        lists = [self.subject.lists[listed] for rank in ranks for listed in rank]
        return self.subject.at(lists[0], "when") if lists else whereabouts(self.subject, (silent(self.subject) or [state])[0])


def _silent(turn: Turn) -> bool:
    """Tell whether nothing came of a turn, and neither a tie, an undone rule nor a look-up is why."""
    hindered = any(item.verdict in ("tied", "undone") for item in turn.why.considered)
    waits = any(" waits for " in note for note in turn.why.notes)
    return not (turn.replies or turn.rules or turn.effects or hindered or waits)
