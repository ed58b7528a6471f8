"""Lines of a script, each one thing that happens to a conversation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from csflow.errors import EventError, FactError, LoadError, Place, Problem, hint
from csflow.hearing import clean

if TYPE_CHECKING:
    from csflow.conversation import Conversation
    from csflow.events import Turn

KINDS = ("say", "wait", "event", "facts", "staff")


class Line(NamedTuple):
    """One line of a script: what happens, and with what; `text` is the line as it was written."""

    kind: str
    value: Any
    facts: Mapping[str, Any] | None
    place: Place
    text: str

    def fault(self, word: str, why: str) -> LoadError:
        """Return the error about a word of this line."""
        return bad_script(self.place.right(max(self.text.find(word), 0)), why)


def bad_script(place: Place, why: str) -> LoadError:
    """Return the error about a place in a script."""
    return LoadError([Problem("bad-script", place, why)])


def read_lines(lines: Iterable[str], name: str) -> Iterator[Line]:
    """Read a script lazily; empty lines are passed over.

    Raises:
        LoadError: a line that starts with `{` is no JSON object of the known kinds.
    """
    for number, raw in enumerate(lines, 1):
        text = clean(raw.removeprefix("\ufeff").rstrip("\n"))
        if text.strip():
            indent = len(text) - len(text.lstrip())
            yield read_line(text.strip(), Place(name, number, 1 + indent))


def read_line(text: str, place: Place) -> Line:
    """Read one line: a JSON object, or else what the customer says."""
    if not text.startswith("{"):
        return Line("say", [text], None, place, text)
    data = _object(text, place)
    kind = next((kind for kind in KINDS if kind in data), None)
    if kind is None:
        raise bad_script(place, f"one of {', '.join(KINDS)} is needed")
    line = Line(kind, data[kind], data.get("facts"), place, text)
    for key in data:
        if key != kind and (kind, key) != ("event", "facts"):
            close = "" if key in KINDS else hint(key, KINDS)
            raise line.fault(json.dumps(key, ensure_ascii=False), f"{key!r} does not go with {kind!r}{close}")
    return _checked(line)


def _object(text: str, place: Place) -> dict[str, Any]:
    try:
        data: dict[str, Any] = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise bad_script(place.right(error.pos), f"not JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise bad_script(place, f"not JSON: {error}") from None
    return data


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        raise ValueError("a key stands there twice")
    return data


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _checked(line: Line) -> Line:
    """Check the value's shape; what it means, the conversation says."""
    if line.kind == "say":
        texts = [line.value] if isinstance(line.value, str) else line.value
        if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
            raise line.fault('"say"', "`say` takes a text or a list of texts")
        return line._replace(value=texts)
    if line.kind == "facts" and not isinstance(line.value, dict):
        raise line.fault('"facts"', '`facts` takes an object such as {"order": {"total": "180.00"}}')
    if line.kind in ("wait", "event", "staff") and not isinstance(line.value, str):
        raise line.fault(f'"{line.kind}"', f"`{line.kind}` takes a text")
    if line.facts is not None and not isinstance(line.facts, dict):
        raise line.fault('"facts"', "`facts` beside an event takes an object")
    return line


def play(conversation: Conversation, line: Line) -> Turn:
    """Let a line happen to a conversation.

    Raises:
        LoadError: the flow knows no such event or fact, or the time cannot pass so.
    """
    try:
        return _PLAY[line.kind](conversation, line)
    except FactError as error:
        raise line.fault(f'"{error.name.rpartition(".")[2]}"', str(error)) from None
    except EventError as error:
        raise line.fault(f'"{line.value}"', str(error)) from None
    except (ValueError, OverflowError, RecursionError) as error:
        raise line.fault(f'"{line.value}"', f"{line.kind}: {error}") from None


_PLAY: Mapping[str, Callable[[Conversation, Line], Turn]] = {
    "say": lambda chat, line: chat.say(*line.value),
    "wait": lambda chat, line: chat.wait(line.value),
    "event": lambda chat, line: chat.event(line.value, line.facts),
    "facts": lambda chat, line: chat.tell(line.value),
    "staff": lambda chat, line: chat.staff(line.value),
}
