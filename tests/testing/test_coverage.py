"""How much of a flow is reached: what there is, what a conversation reaches of it, and how runs add up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from csflow import Flow, LoadError
from csflow.testing import Coverage, Observer
from csflow.testing.coverage import KINDS, percent
from tests.flows import NOW, Shop

RULES = """
facts: {order.total: money}
slots: {size: {type: [s, l], ask: 多大？, hears: {s: [小号], l: [大号]}}}
states: {close.pay: {}}
rules:
  - {when: started, choose: [{id: hello, say: [欢迎。, 您好。], go: identify_need}]}
  - when: ask_price
    choose: [{id: price.free, if: order.total >= 99.00, say: 包邮。}, {id: price.page, say: 看页面。}]
  - when: ask_discount
    if: known(order.total)
    choose: [{id: discount, max: 1, say: 不行。, go: handle_objection}]
  - {when: buy, in: [identify_need, handle_objection], choose: [{id: buy, ask: size, go: close.pay}]}
  - {when: slots.size, in: [close], choose: [{id: sized, say: 好。}]}
  - {when: complain, choose: [{id: complain, say: 请讲。, go: complaint}]}
  - {when: thanks, in: [complaint], choose: [{id: calm, say: 不客气。, go: back}]}
follow_ups:
  ask_again: {since: silence, after: 1h, max: 1, say: 还在吗？}
