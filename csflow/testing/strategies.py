"""Hypothesis strategies for what can happen to a flow's conversations, made out of its own rule files.

Each strategy draws plain things first, so that what Hypothesis shrinks to is the shortest and plainest conversation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from random import Random

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from csflow.check.alphabet import NOT_UNDERSTOOD, TEMPER, Alphabet
from csflow.check.explore import Remembering
from csflow.check.hijacked import HOLE
from csflow.condition import Type
from csflow.flow import Flow
from csflow.snapshot import Snapshot
from csflow.testing.acts import Act, happened, say
from csflow.testing.knowledge import tellable
from csflow.testing.noise import HOSTILE, variants
from csflow.values import write_value

SPANS = ("10m", "2h", "12h", "1d", "3d", "8d", "31d")
SAYINGS, NOISY, AMOUNTS = 12, 3, 6
PAIRS = 6
LONGEST = 12


class Customers:
    """The strategies for one flow, each made once."""

    def __init__(self, flow: Flow, alphabet: Alphabet | None = None) -> None:
        self.alphabet = alphabet or Alphabet(Flow(flow.spec, flow.profile, Remembering(flow.recogniser)))
        self.flow, self.language = self.alphabet.flow, flow.spec.language
        self._messages: dict[str, SearchStrategy[Act]] = {}

    def messages(self, intent: str) -> SearchStrategy[Act]:
        """Return messages of an intent: its plainest first, then its other words, amounts at limits, and noise."""
        if intent not in self._messages:
            self._messages[intent] = _one_of(self.said(intent))
        return self._messages[intent]

    def said(self, intent: str) -> list[Act]:
        """Return what may be said for an intent, the plainest first."""
        plain = self._plain(intent)
        noisy = [texts for text in plain[:NOISY] for texts in [*variants(text, self.language)][1:]]
        tempered = (f"{plain[0]}，{TEMPER[self.language]}",)
        return [say(*texts) for texts in dict.fromkeys([*((text,) for text in plain), tempered, *noisy])]

    def _plain(self, intent: str) -> list[str]:
        spec = self.flow.spec.intents[intent]
        usual = [self.alphabet.messages[intent]] if intent in self.alphabet.messages else []
        said = [text for words in (*spec.examples, *spec.phrases) for text in self._filled(words)]
        found = list(dict.fromkeys([*usual, *sorted(said, key=len)]))[:SAYINGS]
        return found or [NOT_UNDERSTOOD[self.language]]

    def _filled(self, words: str) -> Iterator[str]:
        """Yield a phrase with its holes filled: by a usual value, or by amounts at the limits that conditions set."""
        words = words.replace("…", "")
        holes = HOLE.findall(words)
        usual = {hole: self.alphabet.sample(hole) for hole in holes}
        if not holes:
            yield words
        for hole in holes:
            for value in (usual[hole], *self._amounts(hole)):
                yield HOLE.sub(lambda found, told={**usual, hole: value}: told[found[1]], words)  # type: ignore[misc]

    def _amounts(self, slot: str) -> list[str]:
        """Return amounts around the limits that conditions set to a slot, and around the prices it may be compared with."""
        spec = self.flow.spec.slots.get(slot)
        if spec is None or spec.kind.kind not in ("money", "count"):
            return []
        limits = [value for value in self.alphabet.limits.get(f"slots.{slot}", ()) if isinstance(value, int)]
        prices = [value for value in self._prices if spec.kind.kind == "money"]
        around = (value + off for value in (*limits, *prices) for off in (0, -1, 1) if value + off >= 0)
        return [f"{write_value(spec.kind, value)}" for value in dict.fromkeys(around)][:AMOUNTS]

    @cached_property
    def _prices(self) -> list[int]:
        """The prices of the shop's profile, in minor units."""
        kinds = {name.removeprefix("product."): fact.type for name, fact in self.flow.spec.facts.items()}
        rows = self.flow.products.values()
        return sorted({v for row in rows for name, v in row.items() if _is_money(kinds.get(name)) and isinstance(v, int)})[:4]

    @cached_property
    def any_message(self) -> SearchStrategy[Act]:
        """Messages of any intent, in the order of the rule files."""
        intents = tuple(self.flow.spec.intents)
        return st.integers(0, len(intents) - 1).flatmap(_Vocabulary(self, intents)) if intents else self.strange

    @cached_property
    def strange(self) -> SearchStrategy[Act]:
        """Messages that mean nothing, or ill."""
        return _one_of(self.odd)

    @cached_property
    def odd(self) -> list[Act]:
        """What nobody could understand."""
        return [say(NOT_UNDERSTOOD[self.language]), *map(say, HOSTILE)]

    @cached_property
    def bursts(self) -> SearchStrategy[Act]:
        """Two messages at once, of any two intents."""
        return st.tuples(self.any_message, self.any_message).map(lambda two: say(*two[0].value, *two[1].value))

    @cached_property
    def two_at_once(self) -> list[Act]:
        """Pairs of messages, each intent beside a few others, always the same: what was heard once need not be heard again."""
        intents, chance = list(self.flow.spec.intents), Random(0)  # noqa: S311 - the same pairs in every run, no secret
        mixed = [intent for _ in range(PAIRS) for intent in chance.sample(intents, len(intents))]
        return [say(*two) for two in pairwise(chance.choice(self._plain(intent)) for intent in mixed)] or self.odd

    @cached_property
    def silence(self) -> SearchStrategy[Act]:
        """Time that passes without a word, from minutes to a month."""
        return _one_of(self.spans)

    @cached_property
    def spans(self) -> list[Act]:
        """Silences, the short ones first."""
        return [Act("wait", span) for span in SPANS]

    def reports(self, name: str) -> SearchStrategy[Act]:
        """Return reports of the shop by that name, with facts at the limits of the conditions that read them."""
        return _one_of(self.reported(name))

    def reported(self, name: str) -> list[Act]:
        """Return what the shop may report under a name."""
        return [happened(one) for one in self.alphabet.reports(name)]

    def results(self, call: str) -> SearchStrategy[Act]:
        """Return the ways in which a call ends: done with each of its values, denied, failed."""
        return _one_of(self.resulting(call))

    def resulting(self, call: str) -> list[Act]:
        """Return what may come of a call."""
        return [happened(one) for one in self.alphabet.results(call)]

    @cached_property
    def facts(self) -> SearchStrategy[Act]:
        """What the shop may know: an order, and each fact that some rule reads, at values worth trying."""
        return _one_of(self.told)

    @cached_property
    def told(self) -> list[Act]:
        """What the shop may tell."""
        begun = [happened(one) for one in self.alphabet.beginnings() if one is not None]
        return [*begun, *tellable(self.alphabet)]

    def answers(self, snapshot: Snapshot) -> Sequence[Act]:
        """Return answers to a conversation's open question: each that is listed, and amounts at limits."""
        return [happened(one) for one in self.alphabet.answers(snapshot)]

    @cached_property
    def acts(self) -> SearchStrategy[Act]:
        """Anything that can happen in any situation."""
        spec = self.flow.spec
        shop = [self.reports(name) for name in self.alphabet.events]
        ends = [self.results(call) for call in spec.calls]
        return st.one_of(self.any_message, self.bursts, self.strange, self.silence, self.facts, *shop, *ends)

    def conversations(self, longest: int = LONGEST) -> SearchStrategy[list[Act]]:
        """Return whole conversations of at most so many acts, perhaps with what the shop knows beforehand."""
        return st.tuples(st.lists(self.facts, max_size=2), st.lists(self.acts, max_size=longest)).map(lambda two: two[0] + two[1])


