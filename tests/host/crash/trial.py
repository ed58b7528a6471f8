"""A trial: workers under load, killed at random moments and started again, with everything resent that was not acknowledged."""

from __future__ import annotations

import datetime
import math
import multiprocessing
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple

from csflow.host import Host
from tests.host.crash.worker import PHRASES, QUIET, READY, Ack, Clock, Left, Refusal, Task, work

SPEED = 600.0
"""How much faster the hosts' clock runs: what is due in twenty minutes is due within two seconds."""
REFUSALS = 1000
"""How many messages may be refused in a trial; each is sent again."""
STARTING, SOON = 0.1, 0.3
"""The share of workers that die while they start, and how many seconds others may go on after what they still acknowledge."""
PATIENCE = 120.0
"""Seconds without any word from a worker after which a trial is given up."""
OUTCOMES = {"paid": ("9.00", "180.00"), "free_shipping": ("done", "denied"), "count_stock": ("done", "failed")}
"""What is reported besides messages."""
LATER = datetime.timedelta(days=3)
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.host.crash.worker", "psycopg", "sqlalchemy.dialects.postgresql.psycopg"])


def unmeasured() -> None:
    """Start the server that forks workers outside of a measurement of coverage: it is slow, and lost when they are killed."""
    measured = {name: os.environ.pop(name) for name in [*os.environ] if name.startswith("COVERAGE_PROCESS")}
    forkserver.ensure_running()
    os.environ.update(measured)


class Plan(NamedTuple):
    """How a trial goes.

    So many workers serve one database, so many conversations at once, until so many were begun and so many workers killed.
    A worker dies soon after it has acknowledged up to `life` messages. `overlap` messages of a conversation may be on their way
    at once, and `doubled` is the share that two workers get.
    """

    url: str
    kills: int = 50
    at_once: int = 50
    conversations: int = 50
    messages: int = 8
    workers: int = 1
    overlap: int = 1
    doubled: float = 0.0
    life: int = 40
    seed: int = 0
    prepare: Callable[[Host], None] | None = None


class Fed(NamedTuple):
    """A task that was given out, and the highest number that its conversation had acknowledged before."""

    task: Task
    floor: int


class Story:
    """What the outside saw: what was fed, acknowledged and handed to the channel, in order."""

    def __init__(self) -> None:
        self.fed: dict[str, Fed] = {}
        self.acks: dict[str, list[Ack]] = {}
        self.left: list[Left] = []
        self.counts: Counter[str] = Counter()
        self.seconds = 0.0


class Worker:
    """One process and what it holds."""

    def __init__(self, plan: Plan, clock: Clock, quota: int) -> None:
        unmeasured()
        self.pipe, theirs = FORKS.Pipe()
        self.process = FORKS.Process(target=work, args=(theirs, plan.url, clock, plan.prepare), daemon=True)
        self.process.start()
        theirs.close()
        self.quota, self.ready = quota, False
        self.until = math.inf
        self.held: dict[str, Task] = {}

    def give(self, task: Task) -> None:
        self.held[task.id] = task
        with suppress(OSError):  # it may be dead already; what it holds is given to the next
            self.pipe.send(task)

    def finish(self) -> None:
        """Have it do all that is due, and end."""
        self.pipe.send(None)

    def words(self) -> Iterator[Any]:
        """Yield what it has said, to the last word of the dead."""
        with suppress(EOFError, OSError):
            while self.pipe.poll():
                yield self.pipe.recv()

    def kill(self) -> None:
        self.process.kill()
        self.process.join()


