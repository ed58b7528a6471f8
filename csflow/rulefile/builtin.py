"""What every flow knows without declaring it: the shop's reports, the order's facts, the message's signals."""

from __future__ import annotations

from collections.abc import Mapping

from csflow.condition import COUNT, DATE, FLAG, TEXT, TEXTS, Type
from csflow.spec import OUTCOMES, EventSpec, FactSpec, Scalar

STEPS = ("placed", "paid", "shipped", "received", "cancelled")
PLACED: dict[str, Scalar] = {f"order.{step}": step == "placed" for step in STEPS}
FACTS: Mapping[str, FactSpec] = {
    **{f"order.{step}": FactSpec(type=FLAG) for step in STEPS},
    **{name: FactSpec(type=TEXT) for name in ("order.id", "order.no", "customer.id")},
    "customer.opt_in": FactSpec(type=FLAG),
    "order.items": FactSpec(type=TEXTS),
}
EVENTS: Mapping[str, EventSpec] = {
    "ordered": EventSpec(sets=PLACED),
    "paid": EventSpec(sets={"order.paid": True}),
    "shipped": EventSpec(sets={"order.shipped": True}),
    "delivered": EventSpec(sets={"order.received": True}),
    "cancelled": EventSpec(sets={"order.cancelled": True}),
}
SIGNALS: Mapping[str, Type] = {
    **{f"message.{name}": COUNT for name in ("anger", "abuse", "urgency", "questions", "length")},
    **{f"message.{name}": FLAG for name in ("alone", "polite")},
    "misses": COUNT,
    "resumes": FLAG,
    "outcome": Type("enum", OUTCOMES),
    "channel": TEXT,
    "today": DATE,
    "rivals.first": TEXT,
    "rivals.second": TEXT,
}
NAMESPACES = ("slots", "type", "tags", "granted", "calls", "message", "report", "rivals")
