"""The commands about a store: what they print, and how they end."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from csflow import Flow, Host, load
from csflow.testing import Clock
from tests.cli.conftest import Run
from tests.flows import NOW, Shop

RULES = """
states: {close.pay: {}}
rules:
  - when: started
    choose: [{id: talk.welcome, say: 您好。, go: identify_need}]
  - when: ask_price
    choose: [{id: price.say, say: 十元。}]
  - when: buy
    choose: [{id: close.take, say: 好的。, go: close.pay}]
  - when: unknown
    in: [everywhere]
    choose: [{id: talk.unknown, say: 没听懂。}]
"""


@pytest.fixture
def stall(shop: Shop) -> Flow:
    return shop(RULES, name="old")


@pytest.fixture
def store(stall: Flow, tmp_path: Path) -> Path:
    """A store with two conversations, one of them about to pay."""
    path = tmp_path / "shop.db"

    async def main() -> None:
        async with Host(stall, store=f"sqlite:///{path}", clock=Clock(NOW), background=False) as host:
            await host.receive("b1", "多少钱")
            await host.receive("b1", "我要了")
            await host.receive("b2", "多少钱")

    asyncio.run(main())
    return path


def folder(shop: Shop, *changes: tuple[str, str]) -> Path:
    rules = RULES
    for before, after in changes:
        rules = rules.replace(before, after)
    return shop(rules, name="new").spec.roots[-1]


CHEAPER = ("十元。", "八元。")
NO_STATE = (("states: {close.pay: {}}\n", ""), ("go: close.pay", "go: close"))


def test_travel_lists_events(run: Run, store: Path) -> None:
    """Each event with its time, what was said, why, and the state that it led to."""
    done = run("travel", store, "b1")
    assert done.exit_code == 0
    assert "多少钱  -> identify_need\n   < 您好。\n   < 十元。\n     heard ask_price" in done.stdout
    assert "fired     price.say  old/rules/test.yaml:7:14" in done.stdout


def test_travel_stops_at_an_event(run: Run, store: Path) -> None:
    """`--at` shows the snapshot and all of the why, by number or by time; as data too."""
    one = run("travel", store, "b1", "--at", "1", "--json")
    (row,) = map(json.loads, one.stdout.splitlines())
    assert (row["number"], row["snapshot"]["state"], row["replies"]) == (1, "identify_need", ["您好。", "十元。"])
    last = run("travel", store, "b1", "--at", NOW.isoformat())
    assert '"state": "close.pay"' in last.stdout
    assert run("travel", store, "b1", "--at", "9").exit_code == 2
    assert run("travel", store, "b1", "--at", "gestern").exit_code == 2
    assert "has no event at 2020-01-01; it has 2" in run("travel", store, "b1", "--at", "2020-01-01").stderr


def test_travel_writes_a_script(run: Run, store: Path, stall: Flow, tmp_path: Path) -> None:
    """What `--script` prints is played by `csflow chat`."""
    lines = run("travel", store, "b1", "--script").stdout
    assert lines == '{"say": ["多少钱"]}\n{"say": ["我要了"]}\n'
    (tmp_path / "said").write_text(lines, "utf-8")
    assert "好的。" in run("chat", stall.spec.roots[-1], "--script", tmp_path / "said").stdout


def test_travel_masks(run: Run, stall: Flow, tmp_path: Path) -> None:
    """`--masked` leaves no telephone number in a conversation, as text, data or script."""

    async def main() -> None:
        async with Host(stall, store=f"sqlite:///{tmp_path / 'own.db'}", clock=Clock(NOW), background=False) as host:
            await host.receive("b1", "我电话13812345678")

    asyncio.run(main())
    for options in ((), ("--json",), ("--script",), ("--at", "1")):
        assert "13812345678" in run("travel", tmp_path / "own.db", "b1", *options).stdout
        masked = run("travel", tmp_path / "own.db", "b1", "--masked", *options).stdout
        assert ("13812345678" in masked, "138****5678" in masked) == (False, True), options


def test_migrate_plans(run: Run, store: Path, shop: Shop) -> None:
    """The plan says how many conversations of each version and state can go on, and changes nothing."""
    done = run("migrate", store, folder(shop, CHEAPER))
    assert (done.exit_code, [line.split("\t")[2:] for line in done.stdout.splitlines()[1:]]) == (
        0, [["close.pay", "1", "safe", ""], ["identify_need", "1", "safe", ""]],
    )  # fmt: skip
    done = run("migrate", store, folder(shop, *NO_STATE), "--plan", "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 1
    assert [(row["state"], row["position"], row["reason"], row["conversations"]) for row in rows] == [
        ("close.pay", "orphaned", "state close.pay: the conversation stands in it", 1), ("identify_need", "safe", "", 1),
    ]  # fmt: skip
    assert run("travel", store, "b1").stdout.count("migrated") == 0


def test_migrate_moves(run: Run, store: Path, shop: Shop) -> None:
    """`--apply` moves all that is safe, once, and says what is left; what was moved goes on in the new version."""
    new = folder(shop, *NO_STATE)
    done = run("migrate", store, new, "--apply")
    assert (done.exit_code, done.stdout) == (1, "1 moved, 1 cannot be moved\n")
    assert json.loads(run("migrate", store, new, "--apply", "--json").stdout) == {"moved": 0, "left": 1}
    back = run("migrate", store, load_name(store), "--plan")
    assert back.exit_code == 0
    assert "migrated from" in run("travel", store, "b2").stdout


def load_name(store: Path) -> Path:
    """Return the folder of the version that the store began with."""
    return load(store.parent / "old").spec.roots[-1]


def test_migrate_has_nothing_to_do(run: Run, store: Path, stall: Flow) -> None:
    """Where all stand in the version there is nothing to plan."""
    done = run("migrate", store, stall.spec.roots[-1])
    assert (done.exit_code, done.stdout) == (0, "no conversation stands in another version\n")


@pytest.mark.parametrize("command", [("travel", "b1"), ("migrate", "retail_zh")])
def test_there_must_be_a_store(run: Run, tmp_path: Path, command: tuple[str, str]) -> None:
    """A command makes no store where there is none, and says what it looked for."""
    name, argument = command
    done = run(name, tmp_path / "no.db", argument)
    assert (done.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "there is no store" in done.stderr


def test_forget_says_what_would_go(run: Run, store: Path) -> None:
    """Without `--apply` nothing goes; with it the same rows do, and are then gone."""
    planned = run("forget", store, "b1", "--json")
    assert json.loads(planned.stdout) == {
        "deleted": {"conversation": 1, "customer": 1, "event": 2, "outbox": 3},
        "nameless": {},
        "open": [],
        "done": False,
    }
    assert run("forget", store, "b1").stdout == "would be deleted: 1 of conversation, 1 of customer, 2 of event, 3 of outbox\n"
    assert run("forget", store, "b1", "--apply").stdout == "deleted: 1 of conversation, 1 of customer, 2 of event, 3 of outbox\n"
    assert run("forget", store, "b1", "--apply").stdout == "deleted: nothing\n"
    assert run("travel", store, "b1").exit_code == 2


def test_forget_keeps_what_is_open(run: Run, store: Path) -> None:
    """Replies that nobody has handed over keep their conversation."""
    done = run("forget", store, "--untouched", "1d", "--apply")
    assert done.stdout == "deleted: nothing\n" + "".join(
        f"kept: conversation {key}; something of it is still open\n" for key in ("b1", "b2")
    )


@pytest.mark.parametrize("words", [(), ("b1", "--untouched", "1d"), ("--untouched", "soon"), ("--untouched", "1h30")])
def test_forget_is_told_whom(run: Run, store: Path, words: tuple[str, ...]) -> None:
    """One of customer and age is needed."""
    assert run("forget", store, *words).exit_code == 2


def test_backup_copies(run: Run, store: Path, tmp_path: Path) -> None:
    """The copy is a store; it overwrites nothing."""
    done = run("backup", store, tmp_path / "copy.db")
    assert done.stdout == f"{tmp_path / 'copy.db'}: {(tmp_path / 'copy.db').stat().st_size:,} bytes\n"
    assert run("travel", tmp_path / "copy.db", "b1").exit_code == 0
    assert run("backup", store, tmp_path / "copy.db").exit_code == 2


def test_seal_encrypts(run: Run, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new key, put into the environment, encrypts a store that was plain; without it nothing is read."""
    assert run("seal").exit_code == 2
    assert run("seal", store).exit_code == 2
    monkeypatch.setenv("CSFLOW_KEYS", run("seal", "--new-key").stdout)
    assert run("seal", store).stdout == "12 rows are encrypted with the first key\n"
    assert "十元。".encode() not in store.read_bytes()
    assert run("travel", store, "b1").exit_code == 0
    monkeypatch.delenv("CSFLOW_KEYS")
    done = run("travel", store, "b1")
    assert (done.exit_code, "the texts of this store are encrypted" in done.stderr) == (2, True)
