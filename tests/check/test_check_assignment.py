"""Definite assignment: a placeholder is marked `@` where its fact may be unknown."""

from __future__ import annotations

import pytest

from tests.check.conftest import Marked

DECLARED = """
facts:
  a: text
  b: text
  n: count
  store.must: {type: text, required: true}
  product.name_: {type: text, required: true}
  product.point: text
  table: {text: text}
  claims.pure: claim
  list.price: money
  floor.price: money
slots:
  asked: {type: text, ask: 您说？}
  told: {type: text}
  bid: {type: money}
calls:
  look: {read: true, gives: {seen: text}}
  ask_boss: {by: boss, within: 2h, gives: {given: text}}
bargains:
  deal: {list: list.price, floor: floor.price, steps: [{cut: 5%}], bid: slots.bid}
events:
  arrived: {brings: [a, b]}
  sent: {brings: [a], sets: {n: 1}}
states:
  close.form: {collect: [asked]}
intents:
  hello: {examples: [你好呀]}
"""
STORE = "profile: shop\nstore: {must: x}\nproducts: {p: {name_: x}}\n"
RULES = {
    "required facts are known": "say: '{{ store.must }}'",
    "others are not": "say: 'x{{ @a }}'",
    "today, misses, grants, deadlines and signals are known":
        "do: [{grant: g}], say: '{{ today }}{{ misses }}{{ granted.g }}{{ calls.ask_boss.within }}{{ message.length }}'",
    "outcome only in rules on outcomes": "say: '{{ @outcome }}'",
    "outcome in a rule on outcomes": "- {when: [ask_boss.done, ask_boss.failed], choose: [{id: r, say: '{{ outcome }}'}]}",
    "the rule's condition": "if: known(a), say: '{{ a }}'",
    "a comparison": "if: n > 3, say: '{{ n }}'",
    "either side of or": "if: known(a) or known(b), say: '{{ @a }}'",
    "both sides of or": "if: n == 1 or n == 2, say: '{{ n }}'",
    "the negation of known": "if: not known(a), say: '{{ @a }}'",
    "the list's condition": "- {when: hello, if: known(a), choose: [{id: r, say: '{{ a }}'}]}",
    "an earlier branch that tested it":
        "- {when: hello, choose: [{id: q, if: not known(a), say: x}, {id: r, else: true, say: '{{ a }}'}]}",
    "an earlier branch that is spent":
        "- {when: hello, choose: [{id: q, if: not known(a), max: 1, say: x}, {id: r, else: true, say: '{{ @a }}'}]}",
    "an earlier branch whose question is closed":
        "- {when: hello, choose: [{id: q, if: not known(slots.asked), ask: asked}, {id: r, say: '{{ @slots.asked }}'}]}",
    "else knows nothing more": "- {when: hello, choose: [{id: q, if: a == x, say: x}, {id: r, else: true, say: '{{ @a }}'}]}",
    "what a report brings": "- {when: arrived, choose: [{id: r, say: '{{ a }}{{ b }}'}]}",
    "what a report sets": "- {when: sent, choose: [{id: r, say: '{{ n }}'}]}",
    "what all reports bring": "- {when: [arrived, sent], choose: [{id: r, say: '{{ a }}'}]}",
    "what one of the reports brings": "- {when: [arrived, sent], choose: [{id: r, say: '{{ @b }}'}]}",
    "what a done call gives": "- {when: ask_boss.done, choose: [{id: r, say: '{{ @given }}'}]}",
    "a slot that was asked for": "- {when: slots.asked, choose: [{id: r, say: '{{ @slots.asked }}'}]}",
    "a slot that nobody asks for": "- {when: slots.told, choose: [{id: r, say: '{{ slots.told }}'}]}",
    "a slot that a state collects": "- {when: collected, in: [close.form], choose: [{id: r, say: '{{ @slots.asked }}'}]}",
    "a look-up's fact": "say: '{{ @seen }}'",
    "a look-up's fact that was tested": "if: known(seen), say: '{{ seen }}'",
    "a map's item": "if: known(table) and known(a), say: '{{ @table[a] }}'",
    "a map's item that was tested": "if: 'known(table[a])', say: '{{ table[a] }}{{ a }}'",
    "a claim's date": "if: known(claims.pure), say: '{{ claims.pure.as_of }}'",
    "a claim": "say: '{{ @claims.pure }}'",
    "a required fact of the product without a product": "say: '{{ @product.name_ }}'",
    "a required fact of a product in focus": "if: known(product.point), say: '{{ product.name_ }}'",
    "an offer without a list price": "do: [{offer: deal}], say: '{{ @deal.offer }}'",
    "an offer with a list price": "if: known(list.price), say: '{{ deal.offer }}'",
    "a next price implies the offer": "if: known(deal.next), say: '{{ deal.offer }}{{ list.price }}'",
    "an agreement made here": "if: deal.takes, do: [{agree: deal}], say: '{{ deal.agreed }}'",
    "an agreement made perhaps":
        "if: deal.takes, do: [{agree: deal, if: n > 1}], say: '{{ @deal.agreed }}'",
    "a second variant without the fact": "say: ['{{ a }}', x]",
    "a variant under a condition": "say: [{if: known(a), text: '{{ a }}'}, x]",
    "a variant under a condition that the rule has":
        "if: known(b) and n > 1, say: [{if: n > 1, text: '{{ @a }}'}]",
    "all plain variants lack something": "say: ['{{ @a }}', '{{ b }}', {if: known(a), text: x}]",
    "a sequence": "say: [[x, '{{ @a }}']]",
    "a sequence whose message tests its fact": "say: [[x, {if: known(a), text: '{{ a }}'}]]",
    "a sequence whose message tests another": "say: [[x, {if: known(b), text: '{{ @a }}'}]]",
    "arithmetic": "if: known(n), say: '{{ n * 2 + misses }}'",
    "the second operand":
        "if: known(n) and known(list.price), say: '{{ n }}和{{ list.price - @floor.price }}'",
    "a mail": "say: x, do: [{mail: {subject: x, text: '{{ @a }}'}}]",
    "a mail under a condition": "say: x, do: [{mail: {subject: x, text: '{{ a }}'}, if: known(a)}]",
    "deliberate silence": "say: []",
}  # fmt: skip


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_rule(rules: str, marked: Marked) -> None:
    """Exactly the placeholders whose facts may be unknown are found, each at its own letter."""
    listed = rules if rules.startswith("- ") else f"- {{when: hello, choose: [{{id: r, {rules}}}]}}"
    came, expected = marked("missing-fact-in-reply", f"{DECLARED}rules:\n{listed}\n", STORE)
    assert came == expected


