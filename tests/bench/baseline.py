"""The physical limit: one automaton pass, one dict look-up, one %-format; no snapshot, no why, no proof of anything."""

import re

from ahocorasick_rs import AhoCorasick


class Baseline:
    """The workload's flow as a dict of rows."""

    def __init__(self, flow):
        self.start, self.counters, self.none = flow["start"], flow["counters"], len(flow["intents"])
        words = [(w, k) for k, each in enumerate(flow["intents"].values()) for w in each]
        self.owner = [k for _, k in words]
        self.find = AhoCorasick([w for w, _ in words]).find_matches_as_indexes
        index = {name: k for k, name in enumerate(flow["intents"])}
        self.table = {}
        for t in flow["transitions"]:
            name, _, least = (t["guard"] or ">=0").partition(">=")
            self.table.setdefault((t["state"], index[t["intent"]]), []).append((name, int(least), *self._reply(flow, t["reply"])))
        self.fallback = {s: [("", 0, *self._reply(flow, f"{s}.fallback"))] for s in flow["states"]}

    def _reply(self, flow, reply_id):
        reply = flow["replies"][reply_id]
        names = re.findall(r"\{(\w+)\}", reply["text"])
        return reply["state"], reply["inc"], re.sub(r"\{\w+\}", "%s", reply["text"].replace("%", "%%")), *names

    def session(self, sid, variables):
        return [self.start, {**variables, **dict.fromkeys(self.counters, 0)}]

    def turn(self, session, text):
        state, v = session
        owner, best = self.owner, self.none
        for number, _, _ in self.find(text.lower(), True):
            best = min(best, owner[number])
        rows = self.table.get((state, best), self.fallback[state])
        row = next((row for row in rows if not row[0] or v[row[0]] >= row[1]), self.fallback[state][0])
        _, _, to, inc, fmt, a, b = row
        if inc:
            v[inc] += 1
        session[0] = to
        return to, fmt % (v[a], v[b])
