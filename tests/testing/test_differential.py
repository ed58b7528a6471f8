"""Two versions of a flow with the same conversations."""

from __future__ import annotations

from pathlib import Path

import pytest

from csflow import Flow, load
from csflow.testing.acts import Act, say
from csflow.testing.differential import Differential, differences

RULES = """\
name: kiosk
version: "1"
language: zh
facts: {order.total: money}
intents: {ask_shipping: {phrases: [包邮]}, thanks: {phrases: [谢谢]}}
states: {close.end: {}}
calls: {ask_boss: {by: boss, within: 1h}}
rules:
  - {when: started, choose: [{id: hello, say: 您好。, go: identify_need}]}
  - when: ask_shipping
    choose: [{id: free, if: order.total >= 99.00, say: 包邮。}, {id: page, else: true, say: 看页面。, do: [{call: ask_boss}]}]
  - {when: [ask_boss.done, ask_boss.denied, ask_boss.failed], in: [everywhere], choose: [{id: told, say: 问过了。}]}
  - {when: thanks, choose: [{id: welcome, say: 不客气。, go: close.end}]}
  - {when: unknown, in: [everywhere], choose: [{id: what, say: 没听懂。}]}
"""
ACTS = (say("包邮吗"), Act("facts", {"order": {"total": "99.00"}}), say("包邮吗"), say("谢谢"), say("咕噜"))


def version(folder: Path, name: str, *swaps: tuple[str, str]) -> Flow:
    """Return the flow with some texts replaced."""
    text = RULES
    for was, now in swaps:
        assert was in text
        text = text.replace(was, now)
    path = folder / f"{name}.yaml"
    path.write_text(text, "utf-8")
    return load(path)


CHANGED = {
    "a reply": (("不客气。", "应该的。"), 4, "replies", "rule welcome say changed"),
    "a condition": ((">= 99.00", "> 99.00"), 3, "rules", "rule free if changed"),
    "an effect": ((", do: [{call: ask_boss}]", ""), 1, "effects", "rule page do changed"),
    "a call": (("within: 1h", "within: 2h"), 1, "effects", "call ask_boss within changed"),
    "an intent": (("[谢谢]", "[多谢]"), 4, "rules", "intent thanks phrases changed"),
    "a rule that is gone": (("{id: free, if: order.total >= 99.00, say: 包邮。}, ", ""), 3, "rules", "rule free removed"),
}


@pytest.mark.parametrize(("swap", "number", "what", "because"), CHANGED.values(), ids=CHANGED)
def test_explained(swap: tuple[str, str], number: int, what: str, because: str, tmp_path: Path) -> None:
    """The first difference has its act, what differs and the change behind it."""
    found = Differential(version(tmp_path, "old"), version(tmp_path, "new", swap)).first(ACTS)
    assert found is not None
    assert (found.number, found.act) == (number, ACTS[number - 1])
    assert what in found.differs
    assert any(str(change).startswith(because) for change in found.because)


SAME = {
    "nothing": (),
    "a rule's name": (("{id: page,", "{id: rule_of_the_page, was: page,"),),
    "a state's name": (("close.end: {}", "close.done: {was: close.end}"), ("go: close.end", "go: close.done")),
    "a rule that never fires": (
        ("{id: what, say: 没听懂。}", "{id: never, if: order.total < 0.00, say: 负。}, {id: what, say: 没听懂。}"),
    ),
}


@pytest.mark.parametrize("swaps", SAME.values(), ids=SAME)
def test_same(swaps: tuple[tuple[str, str], ...], tmp_path: Path) -> None:
    """A new name, or a change that a conversation does not come upon, is no difference."""
    assert Differential(version(tmp_path, "old"), version(tmp_path, "new", *swaps)).first(ACTS) is None


def test_unexplained(tmp_path: Path) -> None:
    """Where only the shop differs, nothing that changed between the flows says so."""
    flow = version(tmp_path, "flow", ("没听懂。", "没听懂。这句话太长了，要分成两条来发才行，您看是不是这样呢？"))
    (tmp_path / "store.yaml").write_text("profile: other\nlimits: {message: 20}\n", "utf-8")
    (found,) = differences(flow, load(tmp_path / "flow.yaml", tmp_path / "store.yaml"), [ACTS])
    assert found is not None
    assert found.because == ()
    assert "nothing that changed" in str(found)


def test_what_one_of_them_refuses(tmp_path: Path) -> None:
    """A fact that only the old flow knows is a difference."""
    new = version(tmp_path, "new", ("facts: {order.total: money}", "facts: {order.sum: money}"), ("order.total", "order.sum"))
    found = Differential(version(tmp_path, "old"), new).first(ACTS)
    assert found is not None
    assert found.number == 2
    assert found.differs["refused"][0] == "taken"
