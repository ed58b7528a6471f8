"""English by the same machinery: a small flow of our own, what buyers offer in it, and how it fares with real ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import csflow
from csflow.check import check

HERE = Path(__file__).parent
BARGAINS = HERE.parents[2] / "shared" / "data" / "craigslist_bargains_dev.jsonl"
OFFERS: dict[str, int | None] = json.loads((HERE / "data" / "english_offers.json").read_text("utf-8"))
"""What a buyer's turn, `dialogue#event`, offers in cents; labels only, the texts stand elsewhere."""


@pytest.fixture(scope="module")
def flow() -> csflow.Flow:
    """A seller of one thing, who bargains."""
    return csflow.load(HERE / "flows" / "english")


@pytest.fixture(scope="module")
def offered(flow: csflow.Flow) -> Callable[[str], Any]:
    """What the flow takes as the customer's bid in a first message, in cents."""
    return lambda text: flow.start().say(text).snapshot.slots.get("bid")


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("would you take 215?", 21500),
        ("How about $1,150", 115000),
        ("80 bucks, cash", 8000),
        ("can you do 45?", 4500),
        ("1.5k and it's a deal", 150000),
        ("I'd go 90", 9000),
        ("could you let it go for $62.50", 6250),
        ("$12k", 1200000),
        ("35$?", 3500),
        ("would 70 dollars work", 7000),
        ("the most I can do is 140", 14000),
        ("that is a two hour drive, so how about 110 and I pick it up tonight", 11000),
        ("I have £300 on me", 30000),
        ("meet me at 2200", 220000),
        ("I was hoping for 60, but I could go up to 75", 7500),
        ("I can't do 500. Would you consider 420?", 42000),
    ],
)
def test_an_offer_is_heard_to_the_cent(offered: Callable[[str], Any], text: str, cents: int) -> None:
    """Bare numbers, signs before and after, thousands and slang are amounts where the words around them offer."""
    assert offered(text) == cents


@pytest.mark.parametrize(
    "text",
    [
        "is the 2019 model still available?",
        "could you knock off $20",
        "you have it listed for 250, right?",
        "I can't pay 250",
        "does it come with the 2 keys",
        "I live 15 miles away",
        "it would be for 2+ years, for a 5-year lease",
        "would next friday at 6pm work?",
        "thanks, call me on 555-0199",
    ],
)
def test_a_figure_alone_is_no_offer(offered: Callable[[str], Any], text: str) -> None:
    """Years, distances, times, numbers of things and the seller's own price are not bids."""
    assert offered(text) is None


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("good afternoon!", "greeting"),
        ("do you still have it?", "ask_stock"),
        ("OK I'll take it", "agree_buy"),
        ("is there any wiggle room", "ask_discount"),
        ("hm, that's out of my budget", "too_expensive"),
        ("any scratches on it?", "ask_product"),
        ("could you deliver to the station", "ask_delivery"),
        ("I'd give you 210 for it", "ask_discount.counter_offer"),
    ],
)
def test_what_buyers_say(flow: csflow.Flow, text: str, intent: str) -> None:
    """Everyday messages are heard as what they mean."""
    assert flow.recogniser.hear(text).names == (intent,)


def test_a_bargain_in_english(flow: csflow.Flow) -> None:
    """Two steps down, then a bid that is taken; money reads as the shop's currency."""
    chat = flow.start()
    assert "$230" in chat.say("hi, would you take 150?").replies[-1]
    assert "$215" in chat.say("180 is all I can offer").replies[-1]
    turn = chat.say("215 and we have a deal")
    assert (turn.rules, turn.state) == (("bargain.sold",), "close")


def test_the_flow_is_sound(flow: csflow.Flow) -> None:
    """The check finds nothing wrong with it."""
    assert [str(found) for found in check(flow.spec, flow.profile) if found.severity == "error"] == []


def test_the_offers_of_real_buyers(offered: Callable[[str], Any]) -> None:
    """At least 95 % of the labelled turns give the exact amount, or none where none is offered."""
    if not BARGAINS.is_file():
        pytest.skip("the bargains of real people are not part of the project")
    dialogues = {row["id"]: row["events"] for row in map(json.loads, BARGAINS.read_text("utf-8").splitlines())}
    wrong = []
    for turn, cents in OFFERS.items():
        dialogue, _, event = turn.partition("#")
        if offered(dialogues[dialogue][int(event)][2]) != cents:
            wrong.append(turn)
    assert len(wrong) <= 0.05 * len(OFFERS), wrong
