"""A conversation that writes itself down as a conversation test, with what happened as what is expected."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import yaml

from csflow.conversation import Conversation
from csflow.events import Turn
from csflow.notation import read_duration
from csflow.values import NOT_TEXT

QUIET = ("schedule", "cancel")
UNITS = (("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


class Recording(Conversation):
    """A conversation in memory whose `test` can be written to a `*.talk.yaml` file; made like a conversation."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.turns: list[dict[str, Any]] = []
        self._quiet = True
        super().__init__(*args, **options)
        self._quiet = False
        self.began, self.seed = self.now, self.snapshot.seed
        self.customer = _customer(*args, **options)

    def say(self, *texts: str) -> Turn:
        """Let the customer write, and note it; characters that no file can hold are left out."""
        texts = tuple(NOT_TEXT.sub("", text) for text in texts)
        return self._noted({"say": texts[0] if len(texts) == 1 else list(texts)}, super().say(*texts))

    def tell(self, facts: Mapping[str, Any]) -> Turn:
        """Let the shop tell facts, and note it."""
        return self._noted({"facts": dict(facts)}, super().tell(facts))

    def event(self, name: str, facts: Mapping[str, Any] | None = None) -> Turn:
        """Take a report or a call's outcome, and note it."""
        return self._noted({"event": name} | ({"facts": dict(facts)} if facts else {}), super().event(name, facts))

    def staff(self, act: str, *texts: str) -> Turn:
        """Let a person of the shop act, and note it."""
        return self._noted({"staff": act}, super().staff(act, *texts))

    def wait(self, span: str | datetime.timedelta) -> Turn:
        """Let time pass, and note it."""
        seconds = read_duration(span) if isinstance(span, str) else int(span.total_seconds())
        return self._noted({"wait": written_span(seconds)}, super().wait(span))

    def _noted(self, happened: dict[str, Any], turn: Turn) -> Turn:
        if not self._quiet:
            self.turns.append(happened | {"expect": expected(turn)})
        return turn

    def test(self, name: str) -> str:
        """Return the conversation so far as the text of one test."""
        head: dict[str, Any] = {"test": name, "now": self.began.isoformat()}
        head |= ({"seed": self.seed} if self.seed else {}) | ({"customer": self.customer} if self.customer else {})
        return written_test(head, self.turns)


def _customer(*args: Any, **options: Any) -> dict[str, Any]:
    given = args[1] if len(args) > 1 else options.get("customer")
    return dict(given or {})


def written_span(seconds: int) -> str:
    """Return a span in its largest whole unit: `2d`."""
    unit, size = next((unit, size) for unit, size in UNITS if seconds % size == 0 and (seconds or unit == "s"))
    return f"{seconds // size}{unit}"


def expected(turn: Turn) -> dict[str, Any]:
    """Return what happened in a turn as the keys of `expect`: state, rules, replies, effects and what is due."""
    effects = [f"{effect.type}:{effect.name}" for effect in turn.effects if effect.type not in QUIET]
    found = {"effects": effects, "due": list(dict.fromkeys(timer.name for timer in turn.due))}
    return {"state": turn.state, "rules": list(turn.rules), "replies": list(turn.replies)} | {k: v for k, v in found.items() if v}


def written_test(head: Mapping[str, Any], turns: list[dict[str, Any]]) -> str:
    """Return a test as the text of a list's item: `head` are its keys but `turns`, each turn one thing and its `expect`."""
    lines = [f"{'- ' if number == 0 else '  '}{key}: {_flow(value)}" for number, (key, value) in enumerate(head.items())]
    lines.append("  turns:")
    for turn in turns:
        lines += [f"    {'- ' if number == 0 else '  '}{key}: {_flow(value)}" for number, (key, value) in enumerate(turn.items())]
    return "\n".join(lines) + "\n"


def _flow(value: Any) -> str:
    """Return a value as YAML on one line."""
    text: str = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=10**6, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...").removesuffix("\n")
