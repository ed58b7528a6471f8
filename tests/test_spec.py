"""The models of the rule language: short forms, readers of short texts, and what is refused."""

from __future__ import annotations

import contextlib
import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from csflow.condition import COUNT, MONEY, TEXT, Type
from csflow.notation import ENTITY_TYPES, FACT_TYPES, Window, read_duration, read_percent, read_window
from csflow.spec import (
    EffectSpec,
    FactSpec,
    FileSpec,
    FollowUpSpec,
    IntentSpec,
    LineSpec,
    ListSpec,
    RuleSpec,
    SlotSpec,
    StateSpec,
    TypeSpec,
)

DURATIONS = [("30s", 30), ("20m", 1200), ("2h", 7200), ("0d", 0), ("1w", 604800), ("1y", 31536000)]
PERCENTS = [("3%", 300), ("2.5%", 250), ("0.25%", 25), ("100%", 10000), ("0%", 0)]
NINE, FIVE = datetime.time(9), datetime.time(17)
WINDOWS = [
    ("mon-fri 09:00-17:00", Window(frozenset(range(5)), NINE, FIVE)),
    ("tue 09:00-17:00", Window(frozenset({1}), NINE, FIVE)),
    ("sat-mon 09:00-17:00", Window(frozenset({5, 6, 0}), NINE, FIVE)),
    ("mon-sun 09:00-24:00", Window(frozenset(range(7)), NINE, datetime.time(0))),
]


@pytest.mark.parametrize(("text", "seconds"), DURATIONS)
def test_durations(text: str, seconds: int) -> None:
    """A duration is read as seconds."""
    assert read_duration(text) == seconds


@pytest.mark.parametrize(("text", "points"), PERCENTS)
def test_percentages(text: str, points: int) -> None:
    """A percentage is read as hundredths of a percent."""
    assert read_percent(text) == points


@pytest.mark.parametrize(("text", "window"), WINDOWS)
def test_windows(text: str, window: Window) -> None:
    """A window has weekdays, also over the weekend, and two times; 24:00 is the end of the day."""
    assert read_window(text) == window


@pytest.mark.parametrize("read", [read_duration, read_percent, read_window])
@given(
    text=st.text(max_size=12)
    | st.none()
    | st.integers()
    | st.from_regex(r"[0-9]{1,12}[a-z%]|mon-[a-z]{3} \d\d:\d\d-\d\d:\d\d", fullmatch=True)
)
def test_other_texts_are_refused(read: Any, text: object) -> None:
    """Any value is read, or refused in the way that models report."""
    with contextlib.suppress(PydanticCustomError):
        assert read(text) is not None


def test_a_fact_in_short_form() -> None:
    """A type alone is a fact."""
    assert FactSpec.model_validate("money") == FactSpec(type=MONEY)
    assert FactSpec.model_validate(["a", "b"]).type == Type("enum", ("a", "b"))
    assert FactSpec.model_validate({"text": "count"}).type == Type("map", of=COUNT)
    assert FactSpec.model_validate({"type": {"text": "count"}, "secret": True}).secret


def test_the_type_that_conditions_see_of_a_slot() -> None:
    """An entity type is a fact's type with its own way of being heard."""
    assert SlotSpec.model_validate({"type": "length_cm"}).kind == COUNT
    assert SlotSpec.model_validate({"type": "region"}).kind == TEXT
    assert SlotSpec.model_validate({"type": ["a", "b"]}).kind == Type("enum", ("a", "b"))
    assert set(ENTITY_TYPES.values()) <= set(FACT_TYPES.values())


def test_one_for_a_list_of_one() -> None:
    """A single text or line stands for a list of one; a list inside `say` is a sequence."""
    assert IntentSpec.model_validate({"examples": "x"}).examples == ("x",)
    assert ListSpec.model_validate({"when": "paid", "choose": [{"id": "a"}]}).when == ("paid",)
    line = LineSpec(text="x")
    for say, expected in (("x", ("x",)), ({"text": "x"}, (line,)), (["x", ["y", {"text": "x"}]], ("x", ("y", line))), ([], ())):
        assert RuleSpec.model_validate({"id": "a", "say": say}).say == expected


def test_keys_that_python_reserves() -> None:
    """`if`, `in`, `with`, `not` and `else` are read under their names in the language only."""
    assert RuleSpec.model_validate({"id": "a", "if": "x"}).if_ == "x"
    assert RuleSpec.model_validate({"id": "a", "else": True}).else_ is True
    with pytest.raises(ValidationError):
        RuleSpec.model_validate({"id": "a", "if_": "x"})


def test_the_words_of_an_axis() -> None:
    """All but `sure` and `lead` are words with their evidence."""
    axis = TypeSpec.model_validate({"sure": 3, "calm": [{"if": "x", "score": 1}]})
    assert (axis.sure, axis.lead, list(axis.evidence)) == (3, 1, ["calm"])


def test_the_kind_of_an_effect() -> None:
    """An effect is exactly one of ten."""
    assert EffectSpec.model_validate({"grant": "gift", "if": "x"}).kind == "grant"
    assert EffectSpec.model_validate({"tag": {"a": 1, "b": "c"}}).kind == "tag"


STARTS = [({"since": "paid", "after": "1d"}, True), ({"since": "paid", "every": "1d"}, True), ({"at": "today"}, True),
          ({}, False), ({"since": "paid"}, False),
          ({"after": "1d"}, False), ({"since": "paid", "after": "1d", "every": "1d"}, False),
          ({"at": "today", "since": "paid"}, False), ({"at": "today", "after": "1d"}, False)]  # fmt: skip


@pytest.mark.parametrize(("start", "good"), STARTS)
def test_a_follow_up_has_one_start(start: dict[str, str], good: bool) -> None:
    """It waits for a date, or for a time after something."""
    if good:
        assert FollowUpSpec.model_validate({**start, "say": "x"}).say == ("x",)
    else:
        with pytest.raises(ValidationError, match="a follow-up has"):
            FollowUpSpec.model_validate({**start, "say": "x"})


def test_models_are_frozen_and_strict() -> None:
    """Nothing is converted, nothing unknown is taken, nothing changes afterwards."""
    faulty: list[dict[str, object]] = [{"name": 5}, {"rules": {}}, {"ghost": 1}]
    for bad in faulty:
        with pytest.raises(ValidationError):
            FileSpec.model_validate(bad)
    with pytest.raises(ValidationError, match="frozen"):
        StateSpec().ends = "session"  # type: ignore[misc]
