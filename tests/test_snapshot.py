"""Snapshots: plain versioned JSON that comes back as it went, and conversations that replay to the letter."""

from __future__ import annotations

import datetime
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csflow import Conversation, Flow, Snapshot, SnapshotError, Turn
from csflow.snapshot import Origin, decode, encode
from tests.flows import NOW, Talk

ORIGIN = Origin("shop", "1", "d" * 16)
TEXTS = st.sampled_from(
    [
        "你好",
        "在吗",
        "亚麻衬衫",
        "多少钱",
        "便宜点吧",
        "太贵了",
        "150卖吗",
        "再便宜点我就买",
        "不买了，别家便宜",
        "能包邮吗",
        "180的",
        "送什么赠品",
        "我再想想",
        "好的",
        "不用了",
        "可以",
        "我要了",
        "怎么付款",
        "付好了",
        "取消订单",
        "改地址",
        "20261101001234",
        "有货吗",
        "要大码",
        "170厘米",
        "60公斤",
        "推荐一件衬衫",
        "送人的",
        "预算200",
        "什么时候发货",
        "到哪了",
        "我要投诉",
        "气死我了",
        "衣服破了",
        "退货",
        "转人工",
        "你们是机器人吧",
        "谢谢",
        "再见",
        "喵喵",
        "？？？",
        "",
        "👍",
        "{{ store.name }}",
        "昨天下午",
        "[图片1]",
        "开发票",
    ]
)
REPORTS = st.sampled_from(
    [
        ("ordered", {"order": {"no": "A1", "total": "169.00"}}),
        ("ordered", {"order": {"no": "A2", "total": "9.90"}}),
        ("paid", None),
        ("paid", {"order": {"no": "A1"}}),
        ("shipped", {"order": {"no": "A1", "tracking_no": "SF1"}}),
        ("restocked", None),
        ("delivered", {"order": {"no": "A1", "received_on": "2026-11-01"}}),
        ("cancelled", {"order": {"no": "A1"}}),
    ]
)
ACTS = st.one_of(
    TEXTS.map(lambda text: ("say", text)),
    st.lists(TEXTS, min_size=2, max_size=3).map(lambda texts: ("say", *texts)),
    st.sampled_from(["10m", "21m", "3h", "2d", "8d"]).map(lambda span: ("wait", span)),
    REPORTS.map(lambda report: ("report", *report)),
    st.sampled_from(["take_over", "give_back"]).map(lambda act: ("staff", act)),
    st.sampled_from(["done", "denied", "failed"]).map(lambda outcome: ("outcome", outcome)),
)


def act(chat: Conversation, kind: str, *details: Any) -> Turn:
    """Make one random move; the outcome goes to any call that is open."""
    if kind != "outcome":
        return getattr(chat, kind)(*details)  # type: ignore[no-any-return]
    calls = sorted(chat.snapshot.ledger.calls) or sorted(chat.flow.spec.calls)
    return chat.result(calls[0], *details)


def start(flow: Flow, seed: int) -> Conversation:
    return flow.start({"id": "b42"}, now=NOW, seed=seed)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(acts=st.lists(ACTS, max_size=14), seed=st.integers(0, 2**31))
def test_random_conversations(retail: Flow, acts: list[tuple[Any, ...]], seed: int) -> None:
    """Whatever happens, a step answers or waits for a look-up, no reply has a hole, and the snapshot comes back from JSON."""
    chat, again = start(retail, seed), start(retail, seed)
    for kind, *details in acts:
        if several_open(chat) and kind == "report" and not details[1]:
            continue
        turn, twin = act(chat, kind, *details), act(again, kind, *details)
        assert twin.to_json() == turn.to_json()
        assert twin.snapshot == turn.snapshot
        for reply in turn.replies:
            assert reply.strip()
            assert "{{" not in reply or "{{" in str(details)
            assert "None" not in reply
            assert len(reply) <= retail.longest
        if kind == "say" and turn.state.partition(".")[0] != "handoff":
            assert turn.replies or turn.rules or turn.snapshot.ledger.parked
        again.snapshot = Snapshot.from_json(turn.snapshot.to_json())
        assert again.snapshot == turn.snapshot


def several_open(chat: Conversation) -> bool:
    rows = chat.snapshot.orders.values()
    return sum(not (row.get("cancelled") or row.get("received")) for row in rows) > 1


