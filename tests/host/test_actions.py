"""Functions for calls: given what the call holds, called patiently and under one key, their outcomes applied once."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from operator import itemgetter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from csflow import ActionError, Flow, Host, Snapshot, StoreError
from csflow.host import Action, schema
from csflow.host.acts import event_from_json, play
from csflow.host.books import Row
from csflow.host.service import fresh
from csflow.testing import Clock
from tests.flows import Shop
from tests.host.test_host import Phone, rows

Talk = Callable[[Host], Awaitable[Any]]
SHOP = """
facts: {order.total: money, customer.id: text}
slots:
  product: {type: text, ask: 哪一款？, hears: {衬衫: [衬衫], 外套: [外套]}}
intents:
  ask_ticket: {phrases: [报修]}
  ask_weight: {phrases: [多重]}
  ask_voucher: {phrases: [优惠券]}
  ask_boss: {phrases: [主管]}
calls:
  check_stock: {read: true, with: [slots.product, 'order.total?'], gives: {stock.count: count}, within: 1m, hold: 我查一下。}
  open_ticket: {with: ['customer.id?', 'slots.product?'], gives: {ticket.no: text}, within: 1h}
  weigh: {}
  boss: {by: supervisor, within: 1h}
rules:
  - when: started
    choose: [{id: welcome, say: 您好。, go: identify_need}]
  - when: ask_stock
    choose:
      - {id: stock.which, if: not known(slots.product), ask: product}
      - {id: stock.there, if: stock.count > 0, say: "有{{ stock.count }}件。"}
      - {id: stock.gone, if: known(stock.count), say: 没有了。}
      - {id: stock.unknown, else: true, say: 这会儿查不到。}
  - when: ask_ticket
    choose: [{id: ticket.open, do: [{call: open_ticket, with: {kind: repair}}], say: 我登记。}]
  - when: open_ticket.done
    choose:
      - {id: ticket.no, if: known(ticket.no), say: "单号{{ ticket.no }}。"}
      - {id: ticket.done, else: true, say: 登记好了。}
  - when: open_ticket.denied
    choose: [{id: ticket.denied, say: 登记不了。}]
  - when: open_ticket.failed
    choose: [{id: ticket.failed, say: 没登记上。}]
  - when: ask_weight
    choose: [{id: weight.ask, do: [{call: weigh}], say: 我去称。}]
  - when: ask_boss
    choose: [{id: boss.ask, do: [{call: boss}], say: 我去问。}]
  - when: unknown
    in: [everywhere]
    choose: [{id: lost, say: 没听懂。}]
"""


@pytest.fixture
def flow(shop: Shop) -> Flow:
    """A shop with a look-up, two calls of functions and an approval."""
    return shop(SHOP)


def run(
    flow: Flow,
    url: str,
    clock: Clock,
    actions: Mapping[str, Any],
    talk: Callable[[Host], Awaitable[Any]],
    phone: Phone | None = None,
) -> Any:
    """Run a talk with a host whose time is set by hand."""

    async def main() -> Any:
        async with Host(flow, store=url, clock=clock, channel=phone, actions=actions, background=False) as host:
            return await talk(host)

    return asyncio.run(main())


async def said(host: Host, conversation: str = "b42") -> list[str]:
    """Return what stands in the outbox for a customer, in order."""
    waiting = [row for row in await rows(host, schema.outbox) if row["kind"] == "reply" and not row["error"]]
    mine = sorted(
        (row["due"], row["seq"], row["part"], row["data"]["text"]) for row in waiting if row["conversation"] == conversation
    )
    return [text for *_, text in mine]


async def ask_stock(host: Host) -> None:
    """Ask for the stock of a product, which is looked up."""
    await host.receive("b42", "有货吗")
    assert (await host.receive("b42", "衬衫")).replies == ()


def test_a_look_up_answers(flow: Flow, url: str, clock: Clock) -> None:
    """A look-up's function is given the values by name and returns facts, with which the question is answered."""
    given = []

    async def check_stock(slots_product: str, order_total: str | None, *, key: str) -> dict[str, Any]:
        given.append((slots_product, order_total, key))
        return {"stock.count": 3}

    async def talk(host: Host) -> None:
        await host.tell("b42", {"order": {"total": "180.00"}})
        await ask_stock(host)
        assert await host.deliver() == 1
        assert await said(host) == ["您好。", "哪一款？", "有3件。"]
        assert given == [("衬衫", "180.00", "b42:call:1")]
        assert await host.deliver() == 0
        (row,) = [row for row in await rows(host, schema.outbox) if row["kind"] == "call"]
        assert row["done"] == clock()

    run(flow, url, clock, {"check_stock": check_stock}, talk)


