"""A Hypothesis state machine for any flow: one rule an intent and an event, begun at every state, watched at every turn."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, RuleStrategy, initialize, precondition, rule

from csflow.events import Turn
from csflow.flow import Flow
from csflow.moves import in_handoff
from csflow.testing.acts import Act, wait
from csflow.testing.moment import Invariant
from csflow.testing.saved import conversation, save
from csflow.testing.strategies import Customers
from csflow.testing.walking import GIVE_BACK, TAKE_OVER, Walk
from csflow.testing.watch import REFUSALS, Finding, Watch, Watched

SEARCHED = 2_000
STEPS, RUNS = 25, 100
FAILURES = "csflow-failures"


class Broken(AssertionError):  # noqa: N818 - reads as what it says: an invariant is broken
    """An invariant does not hold; the text is the shortest conversation known that shows it."""

    def __init__(self, finding: Finding, text: str) -> None:
        super().__init__(text)
        self.finding = finding


class _Choice(RuleStrategy):
    """Chooses among the rules that a situation allows, found once for each kind of situation, then among a rule's acts.

    Hypothesis asks each rule again at every step, and draws for each whether this run uses it: with hundreds of rules that
    takes ten times as long as the turn. Each choice is one number here, for a strategy around it takes as long again.
    """

    def do_draw(self, data: Any) -> tuple[Any, dict[str, Any]]:
        """Draw a rule, then what it is given."""
        chosen = _one_of(data, self._allowed())
        offers = getattr(chosen.function, "offers", None)
        if offers is not None:
            return chosen, {"act": _one_of(data, offers(self.machine))}
        return chosen, {name: data.draw(given) for name, given in chosen.arguments_strategies.items()}

    def _allowed(self) -> Sequence[Any]:
        machine: Any = self.machine
        kind = machine.situation
        if kind not in machine.allowed:
            machine.allowed[kind] = [one for one in self.rules if self.is_valid(one)]
        allowed: Sequence[Any] = machine.allowed[kind]
        return allowed


def _one_of(data: Any, choices: Sequence[Any]) -> Any:
    return choices[data.draw_integer(0, len(choices) - 1)]


class FlowMachine(RuleBasedStateMachine):
    """What the machines of all flows share; `machine` adds the rules of one flow.

    `visited` counts the steps of all runs in each state.
    """

    watch: ClassVar[Watch]
    starts: ClassVar[Sequence[Watched]]
    visited: ClassVar[Counter[str]]
    allowed: ClassVar[dict[Hashable, Sequence[Any]]]
    shortest: ClassVar[dict[tuple[str, str], Finding]]
    folder: ClassVar[Path | None]

    def __init__(self) -> None:
        super().__init__()
        vars(self)["_rules_strategy"] = _Choice(self)
        self.chat = self.watch.start()

    def happen(self, act: Act) -> Turn:
        """Let something happen; what goes wrong ends the run."""
        self.visited[self.chat.state] += 1
        turn = self.chat.play(act)
        self._judged(self.chat.faults)
        return turn

    def teardown(self) -> None:
        """Judge where the conversation has come to."""
        if not self.chat.faults:
            self._judged(list(self.watch.ended(self.chat)))

    def _judged(self, faults: Sequence[Any]) -> None:
        for problem in faults[:1]:
            finding = self._known_best(Finding(problem, self.chat.acts))
            saved = "" if self.folder is None else f"\nsaved as {save(finding, self.folder)}"
            raise Broken(finding, conversation(self.watch, finding) + saved)

    def _known_best(self, finding: Finding) -> Finding:
        """Return the shortest conversation known that shows a finding; Hypothesis comes by with many."""
        key = (finding.problem.code, str(finding.problem.place))
        best = self.shortest.get(key)
        if best is None or len(finding.acts) < len(best.acts):
            best = self.shortest[key] = self.watch.shortest(finding)
        return best

    @property
    def situation(self) -> Hashable:
        """What the preconditions of the rules look at."""
        snapshot = self.chat.snapshot
        return snapshot.state, snapshot.pending is not None, frozenset(snapshot.ledger.calls), bool(snapshot.timers)

    @property
    def served(self) -> bool:
        """Whether the bot, not a person, has the conversation."""
        return not in_handoff(self.chat.state)

    def listens(self, trigger: str) -> bool:
        """Tell whether some rule in this state answers an intent."""
        return self.served and bool(self.chat.flow.ranks(self.chat.state, trigger, message=True))


def machine(
    flow: Flow,
    *,
    invariants: Sequence[Invariant] = (),
    refusals: Sequence[str] = REFUSALS,
    save: str | Path | None = FAILURES,
    seed: int = 0,
) -> type[FlowMachine]:
    """Return a Hypothesis state machine for a flow; its `TestCase` runs under pytest and unittest.

    Args:
        flow: the flow under test.
        invariants: functions of a `Moment` that must hold beside the built-in ones; False or a sentence breaks them.
        refusals: the intents that are a clear no.
        save: the folder that failures are saved in as conversation tests; None saves none.
        seed: of the search for a conversation to begin from in each state.
    """
    watch = Watch(flow, invariants, refusals)
    search = Walk(watch, seed)
    list(search.findings(SEARCHED))
    starts = sorted(search.starts.values(), key=lambda chat: len(chat.acts))
    members: dict[str, Any] = {
        "watch": watch, "starts": [watch.start(), *starts], "visited": Counter(), "allowed": {}, "shortest": {},
        "folder": None if save is None else Path(save), **_rules(Customers(flow, watch.alphabet), watch, len(starts)),
    }  # fmt: skip
    made: Any = type(f"{flow.name.title().replace('_', '')}Machine", (FlowMachine,), members)
    made.TestCase.settings = usual_settings()
    return made  # type: ignore[no-any-return] # made above out of FlowMachine


def usual_settings(runs: int = RUNS, **more: Any) -> settings:
    """Return how a flow's machine is run: runs of 25 steps, and no shrinking by Hypothesis, for the machine does its own."""
    phases = (Phase.explicit, Phase.reuse, Phase.generate)
    return settings(
        max_examples=runs, stateful_step_count=STEPS, phases=phases, deadline=None, print_blob=False,
        suppress_health_check=list(HealthCheck), **more,
    )  # fmt: skip


