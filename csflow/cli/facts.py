"""`csflow facts`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from csflow.bind import below
from csflow.cli.options import flow_argument, json_option, read_flow, store_option
from csflow.cli.output import print_json, printable
from csflow.cli.paint import table
from csflow.cli.uses import uses
from csflow.spec import FactSpec
from csflow.values import write_value

if TYPE_CHECKING:
    from csflow.flow import Flow

GIVEN = ("store", "claims", "product")


@click.command()
@flow_argument
@store_option
@json_option
def facts(source: str, store: str | None, as_json: bool) -> None:
    """List a flow's facts: their types, who uses them, what the store says, and what a missing one silences."""
    flow = read_flow(source, store)
    if as_json:
        for row in rows(flow):
            print_json(row)
    else:
        table(("fact", "type", "value", "used by", "silences"), [_cells(row) for row in rows(flow)])


def rows(flow: Flow) -> Iterator[dict[str, Any]]:
    """Yield a row for each fact, as `--json` prints it."""
    found = list(uses(flow.spec))
    gives = {fact: (FactSpec(type=kind), name) for name, call in flow.spec.calls.items() for fact, kind in call.gives.items()}
    declared = {name: (fact, None) for name, fact in flow.spec.facts.items()}
    for name, (fact, call) in {**declared, **gives}.items():
        missing = call is None and name.partition(".")[0] in GIVEN and _value(flow, name, fact) is None
        yield {
            "name": name,
            "type": str(fact.type),
            "required": fact.required,
            "secret": fact.secret,
            "claim": fact.type.kind == "claim",
            "call": call,
            "value": _value(flow, name, fact),
            "missing": missing,
            "used_by": [use.name for use in found if any(below(name, read) for read in use.reads)],
            "silences": [use.name for use in found if name in use.needs] if missing else [],
        }


def _value(flow: Flow, name: str, fact: FactSpec) -> Any:
    """Return what the profile says, as plain data; of a product's fact by product."""
    if name in flow.profile.claims:
        return flow.profile.claims[name].value
    if name.startswith("product."):
        return {key: write_value(fact.type, row[name]) for key, row in flow.profile.products.items() if name in row} or None
    return write_value(fact.type, flow.profile.facts.get(name))


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    marks = " ".join(mark for mark in ("required", "secret") if row[mark])
    value = "MISSING" if row["missing"] else _shown(row)
    return row["name"], f"{row['type']} {marks}".strip(), printable(value), _few(row["used_by"]), _few(row["silences"])


def _shown(row: dict[str, Any]) -> str:
    value = row["value"]
    if isinstance(value, dict):
        return f"{len(value)} entries" if not row["name"].startswith("product.") else f"of {len(value)} products"
    if value is None:
        return f"from the call {row['call']}" if row["call"] else "told as it happens"
    return "、".join(value) if isinstance(value, list) else str(value)


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
