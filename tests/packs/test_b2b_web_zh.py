"""The pack of a web-service company: its calendar to the minute, what it never does, and what every reply holds."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csflow import Conversation, Flow, load
from tests.flows import NOW
from tests.packs.chats import assert_fit_to_send

MINUTE = datetime.timedelta(minutes=1)
STORES = Path(__file__).parents[2] / "examples" / "stores"
CONTRACT = {"no": "Q1", "domain": "hengyue.cn", "fee": "2600.00", "covers": ["文字图片"], "active": True}
OPENED = CONTRACT | {"opened_on": "2026-11-02", "expires_on": "2027-11-02"}
CALLS = ("new_customer_call", "old_customer_call")
TALK = (
    "我想做个网站", "多接询盘", "多少钱", "太贵了", "网上同行太多了", "网站没啥用", "没订单", "我们只做本地",
    "百度搜不到我的网站", "域名能转走吗", "源码给我吗", "帮我改一下首页的电话", "首页电话换成新的", "周五前", "可以", "不用",
    "怎么续费", "网站备案怎么弄", "后台密码忘了", "网站打不开了", "给你们提个建议", "别再打电话了", "算了", "咕噜", "不要了",
    "转人工",
)  # fmt: skip
talks = st.lists(st.sampled_from(TALK), min_size=1, max_size=10)


@pytest.fixture(scope="module", params=["", "web_company"], ids=["the pack's own shop", "a second shop"])
def company(request: pytest.FixtureRequest) -> Flow:
    """The pack with its own profile, and with a second company's."""
    return load("b2b_web_zh", store=STORES / f"{request.param}.yaml" if request.param else None)


@pytest.fixture(scope="module")
def web() -> Flow:
    """The pack with its own profile."""
    return load("b2b_web_zh")


def on(day: str, clock: str) -> datetime.datetime:
    """A moment in the shop's zone."""
    return datetime.datetime.fromisoformat(f"{day}T{clock}:00").replace(tzinfo=NOW.tzinfo)


def told(flow: Flow, now: datetime.datetime, facts: dict[str, Any], **customer: Any) -> Conversation:
    """A conversation that knows a contract."""
    chat = flow.start({"id": "w1", **customer}, now=now)
    chat.tell(facts)
    return chat


def due(chat: Conversation, name: str) -> str:
    """When a follow-up is due, in the shop's zone."""
    timer = next(timer for timer in chat.snapshot.timers if timer.name == name)
    return timer.due.astimezone(NOW.tzinfo).isoformat()[:16]


def until(chat: Conversation, moment: datetime.datetime) -> list[str]:
    """Let time pass to a moment; the rules that fired."""
    return [*chat.wait(moment - chat.now).rules]


# --- call-backs


@pytest.mark.parametrize(
    ("opened", "called"),
    [
        (on("2026-11-02", "00:00"), "2026-11-09T09:00"),
        (on("2026-11-02", "08:59"), "2026-11-09T09:00"),
        (on("2026-11-04", "15:00"), "2026-11-09T09:00"),
        (on("2026-11-08", "22:59"), "2026-11-09T09:00"),
        (on("2026-11-08", "23:30"), "2026-11-09T09:30"),
        (on("2026-11-08", "23:59"), "2026-11-09T09:59"),
    ],
    ids=["Monday midnight", "Monday before nine", "Wednesday", "Sunday", "Sunday night", "the last minute of Sunday"],
)
def test_new_customers_are_called_on_the_next_monday(web: Flow, opened: datetime.datetime, called: str) -> None:
    """Whoever was opened in one week is called on the Monday of the next, from nine to ten, and once."""
    chat = web.start({"id": "w1"}, now=opened)
    chat.report("opened", {"contract": OPENED})
    assert due(chat, "new_customer_call") == called
    moment = datetime.datetime.fromisoformat(called).replace(tzinfo=NOW.tzinfo)
    assert "new_customer_call" not in until(chat, moment - MINUTE)
    assert "new_customer_call" in until(chat, moment)
    assert "new_customer_call" not in until(chat, moment + datetime.timedelta(days=60))


