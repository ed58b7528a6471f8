"""Judges mutants of a flow: does loading, a conversation test, checking or a property notice the fault?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from csflow.check import CHECKS
from csflow.check.hijacked import hijacked
from csflow.check.twins import twins
from csflow.check.waivers import Waivers
from csflow.errors import LoadError, Problem
from csflow.flow import Flow
from csflow.testing.advice import advice
from csflow.testing.faults import Mutant, mutants
from csflow.testing.killing import Killer, Proof
from csflow.testing.played import Played
from csflow.testing.proving import Prover, new
from csflow.testing.searching import Ground, Search
from csflow.testing.version import Original, Version
from csflow.testing.walked import Difference

STAGES = ("load", "tests", "check", "properties")
"""What kills a mutant, the cheap first."""
EQUIVALENT = "equivalent"
"""What stands for a stage where a mutant was proved to do the same as the flow."""
HEARING = (hijacked, twins)
"""The checks that look at nothing but what is heard."""
TRIED = 6


class Verdict(NamedTuple):
    """What became of a mutant: the stage that killed it, none where it lives, by what, what would kill it, a test that does.

    `witness` is the digest of the conversation test that failed, if one did.
    """

    killed_by: str | None
    by: str
    advice: str = ""
    test: Mapping[str, Any] | None = None
    witness: str = ""


class Bench:
    """A flow with its conversation tests, ready to judge mutants; what they share with the flow is made once."""

    def __init__(self, source: str, store: str | None = None, tests: Sequence[str | Path] = ()) -> None:
        self.tests, self.original = tests, Original(source, store)
        self.version = self.original.version
        self.ground, self.prover = Ground(self.version, tests), Prover(self.version)

    def mutants(self) -> list[Mutant]:
        """Return all mutants of the flow."""
        return mutants(self.original.origin, self.version.spec)

    @cached_property
    def known(self) -> Mapping[str, Counter[str]]:
        """What each check finds in the flow as it is, counted by code."""
        return {look.__name__: Counter(problem.code for problem in found) for look, found in _checked(self.version)}

    def changed(self, mutant: Mutant) -> Version:
        """Load the flow with a mutant's fault in it.

        Raises:
            LoadError: the fault is refused.
        """
        return self.original.changed(mutant.place.file, mutant.edits)

    def verdict(self, mutant: Mutant, witness: str = "") -> Verdict:
        """Judge a mutant; `witness` is the digest of the test that is likely to notice it, which is played first."""
        try:
            version = self.changed(mutant)
        except LoadError as error:
            return Verdict("load", str(error.problems[0]))
        failed, unseen = self.tested(mutant, version.flow, witness)
        return failed or self._untested(mutant, version, unseen)

    def _untested(self, mutant: Mutant, version: Version, unseen: Sequence[Difference]) -> Verdict:
        """Judge a mutant that no conversation test sees."""
        if found := self.checked(version):
            return Verdict("check", found)
        search = Search(self.ground, mutant, version)
        near = list(search.near())
        if fault := next((found for found in near if found.fault), None):
            return Verdict("properties", f"{fault.fault}: {' · '.join(fault.script)}")
        if not (unseen or near) and (why := self.prover.same(mutant, version)):
            return Verdict(EQUIVALENT, why)
        if found := self.prover.finding(mutant, version):
            return Verdict("check", found)
        return self._living(mutant, version, [*unseen, *sorted(near, key=lambda found: len(found.scene.turns))], search)

    def _living(self, mutant: Mutant, version: Version, near: Sequence[Difference], search: Search) -> Verdict:
        """Say of a mutant that lives where it shows, and by which test it would be seen."""
        killer, first = Killer(self.version.flow, version.flow), near[0] if near else None
        for stage in (near, search.far()):
            for _, found in zip(range(TRIED), stage, strict=False):
                first = first or found
                if found.fault:
                    return Verdict("properties", f"{found.fault}: {' · '.join(found.script)}")
                if (test := killer.test(found.scene)) is not None:
                    return _lives(mutant, found, test)
        return _lives(mutant, first)

    def checked(self, version: Version) -> str:
        """Return the first finding of the quick checks that the flow itself has not."""
        heard = version.vocabulary == self.version.vocabulary
        for look, found in _checked(version, [look for look in CHECKS if not (heard and look in HEARING)]):
            if text := new(found, self.known[look.__name__]):
                return text
        return ""

    def tested(self, mutant: Mutant, flow: Flow, witness: str = "") -> tuple[Verdict | None, list[Difference]]:
        """Return the first failure of a conversation test, and where others part without seeing it; the touched go first."""
        unseen = list[Difference]()
        for one in sorted(self.ground.played, key=lambda one: (one.talk.digest != witness, not one.touches(mutant.touches))):
            failed, difference = _noticed(one, flow)
            if failed:
                return Verdict("tests", failed, witness=one.talk.digest), unseen
            unseen += [difference] if difference else []
        return None, unseen


def _lives(mutant: Mutant, shown: Difference | None, test: Proof | None = None) -> Verdict:
    by = f"{' · '.join(shown.script)}: {shown.what}" if shown else ""
    return Verdict(None, by, advice(mutant, shown), test and test.plain)


def _noticed(one: Played, flow: Flow) -> tuple[str, Difference | None]:
    """Return what a conversation test notices, an exception too, and else where it parts without looking at it."""
    try:
        failures, difference = one.against(flow)
    except Exception as error:
        return f"{type(error).__name__}: {error}", None
    return (f"{one.talk.name}: {failures[0].message}" if failures else ""), difference


def _checked(
    version: Version, looks: Iterable[Callable[[Any], Iterable[Problem]]] = CHECKS
) -> Iterator[tuple[Callable[..., object], list[Problem]]]:
    waivers = Waivers(version.texts())
    for look in looks:
        yield look, [problem for problem in look(version) if problem.severity != "note" and not waivers.allow(problem)]
