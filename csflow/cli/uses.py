"""Who uses a fact, and which replies fall silent without it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from csflow.condition import implied
from csflow.spec import ActSpec, EffectSpec, FlowSpec, LineSpec, ListSpec, Variant


class Use(NamedTuple):
    """A part of a flow, the facts it reads, and those without which it never speaks."""

    name: str
    reads: frozenset[str]
    needs: frozenset[str]


def uses(spec: FlowSpec) -> Iterator[Use]:
    """Yield every rule and follow-up by its id, and the other parts as `slots.x`, `states.x`, `calls.x` …"""
    for part in spec.lists:
        listed: ListSpec = part.spec
        for rule in listed.choose:
            yield _act(spec, rule.id, rule, listed.if_)
    for name, located in spec.follow_ups.items():
        yield _act(spec, name, located.spec, located.spec.at)
    for name, texts in _others(spec):
        yield Use(name, _reads(spec, texts), frozenset())


def _act(spec: FlowSpec, name: str, act: ActSpec, guard: str | None) -> Use:
    texts = [guard, act.if_, *_texts(act.say or ()), *(text for effect in act.do for text in _effect(effect))]
    needs = _implied(spec, guard) | _implied(spec, act.if_)
    said = [_needs(spec, variant) for variant in act.say or ()]
    return Use(name, _reads(spec, texts), needs.union(frozenset.intersection(*said)) if said else needs)


def _reads(spec: FlowSpec, texts: Iterable[str | None]) -> frozenset[str]:
    found = {text for text in texts if text is not None}
    nodes = [spec.conditions[text] for text in found if text in spec.conditions]
    nodes += [node for text in found if text in spec.templates for node in spec.templates[text].nodes]
    return frozenset(name for node in nodes for name in node.names())


def _implied(spec: FlowSpec, text: str | None) -> frozenset[str]:
    return implied(spec.conditions[text]) if text is not None else frozenset()


def _needs(spec: FlowSpec, variant: Variant) -> frozenset[str]:
    """Return the facts that a variant cannot be said without; of a sequence each line is said for itself."""
    if isinstance(variant, tuple):
        return frozenset.intersection(*(_needs(spec, line) for line in variant)) if variant else frozenset()
    if isinstance(variant, LineSpec):
        return spec.templates[variant.text].needs | _implied(spec, variant.if_)
    return spec.templates[variant].needs


def _texts(say: Iterable[Variant]) -> Iterator[str | None]:
    for variant in say:
        if isinstance(variant, tuple):
            yield from _texts(variant)
        elif isinstance(variant, LineSpec):
            yield from (variant.if_, variant.text)
        else:
            yield variant


def _effect(effect: EffectSpec) -> Iterator[str | None]:
    carried: Mapping[str, object] = {**effect.with_, **(effect.promise or {}), **(effect.tag or {})}
    yield from (value for value in carried.values() if isinstance(value, str))
    yield from (ref for refs in (effect.record or {}).values() for ref in refs)
    yield effect.if_
    if effect.mail is not None:
        yield from (effect.mail.subject, effect.mail.text)


def _others(spec: FlowSpec) -> Iterator[tuple[str, list[str | None]]]:
    """Yield what is neither rule nor follow-up, with the texts in it."""
    for name, slot in spec.slots.items():
        yield f"slots.{name}", [slot.ask, slot.valid, slot.hears if isinstance(slot.hears, str) else None]
    for name, state in spec.states.items():
        yield f"states.{name}", [state.confirm, *(item.if_ for item in state.collect if not isinstance(item, str))]
    for name, call in spec.calls.items():
        yield f"calls.{name}", [call.hold, *(ref.rstrip("?") for ref in call.with_)]
    for name, bargain in spec.bargains.items():
        yield f"bargains.{name}", [bargain.list_, bargain.floor, bargain.bid, *(step.if_ for step in bargain.steps)]
    for name, axis in spec.types.items():
        yield f"types.{name}", [evidence.if_ for found in axis.evidence.values() for evidence in found]
    for part in spec.never:
        yield f"never {part.spec}", [part.spec]
