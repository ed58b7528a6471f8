"""What `csflow test --fuzz N` does: walks through a flow and shows what went wrong as conversations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from csflow.flow import Flow
from csflow.testing.saved import conversation, save
from csflow.testing.walking import Walk
from csflow.testing.watch import Finding, Watch

MOST = 20


class Fuzz:
    """A seeded walk of so many turns; `findings` are what went wrong, each with its shortest conversation."""

    def __init__(self, flow: Flow, turns: int, seed: int, folder: str | None) -> None:
        self.watch, self.turns, self.folder = Watch(flow), turns, folder
        self.walk = Walk(self.watch, seed)
        found = (self.watch.shortest(finding) for finding in self.walk.findings(turns))
        self.findings = [finding for _, finding in zip(range(MOST), found, strict=False)]

    def lines(self) -> Iterator[str]:
        """Yield each finding as a conversation, then how far the walk went."""
        for finding in self.findings:
            yield conversation(self.watch, finding)
            if self.folder:
                yield f"saved as {save(finding, Path(self.folder)).as_posix()}"
        yield f"{len(self.findings)} faults in {self.turns:,} generated turns, in {len(self.walk.visited)} states"

    def to_json(self) -> dict[str, Any]:
        """Return the findings and the steps in each state."""
        return {"turns": self.turns, "states": dict(self.walk.visited.most_common()), "findings": list(map(_row, self.findings))}


def _row(finding: Finding) -> dict[str, Any]:
    problem = finding.problem
    return {"code": problem.code, **problem.place._asdict(), "message": problem.message, "script": list(map(str, finding.acts))}
