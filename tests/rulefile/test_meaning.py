"""The trees of conditions and texts that a loaded flow holds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from csflow.errors import LoadError
from csflow.spec import FlowSpec

Load = Callable[[str], FlowSpec]
FLOW = """\
facts: {order.total: money, store.days: {text: count}, claims.oos: claim}
intents: {ask.price: [], ask.price.again: {examples: ["{bid}行吗", "{phone}"]}}
slots:
  bid: {type: money, valid: slots.bid > 0, ask: 多少？}
  city: {type: region, ask: 哪里？}
calls:
  check: {with: [slots.bid, slots.city?], gives: {stock.count: count}, within: 2h, hold: "等{{ calls.check.within }}"}
bargains:
  price: {list: order.total, floor: order.total, bid: slots.bid, steps: [{cut: 2%, if: slots.bid > 1.00}, {cut: 1%}]}
types:
  mood: {sure: 2, calm: [{if: times(ask) > 1, score: 2}], tense: [{if: message.anger > 1, score: 2}]}
rules:
  - when: [ask.price.again, report.paid, check.done, later.broken, check.broken, slots.bid, now]
    if: order.paid
    choose:
      - id: a.b.c
        if: type.mood == none and tags.level == high and price.is_last and known(store.days[slots.city])
        do:
          - tag: {level: high, amount: order.total, note: see order.total}
          - promise: {later: slots.city, by: workdays(2)}
          - grant: gift
          - record: {file: [order.id, plain]}
          - {call: check, with: {kind: gift, bid: slots.bid}, if: granted.gift == 0}
          - keep: later
          - {offer: price}
          - mail: {subject: "单{{ order.id }}", text: "到{{ claims.oos.as_of }}{{ claims.oos.evidence }}"}
        go: close
follow_ups:
  check_back: {since: a.b.c, after: 1d, say: "{{ stock.count }}件"}
  due: {at: claims.oos.as_of + 30d, window: mon-fri 09:00-17:00, say: 到期了}
  quiet: {since: silence, after: 30m, go: farewell}
  answered: {since: check.denied, after: 1h, say: 再问问}
never:
  - used(b.c) > 1 and in_state(close)
"""


@pytest.fixture
def spec(load: Load) -> FlowSpec:
    return load(FLOW.replace("ask.price: [], ", ""))


CONDITIONS = [
    "slots.bid > 0", "slots.bid", "slots.city", "order.total", "slots.bid > 1.00", "times(ask) > 1", "message.anger > 1",
    "order.paid",
    "type.mood == none and tags.level == high and price.is_last and known(store.days[slots.city])", "workdays(2)", "order.id",
    "granted.gift == 0", "claims.oos.as_of + 30d", "used(b.c) > 1 and in_state(close)",
]  # fmt: skip


def test_every_expression_has_its_tree(spec: FlowSpec) -> None:
    """Conditions and the expressions of effects are kept by their text; literal words are not among them."""
    assert sorted(spec.conditions) == sorted(CONDITIONS)


def test_every_text_has_its_template(spec: FlowSpec) -> None:
    """All that is said is kept by its text, with the facts it needs."""
    needs = {text: set(template.needs) for text, template in spec.templates.items()}
    assert needs == {
        "多少？": set(),
        "哪里？": set(),
        "等{{ calls.check.within }}": {"calls.check.within"},
        "单{{ order.id }}": {"order.id"},
        "到{{ claims.oos.as_of }}{{ claims.oos.evidence }}": {"claims.oos.as_of", "claims.oos.evidence"},
        "{{ stock.count }}件": {"stock.count"},
        "到期了": set(),
        "再问问": set(),
    }


TAGS = [
    ("tag: {level: high}", "tags.level == high", None),
    ("tag: {level: high}", "tags.level == none", None),
    ("tag: {level: high}", "tags.level == low", "unknown-value"),
    ("tag: {level: order.id}", "tags.level == anything", None),
    ("tag: {level: 3}", "tags.level == '3'", None),
    ("grant: gift", "granted.gift > 1", None),
    ("grant: gift", "granted.gft > 1", "unknown-fact"),
]


@pytest.mark.parametrize(("effect", "condition", "code"), TAGS)
def test_effects_declare_what_they_write(effect: str, condition: str, code: str | None, load: Load) -> None:
    """A tag knows its literal values, or is text where one is computed; a grant is counted."""
    flow = f'rules: [{{when: paid, choose: [{{id: a, do: [{{{effect}}}]}}]}}]\nnever: ["{condition}"]'
    if code is None:
        assert condition in load(flow).conditions
    else:
        with pytest.raises(LoadError, match=code):
            load(flow)


def test_a_fault_in_a_text_is_reported_wherever_the_text_stands(load: Load) -> None:
    """The same text in two places is parsed once and refused twice."""
    with pytest.raises(LoadError) as caught:
        load("never:\n  - misses > x\n  - misses > x\n")
    assert [(problem.place.line, problem.place.col) for problem in caught.value.problems] == [(2, 14), (3, 14)]
