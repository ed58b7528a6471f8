"""`leads:` lines: from where a conversation gets to, by some way or by silence alone, tried in all that the search found.

Whether silence leads there is decided for each situation by letting time pass; whether some way does, by the ways that the
search went. Where the search came to its end a line that held everywhere is proved, up to values that no condition tells
apart; else it is called unproved.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Collection, Iterator, Sequence

from csflow.bind import below
from csflow.check.alphabet import Happening
from csflow.check.explore import Exploration, Situation
from csflow.check.replay import played, shortened, written
from csflow.errors import Problem, Witness
from csflow.events import Due
from csflow.flow import Flow
from csflow.snapshot import Snapshot
from csflow.spec import LeadSpec, Located
from csflow.timers import ready
from csflow.turn import step

SILENCE = datetime.timedelta(days=60)
MOST = 200


def led(search: Exploration) -> Iterator[Problem]:
    """Yield the lines that are refuted, each with a conversation after which it does not hold, and those that are not proved."""
    for part in search.subject.spec.leads:
        yield from (_by_silence if part.spec.by else _by_some_way)(search, part)


def _by_silence(search: Exploration, part: Located) -> Iterator[Problem]:
    lead: LeadSpec = part.spec
    tried = _starts(search, lead) if search.whole else _unlike(search, _starts(search, lead))
    for number in tried:
        found = search.situations[number]
        if not falls(search.flow, found.snapshot, found.now, lead.to):
            script = _shortest(search.flow, lead, search.path(found))
            if script:
                state = found.snapshot.state
                message = f"who falls silent here in {state} is not led to {', '.join(lead.to)} within {SILENCE.days} days"
                yield Problem("leads-nowhere", search.subject.at(part), message, witness=Witness((), script))
                return
    yield from _verdict(search, part, len(tried), len(tried))


def _by_some_way(search: Exploration, part: Located) -> Iterator[Problem]:
    lead: LeadSpec = part.spec
    starts = _starts(search, lead)
    leading = search.leading({n for n, found in enumerate(search.situations) if _inside(found.snapshot.state, lead.to)})
    lost = [number for number in starts if number not in leading]
    if search.whole and lost:
        found = search.situations[lost[0]]
        message = f"from here in {found.snapshot.state} nothing leads to {', '.join(lead.to)}"
        yield Problem("leads-nowhere", search.subject.at(part), message, witness=Witness((), written(search.path(found))))
    else:
        yield from _verdict(search, part, len(starts) - len(lost), len(starts))


def _verdict(search: Exploration, part: Located, held: int, tried: int) -> Iterator[Problem]:
    """Yield that a line is not proved: nobody came there, or the search did not come to its end."""
    if not tried:
        message = f"{part.spec} is not proved: no conversation that was tried came there"
        yield Problem("unproved", search.subject.at(part), message, "note")
    elif not search.whole:
        message = f"{part.spec} is not proved: it holds in {held:,} of {tried:,} situations that were tried, and there are more"
        yield Problem("unproved", search.subject.at(part), message, "note")


def falls(flow: Flow, snapshot: Snapshot, now: datetime.datetime, to: Collection[str]) -> bool:
    """Tell whether time alone leads a conversation into one of some states."""
    until = now + SILENCE
    for _ in range(MOST):
        if _inside(snapshot.state, to):
            return True
        timer = next(ready(flow, snapshot.timers, snapshot.state, until), None)
        if timer is None:
            return False
        now = max(now, timer.due)
        snapshot = step(flow, snapshot, Due(timer), now).snapshot
    return False


def _starts(search: Exploration, lead: LeadSpec) -> list[int]:
    return [number for number, found in enumerate(search.situations) if _inside(found.snapshot.state, lead.from_)]


def _unlike(search: Exploration, numbers: Sequence[int]) -> list[int]:
    """Return of situations that wait for the same things only the first."""
    return list({_waiting(search.situations[number]): number for number in reversed(numbers)}.values())[::-1]


def _waiting(found: Situation) -> object:
    timers = frozenset(timer.name for timer in found.snapshot.timers)
    return found.snapshot.state, found.snapshot.frames, found.snapshot.pending is None, timers


def _shortest(flow: Flow, lead: LeadSpec, path: list[Happening]) -> tuple[str, ...]:
    """Return the script of a conversation after which silence does not lead on, and of the silence; nothing where none does."""

    def still(shorter: Sequence[Happening]) -> bool:
        chat = played(flow, shorter)
        return chat is not None and _inside(chat.state, lead.from_) and not falls(flow, chat.snapshot, chat.now, lead.to)

    wait = json.dumps({"wait": f"{SILENCE.days}d"})
    return (*written(shortened(path, still)), wait) if still(path) else ()


def _inside(state: str, where: Collection[str]) -> bool:
    return any(below(name, state) for name in where)
