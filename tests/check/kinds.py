"""The ways in which authors break flows, each at every place of a pack that allows it."""

# ruff: noqa: C901, PLR0912, E501 - each function is a list of faults, written as the lines of the rule files that they make

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from csflow.rulefile.source import Source, Steps
from csflow.testing.edits import Edit, swapped, without_item, without_key
from tests.check.broken import Fault, Pack, added, changed, dropped, lines, quoted, taken

SEED, EACH = 20261122, 1
SAID = {
    "absolute": (
        "这款是全网卖得最好的。",
        "我们的做工是行业里最好的。",
        "绝对是国家级的品质。",
        "This is the best one on the market.",
    ),
    "scarcity": ("手慢就没有了。", "今天不拍明天就涨价。", "只剩最后两件了。", "Only two left, hurry before it is gone."),
    "guilt": (
        "聊了这么久您不买说不过去吧。",
        "您这样我很难做，业绩就差您这一单。",
        "I spent all this time on you, so please buy it.",
    ),
    "pressure": ("您赶紧下单吧。", "别犹豫了，现在就付款。", "Stop hesitating and order right now."),
    "rivals": ("别家的都是次品。", "外面卖的质量都不行。", "Other shops sell fakes."),
    "review": ("给个五星好评，返您三元红包。", "拍照晒图给好评有礼。", "Leave us five stars and get a voucher."),
    "secret": ("麻烦把银行卡号和密码发我。", "请把短信验证码告诉我。", "Please send me your card number and the password."),
    "claim": ("百分之百有效，用过的都说好。", "我们的东西绝对正品，假一赔十。", "It is clinically proven and 100% effective."),
    "figure": ("现在下单再减20元。", "给您打八折。", "You get $5 off."),
    "deadline": ("三天内一定到。", "48小时内发货。", "It arrives within 2 days."),
    "rude": ("您自己不会看吗？", "爱买不买。", "Can't you read?"),
    "placeholder": ("您好，XXX先生。", "【店名】欢迎您。", "Hello [name]."),
    "human": ("我是真人客服，不是机器人。", "放心，我是人工。", "I am a real person, not a bot."),
    "contact": ("您加我微信聊，号码是kefu2020。", "直接转账给我，便宜五块。"),
    "feigned": ("我这是亏本给您的。", "我偷偷给您申请了特价，别告诉别人。", "I am losing money on this, just for you."),
}
"""Sentences that no shop should say, by what is wrong with them; those in letters of ASCII are for packs in English."""


def states(pack: Pack) -> Iterator[Fault]:
    """A state or rules where nobody comes, or that nobody leaves."""
    flow = next(source for source in pack.sources if source.file.endswith("flow.yaml"))
    yield added("unreachable-state", flow, "a state", "states:\n  close.attic: {}\n")
    yield added(
        "unreachable-state", flow, "a state and its rules",
        "states:\n  close.attic: {}\nrules:\n  - when: unknown\n    in: [close.attic]\n    choose: [{id: zz.attic, else: true, say: 嗯好。, go: farewell}]\n",
    )  # fmt: skip
    targets = Counter(rule.get("go") for *_, rule, _ in pack.rules())
    for source, path, rule, _ in pack.rules():
        go = rule.get("go")
        if go and "." in go and targets[go] == 1 and not any(p.get("go") == go for *_, p in pack.parts("follow_ups")):
            yield changed("unreachable-state", source, (*path, "go"), go.partition(".")[0])
    yield added(
        "now-loop", flow, "two rules on now",
        "rules:\n  - when: now\n    in: [close]\n    if: order.placed and not order.paid\n    choose: [{id: zz.there, else: true, go: identify_need}]\n"
        "  - when: now\n    in: [identify_need]\n    choose: [{id: zz.back, if: order.placed, go: close}]\n",
    )  # fmt: skip


def returns(pack: Pack) -> Iterator[Fault]:
    """A side root that does not give back what it interrupted."""
    ways = [(s, p) for s, p, rule, _ in pack.rules() if rule.get("go") == "back"]
    by_file: dict[str, list[tuple[Source, Steps]]] = {}
    for source, path in ways:
        by_file.setdefault(source.file, []).append((source, path))
    for file, found_ways in by_file.items():
        edits = [without_key(source, path, "go") for source, path in found_ways]
        if all(edits):
            yield Fault("no-return", file, "no rule goes back", tuple(edit for edit in edits if edit))


