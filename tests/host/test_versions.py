"""Several versions of a flow: who is moved when, who stays, what is logged of it, and what a store keeps of the rule files."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from csflow import Flow, Host, LoadError, StoreError, VersionError
from csflow.host import schema
from csflow.host.moving import Migration
from csflow.host.store import Store
from csflow.rulefile import restore
from csflow.testing import Clock
from tests.flows import Shop
from tests.host.test_host import rows

RULES = """
facts: {stock.count: count}
calls: {look: {gives: {stock.count: count}, within: 1h}}
states: {close.pay: {}}
rules:
  - when: started
    choose: [{id: talk.welcome, say: 您好。, go: identify_need}]
  - when: ask_price
    choose: [{id: price.say, say: 十元。}]
  - when: ask_stock
    choose: [{id: stock.look, do: [{call: look}], say: 我查。}]
  - when: look.done
    choose: [{id: stock.said, say: "有{{ stock.count }}件。", if: known(stock.count)}]
  - when: buy
    choose: [{id: close.take, say: 好的。, go: close.pay}]
  - when: thanks
    choose: [{id: talk.bye, say: 不客气。, go: identify_need}]
  - when: unknown
    in: [everywhere]
    choose: [{id: talk.unknown, say: 没听懂。}]
follow_ups:
  nudge: {since: silence, after: 10m, max: 1, in: [identify_need], say: 还在吗？}
