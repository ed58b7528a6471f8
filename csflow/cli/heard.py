"""What was heard, as data and as text; shared by `recognise` and `explain`."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from csflow.condition import DAY

if TYPE_CHECKING:
    from csflow.flow import State
    from csflow.language import Entity, Heard, Hit

SIGNALS = ("anger", "abuse", "urgency", "questions", "alone", "length", "polite")


def intents(heard: Heard) -> list[dict[str, Any]]:
    """Return the intents of a message in text order."""
    return [_intent(hit) for hit in heard.intents]