zone = ZoneInfo("Asia/Shanghai")
moments = st.datetimes(datetime.datetime(2000, 1, 1), timezones=st.just(zone))
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(max_size=8) | st.dates() | moments,
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(value=plain)
def test_values_come_back(value: Any) -> None:
    """What a snapshot may hold comes back equal through JSON, dates included."""
    assert decode(json.loads(json.dumps(encode(value)))) == value


def test_a_fresh_snapshot_is_small(retail: Flow) -> None:
    """A conversation that has not begun takes less than 200 bytes, and comes back equal."""
    fresh = retail.fresh(seed=3)
    text = fresh.to_json()
    assert len(text) < 200
    assert Snapshot.from_json(text) == fresh
    assert json.loads(text)["format"] == 1


def test_everything_comes_back(talk: Talk) -> None:
    """Frames, questions, timers, calls, promises, grants, bargains, look-ups and tags all survive JSON."""
    chat = talk(
        """
        facts: {product.list_price: money, product.name: text, order.day: date}
        slots: {bid: {type: money}, ok: {type: flag, ask: 可以吗？}, product: {type: product, ask: 哪款？}}
        calls: {boss: {by: supervisor, within: 2h}, check: {read: true, gives: {stock.count: count}}}
        bargains: {price: {list: product.list_price, floor: product.list_price, steps: [{cut: 0%}, {cut: 0%}], bid: slots.bid}}
        rules:
          - when: ask_price
            choose:
              - id: all
                else: true
                do:
                  - call: boss
                  - grant: gift
                  - offer: price
                  - promise: {answer: order.no, by: 1d}
                  - tag: {mood: good}
                say: [好, 行]
                ask: ok
          - when: complain
            in: [everywhere]
            choose: [{id: sorry, else: true, go: complaint}]
          - when: ask_stock
            in: [everywhere]
            choose: [{id: some, if: stock.count > 0, say: 有}]
        follow_ups: {later: {since: all, after: 1h, say: 还在吗}, at_day: {at: order.day, say: 今天}}
    """,
        'products: {衬衫: {list_price: "10.00"}}',
    )
    chat.tell({"order": {"no": "A1", "day": "2026-11-20", "items": ["衬衫"]}, "product": {"name": "衬衫", "list_price": "9.00"}})
    chat.say("多少钱")
    chat.say("投诉，有货吗")
    snapshot = chat.snapshot
    ledger = snapshot.ledger
    assert all((snapshot.frames, snapshot.timers, ledger.calls, ledger.grants, ledger.bargains))
    assert all((ledger.promises, ledger.tags, ledger.parked))
    back = Snapshot.from_json(snapshot.to_json())
    assert back == snapshot
    assert back.frames[0].pending == snapshot.frames[0].pending
    assert back.ledger.bargains["price"].step == 1
    assert repr(back) == "<Snapshot shop at complaint>"


GOOD = Snapshot.fresh(ORIGIN).to_json()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "5",
        '"x"',
        "{}",
        '{"format":1}',
        '{"format":2,"origin":["a","b","c"]}',
        '{"format":1,"origin":["a"]}',
        '{"format":1,"origin":["a","b","c"],"timers":[["x"]]}',
        '{"format":1,"origin":["a","b","c"],"pending":5}',
        '{"format":1,"origin":["a","b","c"],"ledger":{"nonsense":1}}',
        '{"format":1,"origin":["a","b","c"],"ledger":[1]}',
        '{"format":1,"origin":["a","b","c"],"frames":[1]}',
        '{"format":1,"origin":["a","b","c"],"slots":{"x":{"@":"yesterday"}}}',
        '{"format":1,"origin":["a","b","c"],"slots":{"x":{"@":5}}}',
        "[" * 100_000,
        '{"a":' * 50_000,
        GOOD + " " * 1_000_000,
        GOOD[:-2],
    ],
)
def test_broken_snapshots(text: str) -> None:
    """Text that is no snapshot is refused with one error, whatever is wrong with it."""
    with pytest.raises(SnapshotError):
        Snapshot.from_json(text)


def test_equality() -> None:
    """Snapshots are equal by value, never to anything else, and have no hash."""
    one, two = Snapshot.fresh(ORIGIN), Snapshot.fresh(ORIGIN)
    assert one == two
    two.misses = 1
    assert one != two
    assert one != "snapshot"
    with pytest.raises(TypeError):
        hash(one)
