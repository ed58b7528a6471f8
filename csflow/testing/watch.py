"""Conversations that are watched: every turn is judged, and what went wrong is told with a shortest conversation to it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from csflow.check.alphabet import Alphabet
from csflow.check.explore import Remembering
from csflow.check.judge import Judge
from csflow.check.replay import begin, shortened
from csflow.check.structure import whereabouts
from csflow.check.subject import Subject
from csflow.conversation import Conversation
from csflow.draft import KEYS
from csflow.errors import CsflowError, Place, Problem
from csflow.events import Event, Message, Report, Turn
from csflow.flow import Flow
from csflow.snapshot import Snapshot
from csflow.testing.acts import Act
from csflow.testing.exits import Exits
from csflow.testing.invariants import BUILT_IN, broken
from csflow.testing.moment import Invariant, Moment
from csflow.timers import CAP_DAYS

MOST_HEARD = 1_000
RESPECTED = datetime.timedelta(days=CAP_DAYS)
REFUSALS = ("decline", "refuse", "reject", "not_interested", "opt_out", "unsubscribe", "stop")
TRAPPED, STORED = AT_THE_END = ("farewell-stays-reachable", "snapshots-survive-json")


class Finding(NamedTuple):
    """What went wrong, and the acts of a conversation that shows it."""

    problem: Problem
    acts: tuple[Act, ...]

    @property
    def said(self) -> int:
        """How many of the acts are turns of the customer."""
        return sum(act.kind == "say" for act in self.acts)


class Watch:
    """Judges the turns of one flow by what must hold in all flows, by its `never:` and by invariants of one's own.

    `refusals` names the intents that are a clear no.
    """

    def __init__(self, flow: Flow, invariants: Sequence[Invariant] = (), refusals: Sequence[str] = REFUSALS) -> None:
        self.flow = Flow(flow.spec, flow.profile, Remembering(flow.recogniser))
        self.subject = Subject(flow.spec, flow.profile, self.flow)
        self.judge, self.alphabet = Judge(self.subject), Alphabet(self.flow)
        self.exits = Exits(self.flow, self.alphabet)
        self.invariants, self.refusals = (*BUILT_IN, *invariants), frozenset(refusals)

    def start(self, now: datetime.datetime | None = None, seed: int = 0) -> Watched:
        """Begin a watched conversation, on Monday 2 November 2026 at ten in the shop's time zone if no time is given."""
        return Watched(self, now or begin(self.flow), seed)

    def faults(self, moment: Moment) -> Iterator[Problem]:
        """Yield what went wrong in a turn."""
        yield from self.judge.faults(moment.turn, moment.before.state, moment.event)
        for name, sentence in broken(moment, self.invariants):
            yield Problem(name, self._about(moment), sentence)

    def _about(self, moment: Moment) -> Place:
        """Return where the rule stands that fired last, or else the state's rules."""
        part = next((self._part(rule) for rule in reversed(moment.turn.rules) if self._part(rule)), None)
        return self.subject.at(part) if part else whereabouts(self.subject, moment.before.state)

    def _part(self, rule: str) -> Any:
        return self.subject.spec.parts.get(("rules", rule)) or self.subject.spec.follow_ups.get(rule)

    def ended(self, chat: Watched) -> Iterator[Problem]:
        """Yield what is wrong with where a conversation stands: its snapshot does not survive JSON, nothing leads to an end."""
        if Snapshot.from_json(chat.snapshot.to_json()) != chat.snapshot:
            yield Problem(STORED, self._around(chat), "the snapshot read back from JSON is another one")
        if not self.exits.reachable(chat.snapshot, chat.now):
            text = f"from here in {chat.state} nothing leads to a farewell, to the follow-up or to a person"
            yield Problem(TRAPPED, self._around(chat), text)

    def _around(self, chat: Watched) -> Place:
        return whereabouts(self.subject, chat.state)

    def shows(self, problem: Problem, acts: Sequence[Act]) -> bool:
        """Tell whether a conversation shows a finding."""
        chat = self.start()
        try:
            for act in acts:
                chat.play(act)
        except CsflowError:
            return False
        found = [*chat.faults, *(self.ended(chat) if problem.code in AT_THE_END else ())]
        return any((fault.code, fault.place) == (problem.code, problem.place) for fault in found)

    def shortest(self, finding: Finding) -> Finding:
        """Return a finding with as few acts, and as plain ones, as still show it."""
        acts, before = list(finding.acts), None
        if not self.shows(finding.problem, acts):
            return finding
        while acts != before:
            before = acts
            acts = shortened(acts, lambda fewer: self.shows(finding.problem, fewer))
            acts = self._plainer(finding.problem, acts)
        return Finding(finding.problem, tuple(acts))

    def _plainer(self, problem: Problem, acts: list[Act]) -> list[Act]:
        """Replace each message by the plainest one that still shows the same."""
        for number, act in enumerate(acts):
            for plain in (other for other in self._plain(act) if _size(other) < _size(act)):
                changed = [*acts[:number], plain, *acts[number + 1 :]]
                if self.shows(problem, changed):
                    acts = changed
                    break
        return acts

    def _plain(self, act: Act) -> Iterator[Act]:
        """Yield plainer ways to say the same: one text of a burst, then the usual message for what each text is heard as."""
        if act.kind != "say":
            return
        if len(act.value) > 1:
            yield from (Act("say", (text,)) for text in act.value)
        usual = tuple(dict.fromkeys(plain for text in act.value for plain in self._usual(text)))
        if usual:
            yield from (Act("say", (plain,)) for plain in usual)
            yield Act("say", usual)

    def _usual(self, text: str) -> Iterator[str]:
        heard = self.flow.recogniser.hear(text[:MOST_HEARD]).names
        yield from (self.alphabet.messages[name] for name in heard if name in self.alphabet.messages)


