"""A flow's path or name into its `FlowSpec`."""

from __future__ import annotations

from pathlib import Path

from csflow.errors import LoadError, Problem
from csflow.rulefile.declare import Declared, declare
from csflow.rulefile.meaning import Meaning
from csflow.rulefile.merge import Merged, find_flow, merge
from csflow.rulefile.names import Names
from csflow.rulefile.order import check_order
from csflow.spec import FlowSpec


def load_flow(source: str | Path) -> FlowSpec:
    """Load a flow: a pack's name, a folder with flow.yaml, or one file that holds a whole flow.

    Raises:
        LoadError: with every problem of every file at once.
    """
    root, shown = find_flow(source)
    merged = merge(root, shown)
    declared = declare(merged)
    Names(declared).check()
    meaning = Meaning(declared)
    meaning.read()
    check_order(declared)
    problems = [problem for problem in merged.problems if not _explained(merged, problem)]
    if problems:
        raise LoadError(problems)
    return _spec(merged, declared, meaning)


def _explained(merged: Merged, problem: Problem) -> bool:
    """Whether the absence of an unreadable file explains that a name is unknown."""
    return merged.broken and problem.code in UNSURE


UNSURE = {f"unknown-{kind}" for kind in ("fact", "state", "intent", "slot", "call", "promise", "event", "rule", "bargain", "trigger", "value")}


def _spec(merged: Merged, declared: Declared, meaning: Meaning) -> FlowSpec:
    def last(section: str) -> dict[str, object]:
        return {name: parts[-1].spec for name, parts in merged.named(section).items()}

    return FlowSpec(
        name=merged.name,
        version=merged.version,
        language=merged.language,
        digest=merged.digest(),
        store=merged.store,
        facts=declared.facts,
        intents=declared.intents,
        events=declared.events,
        states=declared.states,
        **{section: last(section) for section in ("slots", "types", "calls", "bargains")},  # type: ignore[arg-type]
        lists=tuple(merged.lists),
        follow_ups={name: parts[-1] for name, parts in merged.named("follow_ups").items()},
        never=tuple(merged.never),
        parts={part: found[0] for part, found in merged.parts.items()},
        conditions=meaning.conditions,
        templates=meaning.templates,
        locate=lambda file, path: merged.sources[file].value(*path),
    )
