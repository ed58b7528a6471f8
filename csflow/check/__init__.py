"""What is legal in a flow but wrong: dead ends, ties, replies that lack a fact, parts that nothing uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from csflow.check.assignment import replies
from csflow.check.calls import promised
from csflow.check.disclosure import disclosed, disclosure
from csflow.check.folding import folded
from csflow.check.hijacked import hijacked
from csflow.check.ledgers import ledgers
from csflow.check.misspelt import misspelt
from csflow.check.overlap import overlaps
from csflow.check.reminders import reminders
from csflow.check.repeats import repeats
from csflow.check.structure import structure
from csflow.check.subject import Subject
from csflow.check.twins import twins, wide
from csflow.check.usage import usage
from csflow.check.waivers import Waivers
from csflow.check.wording import wording
from csflow.errors import Problem
from csflow.handlers import Action, handled
from csflow.spec import FlowSpec, Profile

if TYPE_CHECKING:
    from csflow.check.explore import Tell

__all__ = ["check"]

Look = Callable[[Subject], Iterable[Problem]]
QUICK: Sequence[Look] = (
    structure, overlaps, usage, promised, reminders, ledgers, replies, repeats, misspelt, twins, wide, wording, disclosure,
)  # fmt: skip
"""What the text of the rules tells by itself."""
CHECKS: Sequence[Look] = (*QUICK, hijacked, disclosed)
"""All checks but the proofs; the last ones hear messages, which takes learning from the words of the flow first."""


def check(
    spec: FlowSpec,
    profile: Profile,
    *,
    prove: bool = True,
    tell: Tell | None = None,
    actions: Mapping[str, Action | None] | None = None,
) -> list[Problem]:
    """Return every finding about a flow that loaded, by its place; `severity` is error, warning or note.

    A comment `# csflow: allow CODE because REASON` on the line of a finding, or on the line above, waives it. `prove` asks
    for the heavy checks too, what is heard, the solver's and the search's, which take seconds for a flow of hundreds of rules;
    `tell` is then called now and again with how many steps of how many are done. `actions` are the functions of the host, or
    None by the names that it has; what the flow asks for is then held against them.
    """
    subject = Subject(spec, profile)
    waivers = Waivers(subject.texts())
    looks: list[Look] = [*CHECKS, _proofs(tell)] if prove else [*QUICK]
    if actions is not None:
        looks.append(lambda _: handled(spec, actions))
    found = folded(subject, (problem for look in looks for problem in look(subject) if not waivers.allow(problem)))
    return sorted((*found, *waivers.bare()), key=lambda p: (p.place, p.code, p.message))


def _proofs(tell: Tell | None) -> Look:
    """Return the solver's and the search's checks, whose modules the quick ones do not need."""
    from csflow.check.proofs import proofs

    return partial(proofs, tell=tell)
