"""Judges many mutants in parallel, goes on where an earlier run stopped, and counts what became of them."""

from __future__ import annotations

import gc
import hashlib
import json
import multiprocessing
import random
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from csflow import __version__
from csflow.testing.covering import Kills
from csflow.testing.faults import Mutant
from csflow.testing.killing import Proof
from csflow.testing.mutation import EQUIVALENT, Bench, Verdict
from csflow.testing.writing import texts, write

Tell = Callable[[int, int], None]
FLOW_ALONE = ("load", "check")
"""The stages whose verdict no test can change."""
WORDS = ("kind", "part", "was", "now")
"""What tells mutants of a file apart that are not at the same place any more."""


class Judged(NamedTuple):
    """A mutant and what became of it."""

    mutant: Mutant
    verdict: Verdict

    def to_json(self) -> dict[str, Any]:
        """Return the row that the command line prints."""
        what, verdict = self.mutant, self.verdict
        return {
            "mutant": what.name,
            **what.place._asdict(),
            **{word: getattr(what, word) for word in WORDS},
            "killed_by": verdict.killed_by,
            "by": verdict.by,
            "advice": verdict.advice,
            "test": verdict.test,
        }


class Score(NamedTuple):
    """How many mutants there are, how many each stage killed, and how many live; equivalent ones do not count."""

    mutants: int
    killed: Mapping[str, int]
    equivalent: int = 0

    @property
    def lives(self) -> int:
        """How many mutants nothing noticed."""
        return self.mutants - sum(self.killed.values())

    @property
    def percent(self) -> float:
        """The share that was killed, 0..100; 100 where there is no mutant."""
        return 100 * (1 - self.lives / self.mutants) if self.mutants else 100.0


def score(rows: Sequence[Judged]) -> Score:
    """Count what became of mutants."""
    killed = Counter(row.verdict.killed_by for row in rows if row.verdict.killed_by is not None)
    equivalent = killed.pop(EQUIVALENT, 0)
    return Score(len(rows) - equivalent, killed, equivalent)


def sampled(mutants: Sequence[Mutant], number: int | None, seed: int) -> Sequence[Mutant]:
    """Return a sample in the order of the files; all without a number."""
    if number is None or number >= len(mutants):
        return mutants
    return [mutants[at] for at in sorted(random.Random(seed).sample(range(len(mutants)), number))]  # noqa: S311 - no secret


class Campaign:
    """The mutants of a flow to be judged; `state` is a file of JSON lines that keeps what was judged already."""

    def __init__(self, source: str, store: str | None, tests: Sequence[str | Path], state: str | Path | None = None) -> None:
        self.given = (source, store, tests)
        self.bench = Bench(*self.given)
        self.state = Path(state) if state is not None else None

    def run(self, mutants: Sequence[Mutant], jobs: int = 1, tell: Tell | None = None) -> list[Judged]:
        """Judge mutants in so many processes; `tell` is told how many of how many are done."""
        verdicts = {mutant: known for mutant in mutants if (known := self._standing.get(self._key(mutant)))}
        rest = [mutant for mutant in mutants if mutant not in verdicts]
        for mutant, verdict in zip(rest, self._judged(rest, jobs), strict=True):
            verdicts[mutant] = verdict
            self._keep(mutant, verdict)
            if tell is not None:
                tell(len(verdicts), len(mutants))
        return [Judged(mutant, verdicts[mutant]) for mutant in mutants]

    def write_tests(self, rows: Sequence[Judged], path: Path) -> tuple[int, list[Path]]:
        """Write tests that kill the mutants which live and were seen to differ; returns how many, and the files."""
        found = [(row.mutant, Proof.read(row.verdict.test)) for row in rows if row.verdict.test is not None]
        tests = Kills(self.bench).cover(found)
        taken = {one.talk.name for one in self.bench.ground.played}
        return len(tests), write(texts(tests, self.bench.version.spec.language, taken, path), path)

    def _judged(self, mutants: Sequence[Mutant], jobs: int) -> Iterator[Verdict]:
        witnesses = [self._witness(mutant) for mutant in mutants]
        if jobs == 1 or len(mutants) < 2:
            with _settled():
                yield from map(self.bench.verdict, mutants, witnesses)
            return
        # a fresh interpreter each: forking a process in which the progress bar's thread runs can hang
        with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _begin, self.given) as pool:
            try:
                yield from pool.map(_judge, mutants, witnesses)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    @cached_property
    def _flow(self) -> str:
        """A digest of the flow, the profile and the version of csflow."""
        profile = self.bench.version.profile.file
        told = (self.bench.version.spec.digest, profile and Path(profile).read_bytes(), __version__)
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]

    @cached_property
    def _tests(self) -> Sequence[str]:
        """The digests of the tests, and of them all together."""
        each = sorted(one.talk.digest for one in self.bench.ground.played)
        return [*each, hashlib.sha256(repr(each).encode()).hexdigest()[:16]]

    def _key(self, mutant: Mutant) -> str:
        return f"{self._flow}.{mutant.name}"

    @cached_property
    def _standing(self) -> Mapping[str, Verdict]:
        """The verdicts of earlier runs, those whose tests are still there."""
        known = {"", *self._tests}
        return {row["key"]: Verdict(*(row[field] for field in Verdict._fields)) for row in self._rows if row["rests"] in known}

    def _witness(self, mutant: Mutant) -> str:
        return self._witnesses.get(_about(mutant), "")

    @cached_property
    def _witnesses(self) -> Mapping[Hashable, str]:
        """The test that noticed a fault in an earlier run, whatever else has changed since then."""
        return {(Path(row["file"]).name, *(row[word] for word in WORDS)): row["witness"] for row in self._rows if row["witness"]}

    @cached_property
    def _rows(self) -> Sequence[Mapping[str, Any]]:
        """What earlier runs wrote; a line that was not written to its end is passed over."""
        if self.state is None or not self.state.is_file():
            return ()
        return [row for line in self.state.read_text("utf-8").splitlines() if (row := _row(line))]

    def _keep(self, mutant: Mutant, verdict: Verdict) -> None:
        if self.state is not None:
            told = {"key": self._key(mutant), "rests": self._rests(verdict), "witness": verdict.witness}
            with self.state.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps({**told, **Judged(mutant, verdict).to_json()}, ensure_ascii=False) + "\n")

    def _rests(self, verdict: Verdict) -> str:
        """Return what a verdict rests on beside the flow: no test, the one that failed, or that all of them passed."""
        return "" if verdict.killed_by in FLOW_ALONE else verdict.witness or self._tests[-1]


def _row(line: str) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        return {}
    return row if isinstance(row, dict) and {"key", "rests", *Verdict._fields} <= row.keys() else {}


def _about(mutant: Mutant) -> Hashable:
    """Return what tells a mutant from others wherever its line stands."""
    return (Path(mutant.place.file).name, *(getattr(mutant, word) for word in WORDS))


class _Worker:
    """What a process keeps between mutants."""

    bench: Bench


@contextmanager
def _settled() -> Iterator[None]:
    """Keep what all mutants share out of the way of the collector, which would walk through it again for each of them."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _begin(source: str, store: str | None, tests: Sequence[str | Path]) -> None:
    _Worker.bench = Bench(source, store, tests)
    gc.freeze()


def _judge(mutant: Mutant, witness: str) -> Verdict:
    return _Worker.bench.verdict(mutant, witness)
