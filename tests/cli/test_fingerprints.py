"""How GitHub knows a finding again."""

from __future__ import annotations

from csflow.cli.fingerprints import line_hashes


def hashes(text: str) -> list[str]:
    return list(line_hashes(text.split("\n")))


def test_an_empty_file() -> None:
    """An empty file has one line, whose hash is what GitHub's upload action computes for it."""
    assert hashes("") == ["c129715d7a2bc9a3:1"]


def test_what_changes_a_hash() -> None:
    """Indents and what stands before change nothing; a letter soon after does; the same again is counted."""
    line = "甲" * 120
    assert hashes(f"{line}\n x") == hashes(f"\t{line}\nx")
    assert hashes(f"first\n{line}\n")[1] == hashes(f"{line}\n")[0]
    assert hashes(f"{line}\nx")[0] == hashes(f"{line}\ny")[0]
    assert hashes("short\nx")[0] != hashes("short\ny")[0]
    assert [found[-2:] for found in hashes("\n".join([line] * 3))] == [":1", ":2", ":3"]
