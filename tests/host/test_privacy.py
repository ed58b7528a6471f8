"""Customers' data at rest: encrypted, kept no longer than said, deleted whole, and copied whole."""

from __future__ import annotations

import asyncio
import datetime
import sqlite3
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from csflow import Flow, Host, LoadError, StoreError
from csflow.host import schema
from csflow.host.backup import backup
from csflow.host.privacy import FIGURE, LEDGERS, reseal
from csflow.host.sealing import KEYS, make_key
from csflow.host.store import Store
from csflow.testing import Clock
from tests.flows import NOW, Shop
from tests.host.postgres import emptied, program
from tests.host.test_host import Phone, rows

RULES = """
facts: {order.total: money}
calls: {boss: {by: boss, within: 2h}}
rules:
  - when: started
    choose: [{id: talk.welcome, say: 您好。, go: identify_need}]
  - when: ask_price
    choose: [{id: price.say, say: 十元。, do: [{record: {asked: [order.total]}}]}]
  - when: ask_discount
    choose: [{id: price.ask, do: [{call: boss}], say: 我去问。}]
  - when: boss.done
    choose: [{id: price.yes, do: [{grant: discount}, {promise: {parcel: 包裹, by: 2d}}], say: 批了。}]
  - when: shipped
    choose: [{id: parcel.sent, do: [{keep: parcel}], say: 发了。}]
  - when: unknown
    in: [everywhere]
    choose: [{id: talk.unknown, say: 没听懂。}]
"""
SECRET = "我的电话是13812345678"  # noqa: S105 - what a customer wrote
SEALED = "privacy: {encrypt: true, keep: 180d}\n"


@pytest.fixture
def stall(shop: Shop) -> Flow:
    return shop(RULES, SEALED)


def serve(flow: Flow, url: str, talk: Callable[[Host], Awaitable[Any]], clock: Clock, **options: Any) -> Any:
    async def main() -> Any:
        async with Host(flow, store=url, clock=clock, background=False, **options) as host:
            return await talk(host)

    return asyncio.run(main())


async def whole(host: Host, customer: str = "c1", conversation: str = "b1") -> None:
    """Have a conversation that leaves something in every table."""
    await host.receive(conversation, SECRET, "多少钱", customer=customer, message_id="m1")
    await host.receive(conversation, "便宜点")
    await host.approve(conversation, "boss", {"order": {"no": "A1", "total": "18.50"}}, by="li")
    await host.report(conversation, "shipped")


def raw(url: str) -> str:
    """Return all that stands in a store, as it stands there."""
    store = Store(url, keys=[])
    with store.begin() as connection:
        found = [row for t in schema.TABLES.sorted_tables for row in connection.execute(sa.text(f"SELECT * FROM {t.name}"))]  # noqa: S608 - our own names
    store.close()
    return str(found)


def test_texts_at_rest_are_encrypted(stall: Flow, url: str, clock: Clock) -> None:
    """Nothing that a customer wrote, was told or ordered stands in the database; the host reads it all."""
    key = make_key()
    serve(stall, url, whole, clock, keys=[key])
    kept = raw(url)
    assert [text for text in (SECRET, "多少钱", "十元", "18.50", "包裹") if text in kept] == []

    async def talk(host: Host) -> Any:
        again = await host.receive("b1", "x", message_id="m1")
        return again.duplicate, again.replies, next(row["data"] for row in await rows(host, schema.event))

    assert serve(stall, url, talk, clock, keys=[key]) == (True, ("您好。", "十元。"), [[SECRET, "多少钱"]])


def test_without_encryption_texts_are_plain(shop: Shop, url: str, clock: Clock) -> None:
    """A shop that does not ask for it is not slowed down by it, key or no key."""
    serve(shop(RULES), url, whole, clock, keys=[make_key()])
    assert SECRET in raw(url)


