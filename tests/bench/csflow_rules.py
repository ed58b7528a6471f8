"""csflow in the peers' benchmark: `prepare` writes the workload as a rule file, `load` reads it, `turn` is one `step`.

Every state of the workload is `identify_need.NAME`; its intents' priority is `yields_to`; its counters are `used(...)` over
rule ids that carry the counter's name.
"""

import datetime
import re

import yaml

from csflow import Message, step
from csflow import load as load_flow

ROOT = "identify_need."
NOW = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)


def prepare(flow, directory):
    """Write the workload as a folder of rule files, one an intent."""
    names, counters = list(flow["intents"]), {r["inc"] for r in flow["replies"].values()} - {None}

    def text(reply):
        return re.sub(r"\{(\w+)\}", lambda m: f"{{{{ {place(m[1])} }}}}", reply["text"])

    def place(name):
        return f"used({name})" if name in counters else f"customer.{name}"

    def rule(rule_id, reply_id, guard=None):
        reply = flow["replies"][reply_id]
        counted = f".{reply['inc']}" if reply["inc"] else ""
        made = {"id": rule_id + counted, "say": text(reply), "go": ROOT + reply["state"]}
        if guard:
            counter, least = guard.split(">=")
            made["if"] = f"used({counter}) >= {least}"
        return made

    lists, rows = [], {}
    for number, t in enumerate(flow["transitions"]):
        rows.setdefault((t["state"], t["intent"]), []).append(rule(f"r{number}", t["reply"], t["guard"]))
    for (state, intent), rules in rows.items():
        lists.append({"when": intent, "in": [ROOT + state], "choose": rules})
    lists += [
        {"when": "unknown", "in": [ROOT + state], "choose": [rule(f"fallback.{state}", f"{state}.fallback")]}
        for state in flow["states"]
    ]
    lists.append({"when": "started", "in": ["greet"], "choose": [{"id": "begin", "say": [], "go": ROOT + flow["start"]}]})
    write(directory / "flow.yaml", {"name": "peers", "version": "1", "language": "zh"})
    write(directory / "store.yaml", {"profile": "peers", "limits": {"repeats": 0}})
    facts = {f"customer.{name}": "text" for name in ("name", "agent", "city", "product", "price", "order_no")}
    (directory / "rules").mkdir()
    write(directory / "rules" / "talk.yaml", {"facts": facts, "states": {ROOT + s: {} for s in flow["states"]}, "rules": lists})
    intents = {n: {"phrases": list(p), "yields_to": names[:k]} for k, (n, p) in enumerate(flow["intents"].items())}
    for number, part in enumerate(parts(intents)):
        write(directory / "rules" / f"intents_{number}.yaml", {"intents": part})


def parts(intents):
    """Yield the intents in files of at most about 10,000 phrases; a rule file is limited to 1 MB."""
    part = {}
    for name, words in intents.items():
        part[name] = words
        if sum(len(each["phrases"]) for each in part.values()) > 10_000:
            yield part
            part = {}
    if part:
        yield part


def write(path, data):
    dump = yaml.dump(data, allow_unicode=True, sort_keys=False, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper))
    path.write_text(dump, encoding="utf-8")


class Session:
    """What a host keeps of a live conversation: its snapshot."""

    __slots__ = ("snapshot",)

    def __init__(self, snapshot):
        self.snapshot = snapshot


class Bot:
    """The adapter's interface over a loaded flow."""

    def __init__(self, flow):
        self.flow = flow
        self.match = flow.recogniser.hear

    def session(self, sid, variables):
        return Session(self.flow.fresh(0, {f"customer.{name}": value for name, value in variables.items()}))

    def turn(self, session, text):
        turn = step(self.flow, session.snapshot, Message((text,)), NOW)
        session.snapshot = turn.snapshot
        return turn.state[len(ROOT) :], "".join(turn.replies)


def load(directory):
    return Bot(load_flow(directory))
