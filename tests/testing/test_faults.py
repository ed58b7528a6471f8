"""The mutants of a flow: each kind of fault is made, each is readable, none is refused for its YAML."""

from __future__ import annotations

from pathlib import Path

import pytest

from csflow.rulefile import load_flow
from csflow.rulefile.files import files_of, find_flow, pack_names
from csflow.rulefile.source import Source, read
from csflow.testing.advice import TO_TEST
from csflow.testing.campaign import sampled
from csflow.testing.edits import applied
from csflow.testing.faults import Mutant, mutants

FLOW = """\
name: shop
facts:
  order.total: money
  order.count: {type: count, required: true}
  store.floor: {type: money, secret: true}
  store.low: {type: money, secret: true}
  mode: {type: [fixed, open]}
slots:
  bid: {type: money, ask: 出多少？, valid: slots.bid > 1.00, tries: 1}
states: {close.done: {ends: session}}
intents:
  ask: {phrases: [多少钱, 啥价], not: [多少钱一斤], yields_to: [bye]}
  bye: {phrases: [再见, 走了]}
calls: {apply: {by: boss, within: 2h}}
bargains:
  price: {list: order.total, floor: store.floor, steps: [{cut: 3%}, {cut: 1%, if: mode == open}], bid: slots.bid, accept: 1%}
rules:
  - when: ask
    in: [identify_need]
    choose:
      - id: ask.large
        if: order.total >= 100.00 and not known(store.low)
        max: 2
        do: [{tag: {kind: large}}, {notify: boss, if: order.count > 3}]
        say: [{if: mode == open, text: 好说。}, 看页面。]
        go: close
      - {id: ask.small, if: order.total < 50.00, say: 小单。}
      - {id: ask.else, else: true, say: 您看中哪款？, ask: bid}
follow_ups:
  remind: {since: ordered, after: 2d, window: "mon-sun 10:00-20:00", if: order.count > 0, say: 还在吗？}
never: [order.total < store.floor, order.count > 9]
"""
EXPECTED = {
    "boundary-moved": ("order.total < 50.00", "order.total <= 50.00"),
    "comparison-flipped": ("order.total < 50.00", "order.total > 50.00"),
    "number-raised": ("order.total < 50.00", "order.total < 50.01"),
    "negation-dropped": ("order.total >= 100.00 and not known(store.low)", "order.total >= 100.00 and known(store.low)"),
    "junction-changed": ("order.total >= 100.00 and not known(store.low)", "order.total >= 100.00 or not known(store.low)"),
    "branches-swapped": ("ask.large, ask.small", "ask.small, ask.large"),
    "cap-raised": ("max: 2", "max: 3"),
    "max-dropped": ("max: 2", ""),
    "in-dropped": ("in: [identify_need]", ""),
    "effect-dropped": ("{tag: {kind: large}}", ""),
    "later": ("after: 2d", "after: 4d"),
    "deadline-moved": ("within: 2h", "within: 4h"),
    "never-dropped": ("order.count > 9", ""),
    "phrase-moved": ("bye: 再见", "ask: 再见"),
    "not-dropped": ("not: [多少钱一斤]", ""),
    "yields-dropped": ("yields_to: [bye]", ""),
    "valid-dropped": ("valid: slots.bid > 1.00", ""),
    "required-dropped": ("required: true", ""),
    "guard-dropped": ("if: order.count > 0", ""),
    "approval-dropped": ("by: boss", ""),
    "else-dropped": ("{id: ask.else, else: true, say: 您看中哪款？, ask: bid}", ""),
    "step-dropped": ("{cut: 3%}", ""),
    "accept-dropped": ("accept: 1%", ""),
    "ask-dropped": ("ask: bid", ""),
    "go-dropped": ("go: close", ""),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Mutant]:
    """All mutants of a flow that has something of everything."""
    path = tmp_path_factory.mktemp("flow") / "flow.yaml"
    path.write_text(FLOW, "utf-8")
    return mutants(path, load_flow(path))


