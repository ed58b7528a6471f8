"""The report as one HTML page that needs nothing beside itself: plots, and beside each the table that it was drawn from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from csflow.cli.page import page as whole
from csflow.cli.page import text
from csflow.cli.plots import STYLE as PLOTS
from csflow.cli.plots import Bar, Part, across, key, upright
from csflow.cli.report import LEGEND, heading, shown
from csflow.host.reports import Report, Table

STYLE = (
    PLOTS
    + """
:root { --bar: #2b6cb0; --second: #c98a1b; --soft: #a8c5e4; }
@media (prefers-color-scheme: dark) { :root { --bar: #6ba6e0; --second: #e0b25a; --soft: #3d5f83; } }
.note, .legend { color: var(--none); max-width: 46rem; margin: .2rem 0 .6rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: .6rem; margin: 1rem 0; padding: 0; }
.tiles div { border: 1px solid var(--line); border-radius: 6px; padding: .5rem .7rem; }
.tiles dt { color: var(--none); }
.tiles dd { margin: 0; font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
nav { display: flex; flex-wrap: wrap; gap: .1rem 1rem; }
nav a, h2 a { color: inherit; }
.pair { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 2fr); gap: 1rem 2rem; align-items: start; }
.under > div:first-child { margin-bottom: .8rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: 1rem 2rem; }
.plots h3 { margin: .2rem 0; font-size: 1rem; font-weight: 600; }
.wide { overflow: auto; max-height: 30rem; }
th, td { padding: .2rem .6rem; text-align: right; border-bottom: 1px solid var(--line); vertical-align: top; }
th:first-child, td:first-child { padding-left: 0; }
th { font-weight: 600; }
thead th { position: sticky; top: 0; background: var(--paper); }
th.text, td.text { text-align: left; }
.short { white-space: nowrap; }
td.text { overflow-wrap: anywhere; min-width: 8rem; }
section { margin-top: 2.2rem; }
h2 { font-size: 1.25rem; margin: 0 0 .3rem; }
@media (max-width: 60rem) { .pair { grid-template-columns: minmax(0, 1fr); } }
@media print {
  :root { color-scheme: light; --ink: #000; --paper: #fff; }
  nav { display: none; }
  .wide { max-height: none; overflow: visible; }
  tr, svg, .tiles div, h2 { break-inside: avoid; }
  h2 { break-after: avoid; }
  * { print-color-adjust: exact; }
}
"""
)
TILED = "summary"
COURSES = ("conversations", "payments", "complaints", "not understood")
MOST = 12
"""How many bars of outcomes are drawn; the table has them all."""
NARROW = 6
"""Up to so many columns a table stands beside its plot."""
SHORT = 30
"""Up to so many characters a text stays on one line."""
ENDS = {"bought": "right", "went on": "bar", "left": "soft", "complained": "wrong", "had bought": "none"}
Row = Mapping[str, Any]


def page(report: Report) -> str:
    """Return the page."""
    shown_tables = [table for table in report.tables if table.name != TILED]
    links = (f'<a href="#{table.name}">{text(table.title)}</a>' for table in shown_tables)
    body = (
        f'<p>{text(heading(report))}</p><p class="legend">{text(LEGEND)}</p>',
        f"<nav>{''.join(links)}</nav>",
        _tiles(report.table(TILED)),
        *map(_section, shown_tables),
    )
    return whole("How the conversations went", body, style=STYLE)


def _tiles(table: Table) -> str:
    tiles = (f"<div><dt>{text(str(name))}</dt><dd>{text(shown(table.head[1], count))}</dd></div>" for name, count in table.rows)
    return f'<dl class="tiles">{"".join(tiles)}</dl><p class="note">{text(table.note)}</p>'


def _section(table: Table) -> str:
    note = f'<p class="note">{text(table.note)}</p>' if table.note else ""
    plot = _PLOTS[table.name](_rows(table)) if table.name in _PLOTS and table.rows else ""
    kind = "pair" if len(table.head) <= NARROW else "under"
    drawn = f'<div class="{kind}"><div>{plot}</div>{_table(table)}</div>' if plot else _table(table)
    return f'<section id="{table.name}"><h2>{text(table.title)}</h2>{note}{drawn}</section>'


def _rows(table: Table) -> Sequence[Row]:
    names = [column.name for column in table.head]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


def _table(table: Table) -> str:
    if not table.rows:
        return "<p>Nothing in this time.</p>"
    head = "".join(f'<th scope="col" class="{column.kind}">{text(column.name)}</th>' for column in table.head)
    rows = "".join(f"<tr>{''.join(_cells(table, row))}</tr>" for row in table.rows)
    frame = f'class="wide" tabindex="0" role="region" aria-label="{text(table.title)}"'
    return f"<div {frame}><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"


def _cells(table: Table, row: Sequence[Any]) -> Iterator[str]:
    for number, (column, cell) in enumerate(zip(table.head, row, strict=True)):
        value = text(shown(column, cell))
        kind = f' class="{column.kind} short"' if len(value) <= SHORT else f' class="{column.kind}"'
        yield f"<td{kind}>{value}</td>" if number else f'<th scope="row"{kind}>{value}</th>'


def _funnel(rows: Sequence[Row]) -> str:
    most = max(row["conversations"] for row in rows) or 1
    bars = [Bar(f"{row['phase']}: {row['conversations']:,} ({row['conversations'] / most:.0%})", _reached(row)) for row in rows]
    colours = (("bar", "came here and went on, or bought"), ("second", "left here"))
    return key(colours) + across("Conversations that reached each phase, and those that were left there", bars, most)


def _reached(row: Row) -> Sequence[Part]:
    left = row["left here"]
    on = row["conversations"] - left
    return Part(on, "bar", f"{row['phase']}: {on:,} went on or bought"), Part(
        left, "second", f"{row['phase']}: {left:,} left here"
    )


def _course(rows: Sequence[Row]) -> str:
    part = next(iter(rows[0]))
    plots = (f"<div><h3>{text(name)}</h3>{_over_time(rows, part, name)}</div>" for name in COURSES)
    return f'<div class="plots">{"".join(plots)}</div>'


def _over_time(rows: Sequence[Row], part: str, name: str) -> str:
    bars = [Bar(row[part], [Part(row[name], "bar", f"{row[part]}: {row[name]:,} {name}")]) for row in rows]
    return upright(f"{name} by {part}", bars, f"{max(row[name] for row in rows):,}")


def _outcomes(rows: Sequence[Row]) -> str:
    """Draw each row's outcomes as shares of its conversations."""
    used = [row for row in rows if row["conversations"] > row["had bought"]][:MOST]
    bars = [_ends(row, str(next(iter(row.values())))) for row in used]
    return key((colour, end) for end, colour in ENDS.items()) + across("Outcomes, as shares of the conversations", bars, 1)


def _ends(row: Row, name: str) -> Bar:
    whole = row["conversations"]
    parts = [Part(row[end] / whole, colour, f"{name}: {row[end]:,} of {whole:,} {end}") for end, colour in ENDS.items()]
    return Bar(f"{name}: {row['bought']:,} of {whole - row['had bought']:,} bought", parts)


def _spread(rows: Sequence[Row]) -> str:
    sources = [(name, colour) for name, colour in (("a reply", "bar"), ("a person", "second")) if rows[0][name] is not None]
    if not sources:
        return ""
    totals = {name: sum(row[name] for row in rows) for name, _ in sources}
    bars = [Bar(row["time"].replace("up to", "≤").replace("over", ">"), _shares(row, sources, totals)) for row in rows]
    highest = max(part.size for bar in bars for part in bar.parts)
    return key((colour, name) for name, colour in sources) + upright("Share of the messages by time", bars, f"{highest:.0%}")


def _shares(row: Row, sources: Sequence[tuple[str, str]], totals: Mapping[str, int]) -> Sequence[Part]:
    return [
        Part(row[name] / totals[name], colour, f"{name}, {row['time']}: {row[name]:,} of {totals[name]:,}")
        for name, colour in sources
    ]


_PLOTS: Mapping[str, Callable[[Sequence[Row]], str]] = {
    "funnel": _funnel, "course": _course, "objections": _outcomes, "techniques": _outcomes, "spread": _spread,
}  # fmt: skip
