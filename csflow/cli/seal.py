"""`csflow seal`."""

from __future__ import annotations

import click

from csflow.cli.stored import opened


@click.command()
@click.argument("at", required=False, metavar="[STORE]")
@click.option("--new-key", is_flag=True, help="Prints a new key instead.")
def seal(at: str | None, *, new_key: bool) -> None:
    """Encrypt all texts of STORE with the first key of CSFLOW_KEYS; texts under its other keys are read and encrypted anew.

    Afterwards the other keys are needed no more. Hosts may be at work meanwhile, if they have all the keys.

    STORE is the path of an SQLite file, or a URL: sqlite:///shop.db, postgresql://user@host/name.
    """
    if new_key:
        from csflow.host.sealing import make_key

        click.echo(make_key())
        return
    if at is None:
        raise click.UsageError("name a store, or say --new-key")
    from csflow.host.privacy import reseal

    with opened(at) as store:
        click.echo(f"{reseal(store)} rows are encrypted with the first key")
