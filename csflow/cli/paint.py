"""A conversation as people read it: bubbles on a terminal, plain lines in a pipe."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

import click
from rich import box
from rich.align import Align
from rich.console import Console, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from csflow.cli.output import columns, printable
from csflow.cli.script import Line

if TYPE_CHECKING:
    from csflow.conversation import Conversation
    from csflow.events import Effect, Turn
    from csflow.snapshot import Timer

QUIET = ("schedule", "cancel")
SHARE = 0.7
SAID = {"wait": "{} later", "facts": "the shop knows", "staff": "staff: {}"}


class Screen(Console):
    """A rich console that leaves it to the command line what a reader's going away means."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console() -> Console:
    """Return a console on standard output that takes texts as they are."""
    return Screen(markup=False, highlight=False, emoji=False, soft_wrap=True)


class Painter:
    """Prints what happens and what is answered, and what changed meanwhile in a dim line."""

    def __init__(self, conversation: Conversation, out: Console | None = None) -> None:
        self.conversation, self.out = conversation, out or console()
        self._remember()

    def _remember(self) -> None:
        self.state, self.due = self.conversation.state, {timer.name for timer in self.conversation.snapshot.timers}

    def line(self, line: Line) -> None:
        """Print what happens: what the customer says, or what else a script's line tells."""
        if line.kind == "say":
            for text in line.value:
                self.bubble(text, customer=True)
        else:
            self.dim(f"   … {_happening(line)}")

    def turn(self, turn: Turn) -> None:
        """Print the replies, then the state, the rules, the effects and the new timers."""
        for reply in turn.replies:
            self.bubble(reply)
        changes = [*self._moved(), *turn.rules, *map(_effect, _shown(turn))]
        changes += [self._due(timer) for timer in turn.due if timer.name not in self.due]
        self._remember()
        if changes:
            self.dim("   " + " · ".join(changes))

    def _moved(self) -> list[str]:
        return [] if self.conversation.state == self.state else [f"→ {self.conversation.state}"]

    def _due(self, timer: Timer) -> str:
        return f"{timer.name} due {timer.due.astimezone(self.conversation.flow.profile.zone):%m-%d %H:%M}"

    def bubble(self, text: str, *, customer: bool = False) -> None:
        """Print one message."""
        text = printable(text)
        if not self.out.is_terminal:
            self.out.print(f"{'>' if customer else '<'} {text}")
            return
        self.out.print(_bubble(text, customer=customer, width=self.out.width), soft_wrap=False)

    def dim(self, text: str) -> None:
        """Print something said aside."""
        self.out.print(printable(text), style="dim")


def _bubble(text: str, *, customer: bool, width: int) -> RenderableType:
    needed = max(map(columns, text.split("\n"))) + 4
    colour = "green" if customer else "cyan"
    panel = Panel(Text(text), box=box.ROUNDED, border_style=colour, width=min(needed, int(width * SHARE)))
    return Align.right(panel) if customer else panel


def _happening(line: Line) -> str:
    facts = line.value if line.kind == "facts" else line.facts
    told = f" {json.dumps(facts, ensure_ascii=False)}" if facts else ""
    return SAID.get(line.kind, "{}").format(line.value) + told


def _shown(turn: Turn) -> list[Effect]:
    return [effect for effect in turn.effects if effect.type not in QUIET]


def _effect(effect: Effect) -> str:
    values = " ".join(f"{key}={value}" for key, value in effect.plain.items() if value != "")
    return f"{effect.type} {effect.name}{f' ({values})' if values else ''}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[bool] = ()) -> None:
    """Print a table, some columns set to the right; in a pipe they are parted by tabs."""
    out = console()
    if not out.is_terminal:
        for row in (head, *rows):
            click.echo("\t".join(row))
        return
    drawn = Table(box=None, pad_edge=False)
    for name, to_right in zip_longest(head, right):
        drawn.add_column(name, justify="right" if to_right else "left")
    for row in rows:
        drawn.add_row(*(Text(cell, "red" if cell == "MISSING" else "") for cell in row))
    out.print(drawn, soft_wrap=False)
