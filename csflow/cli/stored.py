"""What the commands about a store share: its argument, and opening it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import click

from csflow.errors import StoreError

if TYPE_CHECKING:
    from csflow.host.store import Store

FILES = "sqlite:///"
MAGIC = b"SQLite format 3\x00"

at_argument = click.argument("at", metavar="STORE")


def is_store(source: str) -> bool:
    """Tell whether this is a store, not another file: a URL, or the path of an SQLite file."""
    if "://" in source:
        return True
    path = Path(source)
    with path.open("rb") if path.is_file() else BytesIO() as file:
        return file.read(len(MAGIC)) == MAGIC


@contextmanager
def opened(at: str, *, make: bool = False) -> Iterator[Store]:
    """Open a store: the path of an SQLite file, or a URL; `make` makes its tables where they are missing or older.

    Raises:
        StoreError: there is no such store, or it cannot be used.
    """
    from csflow.host.store import Store

    url = at if "://" in at else FILES + at
    if url.startswith(FILES) and not make and not Path(url.removeprefix(FILES)).is_file():
        raise StoreError(f"there is no store {url.removeprefix(FILES)}")
    store = Store(url)
    try:
        if make:
            store.upgrade()
        yield store
    finally:
        store.close()


def moment(text: str | None, zone: datetime.tzinfo, option: str) -> datetime.datetime | None:
    """Read a date or a time that an option gives; one without a zone is the shop's."""
    if text is None:
        return None
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a time; write 2026-11-23 or 2026-11-23T10:00", param_hint=option) from None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def here() -> datetime.tzinfo:
    """Return the time zone of this machine."""
    return datetime.datetime.now().astimezone().tzinfo or datetime.UTC
