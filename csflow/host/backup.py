"""A copy of a store, taken while hosts are at work."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from csflow.errors import StoreError
from csflow.host.store import Store


def backup(store: Store, path: Path) -> int:
    """Copy a store of one file into another, all of one moment; returns the size in bytes.

    Raises:
        StoreError: there is a file of this name, the copy is damaged, or the store is no file.
    """
    if store.shared:
        raise StoreError(
            f"a PostgreSQL store is copied with its own tools: pg_dump --format=custom --file={path} '{store.shown}'"
        )
    if path.exists():
        raise StoreError(f"{path} is there already; a backup overwrites nothing")
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with closing(store.engine.raw_connection()) as source, closing(sqlite3.connect(part)) as target:
        driver: Any = source.driver_connection
        driver.backup(target)
        (verdict,) = target.execute("PRAGMA quick_check").fetchone()
    if verdict != "ok":
        raise StoreError(f"the copy is damaged, and so may be the store: {verdict}; it stays as {part}")
    part.rename(path)
    return path.stat().st_size
