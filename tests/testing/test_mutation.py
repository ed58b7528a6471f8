"""Judging mutants: which stage notices which fault, and what is said about those that live."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from csflow.flow import Flow
from csflow.testing.campaign import Campaign, Judged, sampled, score
from csflow.testing.faults import Mutant
from csflow.testing.mutation import EQUIVALENT, Bench, Verdict
from csflow.testing.played import Played

FLOW = """\
name: shop
facts: {order.total: money, store.min: {type: money, required: true}}
intents:
  ask_free: {phrases: [包邮吗, 免邮吗]}
  bye: {phrases: [再见, 走了]}
  human: {phrases: [人工, 转人工]}
rules:
  - {when: started, choose: [{id: hello, say: 您好。, go: identify_need}]}
  - when: ask_free
    choose:
      - {id: free.unknown, if: not known(order.total), say: "满{{ store.min }}包邮。"}
      - {id: free.met, if: order.total >= store.min, say: 包邮。}
      - {id: free.short, else: true, say: 还差一点。, do: [{tag: {wants: free}}]}
  - {when: bye, choose: [{id: bye, say: 再见。, go: farewell}]}
  - {when: human, in: [everywhere], choose: [{id: human, say: 转人工。, go: handoff}]}
  - {when: [unknown, any], in: [everywhere], choose: [{id: what, say: 没听懂。}]}
follow_ups:
  ask_back: {since: ordered, after: 2d, say: 收到了吗？}
"""
SIZE = "slots: {size: {type: text, ask: 多大？}}\n"
TESTS = """\
- test: 没有订单
  turns: [{say: 包邮吗, expect: {rules: free.unknown, state: identify_need}}]
- test: 差一点
  facts: {order: {total: "90.00"}}
  turns: [{say: 包邮吗, expect: {rules: free.short}}]
- test: 再见
  turns: [{say: 再见, expect: {rules: bye, state: farewell}}]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A flow with tests that leave gaps."""
    home = tmp_path_factory.mktemp("shop")
    (home / "tests").mkdir()
    (home / "flow.yaml").write_text(FLOW, "utf-8")
    (home / "store.yaml").write_text('profile: shop\nstore: {min: "100.00"}\n', "utf-8")
    (home / "tests" / "a.talk.yaml").write_text(TESTS, "utf-8")
    return home


@pytest.fixture(scope="module")
def bench(folder: Path) -> Bench:
    """The flow, ready to judge."""
    return Bench(str(folder), None, [folder / "tests"])


def mutant_of(bench: Bench, kind: str, part: str, was: str = "") -> Mutant:
    """Return the first mutant of a kind in a part whose words hold some text."""
    return next(m for m in bench.mutants() if (m.kind, m.part) == (kind, part) and was in m.was)


KILLED = {
    "a name that is gone": ("required-dropped", "store.min", "check"),
    "a rule that a test expects": ("rule-removed", "free.unknown", "tests"),
    "a target that a test expects": ("wrong-target", "bye", "tests"),
    "a comparison the other way round": ("comparison-flipped", "free.met", "tests"),
    "a branch that closes the list": ("else-dropped", "free.short", "tests"),
}


@pytest.mark.parametrize("name", KILLED)
def test_a_mutant_is_killed(bench: Bench, name: str) -> None:
    """The stage that should notice a fault does."""
    kind, part, stage = KILLED[name]
    assert bench.verdict(mutant_of(bench, kind, part)).killed_by == stage


LIVES = {
    "the very boundary": ("boundary-moved", "free.met", "very value", "free.met → "),
    "an effect that no test looks at": ("effect-dropped", "free.short", "`effects`", "turn 1"),
    "a promise that nobody waits for": ("later", "ask_back", "wait until", ""),
}


@pytest.mark.parametrize("name", LIVES)
def test_a_mutant_lives(bench: Bench, name: str) -> None:
    """A fault that nothing looks at lives, and what would kill it is said, with where it shows if it does."""
    kind, part, advice, seen = LIVES[name]
    verdict = bench.verdict(mutant_of(bench, kind, part))
    assert verdict.killed_by is None
    assert advice in verdict.advice
    assert seen in verdict.by


def test_branches_that_exclude_each_other(bench: Bench) -> None:
    """Two branches of which never both hold may change places: the mutant is the flow."""
    pytest.importorskip("z3")
    assert bench.verdict(mutant_of(bench, "branches-swapped", "free.unknown")).killed_by == EQUIVALENT


def test_conditions_that_come_out_the_same(tmp_path: Path) -> None:
    """A condition that a question makes needless may go: the mutant is the flow."""
    pytest.importorskip("z3")
    asks = "{id: free.which, if: not known(slots.size), say: 哪件？, ask: size}"
    text = FLOW.replace("      - {id: free.met", f"      - {asks}\n      - {{id: free.met")
    (tmp_path / "flow.yaml").write_text(text.replace("rules:\n", f"{SIZE}rules:\n", 1), "utf-8")
    (tmp_path / "store.yaml").write_text('profile: shop\nstore: {min: "100.00"}\n', "utf-8")
    sized = Bench(str(tmp_path))
    assert sized.verdict(mutant_of(sized, "if-dropped", "free.which")).killed_by == EQUIVALENT


def test_a_moved_phrase_is_tried(bench: Bench) -> None:
    """A phrase under another intent is said, and the turn that differs is shown."""
    verdict = bench.verdict(mutant_of(bench, "phrase-moved", "human"))
    assert verdict.killed_by is None
    assert "at the beginning" in verdict.by


def test_an_exception_kills(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault that brings the engine down is noticed; the run goes on."""

    def fail(*_: object) -> str:
        raise RuntimeError("broken")

    monkeypatch.setattr(Played, "against", fail)
    verdict = bench.verdict(bench.mutants()[0])
    assert (verdict.killed_by, verdict.by) == ("tests", "RuntimeError: broken")


