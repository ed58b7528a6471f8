"""What goes beyond one conversation: limits of grants, judged inside the pure step."""

from __future__ import annotations

import datetime

import pytest

from csflow.events import Message
from csflow.flow import Flow
from csflow.snapshot import Snapshot
from csflow.tally import NO_TALLY, Tally
from csflow.turn import step
from tests.flows import Shop

NOW = datetime.datetime(2026, 11, 30, 10, tzinfo=datetime.UTC)
FLOW = """
intents: {ask: {phrases: [包邮]}}
rules:
  - when: ask
    choose: [{id: gift, do: [{grant: free}], say: [给您包邮。, 包邮的。]}]
  - when: unknown
    in: [everywhere]
    choose: [{id: lost, say: 没听懂。}]
"""
PROFILE = "limits: {grants: {free: {customer: 2, day: 5}}}"


@pytest.fixture
def flow(shop: Shop) -> Flow:
    return shop(FLOW, PROFILE)


@pytest.mark.parametrize(
    ("counts", "rules", "note"),
    [
        ((0, 0), ("gift",), None),
        ((1, 4), ("gift",), None),
        ((2, 0), ("lost",), "limits.grants.free.customer: 2"),
        ((0, 5), ("lost",), "limits.grants.free.day: 5"),
    ],
)
def test_a_rule_over_a_limit_is_undone(flow: Flow, counts: tuple[int, int], rules: tuple[str, ...], note: str | None) -> None:
    """What was given in other conversations counts; the rule that would exceed is undone and says which limit it was."""
    turn = step(flow, flow.fresh(), Message(("包邮",)), NOW, Tally({"free": counts}))
    assert turn.rules == rules
    assert bool(turn.snapshot.ledger.grants) == (note is None)
    assert note is None or any(note in line for line in turn.why.notes)


def test_a_conversation_counts_its_own(flow: Flow) -> None:
    """Without a host the limit of a customer holds inside the one conversation that there is."""
    snapshot, rules = flow.fresh(), list[str]()
    for _ in range(3):
        turn = step(flow, snapshot, Message(("包邮",)), NOW)
        snapshot = turn.snapshot
        rules += turn.rules
    assert rules == ["gift", "gift", "lost"]


def test_a_tally_is_not_kept_in_the_snapshot(flow: Flow) -> None:
    """A tally is an input of one step; what stays is what came of it."""
    turns = [step(flow, flow.fresh(), Message(("包邮",)), NOW, tally) for tally in (NO_TALLY, Tally({"free": (1, 1)}))]
    assert turns[0].snapshot == turns[1].snapshot == Snapshot.from_json(turns[0].snapshot.to_json())


@pytest.mark.parametrize("tally", [NO_TALLY, Tally({"free": (1, 3)}, (datetime.date(2026, 11, 30),), True)])
def test_a_tally_is_plain_data(tally: Tally) -> None:
    """What the log keeps of a tally gives the same tally again."""
    assert Tally.from_json(tally.to_json()) == tally


def test_an_empty_tally_takes_no_room() -> None:
    """Most turns have none, and the log keeps nothing of it."""
    assert NO_TALLY.to_json() == {}
