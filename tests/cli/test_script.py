from __future__ import annotations

import datetime
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import csflow
from csflow.cli.script import Line, play, read_line, read_lines
from csflow.errors import LoadError, Place

PLACE = Place("talk.jsonl", 1, 1)

LINES = {
    "plain text is what the customer says": ("能包邮吗", "say", ["能包邮吗"]),
    "a JSON list is text like any other": ('["在吗"]', "say", ['["在吗"]']),
    "one text": ('{"say": "在吗"}', "say", ["在吗"]),
    "a burst": ('{"say": ["在吗", "有货吗"]}', "say", ["在吗", "有货吗"]),
    "time": ('{"wait": "2d"}', "wait", "2d"),
    "facts": ('{"facts": {"order": {"total": "1.00"}}}', "facts", {"order": {"total": "1.00"}}),
    "a report": ('{"event": "paid"}', "event", "paid"),
    "a person of the shop": ('{"staff": "give_back"}', "staff", "give_back"),
}

BAD_LINES = {
    "not JSON": ('{"say": }', 9, "not JSON"),
    "cut off": ('{"say": "在吗"', 13, "not JSON"),
    "no kind": ("{}", 1, "one of say, wait"),
    "only unknown keys": ('{"sya": "在吗"}', 1, "one of say, wait"),
    "a mistyped second key": ('{"event": "paid", "fact": {}}', 19, "did you mean 'facts'"),
    "two kinds": ('{"say": "在吗", "wait": "2d"}', 15, "does not go with 'say'"),
    "facts beside a message": ('{"say": "在吗", "facts": {}}', 15, "does not go with 'say'"),
    "a key twice": ('{"say": "a", "say": "b"}', 1, "twice"),
    "say a number": ('{"say": 5}', 2, "a text or a list of texts"),
    "say nothing": ('{"say": []}', 2, "a text or a list of texts"),
    "say a list of numbers": ('{"say": ["a", 5]}', 2, "a text or a list of texts"),
    "wait a number": ('{"wait": 2}', 2, "takes a text"),
    "event a list": ('{"event": ["paid"]}', 2, "takes a text"),
    "staff null": ('{"staff": null}', 2, "takes a text"),
    "facts a list": ('{"facts": []}', 2, "takes an object"),
    "facts of an event a text": ('{"event": "paid", "facts": "a"}', 19, "takes an object"),
    "not a number": ('{"facts": {"a": NaN}}', 1, "NaN is no number"),
    "nested too deeply": ('{"facts": ' + '{"a":' * 50_000 + "1" + "}" * 50_001, 1, "not JSON"),
    "a number of 5000 digits": ('{"facts": {"a": ' + "9" * 5000 + "}}", 1, "not JSON"),
}

BAD_HAPPENINGS = {
    "an unknown report": ('{"event": "payd"}', 11, "did you mean 'paid'"),
    "an unknown outcome": ('{"event": "paid.denied"}', 11, "no event 'paid.denied'"),
    "no duration": ('{"wait": "2 days"}', 10, "is not a duration"),
    "a negative duration": ('{"wait": "-2d"}', 10, "duration"),
    "too long a time": ('{"wait": "9999999999y"}', 10, "duration"),
    "past the calendar's end": ('{"wait": "100y"}', 10, "wait:"),
    "an unknown fact": ('{"facts": {"order": {"totl": "1.00"}}}', 22, "did you mean 'order.total'"),
    "money as a float": ('{"facts": {"order": {"total": 2.5}}}', 22, "is not money"),
    "no map": ('{"facts": {"order": 5}}', 12, "is not a map"),
    "a wrong fact beside a report": ('{"event": "ordered", "facts": {"order": {"total": "x"}}}', 42, "is not money"),
    "an unknown act": ('{"staff": "go_home"}', 11, "no event 'go_home'"),
}


@pytest.fixture(scope="module")
def flow(small: str) -> csflow.Flow:
    return csflow.load(small)


@pytest.mark.parametrize(("text", "kind", "value"), LINES.values(), ids=LINES)
def test_a_line_is_text_or_one_object(text: str, kind: str, value: Any) -> None:
    """A line of a script is read as the one thing that happens."""
    line = read_line(text, PLACE)
    assert (line.kind, line.value) == (kind, value)


@pytest.mark.parametrize(("text", "col", "why"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_is_refused_at_its_column(text: str, col: int, why: str) -> None:
    """A line that is no such object is refused, with the column of what is wrong."""
    with pytest.raises(LoadError) as caught:
        read_line(text, PLACE)
    (problem,) = caught.value.problems
    assert (problem.code, problem.place) == ("bad-script", Place("talk.jsonl", 1, col))
    assert why in problem.message


@pytest.mark.parametrize(("text", "col", "why"), BAD_HAPPENINGS.values(), ids=BAD_HAPPENINGS)
def test_what_the_flow_does_not_know_is_refused_at_its_column(flow: csflow.Flow, text: str, col: int, why: str) -> None:
    """An event, fact or time that the flow cannot take is refused where it stands, and the conversation stays as it was."""
    now = datetime.datetime(9950, 1, 1, tzinfo=datetime.UTC)
    conversation = flow.start(now=now)
    before = conversation.snapshot
    with pytest.raises(LoadError) as caught:
        play(conversation, read_line(text, PLACE))
    (problem,) = caught.value.problems
    assert (problem.code, problem.place) == ("bad-script", Place("talk.jsonl", 1, col))
    assert why in problem.message
    assert conversation.snapshot == before


def test_empty_lines_are_passed_over_and_counted() -> None:
    """Places count every line of the file; a byte order mark and blanks around a line are no part of it."""
    lines = list(read_lines(["\ufeff在吗\n", "\n", "  \t\n", '  {"wait": "1d"}\n'], "x"))
    assert [(line.kind, line.place) for line in lines] == [("say", Place("x", 1, 1)), ("wait", Place("x", 4, 3))]


def test_lone_surrogates_do_not_reach_the_flow() -> None:
    """What no terminal and no database takes is replaced at the door, also where JSON hides it."""
    assert next(read_lines(["a\ud800b"], "x")).value == ["a?b"]


@given(st.text(max_size=40))
def test_whatever_a_line_says_is_read_back(text: str) -> None:
    """Any text that JSON can hold is what the customer says."""
    assert read_line(json.dumps({"say": text}), PLACE).value == [text]


@given(st.text(max_size=60))
def test_any_line_is_read_or_refused(text: str) -> None:
    """Whatever stands in a line, it is read or it is a bad-script; nothing else comes out."""
    with suppress(LoadError):
        assert isinstance(read_line(text, PLACE), Line)