"""
CHEAPER = ("十元。", "八元。")
SETTLE = (("{close.pay: {}}", "{close.settle: {was: close.pay}}"), ("go: close.pay", "go: close.settle"))
NO_STATE = (("states: {close.pay: {}}\n", ""), ("go: close.pay", "go: close"))


@pytest.fixture
def version(shop: Shop) -> Callable[..., Flow]:
    """Builds a version of one flow, in which some texts are replaced."""

    def build(*changes: tuple[str, str], store: str = "") -> Flow:
        rules = RULES
        for before, after in changes:
            assert before in rules
            rules = rules.replace(before, after)
        return shop(rules, store, name=f"v{abs(hash((changes, store)))}")

    return build


def run(flows: Any, url: str, clock: Clock, talk: Callable[[Host], Awaitable[Any]], **options: Any) -> Any:
    """Serve with some versions; returns what the talk does."""

    async def main() -> Any:
        async with Host(flows, store=url, clock=clock, background=False, **options) as host:
            return await talk(host)

    return asyncio.run(main())


def said(*texts: str, to: str = "b1") -> Callable[[Host], Awaitable[list[str]]]:
    """Return a talk that says texts one after the other, and what is answered."""

    async def talk(host: Host) -> list[str]:
        return [reply for text in texts for reply in (await host.receive(to, text)).replies]

    return talk


def test_a_conversation_of_an_older_version_is_moved(version: Any, url: str, clock: Clock) -> None:
    """At its next event a conversation goes over to the current version, and the log says so before what came of it."""
    old, new = version(), version(CHEAPER)
    assert run(old, url, clock, said("多少钱")) == ["您好。", "十元。"]

    async def talk(host: Host) -> Any:
        turn = await host.receive("b1", "多少钱", message_id="m2")
        again = await host.receive("b1", "多少钱", message_id="m2")
        return turn, again, await rows(host, schema.event), await rows(host, schema.conversation)

    turn, again, events, (row,) = run(new, url, clock, talk)
    assert (turn.number, turn.replies) == (3, ("八元。",))
    assert (again.number, again.duplicate) == (3, True)
    assert [(event["seq"], event["kind"], event["digest"]) for event in events] == [
        (1, "message", old.origin.digest), (2, "migrated", new.origin.digest), (3, "message", new.origin.digest),
    ]  # fmt: skip
    assert events[1]["data"] == {"from": old.origin.digest, "to": new.origin.digest, "renamed": [], "dropped": []}
    assert (row["digest"], row["seq"]) == (new.origin.digest, 3)


def test_names_follow_by_was(version: Any, url: str, clock: Clock) -> None:
    """A conversation that stands in a renamed state goes on under its new name."""
    run(version(), url, clock, said("我要了"))

    async def talk(host: Host) -> Any:
        await host.receive("b1", "你说啥")
        return (await rows(host, schema.event))[1]["data"]["renamed"], (await rows(host, schema.conversation))[0]["state"]

    assert run(version(*SETTLE), url, clock, talk) == (["state close.pay is close.settle"], "close.settle")


def test_who_cannot_move_stays_until_it_is_safe(version: Any, url: str, clock: Clock) -> None:
    """A conversation in a state that is gone is served by its own version, out of the store, until it has left that state."""
    old, new = version(), version(*NO_STATE, CHEAPER)
    run(old, url, clock, said("我要了"))

    async def talk(host: Host) -> Any:
        first = await host.receive("b1", "多少钱")
        await host.receive("b1", "谢谢")
        return first.replies, (await host.receive("b1", "多少钱")).replies, await rows(host, schema.event)

    first, second, events = run(new, url, clock, talk)
    assert (first, second) == (("十元。",), ("八元。",))
    assert [event["kind"] for event in events] == ["message", "message", "message", "migrated", "message"]


def test_who_can_neither_move_nor_stay_is_refused_alone(version: Any, url: str, clock: Clock) -> None:
    """Where the store lacks the version too, the refusal says what has no place and what to do; others go on."""
    run(version(), url, clock, said("我要了"))
    run(version(), url, clock, said("多少钱", to="b2"))

    async def talk(host: Host) -> Any:
        await host.read(lambda connection: connection.execute(sa.delete(schema.flow_version)).rowcount)
        turns = await asyncio.gather(host.receive("b1", "多少钱"), host.receive("b2", "多少钱"), return_exceptions=True)
        return *turns, await rows(host, schema.event)

    refused, turn, events = run(version(*NO_STATE, CHEAPER), url, clock, talk)
    assert isinstance(refused, VersionError)
    assert refused.lost == ("state close.pay: the conversation stands in it",)
    assert "give that version to the host too, as in Host([new, old]), or name successors by `was:`" in str(refused)
    assert turn.replies == ("八元。",)
    assert [event["kind"] for event in events if event["conversation"] == "b1"] == ["message"]


@pytest.mark.parametrize("given", [True, False])
def test_a_pinned_conversation_keeps_its_version(version: Any, url: str, clock: Clock, given: bool) -> None:
    """A version that the host was given serves what began with it; so does one out of the store where nothing may be moved."""
    old, new = version(), version(CHEAPER)
    run(old, url, clock, said("多少钱"))
    flows, moving = ([new, old], "safe") if given else (new, "never")
    assert run(flows, url, clock, said("多少钱"), moving=moving) == ["十元。"]
    assert run(flows, url, clock, said("多少钱", to="b2"), moving=moving) == ["您好。", "八元。"]


def test_a_host_of_an_older_version_moves_nothing_back(version: Any, url: str, clock: Clock) -> None:
    """While hosts are renewed one by one, one that is still of the old version serves newer conversations by theirs."""
    old, new = version(), version(CHEAPER)
    run(old, url, clock, said("多少钱"))
    clock.advance("1h")
    run(new, url, clock, said("多少钱", to="b2"))
    clock.advance("1h")
    assert run(old, url, clock, said("多少钱", to="b2")) == ["八元。"]
    assert run(old, url, clock, said("多少钱")) == ["十元。"]


def test_other_figures_move_nobody(version: Any, url: str, clock: Clock) -> None:
    """A store profile is no part of a version: what began with other figures goes on with the present ones, unmoved."""
    figures = (("facts: {stock.count: count}", "facts: {stock.count: count, store.price: {type: money, required: true}}"),
               ("say: 十元。", 'say: "{{ store.price }}。"'))  # fmt: skip
    old, new = (version(*figures, store=f'store: {{price: "{price}"}}\n') for price in ("10.00", "8.00"))
    assert old.origin.digest == new.origin.digest
    assert run(old, url, clock, said("多少钱")) == ["您好。", "10元。"]

    async def talk(host: Host) -> Any:
        return (
            (await host.receive("b1", "多少钱")).replies,
            await rows(host, schema.event),
            await rows(host, schema.store_profile),
        )

    replies, events, profiles = run(new, url, clock, talk)
    assert replies == ("8元。",)
    assert [event["profile"] for event in events] == [old.profile.digest, new.profile.digest]
    assert {profile["text"] for profile in profiles} == {old.profile.text, new.profile.text}


def test_an_open_call_waits_for_its_answer(version: Any, url: str, clock: Clock) -> None:
    """A conversation that waits for a call which is gone stays until the answer came."""
    old = version()
    no_call = ("calls: {look: {gives: {stock.count: count}, within: 1h}}\n", "")
    new = version(no_call, (", do: [{call: look}]", ""), ("  - when: look.done\n", "  - when: ask_parcel\n"))
    run(old, url, clock, said("有货吗"))

    async def talk(host: Host) -> Any:
        answer = await host.result("b1", "look", facts={"stock.count": 3})
        return answer.replies, (await host.receive("b1", "多少钱")).number

    assert run(new, url, clock, talk) == (("有3件。",), 4)


def test_what_is_due_moves_too(version: Any, url: str, clock: Clock) -> None:
    """A timer that falls due is fired by the current version, under its new name."""
    run(version(), url, clock, said("多少钱"))
    clock.advance("10m")

    async def talk(host: Host) -> Any:
        return (
            [turn.replies for turn in await host.tick()],
            await host.tick(),
            [e["kind"] for e in await rows(host, schema.event)],
        )

    new = version(("nudge: {since", "poke: {was: nudge, since"), ("还在吗？", "还看吗？"))
    assert run(new, url, clock, talk) == ([("还看吗？",)], [], ["message", "migrated", "due"])


def test_a_call_answered_after_the_move(version: Any, url: str, clock: Clock) -> None:
    """What was asked in the old version is answered in the new one."""
    run(version(), url, clock, said("有货吗"))

    async def talk(host: Host) -> Any:
        return (await host.result("b1", "look", facts={"stock.count": 3})).replies

    assert run(version(("件。", "个。")), url, clock, talk) == ("有3个。",)


def test_a_store_without_a_readable_version(version: Any, url: str, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """A version that this csflow cannot read serves nobody; who is safe is moved all the same, by names alone."""
    run(version(), url, clock, said("我要了"))
    run(version(), url, clock, said("多少钱", to="b2"))

    async def talk(host: Host) -> Any:
        await host.read(lambda connection: connection.execute(sa.update(schema.flow_version).values(texts="x")).rowcount)
        return await asyncio.gather(host.receive("b1", "多少钱"), host.receive("b2", "多少钱"), return_exceptions=True)

    refused, turn = run(version(*NO_STATE), url, clock, talk)
    assert isinstance(refused, VersionError)
    assert turn.replies == ("十元。",)
    assert "cannot be loaded" in caplog.text


# loading again


async def answers(host: Host) -> list[str]:
    return [reply for reply in (await host.receive("b1", "多少钱")).replies if reply != "您好。"]


def edit(flow: Flow, before: str, after: str) -> None:
    """Write something else into the rule file of a flow."""
    path = flow.spec.roots[-1] / "rules" / "test.yaml"
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")


def test_rule_files_are_loaded_again(version: Any, url: str, clock: Clock) -> None:
    """After `reload` what begins is of the new version, what is under way is moved, and nothing is lost between."""
    flow = version()

    async def talk(host: Host) -> Any:
        assert await answers(host) == ["十元。"]
        assert await host.reload() is False
        edit(flow, *CHEAPER)
        turns, changed, _ = await asyncio.gather(
            asyncio.gather(*(host.receive(f"c{number}", "多少钱") for number in range(20))), host.reload(), answers(host)
        )
        assert changed
        assert all(turn.replies[-1] in CHEAPER for turn in turns)
        return await answers(host), [event["kind"] for event in await rows(host, schema.event) if event["conversation"] == "b1"]

    assert run(flow, url, clock, talk) == (["八元。"], ["message", "message", "migrated", "message"])


def test_a_faulty_file_keeps_the_version_before(version: Any, url: str, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """`reload` raises what is wrong; a watching host tells it once, goes on, and takes the mended file."""
    flow = version()

    async def talk(host: Host) -> Any:
        edit(flow, "say: 十元。", "sya: 十元。")
        with pytest.raises(LoadError, match="unknown-key"):
            await host.reload()
        told = [await host.reload_if_changed() for _ in range(2)]
        assert await answers(host) == ["十元。"]
        edit(flow, "sya: 十元。", "say: 八元整。")
        return told, await host.reload_if_changed(), await answers(host)

    assert run(flow, url, clock, talk, watch=True) == ([False, False], True, ["八元整。"])
    assert caplog.text.count("unknown-key") == 1


def test_new_figures_are_loaded_too(version: Any, clock: Clock) -> None:
    """A changed store profile is served from the next turn on, and moves nobody."""
    flow = version(("facts: {stock.count: count}", "facts: {stock.count: count, store.price: {type: money, required: true}}"),
                   ("say: 十元。", 'say: "{{ store.price }}。"'), store='store: {price: "10.00"}\n')  # fmt: skip

    async def talk(host: Host) -> Any:
        before = await answers(host)
        path = flow.spec.roots[-1] / "store.yaml"
        path.write_text(path.read_text("utf-8").replace("10.00", "8.00"), "utf-8")
        return before, await host.reload_if_changed(), await answers(host), len(await rows(host, schema.event))

    assert run(flow, "memory", clock, talk, watch=True) == (["10元。"], True, ["8元。"], 2)


def test_a_version_out_of_the_store_has_no_files(version: Any, clock: Clock) -> None:
    """What was not loaded from files cannot be loaded again, and says so."""
    spec, profile = restore(version().spec.texts, "profile: test\n")
    with pytest.raises(StoreError, match="was not loaded from files"):
        run(Flow(spec, profile), "memory", clock, lambda host: host.reload())


def test_a_watching_host_notices_by_itself(version: Any, tmp_path: Path) -> None:
    """In the background the files are looked at now and again."""
    flow = version()

    async def main() -> None:
        async with Host(flow, store=f"sqlite:///{tmp_path / 'own.db'}", watch=True) as host:
            edit(flow, *CHEAPER)
            async with asyncio.timeout(30):
                number = 0
                while (await host.receive(f"c{number}", "多少钱")).replies[-1] != "八元。":
                    number += 1
                    await asyncio.sleep(0.05)

    asyncio.run(main())


# moved while hosts are at work


def test_all_are_moved_while_a_host_serves(version: Any, url: str, clock: Clock) -> None:
    """`Migration.apply` beside a host of the old version: each conversation is moved once, and none loses an event."""
    old, new = version(), version(CHEAPER)
    names = [f"c{number:03}" for number in range(250)]

    async def talk(host: Host) -> Any:
        await asyncio.gather(*(host.receive(name, "多少钱") for name in names))
        clock.advance("1m")
        store = Store(url)
        moving = asyncio.to_thread(Migration(store, new).apply, clock())
        done, *turns = await asyncio.gather(moving, *(host.receive(name, "多少钱") for name in names))
        again = await asyncio.to_thread(Migration(store, new).apply, clock())
        store.close()
        await asyncio.gather(*(host.receive(name, "有货吗") for name in names))
        return done, again, turns, await rows(host, schema.event)

    done, again, turns, events = run(old, url, clock, talk)
    assert (done, again) == ({"safe": 250}, {})
    assert all(turn.replies[-1] in CHEAPER for turn in turns)
    kinds: dict[str, list[str]] = {}
    for event in sorted(events, key=lambda event: event["seq"]):
        kinds.setdefault(event["conversation"], []).append(event["kind"])
    assert kinds.keys() == set(names)
    assert all(sorted(found) == ["message"] * 3 + ["migrated"] for found in kinds.values())
    assert [event["digest"] for event in events if event["seq"] == 4] == [new.origin.digest] * 250


def test_a_plan_changes_nothing(version: Any, url: str, clock: Clock) -> None:
    """What is planned is what is applied, and the store stays as it is."""
    run(version(), url, clock, said("我要了"))
    run(version(), url, clock, said("多少钱", to="b2"))
    store = Store(url)
    migration = Migration(store, version(*NO_STATE))
    plan = {(standing.state, standing.position): count for standing, count in migration.plan().items()}
    assert plan == {("close.pay", "orphaned"): 1, ("identify_need", "safe"): 1}
    with store.begin() as connection:
        assert len(connection.execute(sa.select(schema.event)).all()) == 2
    assert migration.apply(clock()) == {"orphaned": 1, "safe": 1}
    store.close()
