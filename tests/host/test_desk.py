"""The desk: who decides and by when, who takes whom, what they see, and what they leave to the next shift."""

from __future__ import annotations

import asyncio
import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from csflow import FactError, Flow, Host, StaffError
from csflow.host import schema
from csflow.host.timers import Polled
from csflow.testing import Clock
from tests.flows import Shop
from tests.host.test_host import Phone, rows, run
from tests.host.two import with_two

DESK = """
facts: {desk.busy: flag, order.total: money}
slots:
  size: {type: count, ask: 要几号？, tries: 2}
intents:
  hello: {phrases: [在吗]}
  ask_discount: {phrases: [便宜]}
  ask_size: {phrases: [尺码]}
  promise_me: {phrases: [几点发]}
  person: {phrases: [转人工]}
  furious: {phrases: [气死]}
events:
  shipped: {}
  staff_busy: {sets: {desk.busy: true}}
  staff_back: {sets: {desk.busy: false}}
calls:
  discount: {by: supervisor, within: 20m, with: ['order.total?'], hold: 还在问。}
rules:
  - when: started
    choose: [{id: talk.welcome, say: 您好。, go: identify_need}]
  - when: hello
    choose: [{id: talk.here, say: 在的。}]
  - when: ask_size
    choose: [{id: size.ask, ask: size, say: 我帮您看。}]
  - when: ask_discount
    choose: [{id: price.ask, do: [{call: discount}], say: 我去问。}]
  - when: discount.done
    choose: [{id: price.yes, do: [{grant: discount}], say: 批了。}]
  - when: discount.denied
    choose: [{id: price.no, say: 没批。}]
  - when: discount.failed
    choose: [{id: price.late, say: 还没批下来。, do: [{notify: warehouse}]}]
  - when: promise_me
    choose: [{id: ship.promise, do: [{promise: {dispatch: "货", by: 2h}}, {notify: warehouse}], say: 两小时内发。}]
  - when: shipped
    in: [everywhere]
    choose: [{id: ship.kept, do: [{keep: dispatch}], say: 发了。}]
  - when: dispatch.broken
    in: [everywhere]
    choose: [{id: ship.late, say: 抱歉，晚了。}]
  - when: person
    choose: [{id: talk.person, say: 我请同事来。, go: handoff}]
  - when: furious
    choose: [{id: talk.furious, say: 对不起，我请同事来。, do: [{tag: {priority: urgent}}], go: handoff}]
  - when: unknown
    in: [everywhere]
    choose: [{id: talk.unknown, say: 没听懂。}]
follow_ups:
  busy: {since: staff_busy, after: 1s, in: [handoff], if: desk.busy, say: 同事在忙，您先写下来。}
  back: {since: staff_back, after: 1s, in: [handoff], if: not desk.busy, say: 同事来了。}
"""
PROFILE = "escalation: {supervisor: duty_manager}"
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def flow(shop: Shop) -> Flow:
    """A small shop whose prices a supervisor decides and whose people are busy at times."""
    return shop(DESK, PROFILE)


def test_approvals_wait_by_their_deadline(flow: Flow, url: str, clock: Clock) -> None:
    """What is to be decided is told with what it is about, the nearest deadline first, until somebody has decided."""

    async def talk(host: Host, clock: Clock) -> None:
        await host.receive("b42", "便宜点")
        clock.advance("5m")
        await host.tell("b43", {"order": {"no": "A1", "total": "180.00"}})
        await host.receive("b43", "便宜点", customer="c43")
        first, second = await host.desk.approvals()
        assert (first.conversation, first.name, first.role, first.waits) == ("b42", "discount", "supervisor", 5 * MINUTE)
        assert (second.values, second.customer, second.late) == ({"order.total": "180.00"}, "b43", False)
        assert first.deadline is not None
        assert second.deadline == first.deadline + 5 * MINUTE
        assert (await host.approve("b42", "discount", by="王")).replies == ("批了。",)
        assert [one.conversation for one in await host.desk.approvals("supervisor")] == ["b43"]
        assert await host.desk.approvals("owner") == []

    run(flow, url, talk, clock)


