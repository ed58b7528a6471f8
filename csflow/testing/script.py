"""Conversation tests as they are written: `*.talk.yaml` files, read strictly."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainValidator, TypeAdapter, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from csflow.check.replay import begin
from csflow.errors import LoadError, Place, Problem, hint
from csflow.flow import Flow
from csflow.notation import read_duration
from csflow.rulefile.messages import shape_problems
from csflow.rulefile.source import Source, read
from csflow.spec import Model
from csflow.testing.pattern import read_pattern
from csflow.testing.stubs import Answer, read_answers
from csflow.testing.table import rows_of

Facts = dict[str, Any]
KINDS = ("say", "wait", "event", "staff")
ACTS = Literal["take_over", "give_back"]


def _bad(message: str) -> PydanticCustomError:
    return PydanticCustomError("bad_value", "{message}", {"message": message})


def read_moment(value: object) -> datetime.datetime:
    """Read `2026-11-02T10:00`, with or without an offset."""
    try:
        return datetime.datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise _bad(f"{value!r} is not a moment; write 2026-11-02T10:00") from None


def read_span(value: object) -> datetime.timedelta:
    """Read `2d` as a span of time."""
    return datetime.timedelta(seconds=read_duration(value))


def checked(read: Callable[[Any], Any]) -> Callable[[object], Any]:
    """Return a reader whose ValueError is told in its own words."""

    def reader(value: object) -> Any:
        try:
            return read(value)
        except ValueError as error:
            raise _bad(str(error)) from None

    return reader


class NamedEffect(Model):
    """An effect by its type and, if given, its name and some of the values that it carries."""

    type: str
    name: str | None = None
    with_: Facts = Field(default_factory=dict, alias="with")


def read_effect(value: object) -> object:
    """Read `grant` or `grant:gift` as an effect."""
    if not isinstance(value, str):
        return value
    kind, _, name = value.partition(":")
    return {"type": kind.strip(), "name": name.strip() or None}


def read_patterns(value: object) -> tuple[str, ...]:
    """Read one pattern or a list of them."""
    found = value if isinstance(value, list) else [value]
    for text in found:
        if not isinstance(text, str):
            raise ValueError(f"{text!r} is no text; put the pattern in quotes")  # noqa: TRY004 - told as a problem of the file
        read_pattern(text)
    return tuple(found)


Moment = Annotated[datetime.datetime, PlainValidator(read_moment)]
Span = Annotated[datetime.timedelta, PlainValidator(read_span)]
Effects = Annotated[tuple[Annotated[NamedEffect, BeforeValidator(read_effect)], ...], Field(strict=False)]
Texts = Annotated[tuple[str, ...], Field(strict=False)]
Many = Annotated[Texts, BeforeValidator(lambda value: value if isinstance(value, list) else [value])]
Patterns = Annotated[Texts, BeforeValidator(checked(read_patterns))]
Answers = Annotated[tuple[Answer, ...], PlainValidator(checked(read_answers))]


class Expectation(Model):
    """What a turn must come to; what is left out may be anything."""

    state: str | None = None
    rules: Many | None = None
    contains: Many = ()
    matches: Patterns = ()
    excluded: Annotated[Many, Field(alias="not")] = ()
    effects: Effects | None = None
    without: Effects = ()
    replies: int | Texts | None = None
    due: Many | None = None
    slots: Facts = Field(default_factory=dict)
    types: dict[str, str] = Field(default_factory=dict)
    heard: Many | None = None


class TurnSpec(Model):
    """One thing that happens, and what is expected of it."""

    say: Many | None = None
    wait: Span | None = None
    event: str | None = None
    staff: ACTS | None = None
    facts: Facts | None = None
    expect: Expectation = Expectation()

    @model_validator(mode="before")
    @classmethod
    def one_thing(cls, value: object) -> object:
        if isinstance(value, dict):
            given = [kind for kind in KINDS if value.get(kind) is not None]
            if len(given) > 1 or not (given or value.get("facts") is not None):
                raise _bad(f"one of {', '.join(KINDS)} or facts is needed, and only one")
            if value.get("facts") is not None and given not in ([], ["event"]):
                raise _bad(f"`facts` stand alone or beside `event`, not beside `{given[0]}`")
        return value


class TalkSpec(Model):
    """One conversation test as its file holds it."""

    test: str
    cites: Many = ()
    store: str | None = Field(default=None, repr=False)
    facts: Facts = Field(default_factory=dict)
    now: Moment | None = None
    seed: int = 0
    customer: Facts = Field(default_factory=dict)
    calls: dict[str, Answers] = Field(default_factory=dict)
    holds: bool = False
    table: Annotated[tuple[Facts, ...], Field(strict=False, min_length=1)] = ()
    turns: Annotated[tuple[TurnSpec, ...], Field(strict=False, min_length=1)]


MODELS: tuple[type[Model], ...] = (TalkSpec, TurnSpec, Expectation, NamedEffect)
KEYS = {field.alias or name for model in MODELS for name, field in model.model_fields.items()}
TALK = TypeAdapter(dict[int, TalkSpec])


def begins(spec: TalkSpec, flow: Flow) -> datetime.datetime:
    """Return when a test begins, in the shop's time zone where it names none."""
    now = spec.now or begin(flow)
    return now if now.tzinfo else now.replace(tzinfo=flow.profile.zone)


