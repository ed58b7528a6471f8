"""The same conversations with two flows: where they first part, and whether what changed between the flows explains it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from csflow.check.replay import begin
from csflow.conversation import Conversation
from csflow.diff import Change, changes
from csflow.errors import CsflowError
from csflow.events import Turn
from csflow.flow import Flow
from csflow.testing.acts import Act

ANSWERS = ("state", "rules", "replies", "effects", "due")
BEHIND = ("word", "slot", "fact", "event", "type", "bargain", "call", "state", "never", "lead", "promise")


class Difference(NamedTuple):
    """Where a conversation first comes out otherwise: the act and its number from 1, what differs, the changes that say so."""

    number: int
    act: Act
    differs: Mapping[str, tuple[Any, Any]]
    because: tuple[Change, ...]

    def __str__(self) -> str:
        lines = [f"act {self.number}: {self.act}"]
        for name, (old, new) in self.differs.items():
            lines += [f"  {name:8} - {_shown(old)}", f"  {'':8} + {_shown(new)}"]
        lines += [f"  because  {change}" for change in self.because]
        return "\n".join(lines if self.because else [*lines, "  nothing that changed between the flows says so"])


def _shown(value: Any) -> str:
    return " / ".join(map(str, value)) or "nothing" if isinstance(value, (list, tuple)) else str(value)


class Differential:
    """Plays conversations with an old and a new version of a flow."""

    def __init__(self, old: Flow, new: Flow) -> None:
        self.old, self.new = old, new
        self.changes = changes(old.spec, new.spec)
        self.names = {change.old: change.name for change in self.changes if change.what == "renamed"}

    def first(self, acts: Sequence[Act]) -> Difference | None:
        """Return where a conversation first comes out otherwise, or None where it is the same to its end."""
        chats = [self.old.start(now=begin(self.old)), self.new.start(now=begin(self.old))]
        fired: set[str] = set()
        heard: set[str] = set()
        for number, act in enumerate(acts, 1):
            old, new = (_happen(chat, act) for chat in chats)
            for turn in (old, new):
                fired |= _rules(turn)
                heard |= _heard(turn)
            if differs := self._differs(old, new):
                return Difference(number, act, differs, tuple(self._because(fired, heard)))
        return None

    def _differs(self, old: Turn | CsflowError, new: Turn | CsflowError) -> dict[str, tuple[Any, Any]]:
        if isinstance(old, CsflowError) or isinstance(new, CsflowError):
            pair = tuple(str(turn) if isinstance(turn, CsflowError) else "taken" for turn in (old, new))
            return {} if pair[0] == pair[1] else {"refused": (pair[0], pair[1])}
        one, other = self._renamed(old.to_json()), new.to_json()
        return {name: (one[name], other[name]) for name in ANSWERS if one[name] != other[name]}

    def _renamed(self, turn: dict[str, Any]) -> dict[str, Any]:
        """Return an old turn with the new names of what was only renamed."""
        name = self.names.get
        due = [{**timer, "name": name(timer["name"], timer["name"])} for timer in turn["due"]]
        return {
            **turn,
            "rules": [name(rule, rule) for rule in turn["rules"]],
            "state": name(turn["state"], turn["state"]),
            "due": due,
        }

    def _because(self, fired: set[str], heard: set[str]) -> Iterator[Change]:
        """Yield the changes of what a conversation has come upon so far, and of what stands behind that."""
        named = {self.names.get(name, name) for name in (*fired, *heard)} | fired | heard
        for change in self.changes:
            part = change.name.partition(" ")[0]
            if change.what != "renamed" and (part in named or (change.kind in BEHIND and self._stands_behind(part, fired))):
                yield change

    def _stands_behind(self, part: str, judged: set[str]) -> bool:
        """Tell whether a list with a judged rule names a part."""
        lists = (located.spec for flow in (self.old, self.new) for located in flow.spec.lists)
        return any(part in str(listed) for listed in lists if any(rule.id in judged for rule in listed.choose))


def _happen(chat: Conversation, act: Act) -> Turn | CsflowError:
    try:
        return act.play(chat)
    except CsflowError as error:
        return error


def _rules(turn: Turn | CsflowError) -> set[str]:
    """Return the rules that a turn judged."""
    if isinstance(turn, CsflowError):
        return set()
    return {*turn.rules, *(item.rule.id for item in turn.why.considered), *(timer.name for timer in turn.due)}


def _heard(turn: Turn | CsflowError) -> set[str]:
    return set() if isinstance(turn, CsflowError) else {hit.intent for hit in turn.heard}


def differences(old: Flow, new: Flow, conversations: Iterable[Sequence[Act]]) -> Iterator[Difference | None]:
    """Play each conversation with two versions of a flow; yield its first difference, or None where there is none."""
    played = Differential(old, new)
    return (played.first(acts) for acts in conversations)
