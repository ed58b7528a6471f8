"""The ways in which somebody breaks a flow who wants to get past the checks: each is a small edit that reads well."""

# ruff: noqa: C901, PLR0912, E501 - each function is a list of faults, written as the lines of the rule files that they make

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from csflow.testing.edits import Edit, swapped, without_item, without_key
from tests.check.broken import Fault, Pack, added, changed, quoted, taken

ENGLISH = {"en"}
PROMISES = {
    "zh": ("稍后给您回复。", "我问到了就告诉您。", "有消息第一时间通知您。", "我让同事尽快联系您。"),
    "en": ("I'll get back to you shortly.", "I'll let you know as soon as I hear.", "A colleague will contact you."),
}
GARBLED = {"zh": ("锟斤拷烫烫烫", "Sure, no problem at all, my friend.", "????"), "en": ("好的，没问题。", "Ã©tÃ© â€“", "????")}
OPPOSITE = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "!=", "!=": "=="}


def names(pack: Pack) -> Iterator[Fault]:
    """Names that nothing declares, misspelt: tags, their values, grants, people to tell; and secrets that are none."""
    for source, path, act in pack.acts():
        for at, effect in enumerate(act.get("do") or ()):
            for name, value in (effect.get("tag") or {}).items():
                yield changed("tag-value", source, (*path, "do", at, "tag", name), f"{value}x")
                yield changed("tag-name", source, (*path, "do", at, "tag"), f"{{{name}x: {value}}}")
            if "notify" in effect:
                who = effect["notify"]
                yield changed("notify-typo", source, (*path, "do", at, "notify"), who[:2] + who[3:])
    for source, path, text in pack.conditions():
        for name in re.findall(r"tags\.(\w+)", text):
            yield changed("tag-read", source, path, quoted(text.replace(f"tags.{name}", f"tags.{name[:-1]}")))
        for name in re.findall(r"granted\.(\w+)", text):
            yield changed("grant-read", source, path, quoted(text.replace(f"granted.{name}", f"granted.{name}s")))
    for source, path, fact in pack.parts("facts"):
        if isinstance(fact, dict) and fact.get("secret"):
            yield from taken("secret-dropped", source, path, "secret")


def caps(pack: Pack) -> Iterator[Fault]:
    """Limits that are still there and limit nothing."""
    for source in pack.sources:
        for number, line in enumerate((source.data or {}).get("never", ())):
            if match := re.search(r"> (\d+)$", line):
                yield changed("never-raised", source, ("never", number), quoted(line[: match.start(1)] + str(int(match[1]) + 40)))
    for source, path, part in pack.parts("follow_ups"):
        if "max" in part:
            yield changed("follow-up-max", source, (*path, "max"), "60")
            if "after" in part and "if" not in part:
                yield from taken("follow-up-max", source, path, "max")
        if "window" in part:
            yield from taken("window-dropped", source, path, "window")
    for source, path, part in pack.parts("types"):
        for name, value in part.items():
            if name == "sure":
                yield changed("type-never", source, (*path, name), str(value + 30))
    limits = (pack.store.data or {}).get("limits") or {}
    for name, value in (("marketing", "90"), ("message", "2000"), ("repeats", "0")):
        if name in limits:
            yield changed("profile-limit", pack.store, ("limits", name), value)


def replies(pack: Pack) -> Iterator[Fault]:
    """Replies at the wrong place, twice, in other words than the customer's, or that say what nobody does."""
    language = pack.spec.language
    for source, path, listed in pack.lists():
        said = [n for n, rule in enumerate(listed["choose"]) if isinstance(rule.get("say"), (str, list)) and rule["say"]]
        for one, two in pairwise(said):
            first, second = (source.node((*path, "choose", n, "say")) for n in (one, two))
            words = [source.text[node.start : node.end] for node in (first, second)]
            if "\n" not in "".join(words) and words[0] != words[1]:
                edits = Edit(first.start, first.end, words[1]), Edit(second.start, second.end, words[0])
                yield Fault("say-swapped", source.file, f"{listed['choose'][one]['id']} and the next", edits)
                yield Fault(
                    "say-copied",
                    source.file,
                    f"{listed['choose'][two]['id']} says the other's",
                    (Edit(second.start, second.end, words[0]),),
                )
    for source, path, act in pack.acts():
        say = act.get("say")
        if isinstance(say, list) and len(say) > 1 and isinstance(say[0], str) and isinstance(say[1], str):
            yield changed("variant-twice", source, (*path, "say", 1), quoted(say[0]))
    for source, path, text in pack.texts():
        pick = zlib.crc32(text.encode())
        yield changed("say-garbled", source, path, quoted(GARBLED[language][pick % len(GARBLED[language])]))
        facts = re.findall(r"\{\{ (\w+\.\w+) \}\}", text)
        others = [
            n
            for n, f in pack.spec.facts.items()
            if facts
            and facts[0] in pack.spec.facts
            and n != facts[0]
            and f.type == pack.spec.facts[facts[0]].type
            and not f.secret
            and f.required
        ]
        if others:
            yield changed("fact-swapped", source, path, quoted(text.replace(facts[0], others[pick % len(others)], 1)))
    for source, path, rule, listed in pack.rules():
        if (
            isinstance(rule.get("say"), str)
            and not rule.get("do")
            and not rule.get("go")
            and not rule.get("ask")
            and isinstance(listed["when"], str)
            and listed["when"] in pack.spec.intents
        ):
            line = PROMISES[language][zlib.crc32(rule["id"].encode()) % len(PROMISES[language])]
            yield changed(
                "promise-empty",
                source,
                (*path, "say"),
                quoted(f"{rule['say']} {line}" if language in ENGLISH else rule["say"] + line),
            )
        if any("promise" in effect or "call" in effect for effect in rule.get("do") or ()):
            for at, effect in enumerate(rule["do"]):
                if "promise" in effect or "call" in effect:
                    edit = without_item(source, (*path, "do"), at) or without_key(source, path, "do")
                    if edit:
                        yield Fault("promise-unmade", source.file, f"{rule['id']} without {effect}", (edit,))
        if rule.get("go") == "handoff":
            yield from (f._replace(kind="handoff-dropped") for f in taken("", source, path, "go"))


