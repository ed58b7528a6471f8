"""A conversation in memory: its clock, its actions, hold lines, and turns that are put together."""

from __future__ import annotations

import datetime

import pytest
from pydantic_core import PydanticCustomError

from csflow import Conversation, EventError
from tests.flows import NOW, Shop, Talk

CALLS = """
facts: {deal.note: text}
calls:
  boss: {by: supervisor, within: 20m, gives: {deal.price: money}, with: [customer.id]}
  again: {within: 1m}
rules:
  - when: ask_discount
    choose: [{id: ask, else: true, do: [{call: boss, with: {kind: gift}}], say: 问问主管}]
  - when: boss.done
    choose: [{id: done, else: true, say: "给您{{ deal.price }}"}]
  - when: boss.denied
    choose: [{id: denied, else: true, say: 没批}]
  - when: boss.failed
    choose: [{id: failed, else: true, say: 没回}]
  - when: ask_price
    choose: [{id: loop, else: true, do: [{call: again}], say: 再来}]
  - when: again.done
    choose: [{id: more, max: 9, do: [{call: again}]}, {id: even_more, else: true, do: [{call: again}]}]
"""


def test_actions_done_denied_failed(talk: Talk) -> None:
    """An action returns facts (done), False (denied) or raises (failed); it is given the call's values as keywords."""
    given: list[object] = []

    def grants(**values: object) -> dict[str, object]:
        given.append(values)
        return {"deal": {"price": "99.00"}}

    def fails(**values: object) -> None:
        raise RuntimeError("no line")

    chat = talk(CALLS, customer={"id": "b42"}, actions={"boss": grants})
    assert chat.say("便宜点").replies == ("问问主管", "给您99元")
    assert given == [{"customer.id": "b42", "kind": "gift"}]
    assert talk(CALLS, actions={"boss": lambda **values: False}).say("便宜点").replies == ("问问主管", "没批")
    assert talk(CALLS, actions={"boss": fails}).say("便宜点").replies == ("问问主管", "没回")
    assert talk(CALLS, actions={"boss": lambda **values: None}).say("便宜点").rules == ("ask",)


def test_calls_without_an_action_stay_open(talk: Talk) -> None:
    """A call without a function waits for `result`, until its deadline."""
    chat = talk(CALLS)
    turn = chat.say("便宜点")
    assert turn.replies == ("问问主管",)
    assert [*turn.snapshot.ledger.calls] == ["boss"]
    assert chat.result("boss", "done", {"deal.price": "88.00"}).replies == ("给您88元",)


def test_calls_that_call_each_other_are_bounded(talk: Talk) -> None:
    """Actions that lead to ever new calls stop; the conversation goes on."""
    made: list[int] = []
    chat = talk(CALLS, actions={"again": lambda **values: made.append(1)})
    assert chat.say("多少钱").replies == ("再来",)
    assert len(made) == 15
    assert chat.say("便宜点").replies == ("问问主管",)


def test_events_by_their_written_name(talk: Talk) -> None:
    """`event` takes a report or a call's outcome as it is written in a script, and refuses what is neither."""
    chat = talk(CALLS)
    chat.say("便宜点")
    assert chat.event("boss.done", {"deal": {"price": "1.00"}}).rules == ("done",)
    chat.event("report.paid", {"order": {"no": "A1"}})
    assert chat.snapshot.orders["A1"]["paid"] is True
    for name in ("boss.maybe", "payd", "", "slots.x", "now", "started"):
        with pytest.raises(EventError):
            chat.event(name)


def test_wait_moves_the_clock(talk: Talk) -> None:
    """Only `wait` moves the clock; what falls due on the way comes back as one turn."""
    chat = talk("""
        rules: [{when: ask_price, choose: [{id: price, else: true, say: 十元}]}]
        follow_ups:
          one: {since: price, after: 1h, say: 一}
          two: {since: price, after: 2h, say: 二, do: [{notify: till}]}
    """)
    chat.say("多少钱")
    assert chat.now == NOW
    turn = chat.wait(datetime.timedelta(hours=3))
    assert turn.replies == ("一", "二")
    assert turn.rules == ("one", "two")
    assert [effect.name for effect in turn.effects] == ["till"]
    assert turn.snapshot is chat.snapshot
    assert chat.now == NOW + datetime.timedelta(hours=3)
    assert chat.wait("0s").replies == ()


@pytest.mark.parametrize("span", ["-1d", "yesterday", "", "5", "99999999y", "1e3d"])
def test_spans_that_are_none(talk: Talk, span: str) -> None:
    """Time is waited in spans such as `2d`; anything else is refused and the clock stays."""
    chat = talk(CALLS)
    with pytest.raises((ValueError, PydanticCustomError)):
        chat.wait(span)
    assert chat.now == NOW


def test_a_start_with_facts(talk: Talk) -> None:
    """A conversation starts with what is known of the customer and the channel."""
    chat = talk(
        """
        facts: {customer.level: [gold, none]}
        rules:
          - when: ask_price
            choose: [{id: app, if: channel == 'app' and customer.level == gold, say: 会员价}, {id: other, else: true, say: 原价}]
    """,
        customer={"id": "b42", "level": "gold"},
        channel="app",
    )
    assert chat.say("多少钱").rules == ("app",)
    assert chat.state == "greet"


def test_a_start_now(shop: Shop) -> None:
    """Without a clock given a conversation begins at the real time, in the shop's zone."""
    chat = Conversation(shop("rules: [{when: ask_price, choose: [{id: price, else: true, say: 十元}]}]"))
    assert chat.now.utcoffset() == datetime.timedelta(hours=8)
    assert chat.say("多少钱").replies == ("十元",)


def test_hold_lines_speak_only_into_silence(talk: Talk) -> None:
    """The hold line of a look-up is said where nothing else is; one with a missing fact is not."""
    rules = """
        calls: {check: {read: true, gives: {stock.count: count}, hold: HOLD}}
        rules:
          - when: ask_stock
            choose: [{id: some, if: stock.count > 0, say: 有货}, {id: none, else: true, say: 没货}]
          - when: ask_price
            choose: [{id: price, else: true, say: 十元}]
    """
    chat = talk(rules.replace("HOLD", "稍等"))
    assert chat.say("有货吗").replies == ("稍等",)
    assert talk(rules.replace("HOLD", "稍等")).say("多少钱，有货吗").replies == ("十元",)
    assert talk(rules.replace("HOLD", '"{{ order.no }}稍等"')).say("有货吗").replies == ()
