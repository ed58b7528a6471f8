"""Two versions of a flow compared: what changed in words, and which conversations can go on."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from csflow.cli.app import app
from csflow.diff import changes, orphans
from csflow.rulefile import load_flow

OLD = """
facts: {order.total: money}
slots: {size: {type: text, ask: 多大}}
intents: {hello: {phrases: [你好], examples: [在吗]}}
states: {close.pay: {}, close.wait: {collect: [size]}}
calls: {boss: {by: boss, within: 20m}}
rules:
  - when: hello
    choose:
      - {id: first, if: order.total > 5.00, say: [甲, 乙], do: [{call: boss}, {promise: {answer: x, by: 1d}}]}
      - {id: last, else: true, say: 丙, go: close.pay}
follow_ups: {later: {since: silence, after: 1d, say: 还在}}
never: [used(first) > 9]
"""


def compared(folder: Path, old: str, new: str) -> list[tuple[str, str | None]]:
    """Return each change in words with what becomes of conversations that stand there."""
    for name, text in (("old.yaml", old), ("new.yaml", new)):
        (folder / name).write_text(text, "utf-8")
    found = changes(load_flow(folder / "old.yaml"), load_flow(folder / "new.yaml"))
    return [(str(change).partition(";")[0], change.position) for change in found]


def test_nothing_changed(tmp_path: Path) -> None:
    """The same flow has no changes, and comments are none."""
    assert compared(tmp_path, OLD, "# a comment\n" + OLD) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("say: 丙", "say: 丁", [("rule last say changed: 丙 -> 丁", None)]),
        ("[甲, 乙]", "[甲, {if: order.total > 9.00, text: 乙}]",
         [("rule first say changed: 甲 | 乙 -> 甲 | 乙 (if order.total > 9.00)", None)]),
        ("total > 5.00", "total >= 5.00", [("rule first if changed: order.total > 5.00 -> order.total >= 5.00", None)]),
        ("go: close.pay", "go: close", [("rule last go changed: close.pay -> close", None)]),
        ("within: 20m", "within: 30m", [("call boss within changed: 1200 -> 1800", None)]),
        ("type: text", "type: count", [("slot size type changed: text -> count", None)]),
        ("order.total: money", "order.total: money, order.age: count", [("fact order.age added", None)]),
        ("examples: [在吗]", "examples: [在吗, 在不在]", [("intent hello examples changed: 在吗 -> 在吗 | 在不在", None)]),
        ("never: [used(first) > 9]", "never: [used(first) > 8]",
         [("never used(first) > 9 removed", None), ("never used(first) > 8 added", None)]),
        ("close.pay: {}, ", "", [("state close.pay removed", "orphaned")]),
        ("{close.pay: {}, ", "{close.settle: {was: close.pay}, ", [("state close.settle renamed from close.pay", "renamed")]),
        ("{later: {since", "{soon: {was: later, since", [("follow-up soon renamed from later", "renamed")]),
        ("follow_ups: {later", "follow_ups: {sooner",
         [("follow-up later removed", "orphaned"), ("follow-up sooner added", None)]),
        ("{id: last", "{id: final, was: last", [("rule final renamed from last", None)]),
    ],
)  # fmt: skip
def test_a_change_in_words(tmp_path: Path, before: str, after: str, expected: list[tuple[str, str | None]]) -> None:
    """Each change names the part, the key, the old and the new text."""
    new = OLD.replace(before, after)
    if "close.pay: {}" not in new:
        goes = "close.settle" if "close.settle" in new else "close"
        new = new.replace("go: close.pay", f"go: {goes}")
        expected = [*expected, (f"rule last go changed: close.pay -> {goes}", None)] if goes == "close" else expected
    assert compared(tmp_path, OLD, new) == expected


def test_a_rule_in_another_place(tmp_path: Path) -> None:
    """Order has meaning inside a list: a rule that comes after another one than before is named."""
    lines = OLD.splitlines()
    at = next(number for number, line in enumerate(lines) if "id: first" in line)
    swapped = [*lines[:at], lines[at + 1].replace("else: true", "max: 1"), lines[at], *lines[at + 2 :]]
    assert ("rule first comes after changed: nothing -> last", None) in compared(tmp_path, OLD, "\n".join(swapped))


def test_orphans_end_with_one(tmp_path: Path) -> None:
    """The command exits with 1 where a conversation is left without a way on, and says what to write."""
    (tmp_path / "old.yaml").write_text(OLD, "utf-8")
    (tmp_path / "new.yaml").write_text(
        OLD.replace("slots: {size: {type: text, ask: 多大}}\n", "").replace("{collect: [size]}", "{}"), "utf-8"
    )
    done = CliRunner().invoke(app, ["diff", str(tmp_path / "old.yaml"), str(tmp_path / "new.yaml")])
    assert done.exit_code == 1
    assert "slot size removed; conversations that stand there have no way on: give its successor `was: size`" in done.stdout
    assert done.stdout.splitlines()[-1] == "2 changes; 1 without a way on"
    same = CliRunner().invoke(app, ["diff", str(tmp_path / "old.yaml"), str(tmp_path / "old.yaml")])
    assert (same.exit_code, same.stdout) == (0, "no changes; every conversation under way can go on\n")


def test_promises_and_calls_leave_orphans(tmp_path: Path) -> None:
    """An open call or promise whose rules are gone has nobody to end it."""
    new = OLD.replace("do: [{call: boss}, {promise: {answer: x, by: 1d}}]", "do: []").replace(
        "calls: {boss: {by: boss, within: 20m}}\n", ""
    )
    for name, text in (("old.yaml", OLD), ("new.yaml", new)):
        (tmp_path / name).write_text(text, "utf-8")
    lost = orphans(changes(load_flow(tmp_path / "old.yaml"), load_flow(tmp_path / "new.yaml")))
    assert [(change.kind, change.name) for change in lost] == [("call", "boss"), ("promise", "answer")]
    assert all(str(change).endswith("have no way on: keep it until nobody waits for it") for change in lost)
