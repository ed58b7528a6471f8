"""The ledgers of the shipped shop, played through a host: approvals, cases, promises, demand and the customer's file."""

from __future__ import annotations

from typing import Any

import pytest

from csflow import Flow, Host, StaffError
from csflow.host import ledgers, schema
from csflow.testing import Clock
from tests.host.test_host import Phone, rows, run

COMPLAINT = ("你们办事真不靠谱", "上周定好的安装时间，师傅到现在没来", "11月1日", "2026110212345", "对")
ORDER = {
    "id": "T101", "no": "T101", "placed": True, "paid": True, "shipped": True, "received": True, "received_on": "2026-10-28",
    "total": "169.00", "outbound_freight": "8.00",
}  # fmt: skip


async def say(host: Host, clock: Clock, *texts: str) -> Any:
    """Let the customer say one thing after another."""
    for text in texts:
        turn = await host.receive("b42", text, customer="c1")
        clock.advance("20s")
    return turn


def test_a_complaint_from_the_first_word_to_the_last(shop_flow: Flow, url: str, clock: Clock) -> None:
    """It is told, decided by a person, promised, kept and closed; each step stands in its ledger."""

    async def talk(host: Host, clock: Clock) -> None:
        assert (await say(host, clock, *COMPLAINT)).state == "complaint.solve"
        assert [one.name for one in await host.desk.approvals("supervisor")] == ["seen", "judge"]
        (case,) = await host.ledgers.cases()
        assert (case.kind, case.customer, case.values["slots.order_no"]) == ("complaint", "c1", "2026110212345")
        await host.approve("b42", "seen", by="周")
        case_facts = {"case": {"fault": "ours", "remedy": "明天上午师傅上门"}}
        assert "明天上午师傅上门" in (await host.approve("b42", "judge", case_facts, by="周")).replies[1]
        await say(host, clock, "可以")
        (promise,) = await host.ledgers.promises("open", customer="c1")
        assert (promise.name, promise.what, promise.keeper) == ("remedy", "明天上午师傅上门", "supervisor")
        assert len(await host.ledgers.cases("c1")) == 1
        clock.advance("1d")
        await host.report("b42", "remedied")
        assert await host.ledgers.cases("c1") == []
        (closed,) = await host.ledgers.cases("c1", open_only=False)
        assert closed.closed == clock()
        assert [one.state for one in await host.ledgers.promises(customer="c1")] == ["kept"]

    run(shop_flow, url, talk, clock)


def test_a_complaint_that_nobody_decides(shop_flow: Flow, url: str, clock: Clock) -> None:
    """The supervisor does not look: the manager on duty is told of both requests, the customer is not left in the dark."""
    phone = Phone()

    async def talk(host: Host, clock: Clock) -> None:
        await say(host, clock, *COMPLAINT)
        clock.advance("3h")
        told = [reply for turn in await host.tick() for reply in turn.replies]
        assert any("没有搁下" in reply for reply in told)
        assert [(one.name, one.late) for one in await host.desk.approvals()] == [
            ("seen", True),
            ("judge", True),
            ("take_over", False),
        ]
        await host.deliver()
        late = sorted(phone.got, key=lambda message: message.data.get("approval", ""))
        escalated = [(message.name, message.data["approval"]) for message in late if message.kind == "escalate"]
        assert escalated == [("duty_manager", "judge"), ("duty_manager", "seen")]
        await host.take_over("b42", "我是主管。", by="周")  # whoever was asked to come is here, and nobody is told of a delay
        assert [one.name for one in await host.desk.approvals()] == ["seen", "judge"]
        (taken,) = [row for row in await rows(host, schema.approval) if row["name"] == "take_over"]
        assert (taken["state"], taken["by"]) == ("done", "周")
        clock.advance("1h")
        assert [turn for turn in await host.tick() if turn.replies] == []

    run(shop_flow, url, talk, clock, phone)


