"""Several findings of one fault made into one, with the best case that shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from csflow.check.subject import Subject
from csflow.errors import Place, Problem, Witness

SHOWS: Mapping[str, tuple[str, ...]] = {
    "unsayable-reply": ("missing-fact-in-reply", "no-plain-variant"),
    "dead-end": ("trap-state",),
    "unlimited-grant": ("limit-broken",),
}


def folded(subject: Subject, problems: Iterable[Problem]) -> Iterable[Problem]:
    """Return the findings; of several about the same at one place one, and no symptom beside its cause in the same rule."""
    best: dict[tuple[str, Place, str], Problem] = {}
    for problem in problems:
        key = _key(problem)
        best[key] = _joined(best[key], problem) if key in best else problem
    for symptom in list(best.values()):
        causes = list(_causes(subject, symptom, best.values()))
        best |= {_key(cause): _joined(cause, symptom) for cause in causes}
        if causes:
            del best[_key(symptom)]
    return _without_weaker(best.values())


def _without_weaker(found: Iterable[Problem]) -> Iterable[Problem]:
    """Return the findings without notes that say less about a place than a warning of the same code there."""
    found = list(found)
    told = {(problem.code, problem.place) for problem in found if problem.severity != "note"}
    return (problem for problem in found if problem.severity != "note" or (problem.code, problem.place) not in told)


def _key(problem: Problem) -> tuple[str, Place, str]:
    return problem.code, problem.place, problem.severity


def _causes(subject: Subject, symptom: Problem, found: Iterable[Problem]) -> Iterator[Problem]:
    codes = SHOWS.get(symptom.code, ())
    holder = subject.holder(symptom.place) if codes else None
    return (problem for problem in found if problem.code in codes and subject.holder(problem.place) == holder)


def _joined(one: Problem, two: Problem) -> Problem:
    """Return the first finding with the facts and the script of both; of two of a kind the one whose message tells facts."""
    first, second = one.witness or Witness(), two.witness or Witness()
    told = two if second.facts and not first.facts and one.code == two.code else one
    witness = Witness(first.facts or second.facts, first.script or second.script)
    return told._replace(witness=witness if witness != Witness() else None)
