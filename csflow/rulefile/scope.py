"""The names that a flow's conditions and texts may use, with their types."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

from csflow.condition import COUNT, DATE, DURATION, FLAG, MONEY, TEXT, Type
from csflow.rulefile.builtin import SIGNALS
from csflow.spec import ROOTS

CLAIM_PARTS = {".as_of": DATE, ".evidence": TEXT}
BARGAIN_FACTS = {"offer": MONEY, "next": MONEY, "agreed": MONEY, "is_last": FLAG, "takes": FLAG}


class FlowScope:
    """One scope for the whole flow; `types` maps every name to its type."""

    def __init__(self, types: Mapping[str, Type], intents: Iterable[str], states: Iterable[str], rules: Iterable[str]) -> None:
        self.types, self._intents, self._rules = {**types, **SIGNALS}, frozenset(intents), tuple(rules)
        self._states = frozenset((*ROOTS, *states))

    def type_of(self, name: str) -> Type | None:
        """Return the type of a name, or None where nothing declares it."""
        return self.types.get(name)

    def facts(self) -> Collection[str]:
        return self.types.keys()

    def intents(self) -> Collection[str]:
        return self._intents

    def states(self) -> Collection[str]:
        return self._states

    def segments(self) -> Collection[str]:
        """Return every run of parts of the rules' dotted ids."""
        return self._segments

    @cached_property
    def _segments(self) -> frozenset[str]:
        return frozenset(run for rule in self._rules for run in runs(rule))

    @cached_property
    def spaces(self) -> frozenset[str]:
        """The first parts of all dotted names."""
        return frozenset(name.split(".")[0] for name in self.types if "." in name)


def runs(name: str) -> set[str]:
    """Return the runs of parts of a dotted name: a.b.c has a, b, c, a.b, b.c and a.b.c."""
    parts = name.split(".")
    return {".".join(parts[i:j]) for i in range(len(parts)) for j in range(i + 1, len(parts) + 1)}


def tag_type(values: Iterable[str | None]) -> Type:
    """Return a tag's type: one of its literal values or `none`, or text where a value is computed (None)."""
    found = list(dict.fromkeys(values))
    return TEXT if None in found else Type("enum", tuple(dict.fromkeys([*(str(value) for value in found), "none"])))


def claim_types(name: str) -> dict[str, Type]:
    return {name + part: kind for part, kind in CLAIM_PARTS.items()}


def bargain_types(name: str) -> dict[str, Type]:
    return {f"{name}.{part}": kind for part, kind in BARGAIN_FACTS.items()}


def axis_type(words: Iterable[str]) -> Type:
    return Type("enum", (*words, "none"))


def granted_types(grants: Iterable[str]) -> dict[str, Type]:
    return {f"granted.{name}": COUNT for name in grants}


def deadline_types(calls: Iterable[str]) -> dict[str, Type]:
    return {f"calls.{name}.within": DURATION for name in calls}
