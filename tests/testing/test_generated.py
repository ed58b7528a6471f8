"""Generated customers talk to every pack: 20,000 turns whenever the tests run, 1,000,000 in `make long`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import seed, settings
from hypothesis.stateful import run_state_machine_as_test

from csflow import load
from csflow.testing.saved import conversation
from csflow.testing.stateful import FlowMachine, machine, usual_settings
from csflow.testing.walking import Walk

PACKS = sorted(path.parent.name for path in Path(__file__).parents[2].glob("csflow/packs/*/flow.yaml"))
TURNS = 1_000_000 if settings.get_current_profile_name() == "long" else 20_000
AT_ONCE, LEAST_A_RUN = 2_500, 20
SEEDS = range(TURNS // len(PACKS) // AT_ONCE // 2)


@cache
def machine_of(pack: str) -> type[FlowMachine]:
    """Make a pack's machine once a process; what it heard is remembered."""
    return machine(load(pack), save=None)


@pytest.mark.parametrize("chance", SEEDS)
@pytest.mark.parametrize("pack", PACKS)
def test_walks(pack: str, chance: int) -> None:
    """Nothing goes wrong in 2,500 turns of a walk."""
    watch = machine_of(pack).watch
    walk = Walk(watch, chance)
    found = [conversation(watch, watch.shortest(finding)) for finding in walk.findings(AT_ONCE)]
    assert not found, "\n\n".join(found)
    assert walk.visited.total() == AT_ONCE


@pytest.mark.parametrize("chance", SEEDS)
@pytest.mark.parametrize("pack", PACKS)
def test_machines(pack: str, chance: int) -> None:
    """Nothing goes wrong in 2,500 turns that Hypothesis chooses."""
    made = machine_of(pack)
    before = made.visited.total()
    run_state_machine_as_test(seed(chance)(made), settings=usual_settings(AT_ONCE // LEAST_A_RUN, database=None))
    assert made.visited.total() - before >= AT_ONCE