def test_a_second_answer_is_refused_and_told_who_was_first(flow: Flow, url: str, clock: Clock) -> None:
    """Of two who decide at once one decides; the other hears who it was, also when both are written together."""

    async def talk(host: Host, _: Clock) -> None:
        await host.receive("b42", "便宜点")
        both = (host.approve("b42", "discount", by="王"), host.deny("b42", "discount", by="李"))
        yes, no = await asyncio.gather(*both, return_exceptions=True)
        assert yes.replies == ("批了。",)  # type: ignore[union-attr] # the first one is served
        assert isinstance(no, StaffError)
        with pytest.raises(StaffError, match="was approved by 王 at 2026-11-02T02:00:00"):
            await host.deny("b42", "discount", by="李")
        (approval,) = await rows(host, schema.approval)
        assert (approval["state"], approval["by"]) == ("done", "王")

    run(flow, url, talk, clock)


def test_nothing_is_decided_that_nobody_asked_for(flow: Flow, url: str, clock: Clock) -> None:
    """An answer without a request is refused, and leaves no trace."""

    async def talk(host: Host, _: Clock) -> None:
        await host.receive("b42", "在吗")
        with pytest.raises(StaffError, match=r"does not ask for 'discount'$"):
            await host.approve("b42", "discount", by="王")
        assert len(await rows(host, schema.event)) == 1

    run(flow, url, talk, clock)


def test_an_answer_that_does_not_fit_decides_nothing(flow: Flow, url: str, clock: Clock) -> None:
    """A yes with facts that the flow does not know is refused; whoever answers next is the first, in the same moment too."""

    async def talk(host: Host, _: Clock) -> None:
        await host.receive("b42", "便宜点")
        both = (host.approve("b42", "discount", {"no.fact": 1}, by="王"), host.deny("b42", "discount", by="李"))
        bad, no = await asyncio.gather(*both, return_exceptions=True)
        assert isinstance(bad, FactError)
        assert no.replies == ("没批。",)  # type: ignore[union-attr] # it is served

    run(flow, url, talk, clock)


def test_an_unreadable_conversation_waits_before_the_others(flow: Flow, url: str, clock: Clock) -> None:
    """What cannot be read any more stands in the queue for a person, and holds up nobody else."""

    async def talk(host: Host, _: Clock) -> None:
        for conversation in ("a", "b"):
            await host.receive(conversation, "转人工")
        broken = sa.update(schema.conversation).where(schema.conversation.c.id == "b").values(snapshot="{")
        await host.writer.run(lambda connection: connection.execute(broken))
        assert [(one.conversation, one.because) for one in await host.desk.queue()] == [("b", "cannot be read"), ("a", "")]
        assert [turn.conversation for turn in await host.desk.presence("王", "agent", "busy")] == ["a"]

    run(flow, url, talk, clock)


def test_a_late_approval_goes_on_to_the_next_role(flow: Flow, url: str, clock: Clock) -> None:
    """At the deadline the customer is told, the next role gets a notice, and a late yes still counts."""
    phone = Phone()

    async def talk(host: Host, clock: Clock) -> None:
        await host.receive("b42", "便宜点")
        clock.advance("20m")
        assert [turn.replies for turn in await host.tick()] == [("还没批下来。",)]
        assert await host.tick() == []
        (late,) = await host.desk.approvals("duty_manager")
        assert (late.late, late.escalated, late.role) == (True, "duty_manager", "supervisor")
        await host.deliver()
        (notice,) = [message for message in phone.got if message.kind == "escalate"]
        assert (notice.name, notice.data) == (
            "duty_manager", {"approval": "discount", "asked_of": "supervisor", "customer": "b42"},
        )  # fmt: skip
        assert (await host.approve("b42", "discount", by="总")).replies == ("批了。",)
        assert await host.desk.approvals() == []

    run(flow, url, talk, clock, phone)


