"""A host: each message taken once, each turn stored whole, each reply leaving once and in order."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
import sqlalchemy as sa

from csflow import CsflowError, EventError, FactError, Flow, Host, SnapshotError, StoreError, VersionError, load
from csflow.host import Outgoing, Served, schema
from csflow.host.store import PATIENCE, Store
from csflow.host.timers import Keeper, Polled
from csflow.language import RuleRecogniser
from csflow.testing import Clock
from tests.flows import Shop

KIOSK = """
facts: {order.total: money, stock.count: count, ticket.count: count}
intents:
  hello: {phrases: [在吗]}
  ask_stock: {phrases: [有货]}
  ask_discount: {phrases: [便宜]}
  promise_me: {phrases: [几点发]}
  person: {phrases: [转人工]}
events:
  shipped: {}
calls:
  check_stock: {gives: {stock.count: count}, within: 1m, hold: 我查一下。}
  discount: {by: supervisor, within: 20m, hold: 还在问。}
rules:
  - when: started
    choose: [{id: talk.welcome, say: 您好。, go: identify_need}]
  - when: hello
    choose: [{id: talk.here, say: [[在的。, 您说。]]}]
  - when: ask_stock
    choose: [{id: stock.look, do: [{call: check_stock}]}]
  - when: check_stock.done
    choose:
      - {id: stock.there, if: stock.count > 0, say: "有{{ stock.count }}件。"}
      - {id: stock.gone, else: true, say: 没有了。}
  - when: check_stock.failed
    choose: [{id: stock.unknown, say: 查不到。}]
  - when: ask_discount
    choose: [{id: price.ask, do: [{call: discount}], say: 我去问。}]
  - when: discount.done
    choose: [{id: price.yes, do: [{grant: discount}, {record: {discounts: [order.total]}}], say: 批了。}]
  - when: [discount.denied, discount.failed]
    choose: [{id: price.no, say: 没批。}]
  - when: promise_me
    choose: [{id: ship.promise, do: [{promise: {dispatch: "货", by: 2h}}], say: 两小时内发。}]
  - when: shipped
    choose: [{id: ship.kept, do: [{keep: dispatch}, {notify: warehouse}], say: 发了。}]
  - when: dispatch.broken
    choose: [{id: ship.late, say: 抱歉，晚了。}]
  - when: person
    choose: [{id: talk.person, say: 我请同事来。, go: handoff}]
  - when: unknown
    in: [everywhere]
    choose: [{id: talk.unknown, say: 没听懂。}]
follow_ups:
  nudge: {since: silence, after: 10m, max: 1, in: [identify_need], say: 还在吗？}
"""


class Phone:
    """A channel that keeps what it is handed, and refuses as often as it is told to."""

    def __init__(self, refusals: int = 0) -> None:
        self.got: list[Outgoing] = []
        self.refusals = refusals

    async def send(self, message: Outgoing) -> None:
        if self.refusals:
            self.refusals -= 1
            raise ConnectionError("the line is down")
        self.got.append(message)

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.got if message.kind == "reply"]


@pytest.fixture
def kiosk(shop: Shop) -> Flow:
    """A small shop with a call, an approval, a promise and a reminder."""
    return shop(KIOSK)


def run(flow: Flow, url: str, talk: Callable[[Host, Clock], Awaitable[Any]], clock: Clock, channel: Phone | None = None) -> Any:
    """Run a talk with a host whose time is set by hand."""

    async def main() -> Any:
        async with Host(flow, store=url, channel=channel, clock=clock, background=False) as host:
            return await talk(host, clock)

    return asyncio.run(main())


async def rows(host: Host, table: sa.Table) -> list[Any]:
    """Return all rows of a table."""
    return await host.read(lambda connection: list(connection.execute(sa.select(table)).mappings()))


def test_a_turn_is_stored_whole(kiosk: Flow, url: str, clock: Clock) -> None:
    """A message's turn, its event, its replies and the next timer stand in the store once it is answered."""

    async def talk(host: Host, clock: Clock) -> None:
        turn = await host.receive("b42", "在吗", message_id="m1")
        assert (turn.replies, turn.state, turn.number) == (("您好。", "在的。", "您说。"), "identify_need", 1)
        (conversation,) = await rows(host, schema.conversation)
        assert (conversation["state"], conversation["seq"], conversation["customer"]) == ("identify_need", 1, "b42")
        assert conversation["due"] > clock()
        (event,) = await rows(host, schema.event)
        assert (event["kind"], event["message"], event["data"]) == ("message", "m1", [["在吗"]])
        assert [row["data"]["text"] for row in await rows(host, schema.outbox)] == ["您好。", "在的。", "您说。"]

    run(kiosk, url, talk, clock)


