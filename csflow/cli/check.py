"""`csflow check`."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import click

from csflow.check import check as check_flow
from csflow.cli.app import FINDINGS, UNUSABLE
from csflow.cli.kept import Kept
from csflow.cli.options import flow_argument, json_option, store_option
from csflow.cli.output import columns, print_json, printable
from csflow.cli.waiting import progress
from csflow.errors import LoadError, Place, Problem
from csflow.flow import load
from csflow.rulefile import load_flow, load_profile

COLOURS = {"error": "red", "warning": "yellow", "note": "blue"}
AROUND = 60
COLLECTED = 50_000  # most of what a check makes stays to its end; looking through it again and again takes a tenth of the time
LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


@click.command()
@flow_argument
@store_option
@click.option(
    "--format", "form", type=click.Choice(["text", "github", "sarif", "html"]), default="text", help="text if left out."
)
@click.option("--quick", is_flag=True, help="Structure and wording only: leaves out what is heard, the solver, the search.")
@click.option("--actions", metavar="NAME,…", help="The calls that your host serves, mail and notify too; others are reported.")
@json_option
@click.pass_context
def check(ctx: click.Context, source: str, store: str | None, form: str, quick: bool, actions: str | None, as_json: bool) -> None:
    """Report everything that is wrong with a flow, each finding at its line and column.

    Exits with 0 (clean, or notes only), 1 (findings) or 2 (the flow cannot be loaded).
    """
    show: Callable[[Problem], None] = _json if as_json else _github if form == "github" else _text
    try:
        problems = findings(source, store, quick=quick, actions=None if actions is None else named(actions))
    except LoadError as error:
        for problem in error.problems if as_json or form == "github" else ():
            show(problem)
        if form == "sarif" and not as_json:
            click.echo(_sarif(source, store, error.problems))
        for problem in error.problems:
            _told(printable(str(problem)), problem.place, err=True)
        ctx.exit(UNUSABLE)
    if not as_json and form in WHOLE:
        click.echo(WHOLE[form](source, store, problems))
    else:
        for problem in problems:
            show(problem)
        if show is _text:
            click.echo(_summary(source, problems))
    ctx.exit(FINDINGS if any(problem.severity != "note" for problem in problems) else 0)


def named(actions: str) -> dict[str, None]:
    """Return the names of a list with commas; an empty text is a host that serves nothing."""
    return dict.fromkeys(name.strip() for name in actions.split(",") if name.strip())


def findings(source: str, store: str | None, *, quick: bool, actions: Mapping[str, None] | None = None) -> list[Problem]:
    """Load a flow and check it, or take what was found in the very same files before."""
    gc.set_threshold(COLLECTED)
    spec = load_flow(source)
    profile = load_profile(store, spec)
    if quick:
        return check_flow(spec, profile, prove=False, actions=actions)
    kept = Kept(spec, profile, actions)
    problems = kept.read()
    if problems is None:
        with progress("proving and searching") as tell:
            problems = check_flow(spec, profile, tell=tell, actions=actions)
        kept.write(problems)
    return problems


def _sarif(source: str, store: str | None, problems: Sequence[Problem]) -> str:
    from csflow.cli.sarif import sarif

    return json.dumps(sarif(problems, lines_of), ensure_ascii=False, indent=2)


def _html(source: str, store: str | None, problems: Sequence[Problem]) -> str:
    from csflow.cli.check_page import page

    return page(load(source, store), problems, excerpt)


WHOLE = {"sarif": _sarif, "html": _html}


def _json(problem: Problem) -> None:
    print_json(as_data(problem))


def as_data(problem: Problem) -> Mapping[str, Any]:
    """Return a finding as `--json` prints it."""
    where, shown = problem.place._asdict(), problem.witness
    witness = {"facts": dict(shown.facts), "script": list(shown.script)} if shown else None
    return {"code": problem.code, "severity": problem.severity, **where, "message": problem.message, "witness": witness}


def _text(problem: Problem) -> None:
    severity = click.style(problem.severity, COLOURS[problem.severity], bold=True)
    _told(f"{severity} {printable(str(problem))}", problem.place)
    if problem.witness and problem.witness.script:
        click.secho("      | to see it: csflow chat FLOW --now 2026-11-02T10:00 --script -", dim=True)
        for line in problem.witness.script:
            click.secho(f"      | {printable(line)}", dim=True)


def _told(sentence: str, place: Place, *, err: bool = False) -> None:
    click.echo(sentence, err=err)
    for line in excerpt(place):
        click.secho(line, dim=True, err=err)


def excerpt(place: Place) -> Iterator[str]:
    """Yield the line that a finding is about, cut to what stands around it, with a caret under its place."""
    lines = lines_of(place.file)
    if 0 < place.line <= len(lines):
        whole, at = lines[place.line - 1], place.col - 1
        start, end = max(0, at - AROUND), at + 1 + AROUND
        before = f"{place.line:5} | " + "…" * (start > 0)
        yield before + printable(whole[start:end]) + "…" * (end < len(whole))
        yield " " * columns(before + printable(whole[start:at])) + "^"


@cache
def lines_of(file: str) -> list[str]:
    """Return a rule file's lines, none where it cannot be read."""
    try:
        return Path(file).read_text("utf-8-sig", "replace").split("\n")
    except OSError:
        return []


def _github(problem: Problem) -> None:
    file, line, col = problem.place
    place = f"file={_property(file)},line={line},col={col},title={_property(problem.code)}"
    click.echo(f"::{LEVELS[problem.severity]} {place}::{_escaped(problem.message)}")


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def _summary(source: str, problems: Iterable[Problem]) -> str:
    counts = {severity: sum(problem.severity == severity for problem in problems) for severity in COLOURS}
    said = ", ".join(f"{count} {severity}{'s' if count > 1 else ''}" for severity, count in counts.items() if count)
    return f"{printable(source)}: {said or 'clean'}"