@pytest.mark.parametrize(
    ("opened", "called"),
    [
        (on("2026-11-03", "09:29"), "2026-12-03T09:30"),
        (on("2026-11-03", "10:29"), "2026-12-03T10:29"),
        (on("2026-11-03", "10:30"), "2026-12-04T09:30"),
        (on("2026-11-04", "10:31"), "2026-12-08T09:30"),
        (on("2026-11-07", "10:00"), "2026-12-08T09:30"),
    ],
    ids=["too early", "the last minute", "too late", "too late on Friday", "a Monday"],
)
def test_old_customers_are_called_from_tuesday_to_friday(web: Flow, opened: datetime.datetime, called: str) -> None:
    """A month later and in its half hours, and then again a month later."""
    chat = web.start({"id": "w1"}, now=opened)
    chat.report("opened", {"contract": OPENED})
    assert due(chat, "old_customer_call") == called
    moment = datetime.datetime.fromisoformat(called).replace(tzinfo=NOW.tzinfo)
    assert "old_customer_call" not in until(chat, moment - MINUTE)
    assert "old_customer_call" in until(chat, moment)
    assert due(chat, "old_customer_call") > (moment + datetime.timedelta(days=29)).isoformat()


# --- visitors' messages


@pytest.mark.parametrize(
    ("came", "said"),
    [
        (on("2026-11-02", "07:00"), "2026-11-02T08:30"),
        (on("2026-11-02", "09:00"), "2026-11-02T16:30"),
        (on("2026-11-02", "16:29"), "2026-11-02T16:30"),
        (on("2026-11-02", "17:00"), "2026-11-03T08:30"),
        (on("2026-11-08", "20:00"), "2026-11-09T08:30"),
    ],
    ids=["early", "after the first look", "before the second", "after the second", "Sunday night"],
)
def test_visitors_messages_are_passed_on_twice_a_day(web: Flow, came: datetime.datetime, said: str) -> None:
    """What visitors left is told at half past eight and at half past four, once."""
    chat = told(web, came, {"contract": OPENED})
    assert chat.report("site_message", {"site": {"unread": 2}}).replies == ()
    moment = datetime.datetime.fromisoformat(said).replace(tzinfo=NOW.tzinfo)
    assert not [rule for rule in until(chat, moment - MINUTE) if rule.startswith("messages")]
    assert [rule for rule in until(chat, moment) if rule.startswith("messages")] != []
    assert not [rule for rule in until(chat, moment + datetime.timedelta(days=7)) if rule.startswith("messages")]


# --- renewal


@pytest.mark.parametrize(
    ("expires", "notice"),
    [("2026-12-16", "2026-11-16T09:00"), ("2026-12-14", "2026-11-16T09:00"), ("2026-12-13", "2026-11-13T09:00")],
    ids=["a Monday", "a Saturday", "a Friday"],
)
def test_renewal_is_announced_thirty_days_ahead(web: Flow, expires: str, notice: str) -> None:
    """On the working morning that is thirty days before the end, and not a minute sooner."""
    chat = told(web, NOW, {"contract": CONTRACT | {"expires_on": expires}})
    assert due(chat, "renewal_notice") == notice
    moment = datetime.datetime.fromisoformat(notice).replace(tzinfo=NOW.tzinfo)
    assert "renewal_notice" not in until(chat, moment - MINUTE)
    assert "renewal_notice" in until(chat, moment)


def test_the_notice_moves_with_the_date(web: Flow) -> None:
    """An end that is moved moves the notice, and a paid year is announced a year later."""
    chat = told(web, NOW, {"contract": CONTRACT | {"expires_on": "2026-12-16"}})
    chat.tell({"contract": {"expires_on": "2027-01-20"}})
    assert due(chat, "renewal_notice") == "2026-12-21T09:00"
    assert "renewal_notice" in until(chat, on("2026-12-21", "09:00"))
    chat.report("fee_received", {"fee": {"amount": "2600.00", "on": "2026-12-21"}, "contract": {"expires_on": "2028-01-20"}})
    assert due(chat, "renewal_notice") == "2027-12-21T09:00"
    assert "renewal_notice" not in until(chat, on("2027-12-21", "08:59"))


def test_nothing_is_announced_after_the_end(web: Flow) -> None:
    """A contract that was given up is not announced."""
    chat = told(web, NOW, {"contract": CONTRACT | {"expires_on": "2026-12-16"}})
    chat.report("lapsed")
    assert not [name for name in until(chat, on("2027-03-01", "10:00")) if name in ("renewal_notice", "expiry_note")]


# --- who does not want to be written to


