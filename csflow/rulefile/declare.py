"""What a merged flow declares: its parts joined, the built-in ones added, and the scope of its conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from csflow.condition import COUNT, DURATION, KEYWORDS, Type
from csflow.rulefile import builtin
from csflow.rulefile.merge import Key, Merged
from csflow.rulefile.scope import FlowScope, axis_type, bargain_types, claim_types, tag_type
from csflow.spec import MOMENTS, ActSpec, EffectSpec, EventSpec, FactSpec, IntentSpec, Located, StateSpec


@dataclass(frozen=True)
class Declared:
    """The names of a flow by kind."""

    merged: Merged
    facts: Mapping[str, FactSpec]
    intents: Mapping[str, IntentSpec]
    words: Mapping[str, tuple[str, ...]]
    events: Mapping[str, EventSpec]
    states: Mapping[str, StateSpec]
    promises: frozenset[str]
    scope: FlowScope


def acts(merged: Merged) -> Iterator[Located]:
    """Yield every rule and every follow-up."""
    for (kind, _), parts in merged.parts.items():
        if kind in ("rules", "follow_ups"):
            yield from parts


def effects(merged: Merged) -> Iterator[tuple[Located, int, EffectSpec]]:
    """Yield every effect with the rule or follow-up that it belongs to and its number there."""
    for part in acts(merged):
        act: ActSpec = part.spec
        for number, effect in enumerate(act.do):
            yield part, number, effect


def declare(merged: Merged) -> Declared:
    """Return what a merged flow declares; clashes and reserved names are reported."""
    _check_reserved(merged)
    facts = dict(builtin.FACTS) | {name: parts[-1].spec for name, parts in merged.named("facts").items()}
    intents = {name: _intent(parts) for name, parts in merged.named("intents").items()}
    words = {
        name: tuple(dict.fromkeys(word for part in parts for word in part.spec)) for name, parts in merged.named("words").items()
    }
    own = merged.named("events")
    events = {name: _event(own.get(name, []), builtin.EVENTS.get(name)) for name in dict.fromkeys([*builtin.EVENTS, *own])}
    states = {name: _state(parts) for name, parts in merged.named("states").items()}
    promises = frozenset(name for _, _, effect in effects(merged) for name in effect.promise or () if name != "by")
    types = _types(merged, facts)
    types |= {f"tags.{key}": tag_type(values) for key, values in _tags(merged, types).items()}
    heard = {above for name in intents for above in _upwards(name)}
    fired = [*merged.named("rules"), *merged.named("follow_ups")]
    return Declared(merged, facts, intents, words, events, states, promises, FlowScope(types, heard, states, fired))


def _upwards(name: str) -> list[str]:
    """Return a dotted name and its parents; a parent intent hears its sub-intents."""
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]


def _intent(parts: list[Located]) -> IntentSpec:
    lists = {key: _union(parts, key) for key in ("examples", "phrases", "excluded", "yields_to")}
    title = next((part.spec.title for part in parts if part.spec.title), None)
    return IntentSpec().model_copy(update={**lists, "title": title})


def _event(parts: list[Located], own: EventSpec | None) -> EventSpec:
    sets = dict(own.sets) if own else {}
    for part in parts:
        sets.update(part.spec.sets)
    return EventSpec(brings=_union(parts, "brings"), sets=sets)


def _state(parts: list[Located]) -> StateSpec:
    return next((part.spec for part in parts if part.spec != StateSpec()), StateSpec())


def _union(parts: list[Located], key: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for part in parts for text in getattr(part.spec, key)))


def _types(merged: Merged, facts: Mapping[str, FactSpec]) -> dict[str, Type]:
    types = {name: fact.type for name, fact in facts.items()}
    for name, kind in [*types.items()]:
        types |= claim_types(name) if kind.kind == "claim" else {}
    for name, parts in merged.named("calls").items():
        for fact, kind in parts[-1].spec.gives.items():
            _add(merged, types, fact, kind, parts[-1], "gives", fact)
        if parts[-1].spec.within is not None:
            types[f"calls.{name}.within"] = DURATION
    for name, parts in merged.named("bargains").items():
        for fact, kind in bargain_types(name).items():
            _add(merged, types, fact, kind, parts[-1])
    types |= {f"slots.{name}": parts[-1].spec.kind for name, parts in merged.named("slots").items()}
    types |= {f"type.{name}": axis_type(parts[-1].spec.evidence) for name, parts in merged.named("types").items()}
    types |= {f"granted.{effect.grant}": COUNT for _, _, effect in effects(merged) if effect.grant}
    return types


def _add(merged: Merged, types: dict[str, Type], fact: str, kind: Type, part: Located, *path: str) -> None:
    """Add a fact that a call or a bargain brings; one that has another type already is reported."""
    if types.setdefault(fact, kind) != kind:
        message = f"{part.path[-1]!r} gives {fact!r} as {kind}, but it is declared as {types[fact]}"
        merged.report("type-clash", merged.key(part, *path), message)


def _tags(merged: Merged, types: Mapping[str, Type]) -> dict[str, list[str | None]]:
    found: dict[str, list[str | None]] = {}
    for _, _, effect in effects(merged):
        for key, value in (effect.tag or {}).items():
            found.setdefault(key, []).append(None if str(value) in types else str(value))
    return found


def _check_reserved(merged: Merged) -> None:
    for key, parts in merged.parts.items():
        for part in parts:
            if why := _reserved(key, part):
                merged.report("reserved-name", merged.key(part), f"{key[1]!r}: {why}")


def _reserved(key: Key, part: Located) -> str:
    """Return why a part may not have its name, or nothing."""
    kind, name = key
    space = name.partition(".")[0]
    if name in KEYWORDS:
        return "this is a word of the conditions"
    if kind == "intents" and (name in MOMENTS or space in ("slots", "report")):
        return "`when` reads this as something else than an intent"
    if kind != "facts":
        return ""
    if space in builtin.NAMESPACES or name in builtin.SIGNALS:
        return "the language gives this fact itself"
    if (part.spec.type.kind == "claim") != (space == "claims"):
        return "claims, and only claims, stand under `claims.`"
    if name in builtin.FACTS and part.spec.type != builtin.FACTS[name].type:
        return f"this fact is built in as {builtin.FACTS[name].type}"
    return ""
