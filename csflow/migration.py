"""A conversation moved to another version of its flow: renamed where `was:` says so, and every loss named. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Literal, NamedTuple

from csflow.condition import TEXT, Type
from csflow.snapshot import Frame, Ledger, Origin, Pending, Snapshot, Timer, values_of
from csflow.spec import NONE, ROOTS, FlowSpec
from csflow.values import read_value, write_value

Position = Literal["safe", "renamed", "orphaned"]


class Moved(NamedTuple):
    """What became of a conversation: its snapshot in the new version, what has a new name, what was dropped, what is lost.

    Where something is `lost` the conversation cannot go on in the new version, and the snapshot must not be used.
    """

    snapshot: Snapshot
    renamed: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()

    @property
    def position(self) -> Position:
        """Whether it can go on: as it is, with new names, or not at all."""
        return "orphaned" if self.lost else "renamed" if self.renamed else "safe"


class Names:
    """The names of one version's parts: which it has, and what they were called before."""

    def __init__(self, spec: FlowSpec) -> None:
        self.spec = spec
        rules = {rule.id: rule.was for part in spec.lists for rule in part.spec.choose}
        self.states = {**dict.fromkeys(ROOTS), **{name: state.was for name, state in spec.states.items()}}
        self.slots = {name: slot.was for name, slot in spec.slots.items()}
        self.follow_ups = {name: part.spec.was for name, part in spec.follow_ups.items()}
        self.bargains = {name: bargain.was for name, bargain in spec.bargains.items()}
        self.facts = {**dict.fromkeys(self.types), **{name: fact.was for name, fact in spec.facts.items()}}
        self.rules = {**rules, **self.follow_ups}
        self.intents = dict.fromkeys(spec.intents)
        self.calls = dict.fromkeys(spec.calls)

    @cached_property
    def types(self) -> Mapping[str, Type]:
        """The types of all facts that a host may bring."""
        given = {fact: kind for call in self.spec.calls.values() for fact, kind in call.gives.items()}
        return given | {name: fact.type for name, fact in self.spec.facts.items()} | {"channel": TEXT}

    @cached_property
    def slot_types(self) -> Mapping[str, Type]:
        """The types of the slots' values."""
        return {name: slot.kind for name, slot in self.spec.slots.items()}

    @cached_property
    def variants(self) -> Mapping[str, int]:
        """How many wordings each rule has."""
        return {rule.id: len(rule.say or ()) for part in self.spec.lists for rule in part.spec.choose}

    @cached_property
    def promises(self) -> frozenset[str]:
        """The names of what its rules promise."""
        acts = [rule for part in self.spec.lists for rule in part.spec.choose]
        acts += [part.spec for part in self.spec.follow_ups.values()]
        found = (name for act in acts for effect in act.do for name in effect.promise or () if name != "by")
        return frozenset(found)


def successor(known: Mapping[str, str | None], name: str) -> str | None:
    """Return what a part is called now: by the same name, or by the one whose `was` it is; None where it is gone."""
    return name if name in known else next((new for new, was in known.items() if was == name), None)


def migrate(snapshot: Snapshot, new: Names, old: Names | None = None) -> Moved:
    """Return what becomes of a conversation in a version of its flow.

    Args:
        snapshot: where it stands; it is not changed.
        new: the names of the version that it is to go on in.
        old: those of the version that it stands in, from which the types of values are known; without it a value that does not
            look like its new type is dropped.
    """
    return _Move(new, old).move(snapshot)


