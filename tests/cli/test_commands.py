from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import csflow
from csflow.cli.app import COMMANDS
from csflow.cli.check import excerpt
from csflow.errors import Place
from tests.cli.conftest import Run


def rows(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


# the group


def test_help_lists_every_command(run: Run) -> None:
    """`csflow --help` names all commands in the order of the table."""
    text = run("--help").stdout
    assert sorted(COMMANDS, key=lambda name: text.index(f"\n  {name} ")) == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_a_help_page(run: Run, name: str) -> None:
    """Every command explains itself."""
    result = run(name, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: csflow {name}")


def test_the_version_is_the_packages(run: Run) -> None:
    """`csflow --version` prints the version of the package."""
    assert run("--version").stdout == f"csflow {csflow.__version__}\n"


OF_A_STORE = ("migrate", "travel", "forget", "seal", "backup", "report", "archive")
OTHERS = ("demo", "new", "schema", "trace", "diff", "replay", *OF_A_STORE)
TAKING_A_FLOW = [name for name in COMMANDS if name not in OTHERS]


@pytest.mark.parametrize("name", TAKING_A_FLOW)
def test_a_flow_that_is_not_there_is_code_2(run: Run, name: str) -> None:
    """Every command that takes a flow says where it looked, and exits with 2."""
    result = run(name, "nowhere", *(["你好"] if name in ("explain", "confusions") else []), input="")
    assert result.exit_code == 2
    assert result.stderr.startswith("no-flow nowhere:1:1 ")


@pytest.mark.parametrize("name", [name for name in TAKING_A_FLOW if name != "check"])
def test_a_broken_flow_is_told_at_its_places(run: Run, broken: str, name: str) -> None:
    """Problems of rule files go to standard error as `CODE file:line:col message`, nothing to standard output."""
    result = run(name, broken, *(["你好"] if name in ("explain", "confusions") else []), input="")
    first, second = result.stderr.splitlines()
    assert (result.exit_code, result.stdout) == (2, "")
    assert first.startswith(f"unknown-fact {broken}/rules/sale.yaml:44:13 no fact 'order.totl'")
    assert second.startswith(f"unknown-state {broken}/rules/sale.yaml:62:62 no state 'folow_up'")


@pytest.mark.parametrize("name", ["chat", "recognise", "facts", "replies", "check", "test", "graph"])
def test_a_store_profile_that_is_not_there_is_code_2(run: Run, small: str, name: str) -> None:
    """--store goes with every command that takes a flow, and a wrong one is refused."""
    result = run(name, small, "--store", "no.yaml", input="")
    assert result.exit_code == 2
    assert result.stderr.startswith("no-profile no.yaml:1:1")


# recognise and explain


def test_recognise_prints_a_row_a_line(run: Run, small: str) -> None:
    """Each message gives its intents and entities; not understood is an empty list; values are plain data."""
    lines = "满多少包邮，120块的话呢\n\n嘀嘀嘀\n明天给我98折\n"
    result = run("recognise", small, "--now", "2026-11-23", "--json", input=lines)
    first, second, third = rows(result.stdout)
    assert [intent["name"] for intent in first["intents"]] == ["ask_free_shipping"]
    assert list(first["intents"][0]) == ["name", "score", "why"]
    assert first["entities"] == [{"type": "money", "value": "120.00", "text": "120块", "start": 6, "end": 10}]
    assert second == {"text": "嘀嘀嘀", "intents": [], "entities": []}
    assert [(entity["type"], entity["value"]) for entity in third["entities"]] == [("date", "2026-11-24"), ("percent", "98%")]


def test_recognise_hears_answers_in_a_state(run: Run, small: str) -> None:
    """With a state, the words of the slots that it collects are heard; without it they mean nothing."""
    asked = json.dumps({"text": "要小码的", "state": "identify_need.size"})
    inside, outside = rows(run("recognise", small, "--json", input=f'{asked}\n{{"text": "要小码的"}}\n').stdout)
    assert inside["entities"] == [{"type": "slots.size", "value": "小号", "text": "要小码的", "start": 0, "end": 4}]
    assert outside["entities"] == []


def test_recognise_reads_for_people(run: Run, small: str) -> None:
    """Without --json the reading stands under each message."""
    text = run("recognise", small, input="满多少包邮\n嘀嘀嘀\n").stdout
    assert text == "满多少包邮\n   ask_free_shipping (example “满多少包邮”)\n嘀嘀嘀\n   not understood\n"


BAD_MESSAGES = ['{"text": ', '{"text": 5}', "{}", '{"text": "a", "state": "clos"}', '{"text": "a", "state": 5}']


@pytest.mark.parametrize("line", BAD_MESSAGES)
def test_recognise_refuses_a_bad_line(run: Run, small: str, line: str) -> None:
    """A line that is no such object, or names no state of the flow, ends the reading with its place."""
    result = run("recognise", small, "--json", input=f"在吗\n{line}\n")
    assert len(rows(result.stdout)) == 1
    assert result.stderr.startswith("bad-script <stdin>:2:1 ")
    assert result.exit_code == 2


def test_explain_says_which_rule_answers_where(run: Run, small: str) -> None:
    """What is heard comes first, then each group of states with the rules that answer there and why."""
    text = run("explain", small, "满多少包邮，明天能发吗").stdout
    assert "intent   ask_free_shipping  “满多少包邮” 0–5, example “满多少包邮”" in text
    assert "entity   date = " in text
    assert "in identify_need, handle_objection, close, farewell, follow_up: free_shipping.no_order" in text
    assert "fired     free_shipping.no_order" in text


def test_explain_as_data_for_one_state(run: Run, small: str) -> None:
    """--state chooses where it is said; --json gives all of it in one object."""
    (row,) = rows(run("explain", small, "再见", "--state", "close.await_payment", "--json").stdout)
    (turn,) = row["states"]
    assert list(row) == ["text", "intents", "entities", "signals", "states"]
    assert (turn["in"], turn["state"], turn["rules"]) == ("close.await_payment", "farewell.closed", ["talk.goodbye"])


def test_explain_says_that_nothing_was_understood(run: Run, small: str) -> None:
    """A text without intents says so, and shows the rule on `unknown`."""
    text = run("explain", small, "嘀嘀嘀").stdout
    assert "intent   none: not understood" in text
    assert "talk.rephrase" in text


def test_explain_refuses_a_state_that_is_not_there(run: Run, small: str) -> None:
    """A mistyped state is answered with the nearest one."""
    result = run("explain", small, "再见", "--state", "clos")
    assert result.exit_code == 2
    assert "did you mean 'close'" in result.stderr


# facts


def test_facts_tell_type_value_and_use(run: Run, small: str) -> None:
    """A row a fact: its type, what the store says, and the rules that read it."""
    found = {row["name"]: row for row in rows(run("facts", small, "--json").stdout)}
    row = found["store.free_shipping_min"]
    assert (row["type"], row["required"], row["secret"], row["claim"], row["value"]) == ("money", True, False, False, "99.00")
    assert row["used_by"] == ["free_shipping.no_order", "free_shipping.met", "free_shipping.short"]
    assert (row["missing"], row["silences"]) == (False, [])
    assert "payment_reminder" in found["order.no"]["used_by"]


RULES = """
name: gaps
facts:
  store.gift: text
  store.gift_until: date
  claims.pure: claim
  product.floor: {type: money, secret: true}
  product.life: duration
slots: {way: {type: text, ask: "怎么送{{ store.way }}？"}}
calls: {stock: {read: true, gives: {stock.left: count}, with: [product.life]}}
intents: {ask_gift: {examples: [有赠品吗]}, ask_pure: {examples: [是真的吗]}}
rules:
  - when: ask_gift
    choose:
      - {id: gift.until, if: today <= store.gift_until and product.floor > 0, say: "送{{ store.gift }}。"}
      - {id: gift.either, max: 1, say: ["送{{ store.gift }}。", 没有赠品。]}
      - {id: gift.parts, max: 1, say: [["送{{ store.gift }}。", "{{ store.gift }}先到先得。"]]}
      - {id: gift.none, if: stock.left == 0, say: 没有。, do: [{mail: {subject: 赠品, text: "{{ store.gift }}"}}]}
  - when: ask_pure
    choose:
      - {id: pure.shown, say: ["{{ claims.pure.evidence }}可以查。", {if: known(store.gift), text: "{{ store.gift }}也是。"}]}
never: [product.floor < 0]
"""


@pytest.fixture
def gaps(tmp_path: Path) -> str:
    (tmp_path / "gaps").mkdir()
    rules = RULES.replace("facts:", "facts:\n  store.way: text")
    (tmp_path / "gaps" / "flow.yaml").write_text(rules, "utf-8")
    store = "profile: gaps\nproducts: {纱巾: {life: 2y}, 帽子: {}}\nstore: {way: 快递}\n"
    (tmp_path / "gaps" / "store.yaml").write_text(store, "utf-8")
    return str(tmp_path / "gaps")


def test_facts_tell_which_replies_a_missing_one_silences(run: Run, gaps: str) -> None:
    """A rule is silenced when its condition or every way to say it needs the fact; another way keeps it speaking."""
    found = {row["name"]: row for row in rows(run("facts", gaps, "--json").stdout)}
    assert found["store.gift"]["used_by"] == ["gift.until", "gift.either", "gift.parts", "gift.none", "pure.shown"]
    assert found["store.gift"]["silences"] == ["gift.until", "gift.parts"]
    assert found["store.gift_until"]["silences"] == ["gift.until"]
    assert found["claims.pure"]["missing"] is True
    assert found["product.floor"]["used_by"] == ["gift.until", "never product.floor < 0"]
    assert (found["product.life"]["value"], found["product.life"]["used_by"]) == ({"纱巾": "730d"}, ["calls.stock"])
    assert (found["stock.left"]["call"], found["stock.left"]["missing"]) == ("stock", False)
    assert found["store.way"]["used_by"] == ["slots.way"]


def test_facts_as_a_table(run: Run, gaps: str) -> None:
    """For people the rows are a table; what the store lacks is marked."""
    lines = [line.split("\t") for line in run("facts", gaps).stdout.splitlines()]
    table = {line[0]: line[1:] for line in lines}
    assert table["fact"] == ["type", "value", "used by", "silences"]
    assert table["store.gift"] == ["text", "MISSING", "gift.until, gift.either, gift.parts and 2 more", "gift.until, gift.parts"]
    assert table["product.life"][:2] == ["duration", "of 1 products"]
    assert table["stock.left"][1] == "from the call stock"
    assert table["order.paid"][1] == "told as it happens"


def test_facts_of_the_shipped_pack(run: Run) -> None:
    """A claim shows what the store claims, or that it claims nothing; bargains use prices."""
    found = {row["name"]: row for row in rows(run("facts", "retail_zh", "--json").stdout)}
    claims = [row for row in found.values() if row["claim"]]
    assert claims
    assert all(bool(row["value"]) != row["missing"] for row in claims)
    assert any(row["value"] for row in claims)
    assert "bargains.price" in found["product.floor_price"]["used_by"]
    assert found["product.floor_price"]["secret"] is True


# check


def test_a_clean_flow_is_code_0(run: Run, small: str) -> None:
    """The flow that `new` writes has nothing to report."""
    result = run("check", small)
    assert (result.exit_code, result.stdout) == (0, f"{small}: clean\n")


def test_findings_are_code_1_with_line_and_caret(run: Run, small: str, tmp_path: Path) -> None:
    """A finding shows its line with a caret under its place, also behind Chinese letters."""
    flow = tmp_path / "loose.yaml"
    flow.write_text('name: loose\nrules:\n  - when: started\n    choose: [{id: hi, say: "您好{{ order.no }}"}]\n', "utf-8")
    result = run("check", flow)
    lines = result.stdout.splitlines()
    at = next(number for number, line in enumerate(lines) if "missing-fact-in-reply" in line)
    assert result.exit_code == 1
    assert lines[at].startswith(f"error missing-fact-in-reply {flow}:4:")
    assert lines[at + 1] == '    4 |     choose: [{id: hi, say: "您好{{ order.no }}"}]'
    assert lines[at + 2] == "        " + " " * 35 + "^"
    assert "error" in lines[-1]


def test_notes_alone_are_code_0(run: Run, tmp_path: Path) -> None:
    """What is only a note is printed, and does not fail a build."""
    from csflow.errors import Problem

    flow = tmp_path / "quiet.yaml"
    flow.write_text("name: quiet\n", "utf-8")
    note = Problem("unused-intent", Place(str(flow), 1, 1), "nobody answers it", "note")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("csflow.cli.check.check_flow", lambda *_, **__: [note])
        result = run("check", flow)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == f"{flow}: 1 note"


def test_check_as_data(run: Run, broken: str) -> None:
    """With --json problems of loading are objects on standard output too; the exit code is 2."""
    result = run("check", broken, "--json")
    first, second = rows(result.stdout)
    assert result.exit_code == 2
    assert list(first) == ["code", "severity", "file", "line", "col", "message", "witness"]
    assert (first["code"], first["line"], first["col"]) == ("unknown-fact", 44, 13)
    assert (second["code"], second["severity"]) == ("unknown-state", "error")
    assert result.stderr.startswith("unknown-fact ")


def test_check_for_github(run: Run, broken: str) -> None:
    """--format github prints annotations that its CI shows beside the line."""
    first = run("check", broken, "--format", "github").stdout.splitlines()[0]
    assert first.startswith(f"::error file={broken}/rules/sale.yaml,line=44,col=13,title=unknown-fact::no fact 'order.totl'")


def test_an_excerpt_is_cut_around_its_place(tmp_path: Path) -> None:
    """A long line shows what stands around the place, and that there is more; a file that cannot be read shows nothing."""
    file = tmp_path / "long.yaml"
    file.write_text("a" * 500 + "b" + "c" * 500, "utf-8")
    line, caret = excerpt(Place(str(file), 1, 501))
    assert line[caret.index("^")] == "b"
    assert len(line) < 140
    assert line.endswith("c…")
    assert "…a" in line
    assert not next(excerpt(Place(str(file), 1, 1))).startswith("    1 | …")
    assert list(excerpt(Place(str(tmp_path / "none.yaml"), 1, 1))) == []
    assert list(excerpt(Place(str(file), 7, 1))) == []


# test


def test_conversation_tests_pass(run: Run, small: str) -> None:
    """The tests that `new` writes pass, and the count is said."""
    result = run("test", small)
    assert (result.exit_code, result.stdout) == (0, "4 of 4 conversation tests passed\n")


def test_a_failing_test_is_code_1_and_tells_what_came(run: Run, small: str, tmp_path: Path) -> None:
    """A failure names its place, what was expected, and what was said instead."""
    talk = tmp_path / "one.talk.yaml"
    talk.write_text("- test: 邮费\n  turns:\n    - {say: 满多少包邮, expect: {contains: [88元]}}\n", "utf-8")
    result = run("test", small, talk)
    (row,) = rows(run("test", small, talk, "--json").stdout)
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{talk}:3:")
    assert result.stdout.endswith("0 of 1 conversation tests passed\n")
    assert (row["tests"], row["passed"], row["failed"]) == (1, 0, 1)
    assert list(row["failures"][0]) == ["test", "file", "line", "col", "message", "replies", "why"]


def test_a_flow_in_one_file_has_no_tests_of_its_own(run: Run, tmp_path: Path) -> None:
    """Without a folder of tests none are run."""
    flow = tmp_path / "alone.yaml"
    flow.write_text("name: alone\n", "utf-8")
    assert run("test", flow).stdout == "0 of 0 conversation tests passed\n"


# graph, schema, new


@pytest.mark.parametrize(("form", "start"), [("mermaid", "flowchart LR\n"), ("dot", "digraph flow {\n"), ("svg", "<svg ")])
def test_a_graph_goes_to_standard_output_or_a_file(run: Run, small: str, tmp_path: Path, form: str, start: str) -> None:
    """--out writes what standard output would show."""
    shown = run("graph", small, "--format", form).stdout
    written = run("graph", small, "--format", form, "--out", tmp_path / "graph")
    assert shown.startswith(start)
    assert (tmp_path / "graph").read_text("utf-8") == shown
    assert (written.exit_code, written.stdout) == (0, "")


def test_a_graph_that_cannot_be_written_is_code_2(run: Run, small: str, tmp_path: Path) -> None:
    """A place that cannot be written is named in one sentence."""
    result = run("graph", small, "--out", tmp_path / "no" / "graph")
    assert result.exit_code == 2
    assert result.stderr == f"csflow: No such file or directory: {tmp_path / 'no' / 'graph'}\n"


def test_the_schema_is_a_schema(run: Run) -> None:
    """`csflow schema` prints a JSON Schema that its metaschema accepts."""
    jsonschema.Draft202012Validator.check_schema(json.loads(run("schema").stdout))


def test_new_writes_a_flow_in_the_working_folder(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are named one a line; a second time is refused."""
    monkeypatch.chdir(tmp_path)
    first, second = run("new", "corner"), run("new", "corner")
    assert first.stdout.splitlines()[0] == "corner/facts.yaml"
    assert run("check", "corner").exit_code == 0
    assert (second.exit_code, second.stderr) == (2, "csflow: 'corner' exists already; nothing was written\n")
