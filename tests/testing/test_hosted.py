"""A host with a real store says and does what the same conversation in memory says and does."""

from __future__ import annotations

import asyncio
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from csflow import Flow, Host
from csflow.check.replay import begin
from csflow.testing import Act, Clock, customers, parts_from_host
from csflow.testing.differential import Difference
from tests.flows import build

NUMBERS = count()
SETTINGS = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
RULES = """\
calls: {boss: {by: supervisor, within: 20m, hold: 还在问。}}
rules:
  - {when: started, choose: [{id: hello, say: 您好。, go: identify_need}]}
  - {when: ask_price, choose: [{id: price.ask, do: [{call: boss}, {promise: {answer: 价, by: 2h}}], say: 我问问。}]}
  - {when: boss.done, choose: [{id: price.yes, do: [{keep: answer}], say: 行。}]}
  - {when: boss.failed, choose: [{id: price.late, say: 还没问到。}]}
  - {when: answer.broken, choose: [{id: price.broken, say: 抱歉，晚了。}]}
"""


def difference(flow: Flow, served: Flow, store: Path, acts: list[Act]) -> Difference | None:
    async def play() -> Difference | None:
        clock = Clock(begin(flow))
        async with Host(served, store=f"sqlite:///{store}", clock=clock, background=False) as host:
            return await parts_from_host(flow, host, clock, acts, f"c{next(NUMBERS)}")

    return asyncio.run(play())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


def test_generated_customers(retail: Flow, folder: Path) -> None:
    """Whatever generated customers, the shop and time do, the stored conversation comes out as the one in memory."""

    @SETTINGS
    @given(customers(retail))
    def agrees(acts: list[Act]) -> None:
        assert difference(retail, retail, folder / "shop.db", acts) is None

    agrees()


ACTS = [Act("say", ("多少钱",)), Act("wait", "3h"), Act("event", "boss.done"), Act("event", "nothing"), Act("staff", "take_over"),
        Act("staff", "give_back"), Act("facts", {"order": {"no": "A1"}})]  # fmt: skip


def test_time_and_people(tmp_path: Path) -> None:
    """Timers fire on both sides at their times; what is refused is refused on both."""
    flow = build(tmp_path / "flow", RULES)
    assert difference(flow, flow, tmp_path / "shop.db", ACTS) is None


def test_a_difference_is_told(tmp_path: Path) -> None:
    """Where the host does something else, the first act that shows it is named, with both sides."""
    flow, other = build(tmp_path / "flow", RULES), build(tmp_path / "other", RULES.replace("还没问到", "还没回"))
    found = difference(flow, other, tmp_path / "shop.db", ACTS)
    assert found is not None
    assert (found.number, set(found.differs)) == (2, {"replies"})
    assert "还没问到" in str(found)
    assert "还没回" in str(found)