def unused(pack: Pack) -> Iterator[Fault]:
    """Facts, slots, calls, intents that nothing uses."""
    flow = next(source for source in pack.sources if source.file.endswith("flow.yaml"))
    yield added("unused", flow, "a fact", "facts: {store.zz_colour: text}\n")
    yield added("unused", flow, "a slot", "slots: {zz_height: {type: length_cm, ask: 多高？}}\n")
    yield added("unused", flow, "a call", "calls: {zz_measure: {within: 1h}}\n")
    words = (
        "[where is the moon today, tell me about the moon]" if pack.spec.language == "en" else "[今晚月亮圆不圆, 月亮几点升起来]"
    )
    yield added("unused", flow, "an intent", f"intents: {{zz_moon: {{examples: {words}}}}}\n")
    yield added(
        "unused",
        flow,
        "a timer",
        "follow_ups:\n  zz_news: {since: silence, after: 1d, in: [close], if: misses > 3 and misses < 2, max: 1, say: 您好呀。}\n",
    )
    yield added(
        "no-example",
        flow,
        "an intent without words",
        "intents: {zz_sun: {title: 太阳}}\nrules: [{when: zz_sun, choose: [{id: zz.sun, else: true, say: 好的呀。}]}]\n",
    )


def timers(pack: Pack) -> Iterator[Fault]:
    """Follow-ups that go on when their reason is gone, or come when nobody may be written to."""
    for source, path, part in pack.parts("follow_ups"):
        yield from taken("reminder-guard", source, path, "if")
        if "order.cancelled" in str(part.get("if")):
            yield from (
                f._replace(kind="reminder-cancelled")
                for f in conjuncts(pack, source, (*path, "if"), part["if"], "order.cancelled")
            )
        if part.get("purpose") == "marketing":
            yield from taken("opt-in", source, path, "purpose")
        if "window" in part:
            yield changed("quiet-hours", source, (*path, "window"), "mon-sun 22:30-23:30")
        if "refused" in str(part.get("if")):
            yield from (f._replace(kind="opt-out") for f in conjuncts(pack, source, (*path, "if"), part["if"], "refused"))
        if "after" in part and "max" in part and (edit := without_key(source, path, "max")):
            after, guard = source.node(path).keys["after"], without_key(source, path, "if")
            edits = (Edit(after, after + 5, "every"), edit, *([guard] if guard else []))
            yield Fault("endless", source.file, f"{path[-1]} every", edits)
        if "since" in part and "if" in part and not part.get("in"):
            yield changed("dead-timer", source, (*path, "if"), quoted(f"({part['if']}) and misses > 4 and misses < 2"))


def conjuncts(pack: Pack, source: Source, path: Steps, text: str, about: str) -> Iterator[Fault]:
    """Yield the fault that a part of a condition is not there."""
    parts = text.split(" and ")
    left = [part for part in parts if about not in part]
    if (
        "(" not in text.replace("known(", "").replace("in_state(", "").replace("used(", "").replace("times(", "")
        and left
        and len(left) < len(parts)
    ):
        yield changed("conjunct", source, path, quoted(" and ".join(left)))


