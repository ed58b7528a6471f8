"""Collects what a merged flow declares: facts and their types, slots, calls, promises, grants and tags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from csflow.condition import KEYWORDS, Type
from csflow.errors import Place
from csflow.rulefile import builtin
from csflow.rulefile.merge import Merged, joined_event, joined_intent, joined_state
from csflow.rulefile.scope import FlowScope, axis_type, bargain_types, claim_types, deadline_types, granted_types, tag_type
from csflow.spec import MOMENTS, ActSpec, EffectSpec, EventSpec, FactSpec, IntentSpec, Located, StateSpec


@dataclass(frozen=True)
class Declared:
    """The names of a flow by kind."""

    merged: Merged
    facts: Mapping[str, FactSpec]
    intents: Mapping[str, IntentSpec]
    events: Mapping[str, EventSpec]
    states: Mapping[str, StateSpec]
    promises: frozenset[str]
    scope: FlowScope

    def names(self, section: str) -> list[str]:
        return [name for kind, name in self.merged.parts if kind == section]


def acts(merged: Merged) -> Iterator[Located]:
    """Yield every rule and every follow-up with its place."""
    for (kind, _), parts in merged.parts.items():
        if kind in ("rules", "follow_ups"):
            yield from parts


def effects(merged: Merged) -> Iterator[tuple[Located, int, EffectSpec]]:
    """Yield every effect with the rule or follow-up it belongs to and its number there."""
    for part in acts(merged):
        act: ActSpec = part.spec
        for number, effect in enumerate(act.do):
            yield part, number, effect


def declare(merged: Merged) -> Declared:
    """Return the names of a merged flow; clashes and reserved names are reported."""
    facts = dict(builtin.FACTS) | {name: parts[-1].spec for name, parts in merged.named("facts").items()}
    intents = {name: joined_intent(parts) for name, parts in merged.named("intents").items()}
    own = merged.named("events")
    events = {name: joined_event(own.get(name, []), builtin.EVENTS.get(name)) for name in dict.fromkeys([*builtin.EVENTS, *own])}
    states = {name: joined_state(parts) for name, parts in merged.named("states").items()}
    promises = frozenset(name for _, _, effect in effects(merged) for name in effect.promise or () if name != "by")
    types = _types(merged, facts)
    base = FlowScope(types, (), (), ())
    types |= {f"tags.{key}": tag_type(values) for key, values in _tags(merged, base).items()}
    _reserved(merged)
    scope = FlowScope(types, _heard(intents), states, merged.named("rules"))
    return Declared(merged, facts, intents, events, states, promises, scope)


def _heard(intents: Mapping[str, IntentSpec]) -> set[str]:
    """Return the intents and their parents, which hear their sub-intents."""
    return {name for intent in intents for name in _above(intent)}


def _above(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]


def _types(merged: Merged, facts: Mapping[str, FactSpec]) -> dict[str, Type]:
    types = {name: fact.type for name, fact in facts.items()}
    for name, fact in facts.items():
        if fact.type.kind == "claim":
            types |= claim_types(name)
    _given(merged, types)
    types |= {f"slots.{name}": parts[-1].spec.kind for name, parts in merged.named("slots").items()}
    types |= {f"type.{name}": axis_type(parts[-1].spec.evidence) for name, parts in merged.named("types").items()}
    types |= deadline_types(name for name, parts in merged.named("calls").items() if parts[-1].spec.within is not None)
    types |= granted_types(effect.grant for _, _, effect in effects(merged) if effect.grant)
    for name in merged.named("bargains"):
        types |= bargain_types(name)
    return types


def _given(merged: Merged, types: dict[str, Type]) -> None:
    """Add the facts that calls give; one that has another type already is reported."""
    for name, parts in merged.named("calls").items():
        for fact, kind in parts[-1].spec.gives.items():
            if types.setdefault(fact, kind) != kind:
                place = merged.place(parts[-1], "gives", fact)
                merged.report("type-clash", place, f"{name!r} gives {fact!r} as {kind}, but it is declared as {types[fact]}")


def _tags(merged: Merged, scope: FlowScope) -> dict[str, list[str | None]]:
    found: dict[str, list[str | None]] = {}
    for _, _, effect in effects(merged):
        for key, value in (effect.tag or {}).items():
            found.setdefault(key, []).append(None if scope.type_of(str(value)) else str(value))
    return found


def _reserved(merged: Merged) -> None:
    for (kind, name), parts in merged.parts.items():
        first = name.split(".")[0]
        taken = kind == "facts" and (first in builtin.NAMESPACES or name in builtin.SIGNALS)
        taken |= kind == "intents" and (name in MOMENTS or first in ("slots", "report"))
        if taken or (kind in ("facts", "intents", "slots", "states") and name in KEYWORDS):
            merged.report("reserved-name", _key(merged, parts[0]), f"the name {name!r} belongs to the language; choose another")


def _key(merged: Merged, part: Located) -> Place:
    return merged.key(part)
