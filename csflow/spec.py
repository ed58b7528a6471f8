"""The rule language as frozen models: one `FileSpec` a file, one `FlowSpec` a flow.

The models hold what stands in the files; what the texts in them mean (conditions, templates) is kept beside them in
`FlowSpec.conditions` and `FlowSpec.templates`, keyed by the text itself. The page `docs/language.md` defines the keys.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)  # fmt: skip

from csflow.condition import DAY, Node, Type
from csflow.errors import Place
from csflow.notation import (
    ENTITY_TYPES,
    EntityName,
    FactType,
    Hours,
    Id,
    Many,
    Percent,
    Seconds,
    Window,
    bad,
    one_or_many,
    read_window,
)
from csflow.template import Template

PHASES = ("greet", "identify_need", "handle_objection", "close", "farewell", "follow_up")
SIDE_ROOTS = ("complaint", "after_sales", "handoff")
ROOTS = PHASES + SIDE_ROOTS
EVERYWHERE = "everywhere"
MOMENTS = ("started", "enter", "collected", "now", "any", "unknown", "ambiguous", "repeated")
OUTCOMES = ("done", "denied", "failed")
NONE: Mapping[str, Any] = {}


def _shape(value: object) -> str:
    return "line" if isinstance(value, dict) else "sequence" if isinstance(value, list) else "text"


class Model(BaseModel):
    """What all parts of a rule file share: frozen, strict, no unknown keys."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", populate_by_name=False)

    @classmethod
    def keys(cls) -> set[str]:
        """Return the keys that may stand in a file."""
        return {field.alias or name for name, field in cls.model_fields.items()}


Scalar = str | int | bool
If = Annotated[str | None, Field(alias="if")]


def read_promise(value: dict[str, Scalar]) -> dict[str, Scalar]:
    """Check that a promise has one name and a deadline."""
    if len(value) != 2 or "by" not in value:
        raise bad("a promise is one name with what is promised, and `by` with its deadline")
    return value


def read_record(value: dict[str, Many]) -> dict[str, Many]:
    """Check that a record has one name."""
    if len(value) != 1:
        raise bad("a record is one name with the facts that it keeps")
    return value


def read_words(words: tuple[str, ...]) -> tuple[str, ...]:
    """Check that the words of a class are plain."""
    if any(mark in word for word in words for mark in "{}…"):
        raise bad("the words of a class are plain text, without holes and gaps")
    return words


class FactSpec(Model):
    """A declared fact; in short form just its type."""

    type: FactType
    secret: bool = False
    required: bool = False
    was: Id | None = None
    cites: Many = ()

    @model_validator(mode="before")
    @classmethod
    def short_form(cls, value: object) -> object:
        return value if isinstance(value, dict) and list(value) != ["text"] else {"type": value}


Hears = Annotated[
    Annotated[str, Tag("fact")] | Annotated[dict[str, Many], Tag("words")],
    Discriminator(lambda value: "fact" if isinstance(value, str) else "words"),
]


class SlotSpec(Model):
    """A value that the customer tells: type, question, vocabulary, how often it is asked and how long it is kept.

    `hears` holds the words of each answer, or names the fact of the store profile that does, a map of text to texts.
    """

    type: EntityName
    ask: str | None = None
    hears: Hears = {}
    tries: Annotated[int, Field(ge=1, le=5)] = 2
    keep: Literal["session", "order", "customer"] = "session"
    valid: str | None = None
    was: Id | None = None

    @property
    def kind(self) -> Type:
        """The type that conditions see."""
        return ENTITY_TYPES[self.type] if isinstance(self.type, str) else self.type

    def words(self, facts: Mapping[str, Any] = NONE) -> Mapping[str, tuple[str, ...]]:
        """Return the words of each answer; `facts` are those of the store profile."""
        if isinstance(self.hears, str):
            found: Mapping[str, tuple[str, ...]] = facts.get(self.hears, NONE)
            return found
        return self.hears


class IntentSpec(Model):
    """What a customer may mean: whole-message examples, phrases enough by themselves, messages that are not it.

    `title` names it for people, in a question between two intents.
    """

    title: str | None = None
    examples: Many = ()
    phrases: Many = ()
    excluded: Annotated[Many, Field(alias="not")] = ()
    yields_to: Many = ()


