"""`csflow chat`: talk at the terminal, or play a script."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from csflow.cli.options import flow_argument, json_option, now_option, read_flow, read_now, seed_option, store_option
from csflow.cli.output import print_json
from csflow.cli.script import Line, play, read_lines

if TYPE_CHECKING:
    from csflow.conversation import Conversation


@click.command()
@flow_argument
@click.option("--script", metavar="FILE", help="Plays a file, `-` standard input: a line is text, or one JSON object.")
@store_option
@now_option
@seed_option
@json_option
def chat(source: str, script: str | None, store: str | None, now: str | None, seed: int, as_json: bool) -> None:
    """Talk to a flow.

    A script's line is what the customer says, or one of {"say": ["…", "…"]}, {"wait": "2d"}, {"facts": {…}},
    {"event": "paid"}, {"event": "free_shipping.denied"}, {"staff": "give_back"}.
    """
    flow = read_flow(source, store)
    conversation = flow.start(now=read_now(now, flow.profile.zone), seed=seed)
    if script is None and not as_json and at_terminal():
        from csflow.cli.terminal import talk

        talk(conversation)
        return
    with opened(script) as (lines, name):
        play_all(conversation, read_lines(lines, name), as_json=as_json)


def at_terminal() -> bool:
    """Tell whether a person types and reads."""
    return sys.stdin.isatty() and sys.stdout.isatty()


@contextmanager
def opened(script: str | None) -> Iterator[tuple[Iterable[str], str]]:
    """Open a script's lines with the name that its errors give it."""
    if script in (None, "-"):
        yield sys.stdin, "<stdin>"
        return
    with click.open_file(str(script), encoding="utf-8", errors="replace") as stream:
        yield stream, str(script)


def play_all(conversation: Conversation, lines: Iterable[Line], *, as_json: bool) -> None:
    """Play a script and print each turn once it is over."""
    if as_json:
        for line in lines:
            print_json(play(conversation, line).to_json())
        return
    from csflow.cli.paint import Painter

    painter = Painter(conversation)
    for line in lines:
        painter.line(line)
        painter.turn(play(conversation, line))
