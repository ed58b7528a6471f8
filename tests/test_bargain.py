"""Bargains never bluff: offers never rise, never go under the floor, and a last price is the last."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from csflow.bargain import after_agreement, after_offer, standing, taken
from csflow.parts import Bargain
from csflow.snapshot import Bargain as Kept
from tests.flows import Talk

amounts = st.integers(0, 10**9)
cuts = st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from([None, True, False])), max_size=5)


def bargain(listed: int | None, floor: int | None, steps: list[tuple[int, bool | None]], accept: int, bid: int | None) -> Bargain:
    """A compiled bargain over fixed facts; a step's flag is what its condition says."""
    guarded = tuple((cut, None if holds is None else (lambda env, holds=holds: holds)) for cut, holds in steps)
    return Bargain(lambda env: listed, lambda env: floor, lambda env: bid, accept, guarded)


@given(listed=amounts, floor=st.none() | amounts, steps=cuts, accept=st.integers(0, 10_000), bid=st.none() | amounts)
def test_offers_only_fall_and_never_under_the_floor(
    listed: int, floor: int | None, steps: list[tuple[int, bool | None]], accept: int, bid: int | None
) -> None:
    """8: an offer is at most the one before and at least the floor; after the last price there is no step and no tolerance."""
    about, kept, offers = bargain(listed, floor, steps, accept, bid), None, [listed]
    for _ in range(len(steps) + 2):
        now = standing(None, about, kept)
        said = after_offer(None, about, kept)
        assert (said is None) == (now.next is None) == (now.is_last is True)
        if said is None:
            break
        assert said.offer is not None
        assert said.offer <= offers[-1]
        assert floor is not None
        assert said.offer >= floor
        offers.append(said.offer)
        kept = said
    assert len(offers) <= len(steps) + 1
    last = standing(None, about, kept)
    assert last.offer == offers[-1]
    if kept is not None and bid is not None:
        assert last.takes is (bid >= offers[-1])


@given(
    listed=amounts, floor=amounts, steps=cuts, accept=st.integers(0, 10_000), bid=st.none() | amounts, rounds=st.integers(0, 6)
)
def test_agreements_stay_between_floor_and_offer(
    listed: int, floor: int, steps: list[tuple[int, bool | None]], accept: int, bid: int | None, rounds: int
) -> None:
    """8: an agreed price is never above the standing offer, never under floor or offer, and then stands."""
    about, kept = bargain(listed, floor, steps, accept, bid), None
    for _ in range(rounds):
        kept = after_offer(None, about, kept) or kept
    before = standing(None, about, kept)
    agreed = after_agreement(None, about, kept)
    assert agreed is not None
    assert agreed.agreed is not None
    assert before.offer is not None
    assert min(floor, before.offer) <= agreed.agreed <= before.offer
    assert standing(None, about, agreed).next is None
    assert standing(None, about, agreed).agreed == agreed.agreed


def test_what_is_taken() -> None:
    """8: a bid is taken at the offer, at the next step, or within `accept` and not under the floor."""
    table = [
        ((100, 100, 90, 50, 0), True),
        ((90, 100, 90, 50, 0), True),
        ((89, 100, 90, 50, 0), False),
        ((98, 100, None, 50, 200), True),
        ((97, 100, None, 50, 200), False),
        ((98, 100, None, 99, 200), False),
        ((98, 100, None, None, 200), False),
        ((98, 100, None, 50, 0), False),
        ((None, 100, 90, 50, 200), None),
    ]
    assert [taken(*given) for given, _ in table] == [expected for _, expected in table]


def test_an_unknown_price_offers_nothing() -> None:
    """1: without a list price every fact of the bargain is unknown, and there is nothing to offer or agree."""
    unknown = bargain(None, 0, [(100, None)], 0, 100)
    assert standing(None, unknown, None)[:5] == (None, None, None, None, None)
    assert after_offer(None, unknown, None) is None
    assert after_agreement(None, unknown, None) is None
    assert after_offer(None, bargain(100, None, [(100, None)], 0, 100), None) is None


def test_a_last_price_has_no_tolerance() -> None:
    """8: once the last price was said, a bid below it is not taken, however near."""
    about = bargain(10_000, 8_000, [], 5_000, 9_999)
    assert standing(None, about, Kept(10_000, 0, last=True)).takes is False
    assert standing(None, about, Kept(10_000, 0)).takes is True


