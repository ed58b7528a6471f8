"""`csflow trace`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import click

from csflow.cli.options import json_option
from csflow.cli.output import print_json, printable
from csflow.cli.paint import table
from csflow.rulefile import load_flow
from csflow.rulefile.files import PACKS, pack_names
from csflow.testing import load_talks
from csflow.trace import Citation, Entry, Trace, find_entry, load_seeds
from csflow.trace import trace as follow

KINDS = ("rule", "follow-up", "fact", "check", "test")
HEADS = ("entry", "source", "status", "rules, follow-ups, facts and checks", "tests")


@click.command()
@click.argument("seed", metavar="[SEED_ID]", required=False)
@json_option
@click.option("--markdown", is_flag=True, help="Print the table of all entries for a page.")
def trace(seed: str | None, as_json: bool, markdown: bool) -> None:
    """Show what a prescription of the manuals became: entry, rules, tests.

    SEED_ID is the id of an entry of seeds/, such as M2-PRICE-08; all entries if left out.
    """
    entries = load_seeds()
    chosen = [find_entry(seed, entries)] if seed else list(entries.values())
    found = traced()
    if as_json:
        for entry in chosen:
            print_json(row(entry, found))
    elif markdown:
        click.echo("\n".join(page(chosen, found)))
    elif seed:
        for line in _lines(chosen[0], found):
            click.echo(printable(line))
    else:
        table(HEADS, [_cells(entry, found) for entry in chosen])


def traced() -> Trace:
    """Return all citations of the shipped packs and their conversation tests."""
    return follow((load_flow(name), load_talks(PACKS / name / "tests")) for name in pack_names())


def row(entry: Entry, found: Trace) -> dict[str, Any]:
    """Return an entry with what cites it, as `--json` prints it."""
    cited = {kind: [{"name": c.name, **c.place._asdict()} for c in found.of(entry.id, kind)] for kind in KINDS}
    return {**entry.model_dump(exclude_none=True), "cited_by": cited}


def page(entries: Iterable[Entry], found: Trace) -> Iterator[str]:
    """Yield the lines of a Markdown table of entries; a waived one shows its reason."""
    yield f"| {' | '.join(HEADS)} |"
    yield f"|{' --- |' * len(HEADS)}"
    for entry in entries:
        name, source, status, realised, tests = (cell.replace("|", "\\|") for cell in _cells(entry, found))
        yield f"| {name} | {source} | {status} | {realised} | {tests} |"


def _cells(entry: Entry, found: Trace) -> tuple[str, ...]:
    realised = entry.reason or _few([c.name for c in found.of(entry.id, "rule", "follow-up", "fact", "check")])
    return entry.id, entry.source, entry.status, realised, str(len(found.of(entry.id, "test")) or "")


def _few(found: list[str]) -> str:
    names = list(dict.fromkeys(found))
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _lines(entry: Entry, found: Trace) -> Iterator[str]:
    yield f"{entry.id}  {entry.status}  ({entry.source})"
    yield f"  {entry.prescribes}"
    if entry.figures:
        yield f"  figures: {', '.join(f'{name} {value}' for name, value in entry.figures.items())}"
    if entry.caution:
        yield f"  caution ({entry.caution.level}): {entry.caution.ship}"
    if entry.reason:
        yield f"  waived: {entry.reason}"
    for kind in KINDS:
        yield from _cited(kind, found.of(entry.id, kind))


def _cited(kind: str, citations: list[Citation]) -> Iterator[str]:
    if citations:
        yield f"{kind}s:"
        width = max(len(citation.name) for citation in citations)
        yield from (f"  {citation.name:{width}}  {citation.place}" for citation in citations)
