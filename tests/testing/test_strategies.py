"""Generated customers: what they say can be played, the plainest comes first, and shrinking ends there."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from csflow import Flow
from csflow.errors import CsflowError
from csflow.testing import Act, customers, messages, play
from csflow.testing.noise import HOSTILE, variants
from csflow.testing.strategies import Customers
from tests.flows import NOW, build

RULES = """\
facts: {order.total: money, stock.count: count}
slots:
  size: {type: [s, l], ask: 要多大的？, hears: {s: [小号], l: [大号]}}
  bid: {type: money}
intents:
  offer_price: {phrases: ['{bid}卖吗']}
calls: {look: {gives: {stock.count: count}}}
rules:
  - {when: started, choose: [{id: hello, say: 您好。, go: identify_need}]}
  - {when: ask_stock, choose: [{id: stock.look, do: [{call: look}], say: 我查查。}]}
  - when: look.done
    choose: [{id: stock.some, if: stock.count > 3, say: 有。}, {id: stock.none, else: true, say: 不多了。}]
  - {when: [look.denied, look.failed], choose: [{id: stock.open, say: 没查到。}]}
  - when: offer_price
    choose: [{id: bid.taken, if: slots.bid >= 80.00, say: 行。}, {id: bid.low, else: true, say: 低了点。}]
  - {when: buy, choose: [{id: buy.size, ask: size}, {id: buy.done, say: 好。, go: close}]}
  - {when: unknown, in: [everywhere], choose: [{id: what, say: 没听懂。}]}
"""
SETTINGS = settings(max_examples=40, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Flow:
    return build(tmp_path_factory.mktemp("flow"), RULES)


@SETTINGS
@given(data=st.data())
def test_conversations_can_be_played(flow: Flow, data: st.DataObject) -> None:
    """Every generated conversation plays to its end, and each act has a line of a script."""
    acts = data.draw(customers(flow))
    turns = play(flow.start(now=NOW), acts)
    assert len(turns) == len(acts)
    assert all("\n" not in str(act) for act in acts)


def texts(flow: Flow, intent: str) -> list[str]:
    """Return the texts of an intent's messages in their order."""
    return ["\n".join(act.value) for act in Customers(flow).said(intent)]


def test_amounts_at_the_limits(flow: Flow) -> None:
    """A hole for an amount is filled at the limit that a condition sets, and next to it."""
    said = texts(flow, "offer_price")
    assert {"80.00卖吗", "79.99卖吗", "80.01卖吗"} <= set(said)


def test_plain_comes_first(flow: Flow) -> None:
    """The first message of an intent is heard as it alone; noise comes after."""
    for intent in flow.spec.intents:
        assert flow.recogniser.hear(texts(flow, intent)[0]).names == (intent,)


def test_shrinks_to_the_plainest(flow: Flow) -> None:
    """What Hypothesis shrinks a conversation to is one plain message."""
    assert find(messages(flow, "buy"), lambda act: True) == Act("say", ("我要了",))
    asked = find(customers(flow), lambda acts: any("buy.size" in turn.rules for turn in play(flow.start(now=NOW), acts)))
    assert asked == [Act("say", ("我要了",))]


def test_answers_to_the_open_question(flow: Flow) -> None:
    """The answers offered are those that the question's slot hears."""
    chat = flow.start(now=NOW)
    chat.say("我要了")
    assert {str(act) for act in Customers(flow).answers(chat.snapshot)} >= {"小号", "大号"}


@pytest.mark.parametrize(("text", "language"), [("能便宜点吗", "zh"), ("发货", "zh"), ("is it in stock", "en")])
def test_variants(text: str, language: str) -> None:
    """The plain text comes first, each variant is another, and traditional characters and bursts are among them."""
    found = list(variants(text, language))
    assert found[0] == (text,)
    assert len(set(found)) >= 6
    assert any(len(burst) == 2 for burst in found)
    assert any(len("".join(burst)) > 1_000 for burst in found)


def test_traditional() -> None:
    """Simplified characters come in traditional ones too."""
    assert ("發貨",) in list(variants("发货", "zh"))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile(flow: Flow, text: str) -> None:
    """No hostile text breaks a conversation; all are answered."""
    assert flow.start(now=NOW).say(text).replies


ACTS = [
    (Act("say", ("多少钱",)), "多少钱"),
    (Act("say", ("{",)), '{"say": "{"}'),
    (Act("say", ("在吗", "有货吗")), '{"say": ["在吗", "有货吗"]}'),
    (Act("wait", "2h"), '{"wait": "2h"}'),
    (Act("staff", "take_over"), '{"staff": "take_over"}'),
    (Act("say", (" 前后有空 ",)), '{"say": " 前后有空 "}'),
]


@pytest.mark.parametrize(("act", "line"), ACTS)
def test_lines(act: Act, line: str) -> None:
    """An act is written as the line of a script that plays it."""
    assert str(act) == line


def test_facts_with_an_event() -> None:
    """What a report brings stands beside it."""
    assert str(Act("event", "paid", {"order": {"no": "A1"}})) == '{"event": "paid", "facts": {"order": {"no": "A1"}}}'


def test_unknown_event(flow: Flow) -> None:
    """An act that the flow does not know is refused as the conversation refuses it."""
    with pytest.raises(CsflowError):
        Act("event", "nothing").play(flow.start(now=NOW))