@pytest.mark.parametrize("kind", EXPECTED)
def test_a_kind_of_fault(found: list[Mutant], kind: str) -> None:
    """The fault is made, and its words before and after say what it is."""
    assert EXPECTED[kind] in {(mutant.was, mutant.now) for mutant in found if mutant.kind == kind}


@pytest.mark.parametrize(
    "kind", ["rule-removed", "wrong-target", "fact-swapped", "floor-ignored", "window-dropped", "if-dropped"]
)
def test_a_kind_of_fault_is_there(found: list[Mutant], kind: str) -> None:
    """The fault is made somewhere."""
    assert any(mutant.kind == kind for mutant in found)


def test_places_are_those_of_the_fault(found: list[Mutant]) -> None:
    """A mutant says where its words stand."""
    mutant = next(mutant for mutant in found if mutant.kind == "cap-raised")
    assert FLOW.splitlines()[mutant.place.line - 1][mutant.place.col - 1 :] == "max: 2"


def test_another_fact_has_the_same_type(found: list[Mutant]) -> None:
    """Facts are confused with others of their type only, so that the flow still loads."""
    swaps = {(mutant.was, mutant.now) for mutant in found if mutant.kind == "fact-swapped"}
    assert ("slots.bid > 1.00", "store.floor > 1.00") in swaps
    assert not any("mode" in now and "mode" not in was for was, now in swaps)


def test_what_is_not_said_anyway_is_no_fault(tmp_path: Path) -> None:
    """A condition that asks only for the facts of its text may ask for fewer: without one of them the text is not said."""
    path, kinds = tmp_path / "flow.yaml", []
    flow = FLOW.replace("order.total: money", "order.total: money\n  order.sum: money")
    for text in ("{{ order.total }}和{{ order.sum }}。", "{{ order.total }}。"):
        line = f'{{if: known(order.total) and known(order.sum), text: "{text}"}}'
        path.write_text(flow.replace("{if: mode == open, text: 好说。}", line), "utf-8")
        found = mutants(path, load_flow(path))
        kinds.append({one.kind for one in found if one.was == "known(order.total) and known(order.sum)"})
    assert kinds == [{"condition-negated"}, {"condition-negated", "junction-changed", "fact-swapped"}]


def test_messages_that_never_meet_do_not_change_places(tmp_path: Path) -> None:
    """Two messages of which one is said where the other is not are in no order; other neighbours are."""
    path = tmp_path / "flow.yaml"
    lines = "[[{if: known(order.total), text: 好说。}, {if: not known(order.total), text: 不好说。}, 看页面。]]"
    path.write_text(FLOW.replace("[{if: mode == open, text: 好说。}, 看页面。]", lines), "utf-8")
    swapped = [one for one in mutants(path, load_flow(path)) if one.kind == "messages-swapped"]
    assert [one.now for one in swapped] == ["看页面。"]


def test_names_are_unique_and_last(found: list[Mutant], tmp_path: Path) -> None:
    """No two mutants share a name, and the same file gives the same names."""
    path = Path(found[0].place.file)
    assert len({mutant.name for mutant in found}) == len(found)
    assert [mutant.name for mutant in mutants(path, load_flow(path))] == [mutant.name for mutant in found]


def test_every_kind_has_advice(found: list[Mutant]) -> None:
    """For most kinds of faults a sentence says what to test; the rest is named by its words."""
    assert len({mutant.kind for mutant in found} - TO_TEST.keys()) <= 2


@pytest.mark.parametrize("pack", pack_names())
def test_mutants_of_packs_are_yaml(pack: str) -> None:
    """However a pack is written, a mutant of it is YAML that says something else."""
    files = {shown: read(path, shown) for path, shown in files_of(*find_flow(pack))}
    for mutant in sampled(mutants(pack, load_flow(pack)), 80, 0):
        old = files[mutant.place.file]
        new = Source("a.yaml", applied(old.text, mutant.edits).encode())
        assert new.problems == [], mutant
        assert new.data != old.data, mutant
