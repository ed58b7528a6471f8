"""Parses every condition, expression and text of a flow under one scope, each fault at its exact letter."""

from __future__ import annotations

import re
from collections.abc import Callable

from csflow.condition import DATE, DURATION, FLAG, MONEY, Fault, Node, Type, parse, parse_condition
from csflow.rulefile.declare import Declared, acts, effects
from csflow.spec import ID, EffectSpec, LineSpec, Located
from csflow.template import Template, parse_template
from csflow.values import read_value

Step = str | int
LITERAL = re.compile(r"[^\W\d]\w*\s*\(|\{\{")


class Meaning:
    """The typed trees of all texts, by the text; the same text is parsed once."""

    def __init__(self, declared: Declared) -> None:
        self.declared, self.merged, self.scope = declared, declared.merged, declared.scope
        self.conditions: dict[str, Node] = {}
        self.templates: dict[str, Template] = {}
        self.faults: dict[tuple[str, str], list[Fault]] = {}
        self.secrets = {name for name, fact in declared.facts.items() if fact.secret}

    def read(self) -> None:
        for (section, _), parts in self.merged.parts.items():
            reader = getattr(self, section, None)
            for part in parts if reader else ():
                reader(part)
        for part in self.merged.lists:
            self.condition(part.spec.if_, part, "if")
        for part in self.merged.never:
            self.condition(part.spec, part)
        for part in acts(self.merged):
            self.act(part)
        for part, number, effect in effects(self.merged):
            self.effect(effect, part, "do", number)

    def report(self, faults: list[Fault], part: Located, path: tuple[Step, ...]) -> None:
        source = self.merged.sources[part.file]
        for fault in faults:
            self.merged.report(fault.code, source.spot(part.path + path, fault.col), fault.message)

    def memo(self, kind: str, text: str, make: Callable[[], list[Fault]]) -> list[Fault]:
        if (kind, text) not in self.faults:
            self.faults[kind, text] = make()
        return self.faults[kind, text]

    def condition(self, text: str | None, part: Located, *path: Step) -> None:
        if text is not None:
            self.report(self.memo("condition", text, lambda: self.tree(text, parse_condition)), part, path)

    def tree(self, text: str, parser: Callable[[str, Declared], tuple[Node, list[Fault]]] | object = parse) -> list[Fault]:
        node, faults = parser(text, self.scope)  # type: ignore[operator]
        self.conditions[text] = node
        return faults

    def expression(self, text: str, wanted: tuple[Type, ...], part: Located, *path: Step) -> None:
        """Parse a text that must be an expression of one of the wanted types (none wanted: any)."""
        faults = self.memo("expression", text, lambda: self.tree(text))
        self.report(faults, part, path)
        kind = self.conditions[text].type
        if not faults and wanted and kind not in wanted:
            named = " or ".join(str(option) for option in wanted)
            self.merged.report("type-mismatch", self.merged.place(part, *path), f"this must be a {named}; it is {kind}")

    def value(self, raw: object, part: Located, *path: Step) -> None:
        """Parse the value of an effect: an expression where it names something declared, otherwise literal text."""
        if isinstance(raw, str) and self.names_something(raw):
            self.expression(raw, (), part, *path)

    def names_something(self, text: str) -> bool:
        if ID.fullmatch(text):
            return self.scope.type_of(text) is not None or ("." in text and text.split(".")[0] in self.scope.spaces)
        node, faults = parse(text, self.scope)
        return not faults and any(part.op not in ("const", "neg") for part in node.walk())

    def text(self, text: str | None, part: Located, *path: Step) -> None:
        if text is not None:
            self.report(self.memo("template", text, lambda: self.template(text)), part, path)

    def template(self, text: str) -> list[Fault]:
        template, faults = parse_template(text, self.scope)
        self.templates[text] = template
        said = [node for tree in template.nodes for node in tree.walk() if node.op == "ref" and node.value in self.secrets]
        at = [match.start() for match in re.finditer(r"\{\{", text)]
        return [*faults, *(self.secret(text, node, at) for node in said)]

    def secret(self, text: str, node: Node, opened: list[int]) -> Fault:
        col = next((found for start in opened if (found := text.find(node.value, start)) >= 0), 0)
        return Fault("secret-said", col, f"{node.value!r} is secret: conditions may read it, no reply may")

    def slots(self, part: Located) -> None:
        self.text(part.spec.ask, part, "ask")
        self.condition(part.spec.valid, part, "valid")

    def states(self, part: Located) -> None:
        self.text(part.spec.confirm, part, "confirm")
        for number, item in enumerate(part.spec.collect):
            if not isinstance(item, str):
                self.condition(item.if_, part, "collect", number, "if")

    def types(self, part: Located) -> None:
        for word, evidence in part.spec.evidence.items():
            for number, item in enumerate(evidence):
                self.condition(item.if_, part, word, number, "if")

    def calls(self, part: Located) -> None:
        self.text(part.spec.hold, part, "hold")
        for number, name in enumerate(part.spec.with_):
            self.expression(name.removesuffix("?"), (), part, "with", number)

    def bargains(self, part: Located) -> None:
        for key, text in (("list", part.spec.list_), ("floor", part.spec.floor), ("bid", part.spec.bid)):
            self.expression(text, (MONEY,), part, key)
        for number, step in enumerate(part.spec.steps):
            self.condition(step.if_, part, "steps", number, "if")

    def events(self, part: Located) -> None:
        for name, raw in part.spec.sets.items():
            self.setting(name, raw, part)

    def setting(self, name: str, raw: object, part: Located) -> None:
        wanted = self.scope.type_of(name)
        if wanted is None:
            from csflow.errors import hint

            self.merged.report("unknown-fact", self.merged.key(part, "sets", name), f"no fact {name!r}{hint(name, self.scope.facts())}")
            return
        try:
            read_value(wanted, raw)
        except ValueError as error:
            self.merged.report("bad-value", self.merged.place(part, "sets", name), str(error))

    def act(self, part: Located) -> None:
        self.condition(part.spec.if_, part, "if")
        if part.path[0] == "follow_ups" and part.spec.at is not None:
            self.expression(part.spec.at, (DATE,), part, "at")
        for number, variant in enumerate(part.spec.say or ()):
            if isinstance(variant, tuple):
                for inner, line in enumerate(variant):
                    self.line(line, part, "say", number, inner)
            else:
                self.line(variant, part, "say", number)

    def line(self, line: str | LineSpec, part: Located, *path: Step) -> None:
        if isinstance(line, str):
            self.text(line, part, *path)
            return
        self.text(line.text, part, *path, "text")
        self.condition(line.if_, part, *path, "if")

    def effect(self, effect: EffectSpec, part: Located, *path: Step) -> None:
        self.condition(effect.if_, part, *path, "if")
        for key, values in (("with", effect.with_), ("tag", effect.tag or {})):
            for name, raw in values.items():
                self.value(raw, part, *path, key, name)
        for name, raw in (effect.promise or {}).items():
            if name == "by":
                self.expression(str(raw), (DURATION, DATE), part, *path, "promise", "by")
            else:
                self.value(raw, part, *path, "promise", name)
        for name, texts in (effect.record or {}).items():
            for number, text in enumerate(texts):
                self.value(text, part, *path, "record", name, number)
        if effect.mail is not None:
            self.text(effect.mail.subject, part, *path, "mail", "subject")
            self.text(effect.mail.text, part, *path, "mail", "text")
