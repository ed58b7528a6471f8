"""What all conversations of a shop add up to: what an event's turn is given besides the snapshot of its own conversation."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from csflow.snapshot import NOTHING

if TYPE_CHECKING:
    from csflow.draft import Draft


class Tally(NamedTuple):
    """Counts over all conversations, as they stand before an event.

    `grants` tells of each limited grant how often the customer was given it and how often anybody was today; `marketing`
    holds the days on which the customer was sent marketing in other conversations, `refused` tells that the customer
    wants none.
    """

    grants: Mapping[str, tuple[int, int]] = NOTHING
    marketing: tuple[datetime.date, ...] = ()
    refused: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the tally as plain data, without what is empty."""
        plain = {"grants": {name: list(counts) for name, counts in self.grants.items()}, "refused": self.refused}
        return {key: value for key, value in (plain | {"marketing": [str(day) for day in self.marketing]}).items() if value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Tally:
        """Read what `to_json` wrote."""
        grants = {name: (mine, today) for name, (mine, today) in data.get("grants", NOTHING).items()}
        days = tuple(map(datetime.date.fromisoformat, data.get("marketing", ())))
        return cls(grants, days, bool(data.get("refused")))


NO_TALLY = Tally()


def over_limit(draft: Draft) -> str | None:
    """Return which limit of grants the turn has gone over, if it has: `limits.grants` of the profile."""
    given = [effect.name for effect in draft.effects if effect.type == "grant"]
    for name, limit in draft.flow.profile.limits.grants.items():
        if name in given:
            mine, today = draft.tally.grants.get(name, (0, 0))
            mine = max(mine + given.count(name), sum(grant.name == name for grant in draft.ledger.grants))
            if limit.customer is not None and mine > limit.customer:
                return f"limits.grants.{name}.customer: {limit.customer}, and this customer has had it so often"
            if limit.day is not None and today + given.count(name) > limit.day:
                return f"limits.grants.{name}.day: {limit.day}, and it was given so often today"
    return None
