"""A `FlowSpec` and a store profile compiled once into a `Flow`, immutable and shared by all conversations."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csflow.bind import Read, below
from csflow.condition import TEXT, Type
from csflow.errors import FactError, Place, hint
from csflow.language import Recogniser, RuleRecogniser, Vocabulary, Words
from csflow.machine import Edge, StateMachine
from csflow.parts import IDLE, Axis, Bargain, Compiler, FollowUp, Rule, RuleList, Slot, State, Value
from csflow.rulefile import load_flow, load_profile
from csflow.snapshot import NOTHING, Origin, Snapshot
from csflow.spec import (
    EVERYWHERE,
    PHASES,
    ROOTS,
    SIDE_ROOTS,
    BargainSpec,
    CallSpec,
    FlowSpec,
    FollowUpSpec,
    ListSpec,
    Located,
    Profile,
    SlotSpec,
)  # fmt: skip

if TYPE_CHECKING:
    from csflow.conversation import Action, Conversation
    from csflow.language import Hit

REPORTED = "report."
NAMED = ("product", "region", "colour", "category")


Ranks = tuple[tuple[RuleList, ...], ...]


class Flow:
    """A compiled flow: recogniser, machine, rules and replies of one shop; thread-safe, since nothing in it changes.

    Make one with `csflow.load`; talk with `start`, or call `csflow.step` yourself.
    """

    def __init__(self, spec: FlowSpec, profile: Profile, recogniser: Recogniser | None = None) -> None:
        self.spec, self.profile = spec, profile
        self.origin = Origin(spec.name, spec.version, spec.digest)
        compiler = self._compiler = Compiler(spec, profile)
        self.calendar = compiler.bind.calendar
        self.lists = tuple(self._list(part) for part in spec.lists)
        self.rules = {rule.id: rule for lst in self.lists for rule in lst.rules}
        self.slots = {name: self._slot(name, slot) for name, slot in spec.slots.items()}
        self.states = {name: self._state(name) for name in dict.fromkeys((*ROOTS, *spec.states))}
        self.bargains = {name: self._bargain(bargain) for name, bargain in spec.bargains.items()}
        self.follow_ups = {name: self._follow_up(name, part) for name, part in spec.follow_ups.items()}
        self.products = {
            product: {name.removeprefix("product."): value for name, value in row.items()}
            for product, row in profile.products.items()
        }
        self.machine = StateMachine(self.states, self._edges(), PHASES[0])
        self.recogniser = recogniser or self._recogniser()
        self.judges = any("now" in lst.when for lst in self.lists)
        self.repeats, self.longest = profile.limits.repeats, profile.limits.message
        self.silences = tuple(f for f in self.follow_ups.values() if f.spec.since == "silence")
        self.of_silence = frozenset(f.name for f in self.silences)
        self.dated = tuple(f for f in self.follow_ups.values() if f.at is not None)
        self._holds = {name: compiler.text(call.hold) for name, call in spec.calls.items() if call.hold}
        self._by_trigger = self._index()
        self._ranks: dict[tuple[str, str], Ranks] = {}
        self._silences: dict[str, Sequence[FollowUp]] = {}

    def __repr__(self) -> str:
        return f"<Flow {self.origin.flow} {self.origin.version}: {len(self.states)} states, {len(self.rules)} rules>"

    @property
    def name(self) -> str:
        """The flow's name."""
        return self.origin.flow

    def start(
        self,
        customer: Mapping[str, Any] | None = None,
        *,
        now: datetime.datetime | None = None,
        seed: int = 0,
        actions: Mapping[str, Action] | None = None,
        channel: str | None = None,
    ) -> Conversation:
        """Begin a conversation held in memory.

        Args:
            customer: facts under `customer`, such as `{"id": "b42"}`.
            now: the injected clock's start, with a time zone; the real time if left out.
            seed: chooses among reply variants.
            actions: functions for the flow's calls by name; each takes keyword values and returns facts.
            channel: where the customer writes from, the fact `channel`.
        """
        from csflow.conversation import Conversation

        return Conversation(self, customer, now=now, seed=seed, actions=actions, channel=channel)

    def fresh(self, seed: int = 0, facts: Mapping[str, Any] | None = None) -> Snapshot:
        """Return the snapshot of a conversation that has not begun; `facts` are typed values under dotted names.

        Raises:
            FactError: a name is not declared.
        """
        try:
            return Snapshot.fresh(self.origin, seed, {self._names[name]: value for name, value in (facts or NOTHING).items()})
        except KeyError as error:
            raise FactError(error.args[0], f"not declared in this flow{hint(error.args[0], self._names)}") from None

    def ranks(self, state: str, trigger: str, *, message: bool = False) -> Ranks:
        """Return the lists that may answer an event in a state, the more specific ranks first.

        A named intent goes before `any` and `unknown`, then the deeper state, then the deeper intent.
        """
        key = (state, trigger)
        found = self._ranks.get(key)
        if found is None:
            found = self._ranks[key] = self._rank(state, trigger, message)
        return found

    def _rank(self, state: str, trigger: str, message: bool) -> Ranks:
        ranked: dict[tuple[int, int, int], list[RuleList]] = {}
        for name, named, depth in _generalised(trigger, message):
            for lst in self._by_trigger.get(name, ()):
                if (at := lst.depth(state)) >= 0 and not (trigger == "enter" and state not in lst.where):
                    lists = ranked.setdefault((named, at, depth), [])
                    if lst not in lists:
                        lists.append(lst)
        return tuple(tuple(ranked[key]) for key in sorted(ranked, reverse=True))

    def silences_in(self, state: str) -> Sequence[FollowUp]:
        """Return the follow-ups on silence that may be sent in a state."""
        found = self._silences.get(state)
        if found is None:
            found = self._silences[state] = tuple(f for f in self.silences if f.fits(state))
        return found

    def where(self, entries: Sequence[str] | None) -> tuple[str, ...]:
        """Return the states named by an `in`, the six phases where there is none."""
        return tuple(entries) if entries else PHASES

    def place(self, kind: str, name: str) -> Place:
        """Return where a part of the flow is declared."""
        return self.spec.place(self.spec.parts[kind, name])

    def _list(self, part: Located) -> RuleList:
        spec: ListSpec = part.spec
        rules = tuple(Rule(rule.id, rule, self.place("rules", rule.id), self._compiler) for rule in spec.choose)
        return RuleList(spec, self.where(spec.in_), self.spec.place(part), self._compiler, rules)

    def _slot(self, name: str, slot: SlotSpec) -> Slot:
        question = self._compiler.text(slot.ask) if slot.ask else None
        words = slot.words(self.profile.facts)
        vocabulary = Vocabulary(words) if words else None
        return Slot(name, slot, _telling(words), question, vocabulary, self._compiler.guard(slot.valid))

    def _state(self, name: str) -> State:
        spec = self.spec.states.get(name)
        if spec is None or spec == type(spec)():
            return IDLE
        collect = tuple((s, None) if isinstance(s, str) else (s.slot, self._compiler.guard(s.if_)) for s in spec.collect)
        confirm = self._compiler.text(spec.confirm) if spec.confirm else None
        return State(collect, confirm, spec.ends == "session")

    def _bargain(self, spec: BargainSpec) -> Bargain:
        read, guard = self._compiler.read, self._compiler.guard
        steps = tuple((step.cut, guard(step.if_)) for step in spec.steps)
        return Bargain(read(spec.list_), read(spec.floor), read(spec.bid), spec.accept, steps)

    def _follow_up(self, name: str, part: Located) -> FollowUp:
        spec: FollowUpSpec = part.spec
        guard, at = self._compiler.guard(spec.if_), self._compiler.guard(spec.at)
        where = tuple(spec.in_) if spec.in_ else (EVERYWHERE,)
        return FollowUp(name, spec, Rule(name, spec, self.spec.place(part), self._compiler), guard, at, where, spec.window)

    def _edges(self) -> Iterator[Edge]:
        acts = [(rule, lst.where) for lst in self.lists for rule in lst.rules]
        acts += [(follow_up.rule, follow_up.where) for follow_up in self.follow_ups.values()]
        for rule, where in acts:
            if rule.go and rule.go != "back":
                yield from (Edge(state, rule.go, rule.id) for state in self._inside(where) if state != rule.go)

    def _inside(self, where: Sequence[str]) -> Iterator[str]:
        return (state for state in self.states if any(entry == EVERYWHERE or below(entry, state) for entry in where))

    def _recogniser(self) -> Recogniser:
        intents = {name: Words(i.examples, i.phrases, i.excluded) for name, i in self.spec.intents.items()}
        holes = {name: s.type if isinstance(s.type, str) else "text" for name, s in self.spec.slots.items()}
        return RuleRecogniser(intents, holes, self._named_entities(), words=self.spec.words, yielding=self.yielding)

    def _named_entities(self) -> Mapping[str, Mapping[str, str]]:
        """The words that name a value anywhere: the shop's products, and what the slots of named types hear."""
        names: dict[str, dict[str, str]] = {"product": {name: name for name in self.products}}
        for slot in self.spec.slots.values():
            if isinstance(slot.type, str) and slot.type in NAMED:
                words = {word: answer for answer, said in slot.words(self.profile.facts).items() for word in (answer, *said)}
                names.setdefault(slot.type, {}).update(words)
        return {kind: words for kind, words in names.items() if words}

    def _index(self) -> Mapping[str, Sequence[RuleList]]:
        index: dict[str, list[RuleList]] = {}
        for lst in self.lists:
            for trigger in lst.when:
                index.setdefault(self.trigger(trigger), []).append(lst)
        return index

    def trigger(self, name: str) -> str:
        """Return the one name of an event: a report is `report.NAME`, whether or not the rule file spells that out."""
        reported = name not in self.spec.intents and name in self.spec.events
        return REPORTED + name if reported else name

    @cached_property
    def since(self) -> Mapping[str, Sequence[FollowUp]]:
        """The follow-ups that an event or a rule arms."""
        index: dict[str, list[FollowUp]] = {}
        for follow_up in self.follow_ups.values():
            if follow_up.spec.since not in (None, "silence"):
                index.setdefault(self.trigger(str(follow_up.spec.since)), []).append(follow_up)
        return index

    @cached_property
    def yielding(self) -> Mapping[str, frozenset[str]]:
        """The intents before which each intent yields; `any` is all others."""
        names = frozenset(self.spec.intents)
        return {
            name: (names - {name} if "any" in spec.yields_to else frozenset(_with_subs(spec.yields_to, names)))
            for name, spec in self.spec.intents.items()
            if spec.yields_to
        }

    def answering(self, names: Sequence[str], *, filled: bool = False) -> Sequence[str]:
        """Return the intents of a message that are answered: those that yield to none of the others.

        A sub-intent says more than its parent, which then is not answered besides; where all yield, the last word counts.
        `filled` tells that the message filled a slot, which counts as another intent for those that yield to any.
        """
        if len(names) > 1:
            names = [name for name in names if not any(other.startswith(name + ".") for other in names)]
        if len(names) == 1 and not filled:
            return names
        left = [name for name in names if not self._yields(name, names, filled=filled)]
        return left or ([] if filled else names[-1:])

    def _yields(self, name: str, names: Sequence[str], *, filled: bool) -> bool:
        before = self.yielding.get(name)
        return before is not None and (not before.isdisjoint(names) or (filled and self.yields_to_all(name)))

    def ranked(self, hits: Sequence[Hit]) -> Sequence[Hit]:
        """Return hits in the order of what they mean for the answer: those that are answered first, in text order."""
        answered = self.answering([hit.intent for hit in hits])
        return sorted(hits, key=lambda hit: hit.intent not in answered)

    def yields_to_all(self, intent: str) -> bool:
        """Tell whether an intent is answered only where nothing else was said."""
        return "any" in self.spec.intents[intent].yields_to

    @cached_property
    def counted(self) -> frozenset[str]:
        """The intents that some condition or text counts; no others are."""
        trees = [*self.spec.conditions.values(), *(node for text in self.spec.templates.values() for node in text.nodes)]
        parents = {node.value for tree in trees for node in tree.walk() if node.op == "times"}
        return frozenset(_with_subs(parents, self.spec.intents))

    @cached_property
    def greeting_states(self) -> frozenset[str]:
        """The states with rules on `enter`."""
        return frozenset(state for lst in self.lists if "enter" in lst.when for state in lst.where)

    @cached_property
    def catching(self) -> frozenset[str]:
        """The rules that answer whatever was said: those on `any`."""
        return frozenset(rule.id for lst in self.lists if "any" in lst.when for rule in lst.rules)

    def title(self, intent: str) -> str | None:
        """Return what people call an intent."""
        return self._compiler.bind.title(intent)

    def fact(self, name: str) -> Read:
        """Return what reads a fact, without any look-up."""
        return self._compiler.bind.peek(name)

    @cached_property
    def _names(self) -> Mapping[str, str]:
        """The names of facts, so that all conversations share one string each."""
        return {name: name for name in self.fact_types}

    @cached_property
    def fact_types(self) -> Mapping[str, Type]:
        """The types of the facts that a host may bring."""
        given = {fact: kind for call in self.spec.calls.values() for fact, kind in call.gives.items()}
        return given | {name: fact.type for name, fact in self.spec.facts.items()} | {"channel": TEXT}

    def hold(self, call: str, draft: Any) -> str | None:
        """Return what is said while a call takes long, if it can be said."""
        text = self._holds.get(call)
        return None if text is None else draft.here(text.fill)

    @cached_property
    def of_side_root(self) -> Mapping[str, frozenset[str]]:
        """The session slots that belong to each side root, cleared when it is left: collected, asked or answered only there."""
        return {root: frozenset(s for s in self._used_in(root) if self.slots[s].spec.keep == "session") for root in SIDE_ROOTS}

    def _used_in(self, root: str) -> Iterator[str]:
        for name, state in self.states.items():
            yield from (slot for slot, _ in state.collect if below(root, name))
        for lst in self.lists:
            if all(below(root, entry) for entry in lst.where):
                yield from (rule.ask for rule in lst.rules if rule.ask)
                yield from (when.removeprefix("slots.") for when in lst.when if when.startswith("slots."))

    @cached_property
    def reads(self) -> Mapping[str, CallSpec]:
        """The calls that are made by themselves."""
        return {name: call for name, call in self.spec.calls.items() if call.read}

    @cached_property
    def arguments(self) -> Mapping[str, tuple[tuple[str, bool, Value], ...]]:
        """What each call is given: name, whether it must be known, and what reads it."""
        return {
            name: tuple((ref.rstrip("?"), not ref.endswith("?"), self._compiler.value(ref.rstrip("?"))) for ref in call.with_)
            for name, call in self.spec.calls.items()
        }

    @cached_property
    def axes(self) -> Mapping[str, Axis]:
        """The axes of customer types."""
        return {name: self._compiler.axis(spec) for name, spec in self.spec.types.items()}


