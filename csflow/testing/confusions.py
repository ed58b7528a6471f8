"""How a flow hears labelled messages: what is right, what is taken for something else and by which words, what is not heard."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from csflow.errors import LoadError, Place, Problem
from csflow.flow import Flow
from csflow.hearing import clean
from csflow.language import Hit


class Row(NamedTuple):
    """A message as people understand it: its intent's group, other groups that are right too, and where it stands."""

    text: str
    label: str
    also: tuple[str, ...]
    place: Place


class Verdict(NamedTuple):
    """How a message was heard: the group, none where it was not understood, with what spoke for it and where that stands."""

    row: Row
    heard: str | None
    hit: Hit | None
    place: Place | None

    @property
    def right(self) -> bool:
        """Whether the group heard is one of the row's."""
        return self.heard in (self.row.label, *self.row.also)


class Tally(NamedTuple):
    """How one group fares: rows labelled so, rows heard so, and how many of either are right."""

    name: str
    rows: int
    recalled: int
    heard: int
    hit: int

    @property
    def recall(self) -> float | None:
        """The share of its rows that are heard rightly, 0..1; none where it has no rows."""
        return self.recalled / self.rows if self.rows else None

    @property
    def precision(self) -> float | None:
        """The share right of what is heard as it, 0..1; none where nothing is."""
        return self.hit / self.heard if self.heard else None


class Confusions:
    """The verdicts on a set of messages, counted."""

    def __init__(self, verdicts: Iterable[Verdict]) -> None:
        self.verdicts = tuple(verdicts)
        self.right = sum(verdict.right for verdict in self.verdicts)
        self.unheard = [verdict for verdict in self.verdicts if verdict.heard is None]
        self.wrong = len(self.verdicts) - self.right - len(self.unheard)

    @cached_property
    def pairs(self) -> Mapping[tuple[str, str], Sequence[Verdict]]:
        """The wrong verdicts by (expected, heard), the most frequent pair first."""
        found: dict[tuple[str, str], list[Verdict]] = {}
        for verdict in self.verdicts:
            if verdict.heard and not verdict.right:
                found.setdefault((verdict.row.label, verdict.heard), []).append(verdict)
        return dict(sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0])))

    @cached_property
    def tallies(self) -> Sequence[Tally]:
        """How each group fares, those with the most rows first."""
        rows, heard = Counter(v.row.label for v in self.verdicts), Counter(v.heard for v in self.verdicts if v.heard)
        recalled, hit = (
            Counter(v.row.label for v in self.verdicts if v.right),
            Counter(v.heard for v in self.verdicts if v.right),
        )
        tallies = [Tally(name, rows[name], recalled[name], heard[name], hit[name]) for name in {*rows, *heard}]
        return sorted(tallies, key=lambda tally: (-tally.rows, tally.name))


def group(intent: str) -> str:
    """Return an intent's name before the first dot."""
    return intent.partition(".")[0]


def judge(flow: Flow, rows: Iterable[Row]) -> Iterator[Verdict]:
    """Hear each row's text with a flow; the first intent that would be answered is what it was heard as."""
    places = _places(flow)
    for row in rows:
        first = next(iter(flow.ranked(flow.recogniser.hear(row.text).intents)), None)
        if first is None:
            yield Verdict(row, None, None, None)
        else:
            place = places.get((first.intent, first.words)) or flow.place("intents", first.intent)
            yield Verdict(row, group(first.intent), first, place)


def _places(flow: Flow) -> Mapping[tuple[str, str], Place]:
    """Where each example and phrase stands."""
    return {
        (str(part.path[-1]), words): flow.spec.place(part, key, number)
        for part in flow.spec.intent_parts
        for key in ("examples", "phrases")
        for number, words in enumerate(getattr(part.spec, key))
    }


def read_rows(path: str | Path) -> list[Row]:
    """Read labelled messages: JSON lines `{"text", "label", "also"}`, other keys are passed over.

    Raises:
        LoadError: with every line that is no such object, as `bad-data` at its line and column.
        OSError: the file cannot be read.
    """
    rows: list[Row] = []
    problems: list[Problem] = []
    for number, raw in enumerate(Path(path).read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        if raw.strip():
            try:
                rows.append(_row(raw, Place(str(path), number, 1)))
            except LoadError as error:
                problems += error.problems
    if not rows and not problems:
        problems.append(
            Problem("bad-data", Place(str(path), 1, 1), 'no message here; write lines such as {"text": …, "label": …}')
        )
    if problems:
        raise LoadError(problems)
    return rows


def _row(raw: bytes, place: Place) -> Row:
    line, data = _object(raw, place)
    problems = [
        Problem("bad-data", place.right(max(line.find(f'"{key}"'), 0)), f"{key!r} must be {what}")
        for key, what in (("text", "a text"), ("label", "an intent's name"), ("also", "a list of intents' names"))
        if not _fits(key, data.get(key))
    ]
    if problems:
        raise LoadError(problems)
    return Row(clean(data["text"]), group(data["label"]), tuple(map(group, data.get("also") or ())), place)


def _fits(key: str, value: Any) -> bool:
    if key == "also":
        return value is None or (isinstance(value, list) and all(isinstance(name, str) for name in value))
    return isinstance(value, str) and bool(value.strip())


def _object(raw: bytes, place: Place) -> tuple[str, Mapping[str, Any]]:
    """A line's text and the JSON object that it is."""
    try:
        line = raw.decode()
        data = json.loads(line)
    except UnicodeDecodeError as error:
        raise _bad(place.right(len(raw[: error.start].decode())), "not UTF-8") from None
    except json.JSONDecodeError as error:
        raise _bad(place.right(error.pos), f"not JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise _bad(place, f"not JSON: {error}") from None
    if not isinstance(data, dict):
        raise _bad(place, 'write an object: {"text": …, "label": …}')
    return line, data


def _bad(place: Place, why: str) -> LoadError:
    return LoadError([Problem("bad-data", place, why)])