@pytest.mark.parametrize("stop", ["别再打电话了", "以后不要回访了", "不要给我发消息"])
@pytest.mark.parametrize("opt_in", [True, False])
def test_no_contact_after_a_stop(company: Flow, stop: str, opt_in: bool) -> None:
    """After a stop nothing is sent but the one notice that the contract ends."""
    chat = company.start({"id": "w1", "opt_in": opt_in}, now=NOW)
    chat.report("opened", {"contract": OPENED | {"expires_on": "2027-01-20"}})
    chat.say(stop)
    chat.report("site_message", {"site": {"unread": 2}})
    chat.report("lead_found", {"lead": {"title": "采购", "source": "公告"}})
    chat.report("plan_ready", {"plan": {"text": "补标题"}})
    chat.report("launched", {"launch": {"name": "新后台", "point": "手机能用", "link": "官网"}})
    turn = chat.wait("120d")
    assert not {*CALLS, "renewal_notice", "lead", "plan", "new_service", "messages_morning"} & {*turn.rules}
    assert [rule for rule in turn.rules if rule == "expiry_note"] == ["expiry_note"]
    assert len(turn.replies) == 1


@pytest.mark.parametrize(("opt_in", "sent"), [(None, 0), (False, 0), (True, 1)])
def test_leads_and_news_need_consent(web: Flow, opt_in: bool | None, sent: int) -> None:
    """What sells or goes beyond the contract is sent to those who agreed, in its hours."""
    chat = web.start({"id": "w1"} if opt_in is None else {"id": "w1", "opt_in": opt_in}, now=NOW)
    chat.say("在吗")
    chat.report("lead_found", {"lead": {"title": "采购", "source": "公告"}})
    assert until(chat, on("2026-11-06", "12:59")).count("lead") == 0
    assert until(chat, on("2026-11-06", "13:00")).count("lead") == sent


# --- changes


@pytest.mark.parametrize("says_no_at", [0, 1, 2])
def test_nothing_is_changed_before_it_is_confirmed_twice(company: Flow, says_no_at: int) -> None:
    """The technician gets the request after the summary and the sheet were both agreed to, and only then."""
    chat = told(company, NOW, {"contract": OPENED})
    chat.say("帮我改一下首页的电话")
    submitted = []
    for number, text in enumerate(("首页电话换成新的总机号", "下周三", "对", "对")):
        turn = chat.say("不对" if says_no_at and number == says_no_at + 1 else text)
        submitted.append("submit_change" in [effect.name for effect in turn.effects])
    assert submitted == [False, False, False, not says_no_at]


# --- what belongs to the customer


@pytest.mark.parametrize("registrant", ["customer", "company", None])
def test_a_domain_is_never_simply_refused(company: Flow, registrant: str | None) -> None:
    """Whoever it is registered to, the answer names a way, and somebody takes it on within a deadline."""
    chat = told(company, NOW, {"domain": {"registrant": registrant}} if registrant else {"contract": CONTRACT})
    turn = chat.say("域名能转走吗")
    assert {"supervisor", "reply"} <= {effect.name for effect in turn.effects}
    assert re.search("转走|过户|转移", "".join(turn.replies))
    assert not re.search("不能|不行|不可以|不给", "".join(turn.replies))


# --- every reply


@given(texts=talks)
def test_replies_are_fit_to_send(company: Flow, texts: list[str]) -> None:
    """No order of messages brings out a gap, an overlong message, words for goods, or a promise of success."""
    chat = told(company, NOW, {"contract": OPENED})
    for text in texts:
        turn = chat.say(text)
        assert_fit_to_send(turn)
        assert not re.search("尺码|面料|快递|包邮|保证能|一定能|肯定能", "".join(turn.replies)), turn.replies


@pytest.mark.parametrize("before", [[], ["网上同行太多了"], ["网站没啥用", "太贵了"]])
def test_a_clear_no_ends_the_selling(web: Flow, before: list[str]) -> None:
    """After a no nothing sells, until the customer asks again."""
    chat = web.start({"id": "w1", "opt_in": True}, now=NOW)
    for text in before:
        chat.say(text)
    chat.say("不需要")
    chat.say("不要了")
    turns = [chat.say("嗯"), chat.say("谢谢")]
    assert not [rule for turn in turns for rule in turn.rules if "push" in rule.split(".")]