def test_a_return_case_is_open_until_the_money_is_back(shop_flow: Flow, url: str, clock: Clock) -> None:
    """A return opens a case, its refund is promised, and the case is settled when the promise is kept."""

    async def talk(host: Host, clock: Clock) -> None:
        await say(host, clock, "在吗")
        await host.tell("b42", {"order": ORDER})
        await say(host, clock, "我要退货", "尺码不合适", "可以")
        await host.result("b42", "open_return", facts={"return": {"no": "R7"}})
        (case,) = await host.ledgers.cases()
        assert (case.kind, case.values["return.no"]) == ("return_cases", "R7")
        assert [given.name for given in await host.ledgers.grants(customer="c1")] == ["return_case"]
        await host.report("b42", "inspected", {"return": {"result": "ours"}})
        (promise,) = await host.ledgers.promises("open")
        assert (promise.name, promise.keeper) == ("refund", "finance")
        await host.report("b42", "refunded", {"order": {"no": "T101", "refund": "169.00"}})
        assert await host.ledgers.cases() == []
        assert (await host.customers.file("c1")).file["orders"] == {"T101": "169.00"}

    run(shop_flow, url, talk, clock)


def test_a_person_goes_on_and_gives_back(shop_flow: Flow, url: str, clock: Clock) -> None:
    """Handed over in the middle of a return, the person sees it all, answers, and the flow goes on where it was."""

    async def talk(host: Host, clock: Clock) -> None:
        await say(host, clock, "在吗")
        await host.tell("b42", {"order": ORDER})
        await say(host, clock, "我要退货", "叫你们主管来", "人呢")
        (waiting,) = await host.desk.queue()
        seen = await host.desk.context("b42")
        assert (waiting.state, seen.suspended) == ("handoff", ["after_sales.return", "identify_need"])
        assert seen.orders["T101"]["total"] == "169.00"
        assert (seen.question, [line.text for line in seen.unread]) == ("return_reason", ["人呢"])
        await host.take_over("b42", "我是主管，看过了。", by="周")
        back = await host.give_back("b42", "接下来让小助手办。", by="周")
        assert (back.state, (await say(host, clock, "尺码不合适")).rules) == ("after_sales.return", ("returns.freight_customer",))
        assert await host.desk.taken() == []

    run(shop_flow, url, talk, clock)


def test_the_shop_tells_that_its_people_are_busy(shop_flow: Flow, url: str, clock: Clock) -> None:
    """The shipped words for busy people are said to whoever waits, once, and once when somebody is there again."""

    async def talk(host: Host, clock: Clock) -> None:
        await say(host, clock, "在吗", "叫你们主管来")
        await host.desk.presence("周", "supervisor", "busy")
        clock.advance("1s")
        (busy,) = [reply for turn in await host.tick() for reply in turn.replies]
        assert "同事" in busy
        await host.take_over("b42", by="周")
        await host.desk.presence("周", "supervisor", "available")
        clock.advance("1s")
        (back,) = [reply for turn in await host.tick() for reply in turn.replies]
        assert "久等了" in back

    run(shop_flow, url, talk, clock)


def test_demand_is_registered(shop_flow: Flow, url: str, clock: Clock) -> None:
    """What customers asked for and could not have stands in the register, from a moment on."""

    async def talk(host: Host, clock: Clock) -> None:
        await say(host, clock, "羊毛围巾确认有货我再付")
        await host.result("b42", "check_stock", facts={"stock": {"count": 0}})
        await say(host, clock, "好，告诉我")
        (wanted,) = await host.ledgers.demand()
        assert (wanted.customer, wanted.values["slots.product"]) == ("c1", "羊毛围巾")
        assert await host.ledgers.demand(clock()) == []

    run(shop_flow, url, talk, clock)


def test_people_close_what_the_flow_leaves_open(shop_flow: Flow, url: str, clock: Clock) -> None:
    """An incident is closed by a person; the kind of case must be one."""

    async def talk(host: Host, clock: Clock) -> None:
        await say(host, clock, "充电的时候着火了")
        (case,) = await host.ledgers.cases()
        assert case.kind == "incident"
        with pytest.raises(StaffError, match="not 'fire'"):
            await host.desk.close_case("b42", "fire", by="周")
        await host.desk.close_case("b42", "incident", "已上门看过", by="周")
        assert await host.ledgers.cases() == []
        assert [row["data"][0] for row in await rows(host, schema.event) if row["kind"] == "note"] == ["已上门看过"]

    run(shop_flow, url, talk, clock)


def test_every_kind_of_case_is_one_that_a_pack_records() -> None:
    """The table of cases names no record that no shipped flow writes."""
    import csflow

    flows = [csflow.load(pack) for pack in ("retail_zh", "b2b_web_zh", "retail_en")]
    acts = [rule for flow in flows for part in flow.spec.lists for rule in part.spec.choose]
    acts += [part.spec for flow in flows for part in flow.spec.follow_ups.values()]
    assert {name for act in acts for effect in act.do for name in effect.record or ()} >= ledgers.CASES.keys()