"""


@pytest.fixture
def flow(shop: Shop) -> Flow:
    """A small flow with something of each kind."""
    return shop(RULES)


def reached(flow: Flow, *lines: str) -> Coverage:
    """Return what a conversation reaches: messages, or `wait 2h`."""
    observer = Observer(flow)
    chat = observer.flow.start(now=NOW)
    for line in lines:
        observer.note(chat.wait(line.removeprefix("wait ")) if line.startswith("wait ") else chat.say(line))
    coverage = Coverage(flow)
    coverage.add(observer.seen)
    return coverage


def names(coverage: Coverage, kind: str) -> set[str]:
    """Return the names of what was reached of a kind, among what there is."""
    return {item.name for item in coverage.items if item.kind == kind and coverage.reached(item)}


THERE_IS = {
    "state": ["identify_need", "handle_objection", "complaint", "close.pay"],
    "transition": [
        "any phase → identify_need", "any phase → handle_objection", "identify_need → close.pay",
        "handle_objection → close.pay", "any phase → complaint", "complaint → back",
    ],
    "rule": ["hello", "price.free", "price.page", "discount", "buy", "sized", "complain", "calm", "ask_again"],
    "variant": ["hello #1", "hello #2"],
    "boundary": ["order.total >= 99.00: true", "order.total >= 99.00: false"],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "expected"), THERE_IS.items(), ids=THERE_IS)
def test_what_there_is(kind: str, expected: list[str], flow: Flow) -> None:
    """All that can be reached is counted once, and nothing else is."""
    assert sorted(item.name for item in Coverage(flow).items if item.kind == kind) == sorted(expected)


REACHED = {
    "a greeting": (("你好",), "state", {"identify_need"}),
    "intents": (("多少钱", "我要了"), "intent", {"ask_price", "buy"}),
    "rules": (("多少钱", "wait 2h"), "rule", {"hello", "price.page", "ask_again"}),
    "a condition passed over": (("多少钱",), "branch", set[str]()),
    "a list passed over": (("便宜点",), "branch", {"list of discount: passed over"}),
    "a question": (("我要了",), "branch", {"buy: taken"}),
    "a move from a named state": (("我要了",), "transition", {"any phase → identify_need", "identify_need → close.pay"}),
    "a move to and fro": (
        ("投诉", "谢谢"),
        "transition",
        {"any phase → identify_need", "any phase → complaint", "complaint → back"},
    ),
    "nothing said of a boundary": (("多少钱",), "boundary", set[str]()),
}


@pytest.mark.parametrize(("lines", "kind", "expected"), REACHED.values(), ids=REACHED)
def test_reached(lines: tuple[str, ...], kind: str, expected: set[str], flow: Flow) -> None:
    """A conversation reaches what it comes through, and no more."""
    found = names(reached(flow, *lines), kind)
    assert found - {"price.free: passed over"} == expected


def test_branches_and_boundaries(flow: Flow) -> None:
    """A condition is reached both ways by values on both sides, a `max` once it is spent."""
    observer = Observer(flow)
    chat = observer.flow.start(now=NOW)
    for total in ("98.99", "99.00"):
        observer.note(chat.tell({"order.total": total}))
        observer.note(chat.say("多少钱"))
        observer.note(chat.say("便宜点"))
    coverage = Coverage(flow)
    coverage.add(observer.seen)
    assert names(coverage, "boundary") == {"order.total >= 99.00: true", "order.total >= 99.00: false"}
    both = {"price.free", "discount"}
    assert {f"{rule}: {way}" for rule in both for way in ("taken", "passed over")} <= names(coverage, "branch")


def test_variants(flow: Flow) -> None:
    """Each wording that was said counts, over conversations with different seeds."""
    observer = Observer(flow)
    for seed in range(8):
        observer.note(observer.flow.start(now=NOW, seed=seed).say("多少钱"))
    assert observer.seen["variant"] == {"hello #1", "hello #2"}


def test_own_parts(shop: Shop, tmp_path: Path) -> None:
    """With a home only what stands in its files counts."""
    flow = shop(RULES)
    assert Coverage(flow, str(tmp_path / "elsewhere")).items == ()
    assert Coverage(flow, str(tmp_path / "flow")).items == Coverage(flow).items


def test_sums(flow: Flow) -> None:
    """Counts, shares and what is missing belong together."""
    coverage = reached(flow, "多少钱")
    assert [tally.kind for tally in coverage.tallies] == list(KINDS)
    assert sum(tally.total - tally.reached for tally in coverage.tallies) == len(coverage.missing)
    data = coverage.to_json()
    assert data["percent"] == coverage.share == percent(len(coverage.items) - len(coverage.missing), len(coverage.items))
    assert len(data["missing"]) == len(coverage.missing)
    assert json.loads(json.dumps(data)) == json.loads(json.dumps(data, ensure_ascii=False))


SHARES = {"none of none": (0, 0, 100.0), "all": (7, 7, 100.0), "nearly all": (9999, 10000, 99.9), "a third": (1, 3, 33.3)}


@pytest.mark.parametrize(("count", "total", "share"), SHARES.values(), ids=SHARES)
def test_percent(count: int, total: int, share: float) -> None:
    """A share is rounded down, so that only all is a hundred."""
    assert percent(count, total) == share


def test_runs_add_up(flow: Flow, tmp_path: Path) -> None:
    """Runs that share a file are merged, whichever comes first; those of another version of the flow are left out."""
    path = tmp_path / "coverage"
    first, second = reached(flow, "多少钱"), reached(flow, "投诉")
    first.save(path)
    second.save(path)
    path.write_text(path.read_text("utf-8") + '{"flow": "shop", "digest": "old", "seen": {"rule": ["sized"]}}\n', "utf-8")
    merged = Coverage(flow)
    merged.load(path)
    assert names(merged, "rule") == names(first, "rule") | names(second, "rule")


@pytest.mark.parametrize("line", ["{", "[]", '{"flow": "shop"}', '"x"'])
def test_broken_file(line: str, flow: Flow, tmp_path: Path) -> None:
    """A line that is no run is refused at its place."""
    path = tmp_path / "coverage"
    path.write_text(f"{line}\n", "utf-8")
    with pytest.raises(LoadError, match=r"bad-data .*coverage:1:1 not a line of a coverage file"):
        Coverage(flow).load(path)
