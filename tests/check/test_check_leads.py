"""Claims about order: what `leads:` lines say is refuted by a conversation, proved by a whole search, or called unproved."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from csflow import load
from csflow.bind import below
from csflow.check.alphabet import NOTHING_YET
from csflow.check.explore import Exploration
from csflow.check.leads import SILENCE, led
from csflow.check.proofs import searched
from csflow.check.replay import begin
from csflow.check.subject import Subject
from csflow.cli.script import play, read_lines
from csflow.errors import Problem
from csflow.flow import Flow
from csflow.rulefile import load_flow, load_profile
from tests.check.conftest import Found
from tests.check.test_check_brute import Brute, Played

HEAD = """\
intents: {buy: {phrases: [下单]}, bye: {phrases: [再见]}, wait: {phrases: [等等]}}
states: {farewell.closed: {ends: session}, close.pay: {}}
rules:
  - {when: buy, choose: [{id: buy, else: true, say: 好, go: close}]}
  - {when: wait, in: [close], choose: [{id: wait, if: times(wait) == 2, say: 好, go: close.pay}, {id: on, else: true, say: 好的}]}
  - {when: unknown, in: [everywhere], choose: [{id: person, else: true, say: 请同事来, go: handoff}]}
  - {when: bye, in: [greet], choose: [{id: bye, else: true, say: 慢走, go: farewell.closed}]}
"""
LEFT = "follow_ups: {left: {since: silence, after: 1d, in: [close], %sgo: farewell.closed}}\n"
LINES: dict[str, tuple[str, list[tuple[str, tuple[str, ...]]]]] = {
    "silence leads on": (LEFT % "" + "leads: [{from: close, to: farewell, by: silence}]", []),
    "silence leads on, but not from there": (
        LEFT % "if: not in_state(close.pay), " + "leads: [{from: close, to: farewell, by: silence}]",
        [("leads-nowhere", ("下单", "等等", "等等", '{"wait": "60d"}'))],
    ),
    "not from there, and it is said": (
        LEFT % "if: not in_state(close.pay), " + "leads: [{from: close, to: [farewell, close.pay], by: silence}]",
        [],
    ),
    "silence leads on once": (
        LEFT % "max: 1, " + "leads: [{from: close, to: farewell, by: silence}]",
        [("leads-nowhere", ("下单", '{"wait": "86401s"}', "下单", '{"wait": "60d"}'))],
    ),
    "no silence leads on": (
        "leads: [{from: close, to: farewell, by: silence}]",
        [("leads-nowhere", ("下单", '{"wait": "60d"}'))],
    ),
    "some way leads on": (LEFT % "" + "leads: [{from: close, to: farewell}, {from: greet, to: close}]", []),
    "no way leads on": ("leads: [{from: close, to: farewell}]", [("leads-nowhere", ("下单",))]),
    "nobody comes there": ("leads: [{from: complaint, to: farewell}]", [("unproved", ())]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), LINES.values(), ids=LINES)
def test_leads(text: str, expected: list[tuple[str, tuple[str, ...]]], found: Found) -> None:
    """A line holds, is refuted by the shortest conversation, or says that nobody comes where it begins."""
    came = [p for p in found(HEAD + text, prove=True) if p.code in ("leads-nowhere", "unproved")]
    assert [(p.code, p.witness.script if p.witness else ()) for p in came] == expected


def test_unproved(tmp_path: Path) -> None:
    """A search that does not come to its end proves nothing, and says so."""
    (tmp_path / "flow.yaml").write_text(
        HEAD + LEFT % "" + "leads: [{from: close, to: farewell, by: silence}, {from: close, to: farewell}]", "utf-8"
    )
    spec = load_flow(tmp_path / "flow.yaml")
    search = Exploration(Subject(spec, load_profile(None, spec)), steps=20)
    search.run()
    came = list(led(search))
    assert [(p.code, p.severity) for p in came] == [("unproved", "note")] * 2
    assert all("there are more" in p.message for p in came)


@pytest.mark.parametrize("entry", ["{from: clsoe, to: farewell}", "{from: close, to: [farewell, farewel]}"])
def test_unknown_state(entry: str, tmp_path: Path) -> None:
    """A state that is misspelt is refused, with the one that was meant."""
    (tmp_path / "flow.yaml").write_text(HEAD + f"leads: [{entry}]", "utf-8")
    with pytest.raises(Exception, match=r"did you mean '(close|farewell)'"):
        load_flow(tmp_path / "flow.yaml")


CONDITIONS = ("times(hello) >= 2", "times(bye) == 1", "order.paid", "in_state(close.pay)", "misses == 0")
STATES = ("close", "close.pay", "farewell", "follow_up")


def rule(name: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Draw one rule, perhaps with another before it under a condition."""
    row = st.tuples(st.none() | st.sampled_from(CONDITIONS), st.sampled_from((None, *STATES)))
    return st.lists(row, min_size=1, max_size=2).map(
        lambda rows: [
            {"id": f"{name}.n{n}", "say": name, **({"if": i} if i and n + 1 < len(rows) else {}), **({"go": go} if go else {})}
            for n, (i, go) in enumerate(rows)
            if (i and n + 1 < len(rows)) or n + 1 == len(rows)
        ]
    )


