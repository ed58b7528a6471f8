"""`csflow test`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from csflow.cli.app import FINDINGS
from csflow.cli.options import flow_argument, json_option, read_flow, store_option
from csflow.cli.output import print_json, printable
from csflow.rulefile.files import find_flow
from csflow.testing import Failure, load_talks, run_talk


@click.command()
@flow_argument
@click.argument("files", nargs=-1, metavar="[FILES]...")
@store_option
@json_option
@click.pass_context
def test(ctx: click.Context, source: str, files: tuple[str, ...], store: str | None, as_json: bool) -> None:
    """Run a flow's conversation tests: FILES, or all tests/*.talk.yaml of its folder.

    Exits with 0 (all passed), 1 (some failed) or 2 (flow or tests cannot be loaded).
    """
    flow = read_flow(source, store)
    talks = [talk for path in files or _own(source) for talk in load_talks(path)]
    failures = {talk.name: found for talk in talks if (found := run_talk(flow, talk))}
    if as_json:
        print_json(_summary(len(talks), failures))
    else:
        for line in _lines(len(talks), failures):
            click.echo(printable(line))
    ctx.exit(FINDINGS if failures else 0)


def _own(source: str) -> Sequence[Path]:
    """Return the folder of a flow's own tests, if it has one."""
    folder = find_flow(source)[0] / "tests"
    return [folder] if folder.is_dir() else []


def _summary(count: int, failures: dict[str, list[Failure]]) -> dict[str, Any]:
    rows = [_row(failure) for found in failures.values() for failure in found]
    return {"tests": count, "passed": count - len(failures), "failed": len(failures), "failures": rows}


def _row(failure: Failure) -> dict[str, Any]:
    said = {"message": failure.message, "replies": list(failure.replies), "why": failure.why.splitlines()}
    return {"test": failure.test, **failure.place._asdict(), **said}


def _lines(count: int, failures: dict[str, list[Failure]]) -> Iterator[str]:
    for found in failures.values():
        yield from (str(failure) for failure in found)
    yield f"{count - len(failures)} of {count} conversation tests passed"