class Trial:
    """Feeds and kills workers as planned; `run` returns the story."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.rng, self.story = plan, random.Random(plan.seed), Story()  # noqa: S311 - seeded, so that it can be run again
        self.clock = Clock(time.monotonic(), SPEED)
        self.over = self.clock.now()
        self.scripts: dict[str, list[Task]] = {}
        self.floors: Counter[str] = Counter()
        self.flying: Counter[str] = Counter()
        self.begun = 0
        self.heard = time.monotonic()

    def run(self) -> Story:
        began = time.monotonic()
        self.workers = [self._worker() for _ in range(self.plan.workers)]
        try:
            while self._feed() or any(worker.held for worker in self.workers):
                self._listen(self._next_death() - time.monotonic())
                self._bury()
        finally:
            for worker in self.workers:
                self._kill(worker)
        self._settle()
        self.story.seconds = time.monotonic() - began
        return self.story

    def _worker(self) -> Worker:
        worker = Worker(self.plan, self.clock, self.rng.randint(1, self.plan.life))
        if self.rng.random() < STARTING:
            worker.until = time.monotonic() + self.rng.uniform(0, SOON)
        return worker

    # what is fed

    def _feed(self) -> bool:
        """Give out what may be given out; tells whether anything is left to say."""
        while len(self.scripts) < self.plan.at_once and not self._enough():
            self._begin()
        for name, script in list(self.scripts.items()):
            while script and self.flying[name] < self.plan.overlap:
                self._give(script.pop(0))
            if not script and not self.flying[name]:
                del self.scripts[name]
        return bool(self.scripts) or not self._enough()

    def _enough(self) -> bool:
        return self.begun >= self.plan.conversations and self.story.counts["kills"] >= self.plan.kills

    def _begin(self) -> None:
        name = f"c{self.begun}"
        self.begun += 1
        self.scripts[name] = [self._task(name, f"{name}-{number}") for number in range(self.plan.messages)]

    def _task(self, conversation: str, name: str) -> Task:
        kind = self.rng.choice([*PHRASES, *OUTCOMES])
        if kind in PHRASES:
            return Task(conversation, name, "say", PHRASES[kind])
        return Task(conversation, name, kind, self.rng.choice(OUTCOMES[kind]))

    def _give(self, task: Task) -> None:
        self.flying[task.conversation] += 1
        self.story.fed[task.id] = Fed(task, self.floors[task.conversation])
        twice = task.kind in ("say", "paid") and self.rng.random() < self.plan.doubled  # only what has an id may come twice
        self.story.counts["doubled"] += twice
        for worker in self.rng.sample(self.workers, 2 if twice else 1):
            worker.give(task)

    # what is heard

    def _listen(self, seconds: float) -> None:
        pipes: dict[Any, Worker] = {worker.pipe: worker for worker in self.workers}
        for pipe in wait(list(pipes), max(0.0, seconds)):
            for word in pipes[pipe].words():
                self._hear(pipes[pipe], word)
            if not pipes[pipe].process.is_alive():
                raise RuntimeError("a worker died by itself")
        if time.monotonic() > self.heard + PATIENCE:
            raise RuntimeError(f"no worker says anything for {PATIENCE:g} s")

    def _hear(self, worker: Worker, word: Any) -> None:
        self.heard = time.monotonic()
        if isinstance(word, Left):
            self.story.left.append(word)
        elif isinstance(word, Refusal):
            self.story.counts["refused"] += 1
            if self.story.counts["refused"] > REFUSALS:
                raise RuntimeError(f"workers refuse again and again: {word.error}")
            self.rng.choice(self.workers).give(worker.held.pop(word.id))
        elif isinstance(word, Ack):
            self._acknowledge(worker.held.pop(word.id), word)
            worker.quota -= 1
            if worker.quota == 0:
                worker.until = time.monotonic() + self.rng.uniform(0, SOON)
        elif word == READY:
            worker.ready = True

    def _acknowledge(self, task: Task, ack: Ack) -> None:
        first = task.id not in self.story.acks
        self.story.acks.setdefault(task.id, []).append(ack)
        self.floors[task.conversation] = max(self.floors[task.conversation], ack.number)
        if first:
            self.flying[task.conversation] -= 1

    # who dies

    def _next_death(self) -> float:
        soon = time.monotonic() + 1
        return soon if self._enough() else min(soon, *(worker.until for worker in self.workers))

    def _bury(self) -> None:
        """Kill those whose time has come; what they held is resent."""
        for worker in list(self.workers):
            if worker.until <= time.monotonic() and not self._enough():
                self._kill(worker)
                self.story.counts["kills"] += 1
                self.story.counts["killed while starting"] += not worker.ready
                self.workers[self.workers.index(worker)] = heir = self._worker()
                for task in worker.held.values():
                    self.story.counts["resent"] += 1
                    heir.give(task)

    def _kill(self, worker: Worker) -> None:
        """Kill a worker, and hear its last words."""
        worker.kill()
        for word in worker.words():
            self._hear(worker, word)

    def _settle(self) -> None:
        """Let a last worker, days later, finish everything."""
        later = self.clock._replace(ahead=LATER)
        self.over = later.now()
        last = Worker(self.plan._replace(prepare=None), later, 0)
        last.finish()
        while (word := _word(last.pipe)) != QUIET:
            self._hear(last, word)
        last.process.join()


def _word(pipe: Connection) -> Any:
    if not pipe.poll(PATIENCE):
        raise RuntimeError(f"a worker says nothing for {PATIENCE:g} s")
    return pipe.recv()
