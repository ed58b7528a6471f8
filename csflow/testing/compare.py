"""What a turn was expected to come to against what came."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import ndiff
from typing import Any, NamedTuple

from csflow.draft import Draft
from csflow.errors import hint
from csflow.events import Effect, Turn
from csflow.flow import Flow
from csflow.testing.script import Expectation, NamedEffect
from csflow.values import write_value


class Mismatch(NamedTuple):
    """One expectation in vain: its key, a sentence, and the lines by which lists differ (`- expected`, `+ came`)."""

    key: str
    message: str
    diff: tuple[str, ...] = ()


def mismatches(flow: Flow, expect: Expectation, turn: Turn, now: datetime.datetime) -> Iterator[Mismatch]:
    """Yield what was expected of a turn in vain, in the order of the keys."""
    yield from _state(flow, expect, turn)
    yield from _rules(flow, expect, turn)
    yield from _said(expect, turn)
    yield from _heard(expect, turn)
    yield from _slots(flow, expect, Draft(flow, turn.snapshot, now))
    yield from _types(flow, expect, turn, now)
    yield from _effects(expect, turn)
    pending = [timer.name for timer in turn.due]
    if expect.due is not None and not _among(expect.due, [(name,) for name in pending]):
        message = f"expected {listed(expect.due)} to be due, pending {listed(pending)}"
        yield Mismatch("due", message, differing(expect.due, pending))


def _state(flow: Flow, expect: Expectation, turn: Turn) -> Iterator[Mismatch]:
    if expect.state is not None and expect.state != turn.state:
        known = "" if expect.state in flow.states else f" (no state of the flow{hint(expect.state, flow.states)})"
        yield Mismatch("state", f"expected the state {expect.state}{known}, came {turn.state}")


def _greetings(flow: Flow) -> frozenset[str]:
    return frozenset(rule.id for lst in flow.lists if "started" in lst.when for rule in lst.rules)


def _rules(flow: Flow, expect: Expectation, turn: Turn) -> Iterator[Mismatch]:
    """Compare the rules that fired; those that greet may be left out."""
    if expect.rules is None or expect.rules == turn.rules:
        return
    greetings = _greetings(flow)
    came = tuple(rule for rule in turn.rules if rule not in greetings or rule in expect.rules)
    if expect.rules != came:
        known = {*flow.rules, *flow.follow_ups}
        unknown = "".join(f" (no rule {rule!r}{hint(rule, known)})" for rule in expect.rules if rule not in known)
        message = f"expected the rules {listed(expect.rules)}{unknown}, fired {listed(turn.rules)}"
        yield Mismatch("rules", message, differing(expect.rules, came))


def _said(expect: Expectation, turn: Turn) -> Iterator[Mismatch]:
    said = "\n".join(turn.replies)
    yield from (Mismatch("contains", f"expected {text!r} to be said") for text in expect.contains if text not in said)
    yield from (Mismatch("not", f"expected {text!r} not to be said") for text in expect.excluded if text in said)
    for pattern in expect.matches:
        if not any(re.search(pattern, reply) for reply in turn.replies):
            yield Mismatch("matches", f"expected a reply to match {pattern!r}")
    if isinstance(expect.replies, int) and expect.replies != len(turn.replies):
        yield Mismatch("replies", f"expected {expect.replies} replies, came {len(turn.replies)}")
    if isinstance(expect.replies, tuple) and expect.replies != turn.replies:
        yield Mismatch("replies", f"expected the replies {listed(expect.replies)}", differing(expect.replies, turn.replies))


def _heard(expect: Expectation, turn: Turn) -> Iterator[Mismatch]:
    heard = tuple(hit.intent for hit in turn.heard)
    if expect.heard is not None and expect.heard != heard:
        message = f"expected to hear {listed(expect.heard)}, heard {listed(heard)}"
        yield Mismatch("heard", message, differing(expect.heard, heard))


def _slots(flow: Flow, expect: Expectation, draft: Draft) -> Iterator[Mismatch]:
    for name, wanted in expect.slots.items():
        spec = flow.spec.slots.get(name)
        if spec is None:
            yield Mismatch("slots", f"no slot {name!r} in this flow{hint(name, flow.spec.slots)}")
            continue
        value = write_value(spec.kind, flow.fact(f"slots.{name}")(draft))
        if value != wanted:
            yield Mismatch("slots", f"expected the slot {name} to be {wanted!r}, it is {value!r}")


def _types(flow: Flow, expect: Expectation, turn: Turn, now: datetime.datetime) -> Iterator[Mismatch]:
    """Compare the customer types, as the customer's file takes them after a message."""
    draft = Draft.after(flow, turn, now)
    for axis, wanted in expect.types.items():
        if axis not in flow.axes:
            yield Mismatch("types", f"no axis of types {axis!r} in this flow{hint(axis, flow.axes)}")
        elif (leads := draft.leads(axis)) != wanted:
            yield Mismatch("types", f"expected the {axis} type {wanted}, it is {leads}")


def _effects(expect: Expectation, turn: Turn) -> Iterator[Mismatch]:
    for unwanted in expect.without:
        if any(_fits(unwanted, effect) for effect in turn.effects):
            yield Mismatch("without", f"expected no effect {_named(unwanted)}")
    if expect.effects is None:
        return
    rest = iter(turn.effects)
    if all(any(_fits(wanted, effect) for effect in rest) for wanted in expect.effects) if expect.effects else not turn.effects:
        return
    whole = any(wanted.with_ for wanted in expect.effects)
    full = [f"{effect.type}:{effect.name}{_carried(effect.plain if whole else {})}" for effect in turn.effects]
    shown = [_named(wanted) for wanted in expect.effects]
    alike = [next((_named(w) for w in expect.effects if _fits(w, e)), name) for e, name in zip(turn.effects, full, strict=True)]
    message = f"expected the effects {listed(shown)}, came {listed(full)}"
    yield Mismatch("effects", message, differing(shown, alike))


def _fits(wanted: NamedEffect, effect: Effect) -> bool:
    """Tell whether an effect is one of those that a test means."""
    named = wanted.type == effect.type and wanted.name in (None, effect.name)
    return named and all(effect.plain.get(key) == value for key, value in wanted.with_.items())


def _named(wanted: NamedEffect) -> str:
    return (wanted.type if wanted.name is None else f"{wanted.type}:{wanted.name}") + _carried(wanted.with_)


def _carried(values: Mapping[str, Any]) -> str:
    """Return the values that an effect carries as a line shows them."""
    return " " + json.dumps(values, ensure_ascii=False) if values else ""


def _among(wanted: Sequence[str], given: Sequence[Sequence[str]]) -> bool:
    """Tell whether the wanted ones are, in this order, among the given ones, each with its names; none wanted is none given."""
    rest = iter(given)
    return all(any(item in names for names in rest) for item in wanted) if wanted else not given


def listed(names: Iterable[str]) -> str:
    """Return names as a sentence has them."""
    return ", ".join(names) or "none"


def differing(expected: Sequence[str], came: Sequence[str]) -> tuple[str, ...]:
    """Return what was expected and what came as the lines of a diff; nothing where either is one line at most."""
    if max(len(expected), len(came)) < 2:
        return ()
    return tuple(line for line in ndiff(expected, came) if not line.startswith("?"))
