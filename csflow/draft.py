"""The working copy of a snapshot during one step, and what conditions read from it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from csflow.bargain import Standing, standing
from csflow.condition import Type
from csflow.errors import FactError, hint
from csflow.events import Effect, Why
from csflow.snapshot import NOTHING, Ledger, Snapshot, values_of
from csflow.tally import NO_TALLY, Tally
from csflow.values import read_value, write_value

if TYPE_CHECKING:
    from csflow.events import Turn
    from csflow.flow import Flow
    from csflow.language import Signals
    from csflow.parts import Evidence

FOCUSED = ("order", "product")
KEYS = {"order": ("no", "id"), "product": ("id", "name")}


Checkpoint = tuple[tuple[Any, ...], int, int]


class Unfetched(Exception):  # noqa: N818 - a signal between the parts of a step, never an error
    """A condition or text touched a fact that a look-up gives and that was not looked up yet."""

    def __init__(self, call: str) -> None:
        super().__init__(call)
        self.call = call


class Cue(NamedTuple):
    """An event inside a turn; `kept` is run again where a slot's answer has no rule of its own."""

    trigger: str
    kind: str
    kept: str | None = None


class Draft(Snapshot):
    """A snapshot being changed; every change replaces what it changes, so the old snapshot stays whole."""

    __slots__ = (
        "answered", "began", "blind", "effects", "flow", "focus", "gleaned", "kind", "now", "order", "outcome",
        "product", "put", "queue", "repeated", "replies", "resumes", "rules", "tally", "text", "today_", "why",
    )  # fmt: skip

    def __init__(self, flow: Flow, snapshot: Snapshot, now: datetime.datetime, tally: Tally = NO_TALLY) -> None:
        self.assign(values_of(snapshot))
        self.flow, self.now, self.tally = flow, now, tally
        self.today_: datetime.date | None = None
        self.queue: list[Cue] = []
        self.effects: list[Effect] = []
        self.replies: list[str] = []
        self.rules: list[str] = []
        self.why = Why()
        self.kind, self.text, self.gleaned = "", "", self.state
        self.answered = self.put = self.began = self.resumes = self.repeated = False
        self.outcome: str | None = None
        self.blind: frozenset[str] = frozenset()
        self.focus: str | None = None
        self.order: Mapping[str, Any] = NOTHING
        self.product: Mapping[str, Any] = NOTHING
        if flow.products or self.orders or self.products:
            self.refocus()

    @classmethod
    def after(cls, flow: Flow, turn: Turn, now: datetime.datetime) -> Draft:
        """Return a working copy as it stands after a turn, for what was heard in it."""
        draft = cls(flow, turn.snapshot, now)
        draft.why = turn.why
        return draft

    @property
    def signals(self) -> Signals | None:
        """The mood and shape of the message, if the event is one."""
        return self.why.heard.signals if self.why.heard else None

    @property
    def today(self) -> datetime.date:
        """The date in the shop's time zone."""
        if self.today_ is None:
            self.today_ = self.now.astimezone(self.flow.profile.zone).date()
        return self.today_

    def checkpoint(self) -> Checkpoint:
        """Return what `restore` needs to undo a rule."""
        return values_of(self), len(self.effects), len(self.replies)

    def restore(self, saved: Checkpoint) -> None:
        """Undo everything since the checkpoint; the focus stays, since no rule moves it."""
        values, effects, replies = saved
        self.assign(values)
        del self.effects[effects:], self.replies[replies:]

    def note(self, text: str) -> None:
        """Add a sentence to the turn's `why`."""
        self.why.notes.append(text)

    def effect(self, kind: str, name: str, values: Mapping[str, tuple[Type, Any]] = NOTHING, **more: Any) -> None:
        """Add an effect to the turn."""
        self.effects.append(Effect(kind, name, values, **more))

    def book(self, **changes: Any) -> None:
        """Change the ledger."""
        self.ledger: Ledger = self.ledger._replace(**changes)

    # what conditions read

    def granted(self, name: str) -> int:
        """Count the grants of a name to the order in focus, and those without an order."""
        if not self.ledger.grants:
            return 0
        return sum(g.name == name and (self.focus is None or g.order in (None, self.focus)) for g in self.ledger.grants)

    def bargain(self, name: str) -> Standing:
        """Return how a bargain stands."""
        return standing(self, self.flow.bargains[name], self.ledger.bargains.get(self.bargain_key(name)))

    def bargain_key(self, name: str) -> str:
        """Return the ledger's key of a bargain about the product in focus."""
        product = self.slots.get("product")
        return f"{name}@{product}" if product else name

    def slot_key(self, slot: str) -> str:
        """Return the key of a slot's value; slots kept with an order have one value an order."""
        return f"{slot}@{self.focus}" if self.flow.slots[slot].spec.keep == "order" else slot

    def about(self, order: str | None, read: Callable[[Any], Any] | None) -> Any:
        """Return what a condition gives with another order in focus; unknown where a look-up would be needed."""
        if read is None:
            return True
        focus, row = self.focus, self.order
        self.focus_on(order)
        try:
            return read(self)
        except Unfetched:
            return None
        finally:
            self.focus, self.order = focus, row

    def here(self, read: Callable[[Any], Any] | None) -> Any:
        """Return what a condition or a text gives now, outside a rule; unknown where a look-up would be needed."""
        return self.about(self.focus, read)

    def leader(self, axis: str) -> str:
        """Return the customer type that leads an axis clearly enough, or `none`."""
        sure, lead, evidence, awaits = self.flow.axes[axis]
        if awaits and self.times.keys().isdisjoint(awaits):
            return "none"
        scores = sorted([(self._score(found), word) for word, found in evidence], reverse=True)
        best, word = scores[0]
        second = scores[1][0] if len(scores) > 1 else 0
        return word if best >= sure and best - second >= lead else "none"

    def leads(self, axis: str) -> str | None:
        """Return the customer type that leads an axis now, outside a rule; unknown where a look-up would be needed."""
        word: str | None = self.here(lambda draft: draft.leader(axis))
        return word

    def _score(self, evidence: tuple[Evidence, ...]) -> int:
        """Add up what holds; most of it waits for something that was not said, which is seen without its test."""
        score, heard = 0, self.times.keys()
        for test, worth, awaits in evidence:
            if not (awaits and heard.isdisjoint(awaits)) and test(self) is True:
                score += worth
        return score

    def look_up(self, name: str, call: str) -> Any:
        """Return a fact that a look-up gives.

        Raises:
            Unfetched: it must be looked up first.
        """
        fetched = self.ledger.fetched.get(call)
        key = None if call in self.blind else self.arguments_key(call)
        if fetched and fetched[1] > self.now and fetched[0] in (key, ""):
            return self.facts.get(name)
        if key is None:
            return None
        raise Unfetched(call)

    def arguments_key(self, call: str) -> str | None:
        """Return the arguments of a call as one text, or None where a needed one is unknown."""
        blind, self.blind = self.blind, self.blind | {call}  # look-ups that need each other's facts never end otherwise
        try:
            return self._arguments(call)
        finally:
            self.blind = blind

    def _arguments(self, call: str) -> str | None:
        values = []
        for _, needed, value in self.flow.arguments[call]:
            given = value.read(self)
            if given is None and needed:
                return None
            values.append(str(write_value(value.type, given)))
        return "|".join(values) or "-"

    # facts that come in

    def write(self, plain: Mapping[str, Any]) -> str | None:
        """Write facts given as plain data, nested or with dotted names; returns the order they are about.

        Raises:
            FactError: a name is not declared or a value does not fit its type.
        """
        tables: dict[str, list[dict[str, Any]]] = {}
        flat: dict[str, Any] = {}
        for name, raw in plain.items():
            if name in FOCUSED:
                rows = raw if isinstance(raw, (list, tuple)) else [raw]
                tables[name] = [self._typed(name, row) for row in rows]
            elif name.partition(".")[0] in FOCUSED:
                root, _, field = name.partition(".")
                tables.setdefault(root, [{}])[0].update(self._typed(root, {field: raw}))
            else:
                flat |= self._typed(name, raw)
        order = None
        for root, rows in tables.items():
            for fields in rows:
                key = self._write_row(root, fields)
                order = key if root == "order" else order
        if flat:
            self._write_flat(flat)
        self.refocus()
        return order

    def _typed(self, name: str, raw: Any) -> dict[str, Any]:
        """Return `{dotted name: value}`; for a focused root `{field: value}`."""
        if name in FOCUSED:
            if not isinstance(raw, Mapping):
                raise FactError(name, f"{raw!r} is not a map of its facts")
            return {field: self._value(f"{name}.{field}", item) for field, item in raw.items()}
        if isinstance(raw, Mapping) and name not in self.flow.fact_types:
            return {key: value for field, item in raw.items() for key, value in self._typed(f"{name}.{field}", item).items()}
        return {name: self._value(name, raw)}

    def _value(self, name: str, raw: Any) -> Any:
        wanted = self.flow.fact_types.get(name)
        if wanted is None:
            raise FactError(name, f"not declared in this flow{hint(name, self.flow.fact_types)}")
        try:
            return read_value(wanted, raw)
        except ValueError as error:
            raise FactError(name, str(error)) from None

    def _write_flat(self, flat: dict[str, Any]) -> None:
        self.facts = {**self.facts, **flat}
        for name, call in self.flow.reads.items():
            if not call.gives.keys().isdisjoint(flat):
                until = self.now + datetime.timedelta(seconds=call.fresh)
                key = self.arguments_key(name) or ""
                self.book(fetched={**self.ledger.fetched, name: (key, until)})

    def _write_row(self, root: str, fields: dict[str, Any]) -> str:
        """Merge facts into the order or product that they name, or else the one in focus."""
        table: dict[str, dict[str, Any]] = self.orders if root == "order" else self.products
        key = _row_key(KEYS[root], table, fields) or self._current(root, table)
        old = table.get(key) or table.get("") or {}
        table = {k: row for k, row in table.items() if k not in (key, "")} | {key: {**old, **fields}}
        if root == "order":
            self.orders = table
        else:
            self.products = table
        return key

    def _current(self, root: str, table: Mapping[str, Any]) -> str:
        """Return the key that facts without a name of their own belong to.

        Raises:
            FactError: several orders are open.
        """
        if root == "product":
            return str(self.slots.get("product") or next(iter(table), ""))
        if self.focus is None and table:
            raise FactError("order", f"several orders are open ({', '.join(table)}); say which with `no`")
        return self.focus or ""

    def refocus(self) -> None:
        """Find the order and the product that `order.*` and `product.*` mean now."""
        if self.orders:
            self.focus = self._focused_order()
            self.order = self.orders.get(self.focus, NOTHING) if self.focus is not None else NOTHING
        if self.products or self.flow.products:
            self.product = self._focused_product()

    def focus_on(self, order: str | None) -> None:
        """Set the focus to the order that an event is about."""
        if order is not None and order in self.orders:
            self.focus, self.order = order, self.orders[order]

    def _focused_order(self) -> str | None:
        named = self.slots.get("order_no")
        if named is not None and (named in self.orders or "" not in self.orders):
            return str(named)
        running = [key for key, row in self.orders.items() if not (row.get("cancelled") or row.get("received"))]
        if len(running) > 1:
            return None
        return running[0] if running else next(reversed(self.orders))

    def _focused_product(self) -> Mapping[str, Any]:
        shop: Mapping[str, Mapping[str, Any]] = self.flow.products
        name = self.slots.get("product")
        if name is None:
            items: Sequence[str] = self.order.get("items") or ()
            name = items[0] if len(items) == 1 else next(iter(self.products)) if len(self.products) == 1 else None
        told = self.products.get(name, self.products.get("", NOTHING)) if name is not None else NOTHING
        return {**shop.get(name, NOTHING), **told} if name is not None else NOTHING


def _row_key(names: Sequence[str], table: Mapping[str, Mapping[str, Any]], fields: Mapping[str, Any]) -> str | None:
    """Return the key of the row that facts name, whichever of its names they use, or the new row's key."""
    given = [(name, fields[name]) for name in names if fields.get(name)]
    known = (key for key, row in table.items() for name, value in given if row.get(name) == value)
    return next(known, str(given[0][1]) if given else None)
