"""`csflow recognise`."""

from __future__ import annotations

import datetime
import json
import sys
from typing import TYPE_CHECKING, Any

import click

from csflow.cli.heard import answers, entities, intents
from csflow.cli.options import flow_argument, json_option, now_option, read_flow, read_now, store_option
from csflow.cli.output import print_json, printable
from csflow.cli.script import bad_script
from csflow.errors import Place, hint
from csflow.hearing import clean

if TYPE_CHECKING:
    from csflow.flow import Flow


@click.command()
@flow_argument
@store_option
@now_option
@json_option
def recognise(source: str, store: str | None, now: str | None, as_json: bool) -> None:
    """Say what is heard in each line of standard input.

    A line is a text, or {"text": "…", "state": "…"}: with a state, answers to what it collects are heard too.
    """
    flow = read_flow(source, store)
    today = read_now(now, flow.profile.zone).date()
    for number, raw in enumerate(sys.stdin, 1):
        line = clean(raw.removeprefix("\ufeff").strip())
        if line:
            text, state = read_message(line, Place("<stdin>", number, 1), flow)
            row = heard_in(flow, text, state, today)
            print_json(row) if as_json else click.echo(printable(_said(row)))


def read_message(line: str, place: Place, flow: Flow) -> tuple[str, str | None]:
    """Read a line of input: the message and the state it is said in.

    Raises:
        LoadError: a line that starts with `{` is no such object, or the flow has no such state.
    """
    if not line.startswith("{"):
        return line, None
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise bad_script(place, f"not JSON: {error}") from None
    text, state = data.get("text"), data.get("state")
    if not isinstance(text, str):
        raise bad_script(place, '`text` is needed: {"text": "…", "state": "…"}')
    if state is not None and (not isinstance(state, str) or state not in flow.states):
        raise bad_script(place, f"no state {state!r}{hint(str(state), flow.states)}")
    return clean(text), state


def heard_in(flow: Flow, text: str, state: str | None, today: datetime.date) -> dict[str, Any]:
    """Return what is heard in a message, as `--json` prints it."""
    heard = flow.recogniser.hear(text)
    found = entities(heard, today) + (list(answers(heard, flow, state)) if state else [])
    return {"text": text, "intents": intents(heard, flow), "entities": found}


def _said(row: dict[str, Any]) -> str:
    heard = [f"{intent['name']} ({intent['why']})" for intent in row["intents"]]
    found = [f"{entity['type']} = {entity['value']}" for entity in row["entities"]]
    return f"{row['text']}\n   {'; '.join([*heard, *found]) or 'not understood'}"
