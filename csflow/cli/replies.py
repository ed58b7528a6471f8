"""`csflow replies`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from csflow.check.assignment import variants
from csflow.cli.options import flow_argument, json_option, read_flow, read_now, store_option
from csflow.cli.output import print_json, printable
from csflow.reply import Style
from csflow.spec import ActSpec, Located

if TYPE_CHECKING:
    from csflow.flow import Flow

PLACEHOLDER = re.compile(r"\{\{\s*(.*?)\s*\}\}")


class Said(NamedTuple):
    """A text that a flow says: by what, in which scenario, on what and under which condition, as written and as filled."""

    scenario: str
    by: str
    when: str
    condition: str
    text: str
    shown: str


@click.command()
@flow_argument
@store_option
@click.option("--html", metavar="FILE", type=click.Path(dir_okay=False, writable=True), help="Write a page instead.")
@json_option
def replies(source: str, store: str | None, html: str | None, as_json: bool) -> None:
    """Show every reply of a flow, filled with the store's figures, to read in one sitting."""
    flow = read_flow(source, store)
    rows = list(said(flow))
    if html:
        from csflow.cli.replies_page import page

        Path(html).write_text(page(rows, flow.name, flow.spec.language), "utf-8")
        click.echo(f"{len(rows)} texts written to {html}")
    elif as_json:
        for row in rows:
            print_json({**row._asdict(), "length": len(row.shown)})
    else:
        for line in _lines(rows):
            click.echo(printable(line))


def said(flow: Flow) -> Iterator[Said]:
    """Yield every text of the rules, follow-ups, questions, summaries and holding lines, by the files they stand in."""
    filler = _Filler(flow)
    for part in flow.spec.lists:
        for rule in part.spec.choose:
            yield from _act(filler, part, rule.id, ", ".join(part.spec.when), rule)
    for name, part in flow.spec.follow_ups.items():
        yield from _act(filler, part, name, part.spec.since or part.spec.at or "", part.spec)
    for kind, name, text in _others(flow):
        yield Said(_scenario(flow.spec.parts[kind, name]), f"{kind}.{name}", "", "", text, filler.fill(text))


def _act(filler: _Filler, part: Located, name: str, when: str, act: ActSpec) -> Iterator[Said]:
    for message in (message for variant in variants(act) for message in variant):
        why = " and ".join(filter(None, (act.if_, message.if_)))
        yield Said(_scenario(part), name, when, why, message.text, filler.fill(message.text))


def _others(flow: Flow) -> Iterator[tuple[str, str, str]]:
    """Yield questions, summaries and holding lines with the section and the name of what says them."""
    texts = [("slots", name, slot.ask) for name, slot in flow.spec.slots.items()]
    texts += [("states", name, state.confirm) for name, state in flow.spec.states.items()]
    texts += [("calls", name, call.hold) for name, call in flow.spec.calls.items()]
    return ((kind, name, text) for kind, name, text in texts if text)


def _scenario(part: Located) -> str:
    return Path(part.file).stem


class _Filler:
    """Fills a text with what the store profile says; what is only known in a conversation stands in angle brackets."""

    def __init__(self, flow: Flow) -> None:
        self.flow, self.style = flow, Style(flow.spec.language, flow.profile.currency)
        self.today = read_now(None, flow.profile.zone).date()
        self.product = next(iter(flow.profile.products.values()), {})

    def fill(self, text: str) -> str:
        return PLACEHOLDER.sub(self._value, text)

    def _value(self, match: re.Match[str]) -> str:
        name = match[1]
        value = self.product.get(name, self.flow.profile.facts.get(name))
        if name in self.flow.profile.claims:
            return self.flow.profile.claims[name].value
        return f"‹{name}›" if value is None else self.style.write(self.flow.spec.facts[name].type, value, self.today)


def _lines(rows: Iterable[Said]) -> Iterator[str]:
    last = ("", "")
    for row in rows:
        if row.scenario != last[0]:
            yield f"\n== {row.scenario}"
        if row.by != last[1]:
            yield f"{row.by}{f' [{row.when}]' if row.when else ''}"
        yield f"    {row.shown}{f'    ({row.condition})' if row.condition else ''}"
        last = (row.scenario, row.by)
