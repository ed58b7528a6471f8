"""Tables of conversation tests: one test a row."""

from __future__ import annotations

from pathlib import Path

from csflow.testing import Talk, load_talks


def loaded(folder: Path, text: str) -> list[Talk]:
    """Load a file of tests from its text."""
    path = folder / "a.talk.yaml"
    path.write_text(text, "utf-8")
    return load_talks(path)


def test_rows(tmp_path: Path) -> None:
    """Each row makes a test whose texts have the row's values in the place of the columns."""
    talks = loaded(tmp_path, "- {test: a, table: [{n: x}, {n: y}], turns: [{say: '要{n}吗', expect: {rules: ['{n}.rule']}}]}\n")
    assert [talk.name for talk in talks] == ["a [x]", "a [y]"]
    assert [talk.spec.turns[0].say for talk in talks] == [("要x吗",), ("要y吗",)]
    assert [talk.spec.turns[0].expect.rules for talk in talks] == [("x.rule",), ("y.rule",)]


def test_name_with_columns(tmp_path: Path) -> None:
    """A name that has columns is filled, and gets no list of values behind it."""
    talks = loaded(tmp_path, "- {test: '买{n}', table: [{n: x}, {n: y}], turns: [{say: x}]}\n")
    assert [talk.name for talk in talks] == ["买x", "买y"]


def test_values_as_they_are(tmp_path: Path) -> None:
    """A text that is only a column becomes the row's value, be it a number, a flag or a list."""
    table = "[{count: 2, flag: true, said: [a, b]}]"
    facts = "{order: {count: '{count}', flag: '{flag}'}}"
    (talk,) = loaded(tmp_path, f"- {{test: a, table: {table}, facts: {facts}, turns: [{{say: '{{said}}'}}]}}\n")
    assert talk.spec.facts == {"order": {"count": 2, "flag": True}}
    assert talk.spec.turns[0].say == ("a", "b")


def test_braces_without_a_table(tmp_path: Path) -> None:
    """Without a table braces are what they are."""
    (talk,) = loaded(tmp_path, "- {test: a, turns: [{say: '{n}'}]}\n")
    assert talk.spec.turns[0].say == ("{n}",)


def test_places(tmp_path: Path) -> None:
    """All rows of a test point to where it stands."""
    talks = loaded(tmp_path, "- {test: a, turns: [{say: x}]}\n- test: b\n  table: [{n: x}, {n: y}]\n  turns: [{say: '{n}'}]\n")
    assert [talk.place("turns", 0).line for talk in talks] == [1, 4, 4]


def test_quantifiers_are_no_columns(tmp_path: Path) -> None:
    """The `{3}` of a pattern is left alone."""
    (talk,) = loaded(tmp_path, "- {test: a, table: [{n: x}], turns: [{say: x, expect: {matches: 'a{3}{n}'}}]}\n")
    assert talk.spec.turns[0].expect.matches == ("a{3}x",)


def test_other_seed(tmp_path: Path) -> None:
    """A test with another seed is the same one under a name that tells it."""
    (talk,) = loaded(tmp_path, "- {test: a, seed: 3, turns: [{say: x}]}\n")
    other = talk.with_seed(5)
    assert (other.name, other.spec.seed, other.spec.turns) == ("a (seed 5)", 5, talk.spec.turns)
    assert (talk.name, other.place()) == ("a", talk.place())
