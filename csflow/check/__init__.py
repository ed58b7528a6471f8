"""What is legal in a flow but wrong: dead ends, ties, replies that lack a fact, parts that nothing uses."""

from __future__ import annotations

from csflow.check.assignment import replies
from csflow.check.calls import promised
from csflow.check.hijacked import hijacked
from csflow.check.overlap import overlaps
from csflow.check.structure import structure
from csflow.check.subject import Subject
from csflow.check.usage import usage
from csflow.check.waivers import Waivers
from csflow.errors import Problem
from csflow.spec import FlowSpec, Profile

__all__ = ["check"]

CHECKS = (structure, overlaps, usage, promised, replies, hijacked)


def check(spec: FlowSpec, profile: Profile) -> list[Problem]:
    """Return every finding about a flow that loaded, by its place; `severity` is error, warning or note.

    A comment `# csflow: allow CODE because REASON` on the line of a finding, or on the line above, waives it.
    """
    subject = Subject(spec, profile)
    waivers = Waivers(subject.texts())
    found = {problem for look in CHECKS for problem in look(subject) if not waivers.allow(problem)}
    return sorted((*found, *waivers.bare()), key=lambda p: (p.place, p.code, p.message))
