"""`csflow mutate`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from csflow.cli.app import FINDINGS
from csflow.cli.options import flow_argument, json_option, own_tests, seed_option, store_option
from csflow.cli.output import print_json, printable
from csflow.cli.waiting import progress
from csflow.testing.campaign import Campaign, Judged, sampled, score
from csflow.testing.mutation import STAGES
from csflow.testing.survivors import LEDGER, Ledger, load_ledger


@click.command()
@flow_argument
@click.argument("files", nargs=-1, metavar="[FILES]...")
@store_option
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Processes; one for each processor if left out.")
@click.option("--sample", type=click.IntRange(1), metavar="N", help="Judges so many mutants, chosen by --seed; all if left out.")
@seed_option
@click.option("--state", type=click.Path(dir_okay=False), metavar="FILE", help="Keeps what was judged, and goes on from there.")
@click.option("--write-tests", type=click.Path(path_type=Path), metavar="PATH", help="Writes tests that kill survivors there.")
@click.option("--fail-under", type=click.FloatRange(0, 100), default=0, metavar="PERCENT", help="Exits with 1 under this score.")
@click.option("--fail-unexplained", is_flag=True, help="Exits with 1 where the ledger lacks a survivor, or has one too many.")
@json_option
@click.pass_context
def mutate(  # noqa: PLR0913, PLR0917 - the options of the command line
    ctx: click.Context,
    source: str,
    files: tuple[str, ...],
    store: str | None,
    jobs: int | None,
    sample: int | None,
    seed: int,
    state: str | None,
    write_tests: Path | None,
    fail_under: float,
    fail_unexplained: bool,
    as_json: bool,
) -> None:
    """Break a flow in small ways and report what loading, checks, tests and properties do not notice.

    The tests are FILES, or all tests/*.talk.yaml of the flow's folder. --write-tests adds tests that kill survivors to a
    file, or in a folder to one for each rule file; they expect what the flow does, so read them before you keep them. Where
    the folder has a tests/survivors.yaml, that ledger says of survivors why they may live. Exits with 0, with 1 where
    --fail-under or --fail-unexplained says so, with 2 where flow, tests or ledger cannot be loaded.
    """
    ledger = load_ledger(source)
    campaign = Campaign(source, store, files or own_tests(source), state)
    mutants = campaign.bench.mutants()
    with progress("judging mutants") as tell:
        rows = campaign.run(sampled(mutants, sample, seed), jobs or os.cpu_count() or 1, tell)
    if write_tests is not None:
        _written(*campaign.write_tests(rows, write_tests))
    if as_json:
        for row in rows:
            print_json({**row.to_json(), "because": ledger.because(row)})
    else:
        for line in (*_survivors(rows, ledger), *_table(rows), _total(rows, ledger)):
            click.echo(printable(line))
    for line in (stale := list(ledger.stale(mutants, rows))):
        click.echo(printable(line), err=True)
    counts = score(rows)
    unexplained = fail_unexplained and (stale or _explained(rows, ledger) < counts.lives)
    ctx.exit(FINDINGS if unexplained or counts.percent < fail_under else 0)


def _written(count: int, files: Sequence[Path]) -> None:
    names = ", ".join(map(str, files)) or "no file"
    click.echo(f"{count} tests written to {names}; read them before you keep them", err=True)


def _explained(rows: Sequence[Judged], ledger: Ledger) -> int:
    return sum(1 for row in rows if ledger.because(row))


def _survivors(rows: Sequence[Judged], ledger: Ledger) -> Iterator[str]:
    """Yield the mutants that live: first those that nobody explained, each with what would kill it, then the others."""
    live = [(row, ledger.because(row)) for row in rows if row.verdict.killed_by is None]
    for row in (row for row, because in live if not because):
        yield from _words(row)
        yield from (f"  seen in {row.verdict.by}" for _ in range(bool(row.verdict.by)))
        yield f"  to kill it: {row.verdict.advice}"
    for row, because in (found for found in live if found[1]):
        yield from _words(row)
        yield f"  may live: {because}"


def _words(row: Judged) -> Iterator[str]:
    """Yield a mutant's place and its words before and after."""
    mutant = row.mutant
    yield f"{mutant.place} {mutant.kind} in {mutant.part}"
    yield f"  - {mutant.was}"
    yield from (f"  + {mutant.now}" for _ in range(bool(mutant.now)))


def _table(rows: Sequence[Judged]) -> Iterator[str]:
    """Yield what became of each kind of mutant, the weakest first."""
    by_kind: dict[str, list[Judged]] = {}
    for row in rows:
        by_kind.setdefault(row.mutant.kind, []).append(row)
    yield f"{'kind':20} {'mutants':>7} {' '.join(f'{stage:>10}' for stage in STAGES)} {'live':>6} {'score':>7}"
    for kind, found in sorted(by_kind.items(), key=lambda item: (score(item[1]).percent, item[0])):
        counts = score(found)
        stages = " ".join(f"{counts.killed.get(stage, 0):10}" for stage in STAGES)
        yield f"{kind:20} {counts.mutants:7} {stages} {counts.lives:6} {counts.percent:6.1f}%"


def _total(rows: Sequence[Judged], ledger: Ledger) -> str:
    counts, explained = score(rows), _explained(rows, ledger)
    stages = ", ".join(f"{counts.killed.get(stage, 0)} by {stage}" for stage in STAGES)
    differ = sum(1 for row in rows if row.verdict.killed_by is None and row.verdict.by)
    equivalent = f"; {counts.equivalent} more do the same as the flow" if counts.equivalent else ""
    told = f"{explained} of them explained in {LEDGER}, " if explained else ""
    return (
        f"{counts.mutants - counts.lives} of {counts.mutants} mutants killed ({counts.percent:.1f} %): {stages}; "
        f"{counts.lives} live, {told}{differ} of them seen to differ{equivalent}"
    )