def ways(pack: Pack) -> Iterator[Fault]:
    """Conditions turned about, other targets, other events, rules that are gone."""
    states = [*pack.spec.states, "farewell", "follow_up", "close", "identify_need"]
    for source, path, text in pack.conditions():
        for old in re.findall(r" (<=|>=|==|!=|<|>) ", text)[:1]:
            yield changed("comparison", source, path, quoted(text.replace(f" {old} ", f" {OPPOSITE[old]} ", 1)))
        yield changed("negated", source, path, quoted(f"not ({text})"))
        if " and " in text:
            yield changed("or-for-and", source, path, quoted(text.replace(" and ", " or ", 1)))
    for source, path, rule, listed in pack.rules():
        if rule.get("go") in states:
            other = states[(states.index(rule["go"]) + 1 + zlib.crc32(rule["id"].encode()) % (len(states) - 1)) % len(states)]
            yield changed("target", source, (*path, "go"), other)
            yield from (f._replace(kind="target-dropped") for f in taken("", source, path, "go"))
        number = int(path[-1])
        if len(listed["choose"]) > 1 and not rule.get("override"):
            if edit := without_item(source, path[:-1], number):
                yield Fault("rule-dropped", source.file, rule["id"], (edit,))
            if number and not rule.get("else"):
                yield Fault("rules-swapped", source.file, rule["id"], swapped(source, path[:-1], number - 1))
    for source, path, listed in pack.lists():
        when = listed["when"]
        if isinstance(when, str) and when.endswith(".done"):
            yield changed("outcome-swapped", source, (*path, "when"), when.replace(".done", ".failed"))
        if edit := without_item(source, path[:1], int(path[1])):
            yield Fault("list-dropped", source.file, str(when), (edit,))


def timers(pack: Pack) -> Iterator[Fault]:
    """Timers that start one another, promises whose day nobody knows."""
    flow = next(source for source in pack.sources if source.file.endswith("flow.yaml"))
    words = ("Are you there?", "Still there?") if pack.spec.language == "en" else ("您还在吗？", "在的话说一声。")
    yield added(
        "timer-circle",
        flow,
        "two follow-ups",
        f"follow_ups:\n  zz_one: {{since: zz_two, after: 1h, if: misses < 9, say: {quoted(words[0])}}}\n  zz_two: {{since: zz_one, after: 1h, if: misses < 9, say: {quoted(words[1])}}}\n",
    )
    rules = [rule["id"] for _, _, rule, _ in pack.rules() if "." in rule["id"] and rule.get("say")]
    if rules:
        rule = rules[zlib.crc32(pack.name.encode()) % len(rules)]
        yield added(
            "reminder-since-rule",
            flow,
            rule,
            f"follow_ups:\n  zz_again: {{since: {rule}, after: 1d, max: 1, say: {quoted(words[0])}}}\n",
        )
        yield added(
            "marketing-refused",
            flow,
            rule,
            f"follow_ups:\n  zz_again: {{since: {rule}, after: 3d, max: 1, if: misses < 9, purpose: marketing, say: {quoted(words[1])}}}\n",
        )
        yield added(
            "nagging",
            flow,
            "silence",
            f"follow_ups:\n  zz_nag: {{since: silence, after: 5m, in: [identify_need], if: misses < 9, say: {quoted(words[1])}}}\n",
        )
    dates = [n for n, f in pack.spec.facts.items() if f.type.kind == "date" and not f.required]
    for source, path, act in pack.acts():
        for at, effect in enumerate(act.get("do") or ()):
            if "promise" in effect and dates:
                named = ", ".join(f"{k}: {v}" for k, v in effect["promise"].items() if k != "by")
                yield changed("by-unknown", source, (*path, "do", at, "promise"), f"{{{named}, by: {dates[0]}}}")
                yield changed("by-far", source, (*path, "do", at, "promise"), f"{{{named}, by: 400d}}")


def heard(pack: Pack) -> Iterator[Fault]:
    """Words that say too much, or two things; classes of words that nothing uses."""
    flow = next(source for source in pack.sources if source.file.endswith("flow.yaml"))
    yield added("words-unused", flow, "a class", "words: {zz_colour: [zzred, zzblue]}\n")
    wide = "you" if pack.spec.language == "en" else "您"
    for source, path, part in pack.parts("intents"):
        if (
            isinstance(part, dict)
            and isinstance(part.get("phrases"), list)
            and source.text[source.node((*path, "phrases")).start] == "["
        ):
            first = source.node((*path, "phrases", 0))
            yield Fault("phrase-wide", source.file, f"{path[1]}: {wide}", (Edit(first.start, first.start, f"{wide}, "),))
    for source, path, slot in pack.parts("slots"):
        hears = slot.get("hears") if isinstance(slot, dict) else None
        listed = [(k, v) for k, v in hears.items() if isinstance(v, list) and v] if isinstance(hears, dict) else []
        for (_, said), (other, _) in pairwise(listed):
            first = source.node((*path, "hears", other, 0))
            yield Fault(
                "hears-twice",
                source.file,
                f"{path[1]}: {said[0]}",
                (Edit(first.start, first.start, f"{quoted(str(said[0]))}, "),),
            )


ADVERSE: Sequence[Callable[[Pack], Iterator[Fault]]] = (names, caps, replies, ways, timers, heard)
