"""Comments in rule files that waive a finding, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from csflow.errors import Place, Problem

COMMENT = re.compile(r"(?:^|\s)# csflow: allow(?:[ \t]+(?P<code>[a-z][a-z-]*))?(?:[ \t]+because(?P<reason>[^\n]*))?")


class Waiver(NamedTuple):
    """A waived code, where its comment stands, and why; the reason may be missing."""

    code: str
    place: Place
    reason: str


class Waivers:
    """The waivers of a flow's files; one without a reason waives nothing."""

    def __init__(self, texts: Iterable[tuple[str, str]]) -> None:
        self.found = [waiver for file, text in texts for waiver in waivers_in(file, text)]
        self._waived = {(waiver.place.file, waiver.place.line, waiver.code) for waiver in self.found if waiver.reason}

    def allow(self, problem: Problem) -> bool:
        """Tell whether a finding is waived on its line or on the line above."""
        file, line, _ = problem.place
        return any((file, at, problem.code) in self._waived for at in (line, line - 1))

    def bare(self) -> Iterator[Problem]:
        """Yield a finding for each waiver without a code or a reason."""
        for waiver in self.found:
            if not waiver.reason:
                message = "a waiver names a code and says why: `# csflow: allow CODE because REASON`"
                yield Problem("bare-waiver", waiver.place, message, "warning")


def waivers_in(file: str, text: str) -> Iterator[Waiver]:
    """Yield the waivers that stand in one file's comments."""
    for number, line in enumerate(text.splitlines(), 1):
        if match := COMMENT.search(line):
            column = line.index("#", match.start()) + 1
            yield Waiver(match["code"] or "", Place(file, number, column), (match["reason"] or "").strip())