def test_what_nobody_decides_goes_on_and_on(shop: Shop, url: str, clock: Clock) -> None:
    """Each role has as long as the first one had, then the next one hears of it once; whoever answers ends it."""
    phone, flow = Phone(), shop(DESK, "escalation: {supervisor: duty_manager, duty_manager: owner}")

    async def told(host: Host, after: str) -> list[str]:
        clock.advance(after)
        await host.tick()
        await host.tick()
        await host.deliver()
        return [message.name for message in phone.got if message.kind == "escalate"]

    async def talk(host: Host, clock: Clock) -> None:
        await host.receive("b1", "便宜点")
        await host.receive("b2", "便宜点")
        assert await told(host, "19m") == []
        assert await told(host, "1m") == ["duty_manager"] * 2
        await host.approve("b2", "discount", by="总")
        assert await told(host, "19m") == ["duty_manager"] * 2
        assert await told(host, "1m") == ["duty_manager", "duty_manager", "owner"]
        (late,) = await host.desk.approvals("owner")
        assert (late.conversation, late.role, late.escalated) == ("b1", "supervisor", "owner")
        assert await told(host, "5d") == ["duty_manager", "duty_manager", "owner"]
        assert phone.got[-1].data == {"approval": "discount", "asked_of": "supervisor", "customer": "b1"}

    run(flow, url, talk, clock, phone)


def test_the_queue_goes_by_importance_then_by_time(flow: Flow, url: str, clock: Clock) -> None:
    """Who is urgent comes first, then whom the shop knows as important, then who has waited longest."""

    async def talk(host: Host, clock: Clock) -> None:
        for conversation in ("a", "b", "vip"):
            await host.receive(conversation, "转人工")
            clock.advance("1m")
        await host.receive("d", "气死了")
        await host.customers.edit("vip", {"importance": "high"}, by="王")
        queue = await host.desk.queue()
        assert [(one.conversation, one.importance, one.because) for one in queue] == [
            ("d", "urgent", "priority urgent"),
            ("vip", "high", "important customer"),
            ("a", "usual", ""),
            ("b", "usual", ""),
        ]
        assert queue[2].waits == 3 * MINUTE
        await host.take_over("a", by="王")
        assert [one.conversation for one in await host.desk.queue()] == ["d", "vip", "b"]
        assert [(one.conversation, one.taken_by) for one in await host.desk.taken()] == [("a", "王")]

    run(flow, url, talk, clock)


def test_two_take_one_conversation(flow: Flow, url: str, clock: Clock) -> None:
    """One wins, the other hears who has it and can neither write nor give back; the winner may do both."""

    async def talk(host: Host, _: Clock) -> None:
        await host.receive("b42", "转人工")
        takes = (host.take_over("b42", "我来。", by=by) for by in ("王", "李"))
        mine, theirs = await asyncio.gather(*takes, return_exceptions=True)
        assert mine.replies == ("我来。",)  # type: ignore[union-attr] # the first one is served
        assert isinstance(theirs, StaffError)
        for act in (host.say, host.give_back, host.take_over):
            with pytest.raises(StaffError, match="王 has conversation 'b42'"):
                await act("b42", "我也在。", by="李")
        await host.say("b42", "您说。", by="王")
        assert (await host.give_back("b42", by="王")).state == "identify_need"
        assert await host.desk.taken() == []

    run(flow, url, talk, clock)


def test_two_processes_take_one_conversation(flow: Flow, url: str, clock: Clock) -> None:
    """Hosts that share a store let one person win, too: here 20 conversations, each wanted by two."""

    async def talk(one: Host, two: Host) -> None:
        names = [f"b{number}" for number in range(20)]
        await asyncio.gather(*(one.receive(name, "转人工") for name in names))
        wanted = [host.take_over(name, by=by) for name in names for host, by in ((one, "王"), (two, "李"))]
        answers = await asyncio.gather(*wanted, return_exceptions=True)
        refused = [answer for answer in answers if isinstance(answer, StaffError)]
        assert (len(refused), len(answers) - len(refused)) == (20, 20)
        taken = {waiting.conversation: waiting.taken_by for waiting in await one.desk.taken()}
        for answer in answers:
            if not isinstance(answer, BaseException):
                log = await rows(one, schema.event)
                (act,) = [e for e in log if (e["conversation"], e["seq"]) == (answer.conversation, answer.number)]
                assert act["turn"]["by"] == taken[answer.conversation]

    with_two(flow, url, clock, talk)


