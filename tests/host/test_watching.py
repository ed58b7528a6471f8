"""Watching a host: spans and metrics without a customer's words, log lines that stay the same, health that never raises."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import pytest
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from csflow import EventError, Flow, Host, StoreError
from csflow.host import Action, JsonFormatter
from csflow.host.health import Doctor, Health
from csflow.host.telemetry import Telemetry
from csflow.testing import Clock
from tests.flows import Shop

RULES = """
rules:
  - when: started
    choose: [{id: talk.welcome, say: 您好。, go: identify_need}]
  - when: ask_price
    choose: [{id: price.say, say: 十元。, do: [{notify: shop}]}]
  - when: unknown
    in: [everywhere]
    choose: [{id: talk.unknown, say: 没听懂。}]
follow_ups:
  nudge: {since: silence, after: 10m, max: 1, in: [identify_need], say: 还在吗？}
  again: {since: silence, after: 20m, max: 1, in: [identify_need], say: 还看吗？}
"""
CALLING = """
intents:
  ask_weight: {phrases: [称一下]}
calls:
  weigh: {}
rules:
  - when: started
    choose: [{id: welcome, say: 您好。, go: identify_need}]
  - when: ask_weight
    choose: [{id: weight.ask, do: [{call: weigh}], say: 我去称。}]
  - when: unknown
    in: [everywhere]
    choose: [{id: lost, say: 没听懂。}]
"""


class Collected(NamedTuple):
    """What the process's OpenTelemetry was told."""

    spans: InMemorySpanExporter
    reader: InMemoryMetricReader

    def points(self) -> dict[str, list[Any]]:
        """Return the data points of each metric."""
        data: Any = self.reader.get_metrics_data()
        scopes = [scope for resource in data.resource_metrics for scope in resource.scope_metrics] if data else []
        return {metric.name: list(metric.data.data_points) for scope in scopes for metric in scope.metrics}


@pytest.fixture(scope="session")
def sdk() -> Collected:
    """An SDK that keeps everything in memory, for the whole process, as an SDK is."""
    spans, reader = InMemorySpanExporter(), InMemoryMetricReader()
    tracing = TracerProvider()
    tracing.add_span_processor(SimpleSpanProcessor(spans))
    trace.set_tracer_provider(tracing)
    metrics.set_meter_provider(MeterProvider([reader]))
    return Collected(spans, reader)


@pytest.fixture
def told(sdk: Collected) -> Collected:
    sdk.spans.clear()
    return sdk


@pytest.fixture
def stall(shop: Shop) -> Flow:
    return shop(RULES)


def serve(flow: Flow, url: str, clock: Clock, talk: Callable[[Host], Awaitable[Any]], **options: Any) -> Any:
    async def main() -> Any:
        async with Host(flow, store=url, clock=clock, background=False, **options) as host:
            return await talk(host)

    return asyncio.run(main())


def test_a_turn_is_a_span(stall: Flow, url: str, clock: Clock, told: Collected) -> None:
    """A span says which rules of which version led from which state to which, beneath the caller's own, and no text."""

    async def talk(host: Host) -> None:
        with trace.get_tracer("bot").start_as_current_span("webhook"):
            await host.receive("b1", "多少钱", message_id="m1")
        await host.receive("b1", "多少钱", message_id="m1")

    serve(stall, url, clock, talk, telemetry=True)
    first, webhook, second = told.spans.get_finished_spans()
    assert first.name == "csflow.turn"
    assert first.parent is not None
    assert first.parent.span_id == webhook.context.span_id
    assert dict(first.attributes or {}) == {
        "csflow.flow": "shop", "csflow.version": "1", "csflow.kind": "message", "csflow.state.before": "greet",
        "csflow.state.after": "identify_need", "csflow.rules": ("talk.welcome", "price.say"), "csflow.effects": ("notify",),
        "csflow.replies": 2, "csflow.duplicate": False,
    }  # fmt: skip
    assert (second.attributes or {})["csflow.duplicate"] is True
    assert "多少钱" not in "".join(span.to_json() for span in told.spans.get_finished_spans())


def test_what_one_look_leads_to_is_one_span(stall: Flow, url: str, clock: Clock, told: Collected) -> None:
    """Timers of a conversation that are due together are a span with the later turns as its events."""

    async def talk(host: Host) -> int:
        await host.receive("b1", "多少钱")
        clock.advance("1h")
        return len(await host.tick())

    assert serve(stall, url, clock, talk, telemetry=True) == 2
    span = told.spans.get_finished_spans()[-1]
    assert (span.attributes or {})["csflow.rules"] == ("nudge",)
    assert [(event.attributes or {})["csflow.rules"] for event in span.events] == [("again",)]


def test_a_refusal_is_told_by_its_kind(stall: Flow, clock: Clock, told: Collected) -> None:
    """A refused act is a span with the error's name, and a count; what the error says stays here."""

    async def talk(host: Host) -> None:
        with pytest.raises(EventError):
            await host.report("b1", "13812345678")

    serve(stall, "memory", clock, talk, telemetry=True)
    (span,) = told.spans.get_finished_spans()
    assert dict(span.attributes or {}) == {"csflow.refused": "EventError"}
    assert "13812345678" not in span.to_json()


