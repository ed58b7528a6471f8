"""The archive: conversations are found, written down whole, and brought together without anything being overwritten."""

from __future__ import annotations

import asyncio
import datetime
import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from csflow import Flow, Host, StoreError
from csflow.host import Outgoing, schema
from csflow.host.archive import BATCH, PARTS, SERVED, Line, Wanted, batches, export, hidden, search
from csflow.host.merge import Clash, Merged, differs, merge
from csflow.host.store import Store
from csflow.testing import Clock

Act = Callable[[Host, Clock], Any]


class Quick:
    async def send(self, message: Outgoing) -> None:
        """Take everything."""


def lead(flow: Flow, url: str, clock: Clock, *acts: Act) -> None:
    """Let acts happen in a store, a minute apart."""

    async def run() -> None:
        async with Host(flow, store=url, channel=Quick(), clock=clock, background=False) as host:
            for act in acts:
                clock.advance("1m")
                await act(host, clock)

    asyncio.run(run())


def says(who: str, *texts: str) -> Act:
    return lambda host, clock: host.receive(who, *texts, customer=f"c-{who}")


async def deliver(host: Host, clock: Clock) -> None:
    while await host.deliver():
        pass


async def pay(host: Host, clock: Clock) -> None:
    await host.report("anna", "ordered", {"order": {"no": "MY1", "total": "99.00"}})


@contextmanager
def reading(url: str) -> Iterator[sa.Connection]:
    with closing(Store(url)) as store, store.reading() as connection:
        yield connection


def lines(url: str, **wanted: Any) -> list[Line]:
    with reading(url) as connection:
        return list(export(connection, Wanted(**wanted)))


def talks(url: str, conversation: str) -> list[dict[str, Any]]:
    return [line["conversation"] for line in lines(url, conversation=conversation) if "conversation" in line]


def taken(url: str, found: list[Line]) -> Merged:
    with closing(Store(url)) as store:
        store.upgrade()
        with store.begin() as connection:
            return merge(connection, found)


@pytest.fixture
def filled(retail: Flow, url: str, clock: Clock) -> str:
    """A store with three conversations."""
    lead(
        retail,
        url,
        clock,
        says("anna", "在吗", "亚麻衬衫多少钱"),
        pay,
        says("bert", "太贵了 100%"),
        says("cora", "我要投诉"),
        deliver,
    )
    return url


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({}, ["cora", "bert", "anna"]),
        ({"customer": "c-anna"}, ["anna"]),
        ({"conversation": "bert"}, ["bert"]),
        ({"order": "MY1"}, ["anna"]),
        ({"order": "MY"}, []),
        ({"text": "亚麻"}, ["anna"]),
        ({"text": "0%"}, ["bert"]),
        ({"text": "%"}, ["bert"]),
        ({"text": "_"}, []),
        ({"text": "木言的智能客服"}, ["bert", "anna"]),
        ({"state": "complaint"}, ["cora"]),
        ({"state": "complain"}, []),
        ({"text": "亚麻", "state": "complaint"}, []),
    ],
)
def test_conversations_are_found(filled: str, wanted: dict[str, Any], names: list[str]) -> None:
    """By customer, id, order, words of either side, state: what is asked for together must all hold, the latest comes first."""
    with reading(filled) as connection:
        assert [found.conversation for found in search(connection, Wanted(**wanted))] == names


def test_a_time_finds_what_went_on_in_it(filled: str, clock: Clock) -> None:
    """From the second minute until just before the fourth: one began too late."""
    start = clock.now - datetime.timedelta(minutes=5)
    with reading(filled) as connection:
        found = search(
            connection, Wanted(since=start + datetime.timedelta(minutes=2), until=start + datetime.timedelta(minutes=4))
        )
        assert [one.conversation for one in found] == ["bert", "anna"]
        assert [one.conversation for one in search(connection, Wanted(), limit=1)] == ["cora"]


def test_what_was_said_is_shown(filled: str) -> None:
    """A search for words shows the first message that holds them, whoever said it."""
    with reading(filled) as connection:
        assert search(connection, Wanted(text="衬衫"))[0].said == "在吗 亚麻衬衫多少钱"
        assert "智能客服" in str(search(connection, Wanted(text="智能客服"))[0].said)


def test_an_export_comes_back_whole(filled: str, tmp_path: Path, retail: Flow, clock: Clock) -> None:
    """Written down as JSON and read into an empty store, everything is there again, and the conversation goes on."""
    found = lines(filled)
    there = f"sqlite:///{tmp_path / 'there.db'}"
    assert taken(there, json.loads(json.dumps(found))) == Merged(added=3)
    assert lines(there) == found
    lead(retail, there, clock, says("anna", "好的，拍了"))
    assert [talk["seq"] for talk in talks(there, "anna")] == [talk["seq"] + 1 for talk in talks(filled, "anna")]


def test_an_export_brings_what_was_served_with(filled: str, tmp_path: Path) -> None:
    """A version of the flow and a store profile come with the conversations that they served, so that these can be travelled."""
    with reading(filled) as connection:
        served = {name for row in connection.execute(sa.select(schema.event.c.digest, schema.event.c.profile)) for name in row}
    there = f"sqlite:///{tmp_path / 'there.db'}"
    taken(there, lines(filled, conversation="anna"))
    with reading(there) as connection:
        kept = [connection.scalars(sa.select(table.c.digest)).all() for table in SERVED]
    assert {digest for some in kept for digest in some} == served


