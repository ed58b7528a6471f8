"""`csflow replay`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from csflow.cli.app import FINDINGS
from csflow.cli.chat import opened
from csflow.cli.options import json_option, read_flow, store_option
from csflow.cli.output import print_json, printable
from csflow.cli.script import read_lines
from csflow.errors import LoadError, Place, Problem
from csflow.testing.acts import Act
from csflow.testing.differential import Difference, Differential

ENDINGS = (".jsonl", ".txt")


@click.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.argument("logs", nargs=-1, required=True, metavar="LOGS...")
@store_option
@json_option
@click.pass_context
def replay(ctx: click.Context, /, old: str, new: str, logs: tuple[str, ...], store: str | None, *, as_json: bool) -> None:
    """Play recorded conversations with the flow OLD and with the flow NEW, and show where each first comes out otherwise.

    LOGS are scripts as `csflow chat` plays them, or folders of such files (*.jsonl, *.txt).

    Exits with 0 where all agree or what changed in the rule files says why not, with 1 where nothing says so, or with 2.
    """
    played = Differential(read_flow(old, store), read_flow(new, store))
    found = {name: played.first(acts) for name, acts in _read(logs)}
    _show(found, as_json=as_json)
    ctx.exit(FINDINGS if any(difference and not difference.because for difference in found.values()) else 0)


def _read(logs: tuple[str, ...]) -> Iterator[tuple[str, list[Act]]]:
    """Yield the recorded conversations with their files' names."""
    for log in logs:
        for path in _files(Path(log)):
            with opened(path.as_posix()) as (lines, name):
                yield (
                    name,
                    [
                        Act(line.kind, tuple(line.value) if line.kind == "say" else line.value, line.facts)
                        for line in read_lines(lines, name)
                    ],
                )


def _files(path: Path) -> list[Path]:
    found = sorted(file for file in path.rglob("*") if file.suffix in ENDINGS) if path.is_dir() else [path]
    if not found:
        raise LoadError(
            [Problem("no-log", Place(path.as_posix(), 1, 1), "no recorded conversation (*.jsonl, *.txt) in this folder")]
        )
    return found


def _show(found: dict[str, Difference | None], *, as_json: bool) -> None:
    if as_json:
        for name, difference in found.items():
            print_json({"log": name, **_row(difference)})
        return
    for name, difference in found.items():
        if difference:
            click.echo(printable(f"{name} {difference}"))
    click.echo(_summary(list(found.values())))


def _row(difference: Difference | None) -> dict[str, Any]:
    if difference is None:
        return {"same": True}
    differs = {name: {"old": old, "new": new} for name, (old, new) in difference.differs.items()}
    because = [str(change) for change in difference.because]
    return {"same": False, "act": difference.number, "line": str(difference.act), "differs": differs, "because": because}


def _summary(found: list[Difference | None]) -> str:
    other = [difference for difference in found if difference]
    unsaid = sum(not difference.because for difference in other)
    return f"{len(found) - len(other)} of {len(found)} conversations come out the same; {unsaid} differ and no change says so"
