"""Small changes to a YAML text at exact places: a key or an item taken out, two items swapped, a value written anew."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from csflow.rulefile.scalar import offsets
from csflow.rulefile.source import Node, Source, Steps


class Edit(NamedTuple):
    """What stands between two code points of a text, replaced."""

    start: int
    end: int
    text: str = ""


def applied(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with edits that do not overlap made in it."""
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def without_key(source: Source, path: Steps, key: str) -> Edit | None:
    """Return the edit that takes a key out of the mapping at a path; None where it is missing, alone, or has an anchor."""
    mapping = source.node(path)
    starts = sorted((start, name) for name, start in mapping.keys.items())
    names = [str(name) for _, name in starts]
    if key not in names or len(names) == 1:
        return None
    at, inner = names.index(key), mapping.inside[key]
    if source.text[inner.start] == "&":
        return None
    if at + 1 < len(starts):
        return Edit(starts[at][0], starts[at + 1][0])
    if in_flow(source, mapping):
        return Edit(mapping.inside[names[at - 1]].end, inner.end)
    return Edit(_line(source, starts[at][0]), _tail(source, inner))


def without_item(source: Source, path: Steps, number: int) -> Edit | None:
    """Return the edit that takes an item out of the list at a path; None where it is the only one."""
    listed = source.node(path)
    if len(listed.inside) < 2:
        return None
    item, after = listed.inside[number], listed.inside.get(number + 1)
    if in_flow(source, listed):
        return Edit(item.start, after.start) if after else Edit(listed.inside[number - 1].end, item.end)
    dash = _dash(source, item)
    return Edit(dash, _dash(source, after)) if after else Edit(_line(source, dash), _tail(source, item))


def swapped(source: Source, path: Steps, number: int) -> tuple[Edit, Edit]:
    """Return the edits that change an item of the list at a path with the one after it."""
    first, second = (source.node((*path, at)) for at in (number, number + 1))
    one, two = _words(source, first), _words(source, second)
    return Edit(first.start, first.start + len(one), two), Edit(second.start, second.start + len(two), one)


def written(source: Source, path: Steps, text: str) -> Edit:
    """Return the edit that writes another value for the scalar or the flow collection at a path."""
    node = source.node(path)
    return Edit(node.start, node.end, text)


def letters(source: Source, path: Steps, start: int, end: int, text: str) -> Edit:
    """Return the edit that replaces the letters from `start` to `end` of the text value at a path."""
    node = source.node(path)
    raw = source.text[node.start : node.end]
    first, last = (offsets(raw, node.style, node.data, at) for at in (start, end - 1))
    return Edit(node.start + first, node.start + last + 1, text)


def in_flow(source: Source, node: Node) -> bool:
    """Tell whether a collection is written in braces or brackets."""
    return source.text[node.start] in "{["


def _words(source: Source, node: Node) -> str:
    return source.text[node.start : node.end].rstrip()


def _dash(source: Source, item: Node) -> int:
    return source.text.rindex("-", 0, item.start)


def _line(source: Source, index: int) -> int:
    """Return where the line of a code point begins."""
    return source.text.rfind("\n", 0, index) + 1


def _tail(source: Source, node: Node) -> int:
    """Return where the lines of a value end; a block ends for the parser only where the next word begins."""
    block = node.style in ("|", ">") or (isinstance(node.data, (dict, list)) and not in_flow(source, node))
    if block:
        return len(source.text) if node.end >= len(source.text) else _line(source, node.end)
    return source.text.find("\n", node.end) + 1 or len(source.text)