def test_the_witness_is_played_first(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test that noticed a fault before notices it at once, before those that the fault touches."""
    mutant = mutant_of(bench, "go-dropped", "bye")
    witness = bench.verdict(mutant).witness
    bench.ground.played.reverse()
    tried: list[str] = []
    against = Played.against

    def note(one: Played, flow: Flow) -> object:
        tried.append(one.talk.digest)
        return against(one, flow)

    monkeypatch.setattr(Played, "against", note)
    assert bench.verdict(mutant._replace(touches=frozenset({"hello"})), witness).witness == witness
    assert tried == [witness]


def test_sampling() -> None:
    """A sample is the same for the same seed and keeps the order of the files."""
    numbers: list[Mutant] = [Mutant("k", (f"{n}", n, n), "", "", "", (), frozenset()) for n in range(50)]  # type: ignore[arg-type]
    assert sampled(numbers, 10, 1) == sampled(numbers, 10, 1) == sorted(sampled(numbers, 10, 1), key=numbers.index)
    assert sampled(numbers, 10, 1) != sampled(numbers, 10, 2)
    assert sampled(numbers, 99, 1) == numbers == sampled(numbers, None, 1)


def test_a_run_resumes(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was judged before is not judged again."""
    state = tmp_path / "state.jsonl"
    first = Campaign(str(folder), None, [folder / "tests"], state)
    chosen = sampled(first.bench.mutants(), 4, 0)
    rows = first.run(chosen[:3])
    with state.open("a", encoding="utf-8") as stream:
        stream.write('{"key": "cut of')
    second = Campaign(str(folder), None, [folder / "tests"], state)
    monkeypatch.setattr(Bench, "verdict", lambda *_: Verdict(None, "", "judged again"))
    again = second.run(chosen)
    assert again[:3] == rows
    assert again[3].verdict.advice == "judged again"


class Again(Campaign):
    """Judges nothing: tells which test would be played first."""

    def _judged(self, mutants: Sequence[Mutant], jobs: int) -> Iterator[Verdict]:
        yield from (Verdict("again", self._witness(mutant)) for mutant in mutants)

    def _keep(self, mutant: Mutant, verdict: Verdict) -> None:
        pass


def test_what_a_verdict_rests_on(folder: Path, tmp_path: Path) -> None:
    """A verdict stands while the flow and the test that noticed are the same, of a living mutant while all tests are."""
    home, state = Path(shutil.copytree(folder, tmp_path / "shop")), tmp_path / "state.jsonl"
    talks, flow = home / "tests" / "a.talk.yaml", home / "flow.yaml"
    known = [("if-dropped", "free.met"), ("rule-removed", "human"), ("go-dropped", "bye"), ("silenced", "bye")]
    first = Campaign(str(home), None, [home / "tests"], state)
    rows = first.run([mutant_of(first.bench, *one) for one in known])
    witness = rows[2].verdict.witness

    def again() -> list[str]:
        campaign = Again(str(home), None, [home / "tests"], state)
        verdicts = [row.verdict for row in campaign.run([mutant_of(campaign.bench, *one) for one in known])]
        return [f"again after {one.by}" if one.killed_by == "again" else f"stands: {one.killed_by}" for one in verdicts]

    assert again() == ["stands: load", "stands: check", "stands: tests", "stands: None"]
    talks.write_text(TESTS.replace("test: 再见", "test: 说再见").replace("没有订单", "无订单"), "utf-8")
    assert again() == ["stands: load", "stands: check", "stands: tests", "stands: None"]
    talks.write_text(TESTS.replace("free.short", "[free.short]").replace("90.00", "91.00"), "utf-8")
    assert again() == ["stands: load", "stands: check", "stands: tests", "again after "]
    talks.write_text(TESTS.replace("expect: {rules: bye, state: farewell}", "expect: {state: farewell}"), "utf-8")
    assert again() == ["stands: load", "stands: check", f"again after {witness}", "again after "]
    talks.write_text(TESTS, "utf-8")
    flow.write_text(f"# changed\n{FLOW}", "utf-8")
    assert again() == ["again after ", "again after ", f"again after {witness}", "again after "]


def test_processes_judge_alike(folder: Path) -> None:
    """Two processes come to the same verdicts as one, in the same order, and tell how far they are."""
    told: list[tuple[int, int]] = []
    campaign = Campaign(str(folder), None, [folder / "tests"])
    chosen = sampled(campaign.bench.mutants(), 5, 3)
    assert campaign.run(chosen, 2, lambda done, total: told.append((done, total))) == campaign.run(chosen, 1)
    assert told == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]


