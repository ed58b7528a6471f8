"""Fakes for bots' tests: the clock, the host, and replies kept in a file."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from csflow import Flow
from csflow.testing import Clock, FakeHost, agree_with_file, expect
from tests.flows import Shop

RULES = """
facts: {order.no: text, order.total: money, customer.id: text}
calls: {look: {with: [order.no?], gives: {stock.count: count}}}
events: {ordered: {brings: [order.no]}}
rules:
  - {when: started, choose: [{id: hello, go: identify_need}]}
  - {when: ask_stock, choose: [{id: look, do: [{call: look}]}]}
  - {when: look.done, choose: [{id: there, if: stock.count > 0, say: "有{{ stock.count }}件。"}, {id: gone, say: 没了。}]}
  - {when: look.failed, choose: [{id: unknown, say: 查不到。}]}
follow_ups:
  remind: {since: ordered, after: 2h, say: 还没付款。}
"""


@pytest.fixture
def flow(shop: Shop) -> Flow:
    """A flow with a look-up and a reminder."""
    return shop(RULES)


def test_clock() -> None:
    """The clock stands still until it is moved, by text or by a timedelta."""
    clock = Clock(datetime.datetime(2026, 11, 2, 10, tzinfo=datetime.UTC))
    assert clock() == clock()
    clock.advance("2h")
    assert clock.advance(datetime.timedelta(minutes=5)) == clock() == datetime.datetime(2026, 11, 2, 12, 5, tzinfo=datetime.UTC)


def test_stubs(flow: Flow) -> None:
    """Calls are answered as told, and what they were given is kept."""
    host = FakeHost(flow, {"look": [{"stock.count": 3}, "failed"]})
    expect(host.receive("c1", "有货吗")).said("有3件")
    expect(host.receive("c2", "有货吗")).said("查不到")
    assert len(host.called("look")) == 2
    assert [effect.type for effect in host.effects] == ["call", "call"]


def test_customers_are_apart(flow: Flow) -> None:
    """Each customer has a conversation of their own, on one clock."""
    host = FakeHost(flow)
    host.event("c1", "ordered", {"order.no": "A1"})
    host.tell("c2", {"order.total": "9.00"})
    due = host.wait("3h")
    assert {customer: turn.replies for customer, turn in due.items()} == {"c1": ("还没付款。",), "c2": ()}
    assert host.chat("c2").now == host.clock()
    assert host.chat("c1").snapshot.facts["customer.id"] == "c1"


def test_lines(flow: Flow) -> None:
    """Everything said is kept in order, with who said it."""
    host = FakeHost(flow, {"look": {"stock.count": 1}})
    host.receive("c1", "在吗", "有货吗")
    assert host.lines == ["c1 > 在吗", "c1 > 有货吗", "c1 < 有1件。"]


def test_kept_replies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are kept the first time and compared later; CSFLOW_UPDATE keeps the new ones."""
    path = tmp_path / "kept.txt"
    agree_with_file(path, ["您好", "再见"])
    agree_with_file(path, ["您好", "再见"])
    with pytest.raises(AssertionError, match=r"\n-再见\n\+慢走"):
        agree_with_file(path, ["您好", "慢走"])
    monkeypatch.setenv("CSFLOW_UPDATE", "1")
    agree_with_file(path, ["您好", "慢走"])
    assert path.read_text("utf-8") == "您好\n慢走\n"
