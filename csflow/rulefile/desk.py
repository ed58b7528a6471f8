"""What a profile says about the shop's people and what they give, held against the flow: limits of grants, who comes next."""

from __future__ import annotations

from collections.abc import Iterator

from csflow.spec import EffectSpec, FlowSpec


def effects(spec: FlowSpec) -> Iterator[EffectSpec]:
    """Yield every effect of a flow."""
    for part in spec.lists:
        for rule in part.spec.choose:
            yield from rule.do
    for part in spec.follow_ups.values():
        yield from part.spec.do


def grants(spec: FlowSpec) -> set[str]:
    """Return what a flow gives by name: grants, and bargains that are agreed."""
    return {name for effect in effects(spec) for name in (effect.grant, effect.agree) if name}


def roles(spec: FlowSpec) -> set[str]:
    """Return the roles that a flow turns to: those who decide and those who are told."""
    told = {effect.notify for effect in effects(spec) if effect.notify}
    return told | {call.by for call in spec.calls.values() if call.by}


def circle(escalation: dict[str, str]) -> str | None:
    """Return a role that comes after itself, if one does."""
    return next((role for role in escalation if role in after(role, escalation)), None)


def after(role: str, escalation: dict[str, str]) -> list[str]:
    """Return the roles that come after one, each once."""
    found: list[str] = []
    while (role := escalation.get(role, "")) and role not in found:
        found.append(role)
    return found
