"""Names that nobody declares and that differ in one letter: of tags and their values, of registers, of whom to tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

from csflow.check.subject import Step, Subject
from csflow.errors import Problem
from csflow.spec import EffectSpec, Located

LEAST = 4
Names = dict[str, list[tuple[str, tuple[Located, tuple[Step, ...]]]]]


def misspelt(subject: Subject) -> Iterator[Problem]:
    """Yield names that are one letter off another one of their kind; of two the one that is used less."""
    compared = list(_compared(subject))
    for kind, names in _named(subject).items():
        counts, first = Counter(name for name, _ in names), dict(reversed(names))
        counts.update(value for fact, value in compared if kind == f"value of {fact}")
        for one, two in combinations(counts, 2):
            if len(min(one, two, key=len)) >= LEAST and _near(one, two):
                rare, other = sorted((one, two), key=lambda name: (counts[name], name not in first))
                if rare in first:
                    message = f"{rare!r} is one letter off {other!r}; is it the same {kind.partition(' ')[0]}?"
                    part, path = first[rare]
                    yield Problem("near-name", subject.at(part, *path), message, "warning")


def _named(subject: Subject) -> Names:
    """Return the names that effects use, by their kind, each with its place."""
    found: Names = {}
    for act, part in subject.acts:
        for number, effect in enumerate(act.do):
            for kind, name, path in _names(effect):
                found.setdefault(kind, []).append((name, (part, ("do", number, *path))))
    return found


def _names(effect: EffectSpec) -> Iterator[tuple[str, str, tuple[Step, ...]]]:
    if effect.notify:
        yield "person to tell", effect.notify, ("notify",)
    for register in effect.record or ():
        yield "register", register, ("record",)
    for key, value in (effect.tag or {}).items():
        yield "tag", key, ("tag",)
        yield f"value of tags.{key}", str(value), ("tag", key)


def _compared(subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield the tags and the values that conditions compare them with."""
    for node in (node for tree in subject.spec.conditions.values() for node in tree.walk()):
        if node.op in ("==", "!=") and node.args[0].op == "ref" and node.args[1].op == "const":
            yield str(node.args[0].value), str(node.args[1].value)


def _near(one: str, two: str) -> bool:
    """Tell whether one letter added, missing, other or changed with its neighbour makes one name of the other."""
    short, long = sorted((one, two), key=len)
    at = next((at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if (short[at : at + 1] + long[at : at + 1]).isdigit() or long[at:].isdigit():
        return False
    rest = short[at:], long[at:]
    if len(short) < len(long):
        return rest[0] == rest[1][1:]
    return rest[0][1:] == rest[1][1:] or (rest[0][:2] == rest[1][:2][::-1] and rest[0][2:] == rest[1][2:])
