"""Findings as one HTML page: the graph of states with the findings on it, then each finding with its line and its script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from csflow.cli.drawing import svg
from csflow.cli.page import page as whole
from csflow.cli.page import text
from csflow.errors import Place, Problem
from csflow.flow import Flow
from csflow.graph import graph_of

STYLE = """
.graph { overflow-x: auto; background: #fff; border: 1px solid var(--line); padding: .5rem; }
article { border-left: 4px solid var(--none); padding: .1rem 0 .1rem 1rem; margin: 1.2rem 0; }
article.error { border-color: var(--wrong); }
article.warning { border-color: #c99a2e; }
h3 { margin: 0; font-size: 1rem; }
pre { overflow-x: auto; background: color-mix(in srgb, var(--ink) 6%, transparent); padding: .5rem; margin: .4rem 0; }
"""
Excerpt = Callable[[Place], Iterable[str]]


def page(flow: Flow, problems: Sequence[Problem], excerpt: Excerpt) -> str:
    """Return the page; boxes of states that a finding is about are framed in red."""
    counts = Counter(problem.severity for problem in problems)
    said = ", ".join(f"{count} {severity}{'s' if count > 1 else ''}" for severity, count in counts.items()) or "clean"
    body = (
        f"<p>{text(said)}</p>",
        f'<div class="graph">{svg(graph_of(flow), _states(flow, problems))}</div>',
        *_articles(problems, excerpt),
    )
    return whole(f"{flow.name}: check", body, style=STYLE)


def _states(flow: Flow, problems: Iterable[Problem]) -> set[str]:
    places = {(problem.place.file, problem.place.line) for problem in problems if problem.severity != "note"}
    found = {name for name in flow.spec.states if _at(flow, ("states", name)) in places}
    for lst in flow.lists:
        if any(_at(flow, ("rules", rule.id)) in places for rule in lst.rules):
            found.update(state for state in lst.where if state in flow.states)
    return found


def _at(flow: Flow, key: tuple[str, str]) -> tuple[str, int]:
    place = flow.spec.place(flow.spec.parts[key])
    return place.file, place.line


def _articles(problems: Iterable[Problem], excerpt: Excerpt) -> Iterator[str]:
    for problem in problems:
        yield f'<article class="{problem.severity}"><h3>{text(problem.code)}</h3><p>{text(problem.message)}</p>'
        yield f"<small>{text(str(problem.place))}</small><pre>{text(chr(10).join(excerpt(problem.place)))}</pre>"
        if problem.witness and problem.witness.script:
            yield f"<p>A conversation that shows it:</p><pre>{text(chr(10).join(problem.witness.script))}</pre>"
        yield "</article>"
