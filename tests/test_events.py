"""Effects and turns as data, and `why` in words."""

from __future__ import annotations

import json

from csflow.condition import COUNT, DATE, MONEY
from csflow.events import Effect, Why
from tests.flows import NOW, Talk


def test_effects_as_data() -> None:
    """An effect is plain JSON: money as decimal text, dates as ISO text, unknown values left out."""
    values = {"total": (MONEY, 18500), "on": (DATE, NOW.date()), "count": (COUNT, None)}
    effect = Effect("record", "demand", values, deadline=NOW)
    expected = {
        "type": "record",
        "name": "demand",
        "with": {"total": "185.00", "on": "2026-11-02"},
        "deadline": "2026-11-02T10:00:00+08:00",
    }
    assert effect.to_json() == expected
    assert Effect("notify", "till").to_json() == {"type": "notify", "name": "till", "with": {}}


RULES = """
facts: {order.total: money}
rules:
  - when: ask_price
    choose: [{id: dear, if: order.total > 1.00, say: 贵}, {id: price, else: true, say: 十元, do: [{notify: till}], go: close}]
follow_ups:
  late: {since: price, after: 2h, say: 还在吗}
  soon: {since: price, after: 1h, say: 在吗}
"""


def test_a_turn_as_data(talk: Talk) -> None:
    """A turn is what the command line prints: state, heard, rules, replies, effects and what is due, the next first."""
    turn = talk(RULES).say("多少钱")
    data = json.loads(json.dumps(turn.to_json(), ensure_ascii=False))
    assert data["state"] == "close"
    assert data["heard"] == [{"intent": "ask_price", "score": 1.0, "why": "phrase “多少钱”"}]
    assert data["rules"] == ["price"]
    assert data["replies"] == ["十元"]
    assert [effect["type"] for effect in data["effects"]] == ["notify", "schedule", "schedule"]
    assert data["due"] == [
        {"name": "soon", "at": "2026-11-02T11:00:00+08:00"},
        {"name": "late", "at": "2026-11-02T12:00:00+08:00"},
    ]
    assert repr(turn) == "<Turn close ('price',) ('十元',)>"


def test_why_in_words(talk: Talk) -> None:
    """`why` names what was heard and every rule judged, with its verdict, its place and the facts read."""
    chat = talk(RULES)
    chat.tell({"order": {"total": "1.00"}})
    lines = str(chat.say("多少钱").why).splitlines()
    assert lines[0] == "heard ask_price (1.00): phrase “多少钱”"
    assert lines[1].startswith("false     dear")
    assert lines[1].endswith("rules/test.yaml:5:14  with order.total = 1.00")
    assert lines[2].startswith("fired     price")


def test_an_empty_why() -> None:
    """An explanation of nothing is empty."""
    assert str(Why()) == ""
