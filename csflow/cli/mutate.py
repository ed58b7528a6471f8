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
    as_json: bool,
) -> None:
    """Break a flow in small ways and report what loading, checks, tests and properties do not notice.

    The tests are FILES, or all tests/*.talk.yaml of the flow's folder. --write-tests adds tests that kill survivors to a
    file, or in a folder to one for each rule file; they expect what the flow does, so read them before you keep them. Exits
    with 0, with 1 where the score is under --fail-under, with 2 where flow or tests cannot be loaded.
    """
    campaign = Campaign(source, store, files or own_tests(source), state)
    mutants = sampled(campaign.bench.mutants(), sample, seed)
    with progress("judging mutants") as tell:
        rows = campaign.run(mutants, jobs or os.cpu_count() or 1, tell)
    if write_tests is not None:
        count, written = campaign.write_tests(rows, write_tests)
        click.echo(
            f"{count} tests written to {', '.join(map(str, written)) or 'no file'}; read them before you keep them", err=True
        )
    if as_json:
        for row in rows:
            print_json(row.to_json())
    else:
        for line in (*_survivors(rows), *_table(rows), _total(rows)):
            click.echo(printable(line))
    ctx.exit(FINDINGS if score(rows).percent < fail_under else 0)


def _survivors(rows: Sequence[Judged]) -> Iterator[str]:
    """Yield the mutants that live, each with its place, its words before and after, and what would kill it."""
    for mutant, verdict in rows:
        if verdict.killed_by is None:
            yield f"{mutant.place} {mutant.kind} in {mutant.part}"
            yield f"  - {mutant.was}"
            yield from (f"  + {mutant.now}" for _ in range(bool(mutant.now)))
            yield from (f"  seen in {verdict.by}" for _ in range(bool(verdict.by)))
            yield f"  to kill it: {verdict.advice}"


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


def _total(rows: Sequence[Judged]) -> str:
    counts = score(rows)
    stages = ", ".join(f"{counts.killed.get(stage, 0)} by {stage}" for stage in STAGES)
    differ = sum(1 for row in rows if row.verdict.killed_by is None and row.verdict.by)
    equivalent = f"; {counts.equivalent} more do the same as the flow" if counts.equivalent else ""
    equivalent += f"; {counts.allowed} more may live" if counts.allowed else ""
    return (
        f"{counts.mutants - counts.lives} of {counts.mutants} mutants killed ({counts.percent:.1f} %): {stages}; "
        f"{counts.lives} live, {differ} of them seen to differ{equivalent}"
    )
