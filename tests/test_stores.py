"""The invented shops in examples/stores: complete, clean, and able to hold their conversations."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

import csflow
from csflow import Flow
from csflow.cli.app import app
from csflow.testing import Talk, load_talks, run_talk

STORES = Path(csflow.__file__).parent.parent / "examples" / "stores"
SHOPS = ("flagship_furniture", "young_sports")
TALKS = [
    pytest.param(shop, talk, id=f"{shop}: {talk.name}") for shop in SHOPS for talk in load_talks(STORES / f"{shop}.talk.yaml")
]
GREETING = ("在吗", "推荐一款", "是正品吗", "有货吗", "能开发票吗", "谢谢")


@cache
def flow_of(shop: str) -> Flow:
    """Load the pack with a shop's profile once."""
    return csflow.load("retail_zh", store=STORES / f"{shop}.yaml")


@pytest.mark.parametrize(("shop", "talk"), TALKS)
def test_talk(shop: str, talk: Talk) -> None:
    """A shop's own conversation goes as its test expects."""
    failures = run_talk(flow_of(shop), talk)
    assert not failures, "\n".join(map(str, failures))


@pytest.mark.parametrize("shop", SHOPS)
def test_the_profile_is_clean(shop: str) -> None:
    """Nothing that can be said lacks a fact of the shop."""
    store = str(STORES / f"{shop}.yaml")
    for args in (["check", "retail_zh", "--store", store], ["facts", "retail_zh", "--store", store]):
        result = CliRunner().invoke(app, args)
        assert result.exit_code == 0, result.output


@pytest.mark.parametrize("shop", SHOPS)
def test_every_category_has_a_pick_with_its_price(shop: str) -> None:
    """What the shop offers to look for, it can also recommend, at the price of the product itself."""
    profile = flow_of(shop).profile
    categories, picks, prices = (profile.facts[f"store.{name}"] for name in ("categories", "picks", "pick_prices"))
    assert set(categories) == set(picks) == set(prices)
    for category, name in picks.items():
        assert profile.products[name]["product.price"] == prices[category]


@pytest.mark.parametrize("shop", SHOPS)
def test_a_first_talk_is_answered(shop: str) -> None:
    """Whatever a visitor begins with gets an answer that is filled in and names the shop as its own."""
    chat = flow_of(shop).start()
    for text in GREETING:
        turn = chat.say(text)
        assert turn.replies or turn.effects, text
        assert not any("None" in reply or "木言" in reply or "{{" in reply for reply in turn.replies), turn.replies
