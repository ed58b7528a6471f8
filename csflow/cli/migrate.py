"""`csflow migrate`."""

from __future__ import annotations

import datetime
from collections import Counter
from typing import TYPE_CHECKING

import click

from csflow.cli.app import FINDINGS
from csflow.cli.options import json_option, read_flow, store_option
from csflow.cli.output import print_json, printable
from csflow.cli.stored import at_argument, opened

if TYPE_CHECKING:
    from csflow.host.moving import Standing

HEAD = ("version", "rule files", "state", "conversations", "can go on", "because")


@click.command()
@at_argument
@click.argument("source", metavar="FLOW")
@store_option
@click.option("--plan/--apply", "only_plan", default=True, help="Says what would become of them (the default), or moves them.")
@json_option
@click.pass_context
def migrate(ctx: click.Context, /, at: str, source: str, store: str | None, *, only_plan: bool, as_json: bool) -> None:
    """Say which conversations of STORE that stand in other versions can go on in FLOW, and move them with --apply.

    Hosts may be at work meanwhile, and what was stopped can be begun again. Exits with 1 where some cannot be moved: they
    stay with the version they are in.

    STORE is the path of an SQLite file, or a URL: sqlite:///shop.db, postgresql://user@host/name.
    """
    from csflow.host.moving import Migration

    with opened(at) as kept:
        migration = Migration(kept, read_flow(source, store))
        if only_plan:
            found = migration.plan()
            _show(found, as_json=as_json)
            left = sum(count for standing, count in found.items() if standing.position == "orphaned")
        else:
            done = migration.apply(datetime.datetime.now(datetime.UTC))
            left = done["orphaned"]
            moved = done.total() - left
            print_json({"moved": moved, "left": left}) if as_json else click.echo(f"{moved} moved, {left} cannot be moved")
    ctx.exit(FINDINGS if left else 0)


def _show(found: Counter[Standing], *, as_json: bool) -> None:
    from csflow.cli.paint import table

    rows = sorted(found.items())
    if as_json:
        for standing, count in rows:
            print_json(standing._asdict() | {"conversations": count})
    elif rows:
        table(HEAD, [_cells(standing, count) for standing, count in rows])
    else:
        click.echo("no conversation stands in another version")


def _cells(standing: Standing, count: int) -> tuple[str, ...]:
    version, digest = standing.version or "not kept", standing.digest[:12]
    return tuple(map(printable, (version, digest, standing.state, str(count), standing.position, standing.reason)))
