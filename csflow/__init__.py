"""Service conversations as explicit, proven state machines whose transitions and replies come from rule files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from csflow.errors import CsflowError, EventError, FactError, LoadError, Problem, SnapshotError
    from csflow.flow import Flow, load
    from csflow.turn import Conversation, Effect, Message, Report, Result, Snapshot, Staff, Turn, step

_HOMES = {
    **dict.fromkeys(("CsflowError", "EventError", "FactError", "LoadError", "Problem", "SnapshotError"), "errors"),
    **dict.fromkeys(("Flow", "load"), "flow"),
    **dict.fromkeys(("Conversation", "Effect", "Message", "Report", "Result", "Snapshot", "Staff", "Turn", "step"), "turn"),
}

__all__ = sorted([*_HOMES, "__version__"])  # noqa: PLE0605 - the table above is the one list of public names


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'csflow' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"csflow.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