Offers = Callable[["FlowMachine"], Sequence[Act]]
Only = Callable[["FlowMachine"], bool]


def _rules(customers: Customers, watch: Watch, starts: int) -> dict[str, Any]:
    """Return the rules of one flow by their names: intents, reports, results, answers, time, the staff."""
    found = {"begin": initialize(at=st.integers(0, starts))(_begin)}
    for name, offers, only in _offered(customers, watch.flow):
        found[name] = _rule(name, offers, only)
    return found


def _offered(customers: Customers, flow: Flow) -> Iterator[tuple[str, Offers, Only | None]]:
    for intent in flow.spec.intents:
        yield _named("say", intent), _always(customers.said(intent)), _listening(intent)
    for name in customers.alphabet.events:
        yield _named("report", name), _always(customers.reported(name)), None
    for call in flow.spec.calls:
        yield _named("result", call), _always(customers.resulting(call)), _waiting(call)
    yield "say_two_at_once", _always(customers.two_at_once), _is_served
    yield "say_something_strange", _always(customers.odd), _is_served
    yield "shop_tells", _always(customers.told), None
    yield "be_silent", _always(customers.spans), None
    yield "answer", lambda machine: customers.answers(machine.chat.snapshot), _is_asked
    yield "wait_for_what_is_due", _due, _has_timers
    yield "staff_take_over", _always([TAKE_OVER]), _is_served
    yield "staff_give_back", _always([GIVE_BACK]), _is_not_served


def _named(kind: str, name: str) -> str:
    return f"{kind}_{name.replace('.', '_')}"


def _rule(name: str, offers: Offers, only: Only | None) -> Any:
    """Return a rule by which one of some acts happens; `_Choice` draws which."""

    def step(self: FlowMachine, act: Act) -> None:
        self.happen(act)

    step.__name__ = step.__qualname__ = name
    vars(step)["offers"] = offers
    made = rule(act=st.nothing())(step)
    return precondition(only)(made) if only else made


def _always(acts: Sequence[Act]) -> Offers:
    return lambda machine: acts


def _begin(self: FlowMachine, at: int) -> None:
    self.chat = self.starts[at].fork()


def _listening(intent: str) -> Only:
    return lambda self: self.listens(intent)


def _waiting(call: str) -> Only:
    return lambda self: call in self.chat.snapshot.ledger.calls


def _is_served(self: FlowMachine) -> bool:
    return self.served


def _is_not_served(self: FlowMachine) -> bool:
    return not self.served


def _is_asked(self: FlowMachine) -> bool:
    return self.served and self.chat.snapshot.pending is not None


def _has_timers(self: FlowMachine) -> bool:
    return bool(self.chat.snapshot.timers)


def _due(self: FlowMachine) -> Sequence[Act]:
    due = min(timer.due for timer in self.chat.snapshot.timers)
    return [wait(max(0, math.ceil((due - self.chat.now).total_seconds())))]