class EventSpec(Model):
    """A report of the shop: the facts that come with it and those it sets."""

    brings: Many = ()
    sets: dict[str, Scalar] = {}


class CollectSpec(Model):
    """A slot that a state collects, perhaps only under a condition."""

    slot: str
    if_: If = None


Collected = Annotated[
    Annotated[str, Tag("text")] | Annotated[CollectSpec, Tag("line")],
    Discriminator(lambda value: "line" if isinstance(value, dict) else "text"),
]


class StateSpec(Model):
    """What a state does by itself."""

    collect: Annotated[tuple[Collected, ...], Field(strict=False)] = ()
    confirm: str | None = None
    ends: Literal["session"] | None = None
    was: Id | None = None


class EvidenceSpec(Model):
    """A condition and what it counts for a customer type."""

    if_: Annotated[str, Field(alias="if")]
    score: Annotated[int, Field(ge=1, le=100)]


class TypeSpec(Model):
    """An axis of customer types: the leader over `sure`, ahead by `lead`."""

    sure: Annotated[int, Field(ge=1)]
    lead: Annotated[int, Field(ge=0)] = 1
    evidence: dict[Id, Annotated[tuple[EvidenceSpec, ...], Field(strict=False)]]

    @model_validator(mode="before")
    @classmethod
    def split(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        own = {key: value[key] for key in ("sure", "lead") if key in value}
        return own | {"evidence": {key: item for key, item in value.items() if key not in ("sure", "lead")}}


class CallSpec(Model):
    """A host function, or with `by` an approval by a person."""

    by: str | None = None
    with_: Annotated[Many, Field(alias="with")] = ()
    gives: dict[Id, FactType] = {}
    read: bool = False
    fresh: Seconds = 300
    within: Seconds | None = None
    hold: str | None = None


class StepSpec(Model):
    """One step down of a bargain, in percent of the list price."""

    cut: Percent
    if_: If = None


class BargainSpec(Model):
    """A price that may be talked about, never under its floor."""

    list_: Annotated[str, Field(alias="list")]
    floor: str
    steps: Annotated[tuple[StepSpec, ...], Field(strict=False)]
    accept: Percent = 0
    bid: str
    was: Id | None = None


class LineSpec(Model):
    """A message that is said only under a condition."""

    text: str
    if_: If = None


Line = Annotated[Annotated[str, Tag("text")] | Annotated[LineSpec, Tag("line")], Discriminator(_shape)]
Sequence = Annotated[tuple[Line, ...], Field(strict=False)]
Variant = Annotated[
    Annotated[str, Tag("text")] | Annotated[LineSpec, Tag("line")] | Annotated[Sequence, Tag("sequence")], Discriminator(_shape)
]
Say = Annotated[tuple[Variant, ...], Field(strict=False), BeforeValidator(one_or_many)]


class MailSpec(Model):
    """A mail to the customer."""

    subject: str
    text: str


class EffectSpec(Model):
    """One entry of `do`: exactly one effect, perhaps with a condition."""

    call: str | None = None
    with_: Annotated[dict[str, Scalar], Field(alias="with")] = {}
    grant: Id | None = None
    offer: str | None = None
    agree: str | None = None
    promise: Annotated[dict[Id, Scalar], AfterValidator(read_promise)] | None = None
    keep: str | None = None
    record: Annotated[dict[Id, Many], AfterValidator(read_record)] | None = None
    tag: dict[Id, Scalar] | None = None
    notify: str | None = None
    mail: MailSpec | None = None
    if_: If = None

    @model_validator(mode="before")
    @classmethod
    def exactly_one(cls, value: object) -> object:
        if isinstance(value, dict) and value.keys() <= cls.keys() and len(value.keys() & set(EFFECTS)) != 1:
            raise bad(f"one of {', '.join(EFFECTS)} is needed, and only one")
        return value

    @property
    def kind(self) -> str:
        return next(name for name in EFFECTS if getattr(self, name) is not None)


EFFECTS = ("call", "grant", "offer", "agree", "promise", "keep", "record", "tag", "notify", "mail")
STARTS = {"since", "at", "after", "every"}


class ActSpec(Model):
    """What rules and follow-ups may do."""

    if_: If = None
    max: Annotated[int, Field(ge=1)] | None = None
    cites: Many = ()
    say: Say | None = None
    ask: str | None = None
    do: Annotated[tuple[EffectSpec, ...], Field(strict=False)] = ()
    go: str | None = None


class RuleSpec(ActSpec):
    """One branch of a `choose` list."""

    id: Id
    was: Id | None = None
    override: bool = False
    else_: Annotated[Literal[True] | None, Field(alias="else")] = None


class ListSpec(Model):
    """Rules for the same event, judged top-down."""

    when: Many
    in_: Annotated[Many | None, Field(alias="in")] = None
    if_: If = None
    cites: Many = ()
    choose: Annotated[tuple[RuleSpec, ...], Field(strict=False, min_length=1)]


class FollowUpSpec(ActSpec):
    """A message or move for later, cancelled when its reason is gone."""

    was: Id | None = None
    since: str | None = None
    at: str | None = None
    after: Seconds | None = None
    every: Seconds | None = None
    window: Hours | None = None
    in_: Annotated[Many | None, Field(alias="in")] = None
    purpose: Literal["service", "marketing"] = "service"

    @model_validator(mode="before")
    @classmethod
    def one_start(cls, value: object) -> object:
        starts = ({"at"}, {"since", "after"}, {"since", "every"})
        if isinstance(value, dict) and value.keys() <= cls.keys() and value.keys() & STARTS not in starts:
            raise bad("a follow-up has `since` with `after` or `every`, or else `at`")
        return value


class LeadSpec(Model):
    """A claim about order: from where the conversation gets to, whatever happened before; by silence alone, or by some way."""

    from_: Annotated[Many, Field(alias="from", min_length=1)]
    to: Annotated[Many, Field(min_length=1)]
    by: Literal["silence"] | None = None

    def __str__(self) -> str:
        alone = " by silence" if self.by else ""
        return f"{', '.join(self.from_)} to {', '.join(self.to)}{alone}"


class FileSpec(Model):
    """All that one rule file may hold."""

    name: Id | None = None
    version: str | None = None
    language: Literal["zh", "en"] | None = None
    use: Many = ()
    scenario: str | None = None
    cites: Many = ()
    in_: Annotated[Many | None, Field(alias="in")] = None
    facts: dict[Id, FactSpec] = {}
    slots: dict[Id, SlotSpec] = {}
    intents: dict[Id, IntentSpec] = {}
    words: dict[Id, Annotated[Many, AfterValidator(read_words)]] = {}
    events: dict[Id, EventSpec] = {}
    states: dict[Id, StateSpec] = {}
    types: dict[Id, TypeSpec] = {}
    calls: dict[Id, CallSpec] = {}
    bargains: dict[Id, BargainSpec] = {}
    rules: Annotated[tuple[ListSpec, ...], Field(strict=False)] = ()
    follow_ups: dict[Id, FollowUpSpec] = {}
    never: Many = ()
    leads: Annotated[tuple[LeadSpec, ...], Field(strict=False)] = ()


class GrantLimit(Model):
    """How often a grant may be given: to one customer, and to all of them on one day."""

    customer: Annotated[int, Field(ge=1)] | None = None
    day: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def some(self) -> GrantLimit:
        if self.customer is None and self.day is None:
            raise bad("a limit says how often: `customer: 1`, `day: 20` or both")
        return self


class Limits(Model):
    """The channel's and the shop's limits; `repeats` 0 switches the loop guard off.

    `grants` limits what is given over all conversations. `contact` says where customers may be served and pay: anywhere, or on
    the platform alone. `late` is how long after its time a follow-up may still speak, where the host was down.
    """

    message: Annotated[int, Field(ge=20, le=4000)] = 120
    repeats: Annotated[int, Field(ge=0, le=20)] = 3
    marketing: Annotated[int, Field(ge=0, le=31)] = 4
    contact: Literal["anywhere", "platform"] = "anywhere"
    grants: dict[Id, GrantLimit] = {}
    late: Seconds = 86_400


Personal = Literal["email", "id_card", "bank_card", "phone", "address"]
PERSONAL: tuple[Personal, ...] = ("email", "id_card", "bank_card", "phone", "address")
"""Kinds of personal data that are recognised in texts, in the order in which they are looked for."""


class Privacy(Model):
    """What a shop asks for its customers' data: how long it is kept, whether texts at rest are encrypted, what is masked."""

    keep: Seconds | None = None
    encrypt: bool = False
    mask: Annotated[tuple[Personal, ...], Field(strict=False)] = PERSONAL

    @model_validator(mode="after")
    def no_shorter_than_a_day(self) -> Privacy:
        if self.keep is not None and self.keep < DAY:
            raise bad("conversations are kept for a day at least; write keep: 180d")
        return self


class ProfileSpec(Model):
    """A store profile: the figures and claims of one shop."""

    profile: str
    timezone: str = "Asia/Shanghai"
    currency: Literal["CNY", "USD", "EUR", "GBP"] = "CNY"
    contact_hours: Hours = read_window("mon-sun 09:00-21:00")
    holidays: Many = ()
    workdays: Many = ()
    limits: Limits = Limits()
    privacy: Privacy = Privacy()
    escalation: dict[Id, Id] = {}
    store: dict[str, Any] = {}
    claims: dict[str, dict[str, Any]] = {}
    facts: dict[str, Any] = {}
    products: dict[str, dict[str, Any]] = {}


@dataclass(frozen=True)
class Located:
    """A part of a flow with the file it stands in and its path there, for `FlowSpec.place`."""

    spec: Any
    file: str
    path: tuple[str | int, ...]


@dataclass(frozen=True)
class FlowSpec:
    """A whole flow, merged from its files and packs; one that exists hangs together.

    Attributes hold the parts by name; `lists`, `never`, `leads` keep their order. `conditions` and `templates` map each
    text that stands in the flow to its typed tree. `source` gives a file as it was read, `place` file, line and column of a
    part: `place(part, "choose", 0)`; `intent_parts` are all places where intents are defined, for several files may add to one.
    `texts` are the files as they were read, `roots` the folders they came from. `digest` is over the texts alone: neither the
    store profile nor the place of the files has a part in it.
    """

    name: str
    version: str
    language: str
    digest: str
    facts: Mapping[str, FactSpec]
    slots: Mapping[str, SlotSpec]
    intents: Mapping[str, IntentSpec]
    words: Mapping[str, tuple[str, ...]]
    events: Mapping[str, EventSpec]
    states: Mapping[str, StateSpec]
    types: Mapping[str, TypeSpec]
    calls: Mapping[str, CallSpec]
    bargains: Mapping[str, BargainSpec]
    lists: tuple[Located, ...]
    follow_ups: Mapping[str, Located]
    never: tuple[Located, ...]
    parts: Mapping[tuple[str, str], Located]
    intent_parts: tuple[Located, ...]
    conditions: Mapping[str, Node]
    templates: Mapping[str, Template]
    source: Callable[[str], Any] = field(repr=False)
    leads: tuple[Located, ...] = ()
    store: Path | None = None
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    roots: tuple[Path, ...] = field(default=(), repr=False)

    def place(self, part: Located, *path: str | int) -> Place:
        """Return where a part, or a value inside it, stands."""
        found: Place = self.source(part.file).value(*part.path, *path)
        return found


@dataclass(frozen=True)
class Claim:
    """A claim with its evidence; unknown after `until`."""

    value: str
    evidence: str
    as_of: datetime.date
    until: datetime.date | None = None


@dataclass(frozen=True)
class Profile:
    """A store profile read against a flow: facts hold typed values under their dotted names.

    `file` is where it stands, `text` what stands there.
    """

    name: str
    zone: datetime.tzinfo
    currency: str
    contact_hours: Window
    holidays: frozenset[datetime.date]
    workdays: frozenset[datetime.date]
    limits: Limits
    facts: Mapping[str, Any]
    claims: Mapping[str, Claim]
    products: Mapping[str, Mapping[str, Any]]
    privacy: Privacy
    file: str | None = None
    escalation: Mapping[str, str] = field(default_factory=dict)
    text: str = field(default="", repr=False)

    @cached_property
    def digest(self) -> str:
        """16 hexadecimal digits over the profile's text."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]
