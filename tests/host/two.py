"""Two hosts on one store, as two processes are: each has its own writer and its own connections."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from csflow import Flow, Host
from csflow.testing import Clock


def with_two(flow: Flow, url: str, clock: Clock, talk: Callable[[Host, Host], Awaitable[None]]) -> None:
    """Run a talk with both."""

    async def main() -> None:
        async with (
            Host(flow, store=url, clock=clock, background=False) as one,
            Host(flow, store=url, clock=clock, background=False) as two,
        ):
            await talk(one, two)

    asyncio.run(main())
