"""Which facts are surely known when a rule speaks."""

from __future__ import annotations

from collections.abc import Iterable

from csflow.check.subject import Branch, Subject
from csflow.condition import implied, known_terms, settled_by_passing
from csflow.spec import OUTCOMES, ActSpec, FollowUpSpec

Facts = frozenset[str]
SURE = ("today", "misses", "resumes")
ALWAYS = ("granted.", "tags.", "type.", "message.", "calls.")
LISTED = ("offer", "next", "is_last", "takes")
OF_FOCUS = ("order", "product")


class Knowledge:
    """What a flow surely knows; facts are named as conditions spell them, map items as `name[key]`."""

    def __init__(self, subject: Subject) -> None:
        self.subject, self.spec = subject, subject.spec
        self.required = frozenset(name for name, fact in self.spec.facts.items() if fact.required)
        focus = frozenset(name for name in self.required if name.partition(".")[0] in OF_FOCUS)
        self.base = self.closed(self.required - focus)

    def lacks(self, needed: Iterable[str], known: Facts) -> Facts:
        """Return the facts of `needed` that may be unknown."""
        return frozenset(n for n in needed if n not in known and n not in SURE and not n.startswith(ALWAYS))

    def of_rule(self, branch: Branch) -> Facts:
        """Return what is known when a rule speaks: its effects were applied, its conditions hold."""
        passed = (e for e in self.subject.choices(branch.listed) if e.number < branch.number and e.lasting)
        settled = (settled_by_passing(self.subject.node(e.rule.if_)) for e in passed if e.rule.if_)
        brought = frozenset.intersection(*(self.brought(trigger) for trigger in branch.listed.when))
        holding = (self.implied(branch.listed.if_), self.implied(branch.rule.if_))
        return self.after(self.closed(self.base.union(brought, *settled, *holding)), branch.rule)

    def of_follow_up(self, spec: FollowUpSpec) -> Facts:
        """Return what is known when a follow-up is due."""
        date = known_terms(self.subject.node(spec.at)) if spec.at else frozenset[str]()
        since = self.brought(spec.since) if spec.since else frozenset[str]()
        return self.after(self.closed(self.base | date | since | self.implied(spec.if_)), spec)

    def implied(self, text: str | None) -> Facts:
        """Return what a condition that holds makes known."""
        return frozenset() if text is None else implied(self.subject.node(text))

    def brought(self, trigger: str) -> Facts:
        """Return the facts that come with an event."""
        name = self.subject.flow.trigger(trigger)
        event = self.spec.events.get(name.removeprefix("report."))
        if event is not None and name.startswith("report."):
            return frozenset({*event.brings, *event.sets})
        if trigger.startswith("slots.") and trigger.removeprefix("slots.") not in self.subject.questioned:
            return frozenset([trigger])
        if trigger == "ambiguous":
            return frozenset(["rivals.first", "rivals.second"])
        return frozenset(["outcome"] if trigger.rpartition(".")[2] in OUTCOMES else [])

    def closed(self, known: Facts) -> Facts:
        """Add what follows: parts of a claim, the facts of a bargain, the required facts of a product in focus."""
        claims = {f"{name}{part}" for name in self.claims(known) for part in ("", ".as_of", ".evidence")}
        known = known | claims
        for name, bargain in self.spec.bargains.items():
            terms = known_terms(self.subject.node(bargain.list_))
            if any(f"{name}.{fact}" in known for fact in LISTED):
                known |= terms
            if terms <= known:
                known |= {f"{name}.offer", f"{name}.is_last"}
        focused = {name.partition(".")[0] for name in known} & set(OF_FOCUS)
        return known | {name for name in self.required if name.partition(".")[0] in focused}

    def claims(self, known: Facts) -> set[str]:
        """Return the claims of which some part is known."""
        declared = [name for name, fact in self.spec.facts.items() if fact.type.kind == "claim"]
        return {name for name in declared if known & {name, f"{name}.as_of", f"{name}.evidence"}}

    def after(self, known: Facts, act: ActSpec) -> Facts:
        """Add what an act's own effects make known before it speaks; after an offer there may be no next one."""
        agreed = {f"{e.agree}.agreed" for e in act.do if e.agree and e.if_ is None and f"{e.agree}.offer" in known}
        return (known | agreed) - {f"{e.offer}.next" for e in act.do if e.offer}

    def of_call(self, name: str) -> Facts:
        """Return what is known while a look-up is under way: the values that it cannot do without."""
        needed = (ref for ref in self.spec.calls[name].with_ if self.spec.calls[name].read and not ref.endswith("?"))
        return self.closed(self.base.union(*(known_terms(self.subject.node(ref)) for ref in needed)))
