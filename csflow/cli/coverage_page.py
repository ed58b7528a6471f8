"""Coverage as one HTML page: the graph with what was reached in green and the rest in red, the counts, then what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from csflow.cli.drawing import svg
from csflow.cli.page import page as whole
from csflow.cli.page import text
from csflow.graph import graph_of, named
from csflow.testing.coverage import KINDS, Coverage, Item, Tally, transition, ways

STYLE = """
.graph { overflow-x: auto; background: #fff; border: 1px solid var(--line); padding: .5rem; }
.graph .state:not(.marked) { stroke: #2f8f5b; fill: #f1faf4; }
.graph .arrow:not(.missed) { stroke: #2f8f5b; }
td, th { padding: .2rem .8rem; text-align: left; }
td.number { text-align: right; }
.bar { display: inline-block; width: 12rem; height: .7rem; background: var(--wrong); }
.bar span { display: block; height: 100%; background: var(--right); }
details { margin: .6rem 0; }
"""


def page(coverage: Coverage) -> str:
    """Return the page."""
    flow = coverage.flow
    marked = {item.name for item in coverage.missing if item.kind == "state"}
    body = (
        f"<p>{coverage.share} % of {len(coverage.items)}</p>",
        f"<table>{''.join(map(_row, coverage.tallies))}</table>",
        f'<div class="graph">{svg(graph_of(flow), marked, _missed(coverage))}</div>',
        *_details(coverage.missing),
    )
    return whole(f"{flow.name}: coverage", body, style=STYLE)


def _missed(coverage: Coverage) -> set[tuple[str, str]]:
    """Return the moves of the graph, source and target, that gather nothing but transitions that were not reached."""
    missing = {item.name for item in coverage.missing if item.kind == "transition"}
    found: dict[tuple[str, str], list[bool]] = {}
    for way in ways(coverage.flow):
        for source in way.sources:
            move = (source if source in coverage.flow.states else named(way.where), way.target)
            found.setdefault(move, []).append(transition(source, way.target) in missing)
    return {move for move, misses in found.items() if all(misses)}


def _row(tally: Tally) -> str:
    bar = f'<span class="bar"><span style="width: {tally.share}%"></span></span>'
    numbers = "".join(f'<td class="number">{number}</td>' for number in (tally.reached, tally.total, f"{tally.share}%"))
    return f"<tr><th>{tally.kind}</th>{numbers}<td>{bar}</td></tr>"


def _details(missing: Iterable[Item]) -> Iterator[str]:
    by_kind: dict[str, list[Item]] = {kind: [] for kind in KINDS}
    for item in missing:
        by_kind[item.kind].append(item)
    for kind, found in by_kind.items():
        if found:
            rows = "".join(f"<li>{text(item.name)} <small>{text(str(item.place))}</small></li>" for item in found)
            yield f"<details open><summary>{kind}: {len(found)} not reached</summary><ul>{rows}</ul></details>"
