"""`csflow graph`."""

from __future__ import annotations

from pathlib import Path

import click

from csflow.cli.drawing import svg
from csflow.cli.options import flow_argument, read_flow, store_option
from csflow.graph import dot, graph_of, mermaid


@click.command()
@flow_argument
@click.option("--format", "form", type=click.Choice(["mermaid", "dot", "svg"]), default="mermaid", help="mermaid if left out.")
@click.option("--out", metavar="FILE", help="Writes a file; standard output if left out.")
@store_option
def graph(source: str, form: str, out: str | None, store: str | None) -> None:
    """Draw a flow's states and the moves between them."""
    text = {"mermaid": mermaid, "dot": dot, "svg": svg}[form](graph_of(read_flow(source, store)))
    if out is None:
        click.echo(text, nl=False)
    else:
        Path(out).write_text(text, "utf-8")
