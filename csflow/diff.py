"""What changed between two versions of a flow, in words, and which conversations under way can go on in the new one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from csflow.errors import Place
from csflow.spec import ActSpec, FlowSpec, LineSpec, ListSpec, Located, Model

Position = Literal["safe", "renamed", "orphaned"]
LIVE = ("states", "slots", "calls", "follow_ups", "bargains", "promises")
DECLARED = ("states", "slots", "facts", "intents", "words", "events", "types", "calls", "bargains", "follow_ups")
UNNAMED = ("call", "promise")
"""Parts that have no `was`: what is awaited keeps its name."""
HIDDEN = ("id", "was", "override", "cites")
KEYS = {"if_": "if", "else_": "else", "in_": "in", "with_": "with", "excluded": "not", "list_": "list"}


class Change(NamedTuple):
    """One difference: of what kind of part, its name, what happened to it, the old and the new text, and where it stands.

    `position` says what becomes of conversations that stand in such a part: None where none can.
    """

    kind: str
    name: str
    what: Literal["added", "removed", "renamed", "changed"]
    old: str
    new: str
    place: Place
    position: Position | None = None

    def __str__(self) -> str:
        way = "keep it until nobody waits for it" if self.kind in UNNAMED else f"give its successor `was: {self.name}`"
        tail = f"; conversations that stand there have no way on: {way}" if self.position == "orphaned" else ""
        if self.what == "changed":
            return f"{self.kind} {self.name} changed: {self.old or 'nothing'} -> {self.new or 'nothing'}"
        return f"{self.kind} {self.name} {self.what}{f' from {self.old}' if self.what == 'renamed' else ''}{tail}"


class Part(NamedTuple):
    """A part of a flow to compare: what it says by key, its former name, its place."""

    says: Mapping[str, str]
    was: str | None
    place: Place


def changes(old: FlowSpec, new: FlowSpec) -> list[Change]:
    """Return what a new version of a flow changes, the parts in the order of the rule language."""
    pairs = {
        kind: (dict(_parts(old, kind)), dict(_parts(new, kind))) for kind in (*DECLARED, "rules", "promises", "never", "leads")
    }
    renamed = {kind: _renamed(*pair) for kind, pair in pairs.items()}
    names = {before: after for found in renamed.values() for before, after in found.items()}
    return [change for kind, pair in pairs.items() for change in _compare(kind, *pair, renamed[kind], names)]


def _renamed(old: Mapping[str, Part], new: Mapping[str, Part]) -> dict[str, str]:
    """Return the new names of parts by their former ones."""
    return {part.was: name for name, part in new.items() if part.was and part.was in old and part.was not in new}


def orphans(found: list[Change]) -> list[Change]:
    """Return the changes that leave conversations under way without a place."""
    return [change for change in found if change.position == "orphaned"]


def _compare(
    kind: str, old: Mapping[str, Part], new: Mapping[str, Part], renamed: Mapping[str, str], names: Mapping[str, str]
) -> Iterator[Change]:
    one = kind.removesuffix("s").replace("_", "-") if kind != "never" else kind
    for name, part in old.items():
        if name in renamed:
            position: Position | None = "renamed" if kind in LIVE else None
            yield Change(one, renamed[name], "renamed", name, renamed[name], new[renamed[name]].place, position)
        elif name not in new:
            yield Change(one, name, "removed", "", "", part.place, "orphaned" if kind in LIVE else None)
    former = {after: before for before, after in renamed.items()}
    for name, part in new.items():
        before = old.get(former.get(name, name))
        if before is None:
            yield Change(one, name, "added", "", "", part.place)
        else:
            yield from _keys(one, name, before, part, names)


def _keys(kind: str, name: str, old: Part, new: Part, names: Mapping[str, str]) -> Iterator[Change]:
    for key in dict.fromkeys((*old.says, *new.says)):
        before, after = old.says.get(key, ""), new.says.get(key, "")
        if after not in (before, names.get(before)):  # a new name alone is no change of what refers to it
            yield Change(kind, f"{name} {key}".strip(), "changed", before, after, new.place)


def _parts(spec: FlowSpec, kind: str) -> Iterator[tuple[str, Part]]:
    if kind == "rules":
        yield from _rules(spec)
    elif kind == "promises":
        yield from _promises(spec)
    elif kind == "never":
        yield from ((located.spec, Part({}, None, spec.place(located))) for located in spec.never)
    elif kind == "leads":
        yield from ((str(located.spec), Part({}, None, spec.place(located))) for located in spec.leads)
    else:
        for section, name in spec.parts:
            if section == kind:
                located = spec.parts[section, name]
                whole = spec.intents[name] if kind == "intents" else located.spec
                yield name, Part(_says(whole), getattr(whole, "was", None), spec.place(located))


def _rules(spec: FlowSpec) -> Iterator[tuple[str, Part]]:
    for located in spec.lists:
        listed: ListSpec = located.spec
        around = {"when": ", ".join(listed.when), "in": ", ".join(listed.in_ or ()), "if of the list": listed.if_ or ""}
        for number, rule in enumerate(listed.choose):
            before = listed.choose[number - 1].id if number else ""
            says = {**around, "comes after": before, **_says(rule)}
            yield rule.id, Part(says, rule.was, spec.place(spec.parts["rules", rule.id], "id"))


def _promises(spec: FlowSpec) -> Iterator[tuple[str, Part]]:
    acts: list[tuple[ActSpec, Located]] = [(rule, located) for located in spec.lists for rule in located.spec.choose]
    acts += [(located.spec, located) for located in spec.follow_ups.values()]
    for act, located in acts:
        for effect in act.do:
            for name in effect.promise or ():
                if name != "by":
                    yield name, Part({}, None, spec.place(located))


def _says(part: Any) -> dict[str, str]:
    """Return what a part says, key by key, without what only names it."""
    if not isinstance(part, Model):
        return {"": _text(part)}
    given = {name: getattr(part, name) for name in type(part).model_fields if name not in HIDDEN}
    return {KEYS.get(name, name): text for name, value in given.items() if (text := _text(value))}


def _text(value: Any) -> str:
    if value is None or value is False or value in ((), {}):
        return ""
    if isinstance(value, LineSpec):
        return f"{value.text} (if {value.if_})" if value.if_ else value.text
    if isinstance(value, Model):
        return ", ".join(f"{key}: {text}" for key, text in _says(value).items())
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_text(item)}" for key, item in value.items())
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return " | ".join(map(_text, value))
    return str(value)
