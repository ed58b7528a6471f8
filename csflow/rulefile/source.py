"""One YAML text into plain data in which every key, every value and every letter of a value has its place.

Read as YAML 1.2 (`on`, `12:30` and `2026-01-01` are text) from libyaml's events, with caps on size, depth and number of
values, so that no file costs more than it is long. Tags, merge keys and several documents are refused.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from csflow.errors import Place, Problem
from csflow.rulefile.scalar import offsets
from csflow.values import NOT_TEXT

MAX_BYTES, MAX_NODES, MAX_DEPTH = 1_000_000, 200_000, 40
PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
INTEGER = re.compile(r"[-+]?(?:0|[1-9]\d{0,17})", re.ASCII)
DECIMAL = re.compile(r"[-+]?\d{1,18}\.\d{1,18}", re.ASCII)
WORDS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
PLACEHOLDER = "quote the text: outside quotes YAML reads '{' as a mapping of its own; write \"…{{ fact }}…\""
Step = str | int
Steps = tuple[Step, ...]


class Broken(Exception):  # noqa: N818 - it never leaves this module
    """A fault after which the file cannot be read further; `index` counts code points of the text."""

    def __init__(self, code: str, index: int, message: str) -> None:
        super().__init__(message)
        self.code, self.index, self.message = code, index, message


class Node:
    """A value: its plain data, where it starts and ends, and the nodes (and key positions) inside it."""

    __slots__ = ("data", "end", "height", "inside", "keys", "start", "style", "weight")

    def __init__(self, data: Any, start: int, end: int, style: str | None = None) -> None:
        self.data, self.start, self.end, self.style = data, start, end, style
        self.inside: dict[str | int, Node] = {}
        self.keys: dict[str | int, int] = {}
        self.weight, self.height = 1, 0

    def add(self, key: str | int, node: Node) -> None:
        self.inside[key] = node
        self.weight += node.weight
        self.height = max(self.height, node.height + 1)


class Source:
    """A file's text, data and places; `problems` says what is wrong with it, `empty` where keys have no value."""

    def __init__(self, file: str, content: bytes) -> None:
        self.file = file
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self.empty: list[int] = []
        self.text = content[:MAX_BYTES].decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
        try:
            check_text(content, self.text)
            self.root = Composer(self).root()
        except Broken as broken:
            self.report(broken.code, broken.index, broken.message)

    @property
    def data(self) -> Any:
        """The whole content as plain data; None where it could not be read."""
        return self.root.data if self.root else None

    def report(self, code: str, index: int, message: str) -> None:
        self.problems.append(Problem(code, self.at(index), message))

    @cached_property
    def lines(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def at(self, index: int) -> Place:
        """Return the place of a code point."""
        line = bisect_right(self.lines, index)
        return Place(self.file, line, index - self.lines[line - 1] + 1)

    def nodes(self, path: Steps) -> Iterator[tuple[Step | None, Node]]:
        """Yield the nodes along a path with their keys; steps that are no key of the file are skipped."""
        node = self.root
        if node is None:
            return
        yield None, node
        for step in path:
            if (inner := node.inside.get(step)) is not None:
                node = inner
                yield step, node

    def node(self, path: Steps) -> Node:
        """Return the node at a path, or the last one on the way to it."""
        return next(reversed([Node(None, 0, 0), *(node for _, node in self.nodes(path))]))

    def value(self, *path: Step) -> Place:
        """Return where a value starts."""
        return self.at(self.node(path).start)

    def key(self, *path: Step) -> Place:
        """Return where a key stands; of an item in a list, where the item starts."""
        along = list(self.nodes(path))
        if len(along) < 2 or (found := along[-2][1].keys.get(along[-1][0] or "")) is None:
            return self.value(*path)
        return self.at(found)

    def has(self, *path: Step) -> bool:
        """Whether every step of a path is a key or an item of the file."""
        return sum(1 for _ in self.nodes(path)) == len(path) + 1

    def first(self, *path: Step) -> Place:
        """Return where a mapping's first key stands."""
        node = self.node(path)
        return self.at(min(node.keys.values(), default=node.start))

    def spot(self, path: Steps, offset: int) -> Place:
        """Return the place of the letter number `offset` of a text value, whatever its quotes and folds."""
        node = self.node(path)
        if not isinstance(node.data, str):
            return self.at(node.start)
        return self.at(node.start + offsets(self.text[node.start : node.end], node.style, node.data, offset))


class Frame:
    """A list or mapping that is still open; `key` is the key that waits for its value."""

    __slots__ = ("anchor", "key", "node")

    def __init__(self, node: Node, anchor: str | None) -> None:
        self.node, self.anchor = node, anchor
        self.key: tuple[str, int] | None = None


class Composer:
    """Builds the nodes from the parser's events without recursion."""

    def __init__(self, source: Source) -> None:
        self.source, self.count = source, 0
        self.open: list[Frame] = []
        self.anchors: dict[str, Node | None] = {}
        self.result: Node | None = None

    def root(self) -> Node | None:
        """Return the document's node, or None for an empty file."""
        parser = PARSER(self.source.text)
        try:
            while parser.check_event():
                self.handle(parser.get_event())
        except yaml.MarkedYAMLError as error:
            raise self.syntax(error) from None
        finally:
            parser.dispose()
        return self.result

    def handle(self, event: Any) -> None:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self.scalar(event)
        elif issubclass(kind, yaml.CollectionStartEvent):
            self.start(event)
        elif issubclass(kind, yaml.CollectionEndEvent):
            frame = self.open.pop()
            frame.node.end = event.end_mark.index
            self.done(frame.node, frame.anchor)
        elif kind is yaml.AliasEvent:
            self.alias(event)
        elif kind is yaml.DocumentStartEvent and self.result is not None:
            raise Broken("yaml-documents", event.start_mark.index, "a file is one YAML document; remove this '---'")

    def scalar(self, event: Any) -> None:
        start, text = event.start_mark.index, event.value
        self.admit(event, start)
        if event.style == '"' and (bad := NOT_TEXT.search(text)):
            raise Broken("bad-character", start, f"an escape gives U+{ord(bad.group()):04X}, which is not text")
        if self.waits_for_key():
            self.take_key(text, start)
            return
        value = plain(text) if event.implicit[0] else text
        self.done(Node(value, start, event.end_mark.index, event.style or None), event.anchor)

    def take_key(self, text: str, start: int) -> None:
        if text == "<<":
            raise Broken("yaml-merge", start, "merge keys are no part of YAML 1.2; write the keys out")
        self.open[-1].key = (text, start)

    def start(self, event: Any) -> None:
        start = event.start_mark.index
        self.admit(event, start)
        if self.waits_for_key():
            raise self.bad_key(start)
        node = Node({} if isinstance(event, yaml.MappingStartEvent) else [], start, start)
        self.open.append(Frame(node, event.anchor))
        self.deep(len(self.open), start)
        if event.anchor:
            self.anchors[event.anchor] = None

    def alias(self, event: Any) -> None:
        start, node = event.start_mark.index, self.anchors.get(event.anchor)
        if node is None:
            what = "contains itself" if event.anchor in self.anchors else "is defined nowhere above"
            raise Broken("yaml-syntax", start, f"the anchor {event.anchor!r} {what}")
        if self.waits_for_key():
            raise self.bad_key(start)
        self.deep(len(self.open) + node.height, start)
        self.add_up(node.weight, start)
        self.done(node, None)

    def waits_for_key(self) -> bool:
        return bool(self.open) and self.open[-1].key is None and isinstance(self.open[-1].node.data, dict)

    def done(self, node: Node, anchor: str | None) -> None:
        """Note a completed node under its anchor and put it into the list or mapping around it."""
        if anchor:
            self.anchors[anchor] = node
        if not self.open:
            self.result = node
            return
        frame = self.open[-1]
        key, start = frame.key or (len(frame.node.data), node.start)
        frame.key = None
        if node.data is None:
            self.source.empty.append(start)
        if isinstance(key, str):
            self.put(frame.node, key, start, node)
        else:
            frame.node.data.append(node.data)
            frame.node.add(key, node)

    def put(self, mapping: Node, key: str, start: int, node: Node) -> None:
        if key in mapping.data:
            first = self.source.at(mapping.keys[key]).line
            self.source.report("duplicate-key", start, f"{key!r} stands here a second time; the first is on line {first}")
            return
        mapping.data[key] = node.data
        mapping.keys[key] = start
        mapping.add(key, node)

    def admit(self, event: Any, start: int) -> None:
        self.add_up(1, start)
        if event.tag is not None:
            raise Broken("yaml-tag", start, f"tags such as {event.tag!r} are refused; write plain data")

    def add_up(self, weight: int, start: int) -> None:
        self.count += weight
        if self.count > MAX_NODES:
            raise Broken("yaml-limit", start, f"more than {MAX_NODES:,} values, an alias counted as often as it is used")

    def deep(self, depth: int, start: int) -> None:
        if depth > MAX_DEPTH:
            raise Broken("yaml-limit", start, f"nested deeper than {MAX_DEPTH}")

    def bad_key(self, start: int) -> Broken:
        if start and self.source.text.startswith("{{", start - 1):
            return Broken("unquoted-placeholder", start - 1, PLACEHOLDER)
        return Broken("yaml-key", start, "a key is one word, not a list, a mapping or an alias")

    def syntax(self, error: yaml.MarkedYAMLError) -> Broken:
        unclosed = error.context == "while scanning a quoted scalar"
        mark: Any = error.context_mark if unclosed else error.problem_mark
        index = min(mark.index, len(self.source.text))
        if (found := self.unquoted(index)) is not None:
            return Broken("unquoted-placeholder", found, PLACEHOLDER)
        if unclosed:
            return Broken("yaml-syntax", index, "the quote that opens here is never closed, or holds an escape that YAML lacks")
        if self.source.text.startswith("\t", index):
            return Broken("yaml-syntax", index, "a tab; YAML is indented with spaces")
        return Broken("yaml-syntax", index, f"not YAML: {error.problem or error.context}")

    def unquoted(self, index: int) -> int | None:
        """Return where the `{{` outside quotes stands that explains a syntax error on its line."""
        text = self.source.text
        begin = text.rfind("\n", 0, index) + 1
        found = text.rfind("{{", begin, index + 2)
        before = text[begin:found]
        return None if found < 0 or before.count('"') % 2 or before.count("'") % 2 else found


def plain(text: str) -> str | int | float | bool | None:
    """Read a plain scalar by YAML 1.2's core schema; whole numbers with leading zeros or over 18 digits stay text."""
    if text in WORDS:
        return WORDS[text]
    if INTEGER.fullmatch(text):
        return int(text)
    return float(text) if DECIMAL.fullmatch(text) else text


def check_text(content: bytes, text: str) -> None:
    """Refuse what is too large or not text."""
    if len(content) > MAX_BYTES:
        raise Broken("yaml-limit", 0, f"larger than {MAX_BYTES:,} bytes; split the file")
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig", "replace").replace("\r\n", "\n")
        raise Broken("not-utf8", len(before), "not UTF-8 from here on; save the file as UTF-8") from None
    if bad := NOT_TEXT.search(text):
        raise Broken("bad-character", bad.start(), f"the character U+{ord(bad.group()):04X} is not text; remove it")


def read(path: Path, file: str) -> Source:
    """Read a rule file; what is wrong with it stands in the source's `problems`."""
    with path.open("rb") as stream:
        return Source(file, stream.read(MAX_BYTES + 1))
