"""The small faults that a rule file may have: each is a mutant, made by edits of the file's text that a person can read."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from csflow.condition import Node, Type
from csflow.errors import Place
from csflow.rulefile.files import files_of, find_flow
from csflow.rulefile.source import Source, Steps, read
from csflow.spec import ROOTS, FlowSpec
from csflow.testing.conditions import altered
from csflow.testing.edits import Edit, letters, swapped, without_item, without_key, written
from csflow.testing.wordfaults import WordFault, asked_wrong, said_wrong, text_wrong

SHOWN = 160
LONGER = {"after": "later", "every": "later", "within": "deadline-moved"}
SHORTER = {"after": "earlier", "every": "earlier", "within": "deadline-moved"}
KNOWN = re.compile(r"known\(([\w.]+)\)")
HOURS = re.compile(r"(?<=[ -])(\d\d)(?=:)")
TAKEN: Mapping[str, Mapping[str, str]] = {
    "rule": {"if": "if-dropped", "max": "max-dropped", "go": "go-dropped", "ask": "ask-dropped", "say": "silenced"},
    "list": {"if": "if-dropped", "in": "in-dropped"},
    "follow_ups": {
        "if": "guard-dropped",
        "max": "max-dropped",
        "window": "window-dropped",
        "in": "in-dropped",
        "purpose": "purpose-dropped",
    },
    "slots": {"valid": "valid-dropped", "keep": "keep-dropped", "tries": "tries-dropped"},
    "facts": {"required": "required-dropped"},
    "intents": {"not": "not-dropped", "yields_to": "yields-dropped"},
    "states": {"collect": "collect-dropped", "confirm": "confirm-dropped", "ends": "ends-dropped"},
    "calls": {"by": "approval-dropped", "within": "deadline-dropped", "hold": "hold-dropped"},
    "events": {"sets": "sets-dropped"},
}
"""The keys that are taken out of each kind of part, and what the fault is called."""
USUAL = {"tries": 2, "keep": "session", "lead": 1, "say": []}
"""What holds where a key is not there."""


class Mutant(NamedTuple):
    """A flow with one small fault: what it is, in which part, the words before and after, and the edits that make it.

    `touches` are the rules, follow-ups, intents and slots whose working the fault may change, `texts` the words it is about.
    """

    kind: str
    place: Place
    part: str
    was: str
    now: str
    edits: tuple[Edit, ...]
    touches: frozenset[str]
    texts: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Twelve hexadecimal digits that name the mutant as long as its file does not change before it."""
        told = (self.kind, Path(self.place.file).parts[-2:], self.edits)
        return hashlib.blake2b(repr(told).encode(), digest_size=6).hexdigest()


def mutants(source: str | Path, spec: FlowSpec) -> list[Mutant]:
    """Return all mutants of a flow's own files, in their order; packs that it uses are left alone."""
    files = [read(path, shown) for path, shown in files_of(*find_flow(source))]
    names = _Names(spec)
    return [mutant for file in files if file.root for mutant in _Faults(file, names).all()]


class _Names:
    """What a part of a flow can be mistaken for."""

    def __init__(self, spec: FlowSpec) -> None:
        self.spec = spec
        self.states = tuple(dict.fromkeys((*ROOTS, *spec.states)))
        refs = {node.value: node.type for tree in spec.conditions.values() for node in tree.walk() if node.op == "ref"}
        refs |= {name: fact.type for name, fact in spec.facts.items() if fact.type.kind != "claim"}
        self.facts: dict[Type, list[str]] = {}
        for name in sorted(refs):
            self.facts.setdefault(refs[name], []).append(name)

    def tree(self, text: str) -> Node | None:
        return self.spec.conditions.get(text)

    def other_fact(self, name: str, kind: Type, chance: str) -> str | None:
        """Return another fact of the same type, of the same name space where there is one."""
        others = [other for other in self.facts.get(kind, ()) if other != name]
        near = [other for other in others if other.partition(".")[0] == name.partition(".")[0]]
        return _chosen(near or others, chance)

    def reports(self, name: str) -> list[str]:
        return [other for other in sorted(self.spec.events) if other != name]

    def other_state(self, name: str, chance: str) -> str | None:
        return _chosen([state for state in self.states if state != name], chance)


