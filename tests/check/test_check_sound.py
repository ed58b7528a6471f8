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
ATOMS = [shape.format(fact) for shape in ("known({})", "not known({})", "{} > 1") for fact in FACTS] + ["a == b", "misses > 1"]
Rule = tuple[str, int | None, list[Any]]


def conditions() -> st.SearchStrategy[str]:
    """Draw conditions over three facts that may be unknown."""

    def joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        pairs = st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda three: "({} {} {})".format(*three))
        return pairs | inner.map(lambda text: f"not ({text})")

    return st.sampled_from(ATOMS) | st.recursive(st.sampled_from(ATOMS), joined, max_leaves=4)


def variants(condition: str) -> st.SearchStrategy[list[Any]]:
    """Draw variants that say facts of a condition, of their own condition, or nothing that could lack."""
    plain = st.sampled_from(["x", *(f"{{{{ {fact} }}}}" for fact in FACTS if fact in condition)])
    guarded = st.tuples(conditions(), st.sampled_from(FACTS)).map(lambda two: {"if": two[0], "text": f"{{{{ {two[1]} }}}}"})
    return st.tuples(st.lists(guarded, max_size=1), st.lists(plain, min_size=1, max_size=2)).map(lambda two: two[0] + two[1])


RULES = st.lists(conditions().flatmap(lambda c: st.tuples(st.just(c), st.none() | st.just(1), variants(c))), max_size=3)
LAST = variants("x") | st.sampled_from([[f"{{{{ {fact} }}}}"] for fact in FACTS])
KNOWN = st.dictionaries(st.sampled_from(FACTS), st.integers(0, 3))


def flow_of(guard: str | None, rules: list[Rule], last: list[Any]) -> dict[str, Any]:
    """Return a flow with one list on `unknown` in which every rule speaks."""
    choose: list[dict[str, Any]] = [
        {"id": f"r{number}", "if": condition, "say": say} | ({"max": most} if most else {})
        for number, (condition, most, say) in enumerate(rules)
    ]
    choose.append({"id": "last", "else": True, "say": last})
    listed = {"when": "unknown", "choose": choose} | ({"if": guard} if guard else {})
    return {"facts": dict.fromkeys(FACTS, "count"), "rules": [listed]}


@settings(max_examples=150, deadline=None)
@given(st.none() | conditions(), RULES, LAST, st.lists(KNOWN, min_size=1, max_size=3))
def test_no_reply_lacks_a_fact(guard: str | None, rules: list[Rule], last: list[Any], known: list[dict[str, int]]) -> None:
    """A flow without `missing-fact-in-reply` and `no-plain-variant` never undoes a rule, whatever is known."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "flow.yaml")
        path.write_text(json.dumps(flow_of(guard, rules, last)), "utf-8")
        flow = load(path)
        codes = {problem.code for problem in check(flow.spec, flow.profile, prove=False)}
    if codes & {"missing-fact-in-reply", "no-plain-variant"}:
        return
    chat = flow.start(now=NOW)
    for facts in known:
        chat.tell(facts)
        why = chat.say("……").why
        assert "no variant can be said" not in " ".join(why.notes)
