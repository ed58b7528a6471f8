"""Follow-ups: armed, held, moved, cancelled, sent within hours and caps."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csflow import Conversation, Due, Turn, step
from csflow.notation import Window, read_duration, read_window
from csflow.timers import opening
from tests.flows import NOW, Talk

DAYS = st.datetimes(datetime.datetime(2026, 1, 1), datetime.datetime(2026, 12, 31)).map(
    lambda when: when.replace(tzinfo=NOW.tzinfo)
)
WINDOWS = ["mon-sun 09:00-21:00", "mon-fri 09:00-17:00", "sat-sun 10:00-24:00", "fri-mon 00:00-01:00", "wed 12:00-12:30"]


def is_open(window: Window, when: datetime.datetime) -> bool:
    closed = window.closes != datetime.time(0) and when.time() >= window.closes
    return when.weekday() in window.days and when.time() >= window.opens and not closed


@given(when=DAYS, first=st.sampled_from(WINDOWS), second=st.sampled_from(WINDOWS))
def test_the_first_open_moment(when: datetime.datetime, first: str, second: str) -> None:
    """3: a message goes out at the first moment at which all windows are open, and not before it is due."""
    windows = read_window(first), read_window(second)
    at = opening(when, ZoneInfo("Asia/Shanghai"), *windows)
    assert at >= when
    if at != when:
        assert all(at.weekday() in w.days for w in windows)
        assert at.time() == max(w.opens for w in windows)
        before = at - datetime.timedelta(seconds=1)
        assert before < when or not all(is_open(window, before) for window in windows)


@pytest.mark.parametrize(
    ("when", "window", "due"),
    [
        ("2026-11-02T08:59:59", "mon-sun 09:00-21:00", "2026-11-02T09:00:00"),
        ("2026-11-02T09:00:00", "mon-sun 09:00-21:00", "2026-11-02T09:00:00"),
        ("2026-11-02T20:59:59", "mon-sun 09:00-21:00", "2026-11-02T20:59:59"),
        ("2026-11-02T21:00:00", "mon-sun 09:00-21:00", "2026-11-03T09:00:00"),
        ("2026-11-06T18:00:00", "mon-fri 09:00-17:00", "2026-11-09T09:00:00"),
        ("2026-11-02T23:59:59", "mon-sun 09:00-24:00", "2026-11-02T23:59:59"),
    ],
)
def test_hours(when: str, window: str, due: str) -> None:
    """Windows open at their first minute and are closed at their last."""
    zone = ZoneInfo("Asia/Shanghai")
    at = opening(datetime.datetime.fromisoformat(when).replace(tzinfo=zone), zone, read_window(window))
    assert at == datetime.datetime.fromisoformat(due).replace(tzinfo=zone)


def test_windows_that_never_meet() -> None:
    """Windows without a common moment hold nothing back for ever."""
    assert opening(NOW, ZoneInfo("Asia/Shanghai"), read_window("mon 09:00-10:00"), read_window("tue 09:00-10:00")) == NOW


def follow(body: str, more: str = "") -> str:
    return f"""
facts: {{order.day: date, customer.opt_in: flag}}
states: {{farewell.closed: {{ends: session}}}}
rules:
  - when: ask_price
    choose: [{{id: price, else: true, say: 十元}}]
  - when: buy
    choose: [{{id: buy, else: true, say: 好的, go: close}}]
  - when: complain
    in: [everywhere]
    choose: [{{id: sorry, else: true, say: 抱歉, go: complaint}}]
  - when: thanks
    in: [complaint]
    choose: [{{id: welcome, else: true, say: 不客气, go: back}}]
  - when: greeting
    choose: [{{id: bye, else: true, say: 再见, go: farewell.closed}}]
{more}
follow_ups:
  reminder: {body}
