"""Every text that a customer may read, with the facts that its conditions read; and the profile's own texts among them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from csflow.check.assignment import variants
from csflow.check.subject import Step, Subject
from csflow.rulefile.source import Node
from csflow.spec import OUTCOMES, SIDE_ROOTS, ActSpec, ListSpec, Located

SECTIONS = {"store": ("store.", 1), "claims": ("claims.", 1), "facts": ("", 1), "products": ("product.", 2)}
PROMISE, ACT, IDLE = "promise", "act", "idle"
HELD = frozenset([ACT])
LEDGERS = ("tags.", "granted.")


class Said(NamedTuple):
    """A text, its place, the facts that its conditions read, whether a chat shows it, whether it is a whole answer.

    `unasked` is what comes later as service, so that no opt-in stands behind it.
    """

    text: str
    part: Located
    path: tuple[Step, ...]
    reads: frozenset[str] = frozenset()
    chat: bool = True
    whole: bool = False
    unasked: bool = False


class Fact(NamedTuple):
    """A text of the store profile that some reply says."""

    name: str
    text: str
    path: tuple[Step, ...]


def texts(subject: Subject) -> Iterator[Said]:
    """Yield replies, mails, questions, summaries and what is said while a call takes long."""
    for branch in subject.branches:
        yield from _of_act(subject, branch.rule, branch.part, branch.listed)
    for part in subject.spec.follow_ups.values():
        unasked = part.spec.purpose == "service"
        yield from (said._replace(unasked=unasked) for said in _of_act(subject, part.spec, part))
    parts = subject.spec.parts
    yield from (Said(slot.ask, parts["slots", name], ("ask",), HELD) for name, slot in subject.spec.slots.items() if slot.ask)
    for name, state in subject.spec.states.items():
        if state.confirm:
            yield Said(state.confirm, parts["states", name], ("confirm",), HELD)
    yield from (Said(call.hold, parts["calls", name], ("hold",), HELD) for name, call in subject.spec.calls.items() if call.hold)


def _of_act(subject: Subject, act: ActSpec, part: Located, listed: ListSpec | None = None) -> Iterator[Said]:
    reads = _reads(subject, act.if_, listed.if_ if listed else None) | _promised(act, listed) | _under_way(subject, act, listed)
    for messages in variants(act):
        whole = len(messages) == 1 and not act.ask
        for text, path, if_ in messages:
            yield Said(text, part, path, reads | _reads(subject, if_), whole=whole)
    for number, effect in enumerate(act.do):
        if effect.mail is not None:
            there = reads | _reads(subject, effect.if_)
            yield Said(effect.mail.subject, part, ("do", number, "mail", "subject"), there, chat=False)
            yield Said(effect.mail.text, part, ("do", number, "mail", "text"), there, chat=False)


def _reads(subject: Subject, *conditions: str | None) -> frozenset[str]:
    return frozenset(name for text in conditions if text is not None for name in subject.node(text).names())


def _promised(act: ActSpec, listed: ListSpec | None) -> frozenset[str]:
    """Return the mark of a reply that speaks of a promise, whose time the ledger knows, and that of a rule that does nothing."""
    broken = listed is not None and any(trigger.endswith(".broken") for trigger in listed.when)
    promised = broken or any(effect.promise for effect in act.do)
    return frozenset(mark for mark, holds in ((PROMISE, promised), (IDLE, not act.do)) if holds)


def _under_way(subject: Subject, act: ActSpec, listed: ListSpec | None) -> frozenset[str]:
    """Return the mark of a reply with which something is done, was done before, or that the shop will report about."""
    if listed is None or act.do or act.ask or act.go:
        return HELD
    outcome = any(trigger.rpartition(".")[2] in (*OUTCOMES, "broken") for trigger in listed.when)
    inside = bool(listed.in_) and all("." in where or where in SIDE_ROOTS for where in listed.in_ or ())
    return HELD if outcome or inside or _follows(subject, act, listed) else frozenset()


def _follows(subject: Subject, act: ActSpec, listed: ListSpec) -> bool:
    """Tell whether the conditions, or the rules before, say that something is under way."""
    nodes = [node for text in (act.if_, listed.if_) if text is not None for node in subject.node(text).walk()]
    told = any(node.op == "used" or str(node.value).startswith(LEDGERS) or node.value in subject.reported for node in nodes)
    return told or any(rule.do for rule in listed.choose[: listed.choose.index(act)])


def facts(subject: Subject) -> Iterator[Fact]:
    """Yield the profile's texts that some reply says, each item of a list or a map for itself."""
    told = {name for template in subject.spec.templates.values() for node in template.nodes for name in node.names()}
    root = subject.source(subject.profile.file).root if subject.profile.file else None
    for section, (prefix, depth) in SECTIONS.items():
        node = root.inside.get(section) if root else None
        for path, text in _leaves(node, (section,)) if node else ():
            steps = (prefix + str(path[depth]), *map(str, path[depth + 1 :]))
            if not told.isdisjoint(accumulate(steps, "{}.{}".format)) and (section != "claims" or path[-1] == "value"):
                yield Fact(".".join(steps), text, path)


def _leaves(node: Node, path: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], str]]:
    if isinstance(node.data, str):
        yield path, node.data
    for step, inner in node.inside.items():
        yield from _leaves(inner, (*path, step))
