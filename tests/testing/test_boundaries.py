"""Comparisons with constants: how they are named, and that watching them changes nothing."""

from __future__ import annotations

from collections.abc import Mapping

from csflow import Flow
from csflow.testing.boundaries import boundaries, sides, watched
from tests.flows import NOW, Shop

RULES = """
facts:
  order.total: money
  order.placed_on: date
  product.kind: [tea, pot]
  store.fee: {type: {text: money}}
  wait: duration
rules:
  - when: ask_price
    if: order.total + 5.00 >= 100.00
    choose:
      - {id: pot, if: product.kind == pot, say: 壶。}
      - {id: often, if: times(ask_price) > 2 or used(pot) == 0 and order.total < 120.00, say: 又问。}
      - {id: old, if: "(today - order.placed_on).days >= 3 and wait <= 2h and 200.00 > store.fee['a']", say: 旧。}
never: [used(pot) > 1]
"""
NAMES = [
    "order.total + 5.00 >= 100.00", "product.kind == pot", "times(ask_price) > 2", "used(pot) == 0", "order.total < 120.00",
    "(today - order.placed_on).days >= 3", "wait <= 2h", "200.00 > store.fee[a]",
]  # fmt: skip


def observed(flow: Flow, facts: Mapping[str, object]) -> set[str]:
    """Return what is noted where a customer asks for the price."""
    noted: set[str] = set()
    chat = Flow(watched(flow.spec, noted.add), flow.profile, flow.recogniser).start(now=NOW)
    noted.clear()
    chat.tell(facts)
    chat.say("多少钱")
    return noted


def test_names(shop: Shop) -> None:
    """Every comparison is named as a rule file has it; `never:` has none, since it must not come out both ways."""
    flow = shop(RULES)
    assert sorted({name for name, _, _ in boundaries(flow.spec)}) == sorted(NAMES)


def test_sides(shop: Shop) -> None:
    """What a judged condition compared is noted with its outcome, on whichever side the constant stands; the rest is not."""
    flow = shop(RULES)
    facts = {"order.total": "130.00", "product.kind": "tea", "order.placed_on": "2026-11-01", "wait": "1h"}
    assert observed(flow, facts) == {
        sides(name)[side]
        for name, side in [
            ("order.total + 5.00 >= 100.00", 0), ("product.kind == pot", 1), ("times(ask_price) > 2", 1),
            ("used(pot) == 0", 0), ("order.total < 120.00", 1), ("(today - order.placed_on).days >= 3", 1),
        ]
    }  # fmt: skip


def test_unknown_has_no_side(shop: Shop) -> None:
    """A comparison with an unknown fact comes out on no side."""
    assert observed(shop(RULES), {}) == set()


def test_same_answers(shop: Shop) -> None:
    """A watched flow answers as the flow itself does."""
    flow = shop(RULES)
    other = Flow(watched(flow.spec, lambda name: None), flow.profile, flow.recogniser)
    for total in ("94.99", "95.00", "119.99", "120.00"):
        turns = []
        for chat in (flow.start(now=NOW), other.start(now=NOW)):
            chat.tell({"order.total": total, "product.kind": "tea"})
            turns.append(chat.say("多少钱"))
        assert (turns[0].replies, turns[0].snapshot) == (turns[1].replies, turns[1].snapshot)