def test_a_plain_function_runs_in_a_thread(flow: Flow, url: str, clock: Clock) -> None:
    """A function that is not asynchronous does not hold the event loop up, and is given what it names, unknown as None."""
    given = []

    def open_ticket(kind: str, slots_product: str | None, key: str, **others: Any) -> dict[str, Any]:
        given.append((kind, slots_product, key, others, threading.current_thread() is threading.main_thread()))
        return {"ticket": {"no": "T7"}}

    async def talk(host: Host) -> None:
        await host.receive("b42", "报修", customer="c1")
        await host.deliver()
        assert await said(host) == ["您好。", "我登记。", "单号T7。"]
        assert given == [("repair", None, "b42:call:1", {"customer.id": "c1"}, False)]

    run(flow, url, clock, {"open_ticket": open_ticket}, talk)


@pytest.mark.parametrize(
    ("answer", "reply"),
    [({"ticket.no": "T7"}, "单号T7。"), ({}, "登记好了。"), (None, "登记好了。"), (True, "登记好了。"), (False, "登记不了。")],
)
def test_what_an_answer_means(answer: Any, reply: str, flow: Flow, clock: Clock) -> None:
    """Facts, nothing or True are done; False is denied."""

    async def talk(host: Host) -> None:
        await host.receive("b42", "报修")
        await host.deliver()
        assert (await said(host))[-1] == reply

    run(flow, "memory", clock, {"open_ticket": lambda: answer}, talk)


