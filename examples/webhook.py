"""The shape of a webhook: one function that is given a request's data and returns the answer's.

Nothing lives between two requests but the snapshot, kept as JSON text under the customer's name. Here a dict keeps it; a
real shop would store the snapshot, the replies and the effects in one transaction of its database.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, MutableMapping
from typing import Any

import csflow

FLOW = csflow.load("retail_zh")
Store = MutableMapping[str, str]
ORDER = {"no": "A1", "total": "169.00"}


def handle(store: Store, request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer `{"customer", "at", "texts"}` or `{"customer", "at", "event", "facts"}` with replies and things to do."""
    turn = csflow.step(FLOW, load(store, request["customer"]), event_of(request), datetime.datetime.fromisoformat(request["at"]))
    store[request["customer"]] = turn.snapshot.to_json()
    return {"replies": list(turn.replies), "effects": [effect.to_json() for effect in turn.effects], "state": turn.state}


def load(store: Store, customer: str) -> csflow.Snapshot:
    """Return where the conversation stands; a new one has a seed of its own, so that not all customers read the same words."""
    if customer in store:
        return csflow.Snapshot.from_json(store[customer])
    return FLOW.fresh(seed=len(store), facts={"customer.id": customer})


def event_of(request: Mapping[str, Any]) -> csflow.Message | csflow.Report:
    if "event" in request:
        return csflow.Report(request["event"], request.get("facts"))
    return csflow.Message(tuple(request["texts"]))


def main() -> None:
    store: Store = {}
    requests: list[dict[str, Any]] = [
        {"customer": "b42", "at": "2026-11-23T10:00:00+08:00", "texts": ["在吗", "能便宜点吗"]},
        {"customer": "b43", "at": "2026-11-23T10:00:05+08:00", "texts": ["满多少包邮"]},
        {"customer": "b42", "at": "2026-11-23T10:01:00+08:00", "texts": ["那我下单了"]},
        {"customer": "b42", "at": "2026-11-23T10:04:00+08:00", "event": "ordered", "facts": {"order": ORDER}},
        {"customer": "b42", "at": "2026-11-23T10:06:00+08:00", "event": "paid"},
    ]
    for request in requests:
        print(request["customer"], *request.get("texts", [request.get("event")]))
        print("   ", handle(store, request)["replies"])


if __name__ == "__main__":
    main()
