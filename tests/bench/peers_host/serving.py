"""What the bots share: a process that hands messages to its bot and tells what came of it. Runs in a peer's own environment."""

import asyncio
import sys
from multiprocessing.connection import Connection


def serve(bot):
    """Serve what comes through the pipe whose number is the first argument, on the store that the second names.

    `await bot.open(store, say)` begins; `await bot.take(conversation, message)` returns once the turn is stored, and what is
    said goes through `say(conversation, key)`; `await bot.log()` gives the messages that each conversation's state counts.
    """
    asyncio.run(_serve(Connection(int(sys.argv[1])), bot, sys.argv[2]))


async def _serve(pipe, bot, store):
    await bot.open(store, lambda conversation, key: pipe.send(("said", conversation, key)))
    over, serving, loop = asyncio.Event(), set(), asyncio.get_running_loop()

    def readable():
        try:
            todo = pipe.recv()
        except EOFError:  # whoever asked has gone
            sys.exit()
        if todo is None:
            over.set()
        else:
            serving.add(asyncio.create_task(_take(pipe, bot, *todo)))

    loop.add_reader(pipe.fileno(), readable)
    pipe.send(("ready",))
    await over.wait()
    loop.remove_reader(pipe.fileno())
    pipe.send(("log", await bot.log()))


async def _take(pipe, bot, conversation, message):
    try:
        await bot.take(conversation, message)
    except Exception as error:  # whatever a peer raises refuses the message, which is sent again
        pipe.send(("refused", message, f"{type(error).__name__}: {error}"))
    else:
        pipe.send(("stored", message))