def _chosen(names: list[str], chance: str) -> str | None:
    return names[crc32(chance.encode()) % len(names)] if names else None


class _Faults:
    """Makes the mutants of one file."""

    def __init__(self, source: Source, names: _Names) -> None:
        self.source, self.names, self.data = source, names, source.data if isinstance(source.data, dict) else {}

    def all(self) -> Iterator[Mutant]:
        for number, listed in enumerate(self.data.get("rules", ())):
            yield from self.listed(("rules", number), listed)
        for section in ("follow_ups", "slots", "facts", "intents", "states", "calls", "events"):
            for name, part in self.data.get(section, {}).items():
                yield from self.part(section, name, part)
        for name, bargain in self.data.get("bargains", {}).items():
            yield from self.bargain(("bargains", name), bargain)
        yield from self.types()
        yield from self.never()
        yield from self.phrases()

    def listed(self, path: Steps, listed: Mapping[str, Any]) -> Iterator[Mutant]:
        """Yield the faults of a list of rules."""
        rules = listed["choose"]
        touches = frozenset(rule["id"] for rule in rules)
        part = rules[0]["id"]
        if not all(rule.get("override") for rule in rules):  # what replaces a pack's rule stands where that stood
            yield from self.taken(path, TAKEN["list"], part, touches)
            yield from self.conditions(path, listed, part, touches)
            yield from self.events(path, listed, part, touches)
        for number, rule in enumerate(rules):
            at = (*path, "choose", number)
            yield from self.removed(path, number, rule, touches)
            yield from self.act(at, rule, rule["id"], touches, TAKEN["rule"])
            if number + 1 < len(rules) and _changeable(rule) and _changeable(rules[number + 1]):
                first, second, edits = rule["id"], rules[number + 1]["id"], swapped(self.source, at[:-1], number)
                yield self.mutant("branches-swapped", at, first, (f"{first}, {second}", f"{second}, {first}"), edits, touches)

    def events(self, path: Steps, listed: Mapping[str, Any], part: str, touches: frozenset[str]) -> Iterator[Mutant]:
        """Yield the faults that a list answers one event less."""
        for number, name in enumerate(listed["when"] if isinstance(listed["when"], list) else ()):
            if (edit := without_item(self.source, (*path, "when"), number)) is not None:
                mutant = self.mutant("event-dropped", (*path, "when", number), part, (str(name), ""), (edit,), touches)
                yield mutant._replace(touches=touches | {str(name)})

    def removed(self, path: Steps, number: int, rule: Mapping[str, Any], touches: frozenset[str]) -> Iterator[Mutant]:
        """Yield the fault that a rule is not there; with the only rule of a list its list goes."""
        edit = without_item(self.source, (*path, "choose"), number)
        edit = edit or without_item(self.source, path[:1], int(path[1]))
        if edit is not None:
            kind = "else-dropped" if rule.get("else") else "rule-removed"
            yield self.mutant(kind, (*path, "choose", number), rule["id"], (self.words(edit), ""), (edit,), touches)

    def part(self, section: str, name: str, part: Any) -> Iterator[Mutant]:
        """Yield the faults of a declaration."""
        touches = frozenset({name, f"slots.{name}"} if section == "slots" else {name})
        path = (section, name)
        if not isinstance(part, dict):
            return
        if section == "follow_ups":
            yield from self.act(path, part, name, touches, TAKEN[section])
        else:
            texts = _texts(part.get("not"))
            yield from (mutant._replace(texts=texts) for mutant in self.taken(path, TAKEN.get(section, {}), name, touches))
            yield from self.conditions(path, part, name, touches)
        yield from self.spans(path, part, name, touches)
        yield from self.declared(section, name, part, touches)

    def spans(self, path: Steps, part: Mapping[str, Any], name: str, touches: frozenset[str]) -> Iterator[Mutant]:
        """Yield the faults that something comes later or earlier."""
        for key in (key for key in LONGER if isinstance(part.get(key), str) and part[key][:-1].isdigit()):
            number, unit = int(part[key][:-1]), part[key][-1]
            yield self.value(LONGER[key], (*path, key), name, _longer(number, unit), touches)
            if number > 1:
                yield self.value(SHORTER[key], (*path, key), name, f"{number // 2}{unit}", touches)
        if isinstance(window := part.get("window"), str):
            later = HOURS.sub(lambda hour: f"{(int(hour[1]) + 2) % 24:02}", window)
            yield self.value("window-moved", (*path, "window"), name, f'"{later}"', touches)
        if (since := str(part.get("since"))) in self.names.spec.events and (other := _chosen(self.names.reports(since), name)):
            yield self.value("since-changed", (*path, "since"), name, other, touches)

    def declared(self, section: str, name: str, part: Mapping[str, Any], touches: frozenset[str]) -> Iterator[Mutant]:
        """Yield the faults of what slots, calls and states say, and of what is heard."""
        for key in ("ask", "confirm", "hold"):
            if self.source.has(section, name, key):
                found = text_wrong(self.source, (section, name, key), part[key], self.names.spec, self.names.other_fact)
                yield from (self.worded(fault, name, touches) for fault in found)
        if section == "slots":
            yield from (self.worded(fault, name, touches) for fault in asked_wrong(self.source, name, self.data["slots"]))
        if section == "intents" and (phrase := self.unheard(name)) is not None:
            yield phrase

    def unheard(self, name: str) -> Mutant | None:
        """Return the fault that one phrase of an intent is missing."""
        path = ("intents", name, "phrases")
        phrases = self.source.node(path).data if self.source.has(*path) else None
        number = crc32(f"{name} lost".encode()) % len(phrases) if isinstance(phrases, list) else 0
        if not isinstance(phrases, list) or (edit := without_item(self.source, path, number)) is None:
            return None
        mutant = self.mutant("phrase-dropped", (*path, number), name, (str(phrases[number]), ""), (edit,), frozenset({name}))
        return mutant._replace(texts=_texts(phrases[number]))

    def worded(self, fault: WordFault, part: str, touches: frozenset[str]) -> Mutant:
        return self.mutant(fault.kind, fault.path, part, (fault.was, fault.now), fault.edits, touches)

    def act(
        self, path: Steps, act: Mapping[str, Any], part: str, touches: frozenset[str], keys: Mapping[str, str]
    ) -> Iterator[Mutant]:
        """Yield the faults of a rule or a follow-up."""
        yield from self.taken(path, keys, part, touches)
        yield from self.conditions(path, act, part, touches)
        if isinstance(act.get("max"), int):
            yield self.value("cap-raised", (*path, "max"), part, str(act["max"] + 1), touches)
            if act["max"] > 1:
                yield self.value("cap-lowered", (*path, "max"), part, str(act["max"] - 1), touches)
        if act.get("go") not in (None, "back") and (state := self.names.other_state(act["go"], part)):
            yield self.value("wrong-target", (*path, "go"), part, state, touches)
        yield from self.effects(path, act.get("do"), part, touches)
        yield from self.lines(path, act.get("say"), part, touches)
        if act.get("say"):
            found = said_wrong(self.source, (*path, "say"), act["say"], self.names.spec, self.names.other_fact)
            yield from (self.worded(fault, part, touches) for fault in found)

    def effects(self, path: Steps, do: Any, part: str, touches: frozenset[str]) -> Iterator[Mutant]:
        for number, effect in enumerate(do if isinstance(do, list) else ()):
            at = (*path, "do", number)
            edit = without_item(self.source, at[:-1], number) or without_key(self.source, path, "do")
            if edit is not None:
                yield self.mutant("effect-dropped", at, part, (self.words(edit), ""), (edit,), touches)
            yield from self.taken(at, {"if": "if-dropped"}, part, touches)
            yield from self.conditions(at, effect, part, touches)

    def lines(self, path: Steps, say: Any, part: str, touches: frozenset[str]) -> Iterator[Mutant]:
        """Yield the faults in the conditions of a reply's variants."""
        for number, line in enumerate(say if isinstance(say, list) else ()):
            if isinstance(line, dict):
                at, faults = (*path, "say", number), self.conditions((*path, "say", number), line, part, touches)
                if self.needless(line):
                    yield from (fault for fault in faults if not self.unsaid(fault, line))
                else:
                    yield from self.taken(at, {"if": "if-dropped"}, part, touches)
                    yield from faults

    def needless(self, line: Mapping[str, Any]) -> bool:
        """Tell whether a line's condition asks only for facts that its text needs: without one of them it is not said anyway."""
        tree = self.names.tree(str(line.get("if")))
        parts = tree.args if tree and tree.op == "and" else (tree,)
        return all(part and part.op == "known" and set(part.names()) <= self.told(str(line.get("text"))) for part in parts)

    def unsaid(self, fault: Mutant, line: Mapping[str, Any]) -> bool:
        """Tell whether a fault in such a condition still asks only for facts that its text needs."""
        return fault.kind in ("junction-changed", "fact-swapped") and set(KNOWN.findall(fault.now)) <= self.told(
            str(line.get("text"))
        )

    def told(self, text: str) -> set[str]:
        template = self.names.spec.templates.get(text)
        return {name for node in template.nodes for name in node.names()} if template else set()

    def taken(self, path: Steps, keys: Mapping[str, str], part: str, touches: frozenset[str]) -> Iterator[Mutant]:
        """Yield the faults that a key is not there."""
        for key, kind in keys.items():
            usual = key in USUAL and self.source.has(*path, key) and self.source.node((*path, key)).data == USUAL[key]
            if self.source.has(*path, key) and not usual and (edit := without_key(self.source, path, key)) is not None:
                yield self.mutant(kind, (*path, key), part, (self.words(edit), ""), (edit,), touches)

    def conditions(self, path: Steps, holder: Any, part: str, touches: frozenset[str]) -> Iterator[Mutant]:
        for key in ("if", "valid"):
            if isinstance(holder.get(key), str):
                yield from self.condition((*path, key), holder[key], part, touches)

    def condition(self, path: Steps, text: str, part: str, touches: frozenset[str]) -> Iterator[Mutant]:
        """Yield the faults inside a condition."""
        if path[-1] == "if" and "\n" not in text and text in self.names.spec.conditions:
            node = self.source.node(path)
            words = json.dumps(f"not ({text})", ensure_ascii=False)
            edit = Edit(node.start, node.start + len(self.source.text[node.start : node.end].rstrip()), words)
            yield self.mutant("condition-negated", path, part, (text, f"not ({text})"), (edit,), touches)
        for change in altered(text, self.names.tree(text), self.names.other_fact):
            now = text[: change.start] + change.text + text[change.end :]
            edit = letters(self.source, path, change.start, change.end, change.text)
            yield self.mutant(change.kind, path, part, (text, now), (edit,), touches)

    def bargain(self, path: Steps, bargain: Mapping[str, Any]) -> Iterator[Mutant]:
        """Yield the faults of a price that may be talked about."""
        name, nothing = str(path[-1]), frozenset({str(path[-1])})
        floor = self.names.other_fact(bargain["floor"], self.names.spec.facts[bargain["floor"]].type, name)
        if floor is not None:
            yield self.value("floor-ignored", (*path, "floor"), name, floor, nothing)
        yield from self.taken(path, {"accept": "accept-dropped"}, name, nothing)
        for number, step in enumerate(bargain["steps"]):
            at = (*path, "steps", number)
            edit = without_item(self.source, at[:-1], number)
            if edit is not None:
                yield self.mutant("step-dropped", at, name, (self.words(edit), ""), (edit,), nothing)
            yield from self.taken(at, {"if": "if-dropped"}, name, nothing)
            yield from self.conditions(at, step, name, nothing)

    def types(self) -> Iterator[Mutant]:
        """Yield the faults in what speaks for a customer type."""
        for axis, spec in self.data.get("types", {}).items():
            for word, evidence in spec.items():
                for number, item in enumerate(evidence if isinstance(evidence, list) else ()):
                    at, touches = ("types", axis, word, number), frozenset({f"type.{axis}"})
                    if (edit := without_item(self.source, at[:-1], number)) is not None:
                        yield self.mutant("evidence-dropped", at, f"{axis}.{word}", (self.words(edit), ""), (edit,), touches)
                    yield from self.conditions(at, item, f"{axis}.{word}", touches)

    def never(self) -> Iterator[Mutant]:
        lines = self.data.get("never", ())
        for number, line in enumerate(lines if isinstance(lines, list) else ()):
            edit = without_item(self.source, ("never",), number) or without_key(self.source, (), "never")
            if edit is not None:
                yield self.mutant("never-dropped", ("never", number), "never", (line, ""), (edit,), frozenset())

    def phrases(self) -> Iterator[Mutant]:
        """Yield for each intent the fault that one of its phrases stands under another intent of the file."""
        intents = {name: spec["phrases"] for name, spec in self.data.get("intents", {}).items() if _listed(spec, "phrases")}
        for name, phrases in intents.items():
            other = _chosen([other for other in intents if other != name], name)
            number = crc32(name.encode()) % len(phrases)
            edit = without_item(self.source, ("intents", name, "phrases"), number)
            if other is not None and edit is not None and isinstance(phrases[number], str):
                yield self.moved(name, other, number, edit)

    def moved(self, name: str, other: str, number: int, edit: Edit) -> Mutant:
        path, there = ("intents", name, "phrases", number), self.source.node(("intents", other, "phrases", 0))
        node = self.source.node(path)
        raw = self.source.text[node.start : node.end]
        in_flow = self.source.text[self.source.node(("intents", other, "phrases")).start] == "["
        indent = there.start - self.source.text.rfind("\n", 0, there.start) - 3
        added = Edit(there.start, there.start, f"{raw}, " if in_flow else f"{raw}\n{' ' * indent}- ")
        words = (f"{name}: {raw}", f"{other}: {raw}")
        mutant = self.mutant("phrase-moved", path, name, words, (edit, added), frozenset({name, other}))
        return mutant._replace(texts=_texts(node.data))

    def value(self, kind: str, path: Steps, part: str, text: str, touches: frozenset[str]) -> Mutant:
        """Return the fault that a value is another one."""
        was = self.source.node(path).data
        edit = written(self.source, path, text)
        return self.mutant(kind, path, part, (f"{path[-1]}: {was}", f"{path[-1]}: {text}"), (edit,), touches)

    def words(self, edit: Edit) -> str:
        """Return what an edit takes away, on one line."""
        return " ".join(self.source.text[edit.start : edit.end].split()).strip("-, ")

    def mutant(
        self, kind: str, path: Steps, part: str, words: tuple[str, str], edits: tuple[Edit, ...], touches: frozenset[str]
    ) -> Mutant:
        was, now = (text if len(text) <= SHOWN else text[:SHOWN] + "…" for text in words)
        return Mutant(kind, self.source.key(*path), part, was, now, edits, touches)


def _texts(value: Any) -> tuple[str, ...]:
    """Return texts that can be said as they are."""
    texts = value if isinstance(value, list) else [value]
    return tuple(text for text in texts if isinstance(text, str) and not set(text) & {"{", "…"})


def _changeable(rule: Mapping[str, Any]) -> bool:
    """Tell whether a rule may change places with another: it has a condition and stands in its own list."""
    return "if" in rule and not rule.get("override")


def _longer(number: int, unit: str) -> str:
    return f"{number * 2}{unit}" if number else "1d"


def _listed(spec: Any, key: str) -> bool:
    return isinstance(spec, dict) and isinstance(spec.get(key), list)
