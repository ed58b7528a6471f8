"""`never:` lines by induction: a rule that fires where a line holds must leave it holding.

A line that no rule can break is proved, for conversations of any length. What cannot be proved is said so, with the facts
under which a rule would break it; at run time such a rule is undone and the turn falls back.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import z3

from csflow.check.solver import NOWHERE, Moment, Solver, Term, Value
from csflow.check.subject import Subject
from csflow.condition import Node
from csflow.errors import Problem, Witness
from csflow.spec import ActSpec, EffectSpec, Located

Changes = list[tuple[Term, Term]]


def limits(subject: Subject, solver: Solver) -> Iterator[Problem]:
    """Yield the `never:` lines that some rule may break, one finding a line."""
    proof = _Induction(subject, solver)
    for part in subject.spec.never:
        broken = next(proof.breaks(subject.node(part.spec)), None)
        if broken is None:
            yield from _loose(subject, proof, part)
        else:
            rule, witness = broken
            case = f", for example with {witness}" if witness.facts else ""
            message = f"not proved: {rule!r} may break this{case}; it is then undone"
            yield Problem("unproved", subject.at(part), message, "note", witness)


def _loose(subject: Subject, proof: _Induction, part: Located) -> Iterator[Problem]:
    """Yield a proved line about a counter that would be proved with the next lower number too: it limits nothing."""
    node = subject.node(part.spec)
    counter = node.op == ">" and (node.args[0].op == "used" or str(node.args[0].value).startswith("granted."))
    if counter and node.args[1].op == "const" and node.args[1].value > 0:
        most = node.args[1].value - 1
        tighter = node._replace(args=(node.args[0], node.args[1]._replace(value=most)))
        if next(proof.breaks(tighter), None) is None:
            message = f"the rules keep to {most} by themselves, so this line limits nothing; write down the limit that is meant"
            yield Problem("loose-limit", subject.at(part), message, "warning")


class _Induction:
    """Looks for rules that lead from where a line holds to where it does not."""

    def __init__(self, subject: Subject, solver: Solver) -> None:
        self.subject, self.solver = subject, solver

    def breaks(self, never: Node) -> Iterator[tuple[str, Witness]]:
        """Yield the rules that may break a line, each with facts under which it does."""
        for name, act, moments, conditions in self.acts:
            changes = self.changes(name, act)
            strict = any(effect.grant or effect.offer or effect.agree or effect.tag for effect in act.do)
            for moment in moments if changes else ():
                line = self.solver.judged(never, moment)
                kept = line.no if strict else z3.Not(line.yes)
                after = z3.substitute(kept, *changes)
                if after.eq(kept):
                    break
                holds = [*self._may_fire(name, act), *(self.solver.truth(text, moment).yes for text in conditions)]
                witness = self.solver.witness(moment, *holds, z3.Not(line.yes), z3.Not(after))
                if witness is not None:
                    yield name, witness
                    break

    @cached_property
    def acts(self) -> list[tuple[str, ActSpec, list[Moment], tuple[str | None, ...]]]:
        """Every rule and follow-up with its moments and its conditions."""
        return list(self._acts())

    def _acts(self) -> Iterator[tuple[str, ActSpec, list[Moment], tuple[str | None, ...]]]:
        for branch in self.subject.branches:
            listed, rule = branch.listed, branch.rule
            triggers = [self.subject.flow.trigger(trigger) for trigger in listed.when]
            states = self.subject.stands(listed) if "in_state" in f"{listed.if_} {rule.if_}" else self.subject.stands(listed)[:1]
            moments = [Moment(state, trigger, self.subject.message(trigger)) for trigger in triggers for state in states]
            yield rule.id, rule, moments, (listed.if_, rule.if_)
        for name, part in self.subject.spec.follow_ups.items():
            yield name, part.spec, [NOWHERE], (part.spec.if_,)

    def _may_fire(self, name: str, act: ActSpec) -> Iterator[Term]:
        used = self.solver.counts.get(f"used({name})")
        if used is not None and act.max is not None:
            yield used < act.max

    def changes(self, name: str, act: ActSpec) -> Changes:
        """Return which terms firing a rule replaces, by what."""
        found: Changes = []
        used = self.solver.counts.get(f"used({name})")
        if used is not None:
            found.append((used, used + 1))
        for effect in act.do:
            found += self._effect(effect)
        return found

    def _effect(self, effect: EffectSpec) -> Iterator[tuple[Term, Term]]:
        applies = self.solver.truth(effect.if_, NOWHERE).yes
        if (granted := self._fact(f"granted.{effect.grant}")) is not None:
            yield granted.term, z3.If(applies, granted.term + 1, granted.term)
        for key, value in (effect.tag or {}).items():
            tag = self._fact(f"tags.{key}")
            if tag is not None and str(value) not in self.solver.facts:
                yield tag.term, z3.If(applies, self.solver.constant(str(value)), tag.term)
        if effect.offer:
            yield from self._replace(effect.offer, "offer", self._fact(f"{effect.offer}.next"))
        if effect.agree:
            yield from self._replace(effect.agree, "agreed", self._agreed(effect.agree))

    def _replace(self, bargain: str, fact: str, value: Value | None) -> Iterator[tuple[Term, Term]]:
        old = self._fact(f"{bargain}.{fact}")
        if old is not None and value is not None:
            yield old.term, value.term
            yield old.known, value.known

    def _agreed(self, bargain: str) -> Value | None:
        """Return what is agreed: the bid where it is taken, never above the standing offer."""
        offer, takes = self._fact(f"{bargain}.offer"), self._fact(f"{bargain}.takes")
        bid = self.solver.value(self.subject.spec.bargains[bargain].bid)
        if offer is None or takes is None:
            return offer
        taken = z3.And(takes.known, takes.term, bid.known, bid.term < offer.term)
        return Value(z3.If(taken, bid.term, offer.term), offer.known)

    def _fact(self, name: str) -> Value | None:
        found = self.solver.facts.get(name)
        return found[1] if found else None
