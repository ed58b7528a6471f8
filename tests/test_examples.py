"""The examples: each one runs as a user would run it, and does what it says."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path
from types import ModuleType

import pytest

import csflow

EXAMPLES = Path(__file__).parent.parent / "examples"


def example(name: str) -> ModuleType:
    """Import an example by its name."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_an_example_runs(path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Every example's `main` ends by itself, with input at its end, and prints something."""
    monkeypatch.setattr("sys.stdin", io.StringIO("在吗\n\n"))
    example(path.stem).main()
    assert capsys.readouterr().out.strip()


def test_the_console_bot_answers_its_own_calls(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Fifteen yuan short, asked twice: the supervisor's function is called and its yes reaches the customer at once."""
    monkeypatch.setattr("sys.stdin", io.StringIO("能包邮吗\n就差一点，包个邮吧\n"))
    example("console_bot").main()
    out = capsys.readouterr().out
    assert "(request_approval free_shipping)" in out
    assert "(grant free_shipping)" in out


def test_the_webhook_keeps_customers_apart() -> None:
    """Two customers' requests, mixed, are answered as each one's alone: only the snapshot is kept between requests."""
    webhook = example("webhook")
    lines = {"a": ["在吗", "能便宜点吗", "那我下单了"], "b": ["满多少包邮", "再见"]}

    def served(order: str) -> dict[str, list[object]]:
        left = {customer: iter(texts) for customer, texts in lines.items()}
        store: dict[str, str] = {}
        out: dict[str, list[object]] = {customer: [] for customer in lines}
        for at, customer in enumerate(order):
            when = f"2026-11-23T10:{at:02}:00+08:00"
            request = {"customer": customer, "at": when, "texts": [next(left[customer])]}
            out[customer].append(webhook.handle(store, request)["state"])
        return out

    assert served("aaabb") == served("ababa")


def test_the_webhook_takes_reports() -> None:
    """An order and its payment bring the conversation to the follow-up, with the reminder armed and then gone."""
    webhook = example("webhook")
    store: dict[str, str] = {}
    ordered = {"customer": "c", "at": "2026-11-23T10:00:00+08:00", "event": "ordered", "facts": {"order": webhook.ORDER}}
    assert "schedule" in {effect["type"] for effect in webhook.handle(store, ordered)["effects"]}
    paid = webhook.handle(store, {"customer": "c", "at": "2026-11-23T11:00:00+08:00", "event": "paid"})
    assert paid["state"] == "follow_up"
    assert "cancel" in {effect["type"] for effect in paid["effects"]}


def test_a_replayed_conversation_is_the_same(retail: csflow.Flow) -> None:
    """Whatever customers write, a conversation taken up from stored snapshots says the same."""
    assert example("replay").differing(retail, 30) == []


def test_the_replay_would_notice(retail: csflow.Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the stored snapshot lost something, the replay's property would fail."""
    replay = example("replay")
    fresh = retail.fresh().to_json()
    monkeypatch.setattr(csflow.Snapshot, "to_json", lambda snapshot: fresh)
    assert replay.differing(retail, 3)
