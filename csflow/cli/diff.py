"""`csflow diff`."""

from __future__ import annotations

from collections.abc import Iterable

import click

from csflow.cli.app import FINDINGS
from csflow.cli.options import json_option
from csflow.cli.output import print_json, printable
from csflow.diff import Change, changes, orphans
from csflow.rulefile import load_flow


@click.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@json_option
@click.pass_context
def diff(ctx: click.Context, old: str, new: str, as_json: bool) -> None:
    """Say what changed from the flow OLD to the flow NEW, and which conversations under way it leaves without a place.

    Exits with 0, with 1 where a conversation may stand in a part that is gone and that no `was:` leads on from, or with 2.
    """
    found = changes(load_flow(old), load_flow(new))
    lost = orphans(found)
    if as_json:
        for change in found:
            print_json({**change._asdict(), "place": str(change.place)})
    else:
        for line in (*map(str, found), summary(found, lost)):
            click.echo(printable(line))
    ctx.exit(FINDINGS if lost else 0)


def summary(found: Iterable[Change], lost: list[Change]) -> str:
    """Return the last line: how much changed, and whether conversations can go on."""
    count = sum(1 for _ in found)
    said = f"{count} change{'s' if count != 1 else ''}" if count else "no changes"
    return f"{said}; {f'{len(lost)} without a way on' if lost else 'every conversation under way can go on'}"
