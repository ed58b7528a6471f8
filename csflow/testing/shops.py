"""A flow as it speaks for another shop, whose profile a conversation test names."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from csflow.flow import Flow
from csflow.rulefile import load_profile


@lru_cache(maxsize=4)
def for_shop(flow: Flow, store: Path) -> Flow:
    """Return a flow compiled with another store profile.

    Raises:
        LoadError: with every problem of the profile.
    """
    return Flow(flow.spec, load_profile(store, flow.spec))
