"""A property of every flow, tried on one: a conversation taken up from its stored snapshots is the same conversation.

Random customers write random examples of the flow's own intents. Each conversation runs twice: once in memory, once with
the snapshot written to JSON and read back before every turn. Both must say the same.
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator

import csflow

NOW = datetime.datetime(2026, 11, 23, 10, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)


def messages(flow: csflow.Flow, rng: random.Random, count: int) -> list[str]:
    """Return what a customer might write: examples of intents, one or two at a time."""
    examples = [text for intent in flow.spec.intents.values() for text in intent.examples if "{" not in text]
    return ["，".join(rng.sample(examples, rng.choice((1, 1, 2)))) for _ in range(count)]


def replies(flow: csflow.Flow, texts: list[str], seed: int, *, stored: bool) -> Iterator[tuple[str, ...]]:
    snapshot, now = flow.fresh(seed), NOW
    for text in texts:
        if stored:
            snapshot = csflow.Snapshot.from_json(snapshot.to_json())
        turn = csflow.step(flow, snapshot, csflow.Message((text,)), now)
        snapshot, now = turn.snapshot, now + MINUTE
        yield turn.replies


def differing(flow: csflow.Flow, conversations: int, length: int = 12) -> list[list[str]]:
    """Return the conversations whose replay differs; there should be none."""
    found = []
    for seed in range(conversations):
        texts = messages(flow, random.Random(seed), length)  # noqa: S311 - the customers are no secret
        if list(replies(flow, texts, seed, stored=False)) != list(replies(flow, texts, seed, stored=True)):
            found.append(texts)
    return found


def main() -> None:
    flow = csflow.load("retail_zh")
    print(f"{len(differing(flow, 100))} of 100 conversations differ when they are replayed")


if __name__ == "__main__":
    main()
