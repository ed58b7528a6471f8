"""What a customer, the shop or time does to a conversation: one act is one line of a script and one turn of a test."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from csflow.check.alphabet import Happening
from csflow.conversation import Conversation
from csflow.events import Due, Facts, Message, Report, Result, Turn


class Act(NamedTuple):
    """One thing that happens: `say` texts, `wait` a span, an `event`, `facts` or an act of the `staff`."""

    kind: str
    value: Any
    facts: Mapping[str, Any] | None = None

    def play(self, chat: Conversation) -> Turn:
        """Let it happen to a conversation.

        Raises:
            EventError, FactError: the flow knows no such event or fact.
        """
        match self.kind:
            case "say":
                return chat.say(*self.value)
            case "wait":
                return chat.wait(self.value)
            case "event":
                return chat.event(self.value, self.facts)
            case "facts":
                return chat.tell(self.value)
            case _:
                return chat.staff(self.value)

    @property
    def plain(self) -> dict[str, Any]:
        """The act as a script and a conversation test write it."""
        value = self.value
        if self.kind == "say":
            value = value[0] if len(value) == 1 else list(value)
        return {self.kind: value} | ({"facts": dict(self.facts)} if self.facts else {})

    def __str__(self) -> str:
        """Return the act as a line of a script."""
        text = self.value[0] if self.kind == "say" and len(self.value) == 1 else ""
        bare = text.isprintable() and text.strip() == text and text[:1] not in ("", "{")
        return text if bare else json.dumps(self.plain, ensure_ascii=False)


def say(*texts: str) -> Act:
    """Return a message of the customer; several texts are one burst."""
    return Act("say", texts)


def wait(seconds: int) -> Act:
    """Return time that passes."""
    return Act("wait", f"{seconds}s")


def happened(happening: Happening) -> Act:
    """Return what the search for faults calls a happening as an act."""
    match happening.event:
        case Message(texts):
            return say(*texts)
        case Report(name, facts):
            return Act("event", name, facts)
        case Result(call, outcome, facts):
            return Act("event", f"{call}.{outcome}", facts)
        case Facts(facts):
            return Act("facts", facts)
        case Due():
            return wait(int(happening.wait.total_seconds()) + 1)
        case _:
            raise AssertionError(happening.event)


def play(chat: Conversation, acts: Sequence[Act]) -> list[Turn]:
    """Let acts happen one after the other; returns their turns."""
    return [act.play(chat) for act in acts]
