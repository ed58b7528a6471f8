"""Broken rule files: each fault is found, alone, at its exact line and column."""

from __future__ import annotations

from collections.abc import Callable

import pytest

# What the flows below rest on.
BASE = (
    "facts: {store.min: money, order.total: money, product.floor: {type: money, secret: true}, store.days: {text: count}}\n"
    "intents: {hello: {examples: [你好]}, bye: {examples: [再见]}}\n"
    "slots: {bid: {type: money, ask: 多少}, size: {type: text}, ok: {type: flag, ask: 好吗}, "
    "kind: {type: [red, blue], ask: 哪种}}\n"
)

SHAPES = {
    "an unknown key at the top": ("ruls: []", "unknown-key 1:1"),
    "an unknown key in a rule": ("rules:\n  - when: hello\n    choose:\n      - {id: a, sya: x}", "unknown-key 4:17"),
    "an unknown key in a say line": (
        "rules:\n  - when: hello\n    choose:\n      - id: a\n        say: [{iff: x, text: y}]",
        "unknown-key 5:16",
    ),
    "a misspelt key is not also a missing one": ("rules:\n  - when: hello\n    chose: []", "unknown-key 3:5"),
    "a missing key": ("rules:\n  - choose: [{id: a}]", "missing-key 2:5"),
    "a rule without id": ("rules:\n  - when: hello\n    choose: [{say: x}]", "missing-key 3:15"),
    "a number for text": ("version: 1.0", "wrong-type 1:10"),
    "a truth value for text": ("rules:\n  - when: hello\n    choose: [{id: a, say: true}]", "wrong-type 3:27"),
    "text for a list": ("rules:\n  - when: hello\n    choose: hello", "wrong-type 3:13"),
    "text for a mapping": ("slots: bid", "wrong-type 1:8"),
    "a list for a mapping": ("slots: {bid: [money]}", "wrong-type 1:14"),
    "a list for the whole file": ("- rules", "wrong-type 1:1"),
    "rules as a mapping": ("rules: {a: b}", "wrong-type 1:8"),
    "text for a number": ("slots:\n  x: {type: text, tries: many}", "wrong-type 2:26"),
    "a number that is too small": ("slots:\n  x: {type: text, tries: 0}", "bad-value 2:26"),
    "a number that is too large": ("slots:\n  x: {type: text, tries: 9}", "bad-value 2:26"),
    "a word outside its choices": ("slots:\n  x: {type: text, keep: forever}", "bad-value 2:25"),
    "else without true": ("rules:\n  - when: hello\n    choose: [{id: a, else: false}]", "bad-value 3:28"),
    "an empty list of rules": ("rules:\n  - when: hello\n    choose: []", "bad-value 3:13"),
    "an id with a space": ("rules:\n  - when: hello\n    choose: [{id: a b}]", "bad-value 3:19"),
    "a fact's name with a dash": ("facts:\n  store-min: money", "bad-value 2:3"),
    "a duration without unit": ("calls:\n  x: {within: 20}", "bad-value 2:15"),
    "a duration of a thousand years": ("calls:\n  x: {within: 1000y}", "bad-value 2:15"),
    "a negative duration": ("calls:\n  x: {within: -2h}", "bad-value 2:15"),
    "a percentage over a hundred": (
        "bargains:\n  p: {list: order.total, floor: store.min, bid: slots.bid, steps: [{cut: 300%}]}",
        "bad-value 2:74",
    ),
    "a window that ends before it begins": (
        "follow_ups:\n  x: {since: paid, after: 1d, window: mon 17:00-09:00, say: y}",
        "bad-value 2:39",
    ),
    "a window on no day": ("follow_ups:\n  x: {since: paid, after: 1d, window: mun 09:00-10:00, say: y}", "bad-value 2:39"),
    "an unknown type": ("facts:\n  order.x: mony", "unknown-type 2:12"),
    "an unknown type in long form": ("facts:\n  order.x: {type: mony}", "unknown-type 2:19"),
    "an enum of numbers": ("facts:\n  order.x: [1, 2]", "unknown-type 2:12"),
    "an unknown slot type": ("slots:\n  x: {type: colr}", "unknown-type 2:13"),
    "two effects in one": (
        "rules:\n  - when: hello\n    choose:\n      - {id: a, do: [{grant: g, notify: x}]}",
        "bad-value 4:22",
    ),
    "no effect": ("rules:\n  - when: hello\n    choose:\n      - {id: a, do: [{if: order.paid}]}", "bad-value 4:22"),
    "a misspelt effect": ("rules:\n  - when: hello\n    choose:\n      - {id: a, do: [{grnt: g}]}", "unknown-key 4:23"),
    "a promise without deadline": (
        "rules:\n  - when: hello\n    choose:\n      - {id: a, do: [{promise: {x: y}}]}",
        "bad-value 4:32",
    ),
    "a record of two names": (
        "rules:\n  - when: hello\n    choose:\n      - {id: a, do: [{record: {x: [order.id], y: [order.no]}}]}",
        "bad-value 4:31",
    ),
    "a follow-up without start": ("follow_ups:\n  x: {after: 1d, say: y}", "bad-value 2:6"),
    "a follow-up with two starts": ("follow_ups:\n  x: {since: paid, after: 1d, at: today, say: y}", "bad-value 2:6"),
    "a key without value": (
        "rules:\n  - when: hello\n    choose:\n      - id: a\n        say:\n        go: close",
        "empty-value 5:9",
    ),
    "a state without value": ("states:\n  close.pay:", "empty-value 2:3"),
    "an empty condition": ("rules:\n  - when: hello\n    choose:\n      - {id: a, if: , say: x}", "empty-value 4:17"),
    "an axis without `sure`": ("types:\n  mood:\n    calm: [{if: today == today, score: 1}]", "missing-key 3:5"),
}

