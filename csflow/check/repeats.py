"""The same words twice where a choice was meant: two variants of a reply, or two rules of one list that say the same."""

from __future__ import annotations

from collections.abc import Iterator

from csflow.check.assignment import variants
from csflow.check.subject import Subject
from csflow.errors import Place, Problem
from csflow.spec import ActSpec, Located


def repeats(subject: Subject) -> Iterator[Problem]:
    """Yield variants that a reply has already, and replies that another rule of the list has already."""
    for act, part in subject.acts:
        yield from _variants(subject, act, part)
    for listed in subject.spec.lists:
        yield from _rules(subject, listed)


def _variants(subject: Subject, act: ActSpec, part: Located) -> Iterator[Problem]:
    said: set[tuple[str, ...]] = set()
    for messages in variants(act):
        words = tuple(message.text for message in messages)
        if words in said:
            yield _problem(subject.at(part, *messages[0].path), "this variant stands here twice, so it is no choice")
        said.add(words)


def _rules(subject: Subject, listed: Located) -> Iterator[Problem]:
    said: dict[str, str] = {}
    for branch in subject.choices(listed.spec):
        words, name = repr(branch.rule.say), branch.rule.id
        if branch.rule.say and words in said:
            message = f"{name!r} says the very same as {said[words]!r}, under another condition"
            yield _problem(subject.at(branch.part, "say"), message)
        said.setdefault(words, name)


def _problem(place: Place, message: str) -> Problem:
    return Problem("same-reply", place, message, "warning")
