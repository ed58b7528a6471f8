"""The shipped Chinese pack on the price: the ladder where it is fixed, the bargain where it is open."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csflow import Conversation, Flow, load
from tests.packs.chats import PACK, PRICE_TALK, amounts, assert_fit_to_send, met, said

FLOORS = {"亚麻衬衫": "165.00", "棉麻阔腿裤": "128.00", "羊毛围巾": "118.00", "水洗棉四件套": "320.00"}

price_talks = st.lists(st.sampled_from(PRICE_TALK), min_size=1, max_size=14)
bids = st.decimals("50", "340", places=2)


@pytest.fixture(scope="module")
def bargaining(tmp_path_factory: pytest.TempPathFactory) -> Flow:
    """The pack speaking for a shop that bargains, and whose floors stop two of the products after one step."""
    store = tmp_path_factory.mktemp("open") / "store.yaml"
    text = (PACK / "store.yaml").read_text("utf-8")
    for shipped, ours in (("price_mode: fixed", "price_mode: open"), ('"155.00"', '"165.00"'), ('"299.00"', '"320.00"')):
        text = text.replace(shipped, ours)
    store.write_text(text, "utf-8")
    return load("retail_zh", store)


def pushes(chat: Conversation) -> dict[str, int]:
    """How often each persuasion was used in the session."""
    return {rule: count for rule, count in chat.snapshot.used.items() if ".push." in rule}


@pytest.mark.parametrize(
    ("about", "text", "steps"),
    [
        ("在吗", "能便宜点吗", ["price_ladder.fixed", "price_ladder.fixed_again", "price_ladder.fixed_last"]),
        ("在吗", "太贵了", ["too_expensive.push.value", "too_expensive.cheaper_one", "too_expensive.cheaper_page"]),
        (
            "水洗棉四件套多少钱",
            "太贵了",
            ["too_expensive.push.benefit", "too_expensive.push.average", "too_expensive.push.parts", "too_expensive.cheaper_one"],
        ),
        ("羊毛围巾多少钱", "太贵了", ["too_expensive.push.benefit", "too_expensive.push.average", "too_expensive.cheaper_one"]),
        ("在吗", "别家便宜", ["rivals.value", "elsewhere.heard", "elsewhere.criterion", "rivals.check"]),
        ("在吗", "那我走了", ["price_ladder.push.sandwich", "price_ladder.diagnose"]),
    ],
)
def test_the_ladder_is_climbed_in_order(retail: Flow, about: str, text: str, steps: list[str]) -> None:
    """The same objection again is answered by the next step, as far as the product has what a step needs."""
    chat = met(retail)
    chat.say(about)
    assert said(chat, [text] * len(steps)) == [(step,) for step in steps]


def test_three_persuasions_leave_no_fourth(retail: Flow) -> None:
    """After three persuasions a threat to leave meets the question what is wrong, not a sandwich."""
    chat = met(retail)
    said(chat, ("水洗棉四件套多少钱", "太贵了", "太贵了", "太贵了"))
    assert sum(pushes(chat).values()) == 3
    assert chat.say("那我走了").rules == ("price_ladder.diagnose",)


@given(texts=price_talks, about=st.sampled_from(["在吗", *FLOORS]))
def test_persistence_is_capped(retail: Flow, texts: list[str], about: str) -> None:
    """In any order of objections each persuasion is said at most once and all of them at most three times."""
    chat = met(retail)
    for text in (about, *texts):
        assert_fit_to_send(chat.say(text))
        assert all(count == 1 for count in pushes(chat).values())
        assert sum(pushes(chat).values()) <= 3


# --- the open price


@pytest.mark.parametrize(
    ("texts", "rules", "agreed"),
    [
        (["125.43行不行"], ["counter"], None),
        (["125.44行不行"], ["deal"], 12544),
        (["128行不行"], ["deal"], 12800),
        (["130行不行"], ["deal"], 12800),
        (["100行不行", "122.93行不行"], ["counter", "counter"], None),
        (["100行不行", "122.94行不行"], ["counter", "deal"], 12294),
        (["100行不行", "100行不行", "124.15行不行"], ["counter", "counter", "floor_reached"], None),
        (["100行不行", "100行不行", "124.16行不行"], ["counter", "counter", "deal"], 12416),
    ],
)
def test_bids_at_the_edge(bargaining: Flow, texts: list[str], rules: list[str], agreed: int | None) -> None:
    """Two per cent of tolerance until the last price is said, none after it; never more than the standing offer."""
    chat = met(bargaining)
    chat.say("羊毛围巾多少钱")
    assert said(chat, texts) == [(f"bargain.{rule}",) for rule in rules]
    assert chat.snapshot.ledger.bargains["price@羊毛围巾"].agreed == agreed


@pytest.mark.parametrize(
    ("product", "prices"),
    [
        ("亚麻衬衫", ["165.62"]),
        ("棉麻阔腿裤", ["136.22", "134.83"]),
        ("羊毛围巾", ["125.44", "124.16"]),
        ("水洗棉四件套", ["322.42"]),
    ],
)
def test_steps_end_before_the_floor(bargaining: Flow, product: str, prices: list[str]) -> None:
    """The prices on the way down, each said once; the last is called the last and stays."""
    chat = met(bargaining)
    said(chat, (f"{product}多少钱", "再便宜点"))
    turns = [chat.say("再便宜点") for _ in prices]
    assert [amounts(turn) for turn in turns] == [{Decimal(price)} for price in prices]
    assert "最后" in turns[-1].replies[0]
    assert amounts(chat.say("再便宜点")) == {Decimal(prices[-1])}


@given(
    product=st.sampled_from(sorted(FLOORS)),
    moves=st.lists(st.tuples(st.sampled_from(["{}行不行", "就{}，行我就买", "再便宜点", "不便宜我去别家了"]), bids), max_size=9),
)
def test_bargains_never_bluff(bargaining: Flow, product: str, moves: list[tuple[str, Decimal]]) -> None:
    """Under random bids no price of ours is at or under the floor, none rises, and none is lower than a last price."""
    chat, floor, lowest, last = met(bargaining), Decimal(FLOORS[product]), Decimal("1e9"), False
    chat.say(f"{product}多少钱")
    for text, bid in moves:
        turn = chat.say(text.format(bid))
        assert_fit_to_send(turn)
        kept = chat.snapshot.ledger.bargains.get(f"price@{product}")
        for price in amounts(turn) - {bid}:
            assert floor < price <= lowest
            assert not last or price == lowest
            lowest = price
        if kept is not None and kept.offer is not None:
            assert floor <= Decimal(kept.offer) / 100 <= lowest
            lowest, last = Decimal(kept.offer) / 100, kept.last
