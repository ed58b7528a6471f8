"""Playing conversation tests: what counts as met, and how a failure reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from csflow import Flow
from csflow.errors import LoadError
from csflow.testing import Failure, load_talks, run_talk
from tests.flows import build

RULES = """
facts: {order.total: money, mode: {type: [fixed, open], required: true}}
slots:
  size: {type: [s, l], ask: 要多大的？, hears: {s: [小号], l: [大号]}}
  gift: {type: text, keep: order}
types: {buyer: {sure: 1, lead: 1, saver: [{if: times(ask_discount) >= 1, score: 1}], rude: [{if: message.anger >= 1, score: 2}]}}
calls: {apply: {by: boss, within: 2h}}
states: {close.done: {ends: session}}
rules:
  - {when: started, choose: [{id: greet.hello, say: 欢迎。, go: identify_need}]}
  - when: ask_price
    choose: [{id: price.order, if: known(order.total), say: "一共{{ order.total }}。"}, {id: price.page, say: 看页面。}]
  - when: ask_parcel
    choose: [{id: parcel.fixed, if: mode == fixed, say: 后天到。}, {id: parcel.open, say: 您来定。}]
  - when: ask_discount
    choose: [{id: discount.ask, do: [{tag: {kind: saver}}, {call: apply}], say: 我问一下。, go: handle_objection}]
  - {when: apply.done, choose: [{id: discount.yes, do: [{grant: rebate}], say: [[批了。, 您拍。]]}]}
  - {when: [apply.denied, apply.failed], choose: [{id: discount.no, say: 没批。}]}
  - {when: buy, choose: [{id: buy.size, if: not known(slots.size), ask: size}, {id: buy.done, say: 好的。, go: close.done}]}
  - {when: ask_human, in: [everywhere], choose: [{id: person, say: 转人工。, go: handoff}]}
  - {when: unknown, in: [everywhere], choose: [{id: what, say: 没听懂。}]}
follow_ups:
  remind: {since: ordered, after: 2d, say: 还没付款。}