def test_score(bench: Bench) -> None:
    """What is killed by whatever stage counts, what lives does not, what is the same is left out."""
    mutant = bench.mutants()[0]
    rows = [Judged(mutant, Verdict(stage, "")) for stage in ("load", "tests", "tests", EQUIVALENT, None)]
    assert (score(rows).percent, score(rows).lives, score(rows).killed) == (75.0, 1, {"load": 1, "tests": 2})
    assert (score(rows).mutants, score(rows).equivalent) == (4, 1)
    assert score([]).percent == 100.0


def test_maps_are_not_made_up(tmp_path: Path) -> None:
    """A condition on a map of the shop's is judged like any other; nothing is put into the map."""
    text = FLOW.replace("facts: {", "facts: {store.picks: {text: text}, ", 1)
    text = text.replace("if: order.total >= store.min", 'if: "order.total >= store.min and known(store.picks[order.no])"')
    (tmp_path / "flow.yaml").write_text(text, "utf-8")
    (tmp_path / "store.yaml").write_text('profile: shop\nstore: {min: "100.00", picks: {A1001: 茶}}\n', "utf-8")
    mapped = Bench(str(tmp_path))
    verdict = mapped.verdict(mutant_of(mapped, "junction-changed", "free.met"))
    assert (verdict.killed_by, "free.short → " in verdict.by) == (None, True)
