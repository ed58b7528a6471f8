"""Conditions: what is read, what is refused, and what three-valued logic makes of it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csflow.condition import (
    COUNT,
    DATE,
    DAY,
    DURATION,
    FLAG,
    MONEY,
    TEXT,
    TEXTS,
    Node,
    Type,
    compiled,
    half_up,
    implied,
    known_terms,
    parse,
    parse_condition,
    settled_by_passing,
)  # fmt: skip

TYPES: Mapping[str, Type] = {
    "a": FLAG, "b": FLAG, "c": FLAG, "order.total": MONEY, "order.id": TEXT, "order.on": DATE, "order.items": TEXTS, "n": COUNT,
    "life": DURATION, "mode": Type("enum", ("fixed", "open")), "days": Type("map", of=COUNT),
    "sizes": Type("map", of=Type("map", of=COUNT)),
    "claims.x": Type("claim"), "today": DATE,
}  # fmt: skip
Env = Mapping[str, Any]


class Names:
    """A scope of a few names."""

    def type_of(self, name: str) -> Type | None:
        return TYPES.get(name)

    def facts(self) -> Collection[str]:
        return TYPES

    def intents(self) -> Collection[str]:
        return ("hello", "bye")

    def states(self) -> Collection[str]:
        return ("close",)

    def segments(self) -> Collection[str]:
        return ("push", "a.push")


class Plain:
    """Binds names to the entries of a mapping."""

    def ref(self, name: str) -> Callable[[Env], Any]:
        return lambda env: env.get(name)

    def times(self, intent: str) -> Callable[[Env], Any]:
        return lambda env: env.get("times", 0)

    def used(self, segment: str) -> Callable[[Env], Any]:
        return lambda env: env.get("used", 0)

    def in_state(self, state: str) -> Callable[[Env], Any]:
        return lambda env: env.get("state") == state

    def workdays(self, count: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda env: None if (days := count(env)) is None else days * DAY


def tree(text: str, *, division: bool = False) -> Node:
    node, faults = parse(text, Names(), division=division)
    assert faults == []
    return node


def value(text: str, env: Env, *, division: bool = False) -> Any:
    return compiled(tree(text, division=division), Plain())(env)


MONDAY = datetime.date(2026, 11, 2)
ENV: Env = {
    "a": True, "b": False, "order.total": 18000, "order.id": "x1", "order.on": MONDAY, "order.items": ("chair",), "n": 3,
    "life": 730 * DAY, "mode": "open", "days": {"x1": 2}, "sizes": {"x1": {"L": 4}}, "claims.x": "5%", "times": 2,
    "today": MONDAY + datetime.timedelta(days=9), "state": "close",
}  # fmt: skip

VALUES = [
    ("a and not b", True), ("a and b", False), ("b or a", True), ("not a or b", False), ("a == b", False),
    ("a != b", True), ("c", None),
    ("order.total >= 180.00", True), ("order.total > 180.00", False), ("order.total == 180", "refused"),
    ("order.total > 0", True),
    ("order.total * 2 == 360.00", True), ("2 * order.total - 0.01", 35999), ("-order.total < 0", True),
    ("order.total + 20.00", 20000),
    ("mode == open", True), ("mode != fixed", True), ("mode in (fixed, open)", True), ("mode not in (fixed)", True),
    ("mode in [fixed]", False), ("order.id == x1", True), ("order.id == 'x 1'", False), ('order.id == "x1"', True),
    ("chair in order.items", True), ("desk in order.items", False), ("order.id in order.items", False),
    ("claims.x == '5%'", True),
    ("today - order.on", 9 * DAY), ("(today - order.on).days", 9), ("today - order.on <= 1w", False), ("life.days", 730),
    ("order.on + 1w", datetime.date(2026, 11, 9)), ("order.on - 2d", datetime.date(2026, 10, 31)), ("life >= 1y", True),
    ("life > 0", True),
    ("days[order.id]", 2), ("days['y']", None), ("days[y] > 1", None), ("sizes[order.id][L]", 4),
    ("known(days[order.id])", True),
    ("known(c)", False), ("known(c) or a", True), ("not known(days[y])", True), ("times(hello) + 1", 3),
    ("used(a.push) == 0", True),
    ("in_state(close)", True), ("today + workdays(n)", datetime.date(2026, 11, 14)), ("n + 1 == 4", True),
    ("a and (b or a)", True),
    ("true", True), ("not false", True), ("n - -1", 4), ("c == true", None), ("order.on + 8000y", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row for row in VALUES if row[1] != "refused"])
def test_an_expression_has_its_value(text: str, expected: object) -> None:
    """What is read means what it says; what rests on an unknown fact is unknown."""
    assert value(text, ENV) == expected


FAULTS = [
    ("order.total > 100", "type-mismatch", 14), ("order.total == false", "type-mismatch", 0),
    ("order.total > 1.005", "type-mismatch", 14),
    ("a > b", "type-mismatch", 2), ("a and n", "type-mismatch", 6), ("not n", "type-mismatch", 4),
    ("mode == clsed", "unknown-value", 8),
    ("mode == 'shut'", "unknown-value", 8), ("ordre.total > 1.00", "unknown-fact", 0),
    ("order.total == offen", "unknown-fact", 15),
    ("soon", "unknown-fact", 0), ("ghost.x == soon", "unknown-fact", 0), ("order.id + 1", "type-mismatch", 0),
    ("order.on + order.on", "type-mismatch", 0),
    ("order.total * order.total", "type-mismatch", 0), ("-order.id == x", "type-mismatch", 0),
    ("n[order.id]", "type-mismatch", 0),
    ("days[n]", "type-mismatch", 5), ("order.id.days", "type-mismatch", 0), ("order.total.days", "type-mismatch", 0),
    ("order.id in n", "type-mismatch", 12), ("n in order.items", "type-mismatch", 0),
    ("order.items == order.items", "type-mismatch", 12),
    ("workdays(a)", "type-mismatch", 9), ("times(helo)", "unknown-intent", 6), ("used(pull)", "unknown-rule", 5),
    ("in_state(open)", "unknown-state", 9), ("times(1)", "unknown-intent", 6), ("times(", "condition-syntax", 6),
    ("times", "unknown-fact", 0),
    ("known()", "condition-syntax", 6), ("a and", "condition-syntax", 5), ("(a", "condition-syntax", 2),
    ("a b", "condition-syntax", 2),
    ("1 < n < 3", "condition-syntax", 6), ("n / 2", "condition-syntax", 2), ("a && b", "condition-syntax", 2),
    ("", "condition-syntax", 0),
    ("'open", "condition-syntax", 0), ("n == 180元", "condition-syntax", 5), ("n > 9999999999999999", "condition-syntax", 4),
    ("a if b", "condition-syntax", 2), ("__import__('os')", "condition-syntax", 10), ("a\x00", "condition-syntax", 1),
    ("mode in (fixed", "condition-syntax", 14), ("order.id == x == y", "condition-syntax", 14),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "col"), FAULTS)
def test_an_expression_is_refused(text: str, code: str, col: int) -> None:
    """A fault is one, with its code and column."""
    _, faults = parse(text, Names())
    assert [(fault.code, fault.col) for fault in faults] == [(code, col)]


def test_a_condition_is_true_or_false() -> None:
    """An amount is no condition, wherever it stands on its line."""
    _, faults = parse_condition("  order.total", Names())
    assert [(fault.code, fault.col) for fault in faults] == [("type-mismatch", 2)]


@pytest.mark.parametrize("text", ["(" * 60, "not " * 60 + "a", "-" * 60 + "n", "n" + "+n" * 60, "n" + "*n" * 60, "a" * 1001])
def test_depth_and_length_are_bounded(text: str) -> None:
    """No expression is deep enough to exhaust the stack."""
    _, faults = parse(text, Names())
    assert [fault.code for fault in faults] == ["condition-syntax"]


@pytest.mark.parametrize(
    ("text", "expected"), [("order.total / 7", 2571), ("-order.total / 7", -2571), ("n / 0", None), ("n / 2", 2)]
)
def test_division_in_replies(text: str, expected: int | None) -> None:
    """It is rounded half up, away from zero, and by zero it is unknown."""
    assert value(text, ENV, division=True) == expected


@given(st.integers(-(10**15), 10**15), st.integers(-(10**6), 10**6).filter(bool))
def test_half_up_against_fractions(numerator: int, denominator: int) -> None:
    """The result is the nearest whole number, the one further from zero where two are."""
    exact = Fraction(numerator, denominator)
    result = half_up(numerator, denominator)
    assert result is not None
    assert abs(result - exact) <= Fraction(1, 2)
    assert abs(result - exact) < Fraction(1, 2) or abs(result) > abs(exact)


ATOMS = st.sampled_from(
    ["a", "b", "c", "n > 1", "known(n)", "known(a)", "order.total > 1.00", "mode == open", "days[order.id] == 2", "true"]
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: (
        st.builds("not ({})".format, inner)
        | st.builds("({}) and ({})".format, inner, inner)
        | st.builds("({}) or ({})".format, inner, inner)
        | st.builds("known({})".format, inner)
        | st.builds("({}) == ({})".format, inner, inner)
    ),
    max_leaves=6,
)
ENVS = st.fixed_dictionaries(
    {
        **dict.fromkeys("abc", st.none() | st.booleans()),
        "n": st.none() | st.integers(0, 3),
        "order.total": st.none() | st.integers(0, 300),
        "order.id": st.sampled_from([None, "x", "y"]),
        "mode": st.sampled_from([None, "fixed", "open"]),
        "days": st.none() | st.dictionaries(st.sampled_from("xy"), st.integers(1, 2)),
    }
)


def negated(result: bool | None) -> bool | None:
    return None if result is None else not result


@given(CONDITIONS, CONDITIONS, ENVS)
def test_three_valued_laws(first: str, second: str, env: Env) -> None:
    """De Morgan, commutation and double negation hold for true, false and unknown."""
    either, both = value(f"({first}) or ({second})", env), value(f"({first}) and ({second})", env)
    assert either == value(f"({second}) or ({first})", env)
    assert both == value(f"({second}) and ({first})", env)
    assert negated(either) == value(f"not ({first}) and not ({second})", env)
    assert negated(both) == value(f"not ({first}) or not ({second})", env)
    assert value(first, env) == value(f"not (not ({first}))", env)


@given(CONDITIONS, ENVS)
def test_more_knowledge_never_turns_an_answer(text: str, env: Env) -> None:
    """Without `known`, what is true or false stays so when an unknown fact becomes known."""
    if "known" in text:
        return
    before = value(text, env)
    for name in ("a", "b", "c"):
        if env[name] is None and before is not None:
            assert value(text, {**env, name: True}) is before
            assert value(text, {**env, name: False}) is before


def is_known(term: str, env: Env) -> bool:
    return value(term, env) is not None


@given(CONDITIONS, ENVS)
def test_what_a_condition_implies_is_known(text: str, env: Env) -> None:
    """Where it holds, each fact that it is said to imply has a value; where it has a value, each fact that it needs."""
    node = tree(text)
    result = compiled(node, Plain())(env)
    assert result is not True or all(is_known(term, env) for term in implied(node))
    assert result is None or all(is_known(term, env) for term in known_terms(node))


IMPLIED = [
    ("a and n > 1", {"a", "n"}), ("a or b", set()), ("a or a and b", {"a"}), ("known(a)", {"a"}), ("not known(a)", set()),
    ("not a", {"a"}), ("not (a or n > 1)", {"a", "n"}), ("not (a and b)", set()),
    ("days[order.id] > 1", {"days", "order.id", "days[order.id]"}),
    ("sizes[x][L] == 4", {"sizes", "sizes['x']", "sizes['x']['L']"}), ("known(a) == false", set()),
    ("(a and b) == true", set()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "names"), IMPLIED)
def test_what_is_implied(text: str, names: set[str]) -> None:
    """The facts that a held condition makes known."""
    assert implied(tree(text)) == names


PASSED = [("not known(a)", {"a"}), ("not known(a) or not known(n)", {"a", "n"}), ("not known(a) or b", {"a"}), ("a", set()),
          ("not known(a) and b", set())]  # fmt: skip


@pytest.mark.parametrize(("text", "names"), PASSED)
def test_what_is_known_once_a_branch_was_passed_over(text: str, names: set[str]) -> None:
    """A fact that an earlier branch tested as not known is known in the later ones."""
    assert settled_by_passing(tree(text)) == names


@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from([*"()[]'+-*/<>=!., ", *TYPES, "and ", "not ", "in ", "known(", "times(", "1.5", "2d"]), max_size=14
    ).map("".join)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    """Parsing never raises, and what has no fault can be evaluated in any environment."""
    node, faults = parse(text, Names(), division=True)
    assert all(0 <= fault.col <= len(text) for fault in faults)
    if not faults:
        compiled(node, Plain())(ENV)
        compiled(node, Plain())({})


AWAITED = [
    ("times(hello) >= 1", {"hello"}), ("times(hello) + times(bye) >= 2 and a", {"hello", "bye"}),
    ("a and times(bye) == 3", {"bye"}),
    ("times(hello) > 0", {"hello"}), ("times(hello) >= 0", set()), ("times(hello) == 0", set()), ("times(hello) <= 4", set()),
    ("not times(hello) >= 1", set()), ("times(hello) >= 1 or a", set()), ("times(hello) - times(bye) >= 1", set()),
    ("times(hello) + n >= 1", set()), ("times(hello) >= n", set()), ("today == order.on", set()), ("n >= 2", set()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "names"), AWAITED)
def test_what_a_condition_waits_for(text: str, names: set[str]) -> None:
    """Only what cannot hold before one of some intents was heard waits for them."""
    assert tree(text).awaits() == names


@given(
    st.lists(st.sampled_from([text for text, _ in AWAITED]), min_size=1, max_size=3).map(" and ".join),
    st.integers(0, 5),
    st.booleans(),
)
def test_what_waits_does_not_hold_before(text: str, n: int, a: bool) -> None:
    """A condition that waits for intents does not hold while none of them was heard."""
    node = tree(f"({text})")
    if node.awaits():
        assert compiled(node, Plain())({"n": n, "a": a}) is not True
