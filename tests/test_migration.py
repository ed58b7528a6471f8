"""A conversation moved to another version of its flow: what is carried, renamed, dropped, and what forbids the move."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from csflow import Flow, Snapshot, load
from csflow.condition import COUNT, MONEY, TEXT, Type
from csflow.migration import Moved, Names, converted, migrate
from csflow.snapshot import Bargain, Call, Frame, Grant, Ledger, Parked, Pending, Promise, Timer
from tests.flows import NOW

OLD = """
name: shop
facts: {stock.left: count, order.gift: flag, product.kind: text}
slots: {size: {type: text, ask: 多大}, colour: {type: text, ask: 什么颜色, keep: order}}
intents: {hello: {phrases: [你好]}, price: {phrases: [多少钱]}}
states: {close.pay: {}, close.wait: {collect: [size], confirm: 对吗}}
calls: {boss: {by: boss, within: 20m}, look: {gives: {stock.here: count}, read: true}}
bargains: {deal: {list: product.cost, floor: product.low, steps: [{cut: 1%}], bid: slots.bid}}
rules:
  - when: hello
    choose: [{id: first, say: [甲, 乙], do: [{promise: {answer: 答复, by: 1d}}]}]
  - when: price
    choose: [{id: second, say: 丙}]
follow_ups: {later: {since: silence, after: 1d, say: 还在}}
"""
OLD = OLD.replace("product.kind: text}", "product.kind: text, product.cost: money, product.low: money}").replace(
    "ask: 多大}", "ask: 多大}, bid: {type: money, ask: 多少}"
)
LATER = Timer("later", NOW)
FIELDS: dict[str, Any] = {
    "state": "close.wait",
    "open": True,
    "frames": (Frame("close.pay", Pending("size", "price")),),
    "pending": Pending("close.wait", None, True),
    "slots": {"size": "L", "colour@A1": "红"},
    "facts": {"stock.left": 5, "channel": "web"},
    "orders": {"A1": {"gift": True, "no": "A1"}},
    "products": {"茶": {"kind": "绿茶"}},
    "times": {"hello": 2, "price": 1},
    "used": {"first": 1, "second": 2},
    "said": {"first": 2},
    "asked": {"size": (1, 0, False)},
    "timers": (LATER, Timer("boss.failed", NOW, None, "call", 1), Timer("answer.broken", NOW, None, "promise", 2)),
    "ledger": Ledger(
        bargains={"deal@茶": Bargain(1800)}, grants=(Grant("gift"),), promises=(Promise("answer", "答复", NOW, serial=2),),
        calls={"boss": Call("boss", 1)}, fetched={"look": ("-", NOW)}, parked=(Parked("price", "look", 0),), sent={"later": 1},
    ),
}  # fmt: skip


def flow(folder: Path, name: str, text: str) -> Flow:
    (folder / name).mkdir(exist_ok=True)
    (folder / name / "flow.yaml").write_text(text, "utf-8")
    return load(folder / name)


def stands(old: Flow, **fields: Any) -> Snapshot:
    """Return a conversation with everything open, or with some of it otherwise."""
    snapshot = old.fresh()
    for name, value in {**FIELDS, **fields}.items():
        setattr(snapshot, name, value)
    return snapshot


def moved(folder: Path, *changes: tuple[str, str], known: bool = True, **fields: Any) -> Moved:
    """Return what becomes of it in a version in which some texts are replaced."""
    text = OLD
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    old, new = flow(folder, "old", OLD), flow(folder, "new", text)
    return migrate(stands(old, **fields), Names(new.spec), Names(old.spec) if known else None)


@pytest.mark.parametrize("known", [True, False])
def test_what_a_version_keeps_is_carried(tmp_path: Path, known: bool) -> None:
    """Where every name still stands all of the snapshot is carried but the origin, with and without the old version."""
    found = moved(tmp_path, ("say: 丙", "say: 丁"), known=known)
    was = stands(flow(tmp_path, "old", OLD))
    assert (found.position, found.renamed, found.dropped, found.lost) == ("safe", (), (), ())
    assert found.snapshot.origin == flow(tmp_path, "new", OLD.replace("say: 丙", "say: 丁")).origin != was.origin
    found.snapshot.origin = was.origin
    assert found.snapshot == was


def test_names_follow_their_parts(tmp_path: Path) -> None:
    """A state, slot, fact, rule, follow-up or bargain with a `was` is found under its new name, wherever it is kept."""
    found = moved(
        tmp_path,
        ("close.pay: {}", "close.settle: {was: close.pay}"),
        ("close.wait: {collect: [size]", "close.ask: {was: close.wait, collect: [measure]"),
        ("{size: {type: text,", "{measure: {was: size, type: text,"),
        ("stock.left: count", "stock.rest: {type: count, was: stock.left}"),
        ("order.gift: flag", "order.present: {type: flag, was: order.gift}"),
        ("id: first,", "id: welcome, was: first,"),
        ("{later: {", "{soon: {was: later, "),
        ("{deal: {", "{haggle: {was: deal, "),
    )
    snapshot = found.snapshot
    assert (found.position, found.dropped, found.lost) == ("renamed", (), ())
    assert snapshot.state == "close.ask"
    assert snapshot.frames == (Frame("close.settle", Pending("measure", "price")),)
    assert snapshot.pending == Pending("close.ask", None, True)
    assert snapshot.slots == {"measure": "L", "colour@A1": "红"}
    assert snapshot.facts == {"stock.rest": 5, "channel": "web"}
    assert snapshot.orders == {"A1": {"present": True, "no": "A1"}}
    assert snapshot.used == {"welcome": 1, "second": 2}
    assert snapshot.said == {"welcome": 2}
    assert snapshot.asked == {"measure": (1, 0, False)}
    assert snapshot.timers[0] == LATER._replace(name="soon")
    assert snapshot.ledger.sent == {"soon": 1}
    assert snapshot.ledger.bargains == {"haggle@茶": Bargain(1800)}
    assert "state close.wait is close.ask" in found.renamed


NO_CALL = ("{boss: {by: boss, within: 20m}, look:", "{look:")
NO_LATER = ("follow_ups: {later: {since: silence, after: 1d, say: 还在}}", "")


@pytest.mark.parametrize(
    ("changes", "fields", "lost"),
    [
        ([("close.pay: {}, ", "")], {}, "state close.pay: the conversation returns to it"),
        ([("close.pay: {}, ", "")], {"frames": (), "state": "close.pay"}, "state close.pay: the conversation stands in it"),
        ([("close.wait: {collect: [size], confirm: 对吗}", "close.hold: {}")], {"state": "close"},
         "state close.wait: the conversation has a question open about it"),
        ([("size: {type: text, ask: 多大}, ", ""), ("collect: [size]", "collect: [colour]")], {},
         "slot size: the conversation has a question open about it"),
        ([NO_CALL], {}, "call boss: its answer is awaited"),
        ([(", do: [{promise: {answer: 答复, by: 1d}}]", "")], {},
         "promise answer: it is open, and no rule makes or ends it any more"),
        ([NO_LATER], {}, "follow-up later: the conversation has a timer set for it"),
        ([("bargains: {deal: {list: product.cost, floor: product.low, steps: [{cut: 1%}], bid: slots.bid}}", "")], {},
         "bargain deal: the conversation has an offer standing in it"),
        ([("name: shop", "name: other")], {}, "flow shop: other is another flow"),
    ],
)  # fmt: skip
def test_what_is_open_must_have_a_way_on(
    tmp_path: Path, changes: list[tuple[str, str]], fields: dict[str, Any], lost: str
) -> None:
    """A conversation that waits in, for or because of something that is gone cannot be moved, and is told what it is."""
    found = moved(tmp_path, *changes, **fields)
    assert found.position == "orphaned"
    assert lost in found.lost


@pytest.mark.parametrize(
    ("change", "fields", "dropped"),
    [
        (("colour: {type: text, ask: 什么颜色, keep: order}", "bag: {type: text}"), {}, "slot colour is gone"),
        (("stock.left: count, ", ""), {}, "fact stock.left is gone"),
        (("order.gift: flag", "order.note: text"), {}, "fact order.gift is gone"),
        (("order.gift: flag", "had.gift: {type: flag, was: order.gift}"), {}, "fact had.gift is none of an order any more"),
        (("product.kind: text", "product.kind: count"), {}, "fact product.kind: its value is no count"),
        (("id: second,", "id: third,"), {}, "rule second is gone"),
        (("price: {phrases: [多少钱]}", "cost: {phrases: [多少钱]}"), {}, "intent price is gone"),
        (("close.pay: {}, ", ""), {"frames": (), "state": "close.pay", "open": False},
         "state close.pay is gone, and the session in it over"),
    ],
)  # fmt: skip
def test_what_is_no_place_may_be_dropped(tmp_path: Path, change: tuple[str, str], fields: dict[str, Any], dropped: str) -> None:
    """Values and counts whose part is gone do not hold a conversation up; each is named."""
    more = [("when: price", "when: cost")] if "cost:" in change[1] else []
    found = moved(tmp_path, change, *more, **fields)
    assert dropped in found.dropped
    assert found.lost == ()


def test_what_is_gone_leaves_nothing_behind(tmp_path: Path) -> None:
    """No dropped name stays in the snapshot, and what waited for a message that nobody hears any more is let go."""
    change = ("price: {phrases: [多少钱]}", "cost: {phrases: [多少钱]}")
    snapshot = moved(tmp_path, change, ("when: price", "when: cost")).snapshot
    assert snapshot.times == {"hello": 2}
    assert snapshot.ledger.parked == ()
    assert snapshot.frames[0].pending == Pending("size", None)


def test_closed_promises_hold_nobody_up(tmp_path: Path) -> None:
    """What was kept or broken is history."""
    ledger = FIELDS["ledger"]._replace(promises=(Promise("answer", "答复", NOW, state="kept"),))
    found = moved(tmp_path, (", do: [{promise: {answer: 答复, by: 1d}}]", ""), ledger=ledger)
    assert found.lost == ()
    assert found.snapshot.ledger.promises == ledger.promises


def test_variants_begin_again_where_their_number_changed(tmp_path: Path) -> None:
    """Which wordings were said counts only while there are as many."""
    assert moved(tmp_path, ("[甲, 乙]", "[甲, 乙, 丙]")).snapshot.said == {}


@pytest.mark.parametrize(
    ("old", "new", "value", "expected"),
    [
        (COUNT, MONEY, 5, 500),
        (MONEY, TEXT, 18050, "180.50"),
        (TEXT, COUNT, "12", 12),
        (None, COUNT, 12, 12),
        (None, TEXT, "红", "红"),
        (TEXT, Type("enum", ("红", "蓝")), "红", "红"),
        (MONEY, COUNT, 18050, None),
        (TEXT, Type("enum", ("蓝",)), "红", None),
        (TEXT, Type("date"), "昨天", None),
        (None, Type("date"), "昨天", None),
        (None, MONEY, "五元", None),
        (None, Type("map", of=COUNT), 5, None),
    ],
)
def test_values_change_their_type(old: Type | None, new: Type, value: object, expected: object) -> None:
    """A value is read in its new type as it was written in the old one, or refused without being told."""
    if expected is None:
        with pytest.raises(ValueError, match=f"^its value is no {new}$"):
            converted(old, new, value)
    else:
        assert converted(old, new, value) == expected


def test_dates_stay_dates(tmp_path: Path) -> None:
    """A date is a date also where the old version is unknown."""
    assert converted(None, Type("date"), datetime.date(2026, 11, 3)) == datetime.date(2026, 11, 3)