YAML = {
    "a key twice": ("name: a\nname: b", "duplicate-key 2:1"),
    "a nested key twice": ("slots:\n  a: {type: text, ask: x, type: money}", "duplicate-key 2:27"),
    "an unquoted placeholder as a value": ("calls:\n  x:\n    hold: {{ store.min }}", "unquoted-placeholder 3:11"),
    "an unquoted placeholder before text": ("calls:\n  x:\n    hold: {{ store.min }}元", "unquoted-placeholder 3:11"),
    "an unquoted placeholder in a flow mapping": ("calls:\n  x: {hold: 满{{ store.min }}元}", "unquoted-placeholder 2:14"),
    "an unquoted placeholder as a flow value": ("calls:\n  x: {hold: {{ store.min }}, by: y}", "unquoted-placeholder 2:13"),
    "an unquoted placeholder in a list": ("rules:\n  - say: [{{ a }}元]", "unquoted-placeholder 2:11"),
    "a tab": ("rules:\n\t- when: x", "yaml-syntax 2:1"),
    "an open quote": ('name: "shop', "yaml-syntax 1:7"),
    "an open bracket": ("use: [a, b\nname: x", "yaml-syntax 2:5"),
    "a colon in plain text": ("name: a: b", "yaml-syntax 1:8"),
    "a tag": ("name: !!python/object:os.system x", "yaml-tag 1:7"),
    "a private tag": ("facts: !mine {}", "yaml-tag 1:8"),
    "two documents": ("name: a\n---\nname: b", "yaml-documents 2:1"),
    "a merge key": ("slots:\n  a: &a {type: text}\n  b: {<<: *a}", "yaml-merge 3:7"),
    "an anchor inside itself": ("facts: &a [*a]", "yaml-syntax 1:12"),
    "an unknown alias": ("facts: *gone", "yaml-syntax 1:8"),
    "a list as a key": ("? [a, b]\n: c", "yaml-key 1:3"),
    "a control character": ("name: a\x07b", "bad-character 1:8"),
    "an escaped NUL": ('name: "a\\0b"', "bad-character 1:7"),
    "a line separator": ("name: a\n# x\u2028y", "bad-character 2:4"),
    "bytes that are not UTF-8": (b"name: shop\nversion: \xff\xfe", "not-utf8 2:10"),
}

