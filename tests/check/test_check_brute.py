"""The checker against brute force: on small flows its verdicts are those of running `step` over all short conversations."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from csflow import load
from csflow.check import check
from csflow.check.alphabet import NOTHING_YET, Alphabet, Happening
from csflow.check.replay import begin
from csflow.check.structure import ENDS
from csflow.cli.script import play, read_lines
from csflow.errors import Problem
from csflow.events import Turn
from csflow.flow import Flow
from csflow.moves import root
from csflow.snapshot import Snapshot
from csflow.turn import step

LONG, SHORT = 4, 2
CONDITIONS = (
    "order.paid", "not order.paid", "shop.mode == a", "shop.mode != a", "shop.n >= 2", "shop.n < 2", "times(hello) >= 2",
    "times(bye) == 1", "granted.gift == 0", "not known(shop.n)",
)  # fmt: skip
PAID = ("order.paid", "not order.paid")
NEVER = ("granted.gift > 1", "granted.gift > 0 and order.paid", "granted.gift > 0 and shop.n >= 2")
TARGETS = (None, None, "close.pay", "farewell")
HEAD: dict[str, Any] = {
    "intents": {"hello": {"phrases": ["你好"]}, "bye": {"phrases": ["再见"]}},
    "facts": {"shop.mode": ["a", "b"], "shop.n": "count"},
    "events": {"told": {"brings": ["shop.mode"]}, "counted": {"brings": ["shop.n"]}},
    "states": {"close.pay": {}},
}
GIFT = {"when": "told", "choose": [{"id": "told.gift", "if": "granted.gift == 0", "do": [{"grant": "gift"}]}]}


def rules(number: int, conditions: Sequence[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Draw the one to three rules of a list, some of which grant something or go somewhere."""
    shape = st.tuples(st.none() | st.sampled_from(conditions), st.booleans(), st.sampled_from(TARGETS))

    def written(drawn: list[tuple[str | None, bool, str | None]]) -> list[dict[str, Any]]:
        rows = [(f"r{number}.n{at}", *row) for at, row in enumerate(drawn) if row[0] or at == len(drawn) - 1]
        return [
            {
                "id": name,
                "say": name,
                **_some(condition, "if"),
                **_some(target, "go"),
                **({"do": [{"grant": "gift"}]} if gift else {}),
            }
            for name, condition, gift, target in rows
        ]

    return st.lists(shape, min_size=1, max_size=3).map(written)


def _some(value: str | None, key: str) -> dict[str, str]:
    return {} if value is None else {key: value}


