"""Replies that may lack a fact: every text that must be said needs all of its placeholders surely known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from csflow.check.atoms import Atom
from csflow.check.knowledge import Facts, Knowledge
from csflow.check.subject import Step, Subject
from csflow.condition import known_terms, spelled
from csflow.errors import Problem
from csflow.spec import ActSpec, EffectSpec, LineSpec, Located, RuleSpec

OPENED = re.compile(r"\{\{")


class Spoken(NamedTuple):
    """A text with its path in a part and its own condition."""

    text: str
    path: tuple[Step, ...]
    if_: str | None = None


def replies(subject: Subject) -> Iterator[Problem]:
    """Yield the replies, mails and questions that may lack a fact, at the placeholder."""
    knowledge = Knowledge(subject)
    check = _Texts(subject, knowledge)
    for branch in subject.branches:
        yield from check.act(branch.rule, branch.part, knowledge.of_rule(branch), subject.needs(branch))
    for part in subject.spec.follow_ups.values():
        yield from check.act(part.spec, part, knowledge.of_follow_up(part.spec), subject.atoms(part.spec.if_))
    yield from check.states()
    yield from check.holds()


def variants(act: ActSpec) -> Iterator[tuple[Spoken, ...]]:
    """Yield the variants of a reply, each with its messages."""
    for number, item in enumerate(act.say or ()):
        if isinstance(item, tuple):
            yield tuple(_spoken(line, "say", number, inner) for inner, line in enumerate(item))
        else:
            yield (_spoken(item, "say", number),)


def _spoken(line: str | LineSpec, *path: Step) -> Spoken:
    return Spoken(line, path) if isinstance(line, str) else Spoken(line.text, (*path, "text"), line.if_)


class _Texts:
    """Checks the texts of a flow one by one."""

    def __init__(self, subject: Subject, knowledge: Knowledge) -> None:
        self.subject, self.knowledge, self.templates = subject, knowledge, subject.spec.templates

    def act(self, act: ActSpec, part: Located, known: Facts, guards: frozenset[Atom]) -> Iterator[Problem]:
        plain = [messages for messages in variants(act) if any(self.surely(message, guards) for message in messages)]
        if act.say and not plain:
            message = "every variant has a condition, so there may be nothing to say; add one without"
            yield Problem("no-plain-variant", self.subject.at(part, "say"), message)
        lacking = [next(self.lacking(messages, part, known), None) for messages in plain]
        if lacking and None not in lacking:
            yield next(problem for problem in lacking if problem)
        yield from self.asked(act, part, known)
        for number, effect in enumerate(act.do):
            yield from self.deadline(number, effect, part, known)
            if effect.mail is not None:
                texts = (("subject", effect.mail.subject), ("text", effect.mail.text))
                messages = tuple(Spoken(text, ("do", number, "mail", key), effect.if_) for key, text in texts)
                yield from self.lacking(messages, part, known)

    def deadline(self, number: int, effect: EffectSpec, part: Located, known: Facts) -> Iterator[Problem]:
        """Check that the deadline of a promise is known; where it is not, nothing can be promised and the rule is undone."""
        if effect.promise is None or not isinstance(effect.promise["by"], str):
            return
        there = self.knowledge.closed(known | self.knowledge.implied(effect.if_))
        lacks = self.knowledge.lacks(known_terms(self.subject.node(effect.promise["by"])), there)
        if lacks:
            message = f"{min(lacks)} may be unknown here, and without a deadline nothing is promised; test it in `if:`"
            yield Problem("unknown-deadline", self.subject.at(part, "do", number, "promise", "by"), message)

    def surely(self, message: Spoken, guards: frozenset[Atom]) -> bool:
        """Tell whether a message has no condition, or one that the rule's own conditions include."""
        return message.if_ is None or self.subject.atoms(message.if_) <= guards

    def lacking(self, messages: tuple[Spoken, ...], part: Located, known: Facts) -> Iterator[Problem]:
        """Yield a finding for each message that may lack a fact."""
        for message in messages:
            there = self.knowledge.closed(known | self.knowledge.implied(message.if_))
            yield from self.text(message.text, part, message.path, there)

    def text(self, text: str, part: Located, path: tuple[Step, ...], known: Facts, where: str = "here") -> Iterator[Problem]:
        """Yield a finding at the first placeholder whose fact may be unknown."""
        for opened, node in zip(OPENED.finditer(text), self.templates[text].nodes, strict=True):
            lacks = self.knowledge.lacks(known_terms(node), known)
            if lacks:
                first = next((inner for inner in node.walk() if spelled(inner) in lacks), node)
                place = self.subject.spot(part, path, opened.end() + first.col)
                message = f"{spelled(first)} may be unknown {where}; test it in `if:`, or add a variant without it"
                yield Problem("missing-fact-in-reply", place, message)
                return

    def asked(self, act: ActSpec, part: Located, known: Facts) -> Iterator[Problem]:
        """Check the question that an act asks."""
        question = self.subject.spec.slots[act.ask].ask if act.ask else None
        if act.ask and question:
            name = act.id if isinstance(act, RuleSpec) else part.path[-1]
            slot = self.subject.spec.parts["slots", act.ask]
            yield from self.text(question, slot, ("ask",), known, f"where {name} asks")

    def states(self) -> Iterator[Problem]:
        """Check what states ask and sum up by themselves; a summary knows what the state collects."""
        parts, base = self.subject.spec.parts, self.knowledge.base
        for name, state in self.subject.spec.states.items():
            slots = [item if isinstance(item, str) else item.slot for item in state.collect]
            for slot in slots:
                question = self.subject.spec.slots[slot].ask or ""
                yield from self.text(question, parts["slots", slot], ("ask",), base, f"where {name} collects it")
            if state.confirm is not None:
                collected = base | {f"slots.{slot}" for slot in slots}
                yield from self.text(state.confirm, parts["states", name], ("confirm",), collected)

    def holds(self) -> Iterator[Problem]:
        """Check what is said while a call takes long."""
        for name, call in self.subject.spec.calls.items():
            if call.hold:
                yield from self.text(call.hold, self.subject.spec.parts["calls", name], ("hold",), self.knowledge.of_call(name))