def _size(act: Act) -> tuple[int, int]:
    """Return how many texts and letters a message has."""
    return len(act.value), sum(map(len, act.value))


class Watched(Conversation):
    """A conversation in memory that keeps what happened to it and what went wrong in its turns."""

    def __init__(self, watch: Watch, now: datetime.datetime, seed: int = 0) -> None:
        self.watch = watch
        self.acts: tuple[Act, ...] = ()
        self.faults: list[Problem] = []
        self.refused: datetime.datetime | None = None
        self.unasked: tuple[datetime.datetime, ...] = ()
        super().__init__(watch.flow, now=now, seed=seed)

    def play(self, act: Act) -> Turn:
        """Let something happen, and keep it."""
        act = self._addressed(act)
        self.acts = (*self.acts, act)
        return act.play(self)

    def _addressed(self, act: Act) -> Act:
        """Say which order the shop tells of where it has several, as a host must."""
        if act.kind not in ("event", "facts") or len(self.snapshot.orders) < 2:
            return act
        told = act.value if act.kind == "facts" else act.facts or {}
        if "order" in told or any(f"order.{key}" in told for key in KEYS["order"]):
            return act
        named = {f"order.{KEYS['order'][0]}": next(iter(self.snapshot.orders)), **told}
        return act._replace(value=named) if act.kind == "facts" else act._replace(facts=named)

    def fork(self) -> Watched:
        """Return a conversation that goes on from here by itself, from the snapshot as a host stores it."""
        other = Watched(self.watch, self.now)
        other.snapshot = Snapshot.from_json(self.snapshot.to_json())
        other.acts, other.faults = self.acts, list(self.faults)
        other.refused, other.unasked = self.refused, self.unasked
        return other

    def _take(self, event: Event) -> Turn:
        before = self.snapshot
        turn = super()._take(event)
        moment = Moment(self.flow, before, event, self.now, turn)
        self._count(moment)
        self.faults += self.watch.faults(moment)
        return turn

    def _count(self, moment: Moment) -> None:
        """Keep when the customer's last words were a clear no, and how much came unasked since."""
        if isinstance(moment.event, Message):
            heard = [hit.intent.partition(".")[0] for hit in moment.turn.heard]
            asked = moment.before.pending is not None  # a no to a question of ours is its answer
            refuses = bool(heard) and not asked and self.watch.refusals.issuperset(heard)
            self.refused = moment.now if refuses else None
        elif moment.opted_in:
            self.refused = None
        if isinstance(moment.event, (Message, Report)):
            self.unasked = ()
        elif moment.proactive:
            self.unasked = (*(at for at in self.unasked if moment.now - at <= RESPECTED), moment.now)
        moment.refused = self.refused is not None and moment.now - self.refused <= RESPECTED
        moment.unasked = len(self.unasked)
