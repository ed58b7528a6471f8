"""Chatsky with its SQL context storage on SQLite: one node that notes each message and answers it."""

from chatsky import RESPONSE, TRANSITIONS, BaseProcessing, BaseResponse, Pipeline  # type: ignore[import-not-found] # in its own environment
from chatsky import Message as Text
from chatsky import Transition as Tr
from chatsky.context_storages import context_storage_factory  # type: ignore[import-not-found] # in its own environment
from chatsky.core.context import Context  # type: ignore[import-not-found] # in its own environment
from serving import serve  # type: ignore[import-not-found] # a neighbour, found in the script's folder
from sqlalchemy import select

PROCESSING = "PRE_RESPONSE"


class Note(BaseProcessing):  # type: ignore[misc] # its base is not seen by mypy
    async def call(self, ctx):
        ctx.misc["log"] = [*ctx.misc.get("log", []), ctx.last_request.text]


class Answer(BaseResponse):  # type: ignore[misc] # its base is not seen by mypy
    async def call(self, ctx):
        return f"{len(ctx.misc['log'])}"


SCRIPT = {
    "talk": {
        "start": {TRANSITIONS: [Tr(dst="heard")]},
        "heard": {PROCESSING: {"note": Note()}, RESPONSE: Answer(), TRANSITIONS: [Tr(dst="heard")]},
    }
}


class Bot:
    async def open(self, store, say):
        self.say, self.storage = say, context_storage_factory(f"sqlite+aiosqlite:///{store}")
        self.pipeline = Pipeline(script=SCRIPT, start_label=("talk", "start"), context_storage=self.storage)
        await self.storage.connect()

    async def take(self, conversation, message):
        await self.pipeline._run_pipeline(Text(text=message), conversation)
        self.say(conversation, None)

    async def log(self):
        async with self.storage.engine.begin() as connection:
            names = (await connection.execute(select(self.storage.main_table.c.id))).scalars().all()
        return {name: (await Context.connected(self.storage, id=name)).misc["log"] for name in names}


if __name__ == "__main__":
    serve(Bot())
