from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import csflow
from csflow.check import check
from csflow.rulefile import load_flow, load_profile
from csflow.scaffold import ScaffoldError, create
from csflow.testing import load_talks, run_talk


def test_a_new_flow_passes_everything(tmp_path: Path) -> None:
    """A flow just begun loads, has no finding, and its conversation tests pass."""
    files = create("小店", tmp_path)
    spec = load_flow(tmp_path / "小店")
    talks = load_talks(tmp_path / "小店" / "tests")
    flow = csflow.load(tmp_path / "小店")
    assert spec.name == "小店"
    assert not list(check(spec, load_profile(None, spec)))
    assert talks
    assert [failure for talk in talks for failure in run_talk(flow, talk)] == []
    assert sorted(files) == sorted(path for path in (tmp_path / "小店").rglob("*") if path.is_file())


@pytest.mark.parametrize("name", ["", "..", "../shop", "a/b", "1shop", "my shop", "shop.yaml", "a-b", "-x", "shop\n", "a" * 65])
def test_a_name_is_one_word(tmp_path: Path, name: str) -> None:
    """A name that is no word, or would leave the folder, is refused and nothing is written."""
    with pytest.raises(ScaffoldError, match="is not a name"):
        create(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_packs_name_is_taken(tmp_path: Path) -> None:
    """A flow may not hide behind a pack of the same name."""
    with pytest.raises(ScaffoldError, match="comes with csflow"):
        create("retail_zh", tmp_path)


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch, lambda path: path.symlink_to("gone")], ids=["folder", "file", "link"])
def test_what_is_there_stays(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """Nothing is ever written over, or through a link."""
    path = tmp_path / "shop"
    make(path)
    with pytest.raises(ScaffoldError, match="exists already"):
        create("shop", tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["shop"]
