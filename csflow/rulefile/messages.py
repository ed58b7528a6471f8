"""What pydantic found wrong with a file, as problems at the exact key or value and in a rule author's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from csflow.errors import Problem, hint
from csflow.rulefile.schema import keys_at
from csflow.rulefile.source import Source

KINDS = {
    "string_type": "text", "bool_type": "true or false", "int_type": "a whole number", "dict_type": "a mapping (`key: value`)",
    "tuple_type": "a list", "list_type": "a list", "model_type": "a mapping (`key: value`)", "model_attributes_type": "a mapping (`key: value`)",
}  # fmt: skip
Detail = Mapping[str, Any]


def shape_problems(source: Source, error: ValidationError) -> list[Problem]:
    """Return one problem for each fault that the validation found."""
    found: dict[tuple[str | int | None, ...], Problem] = {}
    for detail in error.errors(include_url=False, include_input=True):
        path = tuple(detail["loc"])
        real = tuple(key for key, _ in source.nodes(path))
        found.setdefault(real, _problem(source, path, detail))
    return list(found.values())


def _problem(source: Source, path: tuple[str | int, ...], detail: Detail) -> Problem:
    return _REPORTS.get(detail["type"], _wrong)(source, path, detail)


def _unknown_key(source: Source, path: tuple[str | int, ...], detail: Detail) -> Problem:
    *parent, key = path
    real = tuple(step for step, _ in source.nodes(tuple(parent)) if step is not None)
    known = keys_at(real)
    listed = f"; known here: {', '.join(sorted(known))}" if known and not hint(str(key), known) else hint(str(key), known)
    return Problem("unknown-key", source.key(*path), f"no key {key!r} here{listed}")


def _missing(source: Source, path: tuple[str | int, ...], detail: Detail) -> Problem:
    return Problem("missing-key", source.first(*path[:-1]), f"{path[-1]!r} is missing here")


def _choice(source: Source, path: tuple[str | int, ...], detail: Detail) -> Problem:
    expected, given = str(detail["ctx"]["expected"]), detail["input"]
    options = [word.strip("' ") for word in expected.replace(" or ", ",").split(",")]
    close = hint(given, options) if isinstance(given, str) else ""
    return Problem("bad-value", source.value(*path), f"{_shown(given)} is not {_listed(options)}{close}")


def _unknown_type(source: Source, path: tuple[str | int, ...], detail: Detail) -> Problem:
    given, known = detail["ctx"]["value"], detail["ctx"]["known"]
    place = source.value(*path, "type")
    close = hint(given, known) or f"; known: {', '.join(known)}, a list of words or {{text: TYPE}}"
    return Problem("unknown-type", place, f"no type {given}{close}")


def _bad_key(source: Source, path: tuple[str | int, ...], detail: Detail) -> Problem:
    place = source.key(*path[:-1]) if path[-1] == "[key]" else source.value(*path)
    return Problem("bad-value", place, detail["ctx"]["message"])


def _limit(words: str, key: str) -> Callable[[Source, tuple[str | int, ...], Detail], Problem]:
    def report(source: Source, path: tuple[str | int, ...], detail: Detail) -> Problem:
        return Problem("bad-value", source.value(*path), f"{_shown(detail['input'])} must be {words} {detail['ctx'][key]}")

    return report


def _empty(source: Source, path: tuple[str | int, ...], detail: Detail) -> Problem:
    return Problem("bad-value", source.value(*path), f"the list is empty; it needs at least {detail['ctx']['min_length']}")


def _wrong(source: Source, path: tuple[str | int, ...], detail: Detail) -> Problem:
    expected = KINDS.get(detail["type"], "a value that fits here")
    given = detail["input"]
    quoted = "; put it in quotes" if expected == "text" and isinstance(given, (int, float)) else ""
    return Problem("wrong-type", source.value(*path), f"expected {expected}, found {_shown(given)}{quoted}")


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    if value is None:
        return "nothing"
    return str(value).lower() if isinstance(value, bool) else repr(value)[:60]


def _listed(options: list[str]) -> str:
    quoted = [option if option in ("True", "False") else repr(option) for option in options]
    return " or ".join(quoted).replace("True", "true")


_REPORTS: Mapping[str, Callable[[Source, tuple[str | int, ...], Detail], Problem]] = {
    "extra_forbidden": _unknown_key,
    "missing": _missing,
    "literal_error": _choice,
    "unknown_type": _unknown_type,
    "bad_value": _bad_key,
    "greater_than_equal": _limit("at least", "ge"),
    "less_than_equal": _limit("at most", "le"),
    "too_short": _empty,
}