def timer() -> st.SearchStrategy[dict[str, Any]]:
    """Draw what happens after a silence."""
    places = st.sampled_from((["close"], ["greet", "close"]))
    return st.fixed_dictionaries(
        {"since": st.just("silence"), "after": st.sampled_from(("1h", "2d")), "in": places},
        optional={"if": st.sampled_from(CONDITIONS), "max": st.just(1), "go": st.sampled_from(STATES)},
    ).map(lambda drawn: drawn if "go" in drawn else drawn | {"say": "还在吗"})  # fmt: skip


LEADS = st.fixed_dictionaries(
    {"from": st.sampled_from(STATES[:2]), "to": st.sampled_from(STATES[1:])}, optional={"by": st.just("silence")}
)
FLOWS = st.builds(
    lambda hello, bye, timers, lead: {
        "intents": {"hello": {"phrases": ["你好"]}, "bye": {"phrases": ["再见"]}},
        "states": {"close.pay": {}},
        "rules": [{"when": "hello", "choose": hello}, {"when": "bye", "choose": bye}],
        "follow_ups": {f"f{n}": timer for n, timer in enumerate(timers)},
        "leads": [lead],
    },
    rule("hello"), rule("bye"), st.lists(timer(), max_size=2), LEADS,
)  # fmt: skip


def refuted(flow: Flow, brute: Brute, length: int) -> bool:
    """Tell whether silence does not lead on after some conversation of so many events that stands where the line begins."""
    lead = flow.spec.leads[0].spec
    there = [p for p in brute.conversations(length) if below(lead.from_[0], p.snapshot.state)]
    return any(not falls_silent(flow, brute, played, lead.to[0]) for played in there)


def falls_silent(flow: Flow, brute: Brute, played: Any, to: str) -> bool:
    chat = flow.start(now=brute.now)
    chat.snapshot = played.snapshot
    states = [chat.state, *(chat.wait("1h").snapshot.state for _ in range(2 * 56))]
    return any(below(to, state) for state in states)


HELD_BACK = {
    "intents": {"hello": {"phrases": ["你好"]}, "bye": {"phrases": ["再见"]}},
    "rules": [
        {"when": "hello", "choose": [{"id": "hello", "say": "hello"}]},
        {
            "when": "bye",
            "choose": [
                {"id": "a", "if": "order.paid", "say": "bye", "go": "farewell"},
                {"id": "b", "say": "bye", "go": "close"},
            ],
        },
    ],
    "leads": [{"from": "close", "to": "farewell"}],
}
"""The way on is open only where the reply does not come for the third time in a row."""


@settings(max_examples=40, deadline=None)
@given(FLOWS)
@example(HELD_BACK)
def test_brute_force(drawn: dict[str, Any]) -> None:
    """What silence after a short conversation refutes is refuted, and what is refuted is so after its script.

    Where some way is claimed, no four events lead on from there; that there is none among longer ones nobody can try out.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "flow.yaml")
        path.write_text(json.dumps(drawn), "utf-8")
        flow = load(path)
    search = searched(Subject(flow.spec, flow.profile), 20_000)
    came = [problem for problem in led(search) if problem.code == "leads-nowhere"]
    brute = Brute(flow)
    if search.whole and flow.spec.leads[0].spec.by:
        assert bool(came) >= refuted(flow, brute, 2)
    for problem in came:
        holds(flow, brute, problem)


def holds(flow: Flow, brute: Brute, problem: Problem) -> None:
    """A finding's script ends where the line says that it would not end."""
    assert problem.witness
    lead, chat = flow.spec.leads[0].spec, flow.start(now=begin(flow))
    for line in read_lines(problem.witness.script, "script"):
        play(chat, line)
    assert not below(lead.to[0], chat.state)
    if lead.by:
        assert chat.now - begin(flow) >= SILENCE
    else:
        ends = brute.continued([Played(chat.snapshot, NOTHING_YET, None)], 4)
        assert not any(below(lead.to[0], after.snapshot.state) for after in ends)
