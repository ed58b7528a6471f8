"""csflow with its host on SQLite: one rule that answers each message."""

import asyncio
import tempfile
from pathlib import Path

import sqlalchemy as sa
from serving import serve  # type: ignore[import-not-found] # a neighbour, found in the script's folder

import csflow
from csflow.host import Host, schema

FLOW = """\
name: note
version: "1"
language: zh
intents: {praise: {phrases: [很好]}}
rules:
  - when: started
    choose: [{id: talk.start, say: [], go: identify_need}]
  - when: unknown
    in: [everywhere]
    choose: [{id: talk.heard, say: 记下了。}]
"""
LEASE = 0.2


class Bot:
    async def open(self, store, say):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "flow.yaml").write_text(FLOW, "utf-8")
            Path(folder, "store.yaml").write_text("profile: note\nlimits: {repeats: 0}\n", "utf-8")
            flow = csflow.load(folder)
        self.say = say
        self.host = await Host(flow, store=f"sqlite:///{store}", channel=self).__aenter__()

    async def send(self, message):
        self.say(message.conversation, message.key)

    async def take(self, conversation, message):
        await self.host.receive(conversation, message, message_id=message)

    async def log(self):
        while await self.host.read(_waiting):  # lanes that a killed process held are free again after a minute
            await asyncio.sleep(LEASE)
        rows = await self.host.read(_events)
        found = {}
        for conversation, message in rows:
            found.setdefault(conversation, []).append(message)
        await self.host.__aexit__(None, None, None)
        return found


def _waiting(connection):
    return connection.scalar(sa.select(sa.func.count()).where(schema.outbox.c.done.is_(None)))


def _events(connection):
    event = schema.event.c
    found = sa.select(event.conversation, event.message).where(event.kind == "message").order_by(event.conversation, event.seq)
    return connection.execute(found).all()


if __name__ == "__main__":
    serve(Bot())
