"""Breaks the shipped packs in the ways that authors break flows, and counts what `csflow check` and the packs' tests notice.

`python -m tests.check.breakages [--seed N] [--only KIND,…] [PACK …]` prints a row a fault and a table by kind. Every fault is
one that makes a flow worse for its customers or its readers, at a place drawn among all of the pack's own that allow it.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import click

from tests.check.adversary import ADVERSE
from tests.check.broken import Fault, Pack, noticed
from tests.check.kinds import KINDS

SEED = 20261122


def faults(pack: Pack, each: int, seed: int) -> Iterator[Fault]:
    """Yield so many faults of each kind, at places drawn among all."""
    by_kind: dict[str, list[Fault]] = {}
    for kind in (*KINDS, *ADVERSE):
        for fault in kind(pack):
            by_kind.setdefault(fault.kind, []).append(fault)
    for name, made in by_kind.items():
        yield from Random(f"{seed} {pack.name} {name}").sample(made, min(each, len(made)))  # noqa: S311 - a fixed draw


@click.command()
@click.argument("packs", nargs=-1)
@click.option("--seed", default=SEED)
@click.option("--each", default=1)
@click.option("--only", default="")
def main(packs: tuple[str, ...], seed: int, each: int, only: str) -> None:
    """Break the packs and print what is noticed."""
    table: Counter[tuple[str, str]] = Counter()
    for name in packs or ("common_zh", "retail_zh", "b2b_web_zh", "retail_en"):
        pack = Pack(name)
        for fault in faults(pack, each, seed):
            if only and fault.kind not in only.split(","):
                continue
            who, what = noticed(pack, fault)
            table[fault.kind, who] += 1
            row = f"{who:6} {name} {fault.kind:18} {Path(fault.file).name} {fault.what[:110]!r} {what.rpartition('/')[2][:160]}"
            click.echo(row)
            sys.stdout.flush()
    for (kind, who), count in sorted(table.items()):
        click.echo(f"{kind:20} {who:6} {count}")
    totals = Counter[str]()
    for (_, who), count in table.items():
        totals[who] += count
    click.echo(dict(totals))


if __name__ == "__main__":
    main()
