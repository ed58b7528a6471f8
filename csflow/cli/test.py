"""`csflow test`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from csflow.cli.app import FINDINGS
from csflow.cli.options import flow_argument, json_option, own_tests, read_flow, store_option
from csflow.cli.output import print_json, printable
from csflow.flow import Flow
from csflow.rulefile.files import find_flow
from csflow.testing import Coverage, Failure, Observer, Talk, load_talks, run_talk
from csflow.testing.coverage import Item

if TYPE_CHECKING:
    from csflow.cli.fuzz import Fuzz

SHOWN = 8
Failures = dict[str, list[Failure]]


@click.command()
@flow_argument
@click.argument("files", nargs=-1, metavar="[FILES]...")
@store_option
@click.option("--seeds", type=click.IntRange(1, 1000), default=1, metavar="N", help="Plays each test with N choices of variants.")
@click.option("--coverage", "shown", is_flag=True, help="Shows how much of the flow the tests reach, and what they do not.")
@click.option("--html", metavar="FILE", help="Writes coverage as one page with the graph coloured.")
@click.option("--fail-under", type=float, metavar="N", help="Exits with 1 where less than N percent is reached.")
@click.option("--coverage-file", metavar="FILE", help="Adds this run to a file and measures all runs in it.")
@click.option("--fuzz", type=click.IntRange(1), metavar="N", help="Walks N generated turns and shows what goes wrong.")
@click.option("--seed", type=int, default=0, metavar="N", help="Of the walk.")
@click.option("--failures", metavar="FOLDER", help="Saves what the walk finds there as conversation tests.")
@click.option("--record", metavar="FILE", help="Adds a test to FILE: a chat at the terminal, or the script given as FILES.")
@click.option("--name", metavar="TEXT", help="The name of the recorded test; that of its file if left out.")
@json_option
@click.pass_context
def test(ctx: click.Context, /, source: str, files: tuple[str, ...], store: str | None, *, as_json: bool, **wanted: Any) -> None:
    """Run a flow's conversation tests: FILES, or all tests/*.talk.yaml of its folder.

    Exits with 0 (all passed), 1 (some failed, or too little is reached) or 2 (flow or tests cannot be loaded).
    """
    flow = read_flow(source, store)
    if wanted["record"]:
        from csflow.cli.recorded import record

        record(flow, files, Path(wanted["record"]), wanted["name"])
        return
    talks = [talk for path in files or own_tests(source) for talk in load_talks(path)]
    measuring = any(wanted[key] for key in ("shown", "html", "fail_under", "coverage_file"))
    observer = Observer(flow) if measuring else None
    talks = [seeded for talk in talks for seeded in _seeded(talk, wanted["seeds"])]
    failures = _played(observer or flow, talks)
    coverage = _measured(Coverage(flow, find_flow(source)[1]), observer, wanted) if observer else None
    fuzz = _fuzzed(flow, wanted)
    _report(len(talks), failures, coverage, fuzz, as_json=as_json, shown=wanted["shown"])
    low = coverage is not None and coverage.share < (wanted["fail_under"] or 0)
    if coverage is not None and low:
        click.echo(f"coverage {coverage.share} % is under {wanted['fail_under']:g} %", err=True)
    ctx.exit(FINDINGS if failures or low or (fuzz and fuzz.findings) else 0)


def _fuzzed(flow: Flow, wanted: dict[str, Any]) -> Fuzz | None:
    if not wanted["fuzz"]:
        return None
    from csflow.cli.fuzz import Fuzz

    return Fuzz(flow, wanted["fuzz"], wanted["seed"], wanted["failures"])


def _played(observer: Observer | Flow, talks: Sequence[Talk]) -> Failures:
    """Return the failures of the tests that failed, by name."""
    return {talk.name: failures for talk in talks if (failures := _run(observer, talk))}


def _run(observer: Observer | Flow, talk: Talk) -> list[Failure]:
    return run_talk(observer.flow, talk, observer.note) if isinstance(observer, Observer) else run_talk(observer, talk)


def _seeded(talk: Talk, seeds: int) -> Iterator[Talk]:
    """Yield a test with so many seeds from its own on; with its own alone if it expects replies word for word."""
    yield talk
    if talk.verbatim:
        return
    yield from (talk.with_seed(talk.spec.seed + number) for number in range(1, seeds))


def _measured(coverage: Coverage, observer: Observer, wanted: dict[str, Any]) -> Coverage:
    """Add what was seen, and what the runs in the coverage file saw; write the page."""
    coverage.add(observer.seen)
    if wanted["coverage_file"]:
        coverage.save(Path(wanted["coverage_file"]))
        coverage.load(Path(wanted["coverage_file"]))
    if wanted["html"]:
        from csflow.cli.coverage_page import page

        Path(wanted["html"]).write_text(page(coverage), "utf-8")
    return coverage


def _report(count: int, failures: Failures, coverage: Coverage | None, fuzz: Fuzz | None, *, as_json: bool, shown: bool) -> None:
    if as_json:
        more = ({"coverage": coverage.to_json()} if coverage else {}) | ({"fuzz": fuzz.to_json()} if fuzz else {})
        print_json(_summary(count, failures) | more)
        return
    for line in _lines(count, failures):
        click.echo(printable(line))
    for line in fuzz.lines() if fuzz else ():
        click.echo(printable(line))
    if coverage is not None and shown:
        _show(coverage)


def _show(coverage: Coverage) -> None:
    from csflow.cli.paint import table

    rows = [(t.kind, str(t.reached), str(t.total), f"{t.share:.1f} %") for t in coverage.tallies]
    total = sum(tally.reached for tally in coverage.tallies)
    table(("", "reached", "of", ""), [*rows, ("all", str(total), str(len(coverage.items)), f"{coverage.share:.1f} %")])
    for line in _missing(coverage.missing):
        click.echo(printable(line))


def _missing(missing: Sequence[Item]) -> Iterator[str]:
    """Yield the first of each kind that were not reached, and how many more there are."""
    for kind in dict.fromkeys(item.kind for item in missing):
        found = [item for item in missing if item.kind == kind]
        yield from (f"{item.place} {kind} not reached: {item.name}" for item in found[:SHOWN])
        if len(found) > SHOWN:
            yield f"… {len(found) - SHOWN} more of kind {kind}; --json and --html list all"


def _summary(count: int, failures: Failures) -> dict[str, Any]:
    rows = [_row(failure) for found in failures.values() for failure in found]
    return {"tests": count, "passed": count - len(failures), "failed": len(failures), "failures": rows}


def _row(failure: Failure) -> dict[str, Any]:
    said = {"message": failure.message, "replies": list(failure.replies), "why": failure.why.splitlines()}
    return {"test": failure.test, **failure.place._asdict(), **said}


def _lines(count: int, failures: Failures) -> Iterator[str]:
    for found in failures.values():
        yield from (str(failure) for failure in found)
    yield f"{count - len(failures)} of {count} conversation tests passed"