def test_a_conversation_goes_on_after_a_restart(kiosk: Flow, url: str, clock: Clock) -> None:
    """A new host on the same store goes on where the old one stopped."""

    async def first(host: Host, _: Clock) -> None:
        await host.receive("b42", "在吗")

    async def second(host: Host, _: Clock) -> None:
        assert (await host.receive("b42", "在吗")).replies == ("在的。", "您说。")

    run(kiosk, url, first, clock)
    run(kiosk, url, second, clock)


def test_a_duplicate_gives_the_recorded_turn(kiosk: Flow, url: str, clock: Clock) -> None:
    """A message id that came before gives what it led to then, also at the same moment, and changes nothing."""

    async def talk(host: Host, _: Clock) -> None:
        one, two = await asyncio.gather(*(host.receive("b42", "在吗", message_id="m1") for _ in range(2)))
        three = await host.receive("b42", "转人工", message_id="m1")
        assert one.to_json() == two.to_json() == three.to_json()
        assert [one.duplicate, two.duplicate, three.duplicate] == [False, True, True]
        assert len(await rows(host, schema.event)) == 1
        assert (await host.receive("b43", "在吗", message_id="m1")).duplicate is False

    run(kiosk, url, talk, clock)


def test_messages_are_served_in_their_order(kiosk: Flow, url: str, clock: Clock) -> None:
    """What comes at once is answered in the order of its arrival, each with its own number."""

    async def talk(host: Host, _: Clock) -> None:
        turns = await asyncio.gather(*(host.receive(f"b{number % 3}", "在吗") for number in range(30)))
        assert [turn.number for turn in turns] == [number // 3 + 1 for number in range(30)]

    run(kiosk, url, talk, clock)


@pytest.mark.parametrize(
    ("act", "error", "text"),
    [
        (lambda host: host.report("b1", "shiped"), EventError, "did you mean 'shipped'"),
        (lambda host: host.tell("b1", {"order": {"total": "much"}}), FactError, "order.total"),
        (lambda host: host.tell("b1", {"order": {"totl": "1.00"}}), FactError, "did you mean 'order.total'"),
        (lambda host: host.result("b1", "stock"), EventError, "check_stock.done"),
    ],
)
def test_bad_input_refuses_itself_alone(
    act: Callable[[Host], Awaitable[Any]], error: type[Exception], text: str, kiosk: Flow, url: str, clock: Clock
) -> None:
    """What cannot be served is refused with its reason and leaves nothing behind; what came with it is served."""

    async def talk(host: Host, _: Clock) -> None:
        turns = await asyncio.gather(host.receive("b0", "在吗"), act(host), host.receive("b2", "在吗"), return_exceptions=True)
        assert isinstance(turns[1], error)
        assert text in str(turns[1])
        assert {row["id"] for row in await rows(host, schema.conversation)} == {"b0", "b2"}

    run(kiosk, url, talk, clock)


def test_replies_leave_once_and_in_order(kiosk: Flow, url: str, clock: Clock) -> None:
    """Each reply is handed over once; a second host and a second look find nothing left."""

    async def talk(host: Host, _: Clock) -> None:
        await asyncio.gather(*(host.receive(f"b{number}", "在吗") for number in range(5)))
        async with Host(kiosk, store=url, channel=phone, clock=clock, background=False) as other:
            counts = await asyncio.gather(host.deliver(), other.deliver(), host.deliver())
        assert sum(counts) == len(phone.got) == 15
        assert len({message.key for message in phone.got}) == 15
        for number in range(5):
            assert [m.text for m in phone.got if m.conversation == f"b{number}"] == ["您好。", "在的。", "您说。"]

    phone = Phone()
    run(kiosk, url, talk, clock, phone)


def test_what_cannot_leave_holds_up_its_lane(kiosk: Flow, url: str, clock: Clock) -> None:
    """A reply that the channel refuses is tried again later, and nothing of its conversation overtakes it."""

    async def talk(host: Host, clock: Clock) -> None:
        await host.receive("b42", "在吗")
        assert await host.deliver() == 0
        await host.receive("b42", "在吗")
        assert await host.deliver() == 0
        assert phone.got == []
        clock.advance("2s")
        assert await host.deliver() == 5
        assert phone.texts == ["您好。", "在的。", "您说。", "在的。", "您说。"]
        assert {row["error"] for row in await rows(host, schema.outbox)} == {None, "the line is down"}

    phone = Phone(refusals=1)
    run(kiosk, url, talk, clock, phone)


def test_a_dead_worker_holds_nothing_up_for_long(kiosk: Flow, url: str, clock: Clock) -> None:
    """What a worker claimed and did not hand over is handed over by another when the lease is out, with the same keys."""

    async def talk(host: Host, clock: Clock) -> None:
        await host.receive("b42", "在吗")
        claimed = await host.read(host._leaving[0].claim)
        assert len(claimed[0]) == 3
        async with Host(kiosk, store=url, channel=phone, clock=clock, background=False) as other:
            assert await other.deliver() == 0
            clock.advance("2m")
            assert await other.deliver() == 3

    phone = Phone()
    run(kiosk, url, talk, clock, Phone())


def test_timers_fire_once_among_many_hosts(kiosk: Flow, url: str, clock: Clock) -> None:
    """However many hosts look, what is due happens once, late or not."""

    async def talk(host: Host, clock: Clock) -> None:
        for number in range(6):
            await host.receive(f"b{number}", "在吗")
        assert await host.tick() == []
        clock.advance("1h")
        async with Host(kiosk, store=url, clock=clock, background=False) as other:
            fired = await asyncio.gather(host.tick(), other.tick(), host.tick())
        turns = [turn for some in fired for turn in some]
        assert sorted(turn.conversation for turn in turns) == [f"b{number}" for number in range(6)]
        assert {turn.replies for turn in turns} == {("还在吗？",)}

    run(kiosk, url, talk, clock)


def test_several_timers_of_one_conversation(kiosk: Flow, url: str, clock: Clock) -> None:
    """What fell due while no host ran is caught up in the order of its times."""

    async def talk(host: Host, clock: Clock) -> None:
        await host.receive("b42", "几点发")
        await host.receive("b42", "便宜点")
        clock.advance("1d")
        assert [turn.rules for turn in await host.tick()] == [("nudge",), ("price.no",), ("ship.late",)]
        assert [row["state"] for row in await rows(host, schema.promise)] == ["broken"]
        assert await host.tick() == []

    run(kiosk, url, talk, clock)


def test_time_does_not_go_back_in_a_conversation(kiosk: Flow, url: str, clock: Clock) -> None:
    """Where the clock is set back, what comes next happens at the time of what came last."""

    async def talk(host: Host, clock: Clock) -> None:
        await host.receive("b42", "在吗")
        clock.advance(-timedelta(hours=3))
        assert (await host.receive("b42", "在吗")).at == (await rows(host, schema.event))[0]["at"]

    run(kiosk, url, talk, clock)


def test_an_approval_is_booked_and_settled(kiosk: Flow, url: str, clock: Clock) -> None:
    """What a person is asked stands open until it is answered; the grant and the record stand in their ledgers."""

    async def talk(host: Host, clock: Clock) -> None:
        await host.tell("b42", {"order": {"total": "180.00"}})
        await host.receive("b42", "便宜点")
        (asked,) = await rows(host, schema.approval)
        assert (asked["name"], asked["role"], asked["state"]) == ("discount", "supervisor", "open")
        clock.advance("5m")
        assert (await host.approve("b42", "discount", by="zhou")).replies == ("批了。",)
        (done,) = await rows(host, schema.approval)
        assert (done["state"], done["by"], done["settled"]) == ("done", "zhou", clock())
        assert [(row["name"], row["customer"]) for row in await rows(host, schema.given)] == [("discount", "b42")]
        assert [(row["name"], row["data"]) for row in await rows(host, schema.record)] == [
            ("discounts", {"order.total": "180.00"})
        ]

    run(kiosk, url, talk, clock)


def test_a_kept_promise_is_settled(kiosk: Flow, url: str, clock: Clock) -> None:
    """A promise stands in the ledger from when it was made to when it was kept, and what is told to people leaves too."""

    async def talk(host: Host, clock: Clock) -> None:
        await host.receive("b42", "几点发")
        (made,) = await rows(host, schema.promise)
        assert (made["name"], made["what"], made["state"], made["settled"]) == ("dispatch", "货", "open", None)
        clock.advance("1h")
        await host.report("b42", "shipped")
        (kept,) = await rows(host, schema.promise)
        assert (kept["state"], kept["settled"]) == ("kept", clock())
        await host.deliver()
        assert ("notify", "warehouse") in {(message.kind, message.name) for message in phone.got}

    phone = Phone()
    run(kiosk, url, talk, clock, phone)


def test_a_hold_line_is_said_only_while_a_call_is_open(kiosk: Flow, url: str, clock: Clock) -> None:
    """A call that takes longer than three seconds is held; one that ended before is not."""

    async def talk(host: Host, clock: Clock) -> None:
        for conversation in ("quick", "slow"):
            await host.receive(conversation, "有货吗")
        await host.result("quick", "check_stock", "done", {"stock.count": 3})
        clock.advance("4s")
        await host.deliver()
        assert [m.text for m in phone.got if m.conversation == "quick"] == ["您好。", "有3件。"]
        assert [m.text for m in phone.got if m.conversation == "slow"] == ["您好。", "我查一下。"]

    phone = Phone()
    run(kiosk, url, talk, clock, phone)


def test_a_person_takes_over_and_gives_back(kiosk: Flow, url: str, clock: Clock) -> None:
    """A conversation waits for a person from the hand-off on; who took it is known until it is given back."""

    async def talk(host: Host, clock: Clock) -> None:
        await host.receive("b42", "转人工")
        (waits,) = await rows(host, schema.conversation)
        assert (waits["waits_since"], waits["taken_by"]) == (clock(), None)
        await host.take_over("b42", "我是店长小周。", by="zhou")
        assert (await host.receive("b42", "在吗")).replies == ()
        (taken,) = await rows(host, schema.conversation)
        assert taken["taken_by"] == "zhou"
        back = await host.give_back("b42", by="zhou")
        assert back.state == "identify_need"
        (given,) = await rows(host, schema.conversation)
        assert (given["waits_since"], given["taken_by"]) == (None, None)

    run(kiosk, url, talk, clock)


def test_a_corrupted_row_refuses_its_conversation_alone(kiosk: Flow, url: str, clock: Clock) -> None:
    """What cannot be read is said of its conversation; the others go on, and nothing is overwritten."""

    async def first(host: Host, _: Clock) -> None:
        await asyncio.gather(host.receive("b1", "在吗"), host.receive("b2", "在吗"))
        broken = sa.update(schema.conversation).where(schema.conversation.c.id == "b1").values(snapshot='{"format": 1')
        await host.read(lambda connection: connection.execute(broken).rowcount)

    async def second(host: Host, _: Clock) -> None:
        turns = await asyncio.gather(host.receive("b1", "在吗"), host.receive("b2", "在吗"), return_exceptions=True)
        assert isinstance(turns[0], SnapshotError)
        assert "b1" in str(turns[0])
        assert isinstance(turns[1], Served)

    run(kiosk, url, first, clock)
    run(kiosk, url, second, clock)


def test_an_unknown_version_refuses_its_conversation_alone(kiosk: Flow, shop: Shop, url: str, clock: Clock) -> None:
    """Several versions live side by side; a conversation of one that the host lacks is refused with what to do."""
    other = shop(KIOSK.replace("在的。", "在呢。"), name="other")

    async def first(host: Host, _: Clock) -> None:
        await host.receive("b1", "在吗")

    async def both(host: Host, _: Clock) -> None:
        assert (await host.receive("b1", "在吗")).replies == ("在的。", "您说。")
        assert (await host.receive("b2", "在吗")).replies == ("您好。", "在呢。", "您说。")

    run(kiosk, url, first, clock)

    async def main() -> None:
        async with Host([other, kiosk], store=url, clock=clock, background=False) as host:
            await both(host, clock)
        async with Host(other, store=url, clock=clock, background=False, moving="never") as host:
            await host.read(lambda connection: connection.execute(sa.delete(schema.flow_version)).rowcount)
            with pytest.raises(VersionError, match="conversation 'b1' belongs to version"):
                await host.receive("b1", "在吗")
            assert (await host.receive("b2", "在吗")).number == 2

    asyncio.run(main())


def test_in_the_background_timers_fire_and_replies_leave(kiosk: Flow, tmp_path: Any, clock: Clock) -> None:
    """A host on its own hands over what is said as soon as it is stored, and fires what falls due."""

    async def main() -> None:
        async with Host(kiosk, store=f"sqlite:///{tmp_path / 'own.db'}", channel=phone, clock=clock) as host:
            await host.receive("b42", "在吗")
            clock.advance("10m")
            await host.receive("b43", "在吗")  # stirs the loops
            async with asyncio.timeout(20):
                while "还在吗？" not in phone.texts:
                    await asyncio.sleep(0.01)

    phone = Phone()
    asyncio.run(main())
    assert sorted(phone.texts[:3]) == ["在的。", "您好。", "您说。"]


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("shop.db", "write memory, sqlite:///shop.db or postgresql://"),
        ("mysql://shop", "is no store that csflow knows"),
        ("sqlite:////no/such/folder/shop.db", "unable to open database file"),
        ("postgresql://u:secret@127.0.0.1:1/x", "127.0.0.1"),
    ],
)
def test_a_store_that_cannot_be_used(url: str, text: str, kiosk: Flow, clock: Clock) -> None:
    """A wrong URL, a place that is not there and a server that does not answer are said, without the password."""

    async def talk(host: Host, _: Clock) -> None: ...

    with pytest.raises(StoreError, match=text) as caught:
        run(kiosk, url, talk, clock)
    assert "secret" not in str(caught.value)