async def hangs() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("action", "log"),
    [
        (lambda: 1 / 0, "failed: division by zero"),
        (lambda: ["T7"], "failed: a function returns facts (a mapping), True, False or None, not ['T7']"),
        (lambda: "done", "not 'done'"),
        (lambda: {"ticket.noo": "T7"}, "does not take: fact 'ticket.noo': not declared in this flow; did you mean 'ticket.no'"),
        (lambda: {"ticket": {"no": 7}}, "fact 'ticket.no': 7 is not text"),
        (lambda: {"ticket": {"no": object()}}, "fact 'ticket.no': <object object"),
        (lambda: {7: "T7"}, "what the flow does not take"),
        (Action(hangs, timeout=0.01), "failed: it took longer than 0.01 s"),
        (Action(lambda: threading.Event().wait(60), timeout=0.01), "failed: it took longer than 0.01 s"),
    ],
)
def test_a_broken_function_fails_its_call(
    action: Any, log: str, flow: Flow, url: str, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """A function that raises, hangs or returns what means nothing has its call fail, with a clear reason; talk goes on."""

    async def talk(host: Host) -> None:
        await host.receive("b42", "报修")
        await host.deliver()
        assert await said(host) == ["您好。", "我登记。", "没登记上。"]
        assert (await host.receive("b42", "多重")).replies == ("我去称。",)

    once = replace(action if isinstance(action, Action) else Action(action), attempts=1)
    with caplog.at_level(logging.WARNING, "csflow.host"):
        run(flow, url, clock, {"open_ticket": once}, talk)
    assert log in caplog.text


class Counter:
    """A function that fails as often as it is told to."""

    def __init__(self, failures: int, error: type[Exception] = ConnectionError) -> None:
        self.failures, self.error, self.keys = failures, error, list[str]()

    async def __call__(self, key: str) -> None:
        self.keys.append(key)
        if len(self.keys) <= self.failures:
            raise self.error("down")


@pytest.mark.parametrize(
    ("counter", "transient", "calls", "reply"),
    [
        (Counter(2), (Exception,), 3, "登记好了。"),
        (Counter(3), (Exception,), 3, "没登记上。"),
        (Counter(1, ValueError), (OSError,), 1, "没登记上。"),
        (Counter(1), (OSError,), 2, "登记好了。"),
    ],
)
def test_retries(
    counter: Counter, transient: tuple[type[Exception], ...], calls: int, reply: str, flow: Flow, clock: Clock
) -> None:
    """What fails for a while is tried again, always with the same key; what is not transient fails at once."""

    async def talk(host: Host) -> None:
        await host.receive("b42", "报修")
        await host.deliver()
        assert (await said(host))[-1] == reply

    run(flow, "memory", clock, {"open_ticket": Action(counter, back_off=0, transient=transient)}, talk)
    assert counter.keys == ["b42:call:1"] * calls


def test_the_circuit_opens_and_recovers(
    flow: Flow, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """After failures in a row a function rests and its calls fail at once; then one call tries whether it works again."""
    moments = [1000.0]
    monkeypatch.setattr("purgatory.domain.model.time", SimpleNamespace(time=lambda: moments[-1]))
    counter = Counter(4)

    async def open_ticket(host: Host) -> str:
        await host.receive("b42", "报修")
        await host.deliver()
        return (await said(host))[-1]

    async def talk(host: Host) -> None:
        assert [await open_ticket(host) for _ in range(4)] == ["没登记上。"] * 4
        assert len(counter.keys) == 3
        moments.append(moments[-1] + 31)
        assert await open_ticket(host) == "没登记上。"
        assert await open_ticket(host) == "没登记上。"
        assert len(counter.keys) == 4
        moments.append(moments[-1] + 31)
        assert [await open_ticket(host) for _ in range(2)] == ["登记好了。"] * 2
        assert len(counter.keys) == 6

    run(flow, "memory", clock, {"open_ticket": Action(counter, attempts=1, failures=3, rest=30)}, talk)
    assert "failed: it failed too often and is given a rest" in caplog.text
    assert "the circuit of open_ticket is closed now" in caplog.text


def test_the_hold_line_is_said_when_a_call_is_slow(flow: Flow, url: str, clock: Clock) -> None:
    """After three seconds the customer is told to wait; a call that ended by then leaves nothing to say."""

    async def check_stock(**_: Any) -> dict[str, Any]:
        await answered.wait()
        return {"stock.count": 3}

    async def talk(host: Host) -> None:
        await ask_stock(host)
        calling = asyncio.create_task(host._leaving[0].once())
        clock.advance("2s")
        await host._leaving[1].once()
        assert phone.texts == ["您好。", "哪一款？"]
        clock.advance("1s")
        await host._leaving[1].once()
        assert phone.texts[2:] == ["我查一下。"]
        answered.set()
        await calling
        await host.receive("b43", "有货吗")
        await host.receive("b43", "外套")
        await host.deliver()
        clock.advance("1h")
        await host.deliver()
        assert phone.texts[3:] == ["有3件。", "您好。", "哪一款？", "有3件。"]

    answered, phone = asyncio.Event(), Phone()
    run(flow, url, clock, {"check_stock": check_stock}, talk, phone)


DIES = """
import asyncio, os, sys
import csflow
from tests.flows import NOW

def open_ticket(key):
    print(key, flush=True)
    os._exit(9)

async def main(folder, url):
    flow = csflow.load(folder)
    async with csflow.Host(flow, store=url, clock=lambda: NOW, actions={"open_ticket": open_ticket}, background=False) as host:
        await host.receive("b42", "报修")
        await host.deliver()

asyncio.run(main(*sys.argv[1:]))
"""


def test_a_crash_between_function_and_result(flow: Flow, url: str, clock: Clock, tmp_path: Path) -> None:
    """A process that dies after the function is followed by another, which calls with the same key; one result counts."""

    async def talk(host: Host) -> None:
        assert await host.deliver() == 0
        clock.advance("2m")
        assert await host.deliver() == 1
        clock.advance("2h")
        assert (await host.tick(), await host.deliver()) == ([], 0)
        assert await said(host) == ["您好。", "我登记。", "登记好了。"]

    command = [sys.executable, "-c", DIES, str(tmp_path / "flow"), url]
    dead = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603 - our own code
    assert (dead.returncode, dead.stdout) == (9, "b42:call:1\n")
    counter = Counter(0)
    run(flow, url, clock, {"open_ticket": counter}, talk)
    assert counter.keys == ["b42:call:1"]


def test_a_replay_calls_nothing(flow: Flow, url: str, clock: Clock) -> None:
    """The log holds the outcome of a call, so playing it again leads to the same turns without the function."""

    async def talk(host: Host) -> None:
        await host.receive("b42", "报修")
        await host.deliver()
        (row,) = await rows(host, schema.conversation)
        snapshot = fresh(flow, Row(**row), None)
        for event in sorted(await rows(host, schema.event), key=itemgetter("seq")):
            turn = play(flow, snapshot, event_from_json(event["kind"], event["data"]), event["at"])
            assert turn.to_json()["replies"] == event["turn"]["replies"]
            snapshot = turn.snapshot
        assert Snapshot.from_json(row["snapshot"]) == snapshot

    counter = Counter(0)
    run(flow, url, clock, {"open_ticket": counter}, talk)
    assert len(counter.keys) == 1


def test_an_outcome_is_applied_once(flow: Flow, url: str, clock: Clock) -> None:
    """A result that was stored although nobody heard so is not applied again, nor is the one of a call that was superseded."""

    async def talk(host: Host) -> None:
        await host.receive("b42", "报修")
        ((old,),) = await host.read(host._leaving[0].claim)
        await host.receive("b42", "报修")
        ((new,),) = await host.read(host._leaving[0].claim)
        for message in (new, old, new):
            await host.actions.call(message)
        assert await said(host) == ["您好。", "我登记。", "我登记。", "登记好了。"]
        clock.advance("3h")
        assert (await host.tick(), await host.deliver()) == ([], 0)

    run(flow, url, clock, {"open_ticket": Counter(0)}, talk)


def test_a_result_that_cannot_be_stored_is_tried_again(flow: Flow, clock: Clock) -> None:
    """Where the store refuses the outcome, the call stays and its function is called again with the same key."""

    async def talk(host: Host) -> None:
        await host.receive("b42", "报修")
        serve, host.actions.serve = host.actions.serve, refuses
        assert await host.deliver() == 0
        host.actions.serve = serve
        clock.advance("10s")
        assert await host.deliver() == 1
        assert (await said(host))[-1] == "登记好了。"

    async def refuses(*_: Any, **__: Any) -> Any:
        raise StoreError("full")

    counter = Counter(0)
    run(flow, "memory", clock, {"open_ticket": counter}, talk)
    assert counter.keys == ["b42:call:1"] * 2


def test_calls_leave_to_the_host_that_has_the_function(flow: Flow, url: str, clock: Clock) -> None:
    """Of two hosts on a store each calls what it has functions for."""

    async def talk(host: Host) -> None:
        await host.receive("b42", "报修")
        await host.receive("b43", "多重")
        async with Host(flow, store=url, clock=clock, actions={"weigh": weigh}, background=False) as other:
            assert await other.deliver() == 1
        assert (len(weigh.keys), len(ticket.keys)) == (1, 0)
        assert await host.deliver() == 1

    weigh, ticket = Counter(0), Counter(0)
    run(flow, url, clock, {"open_ticket": ticket}, talk)


@pytest.mark.parametrize(
    ("name", "function", "text"),
    [
        ("check_stok", lambda: None, "action 'check_stok': the flow has no call of this name; did you mean 'check_stock'"),
        ("boss", lambda: None, "supervisor decides this call (`by: supervisor`); it ends by approve or deny"),
        ("check_stock", lambda slots_produkt: None, "gives its function no 'slots_produkt'; did you mean 'slots_product'"),
        ("weigh", lambda x, /: None, "the call gives its function no 'x'"),
    ],
)
def test_functions_that_fit_no_call(name: str, function: Any, text: str, flow: Flow) -> None:
    """A host does not start with a function that could never be called."""
    with pytest.raises(ActionError) as error:
        Host(flow, actions={name: function})
    assert text in str(error.value)


def test_calls_without_a_function_are_told(flow: Flow, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """At its start a host tells which calls nobody here answers."""
    run(flow, "memory", clock, {"weigh": Counter(0)}, lambda host: host.tick())
    assert "no action is given for check_stock, open_ticket" in caplog.text


def test_a_slow_function_holds_up_no_other(flow: Flow, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the background, a call that takes long holds up neither other calls nor the end of the host, and can be made again."""
    monkeypatch.setattr("csflow.host.delivery.GRACE", 0.01)

    async def main() -> None:
        async with Host(flow, store=url, channel=phone, actions={"weigh": hangs, "open_ticket": counter}) as host:
            await host.receive("b42", "多重")
            while not host._leaving[0].begun:
                await asyncio.sleep(0)
            await host.receive("b43", "报修")
            async with asyncio.timeout(20):
                while "登记好了。" not in phone.texts:
                    await asyncio.sleep(0.01)
        async with Host(flow, store=url, actions={"weigh": weigh}, background=False) as host:
            assert await host.deliver() == 1

    counter, weigh, phone = Counter(0), Counter(0), Phone()
    asyncio.run(main())


def test_a_long_call_keeps_its_lane(flow: Flow, url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a function is at work, its call is left alone by other workers, however long that takes."""
    monkeypatch.setattr("csflow.host.delivery.RENEWED", 0.001)

    async def weigh() -> None:
        await answered.wait()

    async def talk(host: Host) -> None:
        await host.receive("b42", "多重")
        calling = asyncio.create_task(host.deliver())
        while not host._leaving[0].begun:
            await asyncio.sleep(0)
        clock.advance("10m")
        async with asyncio.timeout(20):
            while (await rows(host, schema.lease))[0]["until"] < clock():
                await asyncio.sleep(0.001)
        async with Host(flow, store=url, clock=clock, actions={"weigh": Counter(0)}, background=False) as other:
            assert await other.deliver() == 0
        answered.set()
        assert await calling == 1

    answered = asyncio.Event()
    run(flow, url, clock, {"weigh": weigh}, talk)
