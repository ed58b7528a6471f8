"""Reading YAML: what is read as what, and where everything stands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from csflow.rulefile import source
from csflow.rulefile.source import Source


@pytest.fixture(params=["libyaml", "pure Python"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "pure Python":
        monkeypatch.setattr(source, "PARSER", yaml.SafeLoader)


READINGS = {
    "on": "on", "off": "off", "yes": "yes", "no": "no", "y": "y", "12:30": "12:30", "2026-01-01": "2026-01-01", "010": "010",
    "0x1F": "0x1F", "1_000": "1_000", "1e3": "1e3", ".inf": ".inf", "+5": 5, "-5": -5, "0": 0, "1.50": 1.5, "true": True,
    "False": False, "~": None, "null": None, '"5"': "5", "'true'": "true", "999999999999999999": 999999999999999999,
    "9999999999999999999": "9999999999999999999", "五": "五",
}  # fmt: skip


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(("text", "value"), READINGS.items())
def test_plain_scalars_are_read_as_yaml_1_2(text: str, value: object) -> None:
    """Only the core schema's words and numbers are more than text."""
    assert Source("x", f"a: {text}".encode()).data == {"a": value}


@pytest.mark.usefixtures("parser")
def test_keys_are_text() -> None:
    """A key that looks like a truth value or a number is the word that stands there."""
    assert Source("x", b"on: 1\ntrue: 2\n010: 3\n'q': 4").data == {"on": 1, "true": 2, "010": 3, "q": 4}


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("content", [b"a: [1]\nb: x\n", b"\xef\xbb\xbfa: [1]\nb: x\n", b"a: [1]\r\nb: x\r\n", b"a: [1]\rb: x\r"])
def test_line_ends_and_byte_order_mark(content: bytes) -> None:
    """Files of all systems are the same data at the same places."""
    read = Source("x", content)
    assert read.data == {"a": [1], "b": "x"}
    assert str(read.value("a", 0)) == "x:1:5"
    assert str(read.key("b")) == "x:2:1"


TEXT = """\
rules:
  - when: hello
    say: ["你好", '再''见']
    in: &here [close]
  - when: bye
    in: *here
"""


@pytest.mark.usefixtures("parser")
def test_places() -> None:
    """Keys, values, items and aliases have places; a step that leads nowhere ends at the last one that does."""
    read = Source("f", TEXT.encode())
    assert str(read.key("rules", 0, "say")) == "f:3:5"
    assert str(read.value("rules", 0, "say", 1)) == "f:3:17"
    assert str(read.first("rules", 1)) == "f:5:5"
    assert str(read.value("rules", 1, "in", 0)) == "f:4:16"
    assert str(read.value("rules", 1, "ghost", 7)) == "f:5:5"
    assert read.has("rules", 1, "in")
    assert not read.has("rules", 1, "say")


def test_an_empty_file_has_no_data() -> None:
    """Nothing is no mapping; its place is the file's beginning."""
    read = Source("f", b"# only a comment\n")
    assert read.data is None
    assert str(read.value("x")) == "f:1:1"
    assert read.problems == []


# Letters with a place of their own: each occurs once in the value, so that its place in the source is known.
LETTERS = "abcdefgh约好\"'\\#:{}"


def written(value: str) -> Iterator[str]:
    """Yield the value as YAML writes it in each style that can hold it."""
    yield '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    yield "'" + value.replace("'", "''") + "'"
    yield "|-\n  " + value
    yield ">-\n  " + value
    words = value.split(" ")
    yield ">-\n  " + "\n  ".join(words)
    yield '"' + "\n  ".join(words).replace("\\", "\\\\").replace('"', '\\"') + '"'
    yield "'" + "\n   ".join(words).replace("'", "''") + "'"


@given(st.permutations(LETTERS).map("".join), st.sets(st.integers(2, len(LETTERS) - 2), max_size=3))
def test_every_letter_of_a_value_has_its_place(letters: str, gaps: set[int]) -> None:
    """Whatever the quotes, escapes and folds: the place of a letter is where it stands in the file."""
    value = "x" + "".join(letter + (" " if at in gaps else "") for at, letter in enumerate(letters)) + "z"
    for text in written(value):
        read = Source("f", f"k: {text}\n".encode())
        assert read.data == {"k": value}
        for offset, letter in enumerate(value):
            place = read.spot(("k",), offset)
            found = read.text.split("\n")[place.line - 1][place.col - 1 :]
            assert letter == " " or found.startswith((letter, f"\\{letter}", f"'{letter}"))


def test_places_in_escapes_and_indented_blocks() -> None:
    """Escapes of several characters and further indentation are counted as what they stand for."""
    read = Source("f", b'a: "\\u4f60\\x41\\tz\\\n   y"\nb: |\n  p\n\n    q\n  r\n')
    assert read.data == {"a": "你A\tzy", "b": "p\n\n  q\nr\n"}
    assert [str(read.spot(("a",), n)) for n in range(6)] == ["f:1:5", "f:1:11", "f:1:15", "f:1:17", "f:2:4", "f:2:5"]
    assert [str(read.spot(("b",), n)) for n in (0, 5, 7)] == ["f:4:3", "f:6:5", "f:7:3"]


def test_the_message_of_an_unquoted_placeholder() -> None:
    """It says what to do, not what the parser expected."""
    (problem,) = Source("f", b"a: {b: {{ x }}}").problems
    assert "quote the text" in problem.message
