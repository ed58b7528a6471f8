"""Conversation tests with `holds: true`: what must hold in every flow is asked of each of their turns."""

from __future__ import annotations

from collections.abc import Iterator

from csflow.errors import CsflowError, Problem
from csflow.flow import Flow
from csflow.testing.acts import Act
from csflow.testing.script import TalkSpec, TurnSpec, begins
from csflow.testing.watch import Watch


def unsound(flow: Flow, spec: TalkSpec) -> Iterator[Problem]:
    """Yield what breaks the built-in invariants in a conversation test, and whether its end leads nowhere."""
    watch = Watch(flow)
    chat = watch.start(begins(spec, flow), spec.seed)
    told = [facts for facts in ({"customer": spec.customer} if spec.customer else None, spec.facts) if facts]
    try:
        for act in (*(Act("facts", facts) for facts in told), *map(act_of, spec.turns)):
            chat.play(act)
    except CsflowError:
        return
    yield from chat.faults
    yield from watch.ended(chat)


def act_of(spec: TurnSpec) -> Act:
    """Return what happens in a turn of a test."""
    kind = next(kind for kind in ("say", "wait", "event", "staff", "facts") if getattr(spec, kind) is not None)
    return Act(kind, getattr(spec, kind), spec.facts if kind == "event" else None)
