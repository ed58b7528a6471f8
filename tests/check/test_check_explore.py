"""Everything that can happen, tried out: what goes wrong is found with a conversation that shows it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from csflow import load
from csflow.check.alphabet import Alphabet
from csflow.check.explore import Exploration
from csflow.check.subject import Subject
from csflow.cli.app import app
from csflow.errors import Problem

HEAD = """
intents: {hello: {phrases: [你好]}, bye: {phrases: [再见]}}
facts: {order.total: money, order.kind: [a, b], shop.word: text}
slots: {size: {type: count, ask: 多大？, tries: 1}, sure: {type: flag, ask: 确定吗？, tries: 1}}
calls: {boss: {by: boss, within: 20m}}
events: {told: {brings: [shop.word]}}
states: {close.pay: {}, complaint.in: {}}
rules:
  - {when: started, in: [greet], choose: [{id: start, else: true, say: 您好, go: identify_need}]}
  - {when: unknown, in: [everywhere], choose: [{id: lost, else: true, say: 没懂, go: handoff}]}
"""
FAULTS = {
    "a tie that needs two messages": ("""
  - {when: hello, choose: [{id: a, say: x}]}
  - {when: hello, choose: [{id: b, if: times(hello) >= 2, say: y}]}""", "tie", ["你好", "你好"]),
    "a tie at an amount": ("""
  - {when: hello, choose: [{id: a, if: order.total <= 5.00, say: x}]}
  - {when: hello, choose: [{id: b, if: order.total >= 5.00, say: y}]}""", "tie",
        ['{"facts": {"order.no": "A1001", "order.placed": true, "order.total": "5.00"}}', "你好"]),
    "a tie after an answer": ("""
  - {when: bye, choose: [{id: a, if: slots.size >= 3, say: x}]}
  - {when: bye, choose: [{id: b, if: slots.size < 9, say: x}]}
  - {when: slots.size, choose: [{id: c, else: true, say: 好}]}
  - {when: hello, choose: [{id: d, ask: size}]}""", "tie", ["你好", "3", "再见"]),
    "a tie on a call's outcome": ("""
  - {when: hello, choose: [{id: a, say: x, do: [{call: boss}]}]}
  - {when: boss.denied, choose: [{id: b, say: x}]}
  - {when: [boss.denied, boss.failed], choose: [{id: c, say: x}]}
  - {when: boss.done, choose: [{id: d, say: x}]}""", "tie", ["你好", '{"event": "boss.denied"}']),
    "a reply without its fact": ("""
  - {when: told, choose: [{id: a, say: "{{ shop.word }}", go: close.pay}]}
  - {when: hello, in: [close.pay], choose: [{id: b, say: "{{ order.total }}"}]}""", "unsayable-reply",
        ['{"event": "told", "facts": {"shop.word": "sample"}}', "你好"]),
    "a limit that is reached": ("""
  - {when: hello, choose: [{id: a, say: x, do: [{grant: gift}]}]}
never: [granted.gift > 1]""", "limit-broken", ["你好", "你好"]),
    "a state that nothing leaves": ("""
  - {when: hello, choose: [{id: a, say: x, go: complaint.in}]}
  - {when: [any, unknown], in: [complaint.in], choose: [{id: b, else: true, say: 听着呢}]}""", "dead-end", ["你好"]),
}  # fmt: skip


def explored(folder: Path, rules: str, steps: int = 20_000) -> Exploration:
    (folder / "flow.yaml").write_text(HEAD + rules.removeprefix("\n"), "utf-8")
    flow = load(folder)
    search = Exploration(Subject(flow.spec, flow.profile), steps)
    search.run()
    return search


def problems(search: Exploration) -> list[Problem]:
    return [*search.findings(), *search.caught()]


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_with_a_conversation(tmp_path: Path, name: str) -> None:
    """Each fault is found once, and its script is as short as it can be."""
    rules, code, script = FAULTS[name]
    (problem,) = problems(explored(tmp_path, rules))
    assert problem.code == code
    assert problem.witness is not None
    assert list(problem.witness.script) == script


@pytest.mark.parametrize("name", [name for name, (_, code, _) in FAULTS.items() if code != "dead-end"])
def test_a_script_replays(tmp_path: Path, name: str) -> None:
    """`csflow chat --script` shows the fault: its last turn does not fire the rule that it is about."""
    (problem,) = problems(explored(tmp_path, FAULTS[name][0]))
    assert problem.witness is not None
    done = CliRunner().invoke(
        app,
        ["chat", str(tmp_path), "--script", "-", "--now", "2026-11-02T10:00", "--json"],
        input="\n".join(problem.witness.script),
    )
    last = json.loads(done.stdout.splitlines()[-1])
    assert done.exit_code == 0
    assert problem.message.split("'")[1] not in last["rules"]


def test_nothing_wrong(tmp_path: Path) -> None:
    """A sound flow is searched to its end without a finding."""
    search = explored(
        tmp_path, "  - {when: hello, choose: [{id: a, if: order.total > 5.00, say: x}, {id: b, else: true, say: y}]}"
    )
    assert search.whole
    assert problems(search) == []


def test_a_bound_is_kept(tmp_path: Path) -> None:
    """A search that spent its steps says that it is not whole, and calls nothing a dead end."""
    search = explored(tmp_path, FAULTS["a state that nothing leaves"][0], steps=8)
    assert not search.whole
    assert list(search.caught()) == []


def test_a_search_gets_around() -> None:
    """A short search comes into most states of a shipped pack."""
    flow = load("common_zh")
    subject = Subject(flow.spec, flow.profile)
    search = Exploration(subject, 6_000)
    search.run()
    assert len({found.snapshot.state for found in search.situations}) >= 0.7 * len(subject.reached)


def test_messages_are_heard_as_their_intent() -> None:
    """Nearly every intent of a pack has a message that is heard as it first."""
    flow = load("common_zh")
    messages = Alphabet(flow).messages
    assert all(flow.recogniser.hear(text).names[0] == name for name, text in messages.items())
    assert len(messages) >= 0.9 * len(flow.spec.intents)
