"""A store profile read against a flow: every figure under its dotted name, in its declared type."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from csflow.errors import LoadError, Place, Problem, hint
from csflow.rulefile.messages import shape_problems
from csflow.rulefile.source import Source, read
from csflow.spec import Claim, FlowSpec, Profile, ProfileSpec
from csflow.values import read_value

Step = str | int


def load_profile(source: str | Path | None, spec: FlowSpec) -> Profile:
    """Read a store profile (None: the flow's own store.yaml, or an empty profile).

    Raises:
        LoadError: with every problem of the file, and with the required facts that it lacks.
    """
    path = source if source is not None else spec.store
    if path is None:
        return _Reader(Source("store.yaml", b"profile: none\n"), spec).profile()
    if not Path(path).is_file():
        raise LoadError([Problem("no-profile", Place(str(path), 1, 1), "no such file")])
    return _Reader(read(Path(path), str(path)), spec).profile()


class _Reader:
    """Reads one profile; notes every fault before it gives up."""

    def __init__(self, source: Source, spec: FlowSpec) -> None:
        self.source, self.spec = source, spec
        self.facts: dict[str, Any] = {}
        self.claims: dict[str, Claim] = {}

    def profile(self) -> Profile:
        shape = self.shape()
        if shape is None:
            raise LoadError(self.source.problems)
        for section, prefix, data in (("store", "store.", shape.store), ("facts", "", shape.facts)):
            self.branch(data, prefix, section)
        for name, data in shape.claims.items():
            self.claim(name, data)
        products = {name: dict(self.product(name, data)) for name, data in shape.products.items()}
        holidays, workdays = self.dates("holidays", shape.holidays), self.dates("workdays", shape.workdays)
        zone = self.zone(shape.timezone)
        self.missing(products)
        if self.source.problems:
            raise LoadError(self.source.problems)
        return Profile(shape.profile, zone, shape.currency, shape.contact_hours, holidays, workdays, shape.limits, self.facts, self.claims, products)

    def shape(self) -> ProfileSpec | None:
        if self.source.problems:
            return None
        if not isinstance(self.source.data, dict):
            self.report("wrong-type", self.source.value(), "a store profile is a mapping (`profile: …`)")
            return None
        try:
            return ProfileSpec.model_validate(self.source.data)
        except ValidationError as error:
            self.source.problems += shape_problems(self.source, error)
            return None

    def report(self, code: str, place: Place, message: str) -> None:
        self.source.problems.append(Problem(code, place, message))

    def branch(self, data: Mapping[str, Any], prefix: str, *path: Step) -> None:
        """Take a nested mapping of facts; a declared map fact ends the nesting."""
        for key, raw in data.items():
            name = prefix + key
            if isinstance(raw, dict) and name not in self.spec.facts:
                self.branch(raw, name + ".", *path, key)
            elif (value := self.value(name, raw, *path, key)) is not None:
                self.facts[name] = value

    def value(self, name: str, raw: object, *path: Step) -> Any:
        fact = self.spec.facts.get(name)
        if fact is None:
            self.report("unknown-fact", self.source.key(*path), f"the flow has no fact {name!r}{hint(name, self.spec.facts)}")
            return None
        try:
            return read_value(fact.type, raw)
        except ValueError as error:
            self.report("bad-value", self.source.value(*path), f"{name}: {error}")
            return None

    def product(self, name: str, data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for key, raw in data.items():
            value = self.value(f"product.{key}", raw, "products", name, key)
            if value is not None:
                yield f"product.{key}", value

    def claim(self, name: str, data: object) -> None:
        path = ("claims", name)
        fact = self.spec.facts.get(f"claims.{name}")
        if fact is None or fact.type.kind != "claim":
            known = [known for known in self.spec.facts if known.startswith("claims.")]
            self.report("unknown-fact", self.source.key(*path), f"the flow has no claim {name!r}{hint(f'claims.{name}', known)}")
        elif not isinstance(data, dict) or not {"value", "evidence", "as_of"} <= data.keys():
            self.report("missing-key", self.source.value(*path), "a claim needs `value`, `evidence` and `as_of`")
        else:
            self.proven(name, data)

    def proven(self, name: str, data: dict[str, Any]) -> None:
        from csflow.condition import DATE, DURATION, TEXT

        kinds = {"value": TEXT, "evidence": TEXT, "as_of": DATE, "valid_for": DURATION}
        found: dict[str, Any] = {}
        for key, raw in data.items():
            if key not in kinds:
                self.report("unknown-key", self.source.key("claims", name, key), f"no key {key!r} here{hint(key, kinds)}")
                continue
            try:
                found[key] = read_value(kinds[key], raw)
            except ValueError as error:
                self.report("bad-value", self.source.value("claims", name, key), str(error))
        if {"value", "evidence", "as_of"} <= found.keys():
            until = found["as_of"] + datetime.timedelta(seconds=found["valid_for"]) if "valid_for" in found else None
            self.claims[f"claims.{name}"] = Claim(found["value"], found["evidence"], found["as_of"], until)

    def dates(self, key: str, texts: tuple[str, ...]) -> frozenset[datetime.date]:
        found = set()
        for number, text in enumerate(texts):
            try:
                found.add(datetime.date.fromisoformat(text))
            except ValueError:
                self.report("bad-value", self.source.value(key, number), f"{text!r} is not a date; write 2026-11-03")
        return frozenset(found)

    def zone(self, name: str) -> datetime.tzinfo:
        try:
            return zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            close = hint(name, zoneinfo.available_timezones())
            self.report("bad-value", self.source.value("timezone"), f"no time zone {name!r}{close}; write for example Asia/Shanghai")
            return datetime.UTC

    def missing(self, products: Mapping[str, Mapping[str, Any]]) -> None:
        required = [name for name, fact in self.spec.facts.items() if fact.required]
        lacking = [name for name in required if not self.gives(name, products)]
        if lacking:
            self.report("missing-fact", self.source.value(), f"the flow needs {', '.join(lacking)}; the profile does not give it")

    def gives(self, name: str, products: Mapping[str, Mapping[str, Any]]) -> bool:
        return name in self.facts or name in self.claims or (bool(products) and all(name in data for data in products.values()))