def test_a_person_sees_the_whole_context(flow: Flow, url: str, clock: Clock) -> None:
    """State, what was suspended, the open question, promises, approvals, both sides' words, notes and the customer's file."""

    async def talk(host: Host, clock: Clock) -> None:
        await host.tell("b42", {"order": {"no": "A1", "total": "180.00"}})
        await host.receive("b42", "便宜点", channel="web")
        await host.receive("b42", "几点发")
        await host.receive("b42", "什么尺码")
        await host.receive("b42", "转人工")
        clock.advance("1m")
        await host.receive("b42", "怎么没人")
        await host.desk.note("b42", "老顾客，别让他等", by="李")
        await host.customers.edit("b42", {"note": "只要白色"}, by="李")
        seen = await host.desk.context("b42")
        assert (seen.state, seen.suspended, seen.question, seen.taken_by) == ("handoff", ["identify_need"], "size", None)
        assert seen.orders == {"A1": {"no": "A1", "total": "180.00"}}
        assert [(one.name, one.state) for one in seen.promises] == [("dispatch", "open")]
        assert [one.name for one in seen.approvals] == ["discount"]
        assert seen.file["notes"][0]["text"] == "只要白色"
        assert [line.text for line in seen.unread] == ["怎么没人"]
        assert [(line.who, line.text, line.note) for line in seen.lines][-4:] == [
            ("customer", "转人工", False),
            ("bot", "我请同事来。", False),
            ("customer", "怎么没人", False),
            ("李", "老顾客，别让他等", True),
        ]
        await host.take_over("b42", "您好，我是小王。", by="王")
        seen = await host.desk.context("b42", last=2)
        assert [(line.who, line.text) for line in seen.lines] == [("李", "老顾客，别让他等"), ("王", "您好，我是小王。")]
        assert (seen.unread, seen.taken_by) == ([], "王")
        with pytest.raises(StaffError, match="no conversation 'b1'"):
            await host.desk.context("b1")

    run(flow, url, talk, clock)


def test_a_note_is_in_the_log_and_changes_nothing(flow: Flow, url: str, clock: Clock) -> None:
    """A note has its place in the log; the flow neither hears of it nor says anything, and its timers stay."""

    async def talk(host: Host, clock: Clock) -> None:
        await host.receive("b42", "便宜点")
        (before,) = await rows(host, schema.conversation)
        clock.advance("1m")
        turn = await host.desk.note("b42", "问过仓库", by="李")
        (after,) = await rows(host, schema.conversation)
        assert (turn.replies, turn.effects, turn.rules) == ((), (), ())
        assert (after["snapshot"], after["due"], after["taken_by"]) == (before["snapshot"], before["due"], None)
        assert [(e["kind"], e["data"]) for e in await rows(host, schema.event)][1] == ("note", ["问过仓库", None, None])

    run(flow, url, talk, clock)


def test_a_conversation_is_passed_on(flow: Flow, url: str, clock: Clock) -> None:
    """Whoever has it passes it to somebody else, or back into the queue; the customer does not notice."""

    async def talk(host: Host, _: Clock) -> None:
        await host.receive("b42", "在吗")
        with pytest.raises(StaffError, match="is not with people"):
            await host.desk.pass_on("b42", "李", by="王")
        await host.receive("b42", "转人工")
        await host.take_over("b42", by="王")
        with pytest.raises(StaffError, match="王 has conversation"):
            await host.desk.pass_on("b42", "李", by="李")
        assert (await host.desk.pass_on("b42", "李", "我下班了", by="王")).replies == ()
        assert [one.taken_by for one in await host.desk.taken()] == ["李"]
        await host.desk.pass_on("b42", "", by="李")
        assert [one.conversation for one in await host.desk.queue()] == ["b42"]
        await host.take_over("b42", by="王")

    run(flow, url, talk, clock)


def test_customers_hear_who_is_there_whoever_wakes_the_host(flow: Flow, url: str) -> None:
    """A host that does not look for timers by itself still tells who waits, within moments."""

    class Woken(Polled):
        polled = False

    async def main() -> None:
        async with Host(flow, store=url, timers=Woken()) as host, asyncio.timeout(30):
            await host.desk.presence("王", "agent", "busy")
            await host.receive("b1", "转人工")
            while [row["kind"] for row in await rows(host, schema.event)] != ["message", "report"]:
                await asyncio.sleep(0.02)

    asyncio.run(main())


