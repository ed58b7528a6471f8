"""Parts that nothing uses, calls and promises whose end nobody takes up; places are marked `@`."""

from __future__ import annotations

import pytest

from tests.check.conftest import Marked

RULE = "\nrules: [{when: unknown, choose: [{id: r, %s}]}]"
FLOWS = {
    "unused-intent": {
        "no rule": "intents: {@hello: {examples: [你好呀]}}",
        "a rule": "intents: {hello: {examples: [你好呀]}}\nrules: [{when: hello, choose: [{id: r, say: x}]}]",
        "a rule on the parent": "intents: {hi.a: {examples: [你好呀]}}\nrules: [{when: hi, choose: [{id: r, say: x}]}]",
        "a rule on a sub-intent": """
intents: {@hi: {examples: [你好呀]}, hi.a: {examples: [晚上好]}}
rules: [{when: hi.a, choose: [{id: r, say: x}]}]""",
        "counted": "intents: {hello: {examples: [你好呀]}}" + RULE % "if: times(hello) > 1, say: x",
    },
    "unused-slot": {
        "nothing": "slots: {@size: {type: text, ask: 多大？}}",
        "asked": "slots: {size: {type: text, ask: 多大？}}" + RULE % "ask: size",
        "collected": "slots: {size: {type: text, ask: 多大？}}\nstates: {greet: {collect: [size]}}",
        "read by a condition": "slots: {size: {type: text}}" + RULE % "if: known(slots.size), say: x",
        "said": "slots: {size: {type: text}}" + RULE % "say: '{{ slots.size }}'",
        "recorded": "slots: {size: {type: text}}" + RULE % "do: [{record: {file: [slots.size]}}]",
        "given to a call": "slots: {size: {type: text}}\ncalls: {look: {read: true, with: ['slots.size?'], gives: {seen: text}}}",
        "an event": "slots: {size: {type: text}}\nrules: [{when: slots.size, choose: [{id: r, say: x}]}]",
        "the engine's own": "slots: {order_no: {type: order_no}, product: {type: product}}",
        "asked by a follow-up": """
slots: {size: {type: text, ask: 多大？}}
follow_ups: {f: {since: silence, after: 1h, ask: size}}""",
    },
    "unused-call": {
        "nothing": "calls: {@ask: {by: boss}}",
        "made by a rule": "calls: {ask: {by: boss}}" + RULE % "do: [{call: ask}]",
        "made by a follow-up": "calls: {ask: {by: boss}}\nfollow_ups: {f: {since: silence, after: 1h, do: [{call: ask}]}}",
        "a look-up that is read": "calls: {look: {read: true, gives: {seen: text}}}" + RULE % "if: known(seen), say: x",
        "a look-up that is not": "calls: {@look: {read: true, gives: {seen: text}}}",
        "facts that only a made call gives": "calls: {@ask: {by: boss, gives: {seen: text}}}" + RULE % "if: known(seen), say: x",
    },
    "unused-fact": {
        "nothing": "facts: {@a: text}",
        "only brought": "facts: {@a: text}\nevents: {arrived: {brings: [a]}}",
        "a date of a follow-up": "facts: {day: date}\nfollow_ups: {f: {at: day, say: x}}",
        "a claim's part": "facts: {claims.pure: claim}" + RULE % "if: known(claims.pure.as_of), say: x",
        "forbidden": "facts: {n: count}\nnever: [n > 3]",
        "the engine's own": "facts: {customer.opt_in: flag, product.name: text}",
        "a bargain's figure": "facts: {p: money, q: money, b: money}\nbargains: {deal: {list: p, floor: q, steps: [], bid: b}}",
    },
    "no-hears": {
        "an enum without words": "slots: {@size: {type: [s, l], ask: 多大？}}",
        "one word missing": "slots: {@size: {type: [s, l], ask: 多大？, hears: {s: [小]}}}",
        "a word with nothing": "slots: {@size: {type: [s, l], ask: 多大？, hears: {s: [小], l: []}}}",
        "all words": "slots: {size: {type: [s, l], ask: 多大？, hears: {s: [小], l: [大]}}}",
        "free text": "slots: {size: {type: text, ask: 多大？}}",
    },
    "unanswered-call": {
        "an approval": "calls: {@ask: {by: boss}}" + RULE % "do: [{call: ask}]",
        "a deadline": "calls: {@ask: {within: 2h}}" + RULE % "do: [{call: ask}]",
        "neither": "calls: {ask: {with: [order.id]}}" + RULE % "do: [{call: ask}]",
        "never made": "calls: {ask: {by: boss}}",
        "a look-up": "calls: {ask: {within: 2h, read: true, gives: {seen: text}}}" + RULE % "if: known(seen), say: x",
        "denied is not answered": """
calls: {@ask: {by: boss}}
rules: [{when: [ask.done, ask.failed], choose: [{id: a, say: x}]}, {when: unknown, choose: [{id: b, do: [{call: ask}]}]}]""",
        "a function cannot deny": """
calls: {ask: {within: 2h}}
rules: [{when: [ask.done, ask.failed], choose: [{id: a, say: x}]}, {when: unknown, choose: [{id: b, do: [{call: ask}]}]}]""",
    },
    "unkept-promise": {
        "neither kept nor answered": RULE % "do: [{promise: {@answer: x, by: 2h}}]",
        "both": """
rules: [{when: unknown, choose: [{id: a, do: [{promise: {answer: x, by: 2h}}]}]},
        {when: answer.broken, choose: [{id: b, say: x}]}, {when: paid, choose: [{id: c, do: [{keep: answer}]}]}]""",
    },
}
CASES = [pytest.param(code, text, id=f"{code}: {name}") for code, flows in FLOWS.items() for name, text in flows.items()]


@pytest.mark.parametrize(("code", "text"), CASES)
def test_usage(code: str, text: str, marked: Marked) -> None:
    """A code is found at the marked places and nowhere else."""
    came, expected = marked(code, text)
    assert list(dict.fromkeys(came)) == expected
