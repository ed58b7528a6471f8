"""Versions of a flow: what is taken over from the flow does what would have been made anew."""

from __future__ import annotations

import pytest

from csflow.errors import LoadError
from csflow.flow import Flow
from csflow.rulefile.files import PACKS
from csflow.testing.campaign import sampled
from csflow.testing.faults import mutants
from csflow.testing.outcome import outcome
from csflow.testing.script import load_talks
from csflow.testing.talk import play_talk
from csflow.testing.version import Original


@pytest.fixture(scope="module")
def original() -> Original:
    """A pack that is changed again and again."""
    return Original("b2b_web_zh")


def test_a_version_is_what_loading_it_anew_gives(original: Original) -> None:
    """Conversations go the same with a version and with its flow compiled from scratch."""
    talks = load_talks(PACKS / "b2b_web_zh" / "tests" / "change.talk.yaml")
    for mutant in sampled(mutants("b2b_web_zh", original.version.spec), 8, 1):
        try:
            version = original.changed(mutant.place.file, mutant.edits)
        except LoadError:
            continue
        fresh = Flow(version.spec, version.profile, version.flow.recogniser)
        for talk in talks:
            one, two = ([outcome(turn) for turn in play_talk(flow, talk)] for flow in (version.flow, fresh))
            assert one == two, mutant


def test_what_is_unchanged_is_compiled_once(original: Original) -> None:
    """All lists but the one with the fault are the flow's own, and so is the recogniser."""
    mutant = next(m for m in mutants("b2b_web_zh", original.version.spec) if m.kind == "go-dropped")
    version = original.changed(mutant.place.file, mutant.edits)
    assert len(set(version.flow.lists) - set(original.version.flow.lists)) == 1
    assert version.flow.recogniser is original.version.flow.recogniser


def test_what_is_heard_changes_with_the_words(original: Original) -> None:
    """A fault in the words of an intent gets a recogniser of its own."""
    mutant = next(m for m in mutants("b2b_web_zh", original.version.spec) if m.kind == "phrase-moved")
    assert original.changed(mutant.place.file, mutant.edits).flow.recogniser is not original.version.flow.recogniser


def test_what_is_refused_is_refused_again(original: Original) -> None:
    """Texts that were parsed before are looked at again where the names they use are gone."""
    kept = [m for m in mutants("b2b_web_zh", original.version.spec) if m.kind in {"step-dropped", "if-dropped"}]
    refused = 0
    for mutant in kept[:12]:
        try:
            original.changed(mutant.place.file, mutant.edits)
        except LoadError:
            refused += 1
    assert refused
