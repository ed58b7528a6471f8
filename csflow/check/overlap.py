"""Lists that answer the same event: those that surely tie, rules that never get their turn, events left unanswered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, product

from csflow.check.atoms import Atom, inside
from csflow.check.subject import Branch, Subject
from csflow.errors import Problem
from csflow.parts import RuleList
from csflow.spec import ListSpec, SlotSpec


def overlaps(subject: Subject) -> Iterator[Problem]:
    """Yield what is wrong with the order and the overlap of lists."""
    yield from shadowed(subject)
    yield from ties(subject)
    yield from gaps(subject)
    yield from unmet(subject)


def shadowed(subject: Subject) -> Iterator[Problem]:
    """Yield rules behind one whose condition is part of theirs."""
    for part in subject.spec.lists:
        choices = list(subject.choices(part.spec))
        for later in choices:
            earlier = next((e for e in choices[: later.number] if e.lasting and subject.needs(e) <= subject.needs(later)), None)
            if earlier is not None:
                message = f"{later.rule.id!r} can never fire: {earlier.rule.id!r} before it holds whenever it would"
                yield Problem("never-reached", subject.at(later.part, "id"), message)


def ties(subject: Subject) -> Iterator[Problem]:
    """Yield pairs of lists that surely answer the same event in the same rank."""
    found: set[tuple[RuleList, RuleList]] = set()
    for trigger, state in product(_shared(subject), sorted(subject.reached)):
        for rank in subject.flow.ranks(state, trigger, message=subject.message(trigger)):
            for pair in combinations(rank, 2):
                if pair not in found and (both := _certain(subject, pair, state, trigger)):
                    found.add(pair)
                    yield _tie(subject, *both, state, trigger)


def _shared(subject: Subject) -> list[str]:
    """Return the events that more than one list answers."""
    counts = Counter(subject.flow.trigger(trigger) for part in subject.spec.lists for trigger in part.spec.when)
    return [trigger for trigger, count in counts.items() if count > 1]


def _certain(subject: Subject, pair: tuple[RuleList, RuleList], state: str, trigger: str) -> tuple[Branch, Branch] | None:
    """Return two rules, one a list, of which one needs nothing that the other does not need as well."""
    one, two = (subject.lists[compiled].spec for compiled in pair)
    if not (subject.occurs(trigger, state, one) and subject.occurs(trigger, state, two)):
        return None
    for first, second in product(subject.choices(one), subject.choices(two)):
        left, right = inside(subject.needs(first), state), inside(subject.needs(second), state)
        if left is not None and right is not None and (left <= right or right <= left):
            return first, second
    return None


def _tie(subject: Subject, first: Branch, second: Branch, state: str, trigger: str) -> Problem:
    place = subject.at(first.part, "id")
    message = f"{second.rule.id!r} ties with {first.rule.id!r} ({place}) on {trigger} in {state}; put both into one `choose`"
    return Problem("tie", subject.at(second.part, "id"), message)


def gaps(subject: Subject) -> Iterator[Problem]:
    """Yield lists on an intent whose rules may all fail while no other list surely answers."""
    for part in subject.spec.lists:
        intents = [trigger for trigger in part.spec.when if trigger in subject.spec.intents]
        if intents and not subject.total(part.spec) and (found := _unanswered(subject, part.spec, intents)):
            intent, state = found
            message = f"{intent} may stay unanswered in {state}: these rules may all fail, and no other list surely holds"
            yield Problem("gap", subject.at(part, "when"), message, "note")


def _unanswered(subject: Subject, listed: ListSpec, intents: list[str]) -> tuple[str, str] | None:
    for intent, state in product(intents, subject.stands(listed)):
        ranks = subject.flow.ranks(state, intent, message=True)
        answering = [subject.lists[compiled].spec for rank in ranks for compiled in rank]
        if state in subject.hearing and not (any(map(subject.total, answering)) or _share_an_enum(subject, answering)):
            return intent, state
    return None


def _share_an_enum(subject: Subject, lists: Iterable[ListSpec]) -> bool:
    """Tell whether total lists are guarded by all words of one fact that is known everywhere."""
    words: dict[str, set[str]] = {}
    for listed in lists:
        guard = subject.atoms(listed.if_)
        if len(guard) == 1 and subject.closes(listed):
            for fact, word in filter(None, map(_equals, guard)):
                words.setdefault(fact, set()).add(word)
    facts = {fact: subject.spec.facts.get(fact) for fact in words}
    return any(spec and spec.required and words[fact] == set(spec.type.values) for fact, spec in facts.items())


def _equals(atom: Atom) -> tuple[str, str] | None:
    """Return fact and word of a plain `fact == word`."""
    op, _, args = atom
    if op == "==" and [arg[0] for arg in args] == ["ref", "const"]:
        return args[0][1], args[1][1]
    return None


def unmet(subject: Subject) -> Iterator[Problem]:
    """Yield lists on a slot that ask which of its words was said, and leave out one of them."""
    for name, slot in subject.spec.slots.items():
        parts = [part for part in subject.spec.lists if f"slots.{name}" in part.spec.when]
        if slot.ask and (left := _left_out(subject, name, slot, [part.spec for part in parts])):
            message = f"no rule here takes up {', '.join(left)} of {name!r}, though its question offers it; add `else: true`"
            yield Problem("unmet-answer", subject.at(parts[0], "when"), message, "warning")


def _left_out(subject: Subject, name: str, slot: SlotSpec, lists: Sequence[ListSpec]) -> list[str]:
    """Return the words of a slot that no condition of the rules on its answer names, where these ask for the others."""
    if any(subject.closes(listed) for listed in lists):
        return []
    texts = [text for listed in lists for text in (listed.if_, *(rule.if_ for rule in listed.choose)) if text is not None]
    nodes = [node for text in texts for node in subject.node(text).walk()]
    asked = {str(arg.value) for node in nodes if node.op in ("==", "!=", "in") for arg in node.args if arg.op == "const"}
    known = any(node.op == "known" and node.args and node.args[0].value == f"slots.{name}" for node in nodes)
    return [word for word in slot.kind.values if word not in asked] if asked and not known else []
