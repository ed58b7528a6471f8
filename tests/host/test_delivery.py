"""The loops of a host go on whatever goes wrong, and end when they are told to."""

from __future__ import annotations

import asyncio

from csflow.host.delivery import forever


def test_a_loop_ends_when_it_is_stirred_at_the_same_moment() -> None:
    """A host that closes just as something was served does not wait for its loops for ever."""

    async def run() -> bool:
        worked, stirred = asyncio.Event(), asyncio.Event()

        async def work() -> None:
            worked.set()

        loop = asyncio.create_task(forever(work, stirred))
        await worked.wait()
        await asyncio.sleep(0)  # now it waits to be stirred
        stirred.set()
        await asyncio.sleep(0)  # now it is about to go on
        loop.cancel()
        ended, _ = await asyncio.wait({loop}, timeout=5)
        return bool(ended)

    assert asyncio.run(run())


def test_a_loop_goes_on_after_an_error() -> None:
    """What goes wrong once is tried again when the loop is stirred."""

    async def run() -> int:
        tries, stirred, done = 0, asyncio.Event(), asyncio.Event()

        async def work() -> None:
            nonlocal tries
            tries += 1
            if tries == 1:
                stirred.set()
                raise ValueError("once")
            done.set()

        loop = asyncio.create_task(forever(work, stirred))
        await done.wait()
        loop.cancel()
        return tries

    assert asyncio.run(run()) == 2
