"""A store profile read against a flow: every figure under its dotted name, in its declared type."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Iterable, Mapping
from os.path import isfile
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from csflow.condition import DATE, DURATION, TEXT, Type, shift
from csflow.errors import LoadError, Place, Problem, hint
from csflow.rulefile import desk
from csflow.rulefile.messages import shape_problems
from csflow.rulefile.source import Source, Step, read
from csflow.spec import Claim, FlowSpec, Profile, ProfileSpec
from csflow.values import read_value

CLAIM_KEYS = {"value": TEXT, "evidence": TEXT, "as_of": DATE, "valid_for": DURATION}
NEEDED = ("value", "evidence", "as_of")
NO_PROFILE = Source("store.yaml", b"profile: none")


def load_profile(source: str | Path | None, spec: FlowSpec) -> Profile:
    """Read a store profile (None: the flow's own store.yaml, or an empty profile).

    Raises:
        LoadError: with every problem of the file, and with the required facts that it lacks.
    """
    path = spec.store if source is None else Path(source)
    if path is not None and not isfile(path):
        raise LoadError([Problem("no-profile", Place(str(source), 1, 1), "there is no such file")])
    return _Reader(read(path, path.as_posix()) if path else NO_PROFILE, spec).profile()


class _Reader:
    """Reads one profile; notes every fault before it gives up."""

    def __init__(self, source: Source, spec: FlowSpec) -> None:
        self.source, self.spec = source, spec
        self.problems = list(source.problems)
        self.facts: dict[str, Any] = {}
        self.claims: dict[str, Claim] = {}
        self.products: dict[str, dict[str, Any]] = {}

    def profile(self) -> Profile:
        shape = self.shape()
        if shape is None:
            raise LoadError(self.problems)
        self.fill(shape)
        self.people(shape)
        profile = Profile(
            name=shape.profile,
            zone=self.zone(shape.timezone),
            currency=shape.currency,
            contact_hours=shape.contact_hours,
            holidays=self.dates("holidays", shape.holidays),
            workdays=self.dates("workdays", shape.workdays),
            limits=shape.limits,
            privacy=shape.privacy,
            facts=self.facts,
            claims=self.claims,
            products=self.products,
            file=None if self.source is NO_PROFILE else self.source.file,
            text=self.source.text,
            escalation=shape.escalation,
        )
        if self.problems:
            raise LoadError(self.problems)
        return profile

    def shape(self) -> ProfileSpec | None:
        """Return the profile's model, or None where it has faults."""
        if self.problems:
            return None
        if not isinstance(self.source.data, dict):
            self.report("wrong-type", self.source.value(), "a store profile is a mapping (`profile: …`)")
            return None
        try:
            return ProfileSpec.model_validate(self.source.data)
        except ValidationError as error:
            self.problems += shape_problems(self.source, error, ProfileSpec)
            return None

    def report(self, code: str, place: Place, message: str) -> None:
        self.problems.append(Problem(code, place, message))

    def fill(self, shape: ProfileSpec) -> None:
        self.branch(self.facts, shape.store, "store.", "store")
        self.branch(self.facts, shape.facts, "", "facts")
        for name, data in shape.products.items():
            self.branch(self.products.setdefault(name, {}), data, "product.", "products", name)
        for name, claim in shape.claims.items():
            self.claim(name, claim)
        lacking = [name for name, fact in self.spec.facts.items() if fact.required and not self.has(name)]
        if lacking and not self.problems:
            self.report("missing-fact", self.source.value(), f"the flow needs these facts: {', '.join(lacking)}")

    def people(self, shape: ProfileSpec) -> None:
        """Check what is limited and who comes next against the flow's grants and roles."""
        self.known("grant", shape.limits.grants, desk.grants(self.spec), "limits", "grants")
        self.known("role", shape.escalation, desk.roles(self.spec) | {*shape.escalation.values()}, "escalation")
        if (role := desk.circle(shape.escalation)) is not None:
            self.report("bad-value", self.source.value("escalation", role), f"{role!r} would come after itself")

    def known(self, kind: str, names: Iterable[str], known: set[str], *path: Step) -> None:
        for name in names:
            if name not in known:
                self.report("unknown-value", self.source.key(*path, name), f"no {kind} {name!r} in this flow{hint(name, known)}")

    def branch(self, into: dict[str, Any], data: Mapping[str, Any], prefix: str, *path: Step) -> None:
        """Take a mapping of facts; a mapping that is no declared fact is a longer name."""
        for key, raw in data.items():
            name = prefix + key
            fact = self.spec.facts.get(name)
            if fact is None and isinstance(raw, dict):
                self.branch(into, raw, name + ".", *path, key)
            elif fact is None:
                self.report("unknown-fact", self.source.key(*path, key), f"no fact {name!r}{hint(name, self.spec.facts)}")
            elif raw is not None:
                into[name] = self.typed(fact.type, raw, *path, key)

    def typed(self, wanted: Type, raw: object, *path: Step) -> Any:
        try:
            return read_value(wanted, raw)
        except ValueError as error:
            self.report("bad-value", self.source.value(*path), str(error))
            return None

    def claim(self, name: str, data: Mapping[str, Any]) -> None:
        fact = self.spec.facts.get(f"claims.{name}")
        if fact is None:
            known = [known.removeprefix("claims.") for known in self.spec.facts if known.startswith("claims.")]
            self.report("unknown-fact", self.source.key("claims", name), f"no claim {name!r}{hint(name, known)}")
            return
        for key in data.keys() - CLAIM_KEYS.keys():
            self.report("unknown-key", self.source.key("claims", name, key), f"no key {key!r} here{hint(key, CLAIM_KEYS)}")
        found = {key: self.typed(CLAIM_KEYS[key], raw, "claims", name, key) for key, raw in data.items() if key in CLAIM_KEYS}
        for key in NEEDED:
            if data.get(key) is None:
                self.report(
                    "missing-key", self.source.first("claims", name), f"{key!r} is missing here; a claim without it is not told"
                )
        if not self.problems:
            until = shift(found["as_of"], found["valid_for"]) if found.get("valid_for") else None
            self.claims[f"claims.{name}"] = Claim(found["value"], found["evidence"], found["as_of"], until)

    def has(self, name: str) -> bool:
        if name.startswith("product."):
            return bool(self.products) and all(name in product for product in self.products.values())
        return name in self.facts or name in self.claims

    def dates(self, key: str, texts: tuple[str, ...]) -> frozenset[datetime.date]:
        return frozenset(self.typed(DATE, text, key, number) for number, text in enumerate(texts))

    def zone(self, name: str) -> datetime.tzinfo:
        try:
            return zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            close = hint(name, zoneinfo.available_timezones()) or "; write for example Asia/Shanghai"
            self.report("bad-value", self.source.value("timezone"), f"no time zone {name!r}{close}")
            return datetime.UTC
