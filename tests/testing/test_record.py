"""Recordings: what is written down passes as a test, whatever happened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csflow import Flow
from csflow.notation import read_duration
from csflow.testing import Recording, load_talks, run_talk
from csflow.testing.record import written_span, written_test
from csflow.values import NOT_TEXT
from tests.flows import NOW

RULES = """
facts: {order.no: text, order.total: money, customer.id: text}
calls: {apply: {by: boss, within: 2h}}
events: {ordered: {brings: [order.no]}}
rules:
  - {when: started, choose: [{id: hello, say: [欢迎。, 您好。], go: identify_need}]}
  - {when: ask_price, choose: [{id: price, say: "「{{ order.total }}」：看页面 # 不是注释"}]}
  - {when: ask_discount, choose: [{id: ask, do: [{call: apply}], say: [[我问一下。, 稍等。]], go: handle_objection}]}
  - {when: apply.denied, choose: [{id: no, say: 没批。}]}
  - {when: unknown, in: [everywhere], choose: [{id: what, say: 没听懂。}]}
follow_ups:
  remind: {since: ordered, after: 2d, say: 还没付款。}
"""


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Flow:
    """A flow in which everything that can be recorded happens."""
    from tests.flows import build

    return build(tmp_path_factory.mktemp("flow"), RULES)


def test_recorded_test_passes(flow: Flow, tmp_path: Path) -> None:
    """Everything that happened is in the test, which passes as it stands."""
    chat = Recording(flow, {"id": "c1"}, now=NOW, seed=4)
    chat.tell({"order": {"no": "0012", "total": "9.00"}})
    chat.say("在吗", "多少钱")
    chat.say("便宜点")
    chat.event("apply.denied")
    chat.event("ordered", {"order": {"no": "0012"}})
    chat.wait("2d")
    chat.staff("take_over")
    path = tmp_path / "a.talk.yaml"
    path.write_text(chat.test("一次: 谈话"), "utf-8")
    (talk,) = load_talks(path)
    assert (talk.name, talk.spec.seed, talk.spec.customer) == ("一次: 谈话", 4, {"id": "c1"})
    assert [turn.expect.rules for turn in talk.spec.turns][1:3] == [("hello", "price"), ("ask",)]
    assert run_talk(flow, talk) == []


def test_expectations_bite(flow: Flow, tmp_path: Path) -> None:
    """A flow that answers otherwise fails the recorded test."""
    chat = Recording(flow, now=NOW)
    chat.say("便宜点")
    path = tmp_path / "a.talk.yaml"
    path.write_text(chat.test("a").replace("say: 便宜点", "say: 多少钱"), "utf-8")
    (talk,) = load_talks(path)
    assert {failure.place.line for failure in run_talk(flow, talk)} == {5}


TEXTS = st.text(st.characters(codec="utf-8"), max_size=30).map(lambda text: NOT_TEXT.sub("", text))


@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_any_text_survives(texts: list[str]) -> None:
    """Whatever a customer writes that a file can hold is read back as it was."""
    assert read_back({"say": texts}).say == tuple(texts)


@given(st.integers(0, 10**8))
def test_any_span_survives(seconds: int) -> None:
    """A span in its largest unit is as long as it was."""
    assert read_duration(written_span(seconds)) == seconds


def read_back(turn: dict[str, Any]) -> Any:
    """Write a turn as a test and read it again."""
    from csflow.rulefile.source import Source
    from csflow.testing.script import TALK

    source = Source("a", written_test({"test": "a"}, [turn]).encode())
    assert source.problems == []
    return TALK.validate_python({0: source.data[0]})[0].turns[0]
