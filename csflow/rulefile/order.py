"""What is wrong with a flow whose names are right: branches behind `else`, steps that grow, ways back from nowhere."""

from __future__ import annotations

from collections.abc import Iterable

from csflow.rulefile.declare import Declared, effects
from csflow.rulefile.merge import Merged
from csflow.spec import EVERYWHERE, SIDE_ROOTS, ListSpec, Located, RuleSpec

HOUR = 3600


def check_order(declared: Declared) -> None:
    """Report what the order and the reach of a flow's parts make impossible."""
    merged = declared.merged
    for part in merged.lists:
        _list(merged, part.spec)
    for name, intent in declared.intents.items():
        if not intent.examples and not intent.phrases:
            merged.report(
                "no-examples",
                merged.key(merged.parts["intents", name][0]),
                f"the intent {name!r} has neither examples nor phrases",
            )
    for parts in merged.named("bargains").values():
        _steps(merged, parts[-1])
    for parts in merged.named("follow_ups").values():
        _follow_up(merged, parts[-1])
    for part, number, effect in effects(merged):
        if effect.with_ and effect.call is None:
            merged.report("misplaced-key", merged.key(part, "do", number, "with"), "`with` stands at a `call` only")


def _list(merged: Merged, spec: ListSpec) -> None:
    for rule, after in zip(spec.choose, (*spec.choose[1:], None), strict=True):
        at = merged.parts["rules", rule.id][0]
        _branch(merged, at, rule, after)
        if "now" in spec.when and rule.go in (None, "back"):
            merged.report("now-stays", merged.place(at, "id"), f"{rule.id!r} answers `now`, so it must `go` to a state")
        if rule.go == "back" and not returns(spec.in_ or ()):
            message = "`back` leaves a side root; this list is also heard in a phase, where there is nothing to go back to"
            merged.report("no-way-back", merged.place(at, "go"), message)


def _branch(merged: Merged, at: Located, rule: RuleSpec, after: RuleSpec | None) -> None:
    if rule.else_ and rule.if_ is not None:
        merged.report("else-not-last", merged.key(at, "else"), f"{rule.id!r} has both `if` and `else`")
    elif rule.else_ and after:
        merged.report("else-not-last", merged.key(at, "else"), f"`else` is the last word; {after.id!r} behind it can never fire")
    elif rule.if_ is None and rule.max is None and rule.ask is None and after:
        message = f"{rule.id!r} has neither `if`, `max` nor `ask`, so {after.id!r} behind it can never fire"
        merged.report("never-reached", merged.place(at, "id"), message)


def returns(states: Iterable[str]) -> bool:
    """Whether `go: back` makes sense in all of the states."""
    return all(state == EVERYWHERE or state.partition(".")[0] in SIDE_ROOTS for state in states)


def _steps(merged: Merged, part: Located) -> None:
    steps = part.spec.steps
    for number in range(1, len(steps)):
        if steps[number].cut > steps[number - 1].cut:
            place = merged.place(part, "steps", number, "cut")
            merged.report("steps-grow", place, "a step down is never larger than the one before it")


def _follow_up(merged: Merged, part: Located) -> None:
    spec = part.spec
    if spec.every is not None and spec.every < HOUR:
        merged.report("too-often", merged.place(part, "every"), "a message is repeated at most every hour")
    if spec.go == "back" and not returns(spec.in_ or ()):
        merged.report("no-way-back", merged.place(part, "go"), "`back` leaves a side root; `in` also names a phase")
