"""What is wrong with a flow whose names are right: branches behind `else`, bargains that grow, ways back from nowhere."""

from __future__ import annotations

from csflow.rulefile.declare import Declared
from csflow.rulefile.merge import Merged
from csflow.rulefile.names import side
from csflow.spec import Located, RuleSpec

HOUR = 3600


def check_order(declared: Declared) -> None:
    """Report the faults that concern the order and the reach of a flow's parts."""
    merged = declared.merged
    for part in merged.lists:
        _choices(merged, part)
        _ways_back(merged, part)
    for name, intent in declared.intents.items():
        if not intent.examples and not intent.phrases:
            merged.report("no-examples", merged.key(merged.parts["intents", name][0]), f"the intent {name!r} has neither examples nor phrases")
    for parts in merged.named("bargains").values():
        _steps(merged, parts[-1])
    for parts in merged.named("follow_ups").values():
        _follow_up(merged, parts[-1])


def _choices(merged: Merged, part: Located) -> None:
    rules = part.spec.choose
    for number, rule in enumerate(rules):
        at = merged.parts["rules", rule.id][0]
        if rule.else_ and rule.if_ is not None:
            merged.report("else-not-last", merged.key(at, "else"), f"{rule.id!r} has both `if` and `else`")
        elif rule.else_ and number < len(rules) - 1:
            merged.report("else-not-last", merged.key(at, "else"), f"`else` is the last word; {rules[number + 1].id!r} behind it can never fire")
        elif rule.if_ is None and not rule.else_ and rule.max is None and number < len(rules) - 1:
            merged.report("never-reached", merged.place(at, "id"), f"{rule.id!r} has neither `if` nor `max`, so {rules[number + 1].id!r} behind it can never fire")
        if "now" in part.spec.when and (rule.go is None or rule.go == "back"):
            merged.report("now-stays", merged.place(at, "id"), f"{rule.id!r} answers `now`, so it must `go` somewhere")


def _ways_back(merged: Merged, part: Located) -> None:
    if all(side(state) for state in part.spec.in_):
        return
    for rule in part.spec.choose:
        _back(merged, rule, merged.parts["rules", rule.id][0])


def _back(merged: Merged, rule: RuleSpec, at: Located) -> None:
    if rule.go == "back":
        message = "`back` leaves a side root; this list is also heard in a phase, where there is nothing to go back to"
        merged.report("no-way-back", merged.place(at, "go"), message)


def _steps(merged: Merged, part: Located) -> None:
    steps = part.spec.steps
    for number in range(1, len(steps)):
        if steps[number].cut > steps[number - 1].cut:
            merged.report("steps-grow", merged.place(part, "steps", number, "cut"), "a step down is not larger than the one before it")


def _follow_up(merged: Merged, part: Located) -> None:
    spec = part.spec
    if spec.every is not None and spec.every < HOUR:
        merged.report("too-often", merged.place(part, "every"), "a message is repeated at most every hour")
    if spec.go == "back" and spec.in_ is not None and not all(side(state) for state in spec.in_):
        merged.report("no-way-back", merged.place(part, "go"), "`back` leaves a side root; `in` also names a phase")
