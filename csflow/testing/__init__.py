"""What tests of a flow are made of: conversations written down as `*.talk.yaml` and played against the flow, how much of
the flow they reach, and what tests in Python need beside them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from csflow.testing.acts import Act as Act
    from csflow.testing.acts import play as play
    from csflow.testing.coverage import Coverage as Coverage
    from csflow.testing.coverage import Observer as Observer
    from csflow.testing.expectation import Expected as Expected
    from csflow.testing.expectation import expect as expect
    from csflow.testing.fakes import Clock as Clock
    from csflow.testing.fakes import FakeHost as FakeHost
    from csflow.testing.fakes import agree_with_file as agree_with_file
    from csflow.testing.hosted import parts_from_host as parts_from_host
    from csflow.testing.moment import Moment as Moment
    from csflow.testing.record import Recording as Recording
    from csflow.testing.script import Talk as Talk
    from csflow.testing.script import load_talks as load_talks
    from csflow.testing.stateful import machine as machine
    from csflow.testing.strategies import customers as customers
    from csflow.testing.strategies import messages as messages
    from csflow.testing.talk import Failure as Failure
    from csflow.testing.talk import play_talk as play_talk
    from csflow.testing.talk import run_talk as run_talk
    from csflow.testing.walking import walk as walk
    from csflow.testing.watch import Finding as Finding
    from csflow.testing.watch import Watch as Watch

_HOMES = {
    "Talk": "script", "load_talks": "script",
    "Failure": "talk", "play_talk": "talk", "run_talk": "talk",
    "Coverage": "coverage", "Observer": "coverage",
    "Recording": "record", "parts_from_host": "hosted",
    "Expected": "expectation", "expect": "expectation",
    "Act": "acts", "play": "acts", "customers": "strategies", "messages": "strategies",
    "machine": "stateful", "Moment": "moment", "walk": "walking", "Finding": "watch", "Watch": "watch",
    "Clock": "fakes", "FakeHost": "fakes", "agree_with_file": "fakes",
}  # fmt: skip

__all__ = sorted(_HOMES)  # noqa: PLE0605 - the table above is the list of public names


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'csflow.testing' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"csflow.testing.{_HOMES[name]}"), name)
