"""Words that tell nothing: examples of two intents that differ only in particles, phrases that are a single one of such words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from csflow.bind import below
from csflow.check.hijacked import Saying, sayings
from csflow.check.subject import Subject
from csflow.errors import Problem

FAINT = re.compile(r"请问|麻烦|一下|可以|能不能|[的了吗呢吧啊呀嘛哦呗啦哈能会么]|\b(?:please|the|an?)\b|[^\w{}]+")
EVERYWHERE = re.compile(
    r"[您你我他她它这那个的了吗呢吧啊在有是不要和跟就都也还很想能会可请]"
    r"|you|i|we|it|this|that|me|my|your|is|are|do|does|to|of|in|on|and|for|can|so|the|an?|please"
)
LEAST = 3


def twins(subject: Subject) -> Iterator[Problem]:
    """Yield examples that have a twin under an earlier intent, where neither intent yields to the other."""
    earlier: dict[str, list[Saying]] = {}
    for said in sayings(subject, "examples"):
        telling = FAINT.sub("", said.words.lower())
        if "{" in telling or len(telling) < LEAST:
            continue
        twin = next((other for other in earlier.get(telling, ()) if _apart(subject, other.intent, said.intent)), None)
        if twin is not None:
            message = f"{said.words!r} of {said.intent!r} and {twin.words!r} of {twin.intent!r} ({twin.place}) say the same"
            yield Problem("twin-examples", said.place, message, "warning")
        earlier.setdefault(telling, []).append(said)


def _apart(subject: Subject, one: str, other: str) -> bool:
    """Tell whether two intents are neither kin nor one stepping back before the other."""
    yielding = subject.flow.yielding
    kin = below(one, other) or below(other, one)
    return not (kin or one in yielding.get(other, ()) or other in yielding.get(one, ()))


def wide(subject: Subject) -> Iterator[Problem]:
    """Yield phrases of a single word that stands in any message."""
    for part in subject.spec.intent_parts:
        for number, words in enumerate(part.spec.phrases):
            if EVERYWHERE.fullmatch(words.lower()):
                message = f"{words!r} stands in any message, and each would be heard as {part.path[-1]!r}"
                yield Problem("wide-phrase", subject.at(part, "phrases", number), message, "warning")
