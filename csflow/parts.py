"""The parts of a flow, compiled: texts become functions of the draft and templates, each once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from csflow.bind import FlowBinder, Read, below, matches
from csflow.condition import TEXT, Node, Type, compiled
from csflow.errors import Place
from csflow.language import Vocabulary
from csflow.language.phrases import negated
from csflow.notation import Window
from csflow.reply import Line, Style, Text, Variant
from csflow.spec import (
    EVERYWHERE,
    ActSpec,
    EffectSpec,
    EvidenceSpec,
    FlowSpec,
    FollowUpSpec,
    LineSpec,
    ListSpec,
    Located,
    Profile,
    SlotSpec,
    TypeSpec,
)

Peeks = tuple[tuple[str, Type, Read], ...]


class Value(NamedTuple):
    """A value that an effect carries: its type and what reads it from the draft."""

    type: Type
    read: Read


class Deed(NamedTuple):
    """A compiled effect of `do`; `values` are what it carries, `texts` those of a mail."""

    kind: str
    name: str
    guard: Read | None
    values: Mapping[str, Value]
    texts: Mapping[str, Text]


class Never(NamedTuple):
    """A compiled `never:` line with the ledger facts it names."""

    text: str
    place: Place
    test: Read
    names: frozenset[str]
    segments: frozenset[str]


class Rule:
    """A compiled rule, or the rule that a follow-up is once it is due."""

    __slots__ = (
        "acts",
        "ask",
        "choices",
        "deeds",
        "go",
        "guard",
        "id",
        "max",
        "nevers",
        "only",
        "peeks",
        "place",
        "say",
        "strict",
    )

    def __init__(self, rule_id: str, act: ActSpec, place: Place, compiler: Compiler) -> None:
        self.id, self.max, self.ask, self.go, self.place = rule_id, act.max, act.ask, act.go, place
        self.guard = compiler.guard(act.if_)
        self.peeks = compiler.peeks(act.if_)
        self.say = act.say is not None
        self.choices = tuple(compiler.variant(item) for item in act.say or ())
        self.only = self.choices[0].plain if len(self.choices) == 1 else None
        self.deeds = tuple(compiler.deed(effect) for effect in act.do)
        changed = compiler.changed(act)
        self.strict = tuple(never for never in compiler.nevers if changed & never.names)
        self.nevers = tuple(n for n in compiler.nevers if n not in self.strict and (changed or compiler.counts(n, rule_id)))
        self.acts = bool(self.deeds or self.strict or self.nevers)

    def __repr__(self) -> str:
        return f"<Rule {self.id}>"


class RuleList:
    """A compiled list of rules: where it stands and what it answers."""

    __slots__ = ("guard", "id", "peeks", "place", "rules", "when", "where")

    def __init__(self, spec: ListSpec, where: tuple[str, ...], place: Place, compiler: Compiler, rules: tuple[Rule, ...]) -> None:
        self.when, self.where, self.place, self.rules = spec.when, where, place, rules
        self.guard, self.peeks, self.id = compiler.guard(spec.if_), compiler.peeks(spec.if_), f"when {', '.join(spec.when)}"

    def depth(self, state: str) -> int:
        """Return how exactly the list names a state: 0 for `everywhere`, -1 for not at all."""
        named = (entry.count(".") + 1 for entry in self.where if entry != EVERYWHERE and below(entry, state))
        return max(named, default=0 if EVERYWHERE in self.where else -1)


class Slot(NamedTuple):
    """A compiled slot; `telling` are the words of at least two letters with the answers they name, the longest first."""

    name: str
    spec: SlotSpec
    telling: tuple[tuple[str, str], ...]
    question: Text | None
    vocabulary: Vocabulary | None
    valid: Read | None

    def named_in(self, text: str) -> str | None:
        """Return the answer whose words stand in a text about something else; the longest count."""
        found = (answer for word, answer in self.telling if word in text and not negated(text, text.find(word)))
        return next(found, None)


class Bargain(NamedTuple):
    """A compiled bargain; cuts are hundredths of a percent of the list price."""

    list: Read
    floor: Read
    bid: Read
    accept: int
    steps: tuple[tuple[int, Read | None], ...]


class Evidence(NamedTuple):
    """What speaks for a customer type, how strongly, and the intents of which one must have been heard for it, if any."""

    test: Read
    score: int
    awaits: frozenset[str]


class Axis(NamedTuple):
    """A compiled axis of customer types, with what speaks for each; `awaits` as of evidence: before it, none can lead."""

    sure: int
    lead: int
    evidence: tuple[tuple[str, tuple[Evidence, ...]], ...]
    awaits: frozenset[str]


class FollowUp(NamedTuple):
    """A compiled follow-up; `after` and `every` in seconds."""

    name: str
    spec: FollowUpSpec
    rule: Rule
    guard: Read | None
    at: Read | None
    where: tuple[str, ...]
    window: Window | None

    def fits(self, state: str) -> bool:
        """Tell whether it may be sent in a state; while a person has the conversation only what names `handoff`."""
        everywhere = EVERYWHERE if not below("handoff", state) else None
        return any(entry == everywhere or below(entry, state) for entry in self.where)


class State(NamedTuple):
    """What a state does by itself: slots to collect with their conditions, the summary to confirm."""

    collect: tuple[tuple[str, Read | None], ...]
    confirm: Text | None
    ends: bool


IDLE = State((), None, False)


class Compiler:
    """Turns texts of the spec into functions and templates, each once."""

    def __init__(self, spec: FlowSpec, profile: Profile) -> None:
        self.spec, self.profile = spec, profile
        rules = [rule.id for part in spec.lists for rule in part.spec.choose]
        self.bind = FlowBinder(spec, profile, [*rules, *spec.follow_ups], tuple(spec.intents))
        self.style = Style(spec.language, profile.currency)
        self.reads: dict[str, Read] = {}
        self.nevers = tuple(self.never(part) for part in spec.never)

    def read(self, text: str) -> Read:
        if text not in self.reads:
            self.reads[text] = compiled(self.spec.conditions[text], self.bind)
        return self.reads[text]

    def evidence(self, spec: EvidenceSpec) -> Evidence:
        awaited = self.spec.conditions[spec.if_].awaits()
        return Evidence(self.read(spec.if_), spec.score, frozenset(name for one in awaited for name in self.bind.family(one)))

    def axis(self, spec: TypeSpec) -> Axis:
        evidence = {word: tuple(map(self.evidence, all_)) for word, all_ in spec.evidence.items()}
        silent = max((sum(one.score for one in found if not one.awaits) for found in evidence.values()), default=0)
        awaits = frozenset(name for found in evidence.values() for one in found for name in one.awaits)
        return Axis(spec.sure, spec.lead, tuple(evidence.items()), awaits if silent < spec.sure else frozenset())

    def guard(self, text: str | None) -> Read | None:
        return None if text is None else self.read(text)

    def peeks(self, text: str | None) -> Peeks:
        """Return the facts of a condition, their types and what reads each for `why`, without any look-up."""
        refs = [] if text is None else [node for node in self.spec.conditions[text].walk() if node.op == "ref"]
        types = {node.value: node.type for node in refs}
        return tuple((name, kind, self.bind.peek(name)) for name, kind in types.items())

    def text(self, text: str) -> Text:
        return Text(self.spec.templates[text], self.bind, self.style)

    def variant(self, item: str | LineSpec | tuple[str | LineSpec, ...]) -> Variant:
        if isinstance(item, tuple):
            return Variant(None, tuple(self.line(line) for line in item))
        if isinstance(item, LineSpec):
            return Variant(self.guard(item.if_), (Line(None, self.text(item.text)),))
        return Variant(None, (Line(None, self.text(item)),))

    def line(self, item: str | LineSpec) -> Line:
        return Line(None, self.text(item)) if isinstance(item, str) else Line(self.guard(item.if_), self.text(item.text))

    def value(self, raw: object) -> Value:
        node: Node | None = self.spec.conditions.get(raw) if isinstance(raw, str) else None
        if node is not None and isinstance(raw, str):
            return Value(node.type, self.read(raw))
        return Value(TEXT, lambda draft: raw)

    def deed(self, effect: EffectSpec) -> Deed:
        kind, body = effect.kind, getattr(effect, effect.kind)
        values, texts, name = effect.with_, dict[str, str](), body if isinstance(body, str) else kind
        if kind in ("promise", "record", "tag"):
            name = next(key for key in body if key != "by")
            values = body if kind != "record" else {ref: ref for ref in body[name]}
        if kind == "mail":
            texts = {"subject": body.subject, "text": body.text}
        given = {key: self.value(value) for key, value in values.items()}
        if kind == "call":
            given = {ref.rstrip("?"): self.value(ref.rstrip("?")) for ref in self.spec.calls[name].with_} | given
        return Deed(kind, name, self.guard(effect.if_), given, {key: self.text(text) for key, text in texts.items()})

    def never(self, part: Located) -> Never:
        node = self.spec.conditions[part.spec]
        segments = frozenset(n.value for n in node.walk() if n.op == "used")
        return Never(part.spec, self.spec.place(part), compiled(node, self.bind), frozenset(node.names()), segments)

    def changed(self, act: ActSpec) -> frozenset[str]:
        """Return the ledger facts that a rule's effects change."""
        granted = {f"granted.{effect.grant}" for effect in act.do if effect.grant}
        offered = {f"{effect.offer or effect.agree}.offer" for effect in act.do if effect.offer or effect.agree}
        agreed = {f"{effect.agree}.agreed" for effect in act.do if effect.agree}
        tagged = {f"tags.{key}" for effect in act.do for key in effect.tag or ()}
        return frozenset(granted | offered | agreed | tagged)

    def counts(self, never: Never, rule_id: str) -> bool:
        return any(matches(segment, rule_id) for segment in never.segments)
