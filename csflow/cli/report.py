"""`csflow report`: how the conversations of a store went."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from csflow.cli.options import json_option, read_flow, store_option
from csflow.cli.output import print_json, printable
from csflow.cli.paint import table
from csflow.cli.stored import at_argument, here, moment, opened
from csflow.cli.waiting import progress

if TYPE_CHECKING:
    from csflow.flow import Flow
    from csflow.host.reports import Cell, Column, Report, Table

    Ends = tuple[datetime.datetime | None, datetime.datetime | None]

BY = ("day", "week", "month")
NONE = "–"
LEGEND = f"{NONE} stands where there is nothing to count or where it cannot be known."
UNITS = ((86400, "d"), (3600, "h"), (60, "min"))
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is a formula to a spreadsheet; texts of customers must be none."""


@click.command()
@at_argument
@click.option("--flow", "source", metavar="FLOW", help="Only conversations of this flow, in the time zone of its shop.")
@store_option
@click.option("--from", "since", metavar="ISO", help="The first day or moment that counts; the first in the store if left out.")
@click.option("--to", "until", metavar="ISO", help="The first day or moment that counts no more; open if left out.")
@click.option("--by", type=click.Choice(BY), default="day", show_default=True, help="The parts of the course.")
@click.option("--csv", "folder", metavar="DIR", help="Write each table as a CSV file, too.")
@click.option("--html", metavar="FILE", help="Write the report as one HTML page with plots, too.")
@json_option
def report(  # noqa: PLR0913, PLR0917 - the options of the command line
    at: str,
    source: str | None,
    store: str | None,
    since: str | None,
    until: str | None,
    by: str,
    folder: str | None,
    html: str | None,
    as_json: bool,
) -> None:
    """Tell what happened in the conversations of a store: a funnel, outcomes, response times, ledgers.

    STORE is the path of an SQLite file, or a URL: sqlite:///shop.db, postgresql://user@host/name. Without a flow, days are
    those of this machine's time zone. What cannot be known is said to be unknown.
    """
    flow = read_flow(source, store) if source is not None else None
    zone = flow.profile.zone if flow else here()
    ends = moment(since, zone, "--from"), moment(until, zone, "--to")
    made = _made(at, flow, ends, by, datetime.datetime.now(zone))
    if folder is not None:
        write_csv(made, Path(folder))
    if html is not None:
        from csflow.cli.report_page import page

        Path(html).write_text(page(made), "utf-8")
    if as_json:
        print_json(about(made))
        for one in made.tables:
            print_json(one.to_json())
    else:
        _print(made)


def _made(at: str, flow: Flow | None, ends: Ends, by: str, now: datetime.datetime) -> Report:
    from csflow.host.reports import report as make

    since, until = ends
    if since and until and since >= until:
        raise click.BadParameter(f"{until} is not after {since}", param_hint="--to")
    with opened(at) as store, store.reading() as connection, progress("reading conversations") as tell:
        return make(connection, flow=flow, since=since, until=until, by=by, now=now, tell=tell)


def about(report: Report) -> dict[str, str]:
    """Return what the report is about, as plain data."""
    period = report.period
    ends = {"since": period.since, "until": period.until, "made": report.made}
    return {name: when.astimezone(period.zone).isoformat() for name, when in ends.items()} | {
        "zone": str(period.zone),
        "by": period.by,
    }


def heading(report: Report) -> str:
    """Return what the report is about, in a line."""
    period = report.period
    since, until, made = (f"{when.astimezone(period.zone):%Y-%m-%d %H:%M}" for when in (period.since, period.until, report.made))
    return f"{since} to {until}, times in {period.zone}, made {made}"


def _print(report: Report) -> None:
    click.echo(f"{heading(report)}\n{LEGEND}")
    for one in report.tables:
        click.echo(f"\n{one.title}")
        if one.note:
            click.echo(f"  {one.note}")
        _rows(one)


def _rows(one: Table) -> None:
    if not one.rows:
        click.echo("  nothing in this time")
        return
    rows = [[printable(shown(*pair)) for pair in zip(one.head, row, strict=True)] for row in one.rows]
    table([column.name for column in one.head], rows, right=[column.kind != "text" for column in one.head])


def shown(column: Column, cell: Cell) -> str:
    """Return a value as people read it."""
    return NONE if cell is None else _SHOWN.get(column.kind, str)(cell)


def duration(seconds: float) -> str:
    """Return a span in its two largest units."""
    if seconds < UNITS[-1][0]:
        return f"{seconds:.1f} s"
    size, unit = next(found for found in UNITS if seconds >= found[0])
    smaller, name = next((found for found in UNITS if found[0] < size), (1, "s"))
    return f"{seconds // size:.0f} {unit} {seconds % size // smaller:.0f} {name}"


_SHOWN: Mapping[str, Callable[[Any], str]] = {"count": "{:,}".format, "share": "{:.1%}".format, "span": duration}


def write_csv(report: Report, folder: Path) -> None:
    """Write each table to a file of its name, as spreadsheets open it: UTF-8 with a mark, shares of 1, spans in seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in report.tables:
        with (folder / f"{one.name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            rows = csv.writer(file)
            rows.writerow([f"{column.name} (s)" if column.kind == "span" else column.name for column in one.head])
            rows.writerows([_written(cell) for cell in row] for row in one.rows)


def _written(cell: Cell) -> Cell:
    """Return a cell of a CSV file; what would be a formula is marked as text."""
    if isinstance(cell, str):
        text = printable(cell)
        return f"'{text}" if text.startswith(FORMULA) else text
    return round(cell, 6) if isinstance(cell, float) else cell
