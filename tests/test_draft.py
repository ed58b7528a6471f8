"""The working copy of a step: writing facts, finding the focus, undoing, and what conditions read from it."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csflow import FactError
from csflow.draft import Draft, Unfetched
from tests.flows import NOW, Shop

RULES = """
facts:
  order.total: money
  order.lines: {text: count}
  product.price: money
  product.name: text
  shop.note: text
  customer.since: date
slots:
  order_no: {type: order_no, ask: 单号？}
  product: {type: product, ask: 哪款？}
  place: {type: text, ask: 哪里？, keep: order}
calls:
  check: {read: true, with: [slots.product, "order.total?"], gives: {stock.count: count, stock.note: text}, fresh: 5m}
rules:
  - when: ask_price
    choose: [{id: price, else: true, say: 十元, do: [{grant: gift}]}]
"""
STORE = """
products: {衬衫: {price: "10.00"}, 围巾: {price: "20.00"}}
"""


@pytest.fixture
def draft(shop: Shop) -> Draft:
    flow = shop(RULES, STORE)
    return Draft(flow, flow.fresh(), NOW)


def test_facts_are_nested_or_dotted(draft: Draft) -> None:
    """Facts are written as nested maps or under dotted names, typed at the door."""
    draft.write({"shop": {"note": "开业"}, "customer.since": "2026-01-02", "order.total": "10.50"})
    assert draft.facts == {"shop.note": "开业", "customer.since": datetime.date(2026, 1, 2)}
    assert draft.order == {"total": 1050}


def test_maps_are_facts_where_declared(draft: Draft) -> None:
    """A map that is a declared fact is its value; any other map is a longer name."""
    draft.write({"order": {"no": "A1", "lines": {"衬衫": 2}}})
    assert draft.order["lines"] == {"衬衫": 2}


def test_orders_are_merged_by_number(draft: Draft) -> None:
    """Facts of an order join what is known of it; the first number named takes over what had none."""
    draft.write({"order": {"total": "1.00"}})
    assert draft.write({"order": {"no": "A1", "paid": True}}) == "A1"
    assert draft.orders == {"A1": {"total": 100, "no": "A1", "paid": True}}
    assert draft.write({"order": [{"no": "A2", "total": "2.00"}, {"no": "A1", "paid": False}]}) == "A1"
    assert draft.orders["A1"]["paid"] is False
    assert draft.orders["A2"] == {"no": "A2", "total": 200}


def test_none_is_unknown(draft: Draft) -> None:
    """A fact that comes as nothing is unknown again."""
    draft.write({"order": {"no": "A1", "total": "1.00"}})
    draft.write({"order": {"no": "A1", "total": None}})
    assert draft.order["total"] is None


def test_nothing_is_written_where_one_fact_does_not_fit(draft: Draft) -> None:
    """One fact that does not fit refuses all that came with it."""
    with pytest.raises(FactError):
        draft.write({"shop": {"note": "开业"}, "order": {"total": "1.00"}, "customer": {"since": "gestern"}})
    assert (draft.facts, draft.orders) == ({}, {})


def test_the_product_in_focus(draft: Draft) -> None:
    """13: `product.*` is the product named, else the order's only item, else unknown; told facts go over the profile's."""
    assert draft.product == {}
    draft.write({"order": {"no": "A1", "items": ["衬衫", "围巾"]}})
    assert draft.product == {}
    draft.write({"order": {"no": "A1", "items": ["衬衫"]}})
    assert draft.product == {"price": 1000}
    draft.slots = {"product": "围巾"}
    draft.refocus()
    assert draft.product == {"price": 2000}
    draft.write({"product": {"price": "15.00"}})
    assert draft.product["price"] == 1500
    draft.slots = {"product": "没见过"}
    draft.refocus()
    assert draft.product == {}


def test_slots_of_an_order(draft: Draft) -> None:
    """12: a slot kept with an order is kept under the order in focus."""
    assert draft.slot_key("place") == "place@None"
    draft.write({"order": {"no": "A1"}})
    assert draft.slot_key("place") == "place@A1"
    assert draft.slot_key("product") == "product"


def test_a_look_up_is_needed_first(draft: Draft) -> None:
    """7: a fact of a look-up is unknown without its arguments, else it must be fetched, and then it is read while fresh."""
    assert draft.look_up("stock.count", "check") is None
    draft.slots = {"product": "衬衫"}
    with pytest.raises(Unfetched) as caught:
        draft.look_up("stock.count", "check")
    assert caught.value.call == "check"
    draft.write({"stock": {"count": 3}})
    assert draft.look_up("stock.count", "check") == 3
    assert draft.look_up("stock.note", "check") is None
    draft.now += datetime.timedelta(minutes=5)
    with pytest.raises(Unfetched):
        draft.look_up("stock.count", "check")
    draft.blind = frozenset({"check"})
    assert draft.look_up("stock.count", "check") is None


def test_other_arguments_are_another_look_up(draft: Draft) -> None:
    """7: what was fetched for one product says nothing about another."""
    draft.slots = {"product": "衬衫"}
    assert draft.arguments_key("check") == "衬衫|None"
    draft.write({"stock": {"count": 3}})
    draft.slots = {"product": "围巾"}
    with pytest.raises(Unfetched):
        draft.look_up("stock.count", "check")


def test_about_another_order(draft: Draft) -> None:
    """A condition can be asked about another order; the focus stays, and what would need a look-up is unknown."""
    draft.write({"order": [{"no": "A1", "total": "1.00"}, {"no": "A2", "total": "2.00"}]})
    assert draft.focus is None
    assert draft.about("A2", lambda env: env.order["total"]) == 200
    assert draft.focus is None
    assert draft.about("A1", None) is True
    draft.slots = {"product": "衬衫"}
    assert draft.about("A1", lambda env: env.look_up("stock.count", "check")) is None


def test_undoing(draft: Draft) -> None:
    """17: what happened since a checkpoint is undone wholly; the snapshot that the draft came from never changed."""
    draft.note("stays")
    saved = draft.checkpoint()
    draft.write({"shop": {"note": "开业"}})
    draft.effect("notify", "till")
    draft.replies.append("好")
    draft.restore(saved)
    assert (draft.facts, draft.effects, draft.replies) == ({}, [], [])
    assert draft.why.notes == ["stays"]


def test_today_is_the_shops(shop: Shop) -> None:
    """The date is that of the shop's zone, whatever zone the time is given in."""
    flow = shop(RULES, STORE)
    late = datetime.datetime(2026, 11, 2, 17, 0, tzinfo=datetime.UTC)
    assert Draft(flow, flow.fresh(), late).today == datetime.date(2026, 11, 3)


