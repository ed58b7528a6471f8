"""Burr with its SQLite persister: one action that notes each message and answers it, the application loaded for each message."""

import sqlite3

from burr.core import ApplicationBuilder, GraphBuilder, State, action  # type: ignore[import-not-found] # in its own environment
from burr.core.persistence import SQLitePersister  # type: ignore[import-not-found] # in its own environment
from serving import serve  # type: ignore[import-not-found] # a neighbour, found in the script's folder


@action(reads=["log"], writes=["log"])  # type: ignore[untyped-decorator] # burr is not seen by mypy
def note(state: State, message: str) -> State:
    return state.append(log=message)


class Bot:
    async def open(self, store, say):
        self.say, self.store = say, store
        self.persister = SQLitePersister.from_values(store)
        self.persister.initialize()
        self.graph = GraphBuilder().with_actions(note).with_transitions(("note", "note")).build()

    async def take(self, conversation, message):
        application = (
            ApplicationBuilder()
            .with_graph(self.graph)
            .with_identifiers(app_id=conversation)
            .initialize_from(self.persister, resume_at_next_action=True, default_state={"log": []}, default_entrypoint="note")
            .with_state_persister(self.persister)
            .build()
        )
        application.step(inputs={"message": message})
        self.say(conversation, None)

    async def log(self):
        names = [row[0] for row in sqlite3.connect(self.store).execute("SELECT DISTINCT app_id FROM burr_state")]
        return {name: list(self.persister.load(None, name)["state"]["log"]) for name in names}


if __name__ == "__main__":
    serve(Bot())
