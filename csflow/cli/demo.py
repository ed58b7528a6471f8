"""`csflow demo`."""

from __future__ import annotations

from pathlib import Path

import click

from csflow.cli.chat import opened, play_all
from csflow.cli.options import json_option, read_flow, read_now
from csflow.cli.script import read_lines

PACK = "retail_zh"
DEMOS = Path(__file__).parent.parent / "packs" / PACK / "demo"
BEGIN = "2026-11-23T10:00"


def names() -> list[str]:
    """Return the names of the example conversations, the default one first."""
    return sorted((path.stem for path in DEMOS.glob("*.jsonl")), key=lambda name: (name != "sale", name))


@click.command()
@click.argument("name", metavar="[NAME]", default="sale")
@json_option
def demo(name: str, as_json: bool) -> None:
    """Play an example conversation of retail_zh, in Chinese.

    NAME is sale (from the greeting to the paid order; the default), shipping or complaint.
    """
    if name not in names():
        raise click.BadParameter(f"{name!r} is not one of {', '.join(names())}", param_hint="NAME")
    flow = read_flow(PACK, None)
    conversation = flow.start(now=read_now(BEGIN, flow.profile.zone))
    with opened(str(DEMOS / f"{name}.jsonl")) as (lines, shown):
        play_all(conversation, read_lines(lines, shown), as_json=as_json)
