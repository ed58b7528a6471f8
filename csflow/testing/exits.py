"""Whether a conversation can still come to an end: a farewell, the follow-up or a person."""

from __future__ import annotations

import datetime
from collections import deque
from collections.abc import Hashable, Iterator

from csflow.check.alphabet import Alphabet, Happening
from csflow.check.explore import abstract
from csflow.check.structure import ends
from csflow.flow import Flow
from csflow.snapshot import Snapshot
from csflow.turn import step

STEPS = 3_000
FEW = 8


class Exits:
    """Looks for a way out of situations; what was found once is not looked for again."""

    def __init__(self, flow: Flow, alphabet: Alphabet) -> None:
        self.flow, self.alphabet = flow, alphabet
        self.lead_out: deque[Happening] = deque(maxlen=FEW)
        self.known: dict[Hashable, bool] = {}

    def reachable(self, snapshot: Snapshot, now: datetime.datetime) -> bool:
        """Tell whether something leads to an end from here; also where the search did not come to its own end."""
        key = self._key(snapshot)
        if key not in self.known:
            self.known[key] = self._search(snapshot, now)
        return self.known[key]

    def _key(self, snapshot: Snapshot) -> Hashable:
        return abstract(snapshot, self.alphabet.limits)

    def _search(self, snapshot: Snapshot, now: datetime.datetime) -> bool:
        if ends(self.flow, snapshot.state):
            return True
        left, seen, border = STEPS, {self._key(snapshot)}, deque([(snapshot, now)])
        while border and left > 0:
            here, at = border.popleft()
            for offered in self._offers(here, at):
                left -= 1
                after = step(self.flow, here, offered.event, at + offered.wait).snapshot
                if ends(self.flow, after.state) or self.known.get(key := self._key(after)):
                    self._remember(offered)
                    return True
                if key not in seen:
                    seen.add(key)
                    border.append((after, at + offered.wait))
        return left <= 0

    def _offers(self, snapshot: Snapshot, now: datetime.datetime) -> Iterator[Happening]:
        yield from tuple(self.lead_out)
        yield from self.alphabet.offers(snapshot, now)

    def _remember(self, happening: Happening) -> None:
        """Try first what led out before; a timer is another one every time."""
        if not happening.wait and happening not in self.lead_out:
            self.lead_out.appendleft(happening)
