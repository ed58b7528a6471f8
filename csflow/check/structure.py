"""Questions about the graph of states: what is never reached, where a conversation is caught, what nobody answers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from csflow.bind import below
from csflow.check.atoms import Atom
from csflow.check.subject import Branch, Move, Subject
from csflow.errors import Place, Problem
from csflow.flow import Flow
from csflow.moves import root
from csflow.spec import PHASES

ENDS = ("farewell", "follow_up", "handoff")


def structure(subject: Subject) -> Iterator[Problem]:
    """Yield what is wrong with the states and the ways between them."""
    yield from unreachable(subject)
    yield from traps(subject)
    yield from unpaired(subject)
    yield from circles(subject)
    yield from unheard(subject)


def unreachable(subject: Subject) -> Iterator[Problem]:
    """Yield declared states that no rule leads to, and lists that stand only in such states."""
    for state in subject.spec.states:
        if state not in subject.reached and not any(below(state, other) for other in subject.reached):
            yield Problem("unreachable-state", subject.key("states", state), f"no rule leads to {state!r}", "warning")
    for part in subject.spec.lists:
        if not subject.stands(part.spec):
            message = f"these rules stand only in {', '.join(part.spec.in_)}, where no rule leads to"
            yield Problem("unreachable-state", subject.at(part, "when"), message, "warning")


def ends(flow: Flow, state: str) -> bool:
    """Tell whether a conversation may stop in a state: at a farewell, at the follow-up, or with a person."""
    return root(state) in ENDS or flow.states[state].ends


def traps(subject: Subject) -> Iterator[Problem]:
    """Yield states from which a conversation gets neither to an end nor to a person."""
    sources = _sources(subject)
    safe = {state for state in subject.reached if ends(subject.flow, state)}
    border = set(safe)
    while border:
        border = {source for state in border for source in sources.get(state, ())} - safe
        safe |= border
    for state in sorted(subject.reached - safe):
        yield Problem("trap-state", whereabouts(subject, state), f"{state!r} has no way on to a farewell or to a person")


def _sources(subject: Subject) -> Mapping[str, set[str]]:
    """Return for each state the reached states from which some rule leads there."""
    sources: dict[str, set[str]] = {}
    for move in subject.moves:
        if move.source in subject.reached:
            for target in _targets(subject, move):
                sources.setdefault(target, set()).add(move.source)
    return sources


def _targets(subject: Subject, move: Move) -> Collection[str]:
    """Return where a move leads; `back` to whatever its side root may have interrupted."""
    if move.target != "back":
        return (move.target,)
    side = root(move.source)
    return {other.source for other in subject.moves if root(other.target) == side != root(other.source)}


def whereabouts(subject: Subject, state: str) -> Place:
    """Return where a state is declared, or else the first rule that leads to it."""
    if state in subject.spec.states:
        return subject.key("states", state)
    leading = (subject.at(move.part, "go") for move in subject.moves if move.target == state)
    return next(leading, None) or subject.at(subject.spec.lists[0]) if subject.spec.lists else Place(subject.spec.name, 1, 1)


def unpaired(subject: Subject) -> Iterator[Problem]:
    """Yield side roots that interrupt a sale and never give it back."""
    for side in ("complaint", "after_sales"):
        if any(root(state) == side for state in subject.reached) and not any(_leaves(move, side) for move in subject.moves):
            first = next(move for move in subject.moves if root(move.target) == side)
            message = f"no rule in {side!r} goes `back`, to a phase or to a person; what it interrupted is lost"
            yield Problem("unpaired-side-root", subject.at(first.part, "go"), message, "warning")


def _leaves(move: Move, side: str) -> bool:
    own = any(root(state) == side for state in move.where)
    return root(move.source) == side and (move.target == "back" or (own and root(move.target) in (*PHASES, "handoff")))


def circles(subject: Subject) -> Iterator[Problem]:
    """Yield `now` rules that, under one and the same condition, lead around in a circle."""
    ways = list(_now_ways(subject))
    for branch, needed, source, target in ways:
        open_ways: dict[str, set[str]] = {}
        for _, other, start, end in ways:
            if other <= needed:
                open_ways.setdefault(start, set()).add(end)
        if _leads(open_ways, target, source):
            message = f"{branch.rule.id!r} leads from {source!r} around and back to it, with nothing in between that waits"
            yield Problem("now-loop", subject.at(branch.part, "go"), message)


def _now_ways(subject: Subject) -> Iterator[tuple[Branch, frozenset[Atom], str, str]]:
    for branch in subject.branches:
        if "now" in branch.listed.when and branch.rule.go and branch.lasting:
            needed, target = subject.needs(branch), branch.rule.go
            yield from ((branch, needed, state, target) for state in subject.stands(branch.listed) if state != target)


def _leads(ways: Mapping[str, set[str]], start: str, goal: str) -> bool:
    found, border = set[str](), {start}
    while border and goal not in found:
        found |= border
        border = {end for state in border for end in ways.get(state, ())} - found
    return goal in found


def unheard(subject: Subject) -> Iterator[Problem]:
    """Yield one finding for the states where a message that nothing understands gets no answer."""
    if states := silent(subject):
        message = f"no rule on `unknown` is heard in {', '.join(states)}; a message that nothing understands is met with silence"
        yield Problem("no-fallback", whereabouts(subject, states[0]), message, "warning")


def silent(subject: Subject) -> list[str]:
    """Return the states in which no list on `unknown` is heard."""
    return [state for state in subject.hearing if not subject.flow.ranks(state, "unknown", message=True)]
