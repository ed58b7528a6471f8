"""A shop with many customers: conversations in a database, the warehouse asked by a function, a supervisor who decides.

Run it with `python examples/hosted_bot.py sqlite:///shop.db`. Each line is a customer and a text, as in `b42 能包邮吗`; the
supervisor writes `yes b42 concession` or `no b42 concession`; an empty line ends it. What is unfinished then goes on when it is
started again.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import csflow
from csflow.host import Outgoing

WELCOME = "客人 要说的话，例如：b42 能便宜点吗"


class Terminal:
    """Where replies and notices go; a real channel takes each `message.key` once only."""

    async def send(self, message: Outgoing) -> None:
        print(f"{message.conversation} < {message.text or f'({message.kind} {message.name})'}")


async def check_stock(**asked: Any) -> dict[str, int]:
    """The warehouse has three of everything."""
    return {"stock.count": 3}


async def take(host: csflow.Host, line: str) -> None:
    """Take a line: the supervisor's answer or a customer's message."""
    first, _, rest = line.partition(" ")
    if first in ("yes", "no"):
        customer, _, asked = rest.partition(" ")
        await host.result(customer, asked, "done" if first == "yes" else "denied", by="supervisor")
    else:
        await host.receive(first, rest)


async def serve(store: str) -> None:
    flow = csflow.load("retail_zh")
    async with csflow.Host(flow, store=store, channel=Terminal(), actions={"check_stock": check_stock}, background=False) as host:
        while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
            try:
                await take(host, line)
            except csflow.CsflowError as error:
                print(error)
            await host.tick()
            while await host.deliver():
                pass


def main() -> None:
    print(WELCOME)
    asyncio.run(serve(next((word for word in sys.argv[1:] if "://" in word), "memory")))


if __name__ == "__main__":
    main()
