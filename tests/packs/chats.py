"""Conversations with the shipped Chinese pack, and what the tests read from its turns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import csflow
from csflow import Conversation, Flow, Turn
from tests.flows import NOW

PACK = Path(csflow.__file__).parent / "packs" / "retail_zh"
LIMIT = 120
PRICE_TALK = (
    "能便宜点吗", "太贵了", "不值这个价", "别家便宜", "不降我去别的店", "那我走了", "超预算了", "不要了", "手头紧", "我再想想",
)  # fmt: skip
ORDER = {"id": "B5001", "no": "B5001", "total": "169.00", "placed": True, "paid": False, "shipped": False, "received": False}
STEPS = ("placed", "paid", "shipped", "received")


def met(flow: Flow, order: Mapping[str, Any] | None = None) -> Conversation:
    """A conversation past its welcome, so that a turn holds only what its message brought about."""
    chat = flow.start(now=NOW)
    chat.say("在吗")
    if order:
        chat.tell({"order": dict(order)})
    return chat


def said(chat: Conversation, texts: Sequence[str]) -> list[tuple[str, ...]]:
    """The rules of each turn."""
    return [chat.say(text).rules for text in texts]


def at(step: str) -> dict[str, Any]:
    """An order that has come as far as a step."""
    reached = STEPS[: STEPS.index(step) + 1]
    dates = {"received_on": "2026-10-30"} if step == "received" else {}
    return ORDER | dict.fromkeys(reached, True) | dates


def amounts(turn: Turn) -> set[Decimal]:
    """The amounts of money in the replies."""
    return {Decimal(found) for reply in turn.replies for found in re.findall(r"([\d.]+)元", reply)}


def assert_fit_to_send(turn: Turn) -> None:
    """Every reply is filled in, and short enough for the channel."""
    for reply in turn.replies:
        assert not re.search(r"None|\{\{|\}\}|\{%", reply), reply
        assert 0 < len(reply) <= LIMIT, reply
