"""Kills, races and repeats messages to csflow and its peers alike, and prints what was lost or doubled.

`python -m tests.bench.peers_host --venvs DIR`: DIR receives an environment for each peer, made on the first run. The messages of
50 conversations are sent one after the other or several at once; what a process did not say it had stored is sent again to the
next one. At the end the state of each conversation is compared with what was said to be stored.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
import venv
from collections import Counter
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import wait
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
PEERS = {"csflow": (), "chatsky": ("chatsky[sqlite]==0.10.0", "sqlalchemy<2.1"), "burr": ("burr==0.42.0",)}
TRIES = 50
"""How often a message is sent again that is refused."""
LIFE, SOON = 60, 0.02
"""A process is killed after so many messages that it stored, and so many seconds more, at most."""
PATIENCE = 120.0


class Trial(NamedTuple):
    """So many processes, messages of a conversation at once, kills and repeated messages (a share)."""

    workers: int = 1
    overlap: int = 1
    kills: int = 0
    repeated: float = 0.0
    conversations: int = 100


def trials(kills):
    return {
        "killed": Trial(kills=kills, conversations=50),
        "raced": Trial(workers=4, overlap=3),
        "delivered twice": Trial(repeated=0.2),
    }


class Process:
    """A bot's process and what it was given."""

    def __init__(self, command, store, quota):
        self.pipe, theirs = Pipe()
        self.process = subprocess.Popen([*command, str(theirs.fileno()), str(store)], pass_fds=[theirs.fileno()], cwd=HERE)  # noqa: S603 - our own bots
        theirs.close()
        self.held, self.until, self.quota = Counter(), None, quota

    def give(self, message):
        self.held[message] += 1
        with suppress(OSError):
            self.pipe.send((message.split("-")[0], message))

    def words(self):
        with suppress(EOFError, OSError):
            while self.pipe.poll():
                yield self.pipe.recv()

    def kill(self):
        self.process.kill()
        self.process.wait()