class Talk:
    """A conversation test with its places in the file."""

    def __init__(self, spec: TalkSpec, source: Source, number: int) -> None:
        self.spec, self.name = spec, spec.test
        self._source, self._number = source, number

    @cached_property
    def digest(self) -> str:
        """Twelve hexadecimal digits over all that is played and expected; names of the test and of its profile may change."""
        told = self.spec.model_copy(update={"test": "", "cites": ()})
        profile = self.store.read_bytes() if self.store and self.store.is_file() else b""
        return hashlib.blake2b(repr(told).encode(errors="surrogatepass") + profile, digest_size=6).hexdigest()

    @cached_property
    def store(self) -> Path | None:
        """The store profile that it names, by its way from the test's file; None where the flow's own holds."""
        return None if self.spec.store is None else Path(self._source.file).parent / self.spec.store

    @property
    def verbatim(self) -> bool:
        """Whether it expects whole replies, which only its own seed says."""
        return any(isinstance(turn.expect.replies, tuple) and turn.expect.replies for turn in self.spec.turns)

    def with_seed(self, seed: int) -> Talk:
        """Return the same test with another choice of variants, which its name then tells."""
        spec = self.spec.model_copy(update={"seed": seed, "test": f"{self.name} (seed {seed})"})
        return Talk(spec, self._source, self._number)

    def place(self, *path: str | int) -> Place:
        """Return where the test, or a value inside it, stands."""
        return self._source.value(self._number, *path)


def load_talks(path: str | Path) -> list[Talk]:
    """Load the conversation tests of a `*.talk.yaml` file, or of all such files under a folder.

    Raises:
        LoadError: with every problem of every file.
    """
    sources = [read(file, file.as_posix()) for file in _files(Path(path))]
    talks = [talk for source in sources for talk in _talks(source)]
    problems = [problem for source in sources for problem in source.problems] + list(_repeated(talks))
    if problems:
        raise LoadError(problems)
    return talks


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(path.rglob("*.talk.yaml"))
    if not path.is_file():
        raise LoadError([Problem("no-talk", Place(path.as_posix(), 1, 1), "no such file or folder")])
    return [path]


def _talks(source: Source) -> list[Talk]:
    """Return a file's tests; what is wrong with it is noted in the source's problems."""
    if source.problems:
        return []
    if not isinstance(source.data, list):
        source.problems.append(Problem("wrong-type", source.value(), "a file of conversation tests is a list (`- test: …`)"))
        return []
    numbered = ((number, entry) for number in range(len(source.data)) for entry in rows_of(source, number))
    return [talk for number, entry in numbered for talk in _talk(source, number, entry)]


def _talk(source: Source, number: int, entry: Any) -> Iterator[Talk]:
    """Yield a test, unless something is wrong with it; the number in front of its values is their way in the file."""
    try:
        yield Talk(TALK.validate_python({number: entry})[number], source, number)
    except ValidationError as error:
        known = {(problem.code, problem.place) for problem in source.problems}  # another row of the same table has told
        found = map(_with_hint, shape_problems(source, error))
        source.problems += [problem for problem in found if (problem.code, problem.place) not in known]


def _with_hint(problem: Problem) -> Problem:
    """Name the key that an unknown one was meant to be; the keys of tests are not those of rule files."""
    if problem.code != "unknown-key":
        return problem
    key = problem.message.split("'")[1]
    return problem._replace(message=f"no key {key!r} here{hint(key, KEYS)}")


def _repeated(talks: list[Talk]) -> Iterator[Problem]:
    first: Mapping[str, Talk] = {talk.name: talk for talk in reversed(talks)}
    for talk in talks:
        if first[talk.name] is not talk:
            message = f"the test {talk.name!r} stands here a second time; the first is at {first[talk.name].place()}"
            yield Problem("duplicate-id", talk.place("test"), message)
