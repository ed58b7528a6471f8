"""Coverage as one HTML page: the graph with what was reached in green and the rest in red, the counts, then what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from csflow.cli.drawing import svg
from csflow.cli.page import page as whole
from csflow.cli.page import text
from csflow.graph import graph_of
from csflow.testing.coverage import KINDS, Coverage, Item, Tally, transition

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
    flow, graph = coverage.flow, graph_of(coverage.flow)
    missing = {(item.kind, item.name) for item in coverage.missing}
    marked = {state for state in flow.states if ("state", state) in missing}
    moves = ((move.source, move.target) for move in (*graph.arrows, *graph.arrivals, *graph.returns))
    missed = {move for move in moves if ("transition", transition(*move)) in missing}
    body = (
        f"<p>{coverage.share} % of {len(coverage.items)}</p>",
        f"<table>{''.join(map(_row, coverage.tallies))}</table>",
        f'<div class="graph">{svg(graph, marked, missed)}</div>',
        *_details(coverage.missing),
    )
    return whole(f"{flow.name}: coverage", body, style=STYLE)


def _row(tally: Tally) -> str:
    bar = f'<span class="bar"><span style="width: {tally.share}%"></span></span>'
    numbers = f'<td class="number">{tally.reached}</td><td class="number">{tally.total}</td><td class="number">{tally.share}%</td>'
    return f"<tr><th>{tally.kind}</th>{numbers}<td>{bar}</td></tr>"


def _details(missing: Iterable[Item]) -> Iterator[str]:
    by_kind: dict[str, list[Item]] = {kind: [] for kind in KINDS}
    for item in missing:
        by_kind[item.kind].append(item)
    for kind, found in by_kind.items():
        if found:
            rows = "".join(f"<li>{text(item.name)} <small>{text(str(item.place))}</small></li>" for item in found)
            yield f"<details open><summary>{kind}: {len(found)} not reached</summary><ul>{rows}</ul></details>"
