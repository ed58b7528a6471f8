"""A flow kept as text is the same flow: from a folder, from one file, with packs that come with csflow or stand beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from csflow import Flow, LoadError, load
from csflow.rulefile import packed, restore, unpacked

FLOW = """
name: tea
use: [common]
facts: {store.min: {type: money, required: true}}
rules:
  - when: hello
    choose: [{id: hi, say: 您好。}]
"""
PACK = "name: common\nintents: {hello: {phrases: [你好]}}\nuse: [deeper]\n"
DEEPER = "name: deeper\nintents: {hello: {phrases: [在吗]}}\n"
PROFILE = 'profile: a\nstore: {min: "200.00"}\n'


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


@pytest.fixture
def tea(tmp_path: Path) -> Flow:
    """A flow over a pack beside it, which uses another one."""
    files = {"tea/flow.yaml": FLOW, "tea/rules/a.yaml": "rules:\n  - when: unknown\n    choose: [{id: lost, say: 嗯？}]\n",
             "tea/store.yaml": PROFILE, "common/flow.yaml": PACK, "deeper/flow.yaml": DEEPER}  # fmt: skip
    write(tmp_path, files)
    return load(tmp_path / "tea")


def test_a_flow_with_packs_comes_back(tea: Flow) -> None:
    """The restored flow has the digest, the parts and the figures of the first, places below its folder, and no files."""
    spec, profile = restore(unpacked(packed(tea.spec.texts)), tea.profile.text)
    assert (spec.digest, spec.name, spec.texts) == (tea.spec.digest, "tea", tea.spec.texts)
    assert (profile.facts, profile.digest, profile.file) == (tea.profile.facts, tea.profile.digest, None)
    assert spec.roots == ()
    assert str(spec.place(spec.parts["rules", "lost"])) == "tea/rules/a.yaml:3:14"
    chat = Flow(spec, profile).start()
    assert chat.say("在吗").replies == ("您好。",)


def test_a_shipped_pack_comes_back() -> None:
    """A pack over another one, as they are shipped."""
    flow = load("b2b_web_zh")
    spec, _ = restore(flow.spec.texts, flow.profile.text)
    assert (spec.digest, spec.parts.keys()) == (flow.spec.digest, flow.spec.parts.keys())


def test_a_shipped_pack_is_the_one_that_was_kept(tea: Flow) -> None:
    """What is kept is read, not what this csflow ships under the same name."""
    texts = {
        name.replace("common/", "common_zh/"): text.replace("[common]", "[common_zh]") for name, text in tea.spec.texts.items()
    }
    spec, _ = restore(texts, PROFILE)
    assert spec.intents.keys() == {"hello"}


def test_one_file_comes_back(tmp_path: Path) -> None:
    """A flow of one file has no folder, and no profile beside it."""
    write(
        tmp_path,
        {"one.yaml": "intents: {hello: {phrases: [你好]}}\nrules:\n  - when: hello\n    choose: [{id: hi, say: 您好。}]\n"},
    )
    flow = load(tmp_path / "one.yaml")
    spec, profile = restore(flow.spec.texts, flow.profile.text)
    assert (spec.digest, spec.name, profile.name) == (flow.spec.digest, "one", "none")


@pytest.mark.parametrize(
    ("texts", "profile"),
    [
        ({"packs/a/flow.yaml": "name: a"}, PROFILE),
        ({"flow/../../a.yaml": "name: a"}, PROFILE),
        ({"flow/a/flow.yaml": "nam: a"}, PROFILE),
        ({"flow/a/flow.yaml": "name: a"}, PROFILE),
    ],
)
def test_what_is_damaged_is_refused(texts: dict[str, str], profile: str) -> None:
    """Texts without a flow, outside their folder, with faults, or with figures for other rules."""
    with pytest.raises(LoadError):
        restore(texts, profile)


@pytest.mark.parametrize("text", ["", "x", "{}", packed({"a": "b"})[:-3]])
def test_what_was_not_packed_is_refused(text: str) -> None:
    """Text of another kind is no kept version."""
    with pytest.raises(LoadError, match="what is kept of this version cannot be read"):
        unpacked(text)