"""


def due(chat: Conversation) -> list[str]:
    return [timer.due.astimezone(NOW.tzinfo).strftime("%d %H:%M") for timer in chat.snapshot.timers]


def test_after_a_report(talk: Talk) -> None:
    """18: a report arms the follow-ups whose `since` it is; they fire when due, once."""
    chat = talk(follow("{since: ordered, after: 2d, if: not order.paid, say: 还没付款}"))
    turn = chat.report("ordered")
    assert [(e.type, e.name, e.deadline) for e in turn.effects] == [("schedule", "reminder", NOW + datetime.timedelta(days=2))]
    assert chat.wait("47h").replies == ()
    assert chat.wait("1h").replies == ("还没付款",)
    assert chat.wait("30d").replies == ()


def test_after_a_rule(talk: Talk) -> None:
    """18: a rule that fired arms the follow-ups whose `since` is its id."""
    chat = talk(follow("{since: buy, after: 1h, say: 还要吗}"))
    assert chat.say("多少钱").due == ()
    assert chat.say("我要了").due[0].name == "reminder"
    assert chat.wait("1h").replies == ("还要吗",)


def test_the_reason_is_gone(talk: Talk) -> None:
    """24: a follow-up whose `if` becomes false is cancelled, and the host is told."""
    chat = talk(follow("{since: ordered, after: 2d, if: not order.paid, say: 还没付款}"))
    chat.report("ordered")
    turn = chat.report("paid")
    assert [(e.type, e.name) for e in turn.effects] == [("cancel", "reminder")]
    assert turn.due == ()


def test_unknown_is_not_sent(talk: Talk) -> None:
    """3: where the condition is unknown when the time comes, nothing is sent."""
    chat = talk(follow("{since: buy, after: 1h, if: order.paid, say: 谢谢付款}"))
    chat.say("我要了")
    turn = chat.wait("1h")
    assert turn.replies == ()
    assert "reminder not sent: its condition does not hold" in turn.why.notes


def test_contact_hours(talk: Talk) -> None:
    """The store's contact hours apply on top of a follow-up's own window."""
    chat = talk(follow("{since: buy, after: 12h, say: 还要吗}"))
    chat.say("我要了")
    assert due(chat) == ["03 09:00"]
    chat = talk(follow("{since: buy, after: 1h, window: tue 14:00-15:00, say: 还要吗}"))
    chat.say("我要了")
    assert due(chat) == ["03 14:00"]
    chat = talk(follow("{since: buy, after: 12h, do: [{notify: till}]}"))
    chat.say("我要了")
    assert due(chat) == ["02 22:00"]


def test_the_wrong_place_holds(talk: Talk) -> None:
    """3: a follow-up for another state waits until the conversation is there."""
    chat = talk(follow("{since: ordered, after: 1h, in: [close], say: 还没付款}"))
    chat.report("ordered")
    assert chat.wait("2h").replies == ()
    chat.say("我要了")
    assert chat.wait("0s").replies == ("还没付款",)


def test_max(talk: Talk) -> None:
    """A follow-up is sent at most `max` times, however often its reason comes again."""
    chat = talk(follow("{since: ordered, after: 1h, max: 1, say: 还没付款}"))
    chat.report("ordered")
    chat.wait("1h")
    assert chat.report("ordered").due == ()


def test_every(talk: Talk) -> None:
    """`every` repeats within hours until `max` or until its reason is gone."""
    chat = talk(follow("{since: ordered, every: 4h, max: 3, say: 还没付款}"), "limits: {repeats: 0}")
    chat.report("ordered")
    assert chat.wait("10h").replies == ("还没付款", "还没付款")
    assert chat.wait("30d").replies == ("还没付款",)


def test_at_a_date(talk: Talk) -> None:
    """`at` is due on a date fact, moves with it, and is sent once for each date."""
    chat = talk(follow("{at: order.day, say: 今天到}"))
    chat.tell({"order": {"day": "2026-11-05"}})
    assert due(chat) == ["05 09:00"]
    chat.tell({"order": {"day": "2026-11-06"}})
    assert due(chat) == ["06 09:00"]
    assert chat.wait("5d").replies == ("今天到",)
    assert chat.say("多少钱").due == ()
    assert chat.tell({"order": {"day": "2026-11-20"}}).due[0].name == "reminder"


def test_several_due(talk: Talk) -> None:
    """3: what falls due goes out by due time, then in the order of the file."""
    chat = talk(
        follow("{since: ordered, after: 2h, say: 第二}", "")
        + """
  other: {since: ordered, after: 1h, say: 第一}
  third: {since: ordered, after: 2h, say: 第三}
"""
    )
    chat.report("ordered")
    assert chat.wait("3h").replies == ("第一", "第二", "第三")


def test_a_follow_up_may_ask_and_go(talk: Talk) -> None:
    """A follow-up asks and moves like a rule; the answer finds its question."""
    chat = talk(
        follow(
            "{since: ordered, after: 1h, ask: wanted, go: close}",
            """
  - when: slots.wanted
    choose: [{id: wanted, if: slots.wanted, say: 好}, {id: not_wanted, else: true, say: 行}]
