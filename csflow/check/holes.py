"""Gaps that a solver finds: facts under which no rule answers what a customer means."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import z3

from csflow.check.decided import holds
from csflow.check.solver import Moment, Solver
from csflow.check.subject import Subject
from csflow.errors import Problem
from csflow.spec import ListSpec


def holes(subject: Subject, solver: Solver) -> Iterator[Problem]:
    """Yield lists on an intent where facts let no rule hold, neither theirs nor another list's, with such facts."""
    for part in subject.spec.lists:
        intents = [trigger for trigger in part.spec.when if trigger in subject.spec.intents]
        found = next(
            (hole for spot in product(intents, subject.stands(part.spec)) if (hole := _hole(subject, solver, *spot))), None
        )
        if found is not None:
            yield found._replace(place=subject.at(part, "when"))


def _hole(subject: Subject, solver: Solver, intent: str, state: str) -> Problem | None:
    if state not in subject.hearing:
        return None
    ranks = subject.flow.ranks(state, intent, message=True)
    answering = [subject.lists[compiled].spec for rank in ranks for compiled in rank]
    if any(_unconditional(listed) for listed in answering):
        return None
    moment = Moment(state, intent, message=True)
    witness = solver.witness(moment, *(z3.Not(holds(solver, listed, moment)) for listed in answering))
    if witness is None:
        return None
    case = f" with {witness}" if witness.facts else ""
    message = f"{intent} is answered by no rule in {state}{case}; add a rule with `else: true`"
    return Problem("gap", subject.at(subject.spec.lists[0]), message, "warning", witness)


def _unconditional(listed: ListSpec) -> bool:
    """Tell whether some rule of a list needs no fact, though it may be spent or its question closed."""
    return listed.if_ is None and any(rule.if_ is None for rule in listed.choose)
