"""The heavy checks: a solver over the conditions, and a search through all that can happen."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from csflow.check.explore import STEPS, Exploration, Tell, covered
from csflow.check.leads import led
from csflow.check.pursuit import pursued
from csflow.check.subject import Subject
from csflow.errors import Problem

LOST = ("dead-end", "leads-nowhere")


def proofs(subject: Subject, *, tell: Tell | None = None) -> Iterator[Problem]:
    """Yield what the solver decides and what the search finds; without the solver a note says what was left out."""
    if not subject.spec.lists:
        return
    if find_spec("z3") is None:
        message = (
            "conditions were compared as they are written; install csflow[prove] to have ties and limits decided by a solver"
        )
        yield Problem("missing-extra", subject.at(subject.spec.lists[0]), message, "note")
    else:
        yield from _solved(subject)
    yield from explored(subject, tell)


def explored(subject: Subject, tell: Tell | None = None) -> Iterator[Problem]:
    """Yield what goes wrong in conversations with a flow, each with a shortest script to it, and how far the search went."""
    search = searched(subject, tell=tell)
    yield from search.findings()
    yield from search.caught()
    yield from led(search)
    if not search.whole and subject.spec.lists:
        message = f"not everything that can happen was tried: the search stopped after {covered(search)}"
        yield Problem("unproved", subject.at(subject.spec.lists[0]), message, "note")


def searched(subject: Subject, steps: int = STEPS, *, tell: Tell | None = None) -> Exploration:
    """Return a search; where it says that nothing leads on from somewhere, a finer one if that comes to its end, too."""
    search = Exploration(subject, steps)
    search.run(tell)
    if search.whole and any(problem.code in LOST for problem in (*search.caught(), *led(search))):
        finer = Exploration(subject, steps, fine=True)
        finer.run(tell)
        return finer if finer.whole else search
    return search


def _solved(subject: Subject) -> Iterator[Problem]:
    from csflow.check.decided import decided
    from csflow.check.holes import holes
    from csflow.check.inner import inner
    from csflow.check.limits import limits
    from csflow.check.solver import Solver

    solver = Solver(subject)
    yield from decided(subject, solver)
    yield from inner(subject, solver)
    yield from holes(subject, solver)
    unproved = list(limits(subject, solver))
    yield from unproved
    places = {problem.place for problem in unproved}
    yield from pursued(subject, [part.spec for part in subject.spec.never if subject.at(part) in places])
