"""Conditions as formulas of a solver: what can hold together, and under which facts. Only this module and `decided` know z3.

A condition is true, false or unknown, so each becomes two formulas: when it is surely true and when surely false. Every fact
has a value and a flag that says whether it is known. Money, counts, durations and dates are whole numbers, words are numbers
of a table, texts and maps are functions of which nothing is assumed.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import z3

from csflow.bind import below, matches
from csflow.check.knowledge import ALWAYS, SURE, Knowledge
from csflow.check.subject import Subject
from csflow.condition import DAY, FLAG, Node, Type
from csflow.errors import Witness
from csflow.rulefile.scope import bargain_types
from csflow.values import write_value

Term = Any
MAX_MILLISECONDS = 2000
FIRST_DAY, LAST_DAY = datetime.date(2020, 1, 1).toordinal(), datetime.date(2039, 12, 31).toordinal()
COUNTED = {"count", "money", "duration"}
ARITHMETIC: Mapping[str, Callable[[Term, Term], Term]] = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b, "+": lambda a, b: a + b, "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
}  # fmt: skip


class Truth(NamedTuple):
    """When a condition is surely true, and when surely false; neither is unknown."""

    yes: Term
    no: Term


class Value(NamedTuple):
    """A value and when it is known."""

    term: Term
    known: Term


class Moment(NamedTuple):
    """Where and on what a condition is judged: the state, the event, and whether a customer's message caused it."""

    state: str
    trigger: str
    message: bool


NOWHERE = Moment("", "", message=False)


