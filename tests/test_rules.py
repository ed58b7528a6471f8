"""Which rule answers: conditions, rank, ties, `max`, `else`, and undoing what must not be."""

from __future__ import annotations

import pytest

from csflow import Conversation
from tests.flows import Talk

UNKNOWN = """
facts: {order.total: money, order.note: text}
rules:
  - when: ask_price
    choose:
      - {id: dear, if: order.total > 100, say: 贵}
      - {id: not_dear, if: not (order.total > 100), say: 不贵}
      - {id: other, else: true, say: 说不准}
"""


def test_unknown_never_fires(talk: Talk) -> None:
    """1: a comparison with an unknown fact is unknown, and so is its `not`; only true fires."""
    chat = talk(UNKNOWN)
    assert chat.say("多少钱").rules == ("other",)
    chat.tell({"order": {"total": "100.00"}})
    assert chat.say("多少钱").rules == ("not_dear",)
    chat.tell({"order": {"total": "100.01"}})
    assert chat.say("多少钱").rules == ("dear",)
