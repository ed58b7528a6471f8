"""What a shop may know and tell: each declared fact, at usual values, at extremes, and at the conditions' limits."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from csflow.check.alphabet import Alphabet
from csflow.check.replay import begin
from csflow.condition import Type
from csflow.moves import root
from csflow.testing.acts import Act

OWN = ("store", "claims", "slots", "type", "tags", "granted")
MONEY = ("100.00", "90.00", "1.00", "20000.00")
COUNTS = (1, 0, 1000)
DAYS = (0, 1, -1, -9, 9, -40, 40)
SPANS = ("1d", "1h", "40d")


def tellable(alphabet: Alphabet) -> list[Act]:
    """Return the facts that a shop can tell a flow, one an act; what its store profile says already is left out."""
    flow, order = alphabet.flow, {"order.no": "A1001"}
    listed = {f"product.{name}" for row in flow.products.values() for name in row}
    acts = []
    for name, fact in flow.spec.facts.items():
        if root(name) not in OWN and name not in (*order, *listed, *flow.profile.facts):
            around = order if root(name) == "order" else {}
            acts += [Act("facts", {**around, name: value}) for value in _distinct(alphabet, name, fact.type)]
    return acts


def _distinct(alphabet: Alphabet, name: str, kind: Type) -> Sequence[Any]:
    values: Mapping[str, Any] = {json.dumps(value): value for value in _worth(alphabet, name, kind)}
    return list(values.values())


def _worth(alphabet: Alphabet, name: str, kind: Type) -> Iterator[Any]:
    """Yield values worth trying: usual ones, those around limits, extremes."""
    yield from alphabet.values(name, kind) if kind.kind != "date" else _days(alphabet)
    yield from {"money": MONEY, "count": COUNTS, "duration": SPANS}.get(kind.kind, ())


def _days(alphabet: Alphabet) -> Iterator[str]:
    today = begin(alphabet.flow).date()
    return ((today + datetime.timedelta(days=days)).isoformat() for days in DAYS)
