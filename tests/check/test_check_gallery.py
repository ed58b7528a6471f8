"""The gallery: small flows, each with the one fault that its first line names, and sound ones that look much like them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from csflow import load
from csflow.check import check
from csflow.check.judge import Judge
from csflow.check.replay import begin
from csflow.check.structure import ENDS
from csflow.check.subject import Subject
from csflow.cli.script import play, read_lines
from csflow.errors import LoadError, Problem
from csflow.events import Message, Turn
from csflow.flow import Flow
from csflow.moves import root
from csflow.rulefile import load_flow, load_profile

GALLERY = Path(__file__).parent / "gallery"
FAULTY = sorted((GALLERY / "faulty").glob("*.yaml"))
SOUND = sorted((GALLERY / "sound").glob("*.yaml"))
CAUGHT = ("dead-end", "trap-state")
HAPPENING = ("tie", "limit-broken", "now-loop", "no-fallback", "unsayable-reply", *CAUGHT)
SHOWN_AS = {"missing-fact-in-reply": "unsayable-reply", "no-plain-variant": "unsayable-reply"}
HEADER = re.compile(r"# fault: (?P<code>[a-z-]+) at line (?P<lines>\d+(?: and \d+)*)")


def findings(path: Path) -> list[Problem]:
    """Return what is found in a flow, at load or by the checks, without notes."""
    try:
        spec = load_flow(path)
    except LoadError as error:
        return list(error.problems)
    return [problem for problem in check(spec, load_profile(None, spec)) if problem.severity != "note"]


def named(path: Path) -> list[tuple[str, int]]:
    """Return the code and the lines that a flow's first line names."""
    header = HEADER.fullmatch(path.read_text("utf-8").splitlines()[0])
    assert header is not None
    return [(header["code"], int(line)) for line in header["lines"].split(" and ")]


def test_size() -> None:
    """There are at least 60 faulty flows and 20 sound ones."""
    assert len(FAULTY) >= 60
    assert len(SOUND) >= 20


@pytest.mark.parametrize("path", FAULTY, ids=lambda path: path.stem)
def test_faulty(path: Path) -> None:
    """A faulty flow has its code at its lines, and no other error or warning."""
    assert sorted((problem.code, problem.place.line) for problem in findings(path)) == named(path)


@pytest.mark.parametrize("path", SOUND, ids=lambda path: path.stem)
def test_sound(path: Path) -> None:
    """A look-alike without a fault has no error and no warning."""
    assert path.read_text("utf-8").startswith("# sound\n")
    assert findings(path) == []


def replayed(flow: Flow, script: tuple[str, ...]) -> list[tuple[str, Turn]]:
    """Play a script as `csflow chat --script` does; returns each turn with the state that it began in."""
    chat = flow.start(now=begin(flow))
    return [(chat.state, play(chat, line)) for line in read_lines(script, "script")]


@pytest.mark.parametrize("path", FAULTY, ids=lambda path: path.stem)
def test_scripts_replay(path: Path) -> None:
    """Where a finding has a script, playing it shows the fault in its last turn, or ends where nothing leads on."""
    scripts = [(p.code, p.witness.script) for p in findings(path) if p.witness and p.witness.script]
    for code, script in scripts:
        flow = load(path)
        state, turn = replayed(flow, script)[-1]
        if code == "leads-nowhere":
            assert not any(root(turn.snapshot.state) in part.spec.to for part in flow.spec.leads)
        elif code in CAUGHT:
            assert root(turn.snapshot.state) not in ENDS
        else:
            shown = {p.code for p in Judge(Subject(flow.spec, flow.profile)).faults(turn, state, Message(("…",)))}
            assert SHOWN_AS.get(code, code) in shown


def test_most_have_a_script() -> None:
    """Of the faults that happen in a conversation nearly all come with one; the search knows no message for every mood."""
    happening = [path for path in FAULTY if named(path)[0][0] in HAPPENING]
    shown = [path for path in happening if any(p.witness and p.witness.script for p in findings(path))]
    assert len(shown) >= 0.9 * len(happening)