class _Move:
    """One move: what is carried, and notes of what is not."""

    def __init__(self, new: Names, old: Names | None) -> None:
        self.new, self.old = new, old
        self.renamed: list[str] = []
        self.dropped: list[str] = []
        self.lost: list[str] = []

    def move(self, was: Snapshot) -> Moved:
        moved = Snapshot.of(values_of(was))
        spec = self.new.spec
        if was.origin.flow != spec.name:
            self.lost.append(f"flow {was.origin.flow}: {spec.name} is another flow")
        moved.origin = Origin(spec.name, spec.version, spec.digest)
        moved.state = self.state(was)
        moved.pending = self.pending(was.pending)
        moved.frames = tuple(
            Frame(self.place("state", self.new.states, f.state, "returns to"), self.pending(f.pending)) for f in was.frames
        )
        self.values(moved, was)
        self.counts(moved, was)
        moved.ledger = self.ledger(was.ledger)
        moved.timers = tuple(self.timers(was.timers))
        return Moved(moved, *(tuple(dict.fromkeys(found)) for found in (self.renamed, self.dropped, self.lost)))

    # names

    def state(self, was: Snapshot) -> str:
        """Return the state; where a session is over the next one begins anew, and its last state's root will do."""
        if was.open or successor(self.new.states, was.state) is not None:
            return self.place("state", self.new.states, was.state, "stands in")
        self.dropped.append(f"state {was.state} is gone, and the session in it over")
        return was.state.partition(".")[0]

    def place(self, kind: str, known: Mapping[str, str | None], name: str, why: str) -> str:
        """Return the new name of something that a conversation cannot go on without."""
        found = successor(known, name)
        if found is None:
            self.lost.append(f"{kind} {name}: the conversation {why} it")
            return name
        return self.told(kind, name, found)

    def told(self, kind: str, name: str, found: str) -> str:
        if found != name:
            self.renamed.append(f"{kind} {name} is {found}")
        return found

    def carried(self, kind: str, known: Mapping[str, str | None], values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values under the new names of what they belong to; `NAME@SUBJECT` is about NAME. What is gone is dropped."""
        kept = {}
        for key, value in values.items():
            name, at, subject = key.partition("@")
            if (found := successor(known, name)) is None:
                self.dropped.append(f"{kind} {name} is gone")
            else:
                kept[self.told(kind, name, found) + at + subject] = value
        return kept

    def pending(self, was: Pending | None) -> Pending | None:
        if was is None:
            return None
        kept = was.kept if was.kept is None or self.is_trigger(was.kept) else None
        if was.kept != kept:
            self.dropped.append(f"intent {was.kept} is gone")
        known, kind = (self.new.states, "state") if was.confirm else (self.new.slots, "slot")
        return Pending(self.place(kind, known, was.slot, "has a question open about"), kept, was.confirm)

    def is_trigger(self, name: str) -> bool:
        """Tell whether an event can still be taken: only an intent can have gone."""
        return self.old is None or name not in self.old.intents or name in self.new.intents

    # values

    def values(self, moved: Snapshot, was: Snapshot) -> None:
        moved.slots = self.typed(
            "slot", was.slots, self.old.slot_types if self.old else NONE, self.new.slot_types, self.new.slots
        )
        moved.facts = self.facts(was.facts, "")
        moved.orders = {key: self.facts(row, "order.") for key, row in was.orders.items()}
        moved.products = {key: self.facts(row, "product.") for key, row in was.products.items()}

    def facts(self, values: Mapping[str, Any], root: str) -> dict[str, Any]:
        """Return facts under their new names; those of an order or a product stay there."""
        named = {root + field: value for field, value in values.items()}
        kept = self.typed("fact", named, self.old.types if self.old else NONE, self.new.types, self.new.facts)
        for name in [name for name in kept if not name.startswith(root)]:
            self.dropped.append(f"fact {name} is none of an {root.rstrip('.')} any more")
            del kept[name]
        return {name.removeprefix(root): value for name, value in kept.items()}

    def typed(
        self,
        kind: str,
        values: Mapping[str, Any],
        before: Mapping[str, Type],
        after: Mapping[str, Type],
        known: Mapping[str, str | None],
    ) -> dict[str, Any]:
        """Return values under their new names and in their new types; what does not fit is dropped."""
        kept = {}
        for key, value in values.items():
            for named, same in self.carried(kind, known, {key: value}).items():
                old, new = before.get(key.partition("@")[0]), after[named.partition("@")[0]]
                try:
                    kept[named] = same if old == new else converted(old, new, same)
                except ValueError as error:
                    self.dropped.append(f"{kind} {named}: {error}")
        return kept

    # counters

    def counts(self, moved: Snapshot, was: Snapshot) -> None:
        new = self.new
        moved.times = self.carried("intent", new.intents, was.times)
        moved.used = self.carried("rule", new.rules, was.used)
        moved.said = self.carried("rule", new.rules, self.unchanged(was.said))
        moved.asked = self.carried("slot", new.slots, was.asked)
        moved.rivals = was.rivals if all(name in new.intents for name in was.rivals) else ()

    def unchanged(self, said: Mapping[str, int]) -> dict[str, int]:
        """Return which variants were said, of the rules that have as many as before; others begin again."""
        if self.old is None:
            return dict(said)
        old, new, rules = self.old.variants, self.new.variants, self.new.rules
        return {name: bits for name, bits in said.items() if old.get(name) == new.get(successor(rules, name) or "")}

    # ledger and timers

    def ledger(self, was: Ledger) -> Ledger:
        for promise in was.promises:
            if promise.state == "open" and promise.name not in self.new.promises:
                self.lost.append(f"promise {promise.name}: it is open, and no rule makes or ends it any more")
        for call in was.calls:
            if call not in self.new.calls:
                self.lost.append(f"call {call}: its answer is awaited")
        return was._replace(
            bargains={self.bargain(key): kept for key, kept in was.bargains.items()},
            fetched={name: found for name, found in was.fetched.items() if name in self.new.calls},
            parked=tuple(parked for parked in was.parked if parked.call in self.new.calls and self.is_trigger(parked.trigger)),
            sent=self.carried("follow-up", self.new.follow_ups, was.sent),
        )

    def bargain(self, key: str) -> str:
        """Return the new key of a bargain: an offer stands, so it cannot be forgotten."""
        name, at, product = key.partition("@")
        return self.place("bargain", self.new.bargains, name, "has an offer standing in") + at + product

    def timers(self, was: Iterable[Timer]) -> Iterator[Timer]:
        for timer in was:
            name = timer.name
            if timer.kind == "follow_up":
                name = self.place("follow-up", self.new.follow_ups, name, "has a timer set for")
            yield timer._replace(name=name)


def converted(old: Type | None, new: Type, value: Any) -> Any:
    """Return a value of one type in another, by the way it is written; of an unknown old type if it is one of the new.

    Raises:
        ValueError: it has no such value.
    """
    try:
        return read_value(new, write_value(old or new, value))
    except (ValueError, TypeError, AttributeError):
        raise ValueError(f"its value is no {new}") from None  # the value itself may be personal
