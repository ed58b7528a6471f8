"""The built-in invariants, each on a turn that breaks it, and one's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from csflow import Flow, Message
from csflow.events import Due, Turn, Why
from csflow.snapshot import EMPTY_LEDGER, Bargain, Frame, Pending, Snapshot, Timer
from csflow.testing.acts import Act
from csflow.testing.invariants import (
    BUILT_IN,
    a_replay_is_identical,
    broken,
    floors_hold,
    hours_are_kept,
    nothing_is_said_twice,
    offers_never_rise,
    replies_are_whole,
    states_are_declared,
)
from csflow.testing.moment import Moment
from csflow.testing.watch import Watch
from csflow.turn import step
from tests.flows import NOW, build

RULES = """\
facts: {product.list_price: money, product.floor_price: {type: money, secret: true}}
slots: {bid: {type: money}}
bargains: {price: {list: product.list_price, floor: product.floor_price, steps: [{cut: 5%}], bid: slots.bid}}
rules:
  - {when: started, choose: [{id: hello, say: 您好。, go: identify_need}]}
  - {when: ask_price, choose: [{id: price.told, say: 页面有价。}]}
  - {when: unknown, in: [everywhere], choose: [{id: what, say: 没听懂。}]}
"""


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Flow:
    return build(tmp_path_factory.mktemp("flow"), RULES)


def moment(flow: Flow, replies: tuple[str, ...] = (), text: str = "多少钱", **fields: Any) -> Moment:
    """Return a turn that really happened, with other replies and other fields of its snapshot."""
    before = flow.fresh()
    turn = step(flow, before, Message((text,)), NOW)
    after = Snapshot.of(tuple(getattr(turn.snapshot, name) for name in Snapshot.__slots__))
    for name, value in fields.items():
        setattr(after, name, value)
    return Moment(flow, before, Message((text,)), NOW, Turn(after, replies or turn.replies, turn.effects, turn.rules, Why()))


WHOLE = ["共-元", "打7-8折", "2026-11-02发", "还有3天", "电话400-820-8820转3", "A-5款", "见页面"]
BROKEN = ["还差-19元", "{{ order.total }}", "到{city}", "共None元", "您是none会员", "undefined", "还剩-3天", "  "]


@pytest.mark.parametrize("reply", WHOLE)
def test_whole_replies(flow: Flow, reply: str) -> None:
    """Hyphens and figures as people write them are whole."""
    assert replies_are_whole(moment(flow, (reply,))) is None


@pytest.mark.parametrize("reply", BROKEN)
def test_broken_replies(flow: Flow, reply: str) -> None:
    """Placeholders, unknown values, negative amounts and empty replies are not."""
    assert replies_are_whole(moment(flow, (reply,)))


def test_what_the_customer_wrote_may_be_said_again(flow: Flow) -> None:
    """A placeholder in the customer's own words is no fault of the flow."""
    assert replies_are_whole(moment(flow, ("记下了：{{ x }}",), text="{{ x }}")) is None


def bargained(**kept: Any) -> dict[str, Any]:
    return {
        "ledger": EMPTY_LEDGER._replace(bargains={"price": Bargain(**kept)}),
        "facts": {},
        "products": {"": {"floor_price": 8000}},
    }


BREACHES: list[tuple[Callable[[Moment], Any], dict[str, Any]]] = [
    (states_are_declared, {"state": "nowhere"}),
    (states_are_declared, {"frames": (Frame("nowhere"),)}),
    (states_are_declared, {"pending": Pending("nothing")}),
    (floors_hold, bargained(offer=7999)),
    (floors_hold, bargained(offer=9000, agreed=7000)),
    (a_replay_is_identical, {"misses": 7}),
]


@pytest.mark.parametrize(("invariant", "fields"), BREACHES)
def test_breaches(flow: Flow, invariant: Callable[[Moment], Any], fields: dict[str, Any]) -> None:
    """A snapshot as no turn should leave it breaks the invariant about it."""
    assert invariant(moment(flow)) in (None, True)
    assert invariant(moment(flow, **fields)) not in (None, True)


def test_offers_never_rise(flow: Flow) -> None:
    """An offer may fall and stay; it may not rise, nor be forgotten."""
    for after, fine in ((9000, True), (8500, True), (9100, False), (None, False)):
        turn = moment(flow, **bargained(offer=after))
        turn.before = moment(flow, **bargained(offer=9000)).after
        assert (offers_never_rise(turn) is None) is fine


def test_said_twice(flow: Flow) -> None:
    """The same message twice in a turn is once too often."""
    assert nothing_is_said_twice(moment(flow, ("好的。", "好的。")))
    assert nothing_is_said_twice(moment(flow, ("好的。", "好的！"))) is None


