"""`csflow test --record`: a chat or a script becomes a conversation test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from csflow.check.replay import begin
from csflow.cli.chat import at_terminal, opened, play_all
from csflow.cli.script import read_lines
from csflow.flow import Flow
from csflow.testing import Recording, load_talks


def record(flow: Flow, scripts: Sequence[str], path: Path, name: str | None) -> None:
    """Play scripts, standard input or a chat at the terminal, and add what happened to a file as one test.

    Raises:
        LoadError: a script or the file cannot be used.
        OSError: the file cannot be written.
    """
    taken = {talk.name for talk in load_talks(path)} if path.exists() else set()
    chat = Recording(flow, now=begin(flow))
    if not scripts and at_terminal():
        from csflow.cli.terminal import talk

        talk(chat)
    for script in scripts or (() if at_terminal() else ("-",)):
        with opened(script) as (lines, shown):
            play_all(chat, read_lines(lines, shown), as_json=False)
    test = _free(name or path.name.removesuffix(".yaml").removesuffix(".talk"), taken)
    if chat.turns:
        with path.open("a", encoding="utf-8") as file:
            file.write(("\n" if taken else "") + chat.test(test))
        click.echo(f"{path}: recorded {test!r}, {len(chat.turns)} turns", err=True)


def _free(name: str, taken: set[str]) -> str:
    """Return a name that no test of the file has."""
    number = 2
    free = name
    while free in taken:
        free, number = f"{name} {number}", number + 1
    return free