NAMES = {
    "an unknown intent in when": ("rules:\n  - when: helo\n    choose: [{id: a, say: x}]", "unknown-trigger 2:11"),
    "an unknown intent in a list of when": (
        "rules:\n  - when: [hello, buy]\n    choose: [{id: a, say: x}]",
        "unknown-trigger 2:19",
    ),
    "an unknown slot in when": ("rules:\n  - when: slots.bidd\n    choose: [{id: a, say: x}]", "unknown-slot 2:11"),
    "an unknown call in when": ("rules:\n  - when: ship.done\n    choose: [{id: a, say: x}]", "unknown-call 2:11"),
    "an unknown promise in when": ("rules:\n  - when: refund.broken\n    choose: [{id: a, say: x}]", "unknown-promise 2:11"),
    "an unknown report in when": ("rules:\n  - when: report.payd\n    choose: [{id: a, say: x}]", "unknown-event 2:11"),
    "an unknown state in `in`": ("rules:\n  - when: hello\n    in: [clos]\n    choose: [{id: a, say: x}]", "unknown-state 3:10"),
    "an unknown state in a file's `in`": (
        "in: [clos]\nrules:\n  - when: hello\n    choose: [{id: a, say: x}]",
        "unknown-state 1:6",
    ),
    "an unknown state in go": ("rules:\n  - when: hello\n    choose: [{id: a, go: close.pay}]", "unknown-state 3:26"),
    "everywhere is no place to go": ("rules:\n  - when: hello\n    choose: [{id: a, go: everywhere}]", "unknown-state 3:26"),
    "a state under no root": ("states:\n  closing.pay: {}", "unknown-state 2:3"),
    "a state without parent": ("states:\n  close.pay.card: {}", "unknown-state 2:3"),
    "an unknown slot in ask": ("rules:\n  - when: hello\n    choose: [{id: a, ask: bd}]", "unknown-slot 3:27"),
    "an unknown slot in collect": ("states:\n  close.x: {collect: [bid, siz]}", "unknown-slot 2:28"),
    "an unknown slot in a conditional collect": (
        "states:\n  close.x: {collect: [{slot: siz, if: order.paid}]}",
        "unknown-slot 2:30",
    ),
    "a slot asked without question": ("rules:\n  - when: hello\n    choose: [{id: a, ask: size}]", "no-question 3:27"),
    "a slot collected without question": ("states:\n  close.x: {collect: [size]}", "no-question 2:23"),
    "an unknown call": ("rules:\n  - when: hello\n    choose: [{id: a, do: [{call: c}]}]", "unknown-call 3:34"),
    "an unknown bargain": ("rules:\n  - when: hello\n    choose: [{id: a, do: [{offer: p}]}]", "unknown-bargain 3:35"),
    "an unknown promise": ("rules:\n  - when: hello\n    choose: [{id: a, do: [{keep: p}]}]", "unknown-promise 3:34"),
    "an unknown intent to yield to": ("intents:\n  x: {examples: [y], yields_to: [helo]}", "unknown-intent 2:34"),
    "an unknown hole": ('intents:\n  x: {examples: ["{bdi}行吗"]}', "unknown-slot 2:20"),
    "an unknown fact in brings": ("events:\n  paid: {brings: [order.totl]}", "unknown-fact 2:19"),
    "an unknown fact in sets": ("events:\n  paid: {sets: {order.payed: true}}", "unknown-fact 2:17"),
    "a wrong value in sets": ("events:\n  paid: {sets: {order.paid: soon}}", "bad-value 2:29"),
    "an unknown start of a follow-up": ("follow_ups:\n  x: {since: payd, after: 1d, say: y}", "unknown-event 2:14"),
    "an unknown answer in hears": ("slots:\n  x: {type: [a, b], hears: {c: [d]}}", "unknown-value 2:29"),
    "`with` without call": (
        "rules:\n  - when: hello\n    choose: [{id: a, do: [{grant: g, with: {x: y}}]}]",
        "misplaced-key 3:38",
    ),
    "a reserved fact": ("facts:\n  slots.x: text", "reserved-name 2:3"),
    "a reserved intent": ("intents:\n  now: {examples: [x]}", "reserved-name 2:3"),
    "a built-in fact of another type": ("facts:\n  order.paid: text", "reserved-name 2:3"),
    "a claim elsewhere": ("facts:\n  store.oos: claim", "reserved-name 2:3"),
    "a call that gives another type": ("calls:\n  x: {gives: {order.id: count}}", "type-clash 2:15"),
    "a pack by path": ("use: ../other", "bad-use 1:6"),
    "a pack that is nowhere": ("use: [common_zhh]", "bad-use 1:7"),
    "an override of nothing": ("rules:\n  - when: hello\n    choose: [{id: a, override: true}]", "bad-override 3:19"),
    "a class called as a slot": ("words:\n  bid: [x]", "duplicate-id 2:3"),
    "a class called as an entity": ("words:\n  order_no: [x]", "duplicate-id 2:3"),
    "a class word with a hole": ('words:\n  x: ["{bid}元"]', "bad-value 2:6"),
    "a rule twice": ("rules:\n  - when: hello\n    choose: [{id: a, max: 1, say: x}, {id: a, say: y}]", "duplicate-id 3:44"),
}

