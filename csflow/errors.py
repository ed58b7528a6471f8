"""What can go wrong, as facts; each error composes its own sentence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Place(NamedTuple):
    """A spot in a rule file; line and column count from 1 in code points."""

    file: str
    line: int
    col: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.col}"

    def right(self, columns: int) -> Place:
        """Return the place so many columns further right on the same line."""
        return Place(self.file, self.line, self.col + columns)


class Witness(NamedTuple):
    """A case that shows a finding: facts under which it happens, by name, and a script for `csflow chat --script`."""

    facts: tuple[tuple[str, str], ...] = ()
    script: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ", ".join(f"{name} = {value}" for name, value in self.facts)


class Problem(NamedTuple):
    """One finding about a flow: its code, where it stands, what to do about it, and where there is one a case that shows it."""

    code: str
    place: Place
    message: str
    severity: str = "error"
    witness: Witness | None = None

    def __str__(self) -> str:
        return f"{self.code} {self.place} {self.message}"


class CsflowError(Exception):
    """The base of every error that csflow raises on purpose."""


class LoadError(CsflowError):
    """Rule files or a store profile cannot be used; `problems` holds every finding of every file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems), key=lambda p: (p.place, p.code, p.message)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class FactError(CsflowError):
    """A fact that a host or a script brought does not fit its declaration."""

    def __init__(self, name: str, why: str) -> None:
        self.name, self.why = name, why
        super().__init__(f"fact {name!r}: {why}")


class EventError(CsflowError):
    """An event that the flow does not know was given to it."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        super().__init__(f"no event {name!r} in this flow{hint(name, known)}")


class SnapshotError(CsflowError):
    """A stored snapshot does not belong to this flow or cannot be read."""


class ActionError(CsflowError):
    """A function does not fit the call that it was given for."""

    def __init__(self, name: str, why: str) -> None:
        self.name, self.why = name, why
        super().__init__(f"action {name!r}: {why}")


class StoreError(CsflowError):
    """A store cannot be used, or what was asked of it cannot be kept; nothing of it was stored."""


class StaffError(CsflowError):
    """What a person of the staff asked for is not to be done: somebody was faster, or there is nothing of the kind."""


class VersionError(CsflowError):
    """A stored conversation belongs to a version of the flow that nobody has any more, and cannot go on in the present one.

    `lost` names what of it the present version has no place for.
    """

    def __init__(self, conversation: str, flow: str, digest: str, lost: Iterable[str] = ()) -> None:
        self.conversation, self.flow, self.digest, self.lost = conversation, flow, digest, tuple(lost)
        without = f" and cannot go on in the present one without {'; '.join(self.lost)}" if self.lost else ""
        super().__init__(
            f"conversation {conversation!r} belongs to version {digest[:12]} of flow {flow!r}, which neither this host nor the "
            f"store has{without}; give that version to the host too, as in Host([new, old]), or name successors by `was:`"
        )


def hint(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the known name closest to `name`, or nothing.

    Dotted names that share their space are compared by what follows it, so that the space does not count twice.
    """
    import difflib

    space = name.rpartition(".")[0]
    siblings = [other for other in known if space and other.rpartition(".")[0] == space]
    tails = {other.rpartition(".")[2]: other for other in siblings}
    close = [tails[tail] for tail in difflib.get_close_matches(name.rpartition(".")[2], tails, 1, 0.6)]
    close = close or difflib.get_close_matches(name, set(known) - set(siblings), 1, 0.6)
    return f"; did you mean {close[0]!r}?" if close else ""
