"""What is legal in a flow but wrong: dead ends, ties, replies that lack a fact, parts that nothing uses."""

from __future__ import annotations

from collections.abc import Iterable

from csflow.check.assignment import replies
from csflow.check.calls import promised
from csflow.check.disclosure import disclosure
from csflow.check.hijacked import hijacked
from csflow.check.overlap import overlaps
from csflow.check.proofs import proofs
from csflow.check.structure import structure
from csflow.check.subject import Subject
from csflow.check.usage import usage
from csflow.check.waivers import Waivers
from csflow.check.wording import wording
from csflow.errors import Place, Problem, Witness
from csflow.spec import FlowSpec, Profile

__all__ = ["check"]

CHECKS = (structure, overlaps, usage, promised, replies, hijacked, wording, disclosure)


def check(spec: FlowSpec, profile: Profile, *, prove: bool = True) -> list[Problem]:
    """Return every finding about a flow that loaded, by its place; `severity` is error, warning or note.

    A comment `# csflow: allow CODE because REASON` on the line of a finding, or on the line above, waives it. `prove` asks
    for the heavy checks too, the solver's and the search's, which take seconds for a flow of hundreds of rules.
    """
    subject = Subject(spec, profile)
    waivers = Waivers(subject.texts())
    looks = (*CHECKS, proofs) if prove else CHECKS
    found = _best(problem for look in looks for problem in look(subject) if not waivers.allow(problem))
    return sorted((*found, *waivers.bare()), key=lambda p: (p.place, p.code, p.message))


def _best(problems: Iterable[Problem]) -> Iterable[Problem]:
    """Return the findings, of several about the same at one place the one with the best witness."""
    best: dict[tuple[str, Place], Problem] = {}
    for problem in problems:
        key = (problem.code, problem.place)
        best[key] = _joined(best[key], problem) if key in best else problem
    return best.values()


def _joined(one: Problem, two: Problem) -> Problem:
    """Return one finding with the facts and the script of both."""
    first, second = one.witness or Witness(), two.witness or Witness()
    told = two if second.facts and not first.facts else one
    witness = Witness(first.facts or second.facts, first.script or second.script)
    return told._replace(witness=witness if witness != Witness() else None)
