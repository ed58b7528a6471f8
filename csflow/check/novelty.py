"""Which events are worth trying first: those that meet facts, among those that their rules ask for, as no event before them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from itertools import chain

from csflow.check.alphabet import Alphabet, Happening
from csflow.check.subject import Subject
from csflow.events import Message, Report, Result
from csflow.snapshot import Snapshot


class Novelty:
    """Tells whether an event may lead to something that it did not lead to before, by what its rules look at."""

    def __init__(self, subject: Subject, alphabet: Alphabet) -> None:
        self.subject = subject
        self.intents = {text: intent for intent, text in alphabet.messages.items()}
        self.asked: dict[tuple[str, str], tuple[str, ...]] = {}
        self.met: set[Hashable] = set()

    def first(self, snapshot: Snapshot, facts: Mapping[str, Hashable], happening: Happening) -> bool:
        """Tell whether an event meets its rules' facts for the first time, and remember it; `facts` are those known by name."""
        state, trigger = snapshot.state, self._trigger(snapshot, happening)
        if (state, trigger) not in self.asked:
            self.asked[state, trigger] = tuple(dict.fromkeys(self._asked(state, trigger)))
        seen = (state, snapshot.pending, happening.line, tuple([facts.get(name) for name in self.asked[state, trigger]]))
        new = seen not in self.met
        self.met.add(seen)
        return new

    def _trigger(self, snapshot: Snapshot, happening: Happening) -> str:
        match happening.event:
            case Message(texts):
                asked = f"slots.{snapshot.pending.slot}" if snapshot.pending else "unknown"
                return self.intents.get(texts[0], asked)
            case Report(name):
                return f"report.{name}"
            case Result(call, outcome):
                return f"{call}.{outcome}"
        return "now"

    def _asked(self, state: str, trigger: str) -> Iterator[str]:
        """Yield what the conditions of the rules on an event in a state look at, and those of `now`."""
        for event in (trigger, "now"):
            spoken = self.subject.message(event) or event == "unknown"
            for listed in chain(*self.subject.flow.ranks(state, event, message=spoken)):
                spec = self.subject.lists[listed].spec
                yield from self._named([spec.if_, *(rule.if_ for rule in spec.choose)])

    def _named(self, texts: list[str | None]) -> Iterator[str]:
        for node in (node for text in texts if text is not None for node in self.subject.node(text).walk()):
            if node.op in ("times", "used"):
                yield f"{node.op}({node.value})"
            elif node.op == "ref":
                yield str(node.value)
