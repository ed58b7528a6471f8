"""Tests that are written for mutants: short, about what differs, true of the flow and false of the mutant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from csflow import load
from csflow.errors import Place
from csflow.testing.covering import Written, joined
from csflow.testing.faults import Mutant
from csflow.testing.killing import Killer, Proof
from csflow.testing.scenes import Scene, scene
from csflow.testing.script import load_talks
from csflow.testing.writing import texts

FLOW = """\
name: shop
language: zh
facts: {order.total: money, order.note: text}
slots: {size: {type: text, ask: 多大？, hears: {S: [小号], L: [大号]}}}
intents:
  ask_free: {phrases: [包邮吗]}
  pick: {phrases: [挑一件]}
  bye: {phrases: [再见]}
calls: {check: {gives: {stock.count: count}, within: 2h}}
rules:
  - {when: started, choose: [{id: hello, say: 您好。, go: identify_need}]}
  - when: ask_free
    choose:
      - {id: free.met, if: order.total >= 99.00, say: "{{ order.total }}包邮。", do: [{tag: {kind: large}}]}
      - {id: free.short, else: true, say: [还差一点。, 差一点点。]}
  - when: pick
    choose: [{id: pick, say: 好的。, ask: size}]
  - when: slots.size
    choose: [{id: size.told, say: "{{ slots.size }}，记下了。", do: [{call: check}]}]
  - when: [check.done, check.denied]
    choose: [{id: stock.told, say: 有货。}]
  - when: check.failed
    choose: [{id: stock.late, say: 还在查。}]
  - {when: bye, choose: [{id: bye, say: 再见。, go: farewell}]}
  - {when: [unknown, any], in: [everywhere], choose: [{id: what, say: 没听懂。}]}
follow_ups:
  remind: {since: size.told, after: 2d, window: "mon-sun 10:00-20:00", say: 还要吗？}
