"""Rule files and store profiles: strict YAML in, frozen models out, or every problem at its line and column."""

from csflow.rulefile.kept import packed, restore, unpacked
from csflow.rulefile.loader import load_flow
from csflow.rulefile.profile import load_profile
from csflow.rulefile.schema import json_schema

__all__ = ["json_schema", "load_flow", "load_profile", "packed", "restore", "unpacked"]