def _telling(words: Mapping[str, Sequence[str]]) -> tuple[tuple[str, str], ...]:
    told = [(word, answer) for answer, said in words.items() for word in said if len(word) > 1]
    return tuple(sorted(told, key=lambda pair: -len(pair[0])))


def _with_subs(parents: Iterable[str], names: Iterable[str]) -> Iterator[str]:
    wanted = frozenset(parents)
    return (name for name in names if not wanted.isdisjoint(_lineage(name)))


@cache
def _lineage(name: str) -> frozenset[str]:
    """Return a dotted name and all names above it."""
    return frozenset(accumulate(name.split("."), "{}.{}".format))


def _generalised(trigger: str, message: bool) -> Iterator[tuple[str, int, int]]:
    """Yield the names that a list may give an event, with how specific each is."""
    if trigger == "unknown":
        yield from (("unknown", 0, 1), ("any", 0, 0))
        return
    name, depth = trigger, trigger.count(".") + 1
    while name:
        yield name, 1, depth
        if not message:
            return
        name, depth = name.rpartition(".")[0], depth - 1
    yield "any", 0, 0


def load(source: str | Path, store: str | Path | None = None, *, recogniser: Recogniser | None = None) -> Flow:
    """Load a flow: a pack's name or the path of a folder or file, with the store profile it speaks for.

    Args:
        source: a shipped pack such as `retail_zh`, or a path.
        store: the store profile's path; the pack's own `store.yaml` if left out.
        recogniser: another understanding of messages, in place of the rule files' examples.

    Raises:
        LoadError: with every problem of every file, each with its code, file, line and column.
    """
    spec = load_flow(source)
    return Flow(spec, load_profile(store, spec), recogniser)
