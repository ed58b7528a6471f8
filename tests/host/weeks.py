"""Weeks in the life of a shop: the example conversations and made-up customers talk to a real host on a clock set by hand.

`python -m tests.host.weeks STORE` fills a store to look at.
"""

from __future__ import annotations

import asyncio
import datetime
import heapq
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from csflow import Flow, Host, StaffError, load
from csflow.check.alphabet import NOT_UNDERSTOOD, Alphabet
from csflow.cli.script import Line, read_lines
from csflow.host import Outgoing, Served
from csflow.notation import read_duration
from csflow.spec import OUTCOMES
from csflow.testing import Clock

EXAMPLES = Path(__file__).parents[2] / "examples" / "conversations"
SECOND, HOUR, DAY = datetime.timedelta(seconds=1), datetime.timedelta(hours=1), datetime.timedelta(days=1)
STAFF = ("lin", "zhou")
OBJECTIONS = ("能便宜点吗", "太贵了", "别家便宜多了", "我再考虑考虑", "包个邮吧", "质量怎么样", "我跟家里商量一下")
ASKED = ("亚麻衬衫有货吗", "棉麻阔腿裤多少钱", "水洗棉四件套怎么卖", "什么时候发货", "发什么快递", "可以退货吗", "有黑色的吗")


class Step(NamedTuple):
    """Something that is to happen in a conversation."""

    at: datetime.datetime
    number: int
    conversation: str
    line: Line | str
    by: str = ""


class Quick:
    """A channel that takes everything."""

    async def send(self, message: Outgoing) -> None:
        """Take a message."""


def scripts(pack: str) -> list[list[Line]]:
    """Return the example conversations of a pack with its own store."""
    return [
        list(read_lines(path.read_text("utf-8").splitlines(), path.name)) for path in sorted((EXAMPLES / pack).glob("*.jsonl"))
    ]


def made_up(alphabet: Alphabet, chance: Random, number: int) -> list[Line]:
    """Return a made-up conversation: questions, objections, perhaps an order, a complaint or a call for a person."""
    messages = [*alphabet.messages.values()] if chance.random() < 0.3 else [*ASKED]
    said: list[Any] = ["在吗", *chance.sample(messages, 2), *chance.sample(OBJECTIONS, chance.randint(0, 2))]
    if chance.random() < 0.2:
        said.append(NOT_UNDERSTOOD[alphabet.language] + chance.choice(("", "呀", "吧 13812345678")))
    if chance.random() < 0.45:
        order = {"no": f"MY{number:08}", "total": f"{chance.randint(60, 600)}.00"}
        said += ["好，拍了", {"event": "ordered", "facts": {"order": order}}, {"event": "paid"}]
        said += (
            [{"wait": "2d"}, {"event": "delivered", "facts": {"order": {"received_on": "2026-11-26"}}}]
            if chance.random() < 0.7
            else []
        )
    said += [["收到就是坏的", "我要投诉"]] if chance.random() < 0.1 else []
    said += ["转人工", "人呢"] if chance.random() < 0.12 else []
    return list(read_lines(map(_written, [*said, *(["谢谢，再见"] if chance.random() < 0.5 else [])]), f"customer {number}"))


def _written(said: Any) -> str:
    return said if isinstance(said, str) else json.dumps({"say": said} if isinstance(said, list) else said, ensure_ascii=False)