def test_customers_hear_who_is_there(flow: Flow, url: str, clock: Clock) -> None:
    """Who waits hears once that everybody is busy, and once that somebody is there again; others hear nothing."""

    async def talk(host: Host, clock: Clock) -> None:
        await host.receive("b1", "在吗")
        await host.receive("b2", "转人工")
        assert await host.desk.presence("王", "agent", "available") == []
        (told,) = await host.desk.presence("王", "agent", "busy")
        assert told.conversation == "b2"
        clock.advance("1s")
        assert [turn.replies for turn in await host.tick()] == [("同事在忙，您先写下来。",)]
        await host.receive("b3", "转人工")
        assert {turn.conversation for turn in await host.tick()} == {"b3"}
        clock.advance("1m")
        await host.tick()
        await host.desk.presence("王", "agent", "available")
        clock.advance("1s")
        assert [turn.replies for turn in await host.tick()] == [("同事来了。",), ("同事来了。",)]
        assert await host.tick() == []
        (person,) = await host.desk.staff()
        assert (person.id, person.role, person.presence, clock() - person.since) == ("王", "agent", "available", MINUTE / 60)

    run(flow, url, talk, clock)


def test_whose_customer_hears_of_whom(flow: Flow, url: str, clock: Clock) -> None:
    """A customer whom somebody has hears of that one alone; a presence that is none is refused."""

    async def talk(host: Host, _: Clock) -> None:
        for person in ("王", "李"):
            await host.desk.presence(person, "agent", "available")
        for conversation, person in (("b1", "王"), ("b2", "李")):
            await host.receive(conversation, "转人工")
            await host.take_over(conversation, by=person)
        assert [turn.conversation for turn in await host.desk.presence("李", "agent", "away")] == ["b2"]
        with pytest.raises(StaffError, match="not 'asleep'"):
            await host.desk.presence("李", "agent", "asleep")

    run(flow, url, talk, clock)


def test_a_broken_promise_goes_to_its_keeper(flow: Flow, url: str, clock: Clock) -> None:
    """The role that was told of the promise hears that it is broken, once; the ledger tells due, kept and broken."""
    phone = Phone()

    async def talk(host: Host, clock: Clock) -> None:
        await host.receive("b42", "几点发")
        await host.receive("b43", "几点发")
        clock.advance("1h")
        await host.report("b43", "shipped")
        (due,) = await host.ledgers.promises("open", due=clock() + 60 * MINUTE)
        assert (due.conversation, due.keeper, due.overdue) == ("b42", "warehouse", False)
        clock.advance("1h")
        assert (await host.ledgers.promises("open"))[0].overdue
        await host.tick()
        assert [(one.state, one.conversation) for one in await host.ledgers.promises()] == [("broken", "b42"), ("kept", "b43")]
        await host.deliver()
        (notice,) = [message for message in phone.got if message.kind == "escalate"]
        assert (notice.name, notice.data["promise"], notice.data["what"]) == ("warehouse", "dispatch", "货")

    run(flow, url, talk, clock, phone)


def test_a_shift_hands_over(flow: Flow, url: str, clock: Clock) -> None:
    """The next shift finds who waits, who has whom, what is to be decided, promised and noted, as data, text and notice."""
    phone = Phone()

    async def talk(host: Host, clock: Clock) -> None:
        began = clock()
        await host.receive("b1", "转人工")
        await host.receive("b2", "转人工")
        await host.take_over("b2", by="王")
        await host.receive("b3", "便宜点")
        await host.receive("b4", "几点发")
        clock.advance("3h")
        await host.tick()
        await host.receive("b5", "几点发")
        await host.desk.note("b2", "等\n仓库回话", by="王")
        pack = await host.desk.handover(began, to="duty_manager")
        found: dict[str, Any] = {name: [row.conversation for row in getattr(pack, name)] for name in pack._fields[2:]}
        assert found == {
            "queue": ["b1"], "taken": ["b2"], "approvals": ["b3"], "promises": ["b5"], "broken": ["b4"], "cases": [],
            "notes": ["b2"],
        }  # fmt: skip
        await host.deliver()
        (notice,) = [message for message in phone.got if message.kind == "handover"]
        assert (notice.name, notice.text) == ("duty_manager", pack.markdown())
        assert "\n- b3 · discount · by supervisor · until 2026-11-02 02:20 · late\n" in notice.text
        assert "\n- b2 · 王 · 等 仓库回话 · " in notice.text
        assert (await host.desk.handover(clock() + MINUTE)).notes == []

    run(flow, url, talk, clock, phone)
