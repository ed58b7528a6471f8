"""Every reply of a flow as one HTML page, as the customer would see it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from csflow.cli.page import page as whole
from csflow.cli.page import text
from csflow.cli.replies import Said

STYLE = """
h2 { margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--line); }
h3 { margin: 1rem 0 .2rem; font-size: 1rem; font-weight: 600; }
h3 small { font-weight: normal; margin-left: .5rem; }
p.said {
  margin: .25rem 0; padding: .35rem .75rem; max-width: 34rem; width: fit-content; border-radius: .2rem .9rem .9rem .9rem;
  background: color-mix(in srgb, var(--right) 12%, transparent);
}
nav a { margin-right: 1rem; white-space: nowrap; }
p.long { outline: 2px solid var(--wrong); }
"""
LONG = 120


def page(rows: Iterable[Said], flow: str, language: str) -> str:
    """Return the page: a heading a scenario, a bubble a text; one of over 120 characters is framed."""
    scenarios = [(name, list(found)) for name, found in groupby(sorted(rows, key=_scenario), _scenario)]
    links = " ".join(f'<a href="#{text(name)}">{text(name)}</a>' for name, _ in scenarios)
    count = sum(len(found) for _, found in scenarios)
    body = (line for name, found in scenarios for line in _section(name, found))
    return whole(f"{flow}: {count} texts", (f"<nav>{links}</nav>", *body), style=STYLE, language=language)


def _scenario(row: Said) -> str:
    return row.scenario


def _section(name: str, rows: Iterable[Said]) -> Iterator[str]:
    yield f'<h2 id="{text(name)}">{text(name)}</h2>'
    for (by, when), found in groupby(rows, lambda row: (row.by, row.when)):
        yield f"<h3>{text(by)}<small>{text(when)}</small></h3>"
        yield from (_bubble(row) for row in found)


def _bubble(row: Said) -> str:
    condition = f"<br><small>{text(row.condition)}</small>" if row.condition else ""
    return f'<p class="said{" long" if len(row.shown) > LONG else ""}">{text(row.shown)}{condition}</p>'
