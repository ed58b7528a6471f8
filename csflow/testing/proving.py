"""What a solver says about a mutant: a finding that the flow has not, or that the fault changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from importlib.util import find_spec
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

from csflow.check.subject import Branch
from csflow.errors import Place, Problem
from csflow.spec import ActSpec, ListSpec
from csflow.testing.faults import Mutant
from csflow.testing.version import Version

if TYPE_CHECKING:
    from csflow.check.solver import Solver

PROVED = frozenset(
    (
        "if-dropped", "boundary-moved", "comparison-flipped", "junction-changed", "number-raised", "negation-dropped",
        "fact-swapped", "branches-swapped", "in-dropped", "max-dropped", "ask-dropped", "condition-negated",
    )
)  # fmt: skip
"""The faults that the solver may see: those in what decides whether a rule fires."""


class Changed(NamedTuple):
    """A condition that a fault changed, in which branch, and what holds wherever it is judged."""

    branch: Branch
    within: tuple[str | None, ...]
    was: str | None
    now: str | None


class Prover:
    """Asks the solver about versions of one flow; without the solver it knows nothing."""

    def __init__(self, version: Version) -> None:
        self.version, self.able = version, find_spec("z3") is not None

    def finding(self, mutant: Mutant, version: Version) -> str:
        """Return what the solver finds about the rules that a fault touches, and not in the flow itself."""
        if mutant.kind not in PROVED or not self.able:
            return ""
        found = list(_decided(version, mutant))
        return new(found, Counter(problem.code for problem in _decided(self.version, mutant))) if found else ""

    def same(self, mutant: Mutant, version: Version) -> str:
        """Say why a fault is proved to change nothing; nothing where it is not."""
        if not self.able:
            return ""
        if mutant.kind == "branches-swapped" and self._apart(mutant):
            return "the two conditions never hold together"
        if mutant.kind == "never-dropped" and mutant.place not in self.unproved:
            return "it is proved without this line that no rule breaks it"
        changed = list(self._changed(mutant, version))
        if changed and None not in changed and self._equal(version, [one for one in changed if one]):
            return "wherever the condition is judged it comes out the same"
        return ""

    @cached_property
    def unproved(self) -> frozenset[Place]:
        """Where the `never:` lines stand that some rule may break; the others hold by induction over the rules alone."""
        from csflow.check.limits import limits

        return frozenset(problem.place for problem in limits(self.version, self.solver))

    def _apart(self, mutant: Mutant) -> bool:
        """Tell whether two neighbours never hold together."""
        both = [branch for branch in self.version.branches if branch.rule.id in mutant.was.split(", ")]
        texts = [both[0].listed.if_, *(branch.rule.if_ for branch in both)]
        return not any("in_state" in (text or "") for text in texts) and self._never(self.solver, both[0], texts, [])

    def _never(self, solver: Solver, branch: Branch, texts: Sequence[str | None], formulas: Sequence[Any]) -> bool:
        """Tell whether conditions and formulas never hold together on what a list answers."""
        from csflow.check.solver import Moment

        subject = self.version
        triggers = [subject.flow.trigger(trigger) for trigger in branch.listed.when]
        moments = [Moment("", trigger, subject.message(trigger)) for trigger in triggers]
        held = [solver.truth(text, moments[0]).yes for text in texts]
        return all(solver.witness(moment, *held, *formulas) is None for moment in moments)

    @cached_property
    def solver(self) -> Solver:
        """The solver over the flow as it is."""
        from csflow.check.solver import Solver

        return Solver(self.version)

    def _changed(self, mutant: Mutant, version: Version) -> Iterator[Changed | None]:
        """Yield the conditions that a fault changed; None for what cannot be compared."""
        others = {branch.rule.id: branch for branch in version.branches}
        for branch in self.version.branches:
            other = others.get(branch.rule.id)
            if branch.rule.id in mutant.touches and other is not None:
                yield from _compared(branch, other)

    def _equal(self, version: Version, changed: Sequence[Changed]) -> bool:
        import z3

        from csflow.check.solver import NOWHERE, Solver

        conditions = {**self.version.spec.conditions, **version.spec.conditions}
        both = Version(replace(version.spec, conditions=conditions), version.profile, version.flow, version.files)
        solver = Solver(both)
        for one in changed:
            if any("in_state" in (text or "") for text in one[1:][0] + one[2:]):
                return False
            was, now = (solver.truth(text, NOWHERE).yes for text in (one.was, one.now))
            earlier = [e for e in self.version.choices(one.branch.listed) if e.number < one.branch.number and e.lasting]
            passed = [z3.Not(solver.truth(e.rule.if_, NOWHERE).yes) for e in earlier if "in_state" not in (e.rule.if_ or "")]
            asked = _open(solver, one.branch)
            if not self._never(solver, one.branch, one.within, [*passed, *asked, z3.Xor(was, now)]):
                return False
        return True


def _open(solver: Solver, branch: Branch) -> Iterator[Any]:
    """Yield what holds where a rule with a question may fire: its slot is not known."""
    import z3

    if branch.rule.ask is not None:
        spec = solver.subject.spec.slots[branch.rule.ask]
        yield z3.Not(solver.fact(f"slots.{branch.rule.ask}", spec.kind).known)


def _compared(branch: Branch, other: Branch) -> Iterator[Changed | None]:
    """Yield the conditions in which two versions of a rule differ."""
    listed = (branch.listed.if_, other.listed.if_)
    if listed[0] != listed[1]:
        yield Changed(branch, (branch.rule.if_,), *listed)
    if branch.rule.if_ != other.rule.if_:
        yield Changed(branch, (branch.listed.if_,), branch.rule.if_, other.rule.if_)
    for was, now in zip_longest(_inner(branch.rule), _inner(other.rule)):
        if was != now:
            comparable = was and now and was[0] == now[0] and (was[0] != "say" or (was[1] and now[1]))
            yield Changed(branch, (branch.listed.if_, branch.rule.if_), was[1], now[1]) if comparable else None


def _inner(act: ActSpec) -> Iterator[tuple[str, str | None]]:
    """Yield the conditions of what a rule does and says, with where each stands."""
    for effect in act.do:
        yield "do", effect.if_
    for variant in act.say or ():
        lines = variant if isinstance(variant, tuple) else (variant,)
        yield from (("say", None if isinstance(line, str) else line.if_) for line in lines)


def _decided(version: Version, mutant: Mutant) -> Iterator[Problem]:
    from csflow.check.decided import decided
    from csflow.check.solver import Solver

    def about(listed: ListSpec) -> bool:
        return any(rule.id in mutant.touches for rule in listed.choose)

    return decided(version, Solver(version), about)


def new(found: Sequence[Problem], known: Counter[str]) -> str:
    """Return the first finding whose code is found more often than before."""
    more = Counter(problem.code for problem in found) - known
    return next((str(problem) for problem in found if problem.code in more), "")
