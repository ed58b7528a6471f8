"""The mutants of a flow that may live, as `tests/survivors.yaml` holds them: each with a person's reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from csflow.errors import LoadError, Place, Problem
from csflow.rulefile.files import find_flow
from csflow.rulefile.messages import shape_problems
from csflow.rulefile.source import Source, read
from csflow.spec import Model
from csflow.testing.campaign import Judged
from csflow.testing.faults import Mutant

LEDGER = "tests/survivors.yaml"


def read_reason(text: str) -> str:
    """Return a reason on one line."""
    if not text.strip():
        raise PydanticCustomError("bad_value", "{message}", {"message": "say why nothing notices it, and why that is right"})
    return " ".join(text.split())


class Fault(Model):
    """A mutant as a person names it: wherever its line stands, but with the same words before and after."""

    file: str
    kind: str
    part: str
    was: str
    now: str = ""


class EntrySpec(Model):
    """Mutants that live for the same reason."""

    because: Annotated[str, AfterValidator(read_reason)]
    mutants: Annotated[tuple[Fault, ...], Field(strict=False, min_length=1)]


class LedgerSpec(Model):
    """A whole ledger."""

    survivors: Annotated[tuple[EntrySpec, ...], Field(strict=False)]


class Explained(NamedTuple):
    """Why a mutant may live, and where that is said."""

    because: str
    place: Place


class Ledger:
    """Why mutants of a flow may live; `shown` is how the flow's folder is written in the places of its mutants."""

    def __init__(self, shown: str, entries: Mapping[Fault, Explained]) -> None:
        self.shown, self.entries = shown, entries

    def because(self, row: Judged) -> str:
        """Return why a survivor may live; nothing where nobody said so, or where the mutant is no survivor."""
        if row.verdict.killed_by is not None:
            return ""
        found = self.entries.get(self._fault(row.mutant))
        return found.because if found else ""

    def stale(self, mutants: Sequence[Mutant], rows: Sequence[Judged]) -> Iterator[str]:
        """Yield what the ledger says too much: faults that the flow has not, and such as were judged and live no longer."""
        known = {self._fault(mutant) for mutant in mutants}
        noticed = {self._fault(row.mutant): row.verdict.killed_by for row in rows}
        noticed |= {self._fault(row.mutant): None for row in rows if row.verdict.killed_by is None}
        for fault, (_, place) in self.entries.items():
            what = f"{fault.kind} in {fault.part}"
            if fault not in known:
                yield f"{place} no such mutant: {what} in {fault.file}; its words are others now, or remove it"
            elif stage := noticed.get(fault):
                yield f"{place} no longer lives: {what} is noticed ({stage}); remove it"

    def _fault(self, mutant: Mutant) -> Fault:
        file = mutant.place.file.removeprefix(f"{self.shown.rstrip('/')}/")
        return Fault(file=file, kind=mutant.kind, part=mutant.part, was=mutant.was, now=mutant.now)


def load_ledger(flow: str | Path) -> Ledger:
    """Load the ledger beside a flow's tests; an empty one where there is none.

    Raises:
        LoadError: with every problem of the file.
    """
    root, shown = find_flow(flow)
    path = root / LEDGER
    if not path.is_file():
        return Ledger(shown, {})
    source = read(path, f"{shown.rstrip('/')}/{LEDGER}")
    entries = _entries(source)
    if source.problems:
        raise LoadError(source.problems)
    return Ledger(shown, entries)


def _entries(source: Source) -> dict[Fault, Explained]:
    """Return a file's entries; what is wrong with it is noted in the source's problems."""
    found: dict[Fault, Explained] = {}
    for number, entry in enumerate(_spec(source).survivors):
        for at, fault in enumerate(entry.mutants):
            place = source.value("survivors", number, "mutants", at)
            first = found.setdefault(fault, Explained(entry.because, place))
            if first.place != place:
                message = f"this mutant stands here a second time; the first is at {first.place}"
                source.problems.append(Problem("duplicate-id", place, message))
    return found


def _spec(source: Source) -> LedgerSpec:
    nothing = LedgerSpec(survivors=())
    if source.problems:
        return nothing
    if not isinstance(source.data, dict):
        source.problems.append(Problem("wrong-type", source.value(), "a ledger of survivors is a mapping (`survivors: …`)"))
        return nothing
    try:
        return LedgerSpec.model_validate(source.data)
    except ValidationError as error:
        source.problems += shape_problems(source, error, LedgerSpec)
        return nothing