"""
KILLED: dict[str, tuple[str, str, Scene, dict[str, Any]]] = {
    "another rule": (
        ">= 99.00", "> 99.00",
        Scene({"facts": {"order": {"total": "99.00", "note": "急"}}}, ({"say": "你好呀"}, {"say": "包邮吗"}, {"say": "再见"})),
        {"turns": [{"say": "包邮吗"}], "head": {"facts": {"order": {"total": "99.00"}}}, "expect": {"rules": ["free.met"]}},
    ),
    "what an effect carries": (
        "kind: large", "kind: small",
        Scene({}, ({"facts": {"order.total": "120.00"}}, {"say": "包邮吗"})),
        {
            "turns": [{"facts": {"order.total": "120.00"}}, {"say": "包邮吗"}],
            "expect": {"rules": ["free.met"], "effects": [{"type": "tag", "name": "kind", "with": {"kind": "large"}}]},
        },
    ),
    "an effect": (
        ", do: [{call: check}]", "",
        Scene({}, ({"say": "挑一件"}, {"say": "小号"})),
        {"expect": {"rules": ["size.told"], "effects": ["call:check"]}},
    ),
    "words": ("say: 好的。", "say: 行。", Scene({}, ({"say": "挑一件"},)), {"expect": {"rules": ["pick"], "contains": ["好的"]}}),
    "one of several wordings": (
        "差一点点。", "差多少。",
        Scene({}, ({"say": "包邮吗"}, {"say": "包邮吗"})),
        {"turns": [{"say": "包邮吗"}, {"say": "包邮吗"}]},
    ),
    "a time": (
        "after: 2d", "after: 4d",
        Scene({}, ({"say": "挑一件"}, {"say": "小号"})),
        {"turns": [{"say": "挑一件"}, {"say": "小号"}, {"wait": "3d"}], "expect": {"rules": ["stock.late", "remind"]}},
    ),
    "a deadline": (
        "within: 2h", "within: 4h",
        Scene({}, ({"say": "挑一件"}, {"say": "小号"})),
        {"turns": [{"say": "挑一件"}, {"say": "小号"}, {"wait": "3h"}], "expect": {"rules": ["stock.late"]}},
    ),
    "a call's outcome": (
        "[check.done, check.denied]", "check.done",
        Scene({}, ({"say": "挑一件"}, {"say": "大号"}, {"event": "check.denied"})),
        {"expect": {"rules": ["stock.told"]}},
    ),
}  # fmt: skip


def written(folder: Path, text: str) -> Path:
    """Write a flow of one file."""
    path = folder / "flow.yaml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("case", KILLED)
def test_what_kills(case: str, tmp_path: Path) -> None:
    """The test has no turn and no fact too many, expects only what differs, holds with the flow and fails with the mutant."""
    was, now, found, wanted = KILLED[case]
    assert FLOW.count(was) == 1
    flow = load(written(tmp_path, FLOW))
    other = load(written(tmp_path, FLOW.replace(was, now)))
    proof = Killer(flow, other).test(found)
    assert proof is not None
    assert proof.passes(flow)
    assert not proof.passes(other)
    assert list(proof.scene.turns) == wanted.get("turns", list(proof.scene.turns))
    assert dict(proof.scene.head) == wanted.get("head", dict(proof.scene.head))
    assert [dict(expect) for expect in proof.expects.values()] == [wanted.get("expect", *proof.expects.values())]
    assert Proof.read(proof.plain) == proof


def test_nothing_kills_what_does_the_same(tmp_path: Path) -> None:
    """Where no expectation tells two versions apart there is no test."""
    flow = load(written(tmp_path, FLOW))
    other = load(written(tmp_path, FLOW.replace("name: shop", "name: other")))
    assert Killer(flow, other).test(Scene({}, ({"say": "挑一件"}, {"say": "小号"}))) is None


def test_a_scene_is_the_test_it_comes_from(tmp_path: Path) -> None:
    """Head and turns of a conversation test survive as plain data: facts, calls, time, seed, what happens."""
    path = tmp_path / "a.talk.yaml"
    head = "facts: {order: {total: '1.00'}}, customer: {id: b}, seed: 3, now: '2026-11-02T10:00:00+08:00', "
    calls = "calls: {check: [{stock.count: 1}, denied]}"
    happens = "{say: [a, b]}, {wait: 2d}, {event: check.done, facts: {stock.count: 2}}, {staff: take_over}"
    turns = f"[{happens}, {{facts: {{order.total: null}}}}]"
    path.write_text(f"- {{test: t, {head}{calls}, turns: {turns}}}", "utf-8")
    talk = load_talks(path)[0]
    assert scene(talk).talk().spec.model_copy(update={"test": "t"}) == talk.spec


def test_conversations_that_begin_alike_are_one() -> None:
    """A test whose turns begin another one becomes a part of it, with all that is expected; others stay apart."""
    long, short = Scene({}, ({"say": "a"}, {"say": "b"})), Scene({}, ({"say": "a"},))
    proofs = [
        Proof(short, {0: {"rules": ["r"], "contains": ["x"]}}),
        Proof(long, {1: {"rules": ["q"]}}),
        Proof(short, {0: {"rules": ["r"], "contains": ["y"]}}),
        Proof(short, {0: {"replies": ["x."]}}),
        Proof(Scene({"seed": 2}, short.turns), {0: {"state": "greet"}}),
    ]
    one, *others = joined(proofs)
    assert one == Proof(long, {0: {"rules": ["r"], "contains": ["x", "y"]}, 1: {"rules": ["q"]}})
    assert others == proofs[3:]


def test_a_scene_keeps_its_shop(tmp_path: Path) -> None:
    """A scene of a test that names a store profile finds it from anywhere, and says the way to it from where it is written."""
    (tmp_path / "tests").mkdir()
    path = tmp_path / "tests" / "a.talk.yaml"
    path.write_text("- {test: t, store: other.yaml, turns: [{say: a}]}", "utf-8")
    found = scene(load_talks(path)[0])
    assert found.talk().store == tmp_path / "tests" / "other.yaml"
    flow = load(written(tmp_path, FLOW))
    mutant = Mutant("rule-removed", Place("flow.yaml", 1, 1), "hello", "", "", (), frozenset())
    ((_, text),) = texts([Written(Proof(found, {0: {"replies": 1}}), (mutant,))], flow.spec.language, (), tmp_path)
    assert "store: tests/other.yaml" in text
