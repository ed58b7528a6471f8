"""Conversations that show a finding: replayed as a user would replay them, and shortened as long as they still show it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from csflow.check.alphabet import Happening
from csflow.check.judge import Judge
from csflow.conversation import Conversation
from csflow.errors import CsflowError, Problem
from csflow.events import Due, Facts, Message, Report, Result, Turn
from csflow.flow import Flow

BEGIN = datetime.datetime(2026, 11, 2, 10, 0)
SECOND = datetime.timedelta(seconds=1)
T = TypeVar("T")


def begin(flow: Flow) -> datetime.datetime:
    """Return when a replayed conversation begins: Monday 2 November 2026 at ten in the shop's time zone."""
    return BEGIN.replace(tzinfo=flow.profile.zone)


def written(path: Sequence[Happening]) -> tuple[str, ...]:
    """Return a conversation as the lines of a script."""
    return tuple(happening.line for happening in path)


def shortest(judge: Judge, flow: Flow, problem: Problem, path: list[Happening]) -> tuple[str, ...]:
    """Return the script of a conversation that shows a finding, without what it does without; nothing where none shows it."""
    if not shows(judge, flow, problem, path):
        return ()
    return written(shortened(path, lambda shorter: shows(judge, flow, problem, shorter)))


def shortened(path: list[T], still: Callable[[list[T]], bool]) -> list[T]:
    """Return a path without each part that it does without: `still` tells whether what is left shows the same."""
    at = 0
    while at < len(path):
        without = path[:at] + path[at + 1 :]
        if still(without):
            path = without
        else:
            at += 1
    return path


def shows(judge: Judge, flow: Flow, problem: Problem, path: Sequence[Happening]) -> bool:
    """Tell whether a conversation shows a finding."""
    chat = flow.start(now=begin(flow))
    try:
        return any((found.code, found.place) == (problem.code, problem.place) for found in _faults(judge, chat, path))
    except CsflowError:
        return False


def played(flow: Flow, path: Sequence[Happening]) -> Conversation | None:
    """Return a conversation after all of a path happened; None where it cannot."""
    chat = flow.start(now=begin(flow))
    try:
        for happening in path:
            _happen(chat, happening)
    except CsflowError:
        return None
    return chat


def _faults(judge: Judge, chat: Conversation, path: Sequence[Happening]) -> Iterator[Problem]:
    for happening in path:
        state = chat.state
        yield from judge.faults(_happen(chat, happening), state, happening.event)


def _happen(chat: Conversation, happening: Happening) -> Turn:
    match happening.event:
        case Message(texts):
            return chat.say(*texts)
        case Report(name, facts):
            return chat.report(name, facts)
        case Result(call, outcome, facts):
            return chat.result(call, outcome, facts)
        case Facts(facts):
            return chat.tell(facts)
        case Due():
            return chat.wait(happening.wait + SECOND)
        case _:
            raise AssertionError(happening.event)
