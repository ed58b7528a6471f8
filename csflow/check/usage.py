"""Parts of a flow that nothing uses, answers that can never be heard or are heard as two, types that can never lead."""

from __future__ import annotations

from collections.abc import Iterator

from csflow.bind import below
from csflow.check.hijacked import HOLE
from csflow.check.subject import Subject
from csflow.errors import Problem
from csflow.spec import FlowSpec

FOCUS_SLOTS = ("order_no", "product")  # the engine reads these two to find the order and the product in focus
FOCUS_FACTS = ("order.no", "order.id", "product.id", "product.name", "customer.opt_in")


def usage(subject: Subject) -> Iterator[Problem]:
    """Yield intents, slots, calls, facts and words that nothing uses, named answers without words or with each other's."""
    read = facts_read(subject.spec)
    yield from unused_intents(subject)
    yield from unused_slots(subject, read)
    yield from unused_calls(subject, read)
    yield from unused_facts(subject, read)
    yield from unused_words(subject)
    yield from unheard_answers(subject)
    yield from twin_answers(subject)
    yield from hopeless_types(subject)


def facts_read(spec: FlowSpec) -> frozenset[str]:
    """Return the facts that some condition, value or text reads."""
    trees = [*spec.conditions.values(), *(node for text in spec.templates.values() for node in text.nodes)]
    return frozenset(name for tree in trees for name in tree.names())


def unused_intents(subject: Subject) -> Iterator[Problem]:
    """Yield intents that no rule answers and no condition counts."""
    counted = {node.value for tree in subject.spec.conditions.values() for node in tree.walk() if node.op == "times"}
    answered = counted.union(*(part.spec.when for part in subject.spec.lists))
    for intent in subject.spec.intents:
        if not any(below(name, intent) for name in answered):
            yield Problem(
                "unused-intent", subject.key("intents", intent), f"{intent!r} is heard, but no rule answers it", "warning"
            )


def unused_slots(subject: Subject, read: frozenset[str]) -> Iterator[Problem]:
    """Yield slots that are neither asked for nor read."""
    used = {name.removeprefix("slots.") for name in read}
    used |= subject.questioned | set(FOCUS_SLOTS)
    used |= {trigger.removeprefix("slots.") for part in subject.spec.lists for trigger in part.spec.when}
    for slot in subject.spec.slots:
        if slot not in used:
            yield Problem("unused-slot", subject.key("slots", slot), f"{slot!r} is neither asked for nor read", "warning")


def unused_calls(subject: Subject, read: frozenset[str]) -> Iterator[Problem]:
    """Yield calls that no rule makes and, of look-ups, those whose facts nothing reads."""
    made = {effect.call for act, _ in subject.acts for effect in act.do}
    for name, call in subject.spec.calls.items():
        if name not in made and not (call.read and call.gives.keys() & read):
            yield Problem("unused-call", subject.key("calls", name), f"no rule makes the call {name!r}", "warning")


def unused_facts(subject: Subject, read: frozenset[str]) -> Iterator[Problem]:
    """Yield declared facts that nothing reads."""
    known = {*read, *FOCUS_FACTS} | {name.rpartition(".")[0] for name in read}
    for kind, name in subject.spec.parts:
        if kind == "facts" and name not in known:
            yield Problem("unused-fact", subject.key("facts", name), f"no condition and no text reads {name!r}", "warning")


def unheard_answers(subject: Subject) -> Iterator[Problem]:
    """Yield named answers of a slot without the words that say them."""
    for name, slot in subject.spec.slots.items():
        silent = [word for word in slot.kind.values if not slot.words().get(word)]
        if silent:
            message = f"the answers {', '.join(silent)} of {name!r} have no words under `hears:`, so nobody can give them"
            yield Problem("no-hears", subject.key("slots", name), message, "warning")


def unused_words(subject: Subject) -> Iterator[Problem]:
    """Yield classes of words that stand in no example and no phrase."""
    texts = [text for part in subject.spec.intents.values() for text in (*part.examples, *part.phrases, *part.excluded)]
    used = {name for text in texts for name in HOLE.findall(text)}
    for name in subject.spec.words:
        if name not in used and ("words", name) in subject.spec.parts:
            yield Problem("unused-words", subject.key("words", name), f"no example and no phrase has {{{name}}}", "warning")


def twin_answers(subject: Subject) -> Iterator[Problem]:
    """Yield answers of a slot that have a word in common, so that it is left to their order what a customer said."""
    for name, slot in subject.spec.slots.items():
        owner: dict[str, str] = {}
        for answer, said in slot.words().items():
            for word in said:
                other = owner.setdefault(word, answer)
                if other != answer:
                    message = f"{word!r} means {other} and {answer}"
                    yield Problem("twin-answers", subject.key("slots", name, "hears", answer), message, "warning")


def hopeless_types(subject: Subject) -> Iterator[Problem]:
    """Yield customer types whose evidence all together does not reach the points that make one sure."""
    for axis, spec in subject.spec.types.items():
        for word, items in spec.evidence.items():
            most = sum(item.score for item in items)
            if most < spec.sure:
                message = f"{word} of {axis} has evidence for {most} points, and {spec.sure} are needed to lead: it never does"
                yield Problem("never-true", subject.key("types", axis, word), message)
