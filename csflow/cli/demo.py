"""`csflow demo`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import click

from csflow.cli.chat import opened, play_all
from csflow.cli.options import json_option, read_flow, read_now
from csflow.cli.script import read_lines

HERE = Path(__file__).parents[1]
EXAMPLES = next((home for home in (HERE / "examples", HERE.parent / "examples") if home.is_dir()), HERE / "examples")
FIRST = "sale"
BEGIN = "2026-11-23T10:00"


class Demo(NamedTuple):
    """An example conversation: its script, the pack that it is held with, and the store profile if it is not the pack's own."""

    script: Path
    pack: str
    store: Path | None


def demos() -> Mapping[str, Demo]:
    """Return the example conversations by name: `PACK/NAME.jsonl`, or `PACK/STORE/NAME.jsonl` with a profile of `stores/`."""
    home = EXAMPLES / "conversations"
    return {path.stem: _demo(path, path.relative_to(home).parts) for path in sorted(home.rglob("*.jsonl"))}


def _demo(path: Path, parts: tuple[str, ...]) -> Demo:
    return Demo(path, parts[0], EXAMPLES / "stores" / f"{parts[1]}.yaml" if len(parts) > 2 else None)


@click.command()
@click.argument("name", metavar="[NAME]", default=FIRST)
@click.option("--list", "only_list", is_flag=True, help="List the conversations.")
@json_option
def demo(name: str, only_list: bool, as_json: bool) -> None:
    """Play an example conversation; without NAME one from the greeting to the paid order, in Chinese."""
    known = demos()
    if only_list:
        for key, found in known.items():
            click.echo(f"{key:24} {found.pack}{f', {found.store.stem}' if found.store else ''}")
        return
    if name not in known:
        raise click.BadParameter(f"{name!r} is not one of {', '.join(known)}", param_hint="NAME")
    chosen = known[name]
    flow = read_flow(chosen.pack, str(chosen.store) if chosen.store else None)
    conversation = flow.start(now=read_now(BEGIN, flow.profile.zone))
    with opened(str(chosen.script)) as (lines, shown):
        play_all(conversation, read_lines(lines, shown), as_json=as_json)