"""


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Flow:
    """A flow in which something of everything happens."""
    return build(tmp_path_factory.mktemp("flow"), RULES, "facts: {mode: fixed}")


def played(flow: Flow, folder: Path, turns: str, head: str = "") -> list[Failure]:
    """Play one test whose turns are given as the items of a list."""
    path = folder / "a.talk.yaml"
    path.write_text(f"- test: a test\n{head}  turns:\n{turns}", "utf-8")
    return [failure for talk in load_talks(path) for failure in run_talk(flow, talk)]


MET = {
    "state": "{say: 多少钱, expect: {state: identify_need}}",
    "rules without the greeting": "{say: 多少钱, expect: {rules: [price.page]}}",
    "rules with the greeting": "{say: 多少钱, expect: {rules: [greet.hello, price.page]}}",
    "one rule as text": "{say: 多少钱, expect: {rules: price.page}}",
    "no rule": "{facts: {order: {total: '1.00'}}, expect: {rules: []}}",
    "what is said and what is not": "{say: 多少钱, expect: {contains: [欢迎, 页面], not: [None, 元]}}",
    "what matches": "{say: 多少钱, expect: {matches: ['^看页面', 欢.。$]}}",
    "how many replies": "{say: 多少钱, expect: {replies: 2}}",
    "the very replies": "{say: 多少钱, expect: {replies: [欢迎。, 看页面。]}}",
    "effects by type": "{say: 便宜点, expect: {effects: [tag, request_approval]}}",
    "effects by name": "{say: 便宜点, expect: {effects: ['request_approval:apply']}}",
    "effects as a mapping": "{say: 便宜点, expect: {effects: [{type: tag}, {type: request_approval, name: apply}]}}",
    "what an effect carries": "{say: 便宜点, expect: {effects: [{type: tag, with: {kind: saver}}]}}",
    "an effect that is not there": "{say: 便宜点, expect: {without: [notify, 'tag:other', {type: tag, with: {kind: fair}}]}}",
    "no effect": "{say: 多少钱, expect: {effects: []}}",
    "what is due": "{event: ordered, expect: {due: [remind]}}",
    "nothing due": "{say: 多少钱, expect: {due: []}}",
    "what was heard": "{say: 多少钱啊便宜点, expect: {heard: [ask_price, ask_discount]}}",
    "no type": "{say: 多少钱, expect: {types: {buyer: none}}}",
    "a type": "{say: 便宜点, expect: {types: {buyer: saver}}}",
    "a type by the message's mood": "{say: 便宜点，气死我了, expect: {types: {buyer: rude}}}",
    "nothing heard": "{say: 哎, expect: {heard: [], rules: [what]}}",
}


@pytest.mark.parametrize("turn", MET.values(), ids=MET)
def test_met(turn: str, flow: Flow, tmp_path: Path) -> None:
    """What came as expected is no failure."""
    assert played(flow, tmp_path, f"    - {turn}\n") == []


NOT_MET = {
    "state": ("{say: 多少钱, expect: {state: close}}", "expected the state close, came identify_need"),
    "an unknown state": (
        "{say: 多少钱, expect: {state: clos}}",
        "expected the state clos (no state of the flow; did you mean 'close'?), came identify_need",
    ),
    "rules": ("{say: 多少钱, expect: {rules: [discount.ask]}}", "expected the rules discount.ask, fired greet.hello, price.page"),
    "an unknown rule": (
        "{say: 多少钱, expect: {rules: [price.pag]}}",
        "expected the rules price.pag (no rule 'price.pag'; did you mean 'price.page'?), fired greet.hello, price.page",
    ),
    "only the greeting": (
        "{say: 多少钱, expect: {rules: [greet.hello]}}",
        "expected the rules greet.hello, fired greet.hello, price.page",
    ),
    "no rules": ("{say: 多少钱, expect: {rules: []}}", "expected the rules none, fired greet.hello, price.page"),
    "contains": ("{say: 多少钱, expect: {contains: [元]}}", "expected '元' to be said"),
    "not": ("{say: 多少钱, expect: {not: [欢迎]}}", "expected '欢迎' not to be said"),
    "matches": (r"{say: 多少钱, expect: {matches: '\d+元'}}", r"expected a reply to match '\\d+元'"),
    "replies": ("{say: 多少钱, expect: {replies: 1}}", "expected 1 replies, came 2"),
    "the very replies": ("{say: 多少钱, expect: {replies: [看页面。]}}", "expected the replies 看页面。"),
    "effects": ("{say: 多少钱, expect: {effects: [tag]}}", "expected the effects tag, came none"),
    "effects in another order": (
        "{say: 便宜点, expect: {effects: [request_approval, tag]}}",
        "expected the effects request_approval, tag, came tag:kind, request_approval:apply",
    ),
    "no effects": ("{say: 便宜点, expect: {effects: []}}", "expected the effects none, came tag:kind, request_approval:apply"),
    "an effect too many": ("{say: 便宜点, expect: {without: [tag]}}", "expected no effect tag"),
    "due": ("{say: 多少钱, expect: {due: [remind]}}", "expected remind to be due, pending none"),
    "nothing due": ("{event: ordered, expect: {due: []}}", "expected none to be due, pending remind"),
    "heard": ("{say: 多少钱, expect: {heard: [buy]}}", "expected to hear buy, heard ask_price"),
    "a slot": ("{say: 多少钱, expect: {slots: {size: s}}}", "expected the slot size to be 's', it is None"),
    "a type": ("{say: 多少钱, expect: {types: {buyer: saver}}}", "expected the buyer type saver, it is none"),
    "an unknown axis": (
        "{say: 多少钱, expect: {types: {buyr: a}}}",
        "no axis of types 'buyr' in this flow; did you mean 'buyer'?",
    ),
    "an unknown slot": ("{say: 多少钱, expect: {slots: {siz: s}}}", "no slot 'siz' in this flow; did you mean 'size'?"),
    "an unknown event": ("{event: pai}", "no event 'pai' in this flow; did you mean 'paid'?"),
    "an unknown fact": ("{facts: {totl: 1}}", "fact 'totl': not declared in this flow"),
}


@pytest.mark.parametrize(("turn", "message"), NOT_MET.values(), ids=NOT_MET)
def test_not_met(turn: str, message: str, flow: Flow, tmp_path: Path) -> None:
    """What came otherwise is one failure that says what was expected and what came."""
    (failure,) = played(flow, tmp_path, f"    - {turn}\n")
    assert failure.message == message


def test_failure_reads_well(flow: Flow, tmp_path: Path) -> None:
    """A failure has its place, the test's name, the replies and why."""
    (failure,) = played(flow, tmp_path, "    - say: 多少钱\n      expect: {rules: [what], state: identify_need}\n")
    first, *rest = str(failure).splitlines()
    assert first.endswith("a.talk.yaml:4:23 a test: expected the rules what, fired greet.hello, price.page")
    assert rest[:3] == ["    after: say 多少钱", "    reply: 欢迎。", "    reply: 看页面。"]
    assert rest[3].startswith("    why:   heard ask_price")


