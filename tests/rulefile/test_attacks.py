"""Hostile rule files: each is refused with a problem, or loads, quickly; nothing else is ever raised."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csflow.errors import LoadError
from csflow.rulefile import load_flow, load_profile
from csflow.rulefile.source import MAX_BYTES, MAX_DEPTH, Source
from csflow.spec import FlowSpec

Load = Callable[[object], FlowSpec]
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + below] * 9)}]\n" for below, name in zip("abcdefg", "bcdefgh", strict=True)
)
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{i + 1}: &a{i + 1} [*a{i}]\n" for i in range(MAX_DEPTH + 5))

ATTACKS = {
    "billion laughs": (BOMB, "yaml-limit"),
    "deep lists": ("[" * 100_000, "yaml-limit"),
    "deep mappings": ("{a: " * 100_000, "yaml-limit"),
    "deep indentation": ("\n".join(" " * i + "a:" for i in range(1000)), "yaml-limit"),
    "depth through aliases": (CHAIN, "yaml-limit"),
    "a file over the cap": ("# " + "x" * MAX_BYTES, "yaml-limit"),
    "too many values": ("[" + "a," * 250_000 + "]", "yaml-limit"),
    "a list inside itself": ("facts: &a [*a]", "yaml-syntax"),
    "a mapping inside itself": ("facts: &a {b: *a}", "yaml-syntax"),
    "a python object": ("name: !!python/object/apply:os.getpid []", "yaml-tag"),
    "a tag without name": ("name: ! x", "yaml-tag"),
    "a binary tag": ("name: !!binary aGk=", "yaml-tag"),
    "a merge of mappings": ("a: &a {x: 1}\n<<: *a", "yaml-merge"),
    "a NUL": (b"name: a\0b", "bad-character"),
    "an escape": (b"name: \x1b[2J", "bad-character"),
    "UTF-16": ("name: shop".encode("utf-16"), "not-utf8"),
    "a surrogate in bytes": (b"name: \xed\xa0\x80", "not-utf8"),
    "a surrogate as an escape": ('name: "\\ud800"', "yaml-syntax"),
    "a noncharacter": ("name: \uffff", "bad-character"),
    "another folder's pack": ("use: ../../etc", "bad-use"),
    "a pack by absolute path": ("use: /etc", "bad-use"),
    "a pack by Windows path": ("use: 'C:\\other'", "bad-use"),
    "the folder itself as a pack": ("use: .", "bad-use"),
    "a pack with a NUL": ('use: "a%00"', "bad-use"),
    "code in a condition": ("never:\n  - __import__('os').getpid() > 1", "condition-syntax"),
    "attributes in a text": ("calls:\n  x: {hold: '{{ today.__class__.__mro__ }}'}", "unknown-fact"),
    "a condition longer than the cap": ("never:\n  - " + "misses > 1 and " * 100 + "misses > 1", "condition-syntax"),
    "brackets without end": ("never:\n  - " + "(" * 900, "condition-syntax"),
    "a sum without end": ("never:\n  - " + "misses+" * 120 + "misses > 1", "condition-syntax"),
    "a negation without end": ("never:\n  - " + "not " * 200 + "order.paid", "condition-syntax"),
    "a huge number": ("slots:\n  x: {type: text, tries: " + "9" * 5000 + "}", "wrong-type"),
    "a huge duration": ("calls:\n  x: {within: " + "9" * 5000 + "d}", "bad-value"),
    "a huge number in a condition": ("never:\n  - misses > " + "9" * 400, "condition-syntax"),
    "a text longer than the cap": ("calls:\n  x: {hold: " + "x" * 5000 + "}", "template-syntax"),
}


@pytest.mark.parametrize(("content", "code"), ATTACKS.values(), ids=ATTACKS)
def test_an_attack_is_refused(content: str | bytes, code: str, load: Load) -> None:
    """A hostile file ends in a LoadError with its own code."""
    with pytest.raises(LoadError) as caught:
        load(content)
    assert code in {problem.code for problem in caught.value.problems}


def test_ten_thousand_rules_load(load: Load) -> None:
    """Size alone is no fault."""
    rules = "".join(f"  - {{when: paid, choose: [{{id: r{i}, say: 好}}]}}\n" for i in range(10_000))
    assert len(load("rules:\n" + rules).lists) == 10_000


def test_aliases_that_stay_small_load(load: Load) -> None:
    """An anchor used twice is plain data."""
    spec = load("slots:\n  a: &slot {type: text, ask: 什么}\n  b: *slot\n")
    assert spec.slots["a"] == spec.slots["b"]


@pytest.mark.parametrize("name", ["", ".", "..", "\0", "a\0b", "no/such/folder", "\ud800", "x" * 5000])
def test_a_source_that_is_nowhere(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is given as a flow's name, the answer is a LoadError."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LoadError, match="no-flow"):
        load_flow(name)


PROFILES = {
    "a bomb": (BOMB, "yaml-limit"),
    "a zone by path": ("profile: x\ntimezone: ../../../etc/passwd", "bad-value"),
    "a zone with a NUL": ('profile: x\ntimezone: "a%00b"', "bad-value"),
    "deep facts": ("profile: x\nfacts: " + "{a: " * 30 + "1" + "}" * 30, "unknown-fact"),
    "an amount without end": ("profile: x\nstore: {min: '" + "9" * 5000 + "'}", "bad-value"),
    "an exponent": ("profile: x\nstore: {min: '1e999999'}", "bad-value"),
    "a claim past the calendar": (
        "profile: x\nclaims: {c: {value: a, evidence: b, as_of: 9999-12-31, valid_for: 99999999999y}}",
        "bad-value",
    ),
}


@pytest.mark.parametrize(("content", "code"), PROFILES.values(), ids=PROFILES)
def test_a_hostile_profile_is_refused(content: str, code: str, load: Load, tmp_path: Path) -> None:
    """A hostile profile ends in a LoadError with its own code."""
    spec = load("facts: {store.min: money, claims.c: claim}")
    path = tmp_path / "profile.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(LoadError) as caught:
        load_profile(path, spec)
    assert code in {problem.code for problem in caught.value.problems}


PIECES = st.sampled_from(
    ["a", "b: ", "rules:", "\n", "\n  ", "\n  - ", "{", "}", "[", "]", "{{ ", " }}", "&a ", "*a", "!t ", '"', "'", "|\n", ">\n",
     "#", "? ", ": ", "<<: ", "---\n", "%YAML 1.2\n", "\t", "约", "\ufeff", "\\u00e4", "when: hello", "if: x"]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=60))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    """Any bytes become data or problems, and every problem stands inside the text."""
    source = Source("x.yaml", text.encode("utf-8", "surrogatepass"))
    lines = source.text.split("\n")
    for problem in source.problems:
        assert problem.place.line <= len(lines)
        assert problem.place.col <= len(lines[problem.place.line - 1]) + 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["rules", "when", "choose", "id", "say", "if", "do", "call", "facts", "slots", "in", "x"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_no_data_makes_the_loader_raise(tmp_path: Path, data: object) -> None:
    """Any JSON, whatever its shape, loads or ends in a LoadError."""
    path = tmp_path / "x.yaml"
    path.write_text(json.dumps({"rules": [data], "facts": data} if not isinstance(data, dict) else data), encoding="utf-8")
    with contextlib.suppress(LoadError):
        assert load_flow(path).digest