HAGGLE = """
facts: {product.list_price: money, product.floor_price: {type: money, secret: true}}
slots: {bid: {type: money}, product: {type: product, ask: 哪一款？}}
intents: {ask_discount.bid: {phrases: ["{bid}卖吗"]}}
bargains:
  price:
    list: product.list_price
    floor: product.floor_price
    steps: [{cut: 3%}, {cut: 2%}, {cut: 1%}]
    accept: 2%
    bid: slots.bid
rules:
  - when: ask_discount.bid
    choose:
      - {id: deal, if: price.takes, do: [{agree: price}], say: "行，{{ price.agreed }}"}
      - id: counter
        if: known(price.next)
        do: [{offer: price}]
        say:
          - {if: price.is_last, text: "最后{{ price.offer }}"}
          - "给您{{ price.offer }}"
      - {id: floor, else: true, say: "就是{{ price.offer }}"}
  - when: ask_discount
    choose:
      - {id: settled, if: known(price.agreed), say: "说好{{ price.agreed }}"}
      - {id: step, if: known(price.next), do: [{offer: price}], say: "给您{{ price.offer }}"}
      - {id: hold, else: true, say: 不能再低}
never: [price.offer < product.floor_price]
"""
PRICES = """
limits: {repeats: 0}
products:
  亚麻衬衫: {list_price: "200.00", floor_price: "189.00"}
  羊毛围巾: {list_price: "100.00", floor_price: "10.00"}
"""


def test_a_haggle(talk: Talk) -> None:
    """8: steps down to the floor, then a last price that stands; a step that would break the floor is left out."""
    chat = talk(HAGGLE, PRICES)
    chat.say("亚麻衬衫")
    assert chat.say("100卖吗").replies == ("给您194元",)
    turn = chat.say("150卖吗")
    assert turn.replies == ("最后190元",)
    assert [(e.type, e.plain) for e in turn.effects] == [("record", {"offer": "190.00"})]
    assert chat.say("189.99卖吗").replies == ("就是190元",)
    assert chat.say("190卖吗").replies == ("行，190元",)
    assert chat.say("便宜点").replies == ("说好190元",)


def test_a_bid_within_tolerance(talk: Talk) -> None:
    """8: before the last price a bid near the offer is taken as it is, never for more than the offer."""
    chat = talk(HAGGLE, PRICES)
    chat.say("亚麻衬衫")
    turn = chat.say("196卖吗")
    assert turn.replies == ("行，196元",)
    assert [(e.type, e.name, e.plain) for e in turn.effects] == [("grant", "price", {"agreed": "196.00"})]
    chat = talk(HAGGLE, PRICES)
    chat.say("亚麻衬衫")
    assert chat.say("500卖吗").replies == ("行，200元",)


def test_each_product_has_its_own_bargain(talk: Talk) -> None:
    """13: what was offered for one product says nothing about another."""
    chat = talk(HAGGLE, PRICES)
    chat.say("亚麻衬衫")
    chat.say("便宜点")
    chat.say("羊毛围巾")
    assert chat.say("便宜点").replies == ("给您97元",)
    chat.say("亚麻衬衫")
    assert chat.say("便宜点").replies == ("给您190元",)


def test_bargains_outlive_sessions(talk: Talk) -> None:
    """8 and 12: an offer stands in the next session as well; it never goes back up."""
    chat = talk(
        HAGGLE.replace(
            "rules:",
            """
states: {farewell.closed: {ends: session}}
rules:
  - when: thanks
    choose: [{id: bye, else: true, say: 再见, go: farewell.closed}]
""",
            1,
        ),
        PRICES,
    )
    chat.say("亚麻衬衫")
    chat.say("便宜点")
    chat.say("谢谢")
    chat.say("亚麻衬衫")
    assert chat.say("便宜点").replies == ("给您190元",)


def test_deeds_without_a_price(talk: Talk) -> None:
    """8: to offer or agree where there is no price to say changes nothing and tells the host nothing."""
    chat = talk("""
        facts: {product.list_price: money}
        slots: {bid: {type: money}}
        bargains: {price: {list: product.list_price, floor: product.list_price, steps: [{cut: 1%}], bid: slots.bid}}
        rules:
          - when: ask_discount
            choose: [{id: offer, else: true, do: [{offer: price}, {agree: price}], say: 看看}]
    """)
    turn = chat.say("便宜点")
    assert turn.effects == ()
    assert turn.snapshot.ledger.bargains == {}
