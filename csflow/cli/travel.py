"""`csflow travel`."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from csflow.cli.app import FINDINGS
from csflow.cli.options import json_option
from csflow.cli.output import print_json, printable
from csflow.cli.stored import at_argument, here, moment, opened
from csflow.errors import StoreError

if TYPE_CHECKING:
    from csflow.host.travel import Logged, Stop


@click.command()
@at_argument
@click.argument("conversation", metavar="CONVERSATION")
@click.option("--at", "where", metavar="N|ISO", help="Shows one event: its number, or the last one until a time.")
@click.option("--script", "as_script", is_flag=True, help="Prints what the customer said and the shop reported, for csflow chat.")
@click.option("--masked", "mask", is_flag=True, help="Masks telephone numbers, cards and addresses, for who need not know them.")
@json_option
@click.pass_context
def travel(
    ctx: click.Context, /, at: str, conversation: str, where: str | None, *, as_script: bool, mask: bool, as_json: bool
) -> None:
    """Step through the stored CONVERSATION again, with the rule files and the figures of each event's time.

    Lists its events with what was said and why; with --at the snapshot after one of them, and all of its why. Exits with 1
    where a turn comes out otherwise than it was recorded.

    STORE is the path of an SQLite file, or a URL: sqlite:///shop.db, postgresql://user@host/name.
    """
    from csflow.host.masking import masked, masked_data
    from csflow.host.travel import Library, log, script
    from csflow.host.travel import travel as again

    with opened(at) as store, store.reading() as connection:
        row, events = log(connection, conversation)
        if as_script:
            for line in script(events):
                click.echo(masked(line) if mask else line)
            return
        stops = list(again(row, events, Library(connection)))
    shown = [_stop_at(stops, where)] if where else stops
    for stop in shown:
        if as_json:
            data = _data(stop, whole=bool(where))
            print_json(masked_data(data) if mask else data)
        else:
            text = "\n".join(_text(stop, whole=bool(where)))
            click.echo(printable(masked(text) if mask else text))
    ctx.exit(FINDINGS if any(stop.differs for stop in shown) else 0)


def _stop_at(stops: Sequence[Stop], where: str) -> Stop:
    """Return the event of a number, or the last one that had happened at a time."""
    if where.isdecimal():
        found = [stop for stop in stops if stop.logged.number == int(where)]
    else:
        until = moment(where, here(), "--at")
        found = [stop for stop in stops if until and stop.logged.at <= until]
    if not found:
        raise StoreError(f"this conversation has no event at {where}; it has {len(stops)}")
    return found[-1]


def _data(stop: Stop, *, whole: bool) -> dict[str, object]:
    return stop.to_json() | ({"snapshot": json.loads(stop.snapshot.to_json())} if whole else {})


def _text(stop: Stop, *, whole: bool) -> Iterator[str]:
    logged = stop.logged
    yield f"{logged.number}  {_local(logged.at)}  {_what(logged)}  -> {logged.turn['state']}"
    yield from (f"   < {reply}" for reply in logged.turn["replies"])
    if stop.turn is not None:
        why = list(stop.turn.why.lines())
        yield from (f"     {line}" for line in why if whole or line.startswith(("heard", "fired")))
    for name, (recorded, replayed) in stop.differs.items():
        yield f"   ! {name} was recorded as {recorded}, and is now {replayed}"
    if whole:
        yield json.dumps(json.loads(stop.snapshot.to_json()), ensure_ascii=False, indent=2)


def _local(at: datetime.datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def _what(logged: Logged) -> str:
    """Return what happened, in one line."""
    if logged.kind == "message":
        return " / ".join(logged.data[0])
    if isinstance(logged.data, dict):
        return f"{logged.kind} {', '.join(f'{key} {value}' for key, value in logged.data.items() if value)}"
    return " ".join([logged.kind, *(str(part) for part in logged.data if isinstance(part, str))])
