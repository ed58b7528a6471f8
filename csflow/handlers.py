"""What a flow asks of its host, against the functions that the host has: calls, mails and notices that nobody handles."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping

from csflow.errors import Place, Problem, hint
from csflow.spec import ActSpec, CallSpec, EffectSpec, FlowSpec, Located

Action = Callable[..., object]
DELIVERED = ("mail", "notify")
"""Effects that are no calls, and yet need somebody who delivers them."""


def handled(spec: FlowSpec, actions: Mapping[str, Action | None]) -> list[Problem]:
    """Return what is wrong between a flow and the functions of its host, by place.

    `actions` are functions by the name of the call that they serve, or None for one of which only the name is known; `mail` and
    `notify` name whoever delivers those. A call without `by` that none serves is a warning, for its result may be reported
    otherwise, and so is a mail or notice that nobody delivers; a name that the flow does not know and a function that cannot
    take what the flow gives it are errors.
    """
    found = (*_unknown(spec, actions), *_unhandled(spec, actions), *_arguments(spec, actions))
    return sorted(found, key=lambda problem: (problem.place, problem.code, problem.message))


def _unknown(spec: FlowSpec, actions: Mapping[str, Action | None]) -> Iterator[Problem]:
    known = (*spec.calls, *DELIVERED)
    for name in actions.keys() - set(known):
        place = Place(spec.lists[0].file if spec.lists else spec.name, 1, 1)
        yield Problem("action-unknown", place, f"the flow has no call {name!r}{hint(name, known)}")


def _unhandled(spec: FlowSpec, actions: Mapping[str, Action | None]) -> Iterator[Problem]:
    made = {effect.call for _, _, effect in _effects(spec)}
    for name, call in spec.calls.items():
        if not call.by and name not in actions and (call.read or name in made):
            part = spec.parts["calls", name]
            message = f"no action serves the call {name!r}; give one, or have its result reported"
            yield Problem("call-unhandled", spec.source(part.file).key(*part.path), message, "warning")
    for kind in DELIVERED:
        first = next(((part, at) for part, at, effect in _effects(spec) if effect.kind == kind), None)
        if first and kind not in actions:
            part, at = first
            message = f"nobody delivers what `{kind}` sends; name {kind!r} among the actions"
            yield Problem("call-unhandled", spec.place(part, "do", at), message, "warning")


def _arguments(spec: FlowSpec, actions: Mapping[str, Action | None]) -> Iterator[Problem]:
    for part, at, effect in _effects(spec):
        action = actions.get(effect.call or "")
        if action is not None:
            why = refused(action, _given(spec.calls[str(effect.call)], effect))
            if why:
                place = spec.place(part, "do", at)
                yield Problem("action-arguments", place, f"the action for {effect.call!r} {why}")
    for name, call in spec.calls.items():
        action = actions.get(name) if call.read else None
        why = refused(action, _given(call)) if action else ""
        if why:
            part = spec.parts["calls", name]
            yield Problem("action-arguments", spec.source(part.file).key(*part.path), f"the action for {name!r} {why}")


def refused(action: Action, given: frozenset[str]) -> str:
    """Say why a function cannot be called with these keywords; nothing where it can, or where its signature is not known."""
    try:
        taken = inspect.signature(action).parameters.values()
    except (TypeError, ValueError):
        return ""
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in taken):
        extra = frozenset[str]()
    else:
        extra = given - {parameter.name for parameter in taken if parameter.kind is not parameter.POSITIONAL_ONLY}
    asked = {parameter.name for parameter in taken if parameter.default is parameter.empty and not _collects(parameter)}
    lacking = sorted(asked - given)
    said = [f"is given {', '.join(sorted(extra))}, which it does not take; add them, or `**values`"] if extra else []
    said += [f"needs {', '.join(lacking)}, which the flow does not give"] if lacking else []
    return " and ".join(said)


def _collects(parameter: inspect.Parameter) -> bool:
    return parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)


def _given(call: CallSpec, effect: EffectSpec | None = None) -> frozenset[str]:
    """Return the keywords that a call gives to its function."""
    return frozenset(ref.rstrip("?") for ref in call.with_) | frozenset(effect.with_ if effect else ())


def _effects(spec: FlowSpec) -> Iterator[tuple[Located, int, EffectSpec]]:
    acts: list[tuple[ActSpec, Located]] = [
        (rule, spec.parts["rules", rule.id]) for part in spec.lists for rule in part.spec.choose
    ]
    acts += [(part.spec, part) for part in spec.follow_ups.values()]
    for act, part in acts:
        yield from ((part, at, effect) for at, effect in enumerate(act.do))
