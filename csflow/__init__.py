"""Service conversations as explicit, proven state machines whose transitions and replies come from rule files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from csflow.errors import ActionError as ActionError
    from csflow.errors import CsflowError as CsflowError
    from csflow.errors import EventError as EventError
    from csflow.errors import FactError as FactError
    from csflow.errors import LoadError as LoadError
    from csflow.errors import Problem as Problem
    from csflow.errors import SnapshotError as SnapshotError
    from csflow.errors import StaffError as StaffError
    from csflow.errors import StoreError as StoreError
    from csflow.errors import VersionError as VersionError
    from csflow.flow import Flow as Flow
    from csflow.flow import load as load
    from csflow.host import Host as Host
    from csflow.turn import Conversation as Conversation
    from csflow.turn import Due as Due
    from csflow.turn import Effect as Effect
    from csflow.turn import Facts as Facts
    from csflow.turn import Message as Message
    from csflow.turn import Report as Report
    from csflow.turn import Result as Result
    from csflow.turn import Snapshot as Snapshot
    from csflow.turn import Staff as Staff
    from csflow.turn import Turn as Turn
    from csflow.turn import step as step

_HOMES = {
    **dict.fromkeys(
        (
            "ActionError",
            "CsflowError",
            "EventError",
            "FactError",
            "LoadError",
            "Problem",
            "SnapshotError",
            "StaffError",
            "StoreError",
            "VersionError",
        ),
        "errors",
    ),
    **dict.fromkeys(("Flow", "load"), "flow"),
    "Host": "host",
    **dict.fromkeys(
        ("Conversation", "Due", "Effect", "Facts", "Message", "Report", "Result", "Snapshot", "Staff", "Turn", "step"), "turn"
    ),
}

__all__ = sorted([*_HOMES, "__version__"])  # noqa: PLE0605 - the table above is the list of public names


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'csflow' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"csflow.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
