from __future__ import annotations

import datetime
import io
from collections.abc import Callable, Iterator

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

import csflow
from csflow.cli.paint import Painter, Screen, table
from csflow.cli.script import play, read_lines
from csflow.cli.terminal import HELP, talk
from tests.cli.conftest import Run

NOW = datetime.datetime(2026, 11, 23, 2, 0, tzinfo=datetime.UTC)
Typed = Callable[..., str]


@pytest.fixture
def conversation(small: str) -> csflow.Conversation:
    return csflow.load(small).start(now=NOW)


@pytest.fixture
def keys() -> Iterator[PipeInput]:
    """Return where keys are pressed."""
    with create_pipe_input() as given, create_app_session(input=given, output=DummyOutput()):
        yield given


@pytest.fixture
def typed(conversation: csflow.Conversation, keys: PipeInput, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Return what types lines at the prompt and gives back what is printed."""

    def typist(*lines: str) -> str:
        keys.send_text("".join(f"{line}\r" for line in (*lines, "/quit")))
        talk(conversation)
        return capsys.readouterr().out

    return typist


def test_what_is_typed_is_answered(typed: Typed, conversation: csflow.Conversation) -> None:
    """A message gets its replies, and in a dim line the state, the rules and what became due."""
    text = typed("满多少包邮")
    assert "< 满99元包邮。\n" in text
    assert "   → identify_need · talk.welcome · free_shipping.no_order\n" in text
    assert conversation.state == "identify_need"


def test_time_passes_and_the_shop_reports(typed: Typed) -> None:
    """`/event`, `/facts` and `/wait` do what a script's lines do."""
    told = ['/event ordered {"order": {"no": "A1", "total": "120.00"}}', '/facts {"order": {"total": "130.00"}}']
    text = typed(*told, "/wait 2d", "满多少包邮")
    assert "order.seen · payment_reminder due 11-25 10:00" in text
    assert "< 订单A1还没付款，需要帮忙吗？" in text
    assert "< 您这单130元，不收邮费。" in text


def test_a_person_takes_over_and_gives_back(typed: Typed, conversation: csflow.Conversation) -> None:
    """`/staff` lets a person of the shop act."""
    text = typed("在吗", "/staff take_over", "在吗", "/staff give_back")
    assert "→ handoff · hand_off take_over (from=identify_need)" in text
    assert "record message (text=在吗)" in text
    assert conversation.state == "identify_need"


def test_the_last_turn_explains_itself(typed: Typed) -> None:
    """`/why` shows what was heard and which rules were judged; before the first turn there is nothing."""
    text = typed("/why", "满多少包邮", "/why")
    told = ["nothing was said yet", "heard ask_free_shipping (1.00)", "fired     free_shipping.no_order"]
    assert sorted(told, key=text.index) == told


def test_the_state_is_shown(typed: Typed) -> None:
    """`/state` shows the time and what is kept."""
    text = typed("有什么码", "/state")
    assert "now       2026-11-23 10:00" in text
    assert "state     identify_need.size" in text
    assert 'pending   ["size", ' in text


def test_help_names_every_command(typed: Typed) -> None:
    """`/help` lists the commands with what they do."""
    text = typed("", "/help")
    assert all(command in text and what in text for command, what in HELP.items())


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("/weit 2d", "no command /weit; did you mean 'wait'?"),
        ("/wait tomorrow", "is not a duration"),
        ("/event payd", "did you mean 'paid'"),
        ("/event paid {", "not JSON"),
        ("/facts", "not JSON"),
        ('/facts {"order": {"totl": "1.00"}}', "did you mean 'order.total'"),
    ],
)
def test_a_bad_command_is_told_and_the_talk_goes_on(typed: Typed, conversation: csflow.Conversation, line: str, why: str) -> None:
    """What cannot be is said, and the next message is answered."""
    text = typed(line, "再见")
    assert why in text
    assert conversation.state == "farewell.closed"


@pytest.mark.parametrize("key", ["\x04", "\x03"])
def test_ctrl_d_and_ctrl_c_end_the_talk(
    conversation: csflow.Conversation, keys: PipeInput, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both keys leave quietly."""
    keys.send_text(f"在吗\r{key}")
    talk(conversation)
    assert "→ identify_need" in capsys.readouterr().out


def test_chat_talks_where_there_is_a_terminal(run: Run, small: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal `csflow chat` opens the prompt; the conversation begins at --now."""
    begun: list[csflow.Conversation] = []
    monkeypatch.setattr("csflow.cli.terminal.talk", begun.append)
    monkeypatch.setattr("csflow.cli.chat.at_terminal", lambda: True)
    assert run("chat", small, "--now", "2026-11-23").exit_code == 0
    assert run("chat", small, "--json", input="再见\n").stdout.startswith("{")
    assert [conversation.now.isoformat() for conversation in begun] == ["2026-11-23T00:00:00+08:00"]


def screen() -> Screen:
    return Screen(
        file=io.StringIO(), force_terminal=True, width=40, color_system=None, markup=False, highlight=False, soft_wrap=True
    )


def printed(out: Screen) -> str:
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


def test_bubbles_on_a_terminal(conversation: csflow.Conversation) -> None:
    """The customer's bubbles stand on the right, the shop's on the left; none is wider than the terminal."""
    out = screen()
    painter = Painter(conversation, out)
    for line in read_lines(["满多少包邮", '{"event": "ordered", "facts": {"order": {"no": "A1", "total": "120.00"}}}'], "x"):
        painter.line(line)
        painter.turn(play(conversation, line))
    lines = printed(out).splitlines()
    assert lines[1].endswith("│ 满多少包邮 │")
    assert lines[1].startswith("   ")
    assert any(line.startswith("│ 满99元包邮。 │") for line in lines)
    assert '   … ordered {"order": {"no": "A1", "total": "120.00"}}' in lines


def test_a_table_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal a table has aligned columns."""
    out = screen()
    monkeypatch.setattr("csflow.cli.paint.console", lambda: out)
    table(("fact", "value"), [("store.name", "小店"), ("store.gift", "MISSING")])
    lines = [line.rstrip() for line in printed(out).splitlines()]
    assert lines == ["fact        value", "store.name  小店", "store.gift  MISSING"]
