"""What is given away: grants that nothing limits, floors that anybody may read or that are above the price they are to hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Set

from csflow.bind import matches
from csflow.check.subject import Subject
from csflow.condition import Node
from csflow.errors import Problem
from csflow.spec import ActSpec, Located


def ledgers(subject: Subject) -> Iterator[Problem]:
    """Yield grants that no condition and no `never:` line counts, floors that are no secret or above the list price."""
    yield from unlimited(subject)
    yield from uncounted(subject)
    yield from told(subject)
    yield from floors(subject)


def unlimited(subject: Subject) -> Iterator[Problem]:
    """Yield grants of which nothing asks how many there are, and those that run into a `never:` line without asking."""
    counted = {name for tree in subject.spec.conditions.values() for name in tree.names()}
    capped = {name for part in subject.spec.never for name in _capped(subject.node(part.spec))}
    given = Counter(effect.grant for act, _ in subject.acts for effect in act.do)
    for conditions, act, part in _acts(subject):
        for number, effect in enumerate(act.do):
            fact, alone = f"granted.{effect.grant}", act.max is not None and given[effect.grant] == 1
            if effect.grant is None or alone or _asks(subject, {fact, *_tagged(act)}, (*conditions, effect.if_)):
                continue
            place = subject.at(part, "do", number, "grant")
            if fact not in counted:
                message = f"nothing limits how often {effect.grant!r} is granted; add `never: {fact} > 1`"
                yield Problem("unlimited-grant", place, message, "warning")
            elif fact in capped:
                message = (
                    f"{effect.grant!r} is granted without a look at {fact}, so past the limit of `never:` the rule is undone"
                )
                yield Problem("unlimited-grant", place, message, "warning")


def uncounted(subject: Subject) -> Iterator[Problem]:
    """Yield rules of a family that `never:` limits by `used`, that do not ask how many have fired, where the others do."""
    for segment in sorted({name for part in subject.spec.never for name in _limited(subject.node(part.spec))}):
        family = [branch for branch in subject.branches if matches(segment, branch.rule.id)]
        idle = [b for b in family if not _counts(subject, segment, (b.listed.if_, b.rule.if_))]
        for branch in idle if len(idle) < len(family) else ():
            message = f"{branch.rule.id!r} does not look at used({segment}), so past the limit of `never:` it is undone"
            yield Problem("uncounted-rule", subject.at(branch.part, "id"), message, "warning")


def _limited(node: Node) -> Iterator[str]:
    """Yield the segment whose rules a line limits to a number."""
    if node.op in (">", ">=") and (node.args[0].op, node.args[1].op) == ("used", "const"):
        yield str(node.args[0].value)


def _counts(subject: Subject, segment: str, conditions: Iterable[str | None]) -> bool:
    """Tell whether some condition counts the rules that a segment, or a part of it, names."""
    nodes = (node for text in conditions if text is not None for node in subject.node(text).walk())
    return any(node.op == "used" and matches(segment, str(node.value)) for node in nodes)


def _acts(subject: Subject) -> Iterator[tuple[tuple[str | None, ...], ActSpec, Located]]:
    """Yield rules and follow-ups with their conditions."""
    yield from (((branch.listed.if_, branch.rule.if_), branch.rule, branch.part) for branch in subject.branches)
    yield from (((part.spec.if_,), part.spec, part) for part in subject.spec.follow_ups.values())


def _capped(node: Node) -> Iterator[str]:
    """Yield the fact of which a line says no more than how much is too much."""
    if node.op in (">", ">=") and (node.args[0].op, node.args[1].op) == ("ref", "const"):
        yield str(node.args[0].value)


def _tagged(act: ActSpec) -> Iterator[str]:
    """Yield the tags that an act sets, by which it may know that it was done."""
    yield from (f"tags.{key}" for effect in act.do for key in effect.tag or ())


def _asks(subject: Subject, facts: Set[str], conditions: Iterable[str | None]) -> bool:
    """Tell whether some condition looks at one of the facts."""
    return any(not facts.isdisjoint(subject.node(text).names()) for text in conditions if text is not None)


def told(subject: Subject) -> Iterator[Problem]:
    """Yield bargains whose floor is made of facts that a reply may say, or lies under a fact; most often another was meant."""
    for name, bargain in subject.spec.bargains.items():
        floor = subject.node(bargain.floor)
        facts = sorted(floor.names())
        said = [fact for fact in facts if fact in subject.spec.facts and not subject.spec.facts[fact].secret]
        if said:
            message = f"{said[0]!r} is the floor of {name!r}, and any reply may say it; make it `secret`, or name the one meant"
        elif facts and floor.op == "-":
            message = (
                f"the floor of {name!r} lies under {facts[0]}; name that fact alone, or write the lower figure into the profile"
            )
        else:
            continue
        yield Problem("open-floor", subject.at(subject.spec.parts["bargains", name], "floor"), message, "warning")


def floors(subject: Subject) -> Iterator[Problem]:
    """Yield the products of the profile whose lowest price is above the price that is talked about."""
    if subject.profile.file is None:
        return
    source = subject.source(subject.profile.file)
    for bargain in subject.spec.bargains.values():
        for product, row in subject.profile.products.items():
            listed, floor = row.get(bargain.list_), row.get(bargain.floor)
            if listed is not None and floor is not None and floor > listed:
                name = bargain.floor.removeprefix("product.")
                message = f"the floor of {product!r} is above its list price, so no price holds both"
                yield Problem("floor-over-list", source.value("products", product, name), message)