def test_metrics_count(stall: Flow, clock: Clock, told: Collected) -> None:
    """Turns, refusals and durations are counted; what waits and what is overdue is told now and again."""

    async def talk(host: Host) -> None:
        await host.receive("b1", "多少钱")
        clock.advance("1h")
        assert isinstance(host.telemetry, Telemetry)
        host.telemetry.health(await host.health())
        with pytest.raises(EventError):
            await host.report("b1", "none")

    serve(stall, "memory", clock, talk, telemetry=True)
    points = told.points()
    assert points.keys() == {
        "csflow.turns", "csflow.turn.duration", "csflow.refused", "csflow.outbox.waiting", "csflow.timers.overdue",
    }  # fmt: skip
    assert {point.attributes["csflow.flow"] for point in points["csflow.turns"]} == {"shop"}
    assert (points["csflow.outbox.waiting"][0].value, points["csflow.timers.overdue"][0].value) == (3, 1)


def test_calls_of_functions_are_told(shop: Shop, clock: Clock, told: Collected) -> None:
    """How often a function was called and how that ended, how long it took, and a span without what it was given."""

    async def talk(host: Host) -> None:
        await host.receive("b1", "称一下，我的电话13812345678")
        await host.deliver()

    def weigh() -> None:
        raise ValueError("13812345678 is broken")

    serve(shop(CALLING), "memory", clock, talk, telemetry=True, actions={"weigh": Action(weigh, attempts=1)})
    points = told.points()
    assert [(point.attributes, point.value) for point in points["csflow.calls"]] == [
        ({"csflow.call": "weigh", "csflow.outcome": "failed"}, 1)
    ]
    assert points["csflow.call.duration"]
    (span,) = (span for span in told.spans.get_finished_spans() if span.name == "csflow.call")
    assert dict(span.attributes or {}) == {"csflow.call": "weigh", "csflow.outcome": "failed"}
    assert "13812345678" not in span.to_json()


def test_off_means_off(stall: Flow, clock: Clock, told: Collected) -> None:
    """A host that was not asked tells nothing."""
    serve(stall, "memory", clock, lambda host: host.receive("b1", "多少钱"))
    assert told.spans.get_finished_spans() == ()


def test_telemetry_needs_its_package(stall: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package what to install is said; a host without telemetry does not need it."""
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(StoreError, match=r"install csflow\[otel\]"):
        Host(stall, telemetry=True)
    assert Host(stall)


def line(level: int, message: str, *args: object, error: bool = False, **extra: object) -> dict[str, Any]:
    """Return what the formatter makes of a record."""
    record = logging.LogRecord("csflow.host", level, __file__, 1, message, args, sys.exc_info() if error else None)
    record.__dict__.update(extra)
    written: dict[str, Any] = json.loads(JsonFormatter().format(record))
    return written


def test_a_log_line_is_data() -> None:
    """The keys are always the same, texts are masked, and a traceback is part of the line."""
    found = line(logging.WARNING, "%s could not leave: %s", "13812345678:1:0", "no route to a@qq.com", conversation="13812345678")
    assert found.keys() == {"time", "level", "logger", "message", "conversation"}
    assert (found["level"], found["logger"], found["conversation"]) == ("warning", "csflow.host", "138****5678")
    assert found["message"] == "138****5678:1:0 could not leave: no route to a****@qq.com"
    try:
        int("13812345678 x")
    except ValueError:
        found = line(logging.ERROR, "no", error=True)
    assert "138****5678 x" in found["error"]


def test_the_log_masks_what_the_shop_names() -> None:
    """A formatter may be given fewer kinds."""
    record = logging.LogRecord("csflow.host", logging.INFO, __file__, 1, "13812345678 a@qq.com", (), None)
    assert json.loads(JsonFormatter(["email"]).format(record))["message"] == "13812345678 a****@qq.com"


def test_health_tells(stall: Flow, url: str, clock: Clock) -> None:
    """A host that serves is ready, and says what waits since when."""

    async def talk(host: Host) -> Health:
        await host.receive("b1", "多少钱")
        clock.advance("1h")
        return await host.health()

    began = clock()
    health = serve(stall, url, clock, talk)
    assert (health.ready, health.store, health.writer, health.error) == (True, True, True, None)
    assert health.lag >= 0
    assert (health.seen.overdue, health.seen.oldest_due, health.seen.waiting, health.seen.oldest_waiting, health.seen.leases) == (
        1, began.replace(minute=10), 3, began, 0,
    )  # fmt: skip
    assert json.loads(json.dumps(health.to_json()))["seen"]["waiting"] == 3


def test_health_never_raises(stall: Flow, clock: Clock, tmp_path: Any) -> None:
    """Before it starts, after it ends and while its store is broken a host says that it is not ready, and why."""

    async def main() -> list[Health]:
        host = Host(stall, store=f"sqlite:///{tmp_path / 'shop.db'}", clock=clock, background=False)
        found = [await host.health()]
        async with host:
            await host.read(lambda connection: connection.exec_driver_sql("DROP TABLE lease").rowcount)
            host.writer.patience = 0.0
            found.append(await host.health())
        found.append(await host.health())
        return found

    before, broken, after = asyncio.run(main())
    assert [health.ready for health in (before, broken, after)] == [False, False, False]
    assert (before.error, after.error) == ("not started", "the writing thread has ended")
    assert "no such table: lease" in str(broken.error)


def test_a_silent_store_is_asked_once(stall: Flow, clock: Clock) -> None:
    """While the store does not answer, questions about it do not pile up."""

    async def talk(host: Host) -> list[Health]:
        doctor = Doctor(host.writer, clock, patience=0.01)
        doctor.asked = asyncio.get_running_loop().create_future()
        found = [await doctor.health(), await doctor.health()]
        doctor.asked.cancel()
        return [*found, await Doctor(host.writer, clock).health()]

    first, second, third = serve(stall, "memory", clock, talk)
    assert (first.ready, second.ready, third.ready) == (False, False, True)
    assert first.error == "the store has not answered for 0.01 s"
