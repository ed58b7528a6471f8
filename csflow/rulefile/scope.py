"""The names that a flow's conditions and texts may use, with their types."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

from csflow.condition import DATE, FLAG, MONEY, TEXT, Type
from csflow.rulefile.builtin import SIGNALS
from csflow.spec import ROOTS


class FlowScope:
    """One scope for the whole flow; `types` maps every name to its type."""

    def __init__(self, types: Mapping[str, Type], intents: Iterable[str], states: Iterable[str], rules: Iterable[str]) -> None:
        self.types, self._intents, self._rules = {**types, **SIGNALS}, frozenset(intents), tuple(rules)
        self._states = frozenset((*ROOTS, *states))

    def type_of(self, name: str) -> Type | None:
        """Return the type of a name, or None where nothing declares it."""
        return self.types.get(name)

    def facts(self) -> Collection[str]:
        """Return every name that has a type."""
        return self.types.keys()

    def intents(self) -> Collection[str]:
        """Return the intents and their parents."""
        return self._intents

    def states(self) -> Collection[str]:
        """Return the root states and the declared ones."""
        return self._states

    def segments(self) -> Collection[str]:
        """Return what `used()` may name: every run of parts of the rules' dotted ids."""
        return self._segments

    @property
    def names(self) -> tuple[object, ...]:
        """All names with their types: what a text means is the same under the same ones."""
        return self.types, self._intents, self._states, frozenset(self._rules)

    @cached_property
    def _segments(self) -> frozenset[str]:
        return frozenset(run for rule in self._rules for run in runs(rule))

    @cached_property
    def spaces(self) -> frozenset[str]:
        """The first parts of all dotted names."""
        return frozenset(name.partition(".")[0] for name in self.types if "." in name)


def runs(name: str) -> set[str]:
    """Return the runs of parts of a dotted name: a.b.c has a, b, c, a.b, b.c and a.b.c."""
    parts = name.split(".")
    return {".".join(parts[first:last]) for first in range(len(parts)) for last in range(first + 1, len(parts) + 1)}


def axis_type(words: Iterable[str]) -> Type:
    """Return the type of `type.AXIS`: one of its words, or `none` where no one leads."""
    return Type("enum", tuple(dict.fromkeys((*words, "none"))))


def tag_type(values: Iterable[str | None]) -> Type:
    """Return a tag's type: one of its literal values or `none`; text where a value is computed (None)."""
    found = [*values]
    return TEXT if None in found else axis_type(value for value in found if value)


def claim_types(name: str) -> dict[str, Type]:
    """Return the parts of a claim that can be said."""
    return {f"{name}.as_of": DATE, f"{name}.evidence": TEXT}


def bargain_types(name: str) -> dict[str, Type]:
    """Return the facts of a bargain."""
    return {f"{name}.{part}": MONEY for part in ("offer", "next", "agreed")} | {
        f"{name}.{part}": FLAG for part in ("is_last", "takes")
    }