def _one_of(acts: Sequence[Act]) -> SearchStrategy[Act]:
    """Return a choice by number, the first the plainest; `sampled_from` would print all of a vocabulary."""
    return st.integers(0, len(acts) - 1).map(_Choice(acts))


class _Choice:
    """Gives an act by its number."""

    def __init__(self, acts: Sequence[Act]) -> None:
        self.acts = acts

    def __call__(self, number: int) -> Act:
        return self.acts[number]


class _Vocabulary:
    """Gives the messages of an intent by its number."""

    def __init__(self, customers: Customers, intents: Sequence[str]) -> None:
        self.customers, self.intents = customers, intents

    def __call__(self, number: int) -> SearchStrategy[Act]:
        return self.customers.messages(self.intents[number])


def _is_money(kind: Type | None) -> bool:
    return kind is not None and kind.kind == "money"


def customers(flow: Flow, *, longest: int = LONGEST) -> SearchStrategy[list[Act]]:
    """Return a Hypothesis strategy for whole conversations with a flow, as lists of acts for `csflow.testing.play`."""
    return Customers(flow).conversations(longest)


def messages(flow: Flow, intent: str) -> SearchStrategy[Act]:
    """Return a Hypothesis strategy for messages of one intent, plain ones first."""
    return Customers(flow).messages(intent)