def test_failure_shows_how_lists_differ(flow: Flow, tmp_path: Path) -> None:
    """Where several things were expected or came, the failure has a line for each that is missing or too much."""
    (failure,) = played(
        flow, tmp_path, "    - {say: [便宜点, 多少钱], expect: {rules: [discount.ask, discount.no, price.page]}}\n"
    )
    assert failure.diff == ("  discount.ask", "- discount.no", "  price.page")
    assert "      - discount.no" in str(failure).splitlines()


HAPPENINGS = {
    "say": ("{say: [在吗, 多少钱], expect: {state: close}}", "say 在吗 / 多少钱"),
    "wait": ("{wait: 90m, expect: {state: close}}", "wait 1:30:00"),
    "event": ("{event: ordered, facts: {order.total: '9.00'}, expect: {state: close}}", 'event ordered {"order.total": "9.00"}'),
    "facts": ("{facts: {order.total: '9.00'}, expect: {state: close}}", 'facts {"order.total": "9.00"}'),
    "staff": ("{staff: take_over, expect: {state: close}}", "staff take_over"),
}


@pytest.mark.parametrize(("turn", "line"), HAPPENINGS.values(), ids=HAPPENINGS)
def test_failure_tells_what_happened(turn: str, line: str, flow: Flow, tmp_path: Path) -> None:
    """A failure names what happened in its turn."""
    (failure,) = played(flow, tmp_path, f"    - {turn}\n")
    assert failure.happened == line


STUBBED = {
    "facts": ("{order.total: '7.00'}", "discount.yes", "批了"),
    "done": ("done", "discount.yes", "批了"),
    "denied": ("denied", "discount.no", "没批"),
    "failed": ("failed", "discount.no", "没批"),
}


@pytest.mark.parametrize(("answer", "rule", "said"), STUBBED.values(), ids=STUBBED)
def test_stubbed_call(answer: str, rule: str, said: str, flow: Flow, tmp_path: Path) -> None:
    """A stub answers a call in the same turn as the host would."""
    turn = f"    - {{say: 便宜点, expect: {{rules: [discount.ask, {rule}], contains: {said}}}}}\n"
    assert played(flow, tmp_path, turn, f"  calls: {{apply: {answer}}}\n") == []


def test_stubs_answer_in_turn(flow: Flow, tmp_path: Path) -> None:
    """Of a list each call takes the next answer, and all later ones the last."""
    said = [("没批", "discount.no"), ("批了", "discount.yes"), ("批了", "discount.yes")]
    turns = "".join(
        f"    - {{say: 便宜点, expect: {{contains: {text}, rules: [discount.ask, {rule}]}}}}\n" for text, rule in said
    )
    assert played(flow, tmp_path, turns, "  calls: {apply: [denied, done]}\n") == []


def test_stub_of_no_call(flow: Flow, tmp_path: Path) -> None:
    """A stub for a call that the flow lacks is a failure that names the one meant."""
    (failure,) = played(flow, tmp_path, "    - say: 多少钱\n", "  calls: {aply: done}\n")
    assert (failure.place.line, failure.message) == (2, "no call 'aply' in this flow; did you mean 'apply'?")


def test_every_turn_is_noted(flow: Flow, tmp_path: Path) -> None:
    """Whoever wants to know is told each turn, that of the facts at the start too."""
    path = tmp_path / "a.talk.yaml"
    path.write_text("- {test: a, facts: {order.total: '9.00'}, turns: [{say: 多少钱}, {wait: 1d}]}\n", "utf-8")
    noted: list[tuple[str, ...]] = []
    (talk,) = load_talks(path)
    assert run_talk(flow, talk, lambda turn: noted.append(turn.rules)) == []
    assert noted == [(), ("greet.hello", "price.order"), ()]


