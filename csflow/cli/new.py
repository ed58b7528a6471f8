"""`csflow new`."""

from __future__ import annotations

from pathlib import Path

import click

from csflow.scaffold import create


@click.command()
@click.argument("name")
def new(name: str) -> None:
    """Begin a flow in the new folder NAME, with a conversation test; it passes check and test as it stands."""
    for path in create(name, Path()):
        click.echo(path.as_posix())
    click.echo(f"next: csflow check {name}, csflow test {name}, csflow chat {name}")
