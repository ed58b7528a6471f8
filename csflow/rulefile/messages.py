"""What pydantic found wrong with a file, as problems at the exact key or value and in a rule author's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from csflow.errors import Problem, hint
from csflow.rulefile.schema import keys_at
from csflow.rulefile.source import Source, Step, Steps
from csflow.spec import FileSpec, Model

NOTHING = "nothing stands here; write a value or leave the key out"
MAPPING = "a mapping (`key: value`)"
KINDS = {
    "string_type": "text", "bool_type": "true or false", "int_type": "a whole number", "tuple_type": "a list",
    "dict_type": MAPPING, "model_type": MAPPING, "model_attributes_type": MAPPING,
}  # fmt: skip
LIMITS = {"greater_than_equal": ("at least", "ge"), "less_than_equal": ("at most", "le")}
Detail = Mapping[str, Any]


def shape_problems(source: Source, error: ValidationError, model: type[Model] = FileSpec) -> list[Problem]:
    """Return one problem for each fault that the validation found."""
    details = [detail for detail in error.errors(include_url=False) if not _follows(detail)]
    misspelt = {_keys(source, detail["loc"][:-1]) for detail in details if detail["type"] == "extra_forbidden"}
    found: dict[tuple[Step, ...], Problem] = {}
    for detail in details:
        at = _keys(source, detail["loc"])
        if detail["type"] != "missing":
            found.setdefault(at, _problem(source, detail["loc"], {**detail, "model": model}))
        elif at not in misspelt:
            found.setdefault((*at, detail["loc"][-1]), _problem(source, detail["loc"], detail))
    return list(found.values())


def _follows(detail: Detail) -> bool:
    """Whether a detail only repeats another fault: a list whose entries are all wrong."""
    return bool(detail["type"] == "too_short" and detail["input"])


def _keys(source: Source, path: Steps) -> Steps:
    """Return the steps of a pydantic location that are keys of the file."""
    return tuple(key for key, _ in source.nodes(path) if key is not None)


def _problem(source: Source, path: Steps, detail: Detail) -> Problem:
    report = _REPORTS.get(detail["type"], _wrong_type) if detail["input"] is not None else _nothing
    return report(source, path, detail)


def _nothing(source: Source, path: Steps, detail: Detail) -> Problem:
    return Problem("empty-value", source.key(*path), NOTHING)


def _unknown_key(source: Source, path: Steps, detail: Detail) -> Problem:
    known = keys_at(_keys(source, path[:-1]), detail["model"])
    key = str(path[-1])
    close = hint(key, known) or (f"; known here: {', '.join(sorted(known))}" if known else "")
    return Problem("unknown-key", source.key(*path), f"no key {key!r} here{close}")


def _missing(source: Source, path: Steps, detail: Detail) -> Problem:
    return Problem("missing-key", source.first(*path[:-1]), f"{path[-1]!r} is missing here")


def _choice(source: Source, path: Steps, detail: Detail) -> Problem:
    options = detail["ctx"]["expected"].replace("'", "").replace("True", "true")
    words = options.replace(" or ", ", ").split(", ")
    close = hint(detail["input"], words) if isinstance(detail["input"], str) else ""
    return Problem("bad-value", source.value(*path), f"{_shown(detail['input'])} is not {options}{close}")


def _unknown_type(source: Source, path: Steps, detail: Detail) -> Problem:
    given, known = detail["ctx"]["value"], detail["ctx"]["known"]
    close = hint(given, known) if isinstance(given, str) else ""
    advice = close or f"; write {', '.join(known)}, a list of words or {{text: TYPE}}"
    return Problem("unknown-type", source.value(*path), f"no type {_shown(given)}{advice}")


def _bad_value(source: Source, path: Steps, detail: Detail) -> Problem:
    place = source.key(*path) if path[-1] == "[key]" else source.value(*path)
    return Problem("bad-value", place, detail["ctx"]["message"])


def _limit(source: Source, path: Steps, detail: Detail) -> Problem:
    words, key = LIMITS[detail["type"]]
    return Problem("bad-value", source.value(*path), f"{_shown(detail['input'])} is not {words} {detail['ctx'][key]}")


def _empty(source: Source, path: Steps, detail: Detail) -> Problem:
    return Problem("bad-value", source.value(*path), "the list is empty; something must stand in it")


def _wrong_type(source: Source, path: Steps, detail: Detail) -> Problem:
    expected, given = KINDS.get(detail["type"], "text, a number, or true or false"), detail["input"]
    quoted = "; put it in quotes" if expected == "text" and isinstance(given, (int, float)) else ""
    return Problem("wrong-type", source.value(*path), f"expected {expected}, found {_shown(given)}{quoted}")


def _shown(value: object) -> str:
    if isinstance(value, (dict, list, tuple)):
        return "a mapping" if isinstance(value, dict) else "a list"
    return str(value).lower() if isinstance(value, bool) else repr(value)[:60]


_REPORTS: Mapping[str, Callable[[Source, Steps, Detail], Problem]] = {
    "extra_forbidden": _unknown_key, "missing": _missing, "literal_error": _choice, "unknown_type": _unknown_type,
    "bad_value": _bad_value, "too_short": _empty, **dict.fromkeys(LIMITS, _limit),
}  # fmt: skip
