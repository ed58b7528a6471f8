"""How a bargain stands: the offer, the next step down, and whether a bid is taken. Nothing here bluffs.

Amounts are integer minor units. Offers never rise, never go under the floor, and after the last price was said there is
no further step and no tolerance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from csflow.condition import half_up
from csflow.snapshot import Bargain as Kept

if TYPE_CHECKING:
    from csflow.parts import Bargain

WHOLE = 10_000
UNTOUCHED = Kept()


class Standing(NamedTuple):
    """The facts `offer, next, is_last, takes, agreed` of a bargain; None is unknown."""

    offer: int | None
    next: int | None
    is_last: bool | None
    takes: bool | None
    agreed: int | None
    step: int


def standing(env: Any, bargain: Bargain, kept: Kept | None) -> Standing:
    """Work out a bargain's facts from what is kept of it and the facts in `env`."""
    kept = kept or UNTOUCHED
    listed, floor = bargain.list(env), bargain.floor(env)
    if listed is None:
        return Standing(None, None, None, None, kept.agreed, kept.step)
    offer = listed if kept.offer is None else kept.offer
    following, step = (None, kept.step) if kept.last else next_step(env, bargain, kept.step, offer, listed, floor)
    takes = taken(bargain.bid(env), offer, following, floor, 0 if kept.last else bargain.accept)
    return Standing(offer, following, following is None, takes, kept.agreed, step)


def next_step(env: Any, bargain: Bargain, first: int, offer: int, listed: int, floor: int | None) -> tuple[int | None, int]:
    """Return the next price and the number of steps used with it; no price where the floor is unknown or too near."""
    if floor is not None:
        for index, (cut, guard) in enumerate(bargain.steps[first:], first):
            price = offer - (half_up(listed * cut, WHOLE) or 0)
            if (guard is None or guard(env) is True) and price >= floor:
                return price, index + 1
    return None, first


def taken(bid: int | None, offer: int, following: int | None, floor: int | None, accept: int) -> bool | None:
    """Tell whether a bid is accepted; unknown without a bid."""
    if bid is None:
        return None
    if bid >= offer or (following is not None and bid >= following):
        return True
    return floor is not None and bid >= floor and accept > 0 and bid * WHOLE >= offer * (WHOLE - accept)


def after_offer(env: Any, bargain: Bargain, kept: Kept | None) -> Kept | None:
    """Return what is kept once the next price was said, or None where there is none to say."""
    now = standing(env, bargain, kept)
    if now.next is None:
        return None
    said = Kept(now.next, now.step, agreed=now.agreed)
    return said._replace(last=standing(env, bargain, said).next is None)


def after_agreement(env: Any, bargain: Bargain, kept: Kept | None) -> Kept | None:
    """Return what is kept once a price was agreed: the bid where it is taken, never above the standing offer."""
    now, bid = standing(env, bargain, kept), bargain.bid(env)
    if now.offer is None:
        return None
    agreed = min(bid, now.offer) if now.takes and bid is not None else now.offer
    return Kept(agreed, now.step, last=True, agreed=agreed)
