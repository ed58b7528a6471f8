"""What the tests of the engine share: flows from texts, conversations on a fixed clock, the shipped pack."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from csflow import Conversation, Flow, load
from tests.flows import NOW, Shop, Talk, build
from tests.host.postgres import stop

settings.register_profile("csflow", deadline=None)  # speed is measured in tests/bench, never asserted
settings.register_profile("long", deadline=None, max_examples=5_000)


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder in which the test processes of a run share their servers."""
    if not hasattr(config, "workerinput"):
        os.environ["CSFLOW_TEST_SERVERS"] = tempfile.mkdtemp(prefix="csflow-servers-")
        Path(os.environ["CSFLOW_TEST_SERVERS"]).chmod(0o755)  # the database server runs as a user of its own


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers once all test processes have ended."""
    if not hasattr(config, "workerinput"):
        stop(Path(os.environ["CSFLOW_TEST_SERVERS"]))


@pytest.fixture(autouse=True, scope="session")
def no_cache_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keeps what checks find away from the user's own cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Builds a flow from the text of its rules and of its store profile."""

    def builder(rules: str, store: str = "", language: str = "zh", name: str = "flow") -> Flow:
        return build(tmp_path / name, rules, store, language)

    return builder


@pytest.fixture
def talk(shop: Shop) -> Talk:
    """Starts a conversation with a flow given as text, on a Monday at ten in the shop's zone."""

    def starter(rules: str, store: str = "", language: str = "zh", **options: Any) -> Conversation:
        return shop(rules, store, language).start(**{"now": NOW, **options})

    return starter


@pytest.fixture(scope="session")
def retail() -> Flow:
    """The shipped Chinese pack."""
    return load("retail_zh")
