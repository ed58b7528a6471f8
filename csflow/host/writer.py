"""One thread that owns the store: acts that wait together are committed together, each conversation in its order."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from csflow.host.acts import Act
from csflow.host.service import Service
from csflow.host.store import RefusedError

T = TypeVar("T")
BATCH = 64
"""How many acts are committed together at most."""
PATIENCE = 20.0
"""Seconds for which a transaction that may succeed another time is tried again."""


class _Work(NamedTuple):
    todo: Act | Callable[[sa.Connection], Any]
    future: asyncio.Future[Any]
    since: float


class Writer:
    """Takes acts and other work for the store from an event loop, and does them in one thread, in order."""

    def __init__(self, service: Service, loop: asyncio.AbstractEventLoop, patience: float = PATIENCE) -> None:
        self.service, self.loop, self.patience = service, loop, patience
        self.waiting: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._run, name="csflow-writer", daemon=True)
        self.thread.start()

    def serve(self, act: Act) -> asyncio.Future[Any]:
        """Return the future answer of an act."""
        return self._put(act)

    def run(self, work: Callable[[sa.Connection], T]) -> asyncio.Future[T]:
        """Return the future outcome of work in a transaction of its own."""
        return self._put(work)

    def _put(self, todo: Act | Callable[[sa.Connection], Any]) -> asyncio.Future[Any]:
        future = self.loop.create_future()
        self.waiting.put(_Work(todo, future, time.monotonic()))
        return future

    async def close(self) -> None:
        """Do what waits, then end the thread."""
        self.waiting.put(None)
        await asyncio.to_thread(self.thread.join)

    def _run(self) -> None:
        open_ = True
        while open_:
            batch = self._batch()
            open_ = None not in batch
            works = [work for work in batch if work is not None]
            done = self._done(works)
            self.loop.call_soon_threadsafe(_resolve, works, done)

    def _batch(self) -> list[_Work | None]:
        batch = [self.waiting.get()]
        while len(batch) < BATCH and batch[-1] is not None:
            try:
                batch.append(self.waiting.get_nowait())
            except queue.Empty:
                break
        return batch

    def _done(self, works: Sequence[_Work]) -> list[Any]:
        """Do the works in order; runs of acts share a transaction."""
        outcomes: list[Any] = []
        acts: list[_Work] = []
        for work in works:
            if isinstance(work.todo, Act):
                acts.append(work)
            else:
                outcomes += self._served(acts)
                acts = []
                outcomes.append(self._other(work.todo, work.since))
        return outcomes + self._served(acts)

    def _other(self, work: Callable[[sa.Connection], Any], since: float) -> Any:
        def once(_again: bool) -> Any:
            with self.service.store.begin() as connection:
                return work(connection)

        try:
            return self._patiently(once, since)
        except Exception as error:
            return error

    def _served(self, works: Sequence[_Work]) -> list[Any]:
        """Serve acts in one transaction; where that is refused for the sake of one, each in its own."""
        if not works:
            return []
        acts = [work.todo for work in works if isinstance(work.todo, Act)]
        try:
            return self._patiently(lambda again: self.service.serve(acts, again=again), works[0].since, several=len(works) > 1)
        except Exception as error:
            if len(works) == 1 or (isinstance(error, RefusedError) and error.all):
                return [error] * len(works)
            return [self._served([work])[0] for work in works]  # one bad act must not refuse the others

    def _patiently(self, work: Callable[[bool], T], since: float, *, several: bool = False) -> T:
        """Do work, and again where it may succeed another time; the work is told whether it was tried before.

        What has waited since long ago, as when the database is down for long, is tried twice only.
        """
        try:
            return work(False)
        except RefusedError as error:
            if not _worth_another(error, several=several):
                raise
        left = max(0.0, since + self.patience - time.monotonic())
        tries = Retrying(
            retry=retry_if_exception(partial(_worth_another, several=several)), reraise=True,
            stop=stop_after_delay(left), wait=wait_random_exponential(0.01, 1),
        )  # fmt: skip
        return tries(work, True)


def _worth_another(error: BaseException, *, several: bool) -> bool:
    """Tell whether a refused transaction may succeed another time; one that others wait for is parted first."""
    return isinstance(error, RefusedError) and error.again and not (several and error.held)


def _resolve(works: Sequence[_Work], outcomes: Sequence[Any]) -> None:
    for work, outcome in zip(works, outcomes, strict=True):
        if work.future.done():  # whoever waited has gone; what was stored stays stored
            continue
        if isinstance(outcome, Exception):
            work.future.set_exception(outcome)
        else:
            work.future.set_result(outcome)
