"""`csflow archive`: conversations that are stored, looked for, written down, and brought together."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import reduce
from typing import TYPE_CHECKING, Any

import click

from csflow.cli.app import FINDINGS
from csflow.cli.options import json_option
from csflow.cli.output import print_json, printable
from csflow.cli.stored import at_argument, here, is_store, moment, opened
from csflow.cli.waiting import progress
from csflow.errors import StoreError

if TYPE_CHECKING:
    from csflow.host.archive import Found, Line, Wanted
    from csflow.host.merge import Merged
    from csflow.host.store import Store

HEAD = ("conversation", "customer", "state", "events", "began", "last", "said")
MOST = 50
Command = Callable[..., Any]
FILTERS = (
    click.option("--customer", metavar="ID", help="Conversations of a customer."),
    click.option("--conversation", metavar="ID", help="One conversation."),
    click.option("--order", metavar="NO", help="Conversations about an order."),
    click.option("--text", metavar="TEXT", help="Conversations in which this was said, by either side."),
    click.option("--state", metavar="STATE", help="Conversations in a state or one below it."),
    click.option("--from", "since", metavar="ISO", help="Something happened in them since then."),
    click.option("--to", "until", metavar="ISO", help="They began before."),
)


@click.group()
def archive() -> None:
    """Look for stored conversations, write them down, and bring two stores together.

    STORE is the path of an SQLite file, or a URL: sqlite:///shop.db, postgresql://user@host/name.
    """


def filtered(command: Command) -> Command:
    """Give a command the options that choose conversations."""
    return reduce(lambda made, option: option(made), reversed(FILTERS), command)


def _wanted(since: str | None, until: str | None, **others: str | None) -> Wanted:
    from csflow.host.archive import Wanted

    return Wanted(**others, since=moment(since, here(), "--from"), until=moment(until, here(), "--to"))


@archive.command()
@at_argument
@filtered
@click.option("--most", type=click.IntRange(1), default=MOST, metavar="N", show_default=True, help="So many at most.")
@json_option
@click.pass_context
def search(ctx: click.Context, /, at: str, most: int, *, as_json: bool, **filters: str | None) -> None:
    """List conversations, the latest first; exits with 1 where there is none.

    A time without a zone is one of this machine's.
    """
    from csflow.host.archive import search as find

    with opened(at) as store, store.reading() as connection:
        found = find(connection, _wanted(**filters), most)
    _show(found, as_json=as_json)
    ctx.exit(0 if found else FINDINGS)


def _show(found: list[Found], *, as_json: bool) -> None:
    from csflow.cli.paint import table
    from csflow.host.archive import plain

    if as_json:
        for one in found:
            print_json(plain(one._asdict()))
    elif found:
        table(HEAD, [_cells(one) for one in found])
    else:
        click.echo("no such conversation", err=True)


def _cells(found: Found) -> tuple[str, ...]:
    times = (f"{when.astimezone():%Y-%m-%d %H:%M}" for when in (found.opened, found.touched))
    said = " ".join((found.said or "").split())
    return tuple(map(printable, (found.conversation, found.customer, found.state, str(found.events), *times, said)))


@archive.command()
@at_argument
@filtered
@click.option("--masked", is_flag=True, help="Masks personal data; no store takes such an export back.")
def export(at: str, *, masked: bool, **filters: str | None) -> None:
    """Write conversations as JSON lines, each with its events, its replies and its ledgers.

    Before them come the versions of the flow and the store profiles that they were served with, after them the customers' files.
    """
    from csflow.host.archive import export as lines
    from csflow.host.archive import hidden

    with opened(at) as store, store.reading() as connection:
        for line in lines(connection, _wanted(**filters)):
            print_json(hidden(line) if masked else line)


@archive.command()
@at_argument
@click.argument("source", metavar="FROM")
@json_option
@click.pass_context
def merge(ctx: click.Context, /, at: str, source: str, *, as_json: bool) -> None:
    """Take the conversations of FROM into STORE, which is made where it is not there.

    FROM is a file that `export` wrote (`-` is standard input), or another store. The longer log of a conversation wins; where
    two differ nothing is overwritten, and the command exits with 1.
    """
    with _lines(source) as lines, opened(at, make=True) as store, progress("taking conversations") as tell:
        merged = _merge(store, lines, tell)
    if as_json:
        print_json(merged._asdict() | {"clashes": [clash._asdict() for clash in merged.clashes]})
    else:
        for clash in merged.clashes:
            click.echo(printable(str(clash)))
        click.echo(f"{merged.added} added, {merged.longer} went on longer, {merged.known} known, {len(merged.clashes)} clashes")
    ctx.exit(FINDINGS if merged.clashes else 0)


def _merge(store: Store, lines: Iterable[Line], tell: Callable[[int, int], None] | None) -> Merged:
    """Take lines, so many in a transaction; what was taken stays taken where a later line is none."""
    from csflow.host.archive import batches
    from csflow.host.merge import Merged
    from csflow.host.merge import merge as take

    merged = Merged()
    for batch in batches(lines):
        with store.begin() as connection:
            merged = merged.and_then(take(connection, batch))
        if tell:
            tell(merged.added + merged.longer + merged.known, 0)
    return merged


@contextmanager
def _lines(source: str) -> Iterator[Iterator[Line]]:
    """Open what is merged: an export, or another store."""
    from csflow.host.archive import export as lines

    if is_store(source):
        with opened(source) as store, store.reading() as connection:
            yield lines(connection)
    else:
        with click.open_file(source, encoding="utf-8") as stream:
            yield _read(stream, source)


def _read(stream: Iterable[str], name: str) -> Iterator[Line]:
    for number, text in enumerate(stream, 1):
        try:
            yield json.loads(text)
        except (ValueError, RecursionError) as error:
            raise StoreError(f"{name}:{number} is no line of an export: {error}") from None