ORDER = {
    "else in the middle": (
        "rules:\n  - when: hello\n    choose:\n      - {id: a, else: true, say: x}\n      - {id: b, if: order.paid, say: y}",
        "else-not-last 4:17",
    ),
    "else with if": ("rules:\n  - when: hello\n    choose: [{id: a, else: true, if: order.paid, say: x}]", "else-not-last 3:22"),
    "a rule that always fires before another": (
        "rules:\n  - when: hello\n    choose:\n      - {id: a, say: x}\n      - {id: b, if: order.paid, say: y}",
        "never-reached 4:14",
    ),
    "steps that grow": (
        "bargains:\n  p:\n    list: order.total\n    floor: store.min\n    bid: slots.bid\n    steps: [{cut: 1%}, {cut: 2%}]",
        "steps-grow 6:30",
    ),
    "a message every minute": ("follow_ups:\n  x: {since: paid, every: 1m, say: y}", "too-often 2:27"),
    "now without go": ("rules:\n  - when: now\n    choose: [{id: a, if: order.paid, say: x}]", "now-stays 3:19"),
    "back from a phase": ("rules:\n  - when: hello\n    choose: [{id: a, go: back}]", "no-way-back 3:26"),
    "back from a phase and a side root": (
        "rules:\n  - when: hello\n    in: [complaint, close]\n    choose: [{id: a, go: back}]",
        "no-way-back 4:26",
    ),
    "back in a follow-up of a phase": ("follow_ups:\n  x: {since: paid, after: 1d, in: close, go: back}", "no-way-back 2:46"),
    "an intent without words": ("intents:\n  x: {yields_to: hello}", "no-examples 2:3"),
}


def rule(line: str) -> str:
    """Return a flow with one rule whose fourth line is the given one."""
    return f"rules:\n  - when: hello\n    choose:\n      - {line}"


