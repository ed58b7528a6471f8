"""Kills workers a thousand times and prints what was lost or doubled: `python -m tests.host.crash` (a part of `make long`)."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.host.crash.audit import audit
from tests.host.crash.trial import Plan, Trial
from tests.host.crash.worker import split
from tests.host.postgres import Cluster, database, installed

COLUMNS = (
    "trial", "workers", "kills", "while starting", "conversations", "messages", "given twice", "resent", "handed over",
    "again", "disagree", "seconds",
)  # fmt: skip
TRIALS = ("sqlite", "split", "postgresql", "many")
"""One killed process on either store, one whose transaction is split on purpose, and eight processes on PostgreSQL."""
SHOWN = 20


def main() -> int:
    options = _options()
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder)) as server:
        print("\t".join(COLUMNS))  # noqa: T201 - the figures are what this is for
        plans = [(name, plan) for name, plan in _plans(Path(folder), server, options) if name in options.only]
        found = [disagree for name, plan in plans for disagree in _tried(name, plan)]
    return 1 if found else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.host.crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="kills a store, with 50 conversations at once")
    parser.add_argument("--conversations", type=int, default=10_000, help="conversations of 8 workers on PostgreSQL")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=TRIALS, nargs="*", default=TRIALS)
    return parser.parse_args()


def _plans(folder: Path, server: str | None, options: argparse.Namespace) -> Iterator[tuple[str, Plan]]:
    one = Plan("", kills=options.kills, seed=options.seed)
    yield "sqlite", one._replace(url=f"sqlite:///{folder / 'killed.db'}")
    yield "split", one._replace(url=f"sqlite:///{folder / 'split.db'}", kills=20, prepare=split)
    if server is None:
        print("postgresql, many\tleft out: no PostgreSQL is installed here (initdb and pg_ctl)")  # noqa: T201 - said beside the figures
        return
    yield "postgresql", one._replace(url=database(server, "killed"))
    many = one._replace(kills=24, at_once=150, conversations=options.conversations, messages=5, workers=8, overlap=3)
    yield "many", many._replace(url=database(server, "many"), doubled=0.2, life=400)


def _tried(name: str, plan: Plan) -> list[str]:
    """Print the figures of a trial; returns what does not agree, where that is not on purpose."""
    trial = Trial(plan)
    story = trial.run()
    found = audit(plan.url, story, trial.over)
    counts, left = story.counts, len(set(story.left))
    figures = (
        name, plan.workers, counts["kills"], counts["killed while starting"], trial.begun, len(story.fed), counts["doubled"],
        counts["resent"], left, len(story.left) - left, len(found), f"{story.seconds:.1f}",
    )  # fmt: skip
    print("\t".join(map(str, figures)), flush=True)  # noqa: T201 - the figures are what this is for
    if plan.prepare is not None:
        return [] if found else ["a split transaction was not found"]
    for sentence in found[:SHOWN]:
        print(sentence, file=sys.stderr, flush=True)  # noqa: T201 - for whoever looks into it
    return found


@contextmanager
def _server(folder: Path) -> Iterator[str | None]:
    if not installed():
        yield None
        return
    folder.chmod(0o755)  # the server runs as a user of its own
    cluster = Cluster(folder / "postgres")
    cluster.start()
    yield cluster.url
    cluster.stop("immediate")


if __name__ == "__main__":
    sys.exit(main())
