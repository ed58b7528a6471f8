"""The group of all commands; each one is imported only when it is called, so that `--help` stays quick."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import click

from csflow import __version__
from csflow.errors import CsflowError, LoadError

FINDINGS, UNUSABLE, INTERRUPTED = 1, 2, 130
COMMANDS = {
    "demo": "Play an example conversation.",
    "chat": "Talk to a flow, at the terminal or from a script.",
    "recognise": "Say what is heard in each line of standard input.",
    "explain": "Say what is heard in a text and which rules would answer it.",
    "confusions": "Report which labelled messages are heard as something else, and by which words.",
    "facts": "List a flow's facts, who uses them and which the store lacks.",
    "check": "Report everything that is wrong with a flow.",
    "test": "Run a flow's conversation tests.",
    "mutate": "Break a flow in small ways and report what tests and checks miss.",
    "replies": "Show every reply of a flow, to read in one sitting.",
    "diff": "Say what changed between two versions of a flow.",
    "replay": "Play recorded conversations with two versions of a flow.",
    "migrate": "Say which stored conversations can go on in a version, and move them.",
    "travel": "Step through a stored conversation again.",
    "forget": "Delete what is stored of a customer, or of old conversations.",
    "seal": "Encrypt the texts of a store with the newest key.",
    "backup": "Copy a store of one file while hosts are at work.",
    "trace": "Show what became of a prescription of the manuals.",
    "graph": "Draw a flow's states.",
    "report": "Tell how stored conversations went: tables, CSV, a page with plots.",
    "archive": "Look for stored conversations, write them down, bring stores together.",
    "new": "Begin a flow in a new folder.",
    "schema": "Print the JSON Schema of rule files, for editors.",
}


class Commands(click.Group):
    """Imports a command when it is called; where one fails, a sentence takes the place of a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"csflow.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def main(self, *args: Any, **extra: Any) -> Any:
        for stream, errors in ((sys.stdin, "replace"), (sys.stdout, "replace"), (sys.stderr, "backslashreplace")):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(encoding="utf-8", errors=errors)
        try:
            return super().main(*args, **extra)
        except Exception as error:
            for line in sentences(error):
                click.echo(line, err=True)
            sys.exit(UNUSABLE)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            _hang_up()
            ctx.exit(0)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)
        return result


def _hang_up() -> None:
    """The reader went away: let nothing be written to it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def sentences(error: Exception) -> Iterator[str]:
    """Yield what a user is told about an error, a line a problem."""
    if isinstance(error, LoadError):
        yield from map(str, error.problems)
    elif isinstance(error, CsflowError):
        yield f"csflow: {error}"
    elif isinstance(error, OSError):
        yield f"csflow: {error.strerror or error}{f': {error.filename}' if error.filename else ''}"
    else:
        yield f"csflow: this is a fault of csflow itself, please report it: {type(error).__name__}: {error}"


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="csflow %(version)s")
def app() -> None:
    """Service conversations as proven state machines, from rule files.

    FLOW is the name of a shipped pack such as retail_zh, or the path of a flow's folder or file.
    """
