"""What several commands share: their arguments, and loading a flow."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

import click

from csflow.flow import Flow, load
from csflow.rulefile.files import find_flow

flow_argument = click.argument("source", metavar="FLOW")
store_option = click.option("--store", metavar="PROFILE", help="The store profile; the flow's own store.yaml if left out.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
now_option = click.option("--now", metavar="ISO", help="The time at the beginning, such as 2026-11-23T10:00; now if left out.")
seed_option = click.option("--seed", type=int, default=0, metavar="N", help="Chooses among reply variants.")


def read_flow(source: str, store: str | None) -> Flow:
    """Load the flow that a command is given."""
    return load(source, store)


def own_tests(source: str) -> Sequence[Path]:
    """Return the folder of a flow's own conversation tests, if it has one."""
    folder = find_flow(source)[0] / "tests"
    return [folder] if folder.is_dir() else []


def read_now(text: str | None, zone: datetime.tzinfo) -> datetime.datetime:
    """Read `--now`; a time without a zone is the shop's."""
    if text is None:
        return datetime.datetime.now(zone)
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a time; write 2026-11-23T10:00", param_hint="--now") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
