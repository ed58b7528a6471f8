from __future__ import annotations

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from csflow.cli import confusions as command
from csflow.errors import Place
from csflow.testing.confusions import Row
from tests.cli.conftest import Run

ROWS: list[dict[str, Any]] = [
    {"text": "包邮不", "label": "ask_free_shipping"},
    {"text": "尺码表发我", "label": "ask_size", "source": "ours"},
    {"text": "满多少包邮", "label": "ask_discount", "also": ["ask_free_shipping.threshold"]},
    {"text": "换货包邮吗", "label": "exchange.how"},
    {"text": "退货包邮吗", "label": "exchange"},
    {"text": "包邮的\n话尺码呢", "label": "ask_size"},
    {"text": "龘龘", "label": "exchange"},
]
VOID = {"meta"}


def data(folder: Path, rows: list[dict[str, Any]]) -> Path:
    path = folder / "data.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n\n", "utf-8")
    return path


def test_the_report_as_data(run: Run, small: str, tmp_path: Path) -> None:
    """Groups count, `also` is right too, pairs come the most frequent first, each message with what attracted it and where."""
    result = run("confusions", small, data(tmp_path, ROWS), "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 0
    assert {key: report[key] for key in ("messages", "right", "wrong", "none")} == {
        "messages": 7,
        "right": 3,
        "wrong": 3,
        "none": 1,
    }
    first, second = report["confusions"]
    assert (first["expected"], first["heard"], first["count"]) == ("exchange", "ask_free_shipping", 2)
    assert first["messages"][0] == {
        "text": "换货包邮吗", "line": 4, "intent": "ask_free_shipping", "why": "phrase “包邮”",
        "at": f"{small}/rules/sale.yaml:9:15",
    }  # fmt: skip
    assert (second["expected"], second["count"]) == ("ask_size", 1)
    assert report["unheard"] == [{"text": "龘龘", "label": "exchange", "line": 7}]


def test_precision_and_recall(run: Run, small: str, tmp_path: Path) -> None:
    """Recall is of the rows with a label, precision of those heard so; where there are none there is no figure."""
    found = json.loads(run("confusions", small, data(tmp_path, ROWS), "--json").stdout)["intents"]
    shares = {row["name"]: (row["rows"], row["precision"], row["recall"]) for row in found}
    assert shares == {
        "exchange": (3, None, 0.0), "ask_size": (2, 1.0, 0.5), "ask_free_shipping": (1, 0.4, 1.0), "ask_discount": (1, None, 1.0),
    }  # fmt: skip
    assert [row["name"] for row in found] == ["exchange", "ask_size", "ask_discount", "ask_free_shipping"]


def test_the_report_for_people(run: Run, small: str, tmp_path: Path) -> None:
    """The counts, a table, the pairs with their words, and what was not understood, each message on one line."""
    out = run("confusions", small, data(tmp_path, ROWS)).stdout
    assert out.startswith("7 messages: 3 right (42.9%), 3 wrong (42.9%), 1 heard as nothing (14.3%)\n")
    assert "ask_size\t2\t1\t1\t100%\t50%" in out
    assert "exchange\t3\t0\t0\t-\t0%" in out
    assert "\n2 × exchange heard as ask_free_shipping\n  “换货包邮吗”  ask_free_shipping: phrase “包邮”" in out
    assert "“包邮的 话尺码呢”" in out
    assert out.endswith("\n1 × heard as nothing\n  “龘龘”  exchange\n")


def test_all_right_has_nothing_to_list(run: Run, small: str, tmp_path: Path) -> None:
    """Where everything is heard rightly the report ends with its table."""
    out = run("confusions", small, data(tmp_path, ROWS[:1])).stdout
    assert out.splitlines()[-1] == "ask_free_shipping\t1\t1\t1\t100%\t100%"


@pytest.mark.parametrize(("least", "code"), [("42.8", 0), ("43", 1), ("100", 1), ("0", 0)])
def test_a_share_may_be_demanded(run: Run, small: str, tmp_path: Path, least: str, code: int) -> None:
    """--fail-under makes a worse result a finding; without it every result is fine."""
    assert run("confusions", small, data(tmp_path, ROWS), "--fail-under", least).exit_code == code


class Page(HTMLParser):
    """Checks that tags are closed in order, and collects texts and whatever would be fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.fetched: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.fetched += [str(value) for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_stands_alone(run: Run, small: str, tmp_path: Path) -> None:
    """The HTML is whole, fetches nothing, runs nothing, follows light and dark, and writes messages as text."""
    rows = [*ROWS, {"text": "<script>alert(1)</script>包邮", "label": "a&b"}]
    page = tmp_path / "page.html"
    assert run("confusions", small, data(tmp_path, rows), "--html", page).exit_code == 0
    text = page.read_text("utf-8")
    parser = Page()
    parser.feed(text)
    assert parser.open == []
    assert parser.fetched == []
    assert "script" not in parser.tags
    assert "url(" not in text
    assert "@import" not in text
    assert "prefers-color-scheme: dark" in text
    assert "<script>alert(1)</script>包邮 " in parser.texts
    assert any("sale.yaml:9:15" in said for said in parser.texts)


def test_the_heat_table(run: Run, small: str, tmp_path: Path) -> None:
    """A row a label, a column for each intent heard and one for nothing; the shade is the share of the row, `also` is right."""
    page = tmp_path / "page.html"
    run("confusions", small, data(tmp_path, ROWS), "--html", page)
    table = re.findall(r'<tr><th scope="row">(\w+)</th>(.*)</tr>', page.read_text("utf-8"))
    cells = {
        name: re.findall(r"<td(?: style=\"--tint: var\(--(\w+)\); --share: ([\d.]+)\")?>(\d*)</td>", row) for name, row in table
    }
    assert cells == {
        "exchange": [("", "", ""), ("wrong", "0.67", "2"), ("none", "0.33", "1")],
        "ask_size": [("right", "0.50", "1"), ("wrong", "0.50", "1"), ("", "", "")],
        "ask_discount": [("", "", ""), ("right", "1.00", "1"), ("", "", "")],
        "ask_free_shipping": [("", "", ""), ("right", "1.00", "1"), ("", "", "")],
    }


GOOD = '{"text": "包邮不", "label": "ask_free_shipping"}'
BAD: list[tuple[bytes, int, str]] = [
    (b'{"text": ', 10, "not JSON: "),
    (b"[]", 1, "write an object"),
    (b"NaN", 1, "write an object"),
    (b"[" * 100_000, 1, "not JSON: "),
    (b'{"text": "a", "label": "\xff"}', 25, "not UTF-8"),
    ('{"text": "包", "label": "\xff'.encode() + b'\xfe"}', 26, "not UTF-8"),
    (b'{"label": "x"}', 1, "'text' must be a text"),
    (b'{"text": " ", "label": "x"}', 2, "'text' must be a text"),
    (b'{"text": "a"}', 1, "'label' must be an intent's name"),
    (b'{"text": "a", "label": ["x"]}', 15, "'label' must be an intent's name"),
    (b'{"text": "a", "label": "x", "also": "y"}', 29, "'also' must be a list of intents' names"),
    (b'{"text": "a", "label": "x", "also": [1]}', 29, "'also' must be a list of intents' names"),
    (b'{"text": 1' + b"0" * 5000 + b"}", 1, "not JSON: "),
]


@pytest.mark.parametrize(("line", "col", "message"), BAD, ids=[message for _, _, message in BAD])
def test_bad_data_is_told_at_its_place(run: Run, small: str, tmp_path: Path, line: bytes, col: int, message: str) -> None:
    """A line that is no labelled message is refused at its line and column."""
    path = tmp_path / "data.jsonl"
    path.write_bytes(GOOD.encode() + b"\r\n\n" + line + b"\n")
    result = run("confusions", small, path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"bad-data {path}:3:{col} {message}")


def test_all_bad_data_is_told_at_once(run: Run, small: str, tmp_path: Path) -> None:
    """Every fault of every line is told; a mark at the file's beginning is none."""
    path = tmp_path / "data.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode() + b'\n{}\nnonsense\n{"text": 5, "label": "x"}\n')
    places = re.findall(r"^bad-data .*:(\d+:\d+) ", run("confusions", small, path).stderr, re.MULTILINE)
    assert places == ["2:1", "2:1", "3:1", "4:2"]


def test_an_empty_file_is_bad_data(run: Run, small: str, tmp_path: Path) -> None:
    """A file without messages says what to write."""
    result = run("confusions", small, data(tmp_path, []))
    assert result.exit_code == 2
    assert "no message here" in result.stderr


def test_a_missing_file_is_code_2(run: Run, small: str) -> None:
    """A file that is not there is told in one sentence."""
    result = run("confusions", small, "nowhere.jsonl")
    assert (result.exit_code, result.stderr) == (2, "csflow: No such file or directory: nowhere.jsonl\n")


@pytest.mark.parametrize(("terminal", "patience", "shown"), [(True, -1.0, True), (True, 3600.0, False), (False, -1.0, False)])
def test_progress_is_shown_where_somebody_waits(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], terminal: bool, patience: float, shown: bool
) -> None:
    """A bar appears on standard error at a terminal after a while, and every row comes once, bar or not."""
    monkeypatch.setattr(command, "PATIENCE", patience)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    monkeypatch.setenv("TERM", "xterm")
    rows = [Row(str(number), "x", (), Place("data", number, 1)) for number in range(5)]
    assert list(command.watched(rows)) == rows
    assert ("hearing" in capsys.readouterr().err) is shown
