"""Parses every condition, expression and text of a flow under one scope, each fault at its exact letter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from csflow.condition import DATE, DURATION, MONEY, TEXTS, Fault, Node, Scope, Type, parse, parse_condition
from csflow.errors import hint
from csflow.notation import ID
from csflow.rulefile.declare import Declared, acts, effects
from csflow.rulefile.source import Step
from csflow.spec import ActSpec, EffectSpec, LineSpec, Located
from csflow.template import Template, parse_template
from csflow.values import read_value

Parser = Callable[[str, Scope], tuple[Node, list[Fault]]]
OPENED = re.compile(r"\{\{")
WORDS = Type("map", of=TEXTS)


class Meaning:
    """The typed trees of all texts of a flow by text; the same text is parsed once, and not at all where `known` has it."""

    def __init__(self, declared: Declared, known: Meaning | None = None) -> None:
        self.declared, self.merged, self.scope, self.known = declared, declared.merged, declared.scope, known
        self.conditions: dict[str, Node] = {}
        self.templates: dict[str, Template] = {}
        self.faults: dict[tuple[str, str], list[Fault]] = {}
        self.secrets = _secrets(declared)

    def read(self) -> None:
        """Parse everything and report what is wrong with it."""
        readers = {
            "slots": self.slot, "states": self.state, "types": self.axis, "calls": self.call, "bargains": self.bargain,
            "events": self.event,
        }  # fmt: skip
        for (section, _), parts in self.merged.parts.items():
            for part in parts if section in readers else ():
                readers[section](part)
        for part in self.merged.lists:
            self.condition(part.spec.if_, part, "if")
        for part in self.merged.never:
            self.condition(part.spec, part)
        for part in acts(self.merged):
            self.act(part)
        for part, number, effect in effects(self.merged):
            self.effect(effect, part, "do", number)

    def report(self, faults: list[Fault], part: Located, path: tuple[Step, ...]) -> None:
        for fault in faults:
            place = self.merged.sources[part.file].spot(part.path + path, fault.col)
            self.merged.report(fault.code, place, fault.message)

    def tree(self, text: str, parser: Parser) -> list[Fault]:
        """Return the faults of an expression; its tree is kept."""
        key = (parser.__name__, text)
        if key not in self.faults and self.known is not None and key in self.known.faults:
            self.conditions[text], self.faults[key] = self.known.conditions[text], self.known.faults[key]
        elif key not in self.faults:
            self.conditions[text], self.faults[key] = parser(text, self.scope)
        return self.faults[key]

    def condition(self, text: str | None, part: Located, *path: Step) -> None:
        if text is not None:
            self.report(self.tree(text, parse_condition), part, path)

    def expression(self, text: str, wanted: tuple[Type, ...], part: Located, *path: Step) -> None:
        """Parse a text that must be an expression of one of the wanted types (none wanted: any)."""
        faults = self.tree(text, parse)
        self.report(faults, part, path)
        kind = self.conditions[text].type
        if not faults and wanted and kind not in wanted:
            message = f"this must be a {' or '.join(map(str, wanted))}; it is {kind}"
            self.merged.report("type-mismatch", self.merged.place(part, *path), message)

    def value(self, raw: object, part: Located, *path: Step) -> None:
        """Parse what an effect carries: an expression where it names something declared, otherwise literal text."""
        if not isinstance(raw, str):
            return
        if OPENED.search(raw):
            message = "placeholders stand in texts only; write the expression without {{ }}"
            self.report([Fault("template-syntax", raw.index("{{"), message)], part, path)
        elif self.names_something(raw):
            self.expression(raw, (), part, *path)

    def names_something(self, text: str) -> bool:
        if ID.fullmatch(text):
            space, dot, _ = text.partition(".")
            return self.scope.type_of(text) is not None or (bool(dot) and space in self.scope.spaces)
        node, faults = parse(text, self.scope)
        return not faults and any(part.op not in ("const", "neg") for part in node.walk())

    def text(self, text: str | None, part: Located, *path: Step) -> None:
        """Parse a text that is said; no secret may be in it."""
        if text is None:
            return
        key = ("template", text)
        if key not in self.faults and self.known is not None and key in self.known.faults:
            self.templates[text], self.faults[key] = self.known.templates[text], self.known.faults[key]
        elif key not in self.faults:
            self.templates[text], faults = parse_template(text, self.scope)
            self.faults[key] = [*faults, *self.told(text)]
        self.report(self.faults[key], part, path)

    def told(self, text: str) -> Iterator[Fault]:
        named = {node.value for tree in self.templates[text].nodes for node in tree.walk() if node.op == "ref"}
        for name in named & self.secrets:
            found = re.compile(rf"(?<![\w.]){re.escape(name)}(?![\w.])").search(text, text.index("{{"))
            yield Fault("secret-said", found.start() if found else 0, f"{name!r} is secret: conditions may read it, no reply may")

    def slot(self, part: Located) -> None:
        self.text(part.spec.ask, part, "ask")
        self.condition(part.spec.valid, part, "valid")
        if isinstance(part.spec.hears, str):
            self.expression(part.spec.hears, (WORDS,), part, "hears")
        elif part.spec.kind.kind == "enum":
            for word in part.spec.hears:
                self.answer(word, part.spec.kind, part)

    def answer(self, word: str, wanted: Type, part: Located) -> None:
        if word not in wanted.values:
            message = f"{word!r} is not {wanted}{hint(word, wanted.values)}"
            self.merged.report("unknown-value", self.merged.key(part, "hears", word), message)

    def state(self, part: Located) -> None:
        self.text(part.spec.confirm, part, "confirm")
        for number, item in enumerate(part.spec.collect):
            if not isinstance(item, str):
                self.condition(item.if_, part, "collect", number, "if")

    def axis(self, part: Located) -> None:
        for word, evidence in part.spec.evidence.items():
            for number, item in enumerate(evidence):
                self.condition(item.if_, part, word, number, "if")

    def call(self, part: Located) -> None:
        self.text(part.spec.hold, part, "hold")
        for number, name in enumerate(part.spec.with_):
            self.expression(name.removesuffix("?"), (), part, "with", number)

    def bargain(self, part: Located) -> None:
        for key, text in (("list", part.spec.list_), ("floor", part.spec.floor), ("bid", part.spec.bid)):
            self.expression(text, (MONEY,), part, key)
        for number, step in enumerate(part.spec.steps):
            self.condition(step.if_, part, "steps", number, "if")

    def event(self, part: Located) -> None:
        for name, raw in part.spec.sets.items():
            if (wanted := self.scope.type_of(name)) is not None:
                self.setting(wanted, raw, part, "sets", name)

    def setting(self, wanted: Type, raw: object, part: Located, *path: Step) -> None:
        try:
            read_value(wanted, raw)
        except ValueError as error:
            self.merged.report("bad-value", self.merged.place(part, *path), str(error))

    def act(self, part: Located) -> None:
        act: ActSpec = part.spec
        self.condition(act.if_, part, "if")
        if part.path[0] == "follow_ups" and part.spec.at is not None:
            self.expression(part.spec.at, (DATE,), part, "at")
        for number, variant in enumerate(act.say or ()):
            if isinstance(variant, tuple):
                for inner, line in enumerate(variant):
                    self.line(line, part, "say", number, inner)
            else:
                self.line(variant, part, "say", number)

    def line(self, line: str | LineSpec, part: Located, *path: Step) -> None:
        if isinstance(line, str):
            self.text(line, part, *path)
        else:
            self.text(line.text, part, *path, "text")
            self.condition(line.if_, part, *path, "if")

    def effect(self, effect: EffectSpec, part: Located, *path: Step) -> None:
        self.condition(effect.if_, part, *path, "if")
        for key, values in (("with", effect.with_), ("tag", effect.tag or {})):
            for name, raw in values.items():
                self.value(raw, part, *path, key, name)
        self.promise(effect, part, *path, "promise")
        for name, texts in (effect.record or {}).items():
            for number, text in enumerate(texts):
                self.value(text, part, *path, "record", name, number)
        if effect.mail is not None:
            self.text(effect.mail.subject, part, *path, "mail", "subject")
            self.text(effect.mail.text, part, *path, "mail", "text")

    def promise(self, effect: EffectSpec, part: Located, *path: Step) -> None:
        for name, raw in (effect.promise or {}).items():
            if name == "by":
                self.expression(str(raw), (DURATION, DATE), part, *path, name)
            else:
                self.value(raw, part, *path, name)


class Kept:
    """The trees of the first flow that was read with it, taken over by each later one that declares the same names."""

    first: Meaning | None = None

    def meaning(self, declared: Declared) -> Meaning:
        """Return what reads a flow's texts."""
        first = self.first
        found = Meaning(declared, first if first and _names(first.declared) == _names(declared) else None)
        self.first = first or found
        return found


def _names(declared: Declared) -> Any:
    return declared.scope.names, _secrets(declared)


def _secrets(declared: Declared) -> set[str]:
    return {name for name, fact in declared.facts.items() if fact.secret}
