"""What a solver decides about conditions: rules that can never fire, conditions that always hold, lists that can tie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, product

import z3

from csflow.check.solver import Moment, Solver, Term, Truth
from csflow.check.subject import Branch, Subject
from csflow.errors import Problem
from csflow.parts import RuleList
from csflow.spec import ListSpec

Pair = tuple[RuleList, RuleList]


def decided(subject: Subject, solver: Solver, about: Callable[[ListSpec], bool] = lambda _: True) -> Iterator[Problem]:
    """Yield what the solver finds about rules and lists; `about` says which lists are asked about."""
    found = _Decisions(subject, solver)
    for part in subject.spec.lists:
        if about(part.spec):
            yield from found.branches(part.spec)
    yield from found.ties(about)


def moments(subject: Subject, listed: ListSpec) -> list[Moment]:
    """Return the moments at which a list is judged: one for each state it stands in and each of its events."""
    triggers = [subject.flow.trigger(trigger) for trigger in listed.when]
    return [
        Moment(state, trigger, subject.message(trigger))
        for trigger in triggers
        for state in subject.stands(listed)
        if subject.occurs(trigger, state, listed)
    ]


def fires(solver: Solver, branch: Branch, moment: Moment) -> Term:
    """Return when a rule's list and its own condition hold."""
    return z3.And(solver.truth(branch.listed.if_, moment).yes, solver.truth(branch.rule.if_, moment).yes)


def holds(solver: Solver, listed: ListSpec, moment: Moment) -> Term:
    """Return when some rule of a list holds."""
    rules = [solver.truth(rule.if_, moment).yes for rule in listed.choose]
    return z3.And(solver.truth(listed.if_, moment).yes, z3.Or(*rules))


class _Decisions:
    """Asks the solver about one flow."""

    def __init__(self, subject: Subject, solver: Solver) -> None:
        self.subject, self.solver = subject, solver

    def branches(self, listed: ListSpec) -> Iterator[Problem]:
        """Yield the rules of a list that never hold, never get their turn, or have a condition that says nothing."""
        judged = moments(self.subject, listed)
        passed: list[Branch] = []
        for branch in self.subject.choices(listed):
            if judged:
                yield from self.branch(branch, passed, judged)
            passed.append(branch)

    def branch(self, branch: Branch, passed: list[Branch], moments: list[Moment]) -> Iterator[Problem]:
        name = branch.rule.id
        if not any(self.solver.witness(m, self.fires(branch, m)) for m in moments):
            message = f"the conditions of {name!r} contradict each other: it can never fire"
            yield Problem("never-true", self.subject.at(branch.part, "if" if branch.rule.if_ else "id"), message)
        elif not any(self.solver.witness(m, self.fires(branch, m), *self.passes(passed, m)) for m in moments):
            message = f"{name!r} can never fire: {self.thief(branch, passed, moments)}"
            yield Problem("never-reached", self.subject.at(branch.part, "id"), message)
        elif branch.rule.if_ and not any(self.solver.witness(m, self.open(branch, m), *self.passes(passed, m)) for m in moments):
            message = f"where {name!r} is judged its condition always holds; write `else: true`"
            yield Problem("always-true", self.subject.at(branch.part, "if"), message, "warning")

    def thief(self, branch: Branch, passed: list[Branch], moments: list[Moment]) -> str:
        """Say which earlier rule takes a rule's turn, if a single one does."""
        for earlier in passed:
            if not any(self.solver.witness(m, self.fires(branch, m), *self.passes([earlier], m)) for m in moments):
                return f"{earlier.rule.id!r} before it holds whenever it would"
        return "one of the rules before it holds whenever it would"

    def fires(self, branch: Branch, moment: Moment) -> Term:
        """Return when a rule's list and its own condition hold."""
        return fires(self.solver, branch, moment)

    def open(self, branch: Branch, moment: Moment) -> object:
        """Return when a rule's list holds but its own condition does not."""
        own: Truth = self.solver.truth(branch.rule.if_, moment)
        return z3.And(self.solver.truth(branch.listed.if_, moment).yes, z3.Not(own.yes))

    def passes(self, earlier: list[Branch], moment: Moment) -> list[object]:
        """Return when none of the lasting earlier rules holds."""
        return [z3.Not(self.solver.truth(e.rule.if_, moment).yes) for e in earlier if e.lasting]

    def ties(self, about: Callable[[ListSpec], bool]) -> Iterator[Problem]:
        """Yield the pairs of lists that can answer the same event in the same rank."""
        for pair, moments in self.pairs().items():
            one, two = (self.subject.lists[compiled].spec for compiled in pair)
            if not (about(one) or about(two)):
                continue
            both = ((m, holds(self.solver, one, m), holds(self.solver, two, m)) for m in moments)
            moment = next((m for m, first, second in both if self.solver.witness(m, first, second)), None)
            if moment is not None:
                yield self.tie(one, two, moment)

    def pairs(self) -> dict[Pair, list[Moment]]:
        """Return the pairs of lists that share a rank, each with the moments at which they do."""
        found: dict[Pair, list[Moment]] = {}
        for trigger in dict.fromkeys(self.subject.flow.trigger(t) for part in self.subject.spec.lists for t in part.spec.when):
            for state in sorted(self.subject.reached):
                moment = Moment(state, trigger, self.subject.message(trigger))
                for rank in self.subject.flow.ranks(state, trigger, message=moment.message):
                    judged = [lst for lst in rank if self.subject.occurs(trigger, state, self.subject.lists[lst].spec)]
                    for pair in combinations(judged, 2):
                        found.setdefault(pair, []).append(moment)
        return found

    def tie(self, one: ListSpec, two: ListSpec, moment: Moment) -> Problem:
        """Return the finding about two lists that tie: the first two rules that do, and a case in which they do."""
        cases = (
            (first, second, self.solver.witness(moment, self.fires(first, moment), self.fires(second, moment)))
            for first, second in product(self.subject.choices(one), self.subject.choices(two))
        )
        first, second, witness = next(case for case in cases if case[2])
        place = self.subject.at(first.part, "id")
        case = f", for example with {witness}" if witness and witness.facts else ""
        message = f"{second.rule.id!r} can tie with {first.rule.id!r} ({place}) on {moment.trigger} in {moment.state}{case}"
        return Problem("tie", self.subject.at(second.part, "id"), f"{message}; put both into one `choose`", witness=witness)
