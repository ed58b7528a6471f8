"""A bot says that it is one: in its greeting, and wherever it is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from csflow.bind import below
from csflow.check.assignment import variants
from csflow.check.filled import Filler
from csflow.check.lexicon import lexicon
from csflow.check.subject import Branch, Subject
from csflow.errors import Problem
from csflow.parts import RuleList
from csflow.spec import SIDE_ROOTS

CODE, STARTED = "wording-bot", "started"


def disclosure(subject: Subject) -> Iterator[Problem]:
    """Yield the variants of a greeting, and of an answer to the question who speaks, that do not name the bot."""
    bot = lexicon(subject.spec.language).bot
    yield from undisclosed(subject, [name for name in bot.intents if name in subject.spec.intents])


def disclosed(subject: Subject) -> Iterator[Problem]:
    """Yield the same of answers to what such a question is heard as, whatever its intent is called."""
    bot, flow = lexicon(subject.spec.language).bot, subject.flow
    heard = (flow.ranked(flow.recogniser.hear(question).intents) for question in bot.asked)
    yield from undisclosed(subject, sorted({hits[0].intent for hits in heard if hits}))


def undisclosed(subject: Subject, intents: Sequence[str]) -> Iterator[Problem]:
    """Yield the variants that answer the session's start or one of some intents and do not name the bot."""
    known, filler = lexicon(subject.spec.language), Filler(subject)
    rule = known.rules[CODE]
    for branch in answers(subject, intents):
        if STARTED in branch.listed.when and not (branch.rule.say or branch.rule.ask or branch.rule.go in SIDE_ROOTS):
            message = f"{branch.rule.id!r} begins a session without a word, so nobody is greeted and no bot is named"
            yield Problem(CODE, subject.at(branch.part, "id"), message, rule.severity)
        for messages in variants(branch.rule):
            if not any(known.discloses(filler.fill(message.text).text) for message in messages):
                place = subject.at(branch.part, *messages[0].path)
                yield Problem(CODE, place, rule.message(messages[0].text), rule.severity)


def answers(subject: Subject, intents: Sequence[str]) -> Iterator[Branch]:
    """Yield the rules that answer the session's start or one of some intents, in whatever state it is heard."""
    lists = dict.fromkeys(answering(subject, "greet", STARTED))
    for intent in intents:
        for state in subject.hearing:
            lists |= dict.fromkeys(answering(subject, state, intent))
    for compiled in lists:
        yield from subject.choices(subject.lists[compiled].spec)


def answering(subject: Subject, state: str, event: str) -> Iterator[RuleList]:
    """Yield the lists that may answer an event by its name, down to the one that surely does."""
    for rank in subject.flow.ranks(state, event, message=event != STARTED):
        named = [lst for lst in rank if any(below(trigger, event) for trigger in lst.when)]
        yield from named
        if any(subject.total(subject.lists[lst].spec) for lst in named):
            return
