"""Conversation tests with a `table`: one test for each of its rows, the row's values in the place of `{column}`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from csflow.errors import Problem, hint
from csflow.rulefile.source import Source, Step

HOLE = re.compile(r"\{([^\W\d]\w*)\}")
Row = Mapping[str, Any]


def rows_of(source: Source, number: int) -> Iterator[Any]:
    """Yield the test at `number` of a file, once for each row of its table; what is wrong is noted in the source's problems."""
    entry = source.data[number]
    table = entry.get("table") if isinstance(entry, dict) else None
    if not table or not isinstance(table, list) or not all(isinstance(row, dict) for row in table):
        yield entry
        return
    source.problems += _uneven(source, number, table)
    for row in table:
        filling = Filling(source, row)
        inside = {key: filling.fill(value, number, key) for key, value in entry.items() if key != "table"}
        source.problems += (problem for problem in filling.problems if problem not in source.problems)
        yield inside | {"test": _named(entry.get("test"), inside.get("test"), row)}


def _uneven(source: Source, number: int, table: list[Row]) -> Iterator[Problem]:
    """Yield the rows whose columns are not those of the first one."""
    for index, row in enumerate(table):
        if row.keys() != table[0].keys():
            message = f"this row has other columns than the first one ({', '.join(table[0])})"
            yield Problem("bad-value", source.value(number, "table", index), message)


def _named(written: Any, filled: Any, row: Row) -> Any:
    """Return the name of a row's test: the filled one, or the name with the row's values behind it."""
    if not isinstance(written, str) or HOLE.search(written):
        return filled
    return f"{written} [{', '.join(map(str, row.values()))}]"


class Filling:
    """Fills the columns of one row into a test; columns that the table lacks are its problems."""

    def __init__(self, source: Source, row: Row) -> None:
        self.source, self.row = source, row
        self.problems: list[Problem] = []

    def fill(self, value: Any, *path: Step) -> Any:
        """Return a value with the row's in the place of `{column}`; a text that is nothing else becomes the row's value."""
        if isinstance(value, dict):
            return {key: self.fill(item, *path, key) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item, *path, index) for index, item in enumerate(value)]
        return self._text(value, path) if isinstance(value, str) else value

    def _text(self, text: str, path: tuple[Step, ...]) -> Any:
        names = HOLE.findall(text)
        unknown = [name for name in names if name not in self.row]
        for name in unknown:
            message = f"the table has no column {name!r}{hint(name, self.row)}"
            self.problems.append(Problem("bad-value", self.source.value(*path), message))
        if unknown or not names:
            return text
        return self.row[names[0]] if HOLE.fullmatch(text) else HOLE.sub(lambda hole: str(self.row[hole[1]]), text)