def says_no_price(m: Moment) -> bool:
    return "价" not in m.said


def asserts(m: Moment) -> None:
    assert not m.replies, "should be quiet"


OWN: dict[Callable[[Moment], Any], list[tuple[str, str]]] = {
    says_no_price: [("says-no-price", "it does not hold")],
    asserts: [("asserts", "should be quiet")],
    lambda m: "too long" if len(m.said) > 3 else None: [("invariant", "too long")],
    lambda m: m.fact("order.total") is None: [],
}


@pytest.mark.parametrize(("invariant", "expected"), OWN.items())
def test_own_invariants(flow: Flow, invariant: Callable[[Moment], Any], expected: list[tuple[str, str]]) -> None:
    """False, a sentence and an AssertionError break an invariant of one's own; it is named after its function."""
    assert [(name, why.partition("\n")[0]) for name, why in broken(moment(flow), (invariant,))] == expected


def test_a_sound_turn_breaks_nothing(flow: Flow) -> None:
    """All built-in invariants hold in a turn as it happened."""
    assert list(broken(moment(flow), BUILT_IN)) == []


def test_every_invariant_says_what_holds() -> None:
    """Each built-in invariant has a sentence, which the documentation shows."""
    assert all(invariant.__doc__ for invariant in BUILT_IN)


NIGHT = NOW.replace(hour=23, minute=59)
LATE: list[tuple[Timer, bool]] = [
    (Timer("answer.broken", NIGHT, kind="promise"), False),
    (Timer("boss.failed", NIGHT, kind="call"), False),
    (Timer("look.failed", NIGHT, kind="call"), True),
]


@pytest.mark.parametrize(("timer", "fine"), LATE, ids=lambda value: getattr(value, "name", ""))
def test_hours_of_deadlines(tmp_path: Path, timer: Timer, fine: bool) -> None:
    """What a deadline says at night breaks the hours, except of a call so short that somebody waits for it."""
    calls = "calls: {boss: {by: boss, within: 2h}, look: {within: 30s}}\n"
    flow = build(tmp_path / "flow", calls + RULES, "contact_hours: mon-sun 09:00-21:00\n")
    before = flow.fresh()
    spoke = Turn(before, ("抱歉，晚了。",), (), (), Why())
    assert (hours_are_kept(Moment(flow, before, Due(timer), NIGHT, spoke)) is None) is fine
    assert hours_are_kept(Moment(flow, before, Due(timer), NOW, spoke)) is None


def test_an_order_is_named_where_there_are_several(flow: Flow) -> None:
    """What is generated about an order says which, as a host must, once the shop told of two: the one not told of last."""
    chat = Watch(flow).start()
    for act in (Act("facts", {"order.no": "A1"}), Act("facts", {"order.no": "A2"}), Act("event", "paid")):
        chat.play(act)
    assert chat.acts[-1] == Act("event", "paid", {"order.no": "A1"})
    assert chat.acts[1] == Act("facts", {"order.no": "A2"})
    chat.play(Act("facts", {"order.paid": True}))
    assert chat.acts[-1].value == {"order.no": "A2", "order.paid": True}


NEWS = """\
intents: {decline: {phrases: [不要了]}}
rules:
  - {when: started, choose: [{id: hello, say: 您好。, go: identify_need}]}
  - {when: decline, choose: [{id: no, say: 好的。}]}
  - {when: unknown, in: [everywhere], choose: [{id: what, say: 没听懂。}]}
follow_ups:
  news: {since: no, after: AFTER, purpose: marketing, say: 上新了。}
"""


@pytest.mark.parametrize(("after", "found"), [("3d", ["a-clear-no-is-respected"]), ("40d", [])])
def test_a_no_is_respected_for_a_month(tmp_path: Path, after: str, found: list[str]) -> None:
    """Marketing soon after a clear no breaks it, though the customer once agreed to hear; a month later it does not."""
    chat = Watch(build(tmp_path / "flow", NEWS.replace("AFTER", after))).start()
    for act in (Act("facts", {"customer.opt_in": True}), Act("say", ("不要了",)), Act("wait", "45d")):
        turn = chat.play(act)
    assert turn.rules == ("news",)
    assert [fault.code for fault in chat.faults] == found


def test_a_yes_after_the_no_counts(tmp_path: Path) -> None:
    """Who agrees to hear of offers after a clear no may hear of them."""
    chat = Watch(build(tmp_path / "flow", NEWS.replace("AFTER", "3d"))).start()
    for act in (Act("say", ("不要了",)), Act("facts", {"customer.opt_in": True}), Act("wait", "4d")):
        turn = chat.play(act)
    assert turn.rules == ("news",)
    assert chat.faults == []
