"""A compiled flow: what it indexes, what it starts, and the checks at its door."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import csflow
from csflow import Conversation, FactError, Flow, LoadError, load
from csflow.language import Heard
from tests.flows import NOW, Shop, build

RULES = """
facts: {order.total: money, customer.level: text}
states: {close.pay: {}}
rules:
  - when: ask_price
    in: [everywhere]
    choose: [{id: price, if: times(ask_price) > 0, say: 十元, go: close.pay}]
  - when: ask_price.final
    in: [close, close.pay]
    choose: [{id: final, else: true, say: 最低}]
"""


def test_a_flow_shows_itself(shop: Shop) -> None:
    """A flow shows its name, version and size; its parts know their places."""
    flow = shop(RULES)
    assert flow.name == "shop"
    assert repr(flow) == f"<Flow shop 1: {len(flow.states)} states, 2 rules>"
    assert repr(flow.rules["price"]) == "<Rule price>"
    assert str(flow.place("rules", "final")).endswith("rules/test.yaml:10:14")
    assert flow.rules["final"].place == flow.place("rules", "final")


def test_only_what_is_counted_is_counted(shop: Shop) -> None:
    """A snapshot counts the intents that some condition asks for, sub-intents included, and no others."""
    flow = shop(RULES)
    assert flow.counted == {"ask_price", "ask_price.final"}
    chat = flow.start(now=NOW)
    chat.say("便宜点")
    chat.say("最低价")
    assert chat.snapshot.times == {"ask_price.final": 1}


def test_depth(shop: Shop) -> None:
    """A list is as deep as the most exact state it names; `everywhere` names none."""
    anywhere, exact = shop(RULES).lists
    assert [anywhere.depth(state) for state in ("greet", "close.pay")] == [0, 0]
    assert [exact.depth(state) for state in ("greet", "close", "close.pay")] == [-1, 1, 2]


def test_a_fresh_snapshot_may_know_facts(shop: Shop) -> None:
    """A conversation may begin with typed facts; an undeclared name is refused."""
    flow = shop(RULES)
    assert flow.fresh(3, {"customer.level": "gold"}).facts == {"customer.level": "gold"}
    with pytest.raises(FactError, match=r"did you mean 'customer.level'"):
        flow.fresh(0, {"customer.leve": "gold"})


def test_another_recogniser(shop: Shop) -> None:
    """A flow may be loaded with another understanding of messages."""

    class Deaf:
        def hear(self, text: str) -> Heard:
            return Heard(text, lambda: ())

    base = shop(RULES)
    flow = Flow(base.spec, base.profile, Deaf())
    assert flow.start(now=NOW).say("多少钱").heard == ()


def test_an_overridden_rule_stands_where_it_is_written(tmp_path: Path) -> None:
    """A rule that replaces a pack's rule is placed in its own file, for `why` and `explain`."""
    build(tmp_path / "base", RULES)
    files = {
        "flow.yaml": "name: shop\nuse: base\n",
        "rules/own.yaml": "rules: [{when: ask_price, choose: [{id: price, override: true, else: true, say: 九元}]}]\n",
    }
    for name, text in files.items():
        (tmp_path / "shop" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "shop" / name).write_text(text, "utf-8")
    flow = load(tmp_path / "shop")
    assert flow.start(now=NOW).say("多少钱").replies == ("九元",)
    assert flow.rules["price"].place.file.endswith("rules/own.yaml")


def test_what_cannot_be_loaded() -> None:
    """A name that is no pack and no path is a load error with the nearest pack."""
    with pytest.raises(LoadError, match="did you mean 'retail_zh'"):
        load("retail_z")


def test_importing_is_light() -> None:
    """`import csflow` loads none of the heavy packages; the public names come when they are asked for."""
    heavy = ("rich", "opencc", "pydantic", "yaml", "transitions", "click")
    code = f"import csflow, sys; print(*[name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""  # noqa: S603


def test_public_names() -> None:
    """Every public name is there and is listed; others are refused by name."""
    assert all(getattr(csflow, name) for name in csflow.__all__)
    assert dir(csflow) == csflow.__all__
    assert csflow.Conversation is Conversation
    with pytest.raises(AttributeError, match="no attribute 'stepp'"):
        csflow.stepp  # noqa: B018


def test_what_is_answered_comes_first(shop: Shop) -> None:
    """Of what was heard the intents that are answered are ranked first, each group in the order of the text."""
    flow = shop(RULES)
    turn = flow.start(now=NOW).say("谢谢，多少钱，便宜点")
    assert [hit.intent for hit in flow.ranked(turn.heard)] == ["ask_price", "ask_discount", "thanks"]
