"""Examples and phrases that are heard as another intent than the one they stand under."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from csflow.bind import below
from csflow.check.subject import Subject
from csflow.errors import Place, Problem
from csflow.language import Hit

HOLE = re.compile(r"\{ *(\w+) *\}")
SAMPLES: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "money": "25块", "count": "3个", "percent": "八折", "duration": "3天", "date": "明天", "length_cm": "170cm",
        "weight_kg": "60公斤",
        "order_no": "296412345678", "tracking_no": "SF1234567890123", "phone": "13812345678", "region": "上海", "colour": "红色",
        "address": "和平路12号", "image": "[图片]", "link": "https://shop.example/1",
    },
    "en": {
        "money": "£25", "count": "3", "percent": "20%", "duration": "3 days", "date": "tomorrow", "length_cm": "170cm",
        "weight_kg": "60kg",
        "order_no": "296412345678", "tracking_no": "SF1234567890123", "phone": "07700900123", "region": "Scotland",
        "colour": "red", "address": "12 High Street", "image": "[image]", "link": "https://shop.example/1",
    },
}  # fmt: skip
"""What customers write for a value of each type, by the flow's language."""


class Saying(NamedTuple):
    """An example or a phrase of an intent, and where it stands."""

    intent: str
    words: str
    place: Place


def hijacked(subject: Subject) -> Iterator[Problem]:
    """Yield examples and phrases that, said as a message, are answered as another intent first."""
    places = {(said.intent, said.words): said.place for said in sayings(subject)}
    for (intent, words), place in places.items():
        hit = heard_first(subject, intent, example(subject, words))
        if hit is not None:
            by = places.get((hit.intent, hit.words))
            message = f"{words!r} of {intent!r} is heard as {hit.intent!r}, by {hit.why}" + (f" at {by}" if by else "")
            yield Problem("hijacked", place, message)


def sayings(subject: Subject, *keys: str) -> Iterator[Saying]:
    """Yield all examples and phrases of a flow, or only those under some keys."""
    for part in subject.spec.intent_parts:
        for key in keys or ("examples", "phrases"):
            for number, words in enumerate(getattr(part.spec, key)):
                yield Saying(str(part.path[-1]), words, subject.at(part, key, number))


def example(subject: Subject, words: str) -> str:
    """Return a message that a pattern means: a word of each class, a value in each hole, nothing in the gaps."""

    def filled(hole: re.Match[str]) -> str:
        classes, slot = subject.spec.words, subject.spec.slots.get(hole[1])
        kind = slot.type if slot else hole[1]
        products = subject.flow.products
        if hole[1] in classes:
            return next(iter(classes[hole[1]]), "")
        return next(iter(products), "") if kind == "product" else SAMPLES[subject.spec.language].get(str(kind), "")

    return HOLE.sub(filled, words).replace("…", "")


def heard_first(subject: Subject, intent: str, text: str) -> Hit | None:
    """Return what is answered first where that is another intent, neither its sub-intent nor one that it yields to."""
    ranked = subject.flow.ranked(subject.flow.recogniser.hear(text).intents)
    if not ranked or below(intent, ranked[0].intent) or ranked[0].intent in subject.flow.yielding.get(intent, ()):
        return None
    return ranked[0]
