"""Every figure that csflow claims, measured in one run: `python -m tests.bench` (or `make bench`).

Ratios are to the baseline in `baseline.py`, measured in the same rounds; absolutes stand beside them. Nothing here is
asserted: a test that timed things would lie on a busy machine.
"""

import datetime
import gc
import json
import math
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

import yaml

from csflow import Message, load, step

from . import csflow_rules
from .baseline import Baseline
from .table import main

HERE = Path(__file__).parent
SHARED = HERE.parents[2] / "shared" / "data" / "jd_sessions_dev.jsonl"
CACHE = str(Path(tempfile.gettempdir()) / "csflow-bench-bytecode")
NOW = datetime.datetime(2026, 11, 23, 10, tzinfo=datetime.UTC)


def grown(flow, total, seed=7):
    """Return the flow with synthetic phrases that stand in no message, `total` in all."""
    rng, intents = random.Random(seed), {}  # noqa: S311 - a benchmark needs no secrets
    syllables = [a + b for a in "bcdfghklmnprstw" for b in ("a", "e", "i", "o", "u", "an", "er", "ing")]
    for name, real in flow["intents"].items():
        extra = {" ".join("".join(rng.choices(syllables, k=3)) for _ in range(2)) for _ in range(total // len(flow["intents"]))}
        intents[name] = [*real, *sorted(extra)]
    return {**flow, "intents": intents}


def play(bot, conversations):
    """Play every conversation once; returns microseconds a turn, every state and reply checked."""
    spent = turns = 0
    for number, conversation in enumerate(conversations):
        session = bot.session(f"s{number}", dict(conversation["vars"]))
        for want in conversation["turns"]:
            before = time.perf_counter_ns()
            got = bot.turn(session, want["text"])
            spent += time.perf_counter_ns() - before
            turns += 1
            if got != (want["state"], want["reply"]):
                raise SystemExit(f"{want['text']!r}: {got} instead of {want['state'], want['reply']}")
    return spent / turns / 1000


def csflow_bot(flow, folder):
    """Write the flow as a rule file, load it, and tell how long loading took (ms, best of three)."""
    csflow_rules.prepare(flow, folder)
    took = []
    for _ in range(3):
        before = time.perf_counter()
        bot = csflow_rules.load(folder)
        took.append((time.perf_counter() - before) * 1000)
    return bot, min(took)


def rounds(bots, conversations, count):
    """Play all bots in turn, so that drift hits all alike; returns the samples of each."""
    samples = {name: [] for name in bots}
    for _ in range(count):
        for name, bot in bots.items():
            samples[name].append(play(bot, conversations))
    return samples


def rss():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    return 0


def memory(sessions):
    """KiB of resident memory for each live conversation after three turns, in this process."""
    data = json.loads((HERE / "workload.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as tmp:
        csflow_rules.prepare(data["flow"], Path(tmp))
        bot = csflow_rules.load(Path(tmp))
    conversations = data["conversations"]
    play(bot, conversations)
    gc.collect()
    before, live = rss(), []
    for number in range(sessions):
        conversation = conversations[number % len(conversations)]
        session = bot.session(f"s{number}", dict(conversation["vars"]))
        for turn in conversation["turns"][:3]:
            bot.turn(session, turn["text"])
        live.append(session)
    gc.collect()
    return (rss() - before) / 1024 / sessions


def peers(out, quick):
    data = json.loads((HERE / "workload.json").read_text(encoding="utf-8"))
    flow, conversations = data["flow"], data["conversations"]
    with tempfile.TemporaryDirectory() as tmp:
        folders = [Path(tmp) / name for name in ("small", "large")]
        for folder in folders:
            folder.mkdir()
        small, load_ms = csflow_bot(flow, folders[0])
        large, large_ms = csflow_bot(grown(flow, 60_000), folders[1])
        bots = {"baseline": Baseline(flow), "csflow": small, "csflow @60,000": large}
        rounds(bots, conversations, 2)
        samples = rounds(bots, conversations, 5 if quick else 25)
    base, turn, big = (min(samples[name]) for name in bots)
    ratio, growth = turn / base, big / turn
    kib = fresh_process("from tests.bench.__main__ import memory; print(memory(10_000))", 1)
    out(
        "peers' workload: a turn with Turn, snapshot and why",
        f"{turn:.1f} us",
        f"{ratio:.1f} x baseline ({base:.2f} us)",
        "<= 20 us, <= 18 x",
    )
    out("the same with 60,000 phrases", f"{big:.1f} us", f"{growth:.2f} x", "<= 1.2 x")
    out("a live conversation", f"{kib:.2f} KiB", "", "<= 1 KiB")
    out("loading that flow, warm", f"{load_ms:.1f} ms", f"60,000 phrases: {large_ms:.0f} ms", "<= 20 ms")


def messages(quick):
    """Real customers' messages where they are at hand; the demo's own lines elsewhere."""
    if SHARED.exists():
        sessions = [json.loads(line)["turns"] for line in SHARED.read_text(encoding="utf-8").splitlines()]
        found = [[t["text"] for t in session if t["role"] == "customer"] for session in sessions]
        return found[:60] if quick else found, "real messages"
    lines = ["在吗", "这个有货吗", "能便宜点吗", "太贵了", "再看看", "能包邮吗", "什么时候发货", "谢谢"]
    return [lines] * 50, "messages of our own"


def timed(flow, snapshot, text):
    before = time.perf_counter_ns()
    turn = step(flow, snapshot, Message((text,)), NOW)
    return turn.snapshot, (time.perf_counter_ns() - before) / 1000


def retail(out, quick):
    flow = load("retail_zh")
    sessions, source = messages(quick)
    best = []
    for _ in range(2 if quick else 5):
        took = []
        for texts in sessions:
            snapshot = flow.fresh()
            for text in texts:
                snapshot, spent = timed(flow, snapshot, text)
                took.append(spent)
        best = took if not best else [min(a, b) for a, b in zip(best, took, strict=True)]
    best.sort()
    out(f"retail_zh: a whole turn, median of {len(best):,} {source}", f"{best[len(best) // 2]:.0f} us", "", "<= 150 us")
    out("the same, 99th percentile", f"{best[int(len(best) * 0.99)]:.0f} us", "", "<= 600 us")
    growth_in_sessions(out, flow, sessions, quick)
    growth_in_turns(out, flow)
    out("a fresh snapshot as JSON", f"{len(flow.fresh().to_json().encode())} bytes", "", "<= 2 KB")


def growth_in_sessions(out, flow, sessions, quick):
    count, medians = 1_000 if quick else 10_000, {}
    for live in (1, count) * (2 if quick else 4):  # in turn, so that drift hits both alike
        took = list(islice(round_robin(flow, sessions, live), live, live + (4_000 if quick else 10_000)))
        medians[live] = min(medians.get(live, math.inf), statistics.median(took))
    one, many = medians.values()
    out(f"from 1 to {count:,} live conversations", f"{one:.0f} to {many:.0f} us", f"{many / one:.2f} x", "<= 1.3 x")


def round_robin(flow, sessions, live):
    """Step so many conversations in turn, a finished one replaced by the next; yields microseconds."""
    waiting = cycle(sessions)
    slots = [[flow.fresh(number), iter(next(waiting))] for number in range(live)]
    while True:
        for slot in slots:
            text = next(slot[1], None)
            if text is None:
                slot[:] = flow.fresh(), iter(next(waiting))
                text = next(slot[1])
            slot[0], spent = timed(flow, slot[0], text)
            yield spent


def growth_in_turns(out, flow):
    snapshot, took = flow.fresh(), []
    lines = ["这个有货吗", "能便宜点吗", "什么时候发货", "好的", "衬衫多少钱"]
    for number in range(1_000):
        snapshot, spent = timed(flow, snapshot, lines[number % len(lines)])
        took.append(spent)
    first, last = statistics.median(took[:100]), statistics.median(took[-100:])
    out("over 1,000 turns of one conversation", f"{first:.0f} to {last:.0f} us", f"{last / first:.2f} x", "<= 1.3 x")


def rules_file(folder, count):
    """Write a flow of `count` rules over several files."""
    (folder / "rules").mkdir(parents=True)
    (folder / "flow.yaml").write_text("name: big\nversion: '1'\nlanguage: zh\n")
    (folder / "facts.yaml").write_text("facts:\n  order.total: money\n  store.minimum: money\nintents: {}\n")
    for part in range(count // 50):
        intents = {f"ask_{part}_{n}": {"examples": [f"第{part}组第{n}个问题怎么办", f"请问{part}号的{n}项"]} for n in range(25)}
        rules = [
            {"when": name, "choose": [
                {"id": f"{name}.met", "if": "order.total >= store.minimum", "say": "您这单{{ order.total }}，够了。"},
                {"id": f"{name}.short", "else": True, "say": ["还差一点。", "再看看别的吧。"], "go": "handle_objection"},
            ]}
            for name in intents
        ]  # fmt: skip
        text = yaml.safe_dump(
            {"scenario": f"part_{part}", "intents": intents, "rules": rules}, allow_unicode=True, sort_keys=False
        )
        (folder / "rules" / f"{part:02}.yaml").write_text(text, encoding="utf-8")


def fresh_process(code, count=7):
    """Best of several runs of code that prints a figure, each in a fresh process with bytecode, as installed packages have."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": CACHE}
    command = [sys.executable, "-c", code]
    run = [
        subprocess.run(command, capture_output=True, text=True, check=True, env=environment)  # noqa: S603 - our own code
        for _ in range(count)
    ]
    return min(float(each.stdout.split()[-1]) for each in run)


def cold(out):
    timer = "import time; t = time.perf_counter(); {}; print((time.perf_counter() - t) * 1000)"
    out("import csflow", f"{fresh_process(timer.format('import csflow')):.0f} ms", "", "<= 100 ms")
    out("import csflow and its engine", f"{fresh_process(timer.format('from csflow import load')):.0f} ms", "", "")
    took, bare, environment = [], [], {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": CACHE}
    for _ in range(7):
        for command, into in (([sys.executable, "-m", "csflow", "--help"], took), ([sys.executable, "-c", "pass"], bare)):
            before = time.perf_counter()
            subprocess.run(command, capture_output=True, check=True, env=environment)  # noqa: S603 - our own command
            into.append((time.perf_counter() - before) * 1000)
    out("csflow --help, whole process", f"{min(took):.0f} ms", f"an empty Python: {min(bare):.0f} ms", "<= 80 ms")
    with tempfile.TemporaryDirectory() as tmp:
        rules_file(Path(tmp) / "big", 500)
        code = timer.format(f"from csflow import load; load({str(Path(tmp) / 'big')!r})")
        out("a 500-rule flow from files, cold, import included", f"{fresh_process(code, 5):.0f} ms", "", "<= 400 ms")


def report(out, quick):
    print(f"Python {platform.python_version()}, {os.cpu_count()} CPUs, {platform.machine()}; best of several rounds\n")
    print("| figure | measured | beside it | wanted |\n|---|---|---|---|")
    peers(out, quick)
    retail(out, quick)
    cold(out)


if __name__ == "__main__":
    main(__doc__, report)