TEXTS = {
    "a fact in a plain condition": (rule("{id: a, if: order.totl > 1.00, say: x}"), "unknown-fact 4:21"),
    "a fact in a single-quoted condition": (
        rule("{id: a, if: 'order.id == ''x'' and order.totl > 1.00', say: x}"),
        "unknown-fact 4:44",
    ),
    "a fact behind an escape": (rule('{id: a, say: "\\u4f60\\"{{ order.totl }}"}'), "unknown-fact 4:34"),
    "a fact in a block": (rule("id: a\n        say: |\n          你好\n\n          满{{ order.totl }}元"), "unknown-fact 8:15"),
    "a fact in an indented block": (rule("id: a\n        say: |2\n            你好{{ order.totl }}"), "unknown-fact 6:18"),
    "a fact in a folded block": (
        rule("id: a\n        say: >-\n          你好\n          朋友\n\n          {{ order.totl }}"),
        "unknown-fact 9:14",
    ),
    "a fact in folded plain text": (rule("id: a\n        if: order.paid and\n          order.totl > 1.00"), "unknown-fact 6:11"),
    "a fact in folded quotes": (
        rule('id: a\n        say: "你好，\n          \\\n          {{ order.totl }}"'),
        "unknown-fact 7:14",
    ),
    "an enum word": (rule("{id: a, if: slots.kind == green, say: x}"), "unknown-value 4:35"),
    "an unknown enum fact is one fault": (rule("{id: a, if: slots.knd == green, say: x}"), "unknown-fact 4:21"),
    "a bare word": (rule("{id: a, if: hurry, say: x}"), "unknown-fact 4:21"),
    "money against a count": (rule("{id: a, if: order.total > 100, say: x}"), "type-mismatch 4:35"),
    "money against false": (rule("{id: a, if: order.total == false, say: x}"), "type-mismatch 4:21"),
    "money in a list of text": (rule("{id: a, if: order.total in order.items, say: x}"), "type-mismatch 4:21"),
    "a condition that is no condition": (rule("{id: a, if: order.total, say: x}"), "type-mismatch 4:21"),
    "text has no order": (rule("{id: a, if: order.id > order.no, say: x}"), "type-mismatch 4:30"),
    "division in a condition": (rule("{id: a, if: order.total / 2 > 1.00, say: x}"), "condition-syntax 4:33"),
    "a comparison chain": (rule('{id: a, if: "1 < misses < 3", say: x}'), "condition-syntax 4:33"),
    "an open bracket": (rule("{id: a, if: (order.paid, say: x}"), "condition-syntax 4:32"),
    "an open call": (rule("{id: a, if: times(, say: x}"), "condition-syntax 4:27"),
    "an unknown intent in times": (rule("{id: a, if: times(helo) > 1, say: x}"), "unknown-intent 4:27"),
    "an unknown segment in used": (rule("{id: a, if: used(b) > 1, say: x}"), "unknown-rule 4:26"),
    "an unknown state in in_state": (rule("{id: a, if: in_state(clos), say: x}"), "unknown-state 4:30"),
    "an open placeholder": (rule('{id: a, say: "满{{ order.total"}'), "template-syntax 4:24"),
    "a placeholder that closes nothing": (rule('{id: a, say: "满 }}"}'), "template-syntax 4:25"),
    "a statement in a text": (rule('{id: a, say: "{% if x %}"}'), "template-syntax 4:23"),
    "a placeholder in an effect": (rule('{id: a, do: [{tag: {x: "{{ order.total }}"}}]}'), "template-syntax 4:33"),
    "a secret said": (rule('{id: a, say: "底价{{ product.floor }}"}'), "secret-said 4:28"),
    "an unknown fact in an effect": (rule("{id: a, do: [{tag: {x: order.totl}}]}"), "unknown-fact 4:32"),
    "an unknown fact in a record": (rule("{id: a, do: [{record: {x: [order.id, order.totl]}}]}"), "unknown-fact 4:46"),
    "a deadline that is no time": (rule("{id: a, do: [{promise: {x: y, by: order.total}}]}"), "type-mismatch 4:43"),
    "a bargain over text": (
        "bargains:\n  p: {list: order.id, floor: store.min, bid: slots.bid, steps: []}",
        "type-mismatch 2:13",
    ),
    "a date that is money": ("follow_ups:\n  x: {at: order.total, say: y}", "type-mismatch 2:11"),
    "a fact of an optional argument": ("calls:\n  x: {with: [slots.bid, 'slots.sze?']}", "unknown-fact 2:26"),
    "never": ("never:\n  - order.totl < store.min", "unknown-fact 2:5"),
    "a confirmation": ("states:\n  close.x: {confirm: '对吗 {{ slots.bd }}'}", "unknown-fact 2:29"),
    "evidence": ("types:\n  mood: {sure: 1, calm: [{if: times(thx) > 1, score: 1}]}", "unknown-intent 2:37"),
    "a mail": (rule('{id: a, do: [{mail: {subject: x, text: "{{ order.totl }}"}}]}'), "unknown-fact 4:52"),
    "a validity": ("slots:\n  x: {type: money, valid: slots.x > slots.y}", "unknown-fact 2:37"),
}