def order(pack: Pack) -> Iterator[Fault]:
    """Branches behind wider ones, contradictions, conditions that say nothing, lists that tie or leave a gap."""
    for source, path, rule, listed in pack.rules():
        number, rules = int(path[-1]), listed["choose"]
        if number and rule.get("else") and "max" not in rule and "ask" not in rule and not any(r.get("override") for r in rules):
            yield Fault("else-first", source.file, rule["id"], swapped(source, path[:-1], number - 1))
        earlier = rules[number - 1] if number else {}
        if isinstance(rule.get("if"), str) and isinstance(earlier.get("if"), str) and not {"max", "ask"} & earlier.keys():
            yield changed("swallowed", source, (*path, "if"), quoted(f"{earlier['if']} and misses >= 0"))
        if rule.get("else") and len(rules) > 1 and not rule.get("override") and not str(listed["when"]).startswith(("now", "[")):
            yield from dropped("else-dropped", source, path[:-1], number)
    for source, path, text in pack.conditions():
        yield changed("contradiction", source, path, quoted(f"({text}) and not ({text})"))
        yield changed("contradiction", source, path, quoted(f"({text}) and misses > 3 and misses < 2"))
        yield changed("says-nothing", source, path, quoted("misses >= 0"))
        yield (
            changed("says-nothing", source, path, quoted("times(greeting) >= 0"))
            if "greeting" in pack.spec.intents
            else changed("says-nothing", source, path, quoted("used(zz) >= 0 or misses >= 0"))
        )
    for source, path, act in pack.acts():
        say = act.get("say")
        for at, line in enumerate(say if isinstance(say, list) else ()):
            if isinstance(line, dict) and "if" in line:
                yield changed("dead-variant", source, (*path, "say", at, "if"), quoted(f"({line['if']}) and not ({line['if']})"))
        for at, effect in enumerate(act.get("do") or ()):
            if "if" in effect:
                yield changed(
                    "dead-effect", source, (*path, "do", at, "if"), quoted(f"({effect['if']}) and not ({effect['if']})")
                )
    flow = next(source for source in pack.sources if source.file.endswith("flow.yaml"))
    for source, _, listed in pack.lists():
        scope = listed.get("in") or (source.data or {}).get("in")
        when = listed["when"] if isinstance(listed["when"], str) else listed["when"][0]
        if when in pack.spec.intents and not any(rule.get("override") for rule in listed["choose"]):
            where = f"    in: [{', '.join([scope] if isinstance(scope, str) else scope)}]\n" if scope else ""
            guard = f"    if: {quoted(listed['if'])}\n" if "if" in listed else ""
            body = f"rules:\n  - when: {when}\n{where}{guard}    choose: "
            yield added("tie", flow, f"beside {when}", body + "[{id: zz.tie, else: true, say: 好的呀。}]\n")
            yield added(
                "tie", flow, f"beside {when}, under a condition", body + "[{id: zz.tie, if: misses == 1, say: 好的呀。}]\n"
            )


def facts(pack: Pack) -> Iterator[Fault]:
    """Replies whose facts may be missing."""
    for source, path, text in pack.conditions():
        if "known(" in text:
            yield from (f._replace(kind="guard-dropped") for f in conjuncts(pack, source, path, text, "known("))
    optional = [
        name for name, fact in pack.spec.facts.items() if name.startswith("order.") and not fact.required and not fact.secret
    ]
    for source, path, text in pack.texts():
        name = optional[zlib.crc32(text.encode()) % len(optional)]
        alone = not any(isinstance(step, int) for step in path[path.index("say") :])
        if alone and name not in text and pack.spec.facts[name].type.kind in ("money", "text", "date", "count"):
            yield changed("missing-fact", source, path, quoted(f"{text}{{{{ {name} }}}}"))
    for source, path, rule, _ in pack.rules():
        say = rule.get("say")
        plain = [at for at, line in enumerate(say if isinstance(say, list) else ()) if isinstance(line, str)]
        if isinstance(say, list) and len(plain) == 1 and len(say) > 1:
            yield changed(
                "no-plain-variant", source, (*path, "say", plain[0]), f"{{if: misses == 1, text: {quoted(say[plain[0]])}}}"
            )
    for source, path, fact in pack.parts("facts"):
        if isinstance(fact, dict) and fact.get("required"):
            yield from taken("required-dropped", source, path, "required")


def limits(pack: Pack) -> Iterator[Fault]:
    """Prices under the floor, grants over limits, offers that go up, promises that nobody keeps."""
    for source, path, part in pack.parts("bargains"):
        for other in ("product.price", "store.everyday_price", "store.concession_voucher"):
            if other in pack.spec.facts and other != part["floor"]:
                yield changed("floor", source, (*path, "floor"), other)
        yield changed("step-up", source, (*path, "steps", len(part["steps"]) - 1, "cut"), "40%")
    for name, row in ((pack.store.data or {}).get("products") or {}).items():
        if "floor_price" in row:
            yield changed("floor-over-price", pack.store, ("products", name, "floor_price"), '"99999.00"')
    for source, path, text in pack.conditions():
        if "granted." in text:
            yield from (f._replace(kind="grant-unguarded") for f in conjuncts(pack, source, path, text, "granted."))
    for source, path, act in pack.acts():
        for at, effect in enumerate(act.get("do") or ()):
            if "grant" in effect and isinstance(effect.get("if"), str):
                yield from taken("grant-unguarded", source, (*path, "do", at), "if")
            if "grant" in effect:
                yield changed("grant-unlimited", source, (*path, "do", at, "grant"), "zz_gift")
            if "keep" in effect:
                edit = without_item(source, (*path, "do"), at) or without_key(source, path, "do")
                if edit:
                    yield Fault("keeper-dropped", source.file, f"{path[-1]} keep {effect['keep']}", (edit,))
            if "promise" in effect:
                yield changed("promise-renamed", source, (*path, "do", at, "promise"), "{zz_word: x, by: 2d}")
    for source, path, call in pack.parts("calls"):
        if "within" in call:
            yield from taken("deadline-dropped", source, path, "within")
    for source, path, listed in pack.lists():
        when = [listed["when"]] if isinstance(listed["when"], str) else listed["when"]
        if any(name.endswith((".denied", ".failed", ".broken")) for name in when):
            yield from dropped("outcome-dropped", source, path[:1], int(path[1]))
        if "started" in when:
            yield from dropped("greeting-dropped", source, path[:1], int(path[1]))
            for number, rule in enumerate(listed["choose"]):
                if "say" in rule:
                    yield from taken("greeting-silent", source, (*path, "choose", number), "say")


