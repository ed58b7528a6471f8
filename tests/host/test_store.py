"""The statements of a turn: each finds its rows by an index, however many are stored."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from csflow import Flow, Host
from csflow.testing import Clock
from tests.host.test_host import Phone

GROWING = ("conversation", "event", "outbox", "customer", "promise", "given", "record", "tag")
"""The tables that grow with what happens."""


def test_no_statement_reads_a_whole_table(retail: Flow, clock: Clock, tmp_path: Path) -> None:
    """What messages, what is due and what leaves ask of SQLite goes by an index of the tables that grow."""
    asked: dict[str, Any] = {}

    def listen(_: Any, __: Any, statement: str, values: Any, ___: Any, many: bool) -> None:
        asked[statement] = values[0] if many else values

    async def talk() -> None:
        async with Host(
            retail, store=f"sqlite:///{tmp_path / 'shop.db'}", channel=Phone(), clock=clock, background=False
        ) as host:
            sa.event.listen(host.store.engine, "before_cursor_execute", listen)
            for text in ("能便宜点吗", "什么时候发货"):
                await asyncio.gather(*(host.receive(f"b{n}", text, message_id=f"{n}{text}") for n in range(3)))
            clock.advance("1h")
            await host.tick()
            await host.deliver()

    asyncio.run(talk())
    connection = sqlite3.connect(tmp_path / "shop.db")
    changing = [statement for statement in asked if statement.startswith(("SELECT", "UPDATE", "DELETE"))]
    plans = {s: [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {s}", asked[s])] for s in changing}
    connection.close()
    assert any("FROM event" in statement for statement in plans)
    whole = {s: plan for s, plan in plans.items() if any(line in (f"SCAN {name}" for name in GROWING) for line in plan)}
    assert whole == {}