""",
        )
        + "slots: {wanted: {type: flag, ask: 还要吗？}}\n"
    )
    chat.say("多少钱")
    chat.report("ordered")
    turn = chat.wait("1h")
    assert turn.replies == ("还要吗？",)
    assert turn.state == "close"
    assert chat.say("要的").rules == ("wanted",)


def test_marketing_needs_an_opt_in(talk: Talk) -> None:
    """Marketing is sent only after an opt-in, and so often in thirty days as the profile allows."""
    body = "{since: ordered, every: 1d, purpose: marketing, say: 新品到了}"
    chat = talk(follow(body), "limits: {marketing: 2, repeats: 0}")
    chat.report("ordered")
    turn = chat.wait("1d")
    assert turn.replies == ()
    assert "reminder not sent: no opt-in, or the cap is reached" in turn.why.notes
    chat.tell({"customer": {"opt_in": True}})
    assert chat.wait("10d").replies == ("新品到了", "新品到了")
    assert len(chat.wait("60d").replies) == 4


def test_silence(talk: Talk) -> None:
    """24: a clock of silence starts again with every message, and stops when the session ends."""
    chat = talk(follow("{since: silence, after: 10m, max: 1, in: [greet, close], say: 还在吗}"))
    chat.say("多少钱")
    assert chat.wait("9m").replies == ()
    chat.say("多少钱")
    assert chat.wait("9m").replies == ()
    assert chat.wait("1m").replies == ("还在吗",)
    assert chat.say("多少钱").due == ()


def test_silence_may_end_the_session(talk: Talk) -> None:
    """12: a state with `ends: session` may be reached by silence; the next message starts afresh."""
    chat = talk(
        follow(
            "{since: silence, after: 10m, say: 先不打扰了, go: farewell.closed}",
            """
  - when: started
    in: [greet]
    choose: [{id: hello, else: true, say: 您好, go: identify_need}]
""",
        )
    )
    assert chat.say("多少钱").rules == ("hello", "price")
    turn = chat.wait("10m")
    assert turn.state == "farewell.closed"
    assert turn.due == ()
    assert chat.say("多少钱").rules == ("hello", "price")


def test_silence_keeps_no_clock_after_the_end(talk: Talk) -> None:
    """24: no clock of silence runs before a session begins or after it ended."""
    chat = talk(follow("{since: silence, after: 10m, say: 还在吗}"))
    assert chat.tell({"order": {"no": "A1"}}).due == ()
    assert chat.say("你好").state == "farewell.closed"
    assert chat.snapshot.timers == ()


def test_timers_keep_their_order(talk: Talk) -> None:
    """13: a timer speaks of the order that it began with, whatever order came since."""
    chat = talk(follow('{since: ordered, after: 2d, if: not order.paid, say: "订单{{ order.no }}还没付款"}'))
    chat.report("ordered", {"order": {"no": "A1"}})
    chat.wait("1d")
    chat.report("ordered", {"order": {"no": "A2"}})
    assert [timer.order for timer in chat.snapshot.timers] == ["A1", "A2"]
    assert chat.wait("1d").replies == ("订单A1还没付款",)
    chat.report("paid", {"order": {"no": "A2"}})
    assert chat.snapshot.timers == ()


def test_a_follow_up_does_not_look_up(talk: Talk) -> None:
    """3: a condition or text that would need a look-up is unknown when the time comes: not sent."""
    calls = "calls: {check: {read: true, gives: {stock.count: count}}}\n"
    for body in (
        "{since: ordered, after: 1h, if: stock.count > 0, say: 有货}",
        "{since: ordered, after: 1h, say: '剩{{ stock.count }}件'}",
    ):
        chat = talk(calls + follow(body))
        chat.report("ordered")
        turn = chat.wait("1h")
        assert turn.replies == ()
        assert any(note.startswith("reminder not sent") for note in turn.why.notes)


def test_an_unsayable_follow_up_is_not_counted(talk: Talk) -> None:
    """1: a follow-up whose fact is missing sends nothing and is not counted as sent."""
    chat = talk(follow('{since: ordered, after: 1h, max: 1, say: "订单{{ order.no }}"}'))
    chat.report("ordered")
    turn = chat.wait("1h")
    assert turn.replies == ()
    assert turn.snapshot.ledger.sent == {}


def test_follow_ups_wait_for_the_person(talk: Talk) -> None:
    """5: while a person has the conversation only staff acts and results go on; follow-ups wait, silence is not counted."""
    more = """
  - when: ask_human
    in: [everywhere]
    choose: [{id: human, else: true, say: 转人工, go: handoff}]
