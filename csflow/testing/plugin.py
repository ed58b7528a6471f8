"""The pytest plugin: collects `*.talk.yaml` below a flow, one test each, and offers fixtures for tests of bots."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from csflow.flow import Flow
    from csflow.testing.coverage import Observer
    from csflow.testing.fakes import Clock, FakeHost
    from csflow.testing.script import Talk
    from csflow.testing.talk import Failure

SUFFIX = ".talk.yaml"


class Flows:
    """The flows of one run, each loaded once, and observed where coverage is wanted."""

    def __init__(self, coverage: str | None) -> None:
        self.coverage = coverage
        self.loaded: dict[Path, Flow] = {}
        self.observers: dict[Path, Observer] = {}

    def get(self, home: Path) -> Flow:
        """Return the flow of a folder."""
        if home not in self.loaded:
            from csflow.flow import load

            self.loaded[home] = load(home)
            if self.coverage is not None:
                from csflow.testing.coverage import Observer

                self.observers[home] = Observer(self.loaded[home])
        return self.loaded[home]

    def run(self, home: Path, talk: Talk) -> list[Failure]:
        """Play a test of a folder's flow."""
        from csflow.testing.talk import run_talk

        flow, observer = self.get(home), self.observers.get(home)
        return run_talk(flow, talk) if observer is None else run_talk(observer.flow, talk, observer.note)

    def save(self) -> None:
        """Append what was reached to the coverage file."""
        from csflow.testing.coverage import Coverage

        for home, observer in self.observers.items():
            run = Coverage(self.loaded[home])
            run.add(observer.seen)
            run.save(Path(str(self.coverage)))


FLOWS = pytest.StashKey[Flows]()


class TalkFailed(Exception):  # noqa: N818 - an outcome, not an error of the program
    """A conversation went otherwise than expected."""

    def __init__(self, failures: list[Failure]) -> None:
        super().__init__("\n".join(failure.message for failure in failures))
        self.failures = failures


class TalkItem(pytest.Item):
    """One conversation test."""

    def __init__(self, *, talk: Talk, home: Path, **extra: Any) -> None:
        super().__init__(**extra)
        self.talk, self.home = talk, home

    def runtest(self) -> None:
        failures = self.config.stash[FLOWS].run(self.home, self.talk)
        if failures:
            raise TalkFailed(failures)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """Return what went otherwise, without any traceback."""
        error = excinfo.value
        if isinstance(error, TalkFailed):
            return "\n".join(map(str, error.failures))
        return "\n".join(sentences(error) or [str(super().repr_failure(excinfo, style))])

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.talk.place().line - 1, self.name


class TalkFile(pytest.File):
    """A file of conversation tests."""

    def collect(self) -> Iterator[pytest.Item]:
        from csflow.errors import LoadError
        from csflow.testing.script import load_talks

        home = flow_above(self.path)
        try:
            talks = load_talks(self.path)
        except LoadError as error:
            raise self.CollectError("\n".join(map(str, error.problems))) from None
        for talk in talks:
            yield TalkItem.from_parent(self, name=talk.name, talk=talk, home=home)


def sentences(error: BaseException) -> list[str]:
    """Return what csflow says about an error of its own; nothing for other errors."""
    from csflow.errors import CsflowError, LoadError

    if isinstance(error, LoadError):
        return [str(problem) for problem in error.problems]
    return [str(error)] if isinstance(error, CsflowError) else []


def flow_above(path: Path) -> Path | None:
    """Return the nearest folder above a file that holds a flow."""
    return next((folder for folder in path.parents if (folder / "flow.yaml").is_file()), None)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--csflow-coverage`."""
    group = parser.getgroup("csflow")
    help_text = "append what conversation tests reach to FILE, for `csflow test --coverage-file FILE`"
    group.addoption("--csflow-coverage", metavar="FILE", default=None, help=help_text)


def pytest_configure(config: pytest.Config) -> None:
    """Make ready for flows."""
    config.stash[FLOWS] = Flows(config.getoption("--csflow-coverage"))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the conversation tests that stand below a flow."""
    if not file_path.name.endswith(SUFFIX) or flow_above(file_path) is None:
        return None
    return TalkFile.from_parent(parent, path=file_path)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Save what was reached."""
    session.config.stash[FLOWS].save()


@pytest.fixture
def csflow_clock() -> Clock:
    """A clock that stands still until the test moves it."""
    from csflow.testing.fakes import Clock

    return Clock()


@pytest.fixture
def csflow_host(csflow_clock: Clock) -> Callable[..., FakeHost]:
    """Makes a fake host: `csflow_host("flows/shop", calls={…})`, on the clock of the test."""
    from csflow.flow import Flow, load
    from csflow.testing.fakes import FakeHost

    def make(flow: Flow | str | Path, calls: dict[str, Any] | None = None, *, seed: int = 0) -> FakeHost:
        return FakeHost(flow if isinstance(flow, Flow) else load(flow), calls, clock=csflow_clock, seed=seed)

    return make
