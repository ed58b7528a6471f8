"""`csflow explain`."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from csflow.cli.heard import entities, intents, signals
from csflow.cli.options import flow_argument, json_option, now_option, read_flow, read_now, store_option
from csflow.cli.output import print_json, printable
from csflow.errors import hint
from csflow.hearing import clean
from csflow.spec import PHASES
from csflow.turn import Message, Turn, step

if TYPE_CHECKING:
    from csflow.flow import Flow
    from csflow.language import Heard


@click.command()
@flow_argument
@click.argument("text")
@click.option("--state", "states", multiple=True, metavar="STATE", help="Where it is said; all phases but greet if left out.")
@store_option
@now_option
@json_option
def explain(source: str, text: str, states: tuple[str, ...], store: str | None, now: str | None, as_json: bool) -> None:
    """Say what is heard in TEXT, and which rule would answer it in each state, and why."""
    flow = read_flow(source, store)
    for state in states:
        if state not in flow.states:
            raise click.BadParameter(f"no state {state!r}{hint(state, flow.states)}", param_hint="--state")
    moment = read_now(now, flow.profile.zone)
    heard = flow.recogniser.hear(clean(text))
    turns = {state: said_in(flow, state, heard.text, moment) for state in states or PHASES[1:]}
    if as_json:
        print_json(_data(flow, heard, turns, moment.date()))
    else:
        for line in _lines(heard, turns, moment.date()):
            click.echo(printable(line))


def said_in(flow: Flow, state: str, text: str, now: datetime.datetime) -> Turn:
    """Return the turn of a message that is the first one in a state."""
    snapshot = flow.fresh()
    snapshot.state, snapshot.open = state, True
    return step(flow, snapshot, Message((text,)), now)


def _data(flow: Flow, heard: Heard, turns: dict[str, Turn], today: datetime.date) -> dict[str, Any]:
    found = {"text": heard.text, "intents": intents(heard, flow), "entities": entities(heard, today), "signals": signals(heard)}
    return found | {"states": [_row(state, turn) for state, turn in turns.items()]}


def _row(state: str, turn: Turn) -> dict[str, Any]:
    said = turn.to_json()
    return {"in": state, **{key: said[key] for key in ("state", "rules", "replies", "effects")}, "why": list(turn.why.lines())}


def _lines(heard: Heard, turns: dict[str, Turn], today: datetime.date) -> Iterator[str]:
    for hit in heard.intents:
        yield f"intent   {hit.intent}  “{heard.text[hit.start : hit.end]}” {hit.start}–{hit.end}, {hit.why}"
    for entity in entities(heard, today):
        yield f"entity   {entity['type']} = {entity['value']}  “{entity['text']}” {entity['start']}–{entity['end']}"
    if not heard.intents:
        yield "intent   none: not understood"
    yield "signals  " + ", ".join(f"{name} {value}" for name, value in signals(heard).items())
    answers: dict[tuple[str, ...], list[str]] = {}
    for state, turn in turns.items():
        answers.setdefault(tuple(_answer(state, turn)), []).append(state)
    for lines, states in answers.items():
        yield f"\nin {', '.join(states)}: {lines[0]}"
        yield from lines[1:]


def _answer(state: str, turn: Turn) -> Iterator[str]:
    yield (", ".join(turn.rules) or "no rule") + (f" → {turn.state}" if turn.state != state else "")
    yield from (f"  < {reply}" for reply in turn.replies)
    yield from (f"    {line}" for line in turn.why.lines() if not line.startswith("heard "))
