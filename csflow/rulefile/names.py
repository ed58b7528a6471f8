"""Resolves every name in a merged flow: states, intents, slots, calls, promises, events, rules and bargains."""

from __future__ import annotations

import re
from collections.abc import Collection

from csflow.notation import ENTITY_TYPES
from csflow.rulefile.declare import Declared, acts, effects
from csflow.rulefile.source import Step
from csflow.spec import EVERYWHERE, MOMENTS, OUTCOMES, ROOTS, ActSpec, CollectSpec, EffectSpec, Located

HOLE = re.compile(r"\{([^{}]*)\}")


class Names:
    """Reports every name that nothing declares."""

    def __init__(self, declared: Declared) -> None:
        self.declared, self.merged = declared, declared.merged
        self.facts, self.promises = declared.scope.facts(), declared.promises
        self.slots, self.calls, self.bargains, self.rules = map(self.merged.named, ("slots", "calls", "bargains", "rules"))
        self.states = {*ROOTS, *declared.states}
        self.intents = set(declared.scope.intents())
        self.triggers = {*MOMENTS, *self.intents, *declared.events}
        self.starts = {"silence", *self.triggers, *self.rules}
        self.fillers = {*self.slots, *ENTITY_TYPES, *declared.words}

    def check(self) -> None:
        """Look at every name of the flow."""
        checks = {"states": self.state, "intents": self.intent, "words": self.words, "events": self.event}
        for (section, name), parts in self.merged.parts.items():
            for part in parts if section in checks else ():
                checks[section](name, part)
        for part in self.merged.lists:
            self.heard(part)
        for part in self.merged.leads:
            self.lead(part)
        for part in acts(self.merged):
            self.act(part)
        for part, number, effect in effects(self.merged):
            self.effect(part, number, effect)

    def need(self, kind: str, name: str, known: Collection[str], part: Located, *path: Step) -> bool:
        """Report `name` where nothing of its kind is called so; returns whether something is."""
        if name not in known:
            self.merged.unknown(kind, name, known, self.merged.place(part, *path))
        return name in known

    def state(self, name: str, part: Located) -> None:
        root, _, rest = name.partition(".")
        parent = name.rpartition(".")[0]
        if root not in ROOTS:
            self.merged.unknown("state", root, ROOTS, self.merged.key(part))
        elif rest and parent not in self.states:
            self.merged.unknown("state", parent, self.states, self.merged.key(part))
        for number, item in enumerate(part.spec.collect):
            if isinstance(item, CollectSpec):
                self.question(item.slot, part, "collect", number, "slot")
            else:
                self.question(item, part, "collect", number)

    def question(self, slot: str, part: Located, *path: Step) -> None:
        """A slot that is asked for is declared and has a question."""
        if self.need("slot", slot, self.slots, part, *path) and self.slots[slot][-1].spec.ask is None:
            self.merged.report("no-question", self.merged.place(part, *path), f"the slot {slot!r} has no `ask:` text to ask with")

    def intent(self, name: str, part: Located) -> None:
        for number, stronger in enumerate(part.spec.yields_to):
            self.need("intent", stronger, {*self.intents, "any"}, part, "yields_to", number)
        for key, texts in (("examples", part.spec.examples), ("phrases", part.spec.phrases), ("not", part.spec.excluded)):
            for number, text in enumerate(texts):
                self.holes(text, part, key, number)

    def holes(self, text: str, part: Located, *path: Step) -> None:
        for match in HOLE.finditer(text):
            if match[1] not in self.fillers:
                place = self.merged.sources[part.file].spot(part.path + path, match.start(1))
                self.merged.unknown("slot", match[1], self.fillers, place)

    def words(self, name: str, part: Located) -> None:
        """A hole names a slot, an entity type or a word class, and which of them must be plain."""
        if name in self.slots or name in ENTITY_TYPES:
            kind = "slot" if name in self.slots else "type of entity"
            self.merged.report(
                "duplicate-id", self.merged.key(part), f"{name!r} is a {kind} already; `{{{name}}}` could mean either"
            )

    def event(self, name: str, part: Located) -> None:
        for number, fact in enumerate(part.spec.brings):
            self.need("fact", fact, self.facts, part, "brings", number)
        for fact in part.spec.sets:
            if fact not in self.facts:
                self.merged.unknown("fact", fact, self.facts, self.merged.key(part, "sets", fact))

    def heard(self, part: Located) -> None:
        for number, name in enumerate(part.spec.when):
            self.trigger("trigger", name, self.triggers, part, "when", number)
        own = self.merged.sources[part.file].has(*part.path, "in")
        self.where(part if own else Located(part.spec, part.file, ()))

    def where(self, part: Located) -> None:
        for number, state in enumerate(part.spec.in_ or ()):
            self.need("state", state, {*self.states, EVERYWHERE}, part, "in", number)

    def lead(self, part: Located) -> None:
        for key, states in (("from", part.spec.from_), ("to", part.spec.to)):
            for number, state in enumerate(states):
                path = (key, number) if self.merged.sources[part.file].has(*part.path, key, number) else (key,)
                self.need("state", state, self.states, part, *path)

    def trigger(self, kind: str, name: str, known: Collection[str], part: Located, *path: Step) -> None:
        """What `when` or `since` names: a known word, an answer, a report, a call's outcome or a broken promise."""
        base, _, last = name.rpartition(".")
        if name in known:
            return
        if name.startswith("slots."):
            self.need("slot", name.removeprefix("slots."), self.slots, part, *path)
        elif name.startswith("report."):
            self.need("event", name.removeprefix("report."), self.declared.events, part, *path)
        elif base and last in OUTCOMES:
            self.need("call", base, self.calls, part, *path)
        elif base and last == "broken":
            self.need("promise", base, {*self.promises, *self.calls}, part, *path)
        else:
            self.need(kind, name, known, part, *path)

    def act(self, part: Located) -> None:
        act: ActSpec = part.spec
        if act.ask is not None:
            self.question(act.ask, part, "ask")
        if act.go is not None:
            self.need("state", act.go, {*self.states, "back"}, part, "go")
        if part.path[0] == "follow_ups":
            self.where(part)
            if part.spec.since is not None:
                self.trigger("event", part.spec.since, self.starts, part, "since")

    def effect(self, part: Located, number: int, effect: EffectSpec) -> None:
        for key, kind, name, known in (
            ("call", "call", effect.call, self.calls),
            ("offer", "bargain", effect.offer, self.bargains),
            ("agree", "bargain", effect.agree, self.bargains),
            ("keep", "promise", effect.keep, self.promises),
        ):
            if name is not None:
                self.need(kind, name, known, part, "do", number, key)
