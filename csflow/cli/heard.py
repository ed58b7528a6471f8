"""What was heard in a text, as data for programs and as lines for people."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from csflow.condition import DURATION, MONEY
from csflow.language import DateSpan
from csflow.values import write_value

if TYPE_CHECKING:
    from csflow.flow import Flow
    from csflow.language import Clause, Entity, Heard

SIGNALS = ("anger", "abuse", "urgency", "questions", "alone", "length", "polite")


def intents(heard: Heard, flow: Flow) -> list[dict[str, Any]]:
    """Return the intents, those that are answered first, otherwise in text order."""
    return [{"name": hit.intent, "score": round(hit.score, 3), "why": hit.why} for hit in flow.ranked(heard.intents)]


def entities(heard: Heard, today: datetime.date) -> list[dict[str, Any]]:
    """Return the figures, dates and names in text order; relative dates are counted from `today`."""
    return [_entity(entity, today) for clause in heard.clauses for entity in clause.entities]


def _entity(entity: Entity, today: datetime.date) -> dict[str, Any]:
    return {"type": entity.type, "value": _plain(entity, today), "text": entity.text, "start": entity.start, "end": entity.end}


def _plain(entity: Entity, today: datetime.date) -> Any:
    value = entity.value
    if isinstance(value, DateSpan):
        day = value.on(today)
        return day and day.isoformat()
    if entity.type == "percent":
        return f"{Decimal(str(value)) / 100}%"
    wanted = {"money": MONEY, "duration": DURATION}.get(entity.type)
    return write_value(wanted, value) if wanted else value


def answers(heard: Heard, flow: Flow, state: str) -> Iterator[dict[str, Any]]:
    """Yield the answers that a message gives to the slots a state collects."""
    for name, _ in flow.states[state].collect:
        vocabulary = flow.slots[name].vocabulary
        for clause in heard.clauses if vocabulary else ():
            if vocabulary and (value := vocabulary.match(clause.text)) is not None:
                yield _answer(name, value, clause)


def _answer(name: str, value: str, clause: Clause) -> dict[str, Any]:
    return {"type": f"slots.{name}", "value": value, "text": clause.text, "start": clause.start, "end": clause.end}


def signals(heard: Heard) -> Mapping[str, Any]:
    """Return the readings of the whole message that say something."""
    read = {name: getattr(heard.signals, name) for name in SIGNALS}
    return {name: value for name, value in read.items() if value}