"""
    chat = talk(follow("{since: buy, after: 1h, say: 还要吗}", more) + "  quiet: {since: silence, after: 10m, say: 还在吗}\n")
    chat.say("我要了")
    assert [timer.name for timer in chat.say("人工").due] == ["reminder"]
    assert chat.wait("2h").replies == ()
    chat.staff("give_back")
    assert chat.wait("0s").replies == ("还要吗",)


def test_a_date_whose_reason_is_gone(talk: Talk) -> None:
    """24: a date sets no timer while the follow-up's condition is false."""
    chat = talk(follow("{at: order.day, if: not order.paid, say: 今天到期}"))
    assert chat.tell({"order": {"day": "2026-11-05", "paid": True}}).due == ()
    assert chat.tell({"order": {"paid": False}}).due[0].name == "reminder"


def test_a_follow_up_asks_nothing_that_is_known(talk: Talk) -> None:
    """10: a follow-up whose question is already answered says its words and asks nothing."""
    chat = talk(follow("{since: buy, after: 1h, say: 还在吗, ask: number}") + "slots: {number: {type: order_no, ask: 单号？}}\n")
    chat.say("我要了，20261101001234")
    turn = chat.wait("1h")
    assert turn.replies == ("还在吗",)
    assert turn.snapshot.pending is None


def test_hours_count_when_clocks_change(talk: Talk) -> None:
    """Three hours are three hours also in the night in which the clocks go back, and a date is the shop's own."""
    zone = ZoneInfo("America/New_York")
    chat = talk(
        follow("{since: buy, after: 3h, do: [{notify: till}]}"),
        "timezone: America/New_York",
        now=datetime.datetime(2026, 11, 1, 0, 30, tzinfo=zone),
    )
    chat.say("我要了")
    due = chat.snapshot.timers[0].due
    assert due.timestamp() - datetime.datetime(2026, 11, 1, 0, 30, tzinfo=zone).timestamp() == 3 * 3600
    assert due.astimezone(zone).hour == 2


LATE = "{since: ordered, after: 1h, say: 还没付款}"


def late(chat: Conversation, by: str) -> Turn:
    """Let the host be down for a time, so that the timer comes late."""
    (timer,) = chat.snapshot.timers
    at = timer.due + datetime.timedelta(seconds=read_duration(by))
    return step(chat.flow, chat.snapshot, Due(timer), at)


@pytest.mark.parametrize(
    ("store", "by", "said"),
    [
        ("", "23h", ("还没付款",)),
        ("", "1d", ("还没付款",)),
        ("", "25h", ()),
        ("limits: {late: 2d}", "25h", ("还没付款",)),
        ("limits: {late: 30m}", "31m", ()),
    ],
)
def test_too_late(talk: Talk, store: str, by: str, said: tuple[str, ...]) -> None:
    """A follow-up that comes later than `limits.late` after its time is dropped, and `why` says so."""
    chat = talk(follow(LATE), store)
    chat.report("ordered")
    turn = late(chat, by)
    assert turn.replies == said
    assert turn.due == ()
    assert any("not sent: it is" in note for note in turn.why.notes) is not bool(said)


def test_what_says_nothing_is_never_too_late(talk: Talk) -> None:
    """A follow-up that only does something does it however late it comes."""
    chat = talk(follow("{since: ordered, after: 1h, do: [{notify: till}]}"))
    chat.report("ordered")
    assert [effect.name for effect in late(chat, "30d").effects] == ["till"]


def test_a_late_one_that_repeats_goes_on(talk: Talk) -> None:
    """Of a follow-up that comes again and again the late one is dropped, and the next comes in its time."""
    chat = talk(follow("{since: ordered, every: 1d, say: 还没付款}"))
    chat.report("ordered")
    turn = late(chat, "3d")
    assert turn.replies == ()
    assert [timer.due for timer in turn.due] == [NOW + datetime.timedelta(days=5)]


def test_late_outside_the_hours(talk: Talk) -> None:
    """What would be too late once the hours open is dropped at once."""
    chat = talk(follow(LATE), "limits: {late: 12h}")
    chat.report("ordered")
    turn = late(chat, "11h")
    assert (turn.replies, turn.due) == ((), ())
    assert turn.why.notes == ["reminder not sent: it is 22:00:00 late"]


def test_waiting_for_its_place_is_not_late(talk: Talk) -> None:
    """A follow-up that waited for its place is due when the conversation gets there."""
    chat = talk(follow("{since: ordered, after: 1h, in: [close], say: 还没付款}"))
    chat.report("ordered")
    chat.wait("9d")
    turn = chat.say("我要了")
    assert [timer.due for timer in turn.due] == [chat.now]
    assert chat.wait("0s").replies == ("还没付款",)
