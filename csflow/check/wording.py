"""Wording: what replies and the profile's own texts must not say to customers, and a bot that does not say it is one."""

from __future__ import annotations

from collections.abc import Iterator

from csflow.bind import below
from csflow.check.filled import Filled, Filler
from csflow.check.lexicon import Finding, WordingRule, lexicon
from csflow.check.said import Fact, Said, facts, texts
from csflow.check.subject import Subject
from csflow.errors import Place, Problem

CONTACT, LENGTH, ADVERT = "wording-contact", "wording-length", "wording-advert"


def wording(subject: Subject) -> Iterator[Problem]:
    """Yield what the rules of the flow's language find in every text that a customer may read; no legal advice."""
    check = _Wording(subject)
    for said in texts(subject):
        yield from check.said(said)
    for fact in facts(subject):
        yield from check.fact(fact)


class _Wording:
    """Looks at the texts of a flow one by one."""

    def __init__(self, subject: Subject) -> None:
        self.subject, self.filler, self.lexicon = subject, Filler(subject), lexicon(subject.spec.language)
        self.limits = subject.profile.limits

    def said(self, said: Said) -> Iterator[Problem]:
        """Look at a text with its placeholders filled; what a fact says by itself is looked at in the profile."""
        filled = self.filler.fill(said.text)
        reads = said.reads | self.filler.names(said.text)
        for finding in self.lexicon.find(filled.text, whole=said.whole):
            if _concerns(finding, said, filled) and self.applies(finding.rule, reads):
                yield _problem(finding, filled.text, self.place(said, filled.origin[finding.start]))
        if said.chat and len(filled.text) > self.limits.message:
            rule = self.lexicon.rules[LENGTH]
            place, size = self.subject.at(said.part, *said.path), f"{len(filled.text)} of {self.limits.message} characters"
            yield Problem(rule.code, place, rule.message(size), rule.severity)

    def place(self, said: Said, letter: int) -> Place:
        """Return where a letter stands; in a text of several lines where it starts, for only there a comment may waive it."""
        start, place = self.subject.at(said.part, *said.path), self.subject.spot(said.part, said.path, letter)
        return place if place.line == start.line else start

    def fact(self, fact: Fact) -> Iterator[Problem]:
        """Look at a text of the profile; its figures stand where they belong."""
        source = self.subject.source(self.subject.profile.file or "")
        for finding in self.lexicon.find(fact.text):
            if not finding.rule.typed and finding.rule.code != ADVERT and self.applies(finding.rule, frozenset([fact.name])):
                yield _problem(finding, fact.text, source.spot(fact.path, finding.start))

    def applies(self, rule: WordingRule, reads: frozenset[str]) -> bool:
        """Tell whether a rule holds for this shop and for a text that reads these facts."""
        if rule.code == CONTACT and self.limits.contact != "platform":
            return False
        return not any(below(proof, name) for proof in rule.proved_by for name in reads)


def _concerns(finding: Finding, said: Said, filled: Filled) -> bool:
    """Tell whether a find is about a text: advertising where nobody asked for it, whoever wrote it; else what was typed."""
    if finding.rule.code == ADVERT:
        return said.unasked
    typed = filled.typed[finding.start : finding.end]
    return any(typed) and (all(typed) or not finding.rule.typed)


def _problem(finding: Finding, text: str, place: Place) -> Problem:
    rule = finding.rule
    return Problem(rule.code, place, rule.message(text[finding.start : finding.end]), rule.severity)
