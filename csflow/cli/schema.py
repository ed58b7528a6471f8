"""`csflow schema`."""

from __future__ import annotations

import json

import click

from csflow.rulefile import json_schema


@click.command()
def schema() -> None:
    """Print the JSON Schema of rule files.

    An editor that knows it completes keys and marks faults while you write.
    """
    click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))