@pytest.mark.parametrize(("text", "expected"), [*SHAPES.values(), *YAML.values()], ids=[*SHAPES, *YAML])
def test_a_file_that_is_wrong_in_itself(text: str | bytes, expected: str, problems: Callable[..., list[str]]) -> None:
    """A fault of form is one problem at its exact place."""
    assert problems(text) == [expected]


RULE = "rules:\n  - when: paid\n    choose: [{id: a, say: x}]\n"
DECLARED = {**NAMES, **ORDER, **TEXTS}


@pytest.mark.parametrize(("text", "expected"), DECLARED.values(), ids=DECLARED)
def test_a_flow_that_does_not_hang_together(text: str, expected: str, problems: Callable[..., list[str]]) -> None:
    """A fault of meaning is one problem at its exact place, in a file beside the one with the declarations."""
    assert problems({"flow.yaml": "name: shop\n", "facts.yaml": BASE, "rules/x.yaml": text}) == [
        f"{expected.replace(' ', ' rules/x.yaml:')}"
    ]


SEVERAL = {
    "a rule twice in two files": (
        {"flow.yaml": "name: a", "rules/a.yaml": RULE, "rules/b.yaml": RULE},
        ["duplicate-id rules/b.yaml:3:19"],
    ),
    "a slot twice in two files": (
        {"flow.yaml": "name: a", "rules/a.yaml": "slots: {x: {type: text}}", "rules/b.yaml": "slots: {x: {type: money}}"},
        ["duplicate-id rules/b.yaml:1:9"],
    ),
    "a state with content twice": (
        {"flow.yaml": "states: {close.x: {ends: session}}", "rules/a.yaml": "states: {close.x: {ends: session}}"},
        ["duplicate-id rules/a.yaml:1:10"],
    ),
    "a name outside flow.yaml": ({"flow.yaml": "name: a", "facts.yaml": "version: '2'"}, ["misplaced-key facts.yaml:1:1"]),
    "faults of form and of meaning at once": (
        {"flow.yaml": "name: a", "rules/a.yaml": "rules:\n  - when: paid\n    choose: [{id: a, sya: x}]\nnever:\n  - misses >"},
        ["unknown-key rules/a.yaml:3:22", "condition-syntax rules/a.yaml:5:13"],
    ),
    "an unreadable file explains unknown names": (
        {"flow.yaml": "name: a", "facts.yaml": "facts: {a.b: money", "rules/a.yaml": "never:\n  - a.b > 1.00"},
        ["yaml-syntax facts.yaml:1:19"],
    ),
    "every file's faults": (
        {"flow.yaml": "nam: a", "facts.yaml": "facts: []", "rules/x/a.yaml": "rules: 1"},
        ["wrong-type facts.yaml:1:8", "unknown-key flow.yaml:1:1", "wrong-type rules/x/a.yaml:1:8"],
    ),
    "an imported rule without override": (
        {"flow.yaml": "use: base\n" + RULE, "../base/flow.yaml": RULE},
        ["duplicate-id flow.yaml:4:19"],
    ),
    "an override of the flow's own rule": (
        {"flow.yaml": "name: a", "rules/a.yaml": RULE, "rules/b.yaml": RULE.replace("say", "override: true, say")},
        ["bad-override rules/b.yaml:3:19"],
    ),
    "an override that answers something else": (
        {"flow.yaml": "use: base\nrules:\n  - when: shipped\n    choose: [{id: a, override: true}]", "../base/flow.yaml": RULE},
        ["bad-override flow.yaml:4:19"],
    ),
    "packs in a circle": ({"flow.yaml": "use: base", "../base/flow.yaml": "use: shop"}, ["bad-use base/flow.yaml:1:6"]),
}


@pytest.mark.parametrize(("files", "expected"), SEVERAL.values(), ids=SEVERAL)
def test_a_flow_of_several_files(files: dict[str, str], expected: list[str], problems: Callable[..., list[str]]) -> None:
    """The faults of all files come together, each with its file."""
    assert problems(files) == expected
