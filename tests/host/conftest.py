"""Stores of the tests' own: a file of SQLite, and a database of a real PostgreSQL server that all test processes share."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from csflow import Flow, Host, load
from csflow.testing import Clock
from tests.flows import NOW
from tests.host.postgres import NEEDED, Cluster, emptied, installed

Hosts = Callable[..., Host]


@pytest.fixture(scope="session")
def cluster() -> str:
    """The URL of the PostgreSQL server; whichever test process needs it first starts it, the last one to leave stops it."""
    if not installed():
        (pytest.fail if os.environ.get(NEEDED) else pytest.skip)("no PostgreSQL is installed here (initdb and pg_ctl)")
    folder = Path(os.environ["CSFLOW_TEST_SERVERS"])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = folder / "url"
        if not known.exists():
            started = Cluster(folder / "postgres")
            started.start()
            known.write_text(started.url)
        return known.read_text()


@pytest.fixture
def postgres(cluster: str) -> Iterator[str]:
    """An empty database."""
    with emptied(cluster) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store, of each kind."""
    found: str = f"sqlite:///{tmp_path / 'shop.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres")
    return found


@pytest.fixture
def clock() -> Clock:
    """A clock that stands on a Monday at ten in the shop's zone."""
    return Clock(NOW)


@pytest.fixture(scope="session")
def shop_flow() -> Flow:
    """The shipped Chinese pack."""
    return load("retail_zh")
