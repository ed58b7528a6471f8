"""`csflow confusions`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from time import monotonic
from typing import Any

import click

from csflow.cli.app import FINDINGS
from csflow.cli.options import flow_argument, json_option, read_flow, store_option
from csflow.cli.output import print_json, printable
from csflow.cli.paint import table
from csflow.testing.confusions import Confusions, Row, Tally, Verdict, judge, read_rows

PATIENCE = 2.0
"""Seconds without a progress bar."""


@click.command()
@flow_argument
@click.argument("data", metavar="DATA")
@store_option
@click.option("--html", metavar="FILE", help="Write the report as one HTML page, too.")
@click.option("--fail-under", type=click.FloatRange(0, 100), metavar="PERCENT", help="Exit with 1 if less is heard rightly.")
@json_option
@click.pass_context
def confusions(
    ctx: click.Context, source: str, data: str, store: str | None, html: str | None, fail_under: float | None, as_json: bool
) -> None:
    """Hear the labelled messages of DATA and report what is taken for something else, and by which words.

    A line of DATA is {"text": "…", "label": "…"}, perhaps with "also": ["…"], other labels that are right too. Labels are
    intents; what counts is the part before the first dot.
    """
    flow, rows = read_flow(source, store), read_rows(data)
    found = Confusions(judge(flow, watched(rows)))
    if html is not None:
        from csflow.cli.confusion_page import page

        Path(html).write_text(page(found, flow.name), "utf-8")
    if as_json:
        print_json(as_data(found))
    else:
        _print(found)
    ctx.exit(FINDINGS if fail_under is not None and 100 * found.right < fail_under * len(rows) else 0)


def watched(rows: Sequence[Row]) -> Iterator[Row]:
    """Yield the rows; after two seconds, at a terminal, under a progress bar on standard error."""
    until, rest = monotonic() + PATIENCE, iter(rows)
    for done, row in enumerate(rest, 1):
        yield row
        if monotonic() > until and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import track

            yield from track(rest, "hearing", len(rows), done, console=Console(stderr=True), transient=True)


def as_data(found: Confusions) -> dict[str, Any]:
    """Return the report as `--json` prints it."""
    return {
        "messages": len(found.verdicts),
        "right": found.right,
        "wrong": found.wrong,
        "none": len(found.unheard),
        "intents": [tally._asdict() | {"precision": tally.precision, "recall": tally.recall} for tally in found.tallies],
        "confusions": [
            {"expected": expected, "heard": heard, "count": len(verdicts), "messages": [_message(v) for v in verdicts]}
            for (expected, heard), verdicts in found.pairs.items()
        ],
        "unheard": [{"text": v.row.text, "label": v.row.label, "line": v.row.place.line} for v in found.unheard],
    }


def _message(verdict: Verdict) -> dict[str, Any]:
    said = {"text": verdict.row.text, "line": verdict.row.place.line}
    why = {"intent": verdict.hit.intent, "why": verdict.hit.why} if verdict.hit else {}
    return said | why | {"at": str(verdict.place)}


def _print(found: Confusions) -> None:
    click.echo(f"{summary(found)}\n")
    table(("intent", "messages", "right", "heard", "precision", "recall"), [_cells(tally) for tally in found.tallies])
    for line in _lines(found):
        click.echo(printable(line))


def summary(found: Confusions) -> str:
    """Return the counts in one line."""
    total = len(found.verdicts)
    counts = (("right", found.right), ("wrong", found.wrong), ("heard as nothing", len(found.unheard)))
    return f"{total} messages: " + ", ".join(f"{count} {what} ({count / total:.1%})" for what, count in counts)


def _cells(tally: Tally) -> tuple[str, ...]:
    return tally.name, *map(str, (tally.rows, tally.recalled, tally.heard)), percent(tally.precision), percent(tally.recall)


def percent(share: float | None) -> str:
    """Return a share for people; a dash where there is none."""
    return "-" if share is None else f"{share:.0%}"


def _lines(found: Confusions) -> Iterator[str]:
    for (expected, heard), verdicts in found.pairs.items():
        yield f"\n{len(verdicts)} × {expected} heard as {heard}"
        yield from (f"  “{_one_line(v.row.text)}”  {why(v)}" for v in verdicts)
    if found.unheard:
        yield f"\n{len(found.unheard)} × heard as nothing"
        yield from _unheard(found.unheard)


def _unheard(verdicts: Iterable[Verdict]) -> Iterator[str]:
    yield from (f"  “{_one_line(verdict.row.text)}”  {verdict.row.label}" for verdict in verdicts)


def why(verdict: Verdict) -> str:
    """Return what spoke for the intent that was heard, and where it stands."""
    return f"{verdict.hit.intent}: {verdict.hit.why}  {verdict.place}" if verdict.hit else "not understood"


def _one_line(text: str) -> str:
    return " ".join(text.split())