class Weeks:
    """Leads conversations through a host; the same seed leads the same way."""

    def __init__(self, host: Host, clock: Clock, seed: int = 0) -> None:
        self.host, self.clock, self.chance, self.numbers = host, clock, Random(seed), count()  # noqa: S311 - a seeded life, no secret
        self.steps: list[Step] = []

    def add(self, at: datetime.datetime, conversation: str, line: Line | str, by: str = "") -> None:
        """Let something happen at a time."""
        heapq.heappush(self.steps, Step(at, next(self.numbers), conversation, line, by))

    def plan(self, conversation: str, lines: Iterable[Line], begin: datetime.datetime) -> None:
        """Let a script happen from a time on, with some seconds between its lines."""
        at = begin
        for line in lines:
            if line.kind == "wait":
                at += datetime.timedelta(seconds=read_duration(line.value))
            else:
                self.add(at, conversation, line)
                at += self.chance.uniform(8, 90) * SECOND

    async def live(self) -> int:
        """Let all happen; timers are looked after each hour. Returns how much happened."""
        done, looked = 0, self.clock.now
        while self.steps:
            step = heapq.heappop(self.steps)
            while looked + HOUR < step.at:
                looked += HOUR
                await self._tick(looked)
            self.clock.now = max(self.clock.now, step.at)
            with suppress(StaffError):  # somebody else was faster, as happens at a desk
                self._react(await self._do(step))
            await self._deliver()
            done += 1
        return done

    async def _tick(self, at: datetime.datetime) -> None:
        self.clock.now = max(self.clock.now, at)
        if await self.host.tick():
            await self._deliver()

    async def _deliver(self) -> None:
        """Hand replies over, mostly at once."""
        self.clock.now += self.chance.choice((0.3, 0.4, 0.6, 0.8, 1.1, 2.5, 6.0, 17.0)) * SECOND
        while await self.host.deliver():
            pass

    async def _do(self, step: Step) -> Served:
        host, name, line = self.host, step.conversation, step.line
        if isinstance(line, str):
            return await (host.take_over if line == "take_over" else host.give_back)(name, "您好，我来帮您看看。", by=step.by)
        match line.kind:
            case "say":
                return await host.receive(name, *line.value, message_id=f"m{step.number}")
            case "facts":
                return await host.tell(name, line.value)
            case "staff":
                return await (host.take_over if line.value == "take_over" else host.give_back)(name, by=STAFF[0])
            case _:
                return await self._event(name, line)

    async def _event(self, name: str, line: Line) -> Served:
        call, _, outcome = line.value.rpartition(".")
        if outcome in OUTCOMES:
            return await self.host.result(name, call, outcome, line.facts, by=STAFF[1])
        return await self.host.report(name, line.value, line.facts)

    def _react(self, served: Served) -> None:
        """Let people of the shop do their work for made-up customers; scripts tell of theirs themselves."""
        if not served.conversation.startswith("made"):
            return
        for effect in served.effects:
            later = self.clock.now + self.chance.uniform(5, 400) * SECOND
            if effect.type == "hand_off" and self.chance.random() < 0.9:
                person = self.chance.choice(STAFF)
                self.add(later, served.conversation, "take_over", person)
                self.add(later + 240 * SECOND, served.conversation, "give_back", person)
            elif effect.type == "request_approval" and self.chance.random() < 0.8:
                answer = f"{effect.name}.{self.chance.choice(('done', 'done', 'denied'))}"
                self.add(later, served.conversation, next(read_lines([f'{{"event": "{answer}"}}'], "staff")))


def starts(chance: Random, first: datetime.datetime, weeks: int, amount: int) -> Iterator[datetime.datetime]:
    """Yield when conversations begin: any day, in opening hours."""
    for _ in range(amount):
        yield first + chance.randrange(7 * weeks) * DAY + chance.uniform(0, 11) * HOUR


async def fill(url: str, flow: Flow, *, weeks: int = 4, rounds: int = 2, customers: int = 60, seed: int = 0) -> int:
    """Fill a store with weeks of conversations; returns how much happened."""
    clock = Clock(datetime.datetime(2026, 11, 2, 9, 30, tzinfo=flow.profile.zone))
    async with Host(flow, store=url, channel=Quick(), clock=clock, background=False) as host:
        life = Weeks(host, clock, seed)
        known, alphabet = scripts(flow.name), Alphabet(flow)
        talks: Sequence[tuple[str, list[Line]]] = [
            *((f"{lines[0].place.file}-{n}", lines) for n in range(rounds) for lines in known),
            *((f"made-{n}", made_up(alphabet, life.chance, n)) for n in range(customers)),
        ]
        for (name, lines), begin in zip(talks, starts(life.chance, clock.now, weeks, len(talks)), strict=True):
            life.plan(name, lines, begin)
        return await life.live()


if __name__ == "__main__":
    asyncio.run(fill(sys.argv[1], load("retail_zh"), customers=int(sys.argv[2]) if len(sys.argv) > 2 else 200))
