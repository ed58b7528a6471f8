"""`csflow backup`."""

from __future__ import annotations

from pathlib import Path

import click

from csflow.cli.stored import at_argument, opened


@click.command()
@at_argument
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
def backup(at: str, file: Path) -> None:
    """Copy STORE, an SQLite file, into FILE, all of one moment, while hosts are at work.

    The copy is a store like the other: to restore it put it in its place while no host runs.
    """
    from csflow.host.backup import backup as copy

    with opened(at) as store:
        size = copy(store, file)
    click.echo(f"{file}: {size:,} bytes")