def test_all_failures(flow: Flow, tmp_path: Path) -> None:
    """A test goes on after a failure; it stops where an event cannot happen."""
    turns = """
    - {say: 多少钱, expect: {state: close, replies: 1}}
    - {event: nothing}
    - {say: 多少钱, expect: {state: close}}
"""
    turns = turns.lstrip("\n")
    assert [f.place.line for f in played(flow, tmp_path, turns)] == [3, 3, 4]


def test_whole_conversation(flow: Flow, tmp_path: Path) -> None:
    """Bursts, facts, reports, outcomes, time, the staff and slots all take part."""
    turns = """
    - {say: [便宜点, 多少钱], expect: {state: handle_objection, rules: [discount.ask, price.page]}}
    - {event: apply.done, expect: {rules: [discount.yes], effects: ['grant:rebate'], replies: [批了。, 您拍。]}}
    - facts: {order: {total: "180.00"}}
    - {say: 多少钱, expect: {contains: 180元}}
    - {say: 我要了, expect: {rules: [buy.size], contains: 要多大的}}
    - {say: 大号, expect: {rules: [buy.done], slots: {size: l}, state: close.done}}
    - {event: ordered, facts: {order: {no: "20261102001"}}, expect: {due: [remind]}}
    - {wait: 2d, expect: {rules: [remind], contains: 还没付款, due: []}}
    - {say: 人工, expect: {state: handoff, effects: [hand_off]}}
    - {staff: give_back, expect: {state: identify_need}}
"""
    assert played(flow, tmp_path, turns.lstrip("\n")) == []


def test_head(flow: Flow, tmp_path: Path) -> None:
    """Facts, the customer, the seed and the time are set before the first turn."""
    head = '  facts: {order: {total: "99.00"}}\n  customer: {id: c1}\n  seed: 7\n  now: 2026-11-02T10:00:00+08:00\n'
    assert played(flow, tmp_path, "    - {say: 多少钱, expect: {contains: 99元}}\n", head) == []


def test_bad_head(flow: Flow, tmp_path: Path) -> None:
    """Facts that do not fit are a failure at `facts`."""
    (failure,) = played(flow, tmp_path, "    - say: 多少钱\n", "  facts: {order: {total: much}}\n")
    assert (failure.place.line, failure.message[:19]) == (2, "fact 'order.total':")


def test_another_shop(flow: Flow, tmp_path: Path) -> None:
    """A test that names a store profile is played with that one, sought beside the test."""
    (tmp_path / "open.yaml").write_text("profile: open\nfacts: {mode: open}\n", "utf-8")
    assert played(flow, tmp_path, "    - {say: 到哪了, expect: {rules: [parcel.open]}}\n", "  store: open.yaml\n") == []
    assert played(flow, tmp_path, "    - {say: 到哪了, expect: {rules: [parcel.fixed]}}\n") == []


@pytest.mark.parametrize(
    ("profile", "message"), [(None, "there is no such file"), ("profile: bare\n", "the flow needs these facts: mode")]
)
def test_another_shop_that_cannot_be_used(profile: str | None, message: str, flow: Flow, tmp_path: Path) -> None:
    """A profile that is missing, or lacks what the flow needs, is an error of the file and no failure of the test."""
    if profile is not None:
        (tmp_path / "bare.yaml").write_text(profile, "utf-8")
    with pytest.raises(LoadError, match=message):
        played(flow, tmp_path, "    - {say: 多少钱}\n", "  store: bare.yaml\n")


def test_another_shop_counts_in_the_digest(tmp_path: Path) -> None:
    """A test is another one when the profile that it names has changed."""
    (tmp_path / "a.talk.yaml").write_text("- {test: a test, store: open.yaml, turns: [{say: 多少钱}]}\n", "utf-8")
    digests = set()
    for mode in ("fixed", "open"):
        (tmp_path / "open.yaml").write_text(f"profile: open\nfacts: {{mode: {mode}}}\n", "utf-8")
        digests |= {talk.digest for talk in load_talks(tmp_path)}
    assert len(digests) == 2
