"""Facts as people write them, and the typed values they are."""

from __future__ import annotations

import contextlib
import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csflow.condition import COUNT, DATE, DURATION, FLAG, MONEY, TEXT, TEXTS, Type
from csflow.values import MAX_DURATION, MAX_NUMBER, read_value, write_value

MODE, CLAIM = Type("enum", ("fixed", "open")), Type("claim")
DAYS = Type("map", of=COUNT)
NESTED = Type("map", of=Type("map", of=MONEY))

READ: list[tuple[Type, object, object]] = [
    (MONEY, "180.00", 18000), (MONEY, "180", 18000), (MONEY, "0.5", 50), (MONEY, "-0.05", -5), (MONEY, "1.500", 150),
    (MONEY, 35, 3500),
    (COUNT, 3, 3), (COUNT, "3", 3), (COUNT, "-3", -3), (DURATION, "30s", 30), (DURATION, "2h", 7200),
    (DURATION, "1w", 604800),
    (DURATION, "-1d", -86400), (DATE, "2026-11-03", datetime.date(2026, 11, 3)),
    (DATE, datetime.date(2026, 1, 1), datetime.date(2026, 1, 1)),
    (TEXT, "木言", "木言"), (TEXT, "a\ud800", "a?"), (FLAG, False, False), (MODE, "open", "open"),
    (TEXTS, ["a", "b"], ("a", "b")),
    (DAYS, {"a": "2"}, {"a": 2}), (NESTED, {"a": {"b": "1"}}, {"a": {"b": 100}}), (CLAIM, "5%", "5%"), (MONEY, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "raw", "value"), READ)
def test_plain_data_is_read(wanted: Type, raw: object, value: object) -> None:
    """Money is in minor units, durations in seconds, dates are dates; nothing stays nothing."""
    assert read_value(wanted, raw) == value


REFUSED: list[tuple[Type, object, str]] = [
    (MONEY, 1.5, "180.00"), (MONEY, "1.005", "180.00"), (MONEY, "1e5", "180.00"), (MONEY, "1e999999999", "180.00"),
    (MONEY, "NaN", "180.00"),
    (MONEY, "1_000", "180.00"), (MONEY, "", "180.00"), (MONEY, True, "true is not money"), (MONEY, "9" * 70, "…"),
    (MONEY, 10**16, "180.00"),
    (COUNT, 1.0, "whole number"), (COUNT, True, "true is not"), (COUNT, "三", "whole number"), (COUNT, 10**16, "whole number"),
    (COUNT, "9" * 30, "whole number"), (DURATION, "2", "30s, 20m"), (DURATION, "d", "30s, 20m"), (DURATION, 20, "30s, 20m"),
    (DURATION, "101y", "30s, 20m"), (DURATION, "²d", "30s, 20m"), (DATE, "soon", "2026-11-03"),
    (DATE, 20261103, "2026-11-03"),
    (DATE, datetime.datetime(2026, 1, 1), "2026-11-03"), (DATE, "2026-02-30", "2026-11-03"), (TEXT, 5, "not text"),
    (TEXT, "x" * 10_001, "10,000"),
    (FLAG, "yes", "neither true nor false"), (FLAG, 1, "neither true nor false"), (MODE, "opne", "did you mean 'open'?"),
    (MODE, ["open"], "is not"),
    (TEXTS, "a", "list of text"), (TEXTS, [], "at least one"), (TEXTS, [1], "not text"),
    (DAYS, ["a"], "map of text to count"),
    (DAYS, {"a": "x"}, "whole number"), (DAYS, {1: 2}, "not text"),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "raw", "why"), REFUSED)
def test_other_data_is_refused(wanted: Type, raw: object, why: str) -> None:
    """What does not fit is never bent; the message shows how it is written."""
    with pytest.raises(ValueError, match="is n") as caught:
        read_value(wanted, raw)
    assert why in str(caught.value)


VALUES: dict[Type, st.SearchStrategy[Any]] = {
    MONEY: st.integers(-MAX_NUMBER + 1, MAX_NUMBER - 1),
    COUNT: st.integers(-MAX_NUMBER, MAX_NUMBER),
    DURATION: st.integers(-MAX_DURATION, MAX_DURATION),
    DATE: st.dates(),
    TEXT: st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    FLAG: st.booleans(),
    MODE: st.sampled_from(MODE.values),
    TEXTS: st.lists(st.text("abc约", max_size=3), min_size=1, max_size=3).map(tuple),
    DAYS: st.dictionaries(st.text("abc", max_size=2), st.integers(0, 99), max_size=3),
}
TYPED = st.sampled_from(list(VALUES)).flatmap(lambda wanted: st.tuples(st.just(wanted), st.none() | VALUES[wanted]))


@given(TYPED)
def test_what_is_written_is_read_back(typed: tuple[Type, Any]) -> None:
    """Writing and reading again gives the same value, of the same Python type."""
    wanted, value = typed
    back = read_value(wanted, write_value(wanted, value))
    assert back == value
    assert type(back) is type(value)


@given(
    st.sampled_from([*VALUES, CLAIM, NESTED]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
        max_leaves=4,
    ),
)
def test_any_data_is_read_or_refused(wanted: Type, raw: object) -> None:
    """Only ValueError is raised, and what was read can be written."""
    with contextlib.suppress(ValueError):
        value = read_value(wanted, raw)
        assert read_value(wanted, write_value(wanted, value)) == value
