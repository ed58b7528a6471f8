"""Another understanding of messages: a service on the network, with the flow's own rules where it does not answer.

The service is given `{"text": …}` and answers `{"intents": [{"name": …, "score": …, "start": …, "end": …}]}`, positions
counted in code points. Late, broken or unknown answers never reach the conversation: the rules are asked instead.
"""

from __future__ import annotations

import http.client
import json
import urllib.request
from typing import Any

import csflow
from csflow.language import Clause, Heard, Hit, Recogniser

ADDRESS = "http://127.0.0.1:8765/nlu"
LONGEST = 100_000
FAILURES = (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, RecursionError)


class HttpRecogniser:
    """Asks the service at `url` which of `flow`'s intents a message holds, and waits `timeout` seconds for it."""

    def __init__(self, flow: csflow.Flow, url: str = ADDRESS, timeout: float = 0.3) -> None:
        self.rules: Recogniser = flow.recogniser
        self.known, self.url, self.timeout = flow.spec.intents.keys(), url, timeout

    def hear(self, text: str) -> Heard:
        heard = self.rules.hear(text)
        try:
            hits = [self.hit(row, len(text)) for row in self.ask(text)["intents"]]
        except FAILURES:
            return heard
        return Heard(text, lambda: tuple(named(clause, hits) for clause in heard.clauses))

    def ask(self, text: str) -> Any:
        body = json.dumps({"text": text}).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})  # noqa: S310 - the shop's own service
        with urllib.request.urlopen(request, timeout=self.timeout) as answer:  # noqa: S310 - the same
            return json.loads(answer.read(LONGEST))

    def hit(self, row: Any, length: int) -> Hit:
        name, score, start, end = row["name"], float(row["score"]), int(row["start"]), int(row["end"])
        if name not in self.known or not (0 <= score <= 1 and 0 <= start < end <= length):
            raise ValueError(row)
        return Hit(name, score, start, end, "like", "the service", score, {})


def named(clause: Clause, hits: list[Hit]) -> Clause:
    """Return the clause with the service's intents that begin in it, and with the rules' hits that fill slots."""
    inside = [hit for hit in hits if clause.start <= hit.start < clause.end]
    filling = [hit for hit in clause.hits if hit.slots]
    return Clause(
        clause.text, clause.start, clause.end, (*filling, *inside), clause.question, lambda _start, _end: clause.entities
    )


def main() -> None:
    flow = csflow.load("retail_zh")
    chat = csflow.Flow(flow.spec, flow.profile, HttpRecogniser(flow)).start()
    for text in ("在吗，亚麻衬衫怎么卖", "能便宜点吗"):
        print(text, *chat.say(text).replies, sep="\n   ")


if __name__ == "__main__":
    main()
