"""The promise behind definite assignment: where the check finds nothing, no reply ever lacks a fact."""

from __future__ import annotations

import datetime
import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from csflow import load
from csflow.check import check

NOW = datetime.datetime(2026, 11, 2, 10, tzinfo=datetime.UTC)
FACTS = ("a", "b", "c")
ATOMS = [f"known({fact})" for fact in FACTS] + [f"{fact} > 1" for fact in FACTS] + ["a == b", "b + c < 4", "misses >= 1"]


def conditions() -> st.SearchStrategy[str]:
    """Draw conditions over three facts that may be unknown."""

    def joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        pairs = st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda three: "({} {} {})".format(*three))
        return pairs | inner.map(lambda text: f"(not {text})")

    return st.recursive(st.sampled_from(ATOMS), joined, max_leaves=4)


def texts() -> st.SearchStrategy[str]:
    """Draw replies with up to two placeholders."""
    return st.lists(st.sampled_from(["{{ a }}", "{{ b + c }}", "{{ c }}", "x"]), min_size=1, max_size=2).map("、".join)


VARIANTS = st.lists(texts() | st.builds(lambda c, t: {"if": c, "text": t}, conditions(), texts()), min_size=1, max_size=3)
RULES = st.lists(st.tuples(conditions(), st.none() | st.just(1), VARIANTS), max_size=3)
KNOWN = st.dictionaries(st.sampled_from(FACTS), st.integers(0, 3))


def flow_of(guard: str | None, rules: list[tuple[str, int | None, list[Any]]], last: list[Any]) -> dict[str, Any]:
    """Return a flow with one list on `unknown` in which every rule speaks."""
    choose: list[dict[str, Any]] = [
        {"id": f"r{number}", "if": condition, "say": say} | ({"max": most} if most else {})
        for number, (condition, most, say) in enumerate(rules)
    ]
    listed = {"when": "unknown", "choose": [*choose, {"id": "last", "else": True, "say": last}]} | ({"if": guard} if guard else {})
    return {"facts": dict.fromkeys(FACTS, "count"), "rules": [listed]}


@settings(max_examples=150, deadline=None)
@given(st.none() | conditions(), RULES, VARIANTS, st.lists(KNOWN, min_size=1, max_size=3))
def test_no_reply_lacks_a_fact(
    guard: str | None, rules: list[tuple[str, int | None, list[Any]]], last: list[Any], known: list[dict[str, int]]
) -> None:
    """A flow without `missing-fact-in-reply` and `no-plain-variant` never undoes a rule, whatever is known."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "flow.yaml")
        path.write_text(json.dumps(flow_of(guard, rules, last)), "utf-8")
        flow = load(path)
        codes = {problem.code for problem in check(flow.spec, flow.profile)}
    if codes & {"missing-fact-in-reply", "no-plain-variant"}:
        return
    chat = flow.start(now=NOW)
    for facts in known:
        chat.tell(facts)
        why = chat.say("……").why
        assert "no variant can be said" not in " ".join(why.notes)
