"""The Hypothesis profile of the long run; `make long` loads this module as a pytest plugin."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("long", max_examples=5_000, deadline=None)
settings.load_profile("long")
