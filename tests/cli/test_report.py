"""`csflow report` and `csflow archive`: tables, files and a page of a store, and what is said where it cannot be used."""

from __future__ import annotations

import asyncio
import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from csflow import Flow, Host
from csflow.cli.plots import Bar, Part, across, upright
from csflow.cli.report import duration, shown
from csflow.host import Outgoing
from csflow.host.reports import Column
from csflow.testing import Clock
from tests.cli.conftest import Run
from tests.flows import NOW

HOSTILE = "=SUM(A1)<script>alert(1)</script>"


class Quick:
    async def send(self, message: Outgoing) -> None:
        """Take everything."""


@pytest.fixture(scope="session")
def kept(retail: Flow, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of a store with some conversations on two days."""
    path = tmp_path_factory.mktemp("stores") / "shop.db"

    async def fill() -> None:
        clock = Clock(NOW)
        async with Host(retail, store=f"sqlite:///{path}", channel=Quick(), clock=clock, background=False) as host:
            for who in ("anna", "bert"):
                await host.receive(who, "能便宜点吗")
                clock.advance("6s")
                await host.deliver()
            await host.report("anna", "ordered", {"order": {"no": "MY7", "total": "80.00"}})
            await host.receive("cora", HOSTILE)
            clock.advance("1d")
            await host.receive("cora", "转人工")
            await host.deliver()

    asyncio.run(fill())
    return str(path)


def test_a_report_is_told_in_tables(run: Run, kept: str) -> None:
    """At a pipe columns are parted by tabs; the period and the zone are said first."""
    result = run("report", kept, "--flow", "retail_zh")
    assert result.exit_code == 0
    assert result.output.startswith("2026-11-02 10:00 to 2026-11-03 10:00, times in Asia/Shanghai, made ")
    assert "conversations\t3\n" in result.output
    assert "2026-11-02\t3\t3\t3\t" in result.output
    assert "nothing in this time" in result.output


def test_a_report_is_json_lines(run: Run, kept: str) -> None:
    """First what it is about, then a line a table."""
    about, *tables = map(json.loads, run("report", kept, "--json", "--flow", "retail_zh", "--by", "week").output.splitlines())
    assert (about["by"], about["zone"]) == ("week", "Asia/Shanghai")
    by_name = {table["table"]: table for table in tables}
    assert [row["week"] for row in by_name["course"]["rows"]] == ["2026-11-02"]
    assert by_name["responses"]["rows"][1]["median"] is None


def test_a_report_of_a_period(run: Run, kept: str) -> None:
    """A date without a zone is one of the shop's days."""
    args = ("report", kept, "--json", "--flow", "retail_zh", "--from", "2026-11-03", "--to", "2026-11-04")
    _, summary, *_ = map(json.loads, run(*args).output.splitlines())
    assert summary["rows"][0] == {"figure": "conversations", "count": 1}


def test_csv_files_open_in_a_spreadsheet(run: Run, kept: str, tmp_path: Path) -> None:
    """A file a table, with the mark of UTF-8; plain numbers; a customer's text is never a formula."""
    assert run("report", kept, "--csv", tmp_path / "out").exit_code == 0
    written = (tmp_path / "out" / "missed.csv").read_bytes()
    assert written.startswith(b"\xef\xbb\xbfmessage,times\r\n")
    missed = list(csv.reader(written.decode("utf-8-sig").splitlines()))
    assert missed[1] == [f"'{HOSTILE}", "1"]
    responses = list(csv.reader((tmp_path / "out" / "responses.csv").read_text("utf-8-sig").splitlines()))
    assert responses[0][3:6] == ["median (s)", "p90 (s)", "p99 (s)"]
    assert responses[1][3] == "6.0"
    assert responses[2][3] == ""


class Page(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.places: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.places += [value or "" for name, value in attrs if name in ("src", "href", "action", "data")]


def test_the_page_needs_nothing_beside_itself(run: Run, kept: str, tmp_path: Path) -> None:
    """No scripts, no fonts, no addresses; every drawing has a title, every heading row its scope; texts cannot break it."""
    assert run("report", kept, "--flow", "retail_zh", "--html", tmp_path / "r.html").exit_code == 0
    text = (tmp_path / "r.html").read_text("utf-8")
    found = Page(text)
    assert not {"script", "link", "iframe", "img", "object"} & set(found.tags)
    assert found.places
    assert all(re.fullmatch(r"#\w+", place) for place in found.places)
    assert "@import" not in text
    assert "url(" not in text
    assert found.tags.count("svg") == 8 == len(re.findall(r"<svg [^>]*role=\"img\"[^>]*><title>[^<]+", text))
    assert text.count("<th ") == text.count("<th scope=")
    assert "&lt;script&gt;alert(1)" in text


def test_the_page_of_an_empty_store(run: Run, retail: Flow, tmp_path: Path) -> None:
    """Nothing happened: no drawing fails, and the page says so."""

    async def make() -> None:
        async with Host(retail, store=f"sqlite:///{tmp_path / 'empty.db'}", background=False):
            pass

    asyncio.run(make())
    assert run("report", tmp_path / "empty.db", "--html", tmp_path / "r.html").exit_code == 0
    assert "Nothing in this time." in (tmp_path / "r.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("report", "none.db"), "there is no store none.db"),
        (("archive", "search", "sqlite:///none.db"), "there is no store none.db"),
        (("report", "oracle://x"), "no store that csflow knows"),
        (("report", "{kept}", "--from", "soon"), "'soon' is not a time"),
        (("report", "{kept}", "--from", "2026-11-03", "--to", "2026-11-03"), "is not after"),
        (("report", "{kept}", "--by", "year"), "'year' is not one of"),
        (("report", "{other}"), "holds no conversations of csflow"),
        (("archive", "export", "{text}"), "file is not a database"),
        (("archive", "merge", "{new}", "{text}"), "text:1 is no line of an export"),
        (("archive", "merge", "{new}", "none.jsonl"), "No such file"),
    ],
)
def test_what_cannot_be_used_is_a_sentence(run: Run, kept: str, tmp_path: Path, args: tuple[str, ...], told: str) -> None:
    """No store, another database, another file, a time that is none: exit code 2 and why."""
    (tmp_path / "text").write_text("no json")
    (tmp_path / "other").write_bytes(b"")
    names = {"kept": kept, "text": tmp_path / "text", "other": tmp_path / "other", "new": tmp_path / "new.db"}
    result = run(*(arg.format(**names) for arg in args))
    assert result.exit_code == 2
    assert told in result.stderr


def test_a_search_prints_what_it_found(run: Run, kept: str) -> None:
    """The latest first, with the words; exit code 1 where there is none."""
    result = run("archive", "search", kept, "--text", "便宜")
    assert [line.split("\t")[0] for line in result.output.splitlines()] == ["conversation", "anna", "bert"]
    assert result.output.rstrip().endswith("能便宜点吗")
    one = json.loads(run("archive", "search", kept, "--order", "MY7", "--json").output)
    assert (one["conversation"], one["events"]) == ("anna", 2)
    nothing = run("archive", "search", kept, "--customer", "nobody")
    assert (nothing.exit_code, nothing.stderr) == (1, "no such conversation\n")


def test_an_export_is_merged_back(run: Run, kept: str, tmp_path: Path) -> None:
    """From a file, from standard input, from the store itself: it is the same; a clash exits with 1."""
    exported = run("archive", "export", kept).output
    (tmp_path / "all.jsonl").write_text(exported, "utf-8")
    assert run("archive", "merge", tmp_path / "a.db", tmp_path / "all.jsonl").output == (
        "3 added, 0 went on longer, 0 known, 0 clashes\n"
    )
    assert run("archive", "merge", tmp_path / "a.db", "-", input=exported).output.startswith("0 added, 0 went on longer, 3 known")
    assert json.loads(run("archive", "merge", tmp_path / "b.db", kept, "--json").output)["added"] == 3
    assert run("archive", "export", tmp_path / "a.db").output == exported
    other = run("archive", "merge", tmp_path / "a.db", "-", input=exported.replace("能便宜点吗", "能少点吗"))
    assert other.exit_code == 1
    assert "conversation anna differs from event 1 on; nothing of it was taken" in other.output


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.0 s"), (59.94, "59.9 s"), (60, "1 min 0 s"), (3_725, "1 h 2 min"), (90_000, "1 d 1 h"), (7 * 86_400, "7 d 0 h")],
)
def test_spans_are_told_in_two_units(seconds: float, text: str) -> None:
    """The two largest units, seconds with a tenth."""
    assert duration(seconds) == text