def test_a_masked_export_tells_nobody_and_is_not_taken_back(retail: Flow, url: str, tmp_path: Path, clock: Clock) -> None:
    """Numbers are masked wherever they stand, the snapshot included, the line stays JSON; no store takes it for the truth."""
    lead(retail, url, clock, says("anna", "我的电话13812345678，寄到浦东新区张江路88号"))
    masked = [hidden(line) for line in lines(url)]
    whole, shown = (json.dumps(some, ensure_ascii=False) for some in (lines(url), masked))
    assert "13812345678" in whole
    assert "张江路88号" in whole
    assert "13812345678" not in shown
    assert "张江路88号" not in shown
    assert "138****5678" in shown
    assert all(json.loads(line["conversation"]["snapshot"]) for line in masked if "conversation" in line)
    with pytest.raises(StoreError, match="masked"):
        taken(f"sqlite:///{tmp_path / 'b.db'}", masked)


def test_the_longer_log_wins(filled: str, tmp_path: Path, retail: Flow, clock: Clock) -> None:
    """A copy went on: its log replaces the shorter one; the other way round nothing is lost."""
    there, old = f"sqlite:///{tmp_path / 'there.db'}", lines(filled)
    taken(there, old)
    lead(retail, there, clock, says("anna", "有白色的吗"))
    new = lines(there)
    assert taken(filled, new) == Merged(longer=1, known=2)
    assert lines(filled) == new
    assert taken(there, old) == Merged(known=3)
    assert lines(there) == new


def test_a_clash_is_told_and_nothing_overwritten(filled: str, tmp_path: Path, retail: Flow, clock: Clock) -> None:
    """Both stores went on by themselves: neither is right, the first event that differs is named."""
    there = f"sqlite:///{tmp_path / 'there.db'}"
    taken(there, lines(filled))
    lead(retail, there, clock, says("anna", "有白色的吗"))
    lead(retail, filled, clock, says("anna", "有黑色的吗"), says("anna", "在吗"))
    before = lines(filled)
    merged = taken(filled, lines(there))
    assert merged == Merged(known=2, clashes=(Clash("conversation", "anna", 3),))
    assert str(merged.clashes[0]) == "conversation anna differs from event 3 on; nothing of it was taken"
    assert lines(filled) == before


def test_what_one_store_has_sent_the_other_does_not_send(retail: Flow, url: str, tmp_path: Path, clock: Clock) -> None:
    """The copy was made before the replies left; after the merge nothing is waiting, in whichever log wins."""
    there = f"sqlite:///{tmp_path / 'there.db'}"
    lead(retail, url, clock, says("anna", "在吗"), says("bert", "在吗"))
    taken(there, lines(url))
    lead(retail, url, clock, deliver)
    lead(retail, there, clock, says("bert", "有白色的吗"))
    assert taken(url, lines(there)) == Merged(longer=1, known=1)
    waiting = {row["seq"] for line in lines(url) for row in line.get("outbox", ()) if row["done"] is None}
    assert waiting == {2}


def test_the_file_with_more_changes_wins(filled: str) -> None:
    """A customer's file is taken where it has more changes, left where it has fewer, and told where it differs with as many."""
    held = {row["customer"]["id"]: row["customer"] for row in lines(filled) if "customer" in row}
    file = held["c-anna"]
    newer = file | {"seq": file["seq"] + 1, "file": {"note": "vip"}}
    assert taken(filled, [{"format": 1, "customer": newer}]) == Merged()
    taken(filled, [{"format": 1, "customer": file}])
    assert {"note": "vip"} in [row["customer"]["file"] for row in lines(filled) if "customer" in row]
    clash = taken(filled, [{"format": 1, "customer": newer | {"file": {"note": "other"}}}])
    assert clash.clashes == (Clash("customer", "c-anna", newer["seq"]),)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({}, "no line of an export"),
        ([], "no line of an export"),
        ({"format": 1, "conversation": {"name": "x"}}, "no line of an export"),
        ({"format": 1, "flow_version": {"name": "x"}}, "no line of an export"),
        ({"format": 1, "flow_version": {"digest": "x", "mood": "good"}}, "flow_version.mood was written by a later version"),
        ({"format": 2, "conversation": {"id": "x"}}, "format 2"),
        ({"format": 1, "conversation": {"id": "x"}, "votes": []}, "'votes' was written by a later version"),
        ({"format": 1, "conversation": {"id": "x", "mood": "good"}}, "conversation.mood was written by a later version"),
        ({"format": 1, "conversation": {"id": "x", "opened": "soon"}}, "'soon' in conversation.opened is no moment"),
        ({"format": 1, "conversation": {"id": "x"}}, "nothing of this was stored"),
    ],
)
def test_what_is_no_export_is_refused(line: Any, told: str, tmp_path: Path) -> None:
    """Each kind of bad line is told in a sentence."""
    with pytest.raises(StoreError, match=told):
        taken(f"sqlite:///{tmp_path / 'a.db'}", [line])


def test_logs_differ_where_they_part() -> None:
    """The first number that is not the same; a log that goes on differs from none that it begins with."""
    event = {"seq": 1, "kind": "message", "message": "m", "data": [], "digest": "d", "at": "t"}
    other = event | {"seq": 2, "data": ["x"]}
    assert differs([event], [event, other]) is None
    assert differs([event, event | {"seq": 2}], [event, other]) == 2


def test_lines_come_in_batches() -> None:
    """As many as are written together, and the rest."""
    assert [len(batch) for batch in batches({"n": n} for n in range(2 * BATCH + 1))] == [BATCH, BATCH, 1]


def test_every_table_of_a_conversation_is_exported() -> None:
    """What has a conversation is part of its line; a lane's lease and the customer's file are not."""
    own = {table.name for table in schema.TABLES.tables.values() if "conversation" in table.c}
    assert own == {table.name for table in PARTS} >= {"event", "outbox", "approval", "promise", "given", "record"}