def lists(number: int, conditions: Sequence[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a list on one of two intents or on what is not understood."""
    where = st.sampled_from((["greet"], ["close.pay"], ["greet", "close"]))
    return st.builds(
        lambda when, in_, choose: {"when": when, "in": in_, "choose": choose},
        st.sampled_from(("hello", "bye", "unknown")), where, rules(number, conditions),
    )  # fmt: skip


def flows(conditions: Sequence[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw small flows of two to four lists with rules under some of the conditions."""
    drawn = st.integers(2, 4).flatmap(lambda count: st.tuples(*(lists(number, conditions) for number in range(count))))
    return st.builds(lambda lists, never: HEAD | {"rules": [GIFT, *lists], "never": [never]}, drawn, st.sampled_from(NEVER))


class Played(NamedTuple):
    """A conversation that was run: where it stands, and its last turn."""

    snapshot: Snapshot
    happening: Happening
    turn: Turn | None


class Brute:
    """Runs everything that can happen to a flow, event by event."""

    def __init__(self, flow: Flow) -> None:
        self.flow, self.alphabet = flow, Alphabet(flow)
        self.now = begin(flow)

    def conversations(self, length: int) -> Iterator[Played]:
        """Yield the end of every conversation of at most so many events; of those that stand the same one is continued."""
        fresh = Played(self.flow.fresh(), NOTHING_YET, None)
        first = [self.next(fresh, beginning) if beginning else fresh for beginning in self.alphabet.beginnings()]
        yield from self.continued(first, length - 1)

    def continued(self, border: list[Played], length: int) -> Iterator[Played]:
        """Yield conversations and all that can become of them in so many events."""
        known: set[str] = set()
        for _ in range(length + 1):
            yield from border
            fresh = {played.snapshot.to_json(): played for played in border}
            fresh = {key: fresh[key] for key in fresh.keys() - known}
            known |= fresh.keys()
            border = [self.next(at, offered) for at in fresh.values() for offered in self.alphabet.offers(at.snapshot, self.now)]

    def next(self, played: Played, happening: Happening) -> Played:
        """Let one thing happen."""
        turn = step(self.flow, played.snapshot, happening.event, self.now)
        return Played(turn.snapshot, happening, turn)

    def ends(self, played: Played, length: int) -> bool:
        """Tell whether some conversation of so many events leads from here to an end."""
        return any(root(after.snapshot.state) in ENDS for after in self.continued([played], length))


def tied(turn: Turn) -> set[str]:
    """Return the lists that tie with an earlier one in a turn."""
    names = [item.rule.id for item in turn.why.considered if item.verdict == "tied"]
    return {name.partition(".")[0] for name in names[1:]}


def broken(turn: Turn) -> set[str]:
    """Return the rules that were undone because of a limit."""
    return {note.partition(" was undone: never")[0] for note in turn.why.notes if " was undone: never" in note}


def checked(flow: dict[str, Any]) -> tuple[Flow, list[Problem]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "flow.yaml")
        path.write_text(json.dumps(flow), "utf-8")
        loaded = load(path)
        return loaded, check(loaded.spec, loaded.profile)


def named(found: list[Problem], code: str) -> dict[str, Problem]:
    """Return the findings of a code by the rule that they stand at."""
    return {problem.message.split("'")[1]: problem for problem in found if problem.code == code}


def last(flow: Flow, problem: Problem) -> Turn:
    """Return the last turn of a finding's script."""
    assert problem.witness is not None
    chat = flow.start(now=begin(flow))
    return [play(chat, line) for line in read_lines(problem.witness.script, "script")][-1]


@settings(max_examples=20, deadline=None)
@given(flows(CONDITIONS))
def test_ties_and_limits(drawn: dict[str, Any]) -> None:
    """Every tie and every broken limit of a short conversation is found, and each one found with a script happens."""
    flow, found = checked(drawn)
    ties, limits = named(found, "tie"), named(found, "limit-broken")
    turns = [played.turn for played in Brute(flow).conversations(LONG) if played.turn]
    assert set[str]().union(*map(tied, turns)) <= {name.partition(".")[0] for name in ties}
    assert set[str]().union(*map(broken, turns)) <= limits.keys()
    for name, problem in ties.items():
        if problem.witness and problem.witness.script:
            assert name.partition(".")[0] in tied(last(flow, problem))
    assert all(name in broken(last(flow, problem)) for name, problem in limits.items())


@settings(max_examples=10, deadline=None)
@given(flows(PAID))
def test_dead_ends(drawn: dict[str, Any]) -> None:
    """From where a dead end is found no conversation ends; where a whole search finds none all short ones can end."""
    flow, found = checked(drawn)
    caught = [problem for problem in found if problem.code in ("dead-end", "trap-state")]
    brute = Brute(flow)
    for problem in (problem for problem in caught if problem.witness or problem.code == "dead-end"):
        there = _end(flow, problem.witness.script if problem.witness else ())
        assert not brute.ends(Played(there, NOTHING_YET, None), LONG)
    whole = not any("not everything" in problem.message for problem in found)
    if whole and not caught:
        assert all(brute.ends(played, LONG) for played in brute.conversations(SHORT))


def _end(flow: Flow, script: tuple[str, ...]) -> Snapshot:
    chat = flow.start(now=begin(flow))
    for line in read_lines(script, "script"):
        play(chat, line)
    return chat.snapshot