class Solver:
    """Asks whether conditions of one flow can hold together."""

    def __init__(self, subject: Subject) -> None:
        self.subject, self.knowledge = subject, Knowledge(subject)
        self.words: dict[str, int] = {"some text": 0}
        self.facts: dict[str, tuple[Type, Value]] = {}
        self.counts: dict[str, Term] = {}
        self.domain: list[Term] = []
        self._truths: dict[tuple[str, str], Truth] = {}
        self._witnesses: dict[tuple[str, tuple[int, ...]], Witness | None] = {}
        self._kept: list[tuple[Term, ...]] = []
        self._names: dict[int, tuple[Term, frozenset[str]]] = {}
        self._solvers: dict[frozenset[int], z3.Solver] = {}

    @cached_property
    def background(self) -> Mapping[str, list[Term]]:
        """What always holds, by each name with all that hangs together with it; every condition of the flow is read first."""
        for text, node in self.subject.spec.conditions.items():
            if node.type == FLAG:
                self.truth(text, NOWHERE)
        for bargain in self.subject.spec.bargains:
            for fact, kind in bargain_types(bargain).items():
                self.fact(fact, kind)
        laws = [self.truth(part.spec, NOWHERE).yes for part in self.subject.spec.never if _timeless(self.subject, part.spec)]
        return self.together((*self.domain, *self.axioms(), *self.bargaining(), *(z3.Not(law) for law in laws)))

    def about(self, names: Iterable[str]) -> z3.Solver:
        """Return a solver that knows what always holds of some names."""
        groups = {id(found): found for name in names if (found := self.background.get(name)) is not None}
        key = frozenset(groups)
        if key not in self._solvers:
            solver = self._solvers[key] = z3.Solver()
            solver.set("timeout", MAX_MILLISECONDS)
            for found in groups.values():
                solver.add(*found)
        return self._solvers[key]

    def witness(self, moment: Moment, *formulas: Term) -> Witness | None:
        """Return facts under which all formulas hold at a moment; None where there surely are none."""
        key = (moment.trigger, tuple(formula.get_id() for formula in formulas))
        if key not in self._witnesses:
            self._kept.append(formulas)  # the solver gives the number of a forgotten formula to another one
            self._witnesses[key] = self._ask(moment, formulas)
        return self._witnesses[key]

    def _ask(self, moment: Moment, formulas: tuple[Term, ...]) -> Witness | None:
        self.background  # noqa: B018 - it reads every condition, so that what an event brings has its terms
        asked = (*formulas, *self.circumstances(moment))
        solver = self.about(set[str]().union(*map(self.names, asked)))
        solver.push()
        try:
            solver.add(*asked)
            verdict = solver.check()
            if verdict == z3.unsat:
                return None
            shown = set[str]().union(*map(self.names, formulas))
            return Witness(tuple(self._told(solver.model(), shown))) if verdict == z3.sat else Witness()
        finally:
            solver.pop()

    def together(self, terms: Iterable[Term]) -> dict[str, list[Term]]:
        """Return for each name the list of all terms that hang together with it by the names they share."""
        groups: dict[str, list[Term]] = {}
        for term in terms:
            names = self.names(term)
            joined = [term]
            for found in {id(groups[name]): groups[name] for name in names if name in groups}.values():
                joined += found
                groups.update((name, joined) for other in found for name in self.names(other))
            groups.update(dict.fromkeys(names, joined))
        return groups

    def names(self, term: Term) -> frozenset[str]:
        """Return the free names of a term."""
        number = term.get_id()
        if number not in self._names:
            own = [term.decl().name()] if term.decl().kind() == z3.Z3_OP_UNINTERPRETED else []
            self._names[number] = term, frozenset(own).union(*map(self.names, term.children()))
        return self._names[number][1]

    def truth(self, text: str | None, moment: Moment) -> Truth:
        """Return when the condition with this text is surely true and surely false in a state; None is no condition."""
        if text is None:
            return Truth(z3.BoolVal(True), z3.BoolVal(False))
        key = (text, moment.state if "in_state" in text else "")
        if key not in self._truths:
            self._truths[key] = self._truth(self.subject.node(text), moment.state)
        return self._truths[key]

    def judged(self, node: Node, moment: Moment) -> Truth:
        """Return when a condition is surely true and surely false in a state."""
        return self._truth(node, moment.state)

    def value(self, text: str) -> Value:
        """Return the value of an expression of the flow."""
        return self._value(self.subject.node(text), "")

    def _truth(self, node: Node, state: str) -> Truth:
        if node.op in ("and", "or"):
            parts = [self._truth(arg, state) for arg in node.args]
            both, either = (z3.And, z3.Or) if node.op == "and" else (z3.Or, z3.And)
            return Truth(both(*(part.yes for part in parts)), either(*(part.no for part in parts)))
        if node.op == "not":
            inner = self._truth(node.args[0], state)
            return Truth(inner.no, inner.yes)
        if node.op == "in_state":
            return _certain(below(node.value, state))
        if node.op == "known":
            known = self._value(node.args[0], state).known
            return Truth(known, z3.Not(known))
        value = self._value(node, state)
        return Truth(z3.And(value.known, value.term), z3.And(value.known, z3.Not(value.term)))

    def _value(self, node: Node, state: str) -> Value:
        if node.op in ("and", "or", "not", "known", "in_state"):
            truth = self._truth(node, state)
            return Value(truth.yes, z3.Or(truth.yes, truth.no))
        reader = getattr(self, f"_{node.op}", None)
        if reader is not None:
            found: Value = reader(node)
            return found
        values = [self._value(arg, state) for arg in node.args]
        return Value(self._apply(node, [value.term for value in values]), z3.And(*(value.known for value in values)))

    def _apply(self, node: Node, terms: list[Term]) -> Term:
        if node.op in ARITHMETIC:
            return ARITHMETIC[node.op](*terms)
        if node.op == "neg":
            return -terms[0]
        if node.op == "days":
            return terms[0] / DAY
        if node.op == "between":
            return (terms[0] - terms[1]) * DAY
        if node.op == "shift":
            days = terms[1] / DAY
            return terms[0] + days if node.value == "+" else terms[0] - days
        return z3.Function("workdays", z3.IntSort(), z3.IntSort())(terms[0])

    def _const(self, node: Node) -> Value:
        return Value(self.constant(node.value), z3.BoolVal(node.value is not None))

    def constant(self, value: Any) -> Term:
        """Return the term of a constant; a word is its number."""
        if isinstance(value, bool):
            return z3.BoolVal(value)
        if isinstance(value, datetime.date):
            return z3.IntVal(value.toordinal())
        if isinstance(value, str):
            return z3.IntVal(self.words.setdefault(value, len(self.words)))
        return z3.IntVal(value or 0)

    def _ref(self, node: Node) -> Value:
        return self.fact(node.value, node.type)

    def fact(self, name: str, kind: Type) -> Value:
        """Return the term of a fact."""
        if name not in self.facts:
            self.facts[name] = (kind, self._fact(name, kind))
        return self.facts[name][1]

    def _fact(self, name: str, kind: Type) -> Value:
        known = z3.BoolVal(True) if self.always(name) else z3.Bool(f"known {name}")
        if kind.kind == "flag":
            return Value(z3.Bool(name), known)
        term = z3.Int(name)
        if kind.kind == "enum":
            self.domain.append(z3.Or(*(term == self.constant(word) for word in kind.values)))
        elif kind.kind == "date":
            self.domain += [term >= FIRST_DAY, term <= LAST_DAY]
        elif kind.kind in COUNTED:
            self.domain.append(term >= 0)
        return Value(term, known)

    def always(self, name: str) -> bool:
        """Tell whether a fact is known in every conversation."""
        return name in self.knowledge.base or name in SURE or name.startswith(ALWAYS)

    def _item(self, node: Node) -> Value:
        table, key = node.args
        name, at = str(table.value), self._value(key, "")
        sort = z3.BoolSort() if node.type.kind == "flag" else z3.IntSort()
        entry = z3.Function(name, z3.IntSort(), sort)(at.term)
        listed = z3.Function(f"known {name}", z3.IntSort(), z3.BoolSort())(at.term)
        return Value(entry, z3.And(at.known, listed, self._ref(table).known))

    def _among(self, node: Node) -> Value:
        left, texts = node.args
        value = self._value(left, "")
        inside = z3.Function(f"in {texts.value}", z3.IntSort(), z3.BoolSort())(value.term)
        return Value(inside, z3.And(value.known, self._ref(texts).known))

    def _times(self, node: Node) -> Value:
        return Value(self.heard(node.value), z3.BoolVal(True))

    def heard(self, intent: str) -> Term:
        """Return how often an intent or one below it was heard."""
        names = [name for name in self.subject.spec.intents if below(intent, name)]
        return z3.Sum([self._count(f"times({name})") for name in names])

    def _used(self, node: Node) -> Value:
        ids = [name for name in self._fired if matches(node.value, name)]
        return Value(z3.Sum([self._count(f"used({name})", self._fired[name]) for name in ids]), z3.BoolVal(True))

    @cached_property
    def _fired(self) -> Mapping[str, int | None]:
        rules = {branch.rule.id: branch.rule.max for branch in self.subject.branches}
        return rules | {name: part.spec.max for name, part in self.subject.spec.follow_ups.items()}

    def _count(self, name: str, most: int | None = None) -> Term:
        if name not in self.counts:
            self.counts[name] = term = z3.Int(name)
            self.domain += [term >= 0, *([term <= most] if most is not None else [])]
        return self.counts[name]

    def circumstances(self, moment: Moment) -> Iterator[Term]:
        """Yield what surely holds when an event is judged: what it brings, and that it happened."""
        brought = self.knowledge.brought(moment.trigger)
        for name in brought & self.facts.keys():
            yield self.facts[name][1].known
        if moment.message and moment.trigger in self.subject.flow.spec.intents:
            yield self.heard(moment.trigger) >= 1
        event = self.subject.spec.events.get(moment.trigger.removeprefix("report."))
        for name, value in (event.sets if event and moment.trigger.startswith("report.") else {}).items():
            if name in self.facts:
                yield self.facts[name][1].term == self.constant(value)

    def axioms(self) -> Iterator[Term]:
        """Yield what holds of facts that go together: those of a bargain, of a claim, of the focus."""
        for name in list(self.facts):
            follows = self.knowledge.closed(frozenset([name])) - {name}
            yield from (
                z3.Implies(self.facts[name][1].known, self.facts[other][1].known) for other in follows & self.facts.keys()
            )

    def bargaining(self) -> Iterator[Term]:
        """Yield what the engine keeps to: no offer, step or taken bid under the floor, where the list price is not."""
        for name, spec in self.subject.spec.bargains.items():
            floor, listed, bid = (self.value(text) for text in (spec.floor, spec.list_, spec.bid))
            offer, following, takes = (self.facts[f"{name}.{fact}"][1] for fact in ("offer", "next", "takes"))
            yield z3.Implies(z3.And(floor.known, listed.known), listed.term >= floor.term)
            yield z3.Implies(z3.And(floor.known, offer.known), offer.term >= floor.term)
            yield z3.Implies(following.known, z3.And(floor.known, following.term >= floor.term, following.term <= offer.term))
            yield z3.Implies(z3.And(takes.known, takes.term), z3.And(floor.known, bid.known, bid.term >= floor.term))

    def _told(self, model: Term, shown: set[str]) -> Iterator[tuple[str, str]]:
        texts = {number: word for word, number in self.words.items()}
        for name, (kind, value) in self.facts.items():
            if name in shown or f"known {name}" in shown:
                known = z3.is_true(model.eval(value.known, model_completion=True))
                yield name, "unknown" if not known else self._shown(model, kind, value.term, texts) if name in shown else "known"
        for name, term in self.counts.items():
            if name in shown and (count := model.eval(term, model_completion=True).as_long()):
                yield name, str(count)

    def _shown(self, model: Term, kind: Type, term: Term, texts: Mapping[int, str]) -> str:
        return self._written(kind, model.eval(term, model_completion=True), texts)

    def _written(self, kind: Type, term: Term, texts: Mapping[int, str]) -> str:
        if kind.kind == "flag":
            return str(z3.is_true(term)).lower()
        number = term.as_long()
        if kind.kind == "date":
            return datetime.date.fromordinal(number).isoformat()
        if kind.kind in ("money", "count", "duration"):
            return str(write_value(kind, number))
        return texts.get(number, "something else")


def _certain(value: bool) -> Truth:
    return Truth(z3.BoolVal(value), z3.BoolVal(not value))


def _timeless(subject: Subject, text: str) -> bool:
    """Tell whether a `never:` line says the same in every state."""
    return all(node.op != "in_state" for node in subject.node(text).walk())
