"""The sentences that rule authors read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from csflow.errors import LoadError
from csflow.spec import FlowSpec

RULE = "rules:\n  - when: paid\n    choose:\n      - "
SENTENCES = {
    "ruls: []": "no key 'ruls' here; did you mean 'rules'?",
    RULE + "{id: a, sya: x}": "no key 'sya' here; did you mean 'say'?",
    RULE + "{id: a, say: {iff: x, text: y}}": "no key 'iff' here; did you mean 'if'?",
    RULE + "{id: a, say: [[{txt: y}]]}": "no key 'txt' here; did you mean 'text'?",
    RULE + "{id: a, do: [{cal: x}]}": "no key 'cal' here; did you mean 'call'?",
    RULE
    + "{id: a, do: [{if: order.paid}]}": "one of call, grant, offer, agree, promise, keep, record, tag, notify, mail is needed",
    RULE + "{id: a, else: yes}": "'yes' is not true",
    RULE + "{id: a, override: yes}": "expected true or false, found 'yes'",
    RULE + "{say: x}": "'id' is missing here",
    "facts: {a: {typ: money}}": "no key 'typ' here; did you mean 'type'?",
    "facts: {a: {secret: true}}": "'type' is missing here",
    "facts: {a: mony}": "no type 'mony'; did you mean 'money'?",
    "facts: {a: 5}": "no type 5; write money, count, duration",
    "slots: {a: {type: lenght_cm}}": "no type 'lenght_cm'; did you mean 'length_cm'?",
    "slots: {a: {type: text, keep: sesion}}": "'sesion' is not session, order or customer; did you mean 'session'?",
    "slots: {a: {type: text, tries: 0}}": "0 is not at least 1",
    "slots: {a: {type: text, tries: 2.5}}": "expected a whole number, found 2.5",
    "states: {close.x: 5}": "expected a mapping (`key: value`), found 5",
    "version: 1.0": "expected text, found 1.0; put it in quotes",
    "version: [1]": "expected text, found a list",
    "types: {a: {sure: 1, calm: [{iff: x, score: 1}]}}": "no key 'iff' here; did you mean 'if'?",
    "calls: {a: {within: 20}}": "20 is not a duration; write 30s, 20m, 2h, 3d, 1w or 1y",
    "follow_ups: {a: {since: paid}}": "a follow-up has `since` with `after` or `every`, or else `at`",
    "follow_ups: {a: {sinse: paid, after: 1d}}": "no key 'sinse' here; did you mean 'since'?",
    "states: {close.x: {}, closing.y: {}}": "no state 'closing'; did you mean 'close'?",
    "use: retail": "packs are named, not given by path",
    "events: {paid: {sets: {order.placed: soon}}}": "'soon' is neither true nor false",
}


@pytest.mark.parametrize(("text", "sentence"), SENTENCES.items())
def test_a_sentence(text: str, sentence: str, load: Callable[[str], FlowSpec]) -> None:
    """It names what stands there and what should, and is the only one."""
    with pytest.raises(LoadError) as caught:
        load(text)
    (problem,) = caught.value.problems
    assert sentence in problem.message
