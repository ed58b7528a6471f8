"""What a solver decides about the conditions inside rules, of variants and effects, and of follow-ups, steps and questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from csflow.check.assignment import variants
from csflow.check.decided import fires, moments
from csflow.check.solver import NOWHERE, Moment, Solver, Term
from csflow.check.subject import Step, Subject
from csflow.errors import Problem
from csflow.spec import ActSpec, Located


class Inner(NamedTuple):
    """A condition inside a part of a flow, with what it decides."""

    text: str
    path: tuple[Step, ...]
    what: str


def inner(subject: Subject, solver: Solver) -> Iterator[Problem]:
    """Yield conditions of variants, effects, follow-ups, bargain steps and collected slots that never hold."""
    for branch in subject.branches:
        conditions = list(within(branch.rule))
        if conditions:
            cases = [(moment, fires(solver, branch, moment)) for moment in moments(subject, branch.listed)]
            yield from _dead(subject, solver, branch.part, conditions, cases)
    for name, part in subject.spec.follow_ups.items():
        yield from _follow_up(subject, solver, name, part)
    yield from _dead_parts(subject, solver)


def within(act: ActSpec) -> Iterator[Inner]:
    """Yield the conditions of an act's variants, messages and effects."""
    spoken = (message for messages in variants(act) for message in messages)
    yield from (Inner(line.if_, (*_line(line.path), "if"), "this is said") for line in spoken if line.if_)
    yield from (Inner(effect.if_, ("do", at, "if"), "this is done") for at, effect in enumerate(act.do) if effect.if_)


def _line(path: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return where the line stands that a text belongs to."""
    return path[:-1] if path[-1] == "text" else path


def _follow_up(subject: Subject, solver: Solver, name: str, part: Located) -> Iterator[Problem]:
    states = subject.inside(part.spec.in_) if part.spec.in_ else tuple(subject.reached)
    spots = [Moment(state, part.spec.since or "", message=False) for state in states]
    spots = spots if "in_state" in str(part.spec.if_) else spots[:1]
    cases = [(spot, solver.truth(part.spec.if_, spot).yes) for spot in spots]
    if part.spec.if_ and cases and not any(solver.witness(spot, holds) for spot, holds in cases):
        message = f"the conditions of {name!r} contradict each other: it is never sent"
        yield Problem("never-true", subject.at(part, "if"), message)
    else:
        yield from _dead(subject, solver, part, within(part.spec), cases)


def _dead_parts(subject: Subject, solver: Solver) -> Iterator[Problem]:
    nowhere: list[tuple[Moment, Term]] = [(NOWHERE, solver.truth(None, NOWHERE).yes)]
    for name, bargain in subject.spec.bargains.items():
        steps = (Inner(step.if_, ("steps", at, "if"), "this step is taken") for at, step in enumerate(bargain.steps) if step.if_)
        yield from _dead(subject, solver, subject.spec.parts["bargains", name], steps, nowhere)
    for name, state in subject.spec.states.items():
        moment = Moment(name, "", message=False)
        asked = ((at, item.if_) for at, item in enumerate(state.collect) if not isinstance(item, str) and item.if_)
        slots = (Inner(text, ("collect", at, "if"), "this is asked") for at, text in asked)
        there = [(moment, solver.truth(None, moment).yes)]
        yield from _dead(subject, solver, subject.spec.parts["states", name], slots, there)


def _dead(
    subject: Subject, solver: Solver, part: Located, conditions: Iterable[Inner], cases: list[tuple[Moment, Term]]
) -> Iterator[Problem]:
    """Yield the conditions that hold in none of the cases in which they are judged."""
    if not any(solver.witness(moment, holds) for moment, holds in cases):
        return
    for text, path, what in conditions:
        if not any(solver.witness(moment, holds, solver.truth(text, moment).yes) for moment, holds in cases):
            message = f"this condition never holds here, so {what} in no case"
            yield Problem("never-true", subject.at(part, *path), message)
