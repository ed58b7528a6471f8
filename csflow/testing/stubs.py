"""Stubs of a flow's calls: what the host answers in a test, written down as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from csflow.spec import OUTCOMES


class Answer(NamedTuple):
    """How a call ends, with the facts that it gives."""

    outcome: str
    facts: Mapping[str, Any] | None = None


class StubError(Exception):
    """The call of a test fails on purpose."""


class Stub:
    """A host's function that gives written answers in turn, the last one for good; `given` holds what it was called with."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self.answers = tuple(answers)
        self.given: list[Mapping[str, Any]] = []

    def __call__(self, **values: Any) -> Mapping[str, Any] | bool | None:
        answer = self.answers[min(len(self.given), len(self.answers) - 1)]
        self.given.append(values)
        if answer.outcome == "failed":
            raise StubError
        return False if answer.outcome == "denied" else answer.facts


def read_answers(value: object) -> tuple[Answer, ...]:
    """Read `{stock.count: 3}`, `done`, `denied`, `failed`, or a list of these.

    Raises:
        ValueError: it is none of these.
    """
    answers = tuple(map(_answer, value if isinstance(value, list) else [value]))
    if not answers:
        raise ValueError("the list is empty; something must stand in it")
    return answers


def _answer(value: object) -> Answer:
    if isinstance(value, dict):
        return Answer("done", value)
    if value not in OUTCOMES:
        raise ValueError(f"{value!r} is no answer of a call; write the facts it gives, or {', '.join(OUTCOMES)}")
    return Answer(str(value))
