"""What is kept of a conversation between turns: plain versioned data, about 1 KB, no engine object in it.

Nothing here is ever changed in place: a step copies what it changes. Empty containers are shared between snapshots.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, NamedTuple

from csflow.errors import SnapshotError

FORMAT = 1
NOTHING: dict[str, Any] = {}
MAX_JSON = 1_000_000


class Origin(NamedTuple):
    """The flow that a snapshot belongs to."""

    flow: str
    version: str
    digest: str


class Pending(NamedTuple):
    """The open question: a slot to fill, or a summary to confirm; `kept` is the event that caused it."""

    slot: str
    kept: str | None = None
    confirm: bool = False


class Frame(NamedTuple):
    """What a side root suspended: the state and its open question."""

    state: str
    pending: Pending | None = None


class Timer(NamedTuple):
    """Something due later; `name` is a follow-up or the event that fires, `order` its subject."""

    name: str
    due: datetime.datetime
    order: str | None = None
    kind: str = "follow_up"
    serial: int = 0


class Call(NamedTuple):
    """An open call of a host function or request to a person."""

    name: str
    serial: int
    order: str | None = None
    key: str = ""


class Parked(NamedTuple):
    """An event that waits for a look-up; `depth` is how many side roots were open then."""

    trigger: str
    call: str
    depth: int


class Promise(NamedTuple):
    """Something promised to the customer: open, kept or broken."""

    name: str
    what: str
    due: datetime.datetime
    order: str | None = None
    state: str = "open"
    serial: int = 0


class Grant(NamedTuple):
    """Something given, to the order it began with."""

    name: str
    order: str | None = None


class Bargain(NamedTuple):
    """How far a bargain went: the standing offer, the next step, whether the last price was said, what was agreed."""

    offer: int | None = None
    step: int = 0
    last: bool = False
    agreed: int | None = None


class Ledger(NamedTuple):
    """What was offered, granted, promised, asked of the host and tagged; it outlives sessions."""

    bargains: Mapping[str, Bargain] = NOTHING
    grants: tuple[Grant, ...] = ()
    promises: tuple[Promise, ...] = ()
    tags: Mapping[str, Any] = NOTHING
    calls: Mapping[str, Call] = NOTHING
    fetched: Mapping[str, tuple[str, datetime.datetime]] = NOTHING
    parked: tuple[Parked, ...] = ()
    sent: Mapping[str, int] = NOTHING
    marketing: tuple[datetime.date, ...] = ()
    serial: int = 0


EMPTY_LEDGER = Ledger()
FIELDS = (
    "origin", "seed", "state", "open", "frames", "pending", "slots", "facts", "orders", "products",
    "times", "used", "asked", "said", "misses", "last", "repeats", "timers", "ledger", "collected", "rivals",
)  # fmt: skip


values_of: Callable[[Any], tuple[Any, ...]] = attrgetter(*FIELDS)


class Snapshot:
    """A conversation between two turns.

    `slots`, `facts`, `orders` and `products` hold typed values (money in minor units, durations in seconds). `times`
    counts the heard intents that some condition asks for, `used` the fired rules; `asked` tells of each question how often
    it was put, how often its answer failed and whether it is closed; `said` holds the variants used as bits, `last` the
    checksum of the last reply and `repeats` how often it came in a row; `rivals` are the intents that a question was about.
    """

    __slots__ = FIELDS
    origin: Origin
    seed: int
    state: str
    open: bool
    frames: tuple[Frame, ...]
    pending: Pending | None
    slots: dict[str, Any]
    facts: dict[str, Any]
    orders: dict[str, dict[str, Any]]
    products: dict[str, dict[str, Any]]
    times: dict[str, int]
    used: dict[str, int]
    asked: dict[str, tuple[int, int, bool]]
    said: dict[str, int]
    misses: int
    last: int
    repeats: int
    timers: tuple[Timer, ...]
    ledger: Ledger
    collected: bool
    rivals: tuple[str, ...]

    @classmethod
    def fresh(cls, origin: Origin, seed: int = 0, facts: dict[str, Any] | None = None) -> Snapshot:
        """Return the snapshot of a conversation that has not begun."""
        values = (origin, seed, "greet", False, (), None, NOTHING, facts or NOTHING, NOTHING, NOTHING,
                  NOTHING, NOTHING, NOTHING, NOTHING, 0, 0, 0, (), EMPTY_LEDGER, False, ())  # fmt: skip
        return cls.of(values)

    @classmethod
    def of(cls, values: tuple[Any, ...]) -> Snapshot:
        """Return a snapshot of field values in the order of `FIELDS`."""
        self = cls.__new__(cls)
        self.assign(values)
        return self

    def assign(self, values: tuple[Any, ...]) -> None:
        """Set all fields, in the order of `FIELDS`."""
        (self.origin, self.seed, self.state, self.open, self.frames, self.pending, self.slots,
         self.facts, self.orders, self.products, self.times, self.used, self.asked, self.said, self.misses,
         self.last, self.repeats, self.timers, self.ledger, self.collected, self.rivals) = values  # fmt: skip

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Snapshot) and all(getattr(self, name) == getattr(other, name) for name in FIELDS)

    __hash__ = None  # type: ignore[assignment] # equal by value, and holds dicts

    def __repr__(self) -> str:
        return f"<Snapshot {self.origin.flow} at {self.state}>"

    def to_json(self) -> str:
        """Return the snapshot as compact JSON text; empty fields are left out."""
        kept = {name: value for name, value in zip(FIELDS, values_of(self), strict=True) if value or name == "state"}
        kept["ledger"] = {key: value for key, value in zip(Ledger._fields, self.ledger, strict=True) if value}
        return ENCODER.encode({"format": FORMAT, **kept})

    @classmethod
    def from_json(cls, text: str) -> Snapshot:
        """Read what `to_json` wrote.

        Raises:
            SnapshotError: the text is no snapshot, or one of another format.
        """
        try:
            data = json.loads(text) if len(text) <= MAX_JSON else {}
            return _decode(cls, data)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise SnapshotError(f"this is no csflow snapshot: {error}") from None


def encode(value: Any) -> Any:
    """Return plain data; dates become `{"@": ISO text}`."""
    if isinstance(value, (datetime.date, datetime.datetime)):
        return {"@": value.isoformat()}
    if isinstance(value, Mapping):
        return {key: encode(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [encode(item) for item in value]
    return value


ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=encode)
"""Writes plain data as compact JSON; tuples become lists, dates what `encode` makes of them."""


def decode(value: Any) -> Any:
    """Return what `encode` was given, with tuples for lists."""
    if isinstance(value, dict):
        if value.keys() == {"@"}:
            text = value["@"]
            return datetime.datetime.fromisoformat(text) if "T" in text else datetime.date.fromisoformat(text)
        return {key: decode(item) for key, item in value.items()}
    return tuple(decode(item) for item in value) if isinstance(value, list) else value


def _decode(cls: type[Snapshot], raw: dict[str, Any]) -> Snapshot:
    if raw.get("format") != FORMAT:
        raise SnapshotError(f"this snapshot has format {raw.get('format')!r}; this version of csflow reads format {FORMAT}")
    self = cls.fresh(Origin(*raw["origin"]))
    for name in FIELDS[1:]:
        if name in raw:
            value = _SHAPES.get(name, _as_is)(decode(raw[name]))
            if name != "pending" and not isinstance(value, type(getattr(self, name))):
                raise TypeError(f"{name!r} does not hold what a snapshot keeps there")
            setattr(self, name, value)
    return self


def _as_is(value: Any) -> Any:
    return value


def _pending(value: Any) -> Pending | None:
    return None if value is None else Pending(*value)


def _each(shape: Callable[..., Any]) -> Callable[[Any], Any]:
    def read(items: Any) -> Any:
        if isinstance(items, dict):
            return {key: shape(*item) for key, item in items.items()}
        return tuple(shape(*item) for item in items)

    return read


_LEDGER = {
    "bargains": _each(Bargain), "grants": _each(Grant), "promises": _each(Promise), "calls": _each(Call), "parked": _each(Parked),
}  # fmt: skip


def _ledger(value: Any) -> Ledger:
    return Ledger(**{key: _LEDGER.get(key, _as_is)(item) for key, item in value.items()})


def _rows(value: Any) -> dict[str, dict[str, Any]]:
    return {key: dict(row) for key, row in value.items()}


_SHAPES: Mapping[str, Callable[[Any], Any]] = {
    "pending": _pending,
    "orders": _rows,
    "products": _rows,
    "frames": _each(lambda state, pending: Frame(state, _pending(pending))),
    "timers": _each(Timer),
    "ledger": _ledger,
}
