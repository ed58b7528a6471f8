"""What was heard: plain slotted objects; positions are code points of the original text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from csflow.language.clauses import asks, turn_of
from csflow.language.signals import Signals
from csflow.language.vocabulary import yes_no


class Entity(NamedTuple):
    """A figure, date, number or name found in the text.

    `value` by `type`: money int in minor units; count int; duration int in seconds; date `DateSpan`; percent int in
    basis points; number, weight_kg decimal text; length_cm int; phone, order_no, tracking_no, image, link text;
    a type of the author's names: the mapped value.
    """

    type: str
    value: object
    start: int
    end: int
    text: str


class Hit(NamedTuple):
    """An intent heard in a clause.

    `score` 0..1; `cover` the share of the clause's letters it explains; `slots` the entities in its pattern's holes;
    `how` (phrase, example, pattern, like) and `words` say what spoke; `runner_up` and `margin` the next intent and its
    distance, where likeness decided; `leads` is what the letters of the whole message put first.
    """

    intent: str
    score: float
    start: int
    end: int
    how: str
    words: str
    cover: float
    slots: Mapping[str, Entity]
    runner_up: str = ""
    margin: float = 1.0
    leads: bool = False

    @property
    def guessed(self) -> bool:
        """Whether no words spoke, only letters."""
        return self.cover == 0

    @property
    def why(self) -> str:
        """Which phrase, example or pattern spoke."""
        tail = f" ({self.score:.2f}, ahead of {self.runner_up or 'nothing'} by {self.margin:.2f})" if self.how == "like" else ""
        return f"{self.how} “{self.words}”{tail}{', first by its letters' if self.leads else ''}"


class Clause:
    """A part of a message between punctuation: its hits by position, its entities, whether it asks.

    `rivals` are two intents that it is about equally like, where it was heard as neither.
    """

    __slots__ = ("_entities", "_marked", "end", "hits", "rivals", "start", "text")

    def __init__(
        self, text: str, start: int, end: int, hits: tuple[Hit, ...], marked: bool,
        entities: Callable[[int, int], tuple[Entity, ...]], rivals: tuple[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.text = text
        self.start = start
        self.end = end
        self.hits = hits
        self.rivals = rivals
        self._marked = marked
        self._entities = entities

    def with_hits(self, hits: tuple[Hit, ...]) -> Clause:
        """The same clause heard otherwise."""
        return Clause(self.text, self.start, self.end, hits, self._marked, self._entities, self.rivals)

    @property
    def entities(self) -> tuple[Entity, ...]:
        """The entities inside this clause, in text order."""
        return self._entities(self.start, self.end)

    @property
    def question(self) -> bool:
        """Whether a question mark follows or the words ask."""
        return self._marked or asks(self.text)

    @property
    def answer(self) -> bool | None:
        """Yes, no, or neither."""
        return yes_no(self.text)

    def __repr__(self) -> str:
        return f"Clause({self.text!r}, {list(self.hits)!r})"


class Heard:
    """What a message says: its clauses, intents and signals, read when first asked for."""

    __slots__ = ("_clauses", "_intents", "_names", "_read", "_signals", "text")

    def __init__(self, text: str, read: Callable[[], tuple[Clause, ...]], names: tuple[str, ...] | None = None) -> None:
        self.text = text
        self._read = read
        self._names = names
        self._clauses: tuple[Clause, ...] | None = None
        self._intents: tuple[Hit, ...] | None = None
        self._signals: Signals | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the intents in their order; cheaper where phrases alone decide."""
        if self._names is None:
            self._names = tuple([hit.intent for hit in self.intents])
        return self._names

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """The clauses in text order."""
        if self._clauses is None:
            self._clauses = self._read()
        return self._clauses

    @property
    def intents(self) -> tuple[Hit, ...]:
        """The best hit of each intent: what leads, then what is demanded before what is told, otherwise in text order."""
        if self._intents is None:
            self._intents = in_turn(self.clauses)
        return self._intents

    @property
    def rivals(self) -> tuple[str, str] | None:
        """The two intents between which a message is in doubt that was heard as none, the likelier first."""
        if self.names or self._clauses is None:  # without clauses phrases alone decided, and nothing was compared
            return None
        return next((clause.rivals for clause in self._clauses if clause.rivals), None)

    @property
    def signals(self) -> Signals:
        """Mood, urgency and shape of the whole message."""
        if self._signals is None:
            self._signals = Signals(self.text, self._questions, self._alone)
        return self._signals

    def _questions(self) -> int:
        return sum(clause.question for clause in self.clauses)

    def _alone(self) -> bool:
        return len(self.clauses) <= 1 and len(self.intents) <= 1

    def __repr__(self) -> str:
        return f"Heard({self.text!r}, {list(self.clauses)!r})"


def in_turn(clauses: Sequence[Clause]) -> tuple[Hit, ...]:
    """The best hit of each intent in some clauses, in the order in which they are answered."""
    spoken = [clause for clause in clauses if clause.hits]
    if len(spoken) > 1:
        spoken.sort(key=lambda clause: turn_of(clause.text))
    best: dict[str, Hit] = {}
    for hit in (hit for clause in spoken for hit in clause.hits):
        if hit.intent not in best or hit.score > best[hit.intent].score:
            best.pop(hit.intent, None)  # its place is that of its best hit
            best[hit.intent] = hit
    return tuple(sorted(best.values(), key=_behind))


def _behind(hit: Hit) -> bool:
    return not hit.leads


class Recogniser(Protocol):
    """Whatever turns a text into what was heard."""

    def hear(self, text: str) -> Heard:
        """Intents, entities and signals of one message."""
        ...


class Words(NamedTuple):
    """The words of one intent.

    `examples` are whole messages in its spirit; `phrases` are enough by themselves wherever they stand in a clause;
    both may carry holes (`{bid}能卖吗`, a slot's name or an entity type). `excluded` must not be heard as it.
    """

    examples: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