def test_cells_are_shown_by_their_kind() -> None:
    """Counts with thousands, shares in percent, nothing as a dash."""
    cells = [("count", 12_345), ("share", 0.1234), ("text", "a"), ("span", 61), ("money", None)]
    assert [shown(Column("x", kind), cell) for kind, cell in cells] == ["12,345", "12.3%", "a", "1 min 1 s", "–"]  # type: ignore[arg-type] # kinds of cells


def test_bars_are_as_long_as_their_parts() -> None:
    """Across a bar's parts follow each other, upright they stand side by side; no whole is no division by zero."""
    drawn = across("t", [Bar("a", [Part(1, "bar", "one"), Part(3, "right", "three")])], 4)
    assert 'x="0.00%" y="18" width="25.00%"' in drawn
    assert 'x="25.00%" y="18" width="75.00%"' in drawn
    days = [f"2026-11-0{day}" for day in range(1, 8)]
    shown = upright("t", [Bar(day, [Part(1, "bar", day)]) for day in days], "1")
    assert [day for day in days if f">{day}</text>" in shown] == [days[0], days[3], days[6]]
    assert 'height="110.0"' in upright("t", [Bar("a", [Part(2, "bar", "two")]), Bar("b", [Part(1, "bar", "one")])], "2")
    assert "0%" in across("t", [Bar("a", [Part(1, "bar", "one")])], 0)