def test_a_server_that_is_silent_is_not_waited_for(kiosk: Flow, clock: Clock) -> None:
    """A port that takes a connection and never answers is told as an error, after as long as the URL says."""

    async def talk(host: Host, _: Clock) -> None: ...

    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(StoreError, match="timeout"):
        run(kiosk, f"postgresql://u@127.0.0.1:{silent.getsockname()[1]}/x?connect_timeout=2", talk, clock)


def test_how_long_a_server_is_waited_for() -> None:
    """Connections to PostgreSQL have limits of their own; what a URL says goes before them."""
    for url, limits in (
        ("", PATIENCE),
        ("?connect_timeout=3&keepalives_idle=5", PATIENCE | {"connect_timeout": "3", "keepalives_idle": "5"}),
    ):
        with (
            patch("psycopg.connect", side_effect=psycopg.OperationalError("gone")) as connect,
            pytest.raises(StoreError, match="gone"),
        ):
            Store(f"postgresql://u@127.0.0.1/x{url}").upgrade()
        assert connect.call_args.kwargs.items() >= limits.items()


def test_what_cannot_begin_leaves_nothing_open(kiosk: Flow, url: str, clock: Clock) -> None:
    """Where timers cannot be started the host ends all that it had begun, and the next one works."""

    class Broken(Polled):
        async def start(self, keeper: Keeper, *, background: bool) -> None:
            raise CsflowError("no timers today")

    async def talk(host: Host, _: Clock) -> None:
        assert (await host.receive("b1", "在吗")).replies

    async def main() -> None:
        async with Host(kiosk, store=url, timers=Broken()):
            pass

    with pytest.raises(CsflowError, match="no timers today"):
        asyncio.run(main())
    assert "csflow-writer" not in {thread.name for thread in threading.enumerate()}
    run(kiosk, url, talk, clock)


def test_no_message_waits_until_letters_are_learnt() -> None:
    """A host in the background learns from a flow's words by itself, before a message needs it."""

    recogniser = load("retail_zh").recogniser
    assert isinstance(recogniser, RuleRecogniser)
    learnt = [recogniser.learnt]

    async def main() -> None:
        async with Host(load("retail_zh", recogniser=recogniser)), asyncio.timeout(60):
            while not learnt[-1]:
                await asyncio.sleep(0.02)
                learnt.append(recogniser.learnt)

    asyncio.run(main())
    assert not learnt[0]
