"""The JSON Schema of a rule file, for editors and for naming the keys that a place allows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from csflow.notation import TYPE_SCHEMA
from csflow.spec import EFFECTS, FileSpec, Model

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Generator(GenerateJsonSchema):
    """Knows that a key without a value is refused and that alternatives are told apart by their shape."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> dict[str, Any]:
        return self.generate_inner(schema["schema"])

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> dict[str, Any]:
        return {"anyOf": super().tagged_union_schema(schema)["oneOf"]}

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        return self.generate_inner(schema["schema"])


@cache
def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of one rule file, `flow.yaml` and `facts.yaml` included."""
    schema = FileSpec.model_json_schema(schema_generator=_Generator)
    _allow_short_forms(schema["$defs"])
    return {"$schema": DIALECT, **schema, "title": "csflow rule file"}


def _allow_short_forms(parts: dict[str, Any]) -> None:
    """Say what the models read before they validate: a bare type, one text for a list of one, an axis's words."""
    parts["FactSpec"] = {"anyOf": [*TYPE_SCHEMA["anyOf"][:2], {"$ref": "#/$defs/MapType"}, parts["FactSpec"]]}
    parts["MapType"] = {
        "type": "object",
        "required": ["text"],
        "properties": {"text": TYPE_SCHEMA},
        "additionalProperties": False,
    }
    parts["EffectSpec"]["oneOf"] = [{"required": [kind]} for kind in EFFECTS]
    axis = parts["TypeSpec"]
    axis["additionalProperties"] = axis["properties"].pop("evidence")["additionalProperties"]
    axis["required"].remove("evidence")
    for name in ("RuleSpec", "FollowUpSpec"):
        say = parts[name]["properties"]["say"]
        parts[name]["properties"]["say"] = {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/LineSpec"}, say]}


@cache
def _schema_of(model: type[Model]) -> dict[str, Any]:
    return json_schema() if model is FileSpec else model.model_json_schema()


def keys_at(path: tuple[str | int, ...], model: type[Model] = FileSpec) -> set[str]:
    """Return the keys that a model's schema allows in the mapping at a path."""
    whole = _schema_of(model)
    return {key for part in _parts(whole, path, whole) for key in part.get("properties", ())}


def _parts(part: Any, path: tuple[str | int, ...], whole: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the subschemas at a path, through references and alternatives."""
    if not isinstance(part, dict):
        return
    if "$ref" in part:
        part = whole["$defs"][part["$ref"].rsplit("/", 1)[1]]
    for option in part.get("anyOf", ()):
        yield from _parts(option, path, whole)
    if path:
        yield from _parts(_inner(part, path[0]), path[1:], whole)
    else:
        yield part


def _inner(part: dict[str, Any], step: str | int) -> Any:
    if isinstance(step, int):
        return part.get("items")
    return part.get("properties", {}).get(step, part.get("additionalProperties"))