def test_encryption_needs_a_key(stall: Flow, url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile that asks for encryption is not served without a key; a key of the environment will do."""
    monkeypatch.delenv(KEYS, raising=False)
    with pytest.raises(
        StoreError, match=r"asks for encryption and there is no key; give Host\(…, keys=\[…\]\) or set CSFLOW_KEYS"
    ):
        serve(stall, url, whole, clock)
    monkeypatch.setenv(KEYS, make_key())
    serve(stall, url, whole, clock)
    assert SECRET not in raw(url)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ([], "the texts of this store are encrypted"),
        ([make_key()], "encrypted with another key"),
        (["abc"], "a key in CSFLOW_KEYS is none"),
    ],
)
def test_the_wrong_key_reads_nothing(shop: Shop, stall: Flow, url: str, clock: Clock, keys: list[str], said: str) -> None:
    """Without the key a conversation is refused, and what to do is said."""
    serve(stall, url, whole, clock, keys=[make_key()])
    with pytest.raises(StoreError, match=said):
        serve(shop(RULES, name="plain"), url, lambda host: host.receive("b1", "多少钱"), clock, keys=keys)


def test_keys_are_rotated(stall: Flow, url: str, clock: Clock) -> None:
    """A new key goes before the old one; once all is encrypted anew the old one is needed no more."""
    old, new = make_key(), make_key()
    serve(stall, url, whole, clock, keys=[old])
    serve(stall, url, lambda host: whole(host, "c2", "b2"), clock, keys=[new, old])
    store = Store(url, keys=[new, old])
    assert reseal(store) > 20
    store.close()

    async def talk(host: Host) -> Any:
        return (await host.receive("b1", "多少钱")).replies, (await host.receive("b2", "多少钱")).replies

    assert serve(stall, url, talk, clock, keys=[new]) == (("十元。",), ("十元。",))


def test_what_was_plain_is_encrypted_later(shop: Shop, stall: Flow, url: str, clock: Clock) -> None:
    """A store that began without encryption is read all the same, and encrypted as a whole when asked."""
    key = make_key()
    serve(shop(RULES, name="plain"), url, whole, clock)
    serve(stall, url, lambda host: host.receive("b1", "多少钱"), clock, keys=[key])
    assert SECRET in raw(url)
    store = Store(url, keys=[key])
    reseal(store)
    store.close()
    assert SECRET not in raw(url)


async def left(host: Host) -> dict[str, Any]:
    found = {table.name: await rows(host, table) for table in schema.TABLES.sorted_tables}
    return {name: kept for name, kept in found.items() if kept and name not in ("flow_version", "store_profile")}


def test_a_customer_is_forgotten(shop: Shop, url: str, clock: Clock) -> None:
    """Nothing of a customer stays but figures without a name; others keep all that is theirs."""

    async def talk(host: Host) -> Any:
        await whole(host)
        await host.receive("b2", "多少钱", customer="c2")
        planned = await host.retention.forget("c1", really=False)
        before = await left(host)
        done = await host.retention.forget("c1")
        return planned, done, before, await left(host), (await host.receive("b1", "多少钱", customer="c1")).number

    planned, done, before, after, number = serve(shop(RULES), url, talk, clock)
    assert planned == done
    assert done.deleted == {"event": 4, "outbox": 6, "approval": 1, "record": 1, "conversation": 1, "customer": 1}
    assert done.nameless == {"promise": 1, "given": 1}
    assert len(before["event"]) == 5
    assert {row["conversation"] for name in ("event", "outbox", "record") for row in after[name]} == {"b2"}
    (given,), (promise,) = after["given"], after["promise"]
    assert (given["customer"], given["data"], given["name"]) == ("~", {}, "discount")
    assert (promise["customer"], promise["what"], promise["about"], promise["state"]) == ("~", "", None, "kept")
    assert {given["conversation"], promise["conversation"]} & {"b1"} == set()
    assert number == 1


def test_every_table_with_a_person_is_emptied() -> None:
    """A new table that belongs to a conversation or a customer is deleted from, unless it is named as a ledger."""
    columns = {table.name: set(table.c.keys()) for table in schema.TABLES.sorted_tables}
    personal = {name for name, have in columns.items() if {"conversation", "customer", "file"} & have}
    assert {table.name for table in LEDGERS} < personal
    assert columns.keys() - personal <= {"flow_version", "store_profile", "lease", "staff"}


def test_a_file_holds_nothing_of_who_was_forgotten(shop: Shop, clock: Clock, tmp_path: Path) -> None:
    """What was deleted is overwritten in the file, once its log is written back."""
    at = tmp_path / "shop.db"

    async def talk(host: Host) -> Any:
        await host.read(lambda connection: connection.exec_driver_sql("PRAGMA secure_delete=OFF").all())  # some builds have it on
        await host.receive("b1", SECRET * 400, customer="c1")  # longer than a page
        await host.receive("b2", "多少钱", customer="c2")
        await host.retention.forget("c1")

    serve(shop(RULES), f"sqlite:///{at}", talk, clock)
    with sqlite3.connect(at) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    assert SECRET.encode() not in at.read_bytes()


@pytest.mark.parametrize(
    ("value", "is_one"), [("18.50", True), ("-3.00", True), ("A1", False), ("13812345678", False), ("1.5", False)]
)
def test_a_figure_is_an_amount(value: str, is_one: bool) -> None:
    """What stays in a ledger is money, never a number that names something."""
    assert (FIGURE.fullmatch(value) is not None) == is_one


def test_old_conversations_go(stall: Flow, shop: Shop, url: str, clock: Clock) -> None:
    """After the time that the profile names a conversation is forgotten, unless something of it is open; once a day."""
    flow = shop(RULES, "privacy: {keep: 180d}\n")

    async def talk(host: Host) -> Any:
        await whole(host)
        await host.deliver()
        await host.receive("b3", "便宜点", customer="c3")  # waits for an answer
        clock.advance("179d")
        await host.receive("b2", "多少钱", customer="c2")
        await host.deliver()
        early = await host.retention.expire(really=False)
        clock.advance("2d")
        planned = await host.retention.expire(really=False)
        await host.retention.daily()
        return early, planned, {row["id"] for row in await rows(host, schema.conversation)}

    early, planned, kept = serve(flow, url, talk, clock, channel=Phone())
    assert (early.deleted, planned.open, planned.deleted["conversation"]) == ({}, ("b3",), 1)
    assert kept == {"b2", "b3"}


def test_a_day_is_looked_at_once(shop: Shop, url: str, clock: Clock) -> None:
    """What `daily` has done today it does not do again."""

    async def talk(host: Host) -> Any:
        await host.retention.daily()
        await whole(host)
        await host.deliver()
        await host.read(
            lambda connection: (
                connection.execute(sa.update(schema.conversation).values(touched=NOW - datetime.timedelta(9))).rowcount
            )
        )
        await host.retention.daily()
        kept = len(await rows(host, schema.conversation))
        clock.advance("1d")
        await host.retention.daily()
        return kept, len(await rows(host, schema.conversation))

    assert serve(shop(RULES, "privacy: {keep: 2d}\n"), url, talk, clock, channel=Phone()) == (1, 0)


def test_a_forgotten_conversation_is_not_remembered(shop: Shop, url: str, clock: Clock) -> None:
    """A host that held the old conversation in memory takes what another host has begun since."""
    flow = shop(RULES)

    async def talk(host: Host) -> Any:
        await host.receive("b1", "便宜点")
        async with Host(flow, store=url, clock=clock, background=False) as other:
            await other.retention.forget("b1")
            clock.advance("1s")
            await other.receive("b1", "多少钱")
        await host.receive("b1", "在吗")
        (row,) = await rows(host, schema.conversation)
        return "ask_discount" in row["snapshot"], "boss" in row["snapshot"]

    assert serve(flow, url, talk, clock) == (False, False)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("privacy: {keep: 5m}", "kept for a day at least"),
        ("privacy: {keep: 180}", "180"),
        ("privacy: {mask: [fon]}", "'fon' is not email, id_card, bank_card, phone or address"),
        ("privacy: {encryption: true}", "encrypt"),
    ],
)
def test_the_profile_is_checked(shop: Shop, line: str, said: str) -> None:
    """What a profile says of privacy is refused at load where it is nothing that can be done."""
    with pytest.raises(LoadError, match=said):
        shop(RULES, line + "\n")


# backup


def copied(url: str, to: str) -> None:
    """Copy a store as the documentation says: `csflow backup`, or PostgreSQL's own programs."""
    if url.startswith("sqlite"):
        store, copy = Store(url), Path(to.removeprefix("sqlite:///"))
        assert backup(store, copy) == copy.stat().st_size
        store.close()
        return
    with tempfile.NamedTemporaryFile(suffix=".dump") as dump:
        for command in (["pg_dump", "--format=custom", f"--file={dump.name}", url], ["pg_restore", f"--dbname={to}", dump.name]):
            subprocess.run([str(program(command[0])), *command[1:]], check=True)  # noqa: S603 - our own command


@pytest.fixture
def copy(request: pytest.FixtureRequest, url: str, tmp_path: Path) -> Iterator[str]:
    """Where a copy of a store goes: a new file, or an empty database."""
    if url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'copy.db'}"
    else:
        with emptied(request.getfixturevalue("cluster")) as other:
            yield other


