"""Facts worth another value before a turn: those that a condition reads, unknown, and just on either side of where it turns."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from csflow.bind import FlowBinder
from csflow.check.alphabet import COMPARED, Alphabet
from csflow.condition import Node, Type, compiled
from csflow.conversation import Conversation
from csflow.draft import Draft, Unfetched
from csflow.spec import ActSpec, FlowSpec
from csflow.values import write_value

AROUND = (-1, 0, 1)
COUNTED = ("money", "count", "duration", "date")
MOST = 10**9
START = datetime.date(2026, 11, 2)


class Variations:
    """Finds values for the facts that some conditions of a flow read."""

    def __init__(self, alphabet: Alphabet) -> None:
        self.alphabet, flow = alphabet, alphabet.flow
        self.kinds = flow.fact_types
        self.bind = FlowBinder(flow.spec, flow.profile, [*flow.rules, *flow.follow_ups], tuple(flow.spec.intents))

    def before(self, chat: Conversation, trees: Iterable[Node]) -> Iterator[Mapping[str, Any]]:
        """Yield facts that the shop may tell before the next turn of a conversation, one at a time as plain data."""
        trees = list(trees)
        for name in dict.fromkeys(name for tree in trees for name in tree.names() if name in self.kinds):
            kind = self.kinds[name]
            turning = self._turning(chat, name, kind, trees) if kind.kind in COUNTED else ()
            values = [None, *turning, *(self.alphabet.values(name, kind) if kind.kind != "map" else ())]
            yield from ({name: value} for number, value in enumerate(values) if value not in values[:number])

    def _turning(self, chat: Conversation, name: str, kind: Type, trees: list[Node]) -> Iterator[Any]:
        """Yield the values around each one at which the two sides of a comparison are equal."""
        nodes = [node for tree in trees for node in tree.walk() if node.op in COMPARED and name in node.names()]
        start = START.toordinal() if kind.kind == "date" else 100
        first, second = ([self._gap(node, chat, name, kind, at) for node in nodes] for at in (start, start + 1))
        for one, two in zip(first, second, strict=True):
            if one is not None and two is not None and one != two and abs(root := start - one // (two - one)) < MOST:
                yield from (_written(kind, root + off) for off in AROUND if root + off >= 0)

    def _gap(self, node: Node, chat: Conversation, name: str, kind: Type, value: int) -> int | None:
        """Return how far the sides of a comparison are apart where a fact has a value."""
        snapshot, now = chat.snapshot, chat.now
        try:
            chat.tell({name: _written(kind, value)})
            left, right = (_number(compiled(arg, self.bind)(Draft(chat.flow, chat.snapshot, now))) for arg in node.args)
        except Unfetched:
            return None
        finally:
            chat.snapshot, chat.now = snapshot, now
        return None if left is None or right is None else left - right


def _written(kind: Type, number: int) -> Any:
    return write_value(kind, datetime.date.fromordinal(number) if kind.kind == "date" else number)


def _number(value: Any) -> int | None:
    if isinstance(value, datetime.date):
        return value.toordinal()
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def conditions(spec: FlowSpec, names: Iterable[str]) -> Iterator[Node]:
    """Yield the conditions of some rules and follow-ups, of their lists and of what they say and do."""
    wanted = set(names)
    for part in spec.lists:
        if any(rule.id in wanted for rule in part.spec.choose):
            yield from _trees(spec, [part.spec.if_])
            for rule in part.spec.choose:
                yield from _of_act(spec, rule)
    for name in wanted & spec.follow_ups.keys():
        yield from _of_act(spec, spec.follow_ups[name].spec)
    for axis in spec.types.keys() & {name.removeprefix("type.") for name in wanted}:
        yield from _trees(spec, (item.if_ for evidence in spec.types[axis].evidence.values() for item in evidence))


def _of_act(spec: FlowSpec, act: ActSpec) -> Iterator[Node]:
    lines = [line for variant in act.say or () for line in (variant if isinstance(variant, tuple) else (variant,))]
    yield from _trees(spec, [act.if_, *(effect.if_ for effect in act.do)])
    yield from _trees(spec, (line.if_ for line in lines if not isinstance(line, str)))


def _trees(spec: FlowSpec, texts: Iterable[str | None]) -> Iterator[Node]:
    return (spec.conditions[text] for text in texts if text is not None)
