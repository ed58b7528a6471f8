"""Resolves every name in a merged flow: states, intents, slots, calls, promises, events, rules and bargains."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from csflow.errors import hint
from csflow.rulefile.declare import Declared, acts, effects
from csflow.spec import ENTITY_TYPES, EVERYWHERE, MOMENTS, OUTCOMES, ROOTS, SIDE_ROOTS, ActSpec, CollectSpec, EffectSpec, Located

HOLE = re.compile(r"\{([^{}]*)\}")
Path = tuple[str | int, ...]


class Names:
    """Reports every name that nothing declares."""

    def __init__(self, declared: Declared) -> None:
        self.declared, self.merged = declared, declared.merged
        self.slots, self.calls = declared.names("slots"), declared.names("calls")
        self.bargains, self.rules = declared.names("bargains"), declared.names("rules")
        self.states = {*ROOTS, *declared.states, EVERYWHERE}
        self.triggers = {*MOMENTS, *declared.scope.intents(), *declared.events}
        self.starts = {"silence", *declared.events, *self.rules}

    def check(self) -> None:
        for (section, name), parts in self.merged.parts.items():
            for part in parts:
                self.part(section, name, part)
        for found in self.merged.lists:
            self.triggered(found)
            self.inside(found, found.spec.in_)
        for part in acts(self.merged):
            self.act(part)
        for part, number, effect in effects(self.merged):
            self.effect(part, number, effect)

    def need(self, kind: str, name: str, known: Collection[str], part: Located, *path: str | int) -> bool:
        """Report `name` where nothing of its kind is called so."""
        if name in known:
            return True
        place = self.merged.place(part, *path)
        self.merged.report(f"unknown-{kind}", place, f"no {kind} {name!r}{hint(name, known)}")
        return False

    def part(self, section: str, name: str, part: Located) -> None:
        if section == "states":
            self.state(name, part)
        elif section == "intents":
            self.intent(part)
        elif section == "events":
            for number, fact in enumerate(part.spec.brings):
                self.need("fact", fact, self.declared.scope.facts(), part, "brings", number)

    def state(self, name: str, part: Located) -> None:
        root, _, rest = name.partition(".")
        parent = name.rpartition(".")[0]
        if root not in ROOTS:
            self.merged.report("unknown-state", self.merged.key(part), f"{name!r} stands under no root state{hint(root, ROOTS)}; roots: {', '.join(ROOTS)}")
        elif rest and parent not in self.states:
            self.merged.report("unknown-state", self.merged.key(part), f"the parent {parent!r} is not declared{hint(parent, self.states)}")
        for number, item in enumerate(part.spec.collect):
            slot, path = (item.slot, ("collect", number, "slot")) if isinstance(item, CollectSpec) else (item, ("collect", number))
            self.question(slot, part, *path)

    def question(self, slot: str, part: Located, *path: str | int) -> None:
        """A slot that is asked for must be declared and have a question."""
        if self.need("slot", slot, self.slots, part, *path) and self.merged.parts["slots", slot][-1].spec.ask is None:
            self.merged.report("no-question", self.merged.place(part, *path), f"the slot {slot!r} has no `ask:` text to ask with")

    def intent(self, part: Located) -> None:
        for number, name in enumerate(part.spec.yields_to):
            self.need("intent", name, {*self.declared.scope.intents(), "any"}, part, "yields_to", number)
        for key, texts in (("examples", part.spec.examples), ("phrases", part.spec.phrases), ("not", part.spec.excluded)):
            for number, text in enumerate(texts):
                self.holes(text, part, key, number)

    def holes(self, text: str, part: Located, *path: str | int) -> None:
        for match in HOLE.finditer(text):
            if match[1] not in self.slots and match[1] not in ENTITY_TYPES:
                place = self.merged.sources[part.file].spot(part.path + path, match.start(1))
                self.merged.report("unknown-slot", place, f"no slot or entity type {match[1]!r}{hint(match[1], [*self.slots, *ENTITY_TYPES])}")

    def inside(self, part: Located, states: Iterable[str] | None) -> None:
        own = self.merged.sources[part.file].has(*part.path, "in")
        for number, state in enumerate(states or ()):
            where = Located(None, part.file, part.path if own else ())
            self.need("state", state, self.states, where, "in", number)

    def triggered(self, part: Located) -> None:
        for number, name in enumerate(part.spec.when):
            self.trigger(name, part, "when", number)

    def trigger(self, name: str, part: Located, *path: str | int) -> None:
        if name in self.triggers:
            return
        base, _, last = name.rpartition(".")
        if name.startswith("slots."):
            self.need("slot", name[6:], self.slots, part, *path)
        elif name.startswith("report."):
            self.need("event", name[7:], self.declared.events, part, *path)
        elif last in OUTCOMES and base:
            self.need("call", base, self.calls, part, *path)
        elif last == "broken" and base:
            self.need("promise", base, {*self.declared.promises, *self.calls}, part, *path)
        else:
            self.need("trigger", name, self.triggers, part, *path)

    def act(self, part: Located) -> None:
        act: ActSpec = part.spec
        if act.ask is not None:
            self.question(act.ask, part, "ask")
        if act.go is not None and act.go != "back":
            self.need("state", act.go, self.states - {EVERYWHERE}, part, "go")
        if part.path[0] == "follow_ups":
            self.inside(part, part.spec.in_)
            if part.spec.since is not None:
                self.need("event", part.spec.since.removeprefix("report."), self.starts, part, "since")

    def effect(self, part: Located, number: int, effect: EffectSpec) -> None:
        for key, kind, known in (
            ("call", "call", self.calls),
            ("offer", "bargain", self.bargains),
            ("agree", "bargain", self.bargains),
            ("keep", "promise", self.declared.promises),
        ):
            name = getattr(effect, key)
            if name is not None:
                self.need(kind, name, known, part, "do", number, key)
        for key in effect.with_ if effect.call is None else ():
            place = self.merged.key(part, "do", number, "with", key)
            self.merged.report("unknown-key", place, "`with` stands at a `call` only")


def side(state: str) -> bool:
    """Whether `go: back` can return from a state."""
    return state == EVERYWHERE or state.split(".")[0] in SIDE_ROOTS
