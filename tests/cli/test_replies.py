"""Every reply of a flow, to read in one sitting."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run

FLOW = """
name: shop
facts: {store.name: text, store.min: money, order.total: money}
intents: {hello: {phrases: [你好]}}
slots: {size: {type: size, ask: 多大？}}
calls: {boss: {by: boss, within: 1h, hold: 在问<b>}}
rules:
  - when: hello
    choose:
      - id: first
        if: order.total > 5.00
        say: ["{{ store.name }}满{{ store.min }}，您{{ order.total }}", [一, {if: known(store.name), text: 二}]]
      - {id: last, else: true, say: [], do: [{call: boss}], ask: size}
follow_ups: {later: {since: silence, after: 1d, say: 还在}}
"""


def shop(folder: Path) -> Path:
    (folder / "flow.yaml").write_text(FLOW, "utf-8")
    (folder / "store.yaml").write_text("profile: p\nstore: {name: 木言, min: '20.00'}\n", "utf-8")
    return folder


def test_all_texts(run: Run, tmp_path: Path) -> None:
    """Every text stands under what says it, with the store's figures; what only a conversation knows stands in brackets."""
    rows = [json.loads(line) for line in run("replies", shop(tmp_path), "--json").stdout.splitlines()]
    assert [(row["by"], row["when"], row["condition"], row["shown"]) for row in rows] == [
        ("first", "hello", "order.total > 5.00", "木言满20元，您‹order.total›"),
        ("first", "hello", "order.total > 5.00", "一"),
        ("first", "hello", "order.total > 5.00 and known(store.name)", "二"),
        ("later", "silence", "", "还在"),
        ("slots.size", "", "", "多大？"),
        ("calls.boss", "", "", "在问<b>"),
    ]


def test_for_people(run: Run, tmp_path: Path) -> None:
    """A scenario and a rule are named once, above their texts."""
    lines = run("replies", shop(tmp_path)).stdout.splitlines()
    assert [line for line in lines if not line.startswith("    ")] == [
        "",
        "== flow",
        "first [hello]",
        "later [silence]",
        "slots.size",
        "calls.boss",
    ]


def test_as_a_page(run: Run, tmp_path: Path) -> None:
    """The page holds every text, escaped, and frames one that is too long for a chat."""
    shop(tmp_path)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "long.yaml").write_text("rules: [{when: paid, choose: [{id: long, say: " + "长" * 121 + "}]}]", "utf-8")
    done = run("replies", tmp_path, "--html", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert (done.exit_code, done.stdout) == (0, f"7 texts written to {tmp_path}/page.html\n")
    assert page.count('class="said"') == 6
    assert page.count('class="said long"') == 1
    assert "在问&lt;b&gt;" in page
    assert "木言满20元" in page