class Run:
    """One trial of one bot."""

    def __init__(self, command, trial, seed, messages=10, at_once=50):
        self.command, self.trial, self.rng, self.at_once, self.messages = command, trial, random.Random(seed), at_once, messages  # noqa: S311 - seeded, to be run again
        self.store = Path(tempfile.mkdtemp()) / "store.db"
        self.scripts, self.flying, self.tries = {}, Counter(), Counter()
        self.counts, self.stored, self.said, self.begun = Counter(), set(), [], 0

    def play(self):
        began = time.monotonic()
        self.processes = [self.process() for _ in range(self.trial.workers)]
        while self.feed() or any(process.held for process in self.processes):
            self.listen()
            self.bury()
        for process in self.processes:
            self.kill(process)
        return self.judged(self.log(), time.monotonic() - began)

    def process(self):
        return Process(self.command, self.store, self.rng.randint(1, LIFE))

    def enough(self):
        return self.begun >= self.trial.conversations and self.counts["kills"] >= self.trial.kills

    def feed(self):
        while len(self.scripts) < self.at_once and not self.enough():
            self.scripts[f"c{self.begun}"] = [f"c{self.begun}-{number}" for number in range(self.messages)]
            self.begun += 1
        for name, script in list(self.scripts.items()):
            while script and self.flying[name] < self.trial.overlap:
                self.flying[name] += 1
                self.counts["messages"] += 1
                self.send(script.pop(0))
            if not script and not self.flying[name]:
                del self.scripts[name]
        return bool(self.scripts) or not self.enough()

    def send(self, message):
        self.rng.choice(self.processes).give(message)
        if self.rng.random() < self.trial.repeated and message not in self.tries:
            self.counts["repeated"] += 1
            self.rng.choice(self.processes).give(message)

    def listen(self):
        pipes = {process.pipe: process for process in self.processes}
        for pipe in wait(list(pipes), SOON / 4):
            for word, *rest in pipes[pipe].words():
                getattr(self, f"on_{word}")(pipes[pipe], *rest)
            if pipes[pipe].process.poll() is not None:
                raise RuntimeError("a bot died by itself")

    def on_ready(self, process): ...

    def on_said(self, _, conversation, key):
        self.said.append((conversation, key))

    def on_stored(self, process, message):
        process.held = process.held - Counter([message])
        process.quota -= 1
        if process.quota == 0:
            process.until = time.monotonic() + self.rng.uniform(0, SOON)
        if message not in self.stored:
            self.stored.add(message)
            self.flying[message.split("-")[0]] -= 1

    def on_refused(self, process, message, error):
        process.held = process.held - Counter([message])
        self.counts["refused"] += 1
        self.tries[message] += 1
        if self.tries[message] > TRIES:
            raise RuntimeError(f"{message} is refused again and again: {error}")
        if message not in self.stored:
            self.rng.choice(self.processes).give(message)

    def bury(self):
        for process in list(self.processes):
            if process.until is not None and process.until <= time.monotonic() and self.counts["kills"] < self.trial.kills:
                self.kill(process)
                self.counts["kills"] += 1
                self.processes[self.processes.index(process)] = heir = self.process()
                for message in process.held.elements():
                    self.counts["resent"] += 1
                    heir.give(message)

    def kill(self, process):
        process.kill()
        for word, *rest in process.words():
            getattr(self, f"on_{word}")(process, *rest)

    def log(self):
        """Return the messages that the state of each conversation counts, as a process that was never killed reads it."""
        last = self.process()
        last.pipe.send(None)
        while True:
            if not last.pipe.poll(PATIENCE):
                raise RuntimeError("a bot says nothing")
            word, *rest = last.pipe.recv()
            if word == "log":
                last.process.wait()
                return rest[0]
            getattr(self, f"on_{word}")(last, *rest)

    def judged(self, log, seconds):
        """Count what the states have lost and doubled, and the answers that are too many or missing; a key counts once."""
        counted = Counter(message for messages in log.values() for message in messages)
        keyed = {(conversation, key) for conversation, key in self.said if key is not None}
        answers = Counter(conversation for conversation, _ in [*keyed, *(said for said in self.said if said[1] is None)])
        asked = Counter(message.split("-")[0] for message in self.stored)
        return {
            "kills": self.counts["kills"], "messages": self.counts["messages"], "sent again": self.counts["resent"],
            "repeated": self.counts["repeated"], "refused": self.counts["refused"],
            "lost": sum(message not in counted for message in self.stored), "doubled": sum(n > 1 for n in counted.values()),
            "answers too many": sum((answers - asked).values()), "answers missing": sum((asked - answers).values()),
            "seconds": round(seconds, 1),
        }  # fmt: skip


def python(name, venvs):
    """Return the interpreter of a peer's environment, made if there is none."""
    if not PEERS[name]:
        return sys.executable
    home = venvs / name
    if not (home / "bin" / "python").exists():
        print(f"installing {name} into {home} …", file=sys.stderr)
        venv.create(home, with_pip=True)
        subprocess.run([home / "bin" / "python", "-m", "pip", "install", "--quiet", *PEERS[name]], check=True)  # noqa: S603 - the peers named above
    return str(home / "bin" / "python")


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.bench.peers_host", description=__doc__)
    parser.add_argument("--venvs", type=Path, default=Path(tempfile.gettempdir()) / "csflow-peers-host")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=PEERS, nargs="*", default=list(PEERS))
    parser.add_argument("--trials", choices=trials(0), nargs="*", default=list(trials(0)))
    options = parser.parse_args()
    for name in options.only:
        command = [python(name, options.venvs), str(HERE / f"{name}_bot.py")]
        for kind, trial in trials(options.kills).items():
            if kind in options.trials:
                print(json.dumps({"bot": name, "trial": kind, **Run(command, trial, options.seed).play()}), flush=True)


if __name__ == "__main__":
    main()