OTHERS = {
    "a question where a rule asks it": """
slots: {size: {type: text, ask: '{{ @a }}的多大？'}}
rules: [{when: unknown, choose: [{id: r, ask: size}]}]""",
    "a question whose fact the rule knows": """
slots: {size: {type: text, ask: '{{ a }}的多大？'}}
rules: [{when: unknown, choose: [{id: r, if: known(a), ask: size}]}]""",
    "a question that a state asks": """
slots: {size: {type: text, ask: '{{ @a }}的多大？'}}
states: {close.form: {collect: [size]}}""",
    "a summary of what is collected": """
slots: {size: {type: text, ask: 多大？}, colour: {type: text, ask: 什么色？}}
states: {close.form: {collect: [size, {slot: colour, if: known(a)}], confirm: '{{ slots.size }}{{ slots.colour }}{{ @a }}'}}""",
    "a hold line of an approval": """
calls: {apply: {by: boss, with: [a], hold: '{{ @a }}'}}""",
    "a hold line of a look-up": """
calls: {look: {read: true, with: [a, 'b?'], gives: {seen: text}, hold: '{{ a }}{{ @b }}'}}""",
    "a follow-up after a report": """
events: {arrived: {brings: [a]}}
follow_ups: {later: {since: arrived, after: 1d, say: '{{ a }}'}}""",
    "a follow-up after a rule": """
rules: [{when: unknown, choose: [{id: r, if: known(a), say: x}]}]
follow_ups: {later: {since: r, after: 1d, say: '{{ @a }}'}}""",
    "a follow-up with a condition": """
rules: [{when: unknown, choose: [{id: r, say: x}]}]
follow_ups: {later: {since: r, after: 1d, if: known(a), say: '{{ a }}'}}""",
    "a follow-up at a date": """
follow_ups: {later: {at: day - 3d, say: '{{ day }}'}}""",
    "a follow-up's question": """
slots: {size: {type: text, ask: '{{ @a }}的多大？'}}
follow_ups: {later: {since: silence, after: 1d, ask: size}}""",
}


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_other_texts(text: str, marked: Marked) -> None:
    """Questions, summaries, hold lines and follow-ups are held to the same."""
    came, expected = marked("missing-fact-in-reply", f"facts: {{a: text, b: text, day: date}}{text}\n")
    assert came == expected
