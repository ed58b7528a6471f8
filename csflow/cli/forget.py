"""`csflow forget`."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import click

from csflow.cli.options import json_option
from csflow.cli.output import print_json, printable
from csflow.cli.stored import at_argument, opened
from csflow.notation import read_duration

if TYPE_CHECKING:
    from csflow.host.privacy import Forgotten
    from csflow.host.store import Store

KEPT = "their names are taken out and the figures stay, so that what was promised and given still adds up"


@click.command()
@at_argument
@click.argument("customer", required=False, metavar="[CUSTOMER]")
@click.option("--untouched", metavar="180d", help="Conversations in which nothing happened for so long, instead of a customer's.")
@click.option("--apply", "really", is_flag=True, help="Deletes them; without it is only said what would go.")
@json_option
def forget(at: str, customer: str | None, untouched: str | None, *, really: bool, as_json: bool) -> None:
    """Delete all that is stored of a CUSTOMER, or all conversations that were left alone for long.

    Says how many rows of each table go. Rows of ledgers stay without a name. `csflow archive export` writes down what is
    stored of a customer before it goes.

    STORE is the path of an SQLite file, or a URL: sqlite:///shop.db, postgresql://user@host/name.
    """
    from csflow.host.privacy import forget_customer

    if (customer is None) == (untouched is None):
        raise click.UsageError("name a customer, or say --untouched 180d")
    with opened(at) as store:
        if customer is not None:
            with store.begin() as connection:
                found = forget_customer(connection, customer, really=really)
        else:
            found = _expire(store, str(untouched), really=really)
    print_json(found.to_json() | {"done": really}) if as_json else _show(found, really=really)


def _expire(store: Store, untouched: str, *, really: bool) -> Forgotten:
    from csflow.host.privacy import NOTHING, expire

    try:
        span = datetime.timedelta(seconds=read_duration(untouched))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--untouched") from None
    before = datetime.datetime.now(datetime.UTC) - span
    found = NOTHING
    last: str | None = ""
    while last is not None:
        with store.begin() as connection:
            more, last = expire(connection, before, last, really=really)
        found = found.and_then(more)
    return found


def _show(found: Forgotten, *, really: bool) -> None:
    rows = ", ".join(f"{count} of {name}" for name, count in sorted(found.deleted.items())) or "nothing"
    click.echo(f"{'deleted' if really else 'would be deleted'}: {rows}")
    if found.nameless:
        rows = ", ".join(f"{count} of {name}" for name, count in sorted(found.nameless.items()))
        click.echo(f"kept: {rows}; {KEPT}")
    for conversation in found.open:
        click.echo(printable(f"kept: conversation {conversation}; something of it is still open"))
