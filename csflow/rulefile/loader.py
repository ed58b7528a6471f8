"""A flow's path or name into its `FlowSpec`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from csflow.errors import LoadError
from csflow.rulefile.declare import Declared, declare
from csflow.rulefile.files import PACKS, Loaded, find_flow, load_file
from csflow.rulefile.meaning import Kept, Meaning
from csflow.rulefile.merge import Merged, merge
from csflow.rulefile.names import Names
from csflow.rulefile.order import check_order
from csflow.spec import FlowSpec

MAY_BE_MISSING = ("unknown-", "bad-override", "no-examples", "no-question")


def load_flow(
    source: str | Path,
    read: Callable[[Path, str], Loaded] = load_file,
    packs: Path = PACKS,
    kept: Kept | None = None,
) -> FlowSpec:
    """Load a flow: a pack's name, a folder with flow.yaml, or one file that holds a whole flow.

    Args:
        source: the name or path.
        read: reads one file, given its path and its name in problems; for who keeps files, or reads them changed.
        packs: the folder of the packs that come with csflow.
        kept: keeps the parsed texts; for who loads many versions of a flow.

    Raises:
        LoadError: with every problem of every file at once.
    """
    merged = merge(*find_flow(source), read, packs)
    declared, known = declare(merged), len(merged.problems)
    Names(declared).check()
    meaning = (kept or Kept()).meaning(declared)
    meaning.read()
    check_order(declared)
    problems = merged.problems[:known] + [p for p in merged.problems[known:] if not _explained(merged, p.code)]
    if problems:
        raise LoadError(problems)
    return _spec(merged, declared, meaning)


def _explained(merged: Merged, code: str) -> bool:
    """Whether a name may be unknown only because a part of the flow could not be read."""
    return merged.broken and code.startswith(MAY_BE_MISSING)


def _spec(merged: Merged, declared: Declared, meaning: Meaning) -> FlowSpec:
    def specs(section: str) -> dict[str, Any]:
        return {name: parts[-1].spec for name, parts in merged.named(section).items()}

    return FlowSpec(
        name=merged.name,
        version=merged.version,
        language=merged.language,
        digest=merged.digest(),
        facts=declared.facts,
        slots=specs("slots"),
        intents=declared.intents,
        words=declared.words,
        events=declared.events,
        states=declared.states,
        types=specs("types"),
        calls=specs("calls"),
        bargains=specs("bargains"),
        lists=tuple(merged.lists),
        follow_ups={name: parts[-1] for name, parts in merged.named("follow_ups").items()},
        never=tuple(merged.never),
        leads=tuple(merged.leads),
        intent_parts=tuple(part for parts in merged.named("intents").values() for part in parts),
        parts={key: parts[0] for key, parts in merged.parts.items()},
        conditions=meaning.conditions,
        templates=meaning.templates,
        source=merged.sources.__getitem__,
        store=merged.store,
        texts=merged.texts,
        roots=tuple(merged.roots),
    )
