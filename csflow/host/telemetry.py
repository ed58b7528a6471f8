"""OpenTelemetry for a host: one span a turn and a few metrics, never a text of a customer."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from csflow.errors import StoreError
from csflow.host.acts import Act, Served
from csflow.host.health import Health

if TYPE_CHECKING:
    from opentelemetry.trace import Span

SCOPE = "csflow"
NAMED = {"flow": "csflow.flow", "version": "csflow.version", "kind": "csflow.kind", "before": "csflow.state.before"}


class Told:
    """What an act led to: filled while it is served, read when its span ends."""

    def __init__(self) -> None:
        self.turns: Sequence[Served] = ()


class Called:
    """How a call of a function ended: filled once it has."""

    outcome = "failed"


class Silent:
    """Tells nobody anything."""

    @contextmanager
    def call(self, name: str) -> Iterator[Called]:
        """Watch a function while it is called, attempts and waits between them included."""
        yield Called()

    @contextmanager
    def act(self, act: Act) -> Iterator[Told]:
        """Watch an act while it is served."""
        yield Told()

    def health(self, health: Health) -> None:
        """Tell how the host is."""


class Telemetry(Silent):
    """Tells the OpenTelemetry that the process has configured; without an SDK its calls do nothing, and cost little.

    Spans: `csflow.turn`, as long as the act took, commit included, and a child of the span that is current where the host is
    called; `csflow.call`, as long as a function for a call took. Metrics: `csflow.turns`, `csflow.turn.duration`,
    `csflow.refused`, `csflow.calls`, `csflow.call.duration`, `csflow.outbox.waiting`, `csflow.timers.overdue`.

    Raises:
        StoreError: the package for it is not installed.
    """

    def __init__(self) -> None:
        try:
            from opentelemetry import metrics, trace
        except ModuleNotFoundError:
            raise StoreError("telemetry needs the package opentelemetry-api: install csflow[otel]") from None
        self.tracer, meter = trace.get_tracer(SCOPE), metrics.get_meter(SCOPE)
        self.turns = meter.create_counter("csflow.turns", description="turns that were stored")
        self.refused = meter.create_counter("csflow.refused", description="acts that were refused, by what refused them")
        self.duration = meter.create_histogram("csflow.turn.duration", "s", "from an act to its commit")
        self.calls = meter.create_counter("csflow.calls", description="calls of functions, by how they ended")
        self.call_duration = meter.create_histogram("csflow.call.duration", "s", "of a call, with all its attempts")
        self.waiting = meter.create_gauge("csflow.outbox.waiting", description="what is due to leave")
        self.overdue = meter.create_gauge("csflow.timers.overdue", description="conversations with a timer that is due")

    @contextmanager
    def call(self, name: str) -> Iterator[Called]:
        """Watch a function while it is called, attempts and waits between them included."""
        called, began = Called(), time.perf_counter()
        with self.tracer.start_as_current_span("csflow.call") as span:
            yield called
            about = {"csflow.call": name, "csflow.outcome": called.outcome}
            span.set_attributes(about)
        self.calls.add(1, about)
        self.call_duration.record(time.perf_counter() - began, about)

    @contextmanager
    def act(self, act: Act) -> Iterator[Told]:
        """Watch an act while it is served."""
        told, began = Told(), time.perf_counter()
        with self.tracer.start_as_current_span("csflow.turn", record_exception=False, set_status_on_exception=False) as span:
            try:
                yield told
            except Exception as error:
                kind = type(error).__name__
                span.set_attribute("csflow.refused", kind)  # its kind alone: what an error says may be a customer's words
                self.refused.add(1, {"error": kind})
                raise
            self.duration.record(time.perf_counter() - began)
            for number, turn in enumerate(told.turns):
                self._turn(span, turn, first=number == 0)

    def _turn(self, span: Span, turn: Served, *, first: bool) -> None:
        """Tell a turn: the first on the span of its act, others that the same look at the clock led to as events of it."""
        if not turn.duplicate:
            self.turns.add(1, {"csflow.flow": turn.about["flow"], "csflow.kind": turn.about["kind"]})
        if not span.is_recording():  # as without an SDK: nobody would see it
            return
        if first:
            span.set_attributes(attributes(turn))
        else:
            span.add_event("csflow.turn", attributes(turn))

    def health(self, health: Health) -> None:
        """Tell how the host is."""
        if health.seen is not None:
            self.waiting.set(health.seen.waiting)
            self.overdue.set(health.seen.overdue)


def attributes(turn: Served) -> dict[str, str | int | bool | Sequence[str]]:
    """Return what a span says of a turn: names of the flow, never a text."""
    about: dict[str, str | int | bool | Sequence[str]] = {NAMED[name]: value for name, value in turn.about.items()}
    effects = sorted({effect["type"] for effect in turn.data["effects"]})
    return about | {
        "csflow.state.after": turn.state, "csflow.rules": turn.rules, "csflow.effects": effects,
        "csflow.replies": len(turn.replies), "csflow.duplicate": turn.duplicate,
    }  # fmt: skip
