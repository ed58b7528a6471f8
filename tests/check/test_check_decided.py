"""The solver against brute force: on small flows its verdicts are those of trying every value."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csflow.check.decided import decided
from csflow.check.solver import Solver
from csflow.check.subject import Subject
from csflow.condition import compiled
from csflow.errors import Problem
from csflow.rulefile import load_flow, load_profile

Read = Callable[[Any], Any]
FACTS: dict[str, Any] = {"sum": "count", "kind": ["a", "b"], "flag": "flag"}
VALUES: dict[str, list[Any]] = {"sum": [None, 0, 1, 2, 3, 4], "kind": [None, "a", "b"], "flag": [None, True, False]}
ATOMS = (
    "sum > 1", "sum >= 2", "sum < 3", "sum == 2", "sum != 1", "known(sum)", "not known(sum)", "kind == a", "kind != a",
    "known(kind)", "flag", "not flag", "not known(flag)", "sum + 1 > 3",
)  # fmt: skip


def conditions() -> st.SearchStrategy[str]:
    """Draw conditions over three facts that may be unknown."""

    def joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        pairs = st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda three: "({} {} {})".format(*three))
        return pairs | inner.map(lambda text: f"not ({text})")

    return st.recursive(st.sampled_from(ATOMS), joined, max_leaves=4)


class Names:
    """Reads facts from a dict."""

    def ref(self, name: str) -> Read:
        return lambda env: env[name]

    times = used = in_state = ref

    def workdays(self, count: Read) -> Read:
        return count


def cases() -> Iterator[dict[str, Any]]:
    return (dict(zip(VALUES, values, strict=True)) for values in product(*VALUES.values()))


def subject_of(lists: list[list[str]]) -> Subject:
    """Return a flow whose lists on one event have a rule for each condition."""
    rules = [
        {"when": "unknown", "choose": [{"id": f"r{at}.n{number}", "if": text, "say": "x"} for number, text in enumerate(texts)]}
        for at, texts in enumerate(lists)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "flow.yaml")
        path.write_text(json.dumps({"facts": FACTS, "rules": rules}), "utf-8")
        spec = load_flow(path)
        return Subject(spec, load_profile(None, spec))


def solved(subject: Subject) -> list[Problem]:
    return list(decided(subject, Solver(subject)))


def verdicts(found: list[Problem]) -> set[tuple[str, str]]:
    return {(problem.code, problem.message.split("'")[1]) for problem in found}


@settings(max_examples=120, deadline=None)
@given(st.lists(conditions(), min_size=1, max_size=4))
def test_branches_against_brute_force(texts: list[str]) -> None:
    """A rule is called unreachable, contradictory or always true exactly where trying all values says so."""
    subject = subject_of([texts])
    holds = [compiled(subject.node(text), Names()) for text in texts]
    expected: set[tuple[str, str]] = set()
    for number, own in enumerate(holds):
        reaching = [case for case in cases() if not any(earlier(case) is True for earlier in holds[:number])]
        if not any(own(case) is True for case in cases()):
            expected.add(("never-true", f"r0.n{number}"))
        elif not any(own(case) is True for case in reaching):
            expected.add(("never-reached", f"r0.n{number}"))
        elif all(own(case) is True for case in reaching):
            expected.add(("always-true", f"r0.n{number}"))
    assert verdicts(solved(subject)) == expected


@settings(max_examples=80, deadline=None)
@given(conditions(), conditions())
def test_ties_against_brute_force(one: str, two: str) -> None:
    """Two lists tie exactly where some values make a rule of each hold, and the witness is such a case."""
    subject = subject_of([[one], [two]])
    first, second = (compiled(subject.node(text), Names()) for text in (one, two))
    both = [case for case in cases() if first(case) is True and second(case) is True]
    ties = [problem for problem in solved(subject) if problem.code == "tie"]
    assert bool(ties) == bool(both)
    for tie in ties:
        assert tie.witness is not None
        case = dict.fromkeys(VALUES) | {name: _value(text) for name, text in tie.witness.facts}
        assert first(case) is True
        assert second(case) is True


def _value(text: str) -> Any:
    return {"true": True, "false": False, "unknown": None}.get(text, int(text) if text.isdigit() else text)


COUNTED = """
intents: {hello: {phrases: [你好]}}
facts: {store.least: {type: money, required: true}, order.total: money, order.on: date}
states: {close.pay: {}}
rules:
"""


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("  - {when: hello, choose: [{id: a, if: times(hello) >= 1, say: x}]}", {("always-true", "a")}),
        ("  - {when: paid, choose: [{id: a, if: times(hello) >= 1, say: x}]}", set()),
        ("  - {when: paid, choose: [{id: a, if: order.paid, say: x}]}", {("always-true", "a")}),
        ("  - {when: paid, choose: [{id: a, if: not order.paid, say: x}]}", {("never-true", "a")}),
        ("  - {when: hello, choose: [{id: a, if: not known(store.least), say: x}]}", {("never-true", "a")}),
        ("  - {when: hello, choose: [{id: a, max: 2, if: used(a) > 2, say: x}]}", {("never-true", "a")}),
        ("  - {when: hello, choose: [{id: a, max: 2, if: used(a) > 1, say: x}]}", set()),
        ("  - {when: hello, choose: [{id: a, if: order.on > today and order.on < today, say: x}]}", {("never-true", "a")}),
        ("  - {when: hello, choose: [{id: a, if: (today - today).days > 0, say: x}]}", {("never-true", "a")}),
        ("  - {when: hello, choose: [{id: a, if: order.total - 1.00 > order.total, say: x}]}", {("never-true", "a")}),
        ("  - {when: hello, in: [close], choose: [{id: a, if: in_state(greet), say: x}]}\n"
         "  - {when: paid, choose: [{id: b, go: close}]}", {("never-true", "a")}),
        ("  - {when: hello, choose: [{id: a, if: granted.gift > 1, say: x}]}\n"
         "  - {when: paid, choose: [{id: b, do: [{grant: gift}]}]}\nnever: [granted.gift > 1]", {("never-true", "a")}),
    ],
)  # fmt: skip
def test_what_the_language_knows(rules: str, expected: set[tuple[str, str]], tmp_path: Path) -> None:
    """Counters, events, required facts, dates, states and `never:` lines are taken into account."""
    (tmp_path / "flow.yaml").write_text(COUNTED + rules, "utf-8")
    (tmp_path / "store.yaml").write_text("profile: p\nstore: {least: '5.00'}\n", "utf-8")
    spec = load_flow(tmp_path)
    assert verdicts(solved(Subject(spec, load_profile(None, spec)))) == expected


def test_the_thief_is_named(tmp_path: Path) -> None:
    """Where one earlier rule takes every turn of a later one, the finding names it."""
    rules = "  - {when: hello, choose: [{id: a, if: order.total > 1.00, say: x}, {id: b, if: order.total > 2.00, say: x}]}"
    head = COUNTED.replace("store.least: {type: money, required: true}, ", "")
    (tmp_path / "flow.yaml").write_text(head + rules, "utf-8")
    spec = load_flow(tmp_path)
    messages = [problem.message for problem in solved(Subject(spec, load_profile(None, spec)))]
    assert messages == ["'b' can never fire: 'a' before it holds whenever it would"]
