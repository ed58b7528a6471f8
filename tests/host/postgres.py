"""A PostgreSQL server of the tests' own: started in a folder, stopped and killed as the tests need."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa

PROGRAMS = ("initdb", "pg_ctl")
NEEDED = "CSFLOW_NEED_POSTGRES"
"""Where this is set, tests fail instead of skipping where no server is installed."""


def program(name: str) -> str | None:
    """Return the path of one of PostgreSQL's programs, of the newest version that is installed."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return shutil.which(name) or (str(installed[-1]) if installed else None)


def installed() -> bool:
    """Tell whether a server can be started here."""
    return all(program(name) for name in PROGRAMS)


def _as_user(*command: str) -> list[str]:
    """Return a command that runs as a user that the server accepts: it refuses root."""
    return ["runuser", "-u", "postgres", "--", *command] if os.getuid() == 0 else [*command]


@contextmanager
def administering(url: str) -> Iterator[sa.Connection]:
    """Connect to a server outside of transactions, as making and dropping databases needs it."""
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def database(server: str, name: str) -> str:
    """Make an empty database; returns its URL."""
    with administering(server) as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    return server.removesuffix("postgres") + name


@contextmanager
def emptied(server: str) -> Iterator[str]:
    """Make an empty database of a name that no other has; it is gone afterwards."""
    name = f"t{uuid4().hex}"
    yield database(server, name)
    with administering(server) as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


class Cluster:
    """A server on a free port of this machine; `url` is its database. It syncs to the disk only if it is to be durable."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.folder, self.fsync = folder, "on" if durable else "off"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"postgresql://csflow@127.0.0.1:{self.port}/postgres"
        folder.mkdir(parents=True, exist_ok=True)
        if os.getuid() == 0:
            shutil.chown(folder, "postgres")
        self._run("initdb", "-D", str(folder / "data"), "-U", "csflow", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C")

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync={self.fsync} -c max_connections=60"
        self._ctl("start", "-o", options, "-l", str(self.folder / "log"))

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: `fast`, or `immediate` as in a crash."""
        self._ctl("stop", "-m", mode)

    def _ctl(self, *words: str) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-t", "60", *words)

    def _run(self, name: str, *words: str) -> None:
        command = _as_user(str(program(name)), *words)
        done = subprocess.run(command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)  # noqa: S603 - our own command
        if done.returncode:
            raise RuntimeError(f"{name} {' '.join(words)} exits with {done.returncode}; its log is {self.folder / 'log'}")


def stop(folder: Path) -> None:
    """Stop the server that was started below a folder, and remove the folder."""
    data = folder / "postgres" / "data"
    if data.exists():
        command = _as_user(str(program("pg_ctl")), "-D", str(data), "-m", "immediate", "-w", "stop")
        subprocess.run(command, cwd="/", capture_output=True, check=False)  # noqa: S603 - our own command
    shutil.rmtree(folder, ignore_errors=True)
