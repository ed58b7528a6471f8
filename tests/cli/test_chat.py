from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import csflow
from csflow.cli.demo import BEGIN, demos
from tests.cli.conftest import Run

KEYS = ["state", "heard", "rules", "replies", "effects", "due"]
SCRIPT = """在吗

{"say": ["有什么码", "小的"]}
{"facts": {"order": {"no": "A1", "total": "120.00"}}}
{"event": "ordered"}
{"wait": "2d"}
"""
ZONES = [("2026-11-23", "2026-11-25T09:00:00+08:00"), ("2026-11-23T10:00+09:00", "2026-11-25T10:00:00+09:00")]
NOW = ("--now", "2026-11-23T10:00")


def rows(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def test_each_line_of_a_script_gives_one_object(run: Run, small: str) -> None:
    """With --json a line that is not empty prints one object, in the documented keys, and the first one greets too."""
    result = run("chat", small, "--script", "-", "--json", *NOW, input=SCRIPT)
    turns = rows(result.stdout)
    assert result.exit_code == 0
    assert [list(turn) for turn in turns] == [KEYS] * 5
    assert turns[0]["rules"][0] == "talk.welcome"
    assert turns[3]["state"] == "close.await_payment"
    assert turns[3]["due"] == [{"name": "payment_reminder", "at": "2026-11-25T10:00:00+08:00"}]
    assert turns[4]["rules"] == ["payment_reminder"]


def test_a_script_may_be_a_file(run: Run, small: str, tmp_path: Path) -> None:
    """A script file is played to its end, with a byte order mark and Windows line ends."""
    script = tmp_path / "talk.txt"
    script.write_bytes("\ufeff在吗\r\n再见\r\n".encode())
    turns = rows(run("chat", small, "--script", script, "--json").stdout)
    assert [turn["state"] for turn in turns] == ["identify_need", "farewell.closed"]


def test_a_pipe_is_a_script(run: Run, small: str) -> None:
    """Without --script, lines from a pipe are what the customer says."""
    result = run("chat", small, input="再见\n")
    assert "> 再见\n" in result.stdout
    assert "→ farewell.closed" in result.stdout


def test_a_bad_line_ends_the_script_after_the_turns_before(run: Run, small: str) -> None:
    """What was said before a bad line is printed; then comes its place on standard error and exit code 2."""
    result = run("chat", small, "--json", input='在吗\n{"event": "payd"}\n再见\n')
    assert len(rows(result.stdout)) == 1
    assert result.stderr == "bad-script <stdin>:2:11 no event 'payd' in this flow; did you mean 'paid'?\n"
    assert result.exit_code == 2


@pytest.mark.parametrize(("now", "at"), ZONES)
def test_the_time_is_the_shops_unless_it_says_so(run: Run, small: str, now: str, at: str) -> None:
    """A --now without a zone is read in the shop's; timers wait for the contact hours."""
    line = '{"event": "ordered", "facts": {"order": {"no": "A1", "total": "120.00"}}}\n'
    (turn,) = rows(run("chat", small, "--now", now, "--json", input=line).stdout)
    assert turn["due"][0]["at"] == at


def test_a_seed_chooses_the_words(run: Run, small: str) -> None:
    """The same seed says the same; among some seeds both ways to greet are heard."""
    said = [run("chat", small, "--seed", seed, "--json", input="再见\n").stdout for seed in (1, 1, 2, 3, 4, 5, 6)]
    greetings = {rows(text)[0]["replies"][0] for text in said}
    assert said[0] == said[1]
    assert len(greetings) == 2


@pytest.mark.parametrize("args", [("--now", "tomorrow"), ("--now", "2026-13-01"), ("--seed", "x"), ("--script", "no/such/file")])
def test_a_bad_option_is_a_sentence_and_code_2(run: Run, small: str, args: tuple[str, str]) -> None:
    """An option that cannot be read is named, without a traceback."""
    result = run("chat", small, *args, input="")
    assert result.exit_code == 2
    assert args[1] in result.stderr or "No such file" in result.stderr


def test_what_customers_write_cannot_steer_the_terminal(run: Run, small: str) -> None:
    """Control characters of a message are left out."""
    assert "> 再见[31m\n" in run("chat", small, input="再见\x1b[31m\n").stdout


@pytest.mark.parametrize("name", demos())
def test_a_demo_is_understood_from_its_first_line_to_its_last(run: Run, name: str) -> None:
    """Every message of an example conversation is understood, every one in the open gets an answer."""
    result = run("demo", name, "--json")
    shown = demos()[name]
    lines = shown.script.read_text("utf-8").splitlines()
    turns = rows(result.stdout)
    lost = {rule.id for lst in csflow.load(shown.pack, shown.store).lists if "unknown" in lst.when for rule in lst.rules}
    assert result.exit_code == 0
    assert len(turns) == len(lines)
    assert not lost.intersection(rule for turn in turns for rule in turn["rules"])
    assert all(turn["replies"] or turn["state"] == "handoff" for line, turn in zip(lines, turns, strict=True) if '"say"' in line)


def test_the_demo_sells_something(run: Run) -> None:
    """The default example goes from the greeting over price, gift, free shipping and reminder to the paid order."""
    rules = [rule for turn in rows(run("demo", "--json").stdout) for rule in turn["rules"]]
    wanted = ["talk.welcome", "price_ladder.fixed", "price_ladder.granted"]
    wanted += ["free_shipping.granted", "payment_reminder", "order.paid"]
    assert [rule for rule in rules if rule in wanted] == wanted


def test_the_demo_plays_on_a_fixed_day(run: Run) -> None:
    """What the demo prints does not depend on the day."""
    due = rows(run("demo", "--json").stdout)[0]["due"]
    assert due[0]["at"].startswith(BEGIN[:10])


def test_an_unknown_demo_is_answered_with_those_there_are(run: Run) -> None:
    """A name that is no example is refused with the list of names."""
    result = run("demo", "nope")
    assert result.exit_code == 2
    assert "complaint, " in result.stderr


def test_the_demos_are_listed(run: Run) -> None:
    """The list names each conversation with its pack and, where it has one, its shop."""
    listed = run("demo", "--list").stdout.splitlines()
    assert len(listed) == len(demos()) >= 3
    assert "sale                     retail_zh" in listed
