"""Time travel: every stored conversation comes out again as it was recorded, also across versions and figures."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
import sqlalchemy as sa

from csflow import Flow, Host, StoreError
from csflow.cli.script import play, read_lines
from csflow.host import schema
from csflow.host.store import Store
from csflow.host.travel import Library, Stop, log, script, travel
from csflow.testing import Clock
from tests.flows import Shop

RULES = """
facts: {stock.count: count, order.total: money, store.price: {type: money, required: true}}
calls: {look: {gives: {stock.count: count}, within: 1h}, boss: {by: boss, within: 2h}}
rules:
  - when: started
    choose: [{id: talk.welcome, say: [您好。, 在的。, 欢迎。], go: identify_need}]
  - when: ask_price
    choose: [{id: price.say, say: "{{ store.price }}。"}]
  - when: ask_stock
    choose: [{id: stock.look, do: [{call: look}], say: 我查。}]
  - when: look.done
    choose: [{id: stock.said, if: known(stock.count), say: "有{{ stock.count }}件。"}]
  - when: look.failed
    choose: [{id: stock.unknown, say: 查不到。}]
  - when: ask_discount
    choose: [{id: price.ask, do: [{call: boss}, {promise: {answer: 答复, by: 1d}}], say: 我去问。}]
  - when: boss.done
    choose: [{id: price.yes, do: [{keep: answer}], say: 批了。}]
  - when: paid
    choose: [{id: pay.thanks, say: 收到了。}]
  - when: ask_human
    choose: [{id: talk.person, say: 我请同事来。, go: handoff}]
  - when: unknown
    in: [everywhere]
    choose: [{id: talk.unknown, say: 没听懂。}]
follow_ups:
  nudge: {since: silence, after: 10m, max: 1, in: [identify_need], say: 还在吗？}
"""
PRICE = 'store: {price: "10.00"}\n'


@pytest.fixture
def stall(shop: Shop) -> Flow:
    return shop(RULES, PRICE)


def serve(flow: Flow, url: str, clock: Clock, talk: Callable[[Host], Awaitable[Any]]) -> None:
    async def main() -> None:
        async with Host(flow, store=url, clock=clock, background=False) as host:
            await talk(host)

    asyncio.run(main())


def all_of_it(clock: Clock) -> Callable[[Host], Awaitable[None]]:
    """Return a conversation with an event of every kind."""

    async def talk(host: Host) -> None:
        await host.receive("b1", "在吗", "多少钱", channel="web")
        await host.receive("b1", "有货吗")
        await host.result("b1", "look", facts={"stock.count": 3})
        clock.advance("11m")
        await host.tick()
        await host.receive("b1", "便宜点")
        await host.approve("b1", "boss", by="li")
        await host.tell("b1", {"order": {"no": "A1", "total": "18.50"}})
        await host.report("b1", "paid", {"order.no": "A1"})
        await host.receive("b1", "转人工")
        await host.take_over("b1", "我是小李", by="li")
        await host.receive("b1", "好")
        await host.give_back("b1", "您接着说", by="li")
        clock.advance("3d")
        await host.tick()

    return talk


def stops(url: str, conversation: str = "b1") -> list[Stop]:
    with closing(Store(url)) as store, store.begin() as connection:
        return list(travel(*log(connection, conversation), Library(connection)))


def change(url: str, statement: Any) -> None:
    with closing(Store(url)) as store, store.begin() as connection:
        connection.execute(statement)


def test_a_replay_is_what_was_recorded(stall: Flow, url: str, clock: Clock) -> None:
    """Each turn comes out as it is in the log, whatever happened, and the last snapshot is the stored one."""
    serve(stall, url, clock, all_of_it(clock))
    found = stops(url)
    assert {stop.logged.kind for stop in found} == {"message", "result", "due", "facts", "report", "staff"}
    assert [stop.differs for stop in found] == [{}] * len(found)
    assert "fired     price.say" in "\n".join(found[0].to_json()["why"])


def test_a_replay_takes_each_version_and_its_figures(stall: Flow, shop: Shop, url: str, clock: Clock) -> None:
    """Turns of an older version, or of other figures, are played with these, after the rule files are gone."""

    async def ask(host: Host) -> None:
        await host.receive("b1", "多少钱")

    serve(stall, url, clock, ask)
    serve(shop(RULES, PRICE.replace("10.00", "8.00"), name="cheaper"), url, clock, ask)
    serve(shop(RULES.replace("}}。", "}}整。"), PRICE, name="other"), url, clock, ask)
    for path in stall.spec.roots[-1].rglob("*.yaml"):
        path.unlink()
    found = stops(url)
    assert [(stop.logged.kind, *stop.logged.turn["replies"][-1:]) for stop in found] == [
        ("message", "10元。"), ("message", "8元。"), ("migrated",), ("message", "10元整。"),
    ]  # fmt: skip
    assert [stop.differs for stop in found] == [{}] * 4


def test_what_was_tampered_with_is_shown(stall: Flow, url: str, clock: Clock) -> None:
    """A log or a snapshot that does not come of the events is told, with both."""
    serve(stall, url, clock, all_of_it(clock))
    first = schema.event.c.seq == 1
    change(url, sa.update(schema.event).where(first).values(turn={**stops(url)[0].logged.turn, "replies": ["五元。"]}))
    change(url, sa.update(schema.conversation).values(snapshot=stops(url)[3].snapshot.to_json()))
    found = stops(url)
    assert found[0].differs == {"replies": (["五元。"], stops(url)[0].to_json()["differs"]["replies"]["replayed"])}
    assert [stop.logged.number for stop in found if "snapshot" in stop.differs] == [len(found)]


def test_an_event_that_is_none_of_the_flow_is_passed_over(stall: Flow, url: str, clock: Clock) -> None:
    """What other parts of a host write into the log is listed, and changes nothing."""
    serve(stall, url, clock, all_of_it(clock))
    change(url, sa.update(schema.event).where(schema.event.c.kind == "facts").values(kind="remark"))
    assert [stop.turn for stop in stops(url) if stop.logged.kind == "remark"] == [None]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (sa.delete(schema.flow_version), "does not keep the version"),
        (sa.update(schema.event).values(profile=None), "does not keep the version"),
        (sa.delete(schema.conversation), "no conversation 'b1'"),
    ],
)
def test_what_cannot_be_replayed(stall: Flow, clock: Clock, tmp_path: Any, statement: Any, said: str) -> None:
    """Without its version, its figures or itself a conversation is refused with the reason."""
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    serve(stall, url, clock, all_of_it(clock))
    change(url, statement)
    with pytest.raises(StoreError, match=said):
        stops(url)


def test_a_script_plays_the_same_conversation(stall: Flow, clock: Clock, tmp_path: Any) -> None:
    """The lines of a conversation, played by `csflow chat`, give the same replies; the time between them passes too."""
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    serve(stall, url, clock, all_of_it(clock))
    found = stops(url)
    lines = list(script(stop.logged for stop in found))
    assert json.loads(lines[0]) == {"say": ["在吗", "多少钱"]}
    assert '{"wait": "660s"}' in lines

    def said() -> Iterator[str]:
        chat = stall.start({"id": "b1"}, now=found[0].logged.at, seed=found[0].snapshot.seed, channel="web")
        for line in read_lines(lines, "script"):
            yield from play(chat, line).replies

    by_staff = {"我是小李", "您接着说"}  # a script has no words of the staff
    recorded = [reply for stop in found for reply in stop.logged.turn["replies"] if reply not in by_staff]
    assert list(said()) == recorded