def test_a_backup_goes_on(shop: Shop, clock: Clock, url: str, copy: str) -> None:
    """A copy taken at work is a store: it takes no message twice, and hands over with the same keys what had not left."""
    flow = shop(RULES)

    async def talk(host: Host) -> Any:
        await whole(host)
        served = asyncio.gather(*(host.receive(f"c{number}", "多少钱", message_id="m") for number in range(50)))
        await asyncio.to_thread(copied, url, copy)
        await served
        return {row["key"] for row in await rows(host, schema.outbox)}

    keys = serve(flow, url, talk, clock)

    async def again(host: Host) -> Any:
        turn = await host.receive("b1", SECRET, message_id="m1")
        await host.deliver()
        others = [await host.receive(f"c{number}", "多少钱", message_id="m") for number in range(50)]
        await host.deliver()
        return turn.duplicate, {turn.number for turn in others}

    phone = Phone()
    assert serve(flow, copy, again, clock, channel=phone) == (True, {1})
    assert sorted(message.key for message in phone.got) == sorted(keys - {row for row in keys if "call" in row})


def test_a_backup_overwrites_nothing(shop: Shop, clock: Clock, tmp_path: Path) -> None:
    """Where a file of that name is there nothing is copied."""
    serve(shop(RULES), f"sqlite:///{tmp_path / 'shop.db'}", whole, clock)
    store = Store(f"sqlite:///{tmp_path / 'shop.db'}")
    (tmp_path / "copy.db").write_text("mine")
    with pytest.raises(StoreError, match="is there already"):
        backup(store, tmp_path / "copy.db")
    store.close()
    assert (tmp_path / "copy.db").read_text() == "mine"


def test_a_damaged_store_is_told(shop: Shop, clock: Clock, tmp_path: Path) -> None:
    """A copy that does not hang together is no backup."""
    at = tmp_path / "shop.db"
    serve(shop(RULES), f"sqlite:///{at}", whole, clock)
    with sqlite3.connect(at) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'event_at'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with at.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * 100)
    store = Store(f"sqlite:///{at}")
    with pytest.raises(StoreError, match="the copy is damaged"):
        backup(store, tmp_path / "copy.db")
    store.close()
    assert not (tmp_path / "copy.db").exists()


def test_postgresql_has_its_own_tools(postgres: str) -> None:
    """A store that is no file is refused with the command that copies it."""
    store = Store(postgres)
    with pytest.raises(StoreError, match="pg_dump --format=custom --file=copy"):
        backup(store, Path("copy"))
    store.close()