def test_signals_without_a_message(draft: Draft) -> None:
    """A step that hears no message has no signals."""
    assert draft.signals is None


TYPES = """
types:
  mood:
    sure: 2
    kind: [{if: times(thanks) >= 1, score: 2}, {if: message.polite, score: 1}]
    brisk: [{if: message.urgency >= 1, score: 1}, {if: times(ask_price) >= 2, score: 2}]
  known:
    sure: 1
    regular: [{if: times(thanks) >= 3, score: 1}, {if: "shop.note == '熟客'", score: 1}]
"""


@given(times=st.dictionaries(st.sampled_from(["thanks", "ask_price"]), st.integers(1, 3)), note=st.sampled_from([None, "熟客"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_type_leads_where_its_evidence_adds_up(shop: Shop, times: dict[str, int], note: str | None) -> None:
    """The leader is the one whose evidence adds up to enough, whether or not anything was heard that it waits for."""
    draft = Draft(flow := shop(TYPES + RULES, STORE), flow.fresh(), NOW)
    draft.times, draft.facts = times, {"shop.note": note} if note else {}
    kind, brisk = 2 * (times.get("thanks", 0) >= 1), 2 * (times.get("ask_price", 0) >= 2)
    assert draft.leads("mood") == ("none" if kind == brisk else "kind" if kind > brisk else "brisk")
    assert draft.leads("known") == ("regular" if note or times.get("thanks", 0) >= 3 else "none")