def wording(pack: Pack) -> Iterator[Fault]:
    """Sentences that no shop should say, long messages."""
    for source, path, text in pack.texts():
        for kind, sentences in SAID.items():
            fitting = [line for line in sentences if line.isascii() == (pack.spec.language == "en")]
            if fitting and (kind != "contact" or pack.profile.limits.contact == "platform"):
                line = fitting[zlib.crc32(text.encode()) % len(fitting)]
                yield changed(f"say-{kind}", source, path, quoted(f"{text} {line}" if line.isascii() else text + line))
        more = (
            " and we will gladly tell you more about it whenever you like"
            if pack.spec.language == "en"
            else "，这件事您什么时候想了解都可以直接问我，我都在这里"
        )
        yield changed("say-length", source, path, quoted(text + more * 8))
    for source, path, listed in pack.lists():
        if listed["when"] in ("started", "chitchat.bot", "ask_staff_number"):
            for number, rule in enumerate(listed["choose"]):
                for steps, text in lines(rule.get("say"), ("say",)):
                    plain = (
                        text.replace("智能客服", "客服")
                        .replace("是程序，", "")
                        .replace("程序", "客服")
                        .replace("automated", "friendly")
                        .replace("bot", "assistant")
                    )
                    if plain != text and "program" not in plain:
                        yield changed("bot-hidden", source, (*path, "choose", number, *steps), quoted(plain))


def hearing(pack: Pack) -> Iterator[Fault]:
    """Examples under the wrong intent, twins, intents without words."""
    named = [
        (s, p, part) for s, p, part in pack.parts("intents") if isinstance(part, dict) and isinstance(part.get("examples"), list)
    ]
    for number, (_, path, part) in enumerate(named):
        other_source, other_path, other = named[(number + 7) % len(named)]
        text = next((example for example in part["examples"] if "{" not in example and len(example) > 4), None)
        if text is None or str(other_path[1]).split(".")[0] == str(path[1]).split(".")[0]:
            continue
        first = other_source.node((*other_path, "examples", 0))
        item = f"{quoted(text)}, " if other_source.text[other_source.node((*other_path, "examples")).start] == "[" else ""
        if item:
            yield Fault(
                "example-copied", other_source.file, f"{text} also of {other_path[1]}", (Edit(first.start, first.start, item),)
            )
            twin = f"{quoted('请问' + text + '呢')}, " if pack.spec.language == "zh" else f"{quoted(text + ', please')}, "
            yield Fault("example-twin", other_source.file, f"{twin} of {other_path[1]}", (Edit(first.start, first.start, twin),))
            if "phrases" in part and isinstance(other.get("phrases"), list) and isinstance(part["phrases"], list):
                phrase = next((p for p in part["phrases"] if "{" not in p and "…" not in p), None)
                there = other_source.node((*other_path, "phrases", 0))
                if phrase and other_source.text[other_source.node((*other_path, "phrases")).start] == "[":
                    yield Fault(
                        "phrase-copied",
                        other_source.file,
                        f"{phrase} also of {other_path[1]}",
                        (Edit(there.start, there.start, f"{quoted(phrase)}, "),),
                    )


KINDS: Sequence[Callable[[Pack], Iterator[Fault]]] = (
    states, returns, unused, timers, order, facts, limits, wording, hearing,
)  # fmt: skip
