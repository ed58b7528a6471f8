"""What customers must not read: sentences by family, the texts that are looked at, their places, and what excuses them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from csflow.check.lexicon import HOUSE, Lexicon, LexiconSpec, WordingRule, lexicon
from csflow.check.wording import ADVERT
from tests.check.conftest import Found, Marked

LANGUAGES = ("zh", "en")
TABLES: dict[str, Any] = {
    language: yaml.safe_load((Path(__file__).parent / "wording" / f"{language}.yaml").read_text("utf-8"))
    for language in LANGUAGES
}
BY_CODE = [(language, code) for language, table in TABLES.items() for code in table]
RULES = [rule for language in LANGUAGES for rule in lexicon(language).rules.values()]
UNTABLED = {"wording-length"}


def heard(language: str, sentence: str, about: str = "") -> list[str]:
    """Return the codes of a sentence as a whole answer; what only some rules must not say counts in its own family."""
    codes = [finding.rule.code for finding in lexicon(language).find(sentence, whole=True)]
    return [code for code in codes if code not in (ADVERT, "wording-promise") or about == code]


@pytest.mark.parametrize(("language", "code"), BY_CODE)
def test_found(language: str, code: str) -> None:
    """Every sentence of a family's table has its code."""
    assert [said for said in TABLES[language][code]["found"] if code not in heard(language, said, code)] == []


@pytest.mark.parametrize(("language", "code"), BY_CODE)
def test_look_alikes(language: str, code: str) -> None:
    """The sentences that only look alike have no finding of any family."""
    found = {said: heard(language, said, code) for said in TABLES[language][code]["passes"]}
    assert {said: codes for said, codes in found.items() if codes} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables(language: str) -> None:
    """Each family of a language has at least fifteen sentences of either kind."""
    table = TABLES[language]
    assert table.keys() == {rule.code for rule in lexicon(language).rules.values()} - UNTABLED
    assert {code: len(said) for code, kinds in table.items() for said in kinds.values() if len(set(said)) < 15} == {}


def test_languages_agree() -> None:
    """Chinese and English have the same families."""
    families = [{rule.code for rule in lexicon(language).rules.values()} for language in LANGUAGES]
    assert families[0] == families[1]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule(rule: WordingRule) -> None:
    """A rule says what to do, its source and the manuals' entries that forbid the same; law is told apart from advice."""
    assert re.fullmatch(r"wording-[a-z]+(\.[a-z]+)?", rule.id)
    assert rule.says
    assert all(re.fullmatch(r"M[0-4]-[A-Z]+-\d\d[A-D]?", entry) for entry in rule.cites)
    assert rule.cites
    assert ("not legal advice" in rule.message("x")) == (rule.source != HOUSE)


@pytest.mark.parametrize("shape", sorted({shape for rule in RULES for shape in rule.regex}))
def test_shapes_are_bounded(shape: str) -> None:
    """No shape repeats without a bound or inside a repeat, so none can take long."""
    bare = re.sub(r"\\.|\[(?:\\.|[^\]])*\]", "x", shape)
    assert re.search(r"[*+]|\{\d+,\}|\)\{", bare) is None


SPEC = {
    "words": {"thing": ["tea", "pot"]},
    "denials": [r"\bno\b"],
    "bot": {"asked": [], "intents": [], "words": ["bot"]},
    "rules": [
        {"id": "wording-a", "severity": "note", "says": "is bad", "source": HOUSE, "as_of": "2026-11-01", "denied": True,
         "finds": ["bad {thing}", "bad…{money}"], "unless": ["very bad tea"]},
    ],
}  # fmt: skip
OWN = {
    "a class": ("bad pot", [(0, 7)]),
    "another word": ("bad cup", []),
    "an entity": ("bad for $5", [(0, 10)]),
    "a bare number is no amount": ("bad for 5", []),
    "excused": ("very bad tea", []),
    "excused only where the context is": ("very bad tea, bad tea", [(14, 21)]),
    "denied": ("no bad tea", []),
    "denied in another clause": ("no, bad tea", [(4, 11)]),
    "denied in the gap": ("bad is no $5", []),
    "denied behind it": ("bad tea no", [(0, 7)]),
    "as typed": ("ＢＡＤ　ＴＥＡ", [(0, 7)]),
    "twice": ("bad tea bad pot", [(0, 7), (8, 15)]),
    "far into a long text": ("." * 5000 + "bad tea", [(5000, 5007)]),
    "where two windows meet": ("." * 1997 + "bad tea", [(1997, 2004)]),
}


@pytest.mark.parametrize(("text", "spans"), OWN.values(), ids=OWN)
def test_lexicon(text: str, spans: list[tuple[int, int]]) -> None:
    """Phrases with classes, figures and gaps are found where neither a context nor a denial excuses them."""
    own = Lexicon(LexiconSpec.model_validate(SPEC))
    assert [(finding.start, finding.end) for finding in own.find(text)] == spans


@given(st.text(max_size=300), st.sampled_from(LANGUAGES), st.booleans())
def test_any_text(text: str, language: str, whole: bool) -> None:
    """Any text is looked through, and what is found stands in it, from left to right for each rule."""
    ends: dict[str, int] = {}
    for rule, start, end in lexicon(language).find(text, whole=whole):
        assert 0 <= start < end <= len(text)
        assert whole or ends.get(rule.id, 0) <= start
        ends[rule.id] = end


RULE = "rules: [{when: unknown, choose: [{id: r, else: true, %s}]}]"
LOOKED_AT = {
    "a reply": RULE % "say: 这是@极品哦",
    "each variant": RULE % "say: [好的呀, 这是@极品哦, {if: order.paid, text: 这款@顶级}]",
    "each message of a variant": RULE % "say: [[好的呀, 这是@极品哦], 您请说]",
    "behind a placeholder": RULE % "say: '{{ order.no }}是@极品哦'",
    "a quoted text with escapes": RULE % r'say: "您好\u3002@极品"',
    "a text in a block": "follow_ups:\n  f:\n    since: silence\n    after: 1h\n    say: @|\n      您好\n      这是极品哦\n",
    "a question": "slots: {a: {type: text, ask: 这件@极品要吗}}\n" + RULE % "say: 您请说, ask: a",
    "a summary": "slots: {a: {type: text, ask: 要吗}}\nstates: {greet: {collect: [a], confirm: '要@极品{{ slots.a }}，对吗'}}",
    "what is said while a call takes long": "calls: {look: {within: 1m, hold: 这批@极品在查}}\n" + RULE % "do: [{call: look}]",
    "a mail": RULE % "do: [{mail: {subject: @极品到了, text: 这是@极品}}]",
    "a follow-up": "follow_ups: {f: {since: silence, after: 1h, say: 这是@极品哦}}",
    "what customers say is not": "intents: {a: {examples: [有没有极品], title: 极品的事}}\n" + RULE % "say: 您请说",
    "what is recorded is not": RULE % "say: 您请说, do: [{tag: {seen: 极品}}, {promise: {极品: 极品, by: 2h}}]",
}


@pytest.mark.parametrize("text", LOOKED_AT.values(), ids=LOOKED_AT)
def test_looked_at(text: str, marked: Marked) -> None:
    """Every text that customers read is looked at; the finding stands at what was found, or where a block of lines starts."""
    came, expected = marked("wording-absolute", text)
    assert came == expected


TYPED = {
    "typed": "say: 收您@5元，@三天到",
    "a fact's figure": "say: '收您{{ fee }}，{{ days }}天到'",
    "half a fact's": "say: '满{{ days }}天@打8折'",
    "promised": "say: 一小时内答复, do: [{promise: {a: 答复, by: 1h}}]",
    "an amount beside a promise": "say: 补您@5元, do: [{promise: {a: 答复, by: 1h}}]",
}


@pytest.mark.parametrize("act", TYPED.values(), ids=TYPED)
def test_figures(act: str, marked: Marked) -> None:
    """A figure is found where it is typed, not where a fact or the rule's own promise tells it."""
    facts = "facts: {fee: {type: money, required: true}, days: {type: count, required: true}}\n"
    came, expected = marked("wording-figure", facts + RULE % act, "profile: x\nfacts: {fee: '9.00', days: 3}\n")
    assert came == expected


PROVED = {
    "by the rule's condition": "{id: a, if: known(claims.tested), say: 这款都是正品}, {id: r, say: x}",
    "by the variant's condition": "{id: a, say: [{if: known(claims.tested), text: 这款都是正品}, 好的呀]}",
    "by what it says": "{id: a, if: known(claims.tested), say: '{{ claims.tested }}，都是正品'}, {id: r, say: x}",
    "by another fact": "{id: a, if: order.paid, say: 这款@都是正品}, {id: r, say: x}",
}


@pytest.mark.parametrize("rules", PROVED.values(), ids=PROVED)
def test_proved(rules: str, marked: Marked) -> None:
    """A claim is none where the reply or its conditions read a fact that proves it."""
    text = f"facts: {{claims.tested: claim}}\nrules: [{{when: unknown, choose: [{rules}]}}]"
    came, expected = marked("wording-claim", text)
    assert came == expected


PROFILE = """\
profile: x
store: {motto: 我们是销量第一, picks: {茶: 极品龙井, 壶: 紫砂壶}, unsaid: 全网最佳}
claims: {tested: {value: 每批检测, evidence: 国家级报告, as_of: 2026-10-31}}
products: {龙井: {point: 国家级工艺, price: "9.00"}}
"""
SAYS = """\
facts:
  {store.motto: text, store.picks: {text: text}, store.unsaid: text, claims.tested: claim,
   product.point: text, product.price: money}
slots: {kind: {type: text, ask: 哪种}}
rules:
  - when: unknown
    choose:
      - {id: a, if: known(store.motto) and known(claims.tested), say: "{{ store.motto }}，{{ claims.tested }}"}
      - {id: b, if: "known(store.picks[slots.kind])", say: "{{ store.picks[slots.kind] }}不错"}
      - {id: c, if: known(product.point) and known(product.price), say: "{{ product.point }}，{{ product.price }}", ask: kind}
      - {id: d, if: known(store.unsaid), say: 您请说}
"""


def found_in_profile(found: Found, store: str) -> list[str]:
    """Return the places in the profile of what is absolute there."""
    return [
        f"{p.place.line}:{p.place.col}"
        for p in found(SAYS, store)
        if p.code == "wording-absolute" and "shop.yaml" in p.place.file
    ]


def test_profile(found: Found) -> None:
    """The profile's texts that some reply says are looked at where they stand; its evidence and what is unsaid are not."""
    columns = [PROFILE.splitlines()[1].index(word) + 1 for word in ("销量第一", "极品龙井")]
    expected = [*(f"2:{column}" for column in columns), f"4:{PROFILE.splitlines()[3].index('国家级') + 1}"]
    assert found_in_profile(found, PROFILE) == expected


def test_profile_is_waived(found: Found) -> None:
    """A comment in the profile waives a finding there."""
    waived = PROFILE.replace("store:", "# csflow: allow wording-absolute because the trade association counted it\nstore:")
    assert found_in_profile(found, waived) == [f"5:{PROFILE.splitlines()[3].index('国家级') + 1}"]


def test_a_reply_is_not_blamed_for_a_fact(found: Found) -> None:
    """What a fact says by itself is found in the profile alone, not in the replies that say it."""
    assert [p for p in found(SAYS, PROFILE) if p.code.startswith("wording-") and "flow.yaml" in p.place.file] == []


def test_waived(found: Found) -> None:
    """A waiver with a reason silences one place; the same words elsewhere are still found."""
    text = """\
rules:
  - when: unknown
    choose:
      # csflow: allow wording-absolute because 极品 is the grade by the national standard
      - {id: a, if: order.paid, say: 这款是极品}
      - {id: b, else: true, say: 这款是极品, go: farewell}
"""
    assert [p.place.line for p in found(text) if p.code == "wording-absolute"] == [6]


def test_a_block_is_waived(found: Found) -> None:
    """A text of several lines is waived above its first one, for inside it a comment would be text."""
    text = """\
rules:
  - when: unknown
    choose:
      - id: a
        else: true
        do:
          - mail:
              subject: 单子
              # csflow: allow wording-absolute because 极品 is the grade by the national standard
              text: |
                您好，
                这是极品。
        go: farewell
"""
    assert found(text) == []


@pytest.mark.parametrize(("limits", "codes"), [("", []), ("limits: {contact: platform}\n", ["wording-contact"])])
def test_contact(limits: str, codes: list[str], found: Found) -> None:
    """Contact elsewhere is found only where the profile keeps customers on the platform."""
    assert [p.code for p in found(RULE % "say: 加我微信吧, go: farewell", f"profile: x\n{limits}")] == codes


LENGTHS = {
    "within": ("say: 一二三四五六七八九十一二三四五六七八九十", []),
    "over": ("say: 一二三四五六七八九十一二三四五六七八九十一", ["21 of 20"]),
    "with a known fact": ("say: '一二三四五六七八九十，{{ long }}'", ["23 of 20"]),
    "with one that only a chat brings": ("say: '一二三四五六七八九十，{{ order.no }}'", []),
    "a mail is no message": ("do: [{mail: {subject: 单子, text: 一二三四五六七八九十一二三四五六七八九十一}}]", []),
}


@pytest.mark.parametrize(("act", "sizes"), LENGTHS.values(), ids=LENGTHS)
def test_length(act: str, sizes: list[str], found: Found) -> None:
    """A message is measured with the profile's values filled in; what may be said by mail is not."""
    text = "facts: {long: {type: text, required: true}}\n" + RULE % act
    store = "profile: x\nlimits: {message: 20}\nfacts: {long: 甲乙丙丁戊己庚辛壬癸子丑}\n"
    came = [p.message for p in found(text, store) if p.code == "wording-length"]
    assert [message.partition(" characters")[0].lstrip("'") for message in came] == sizes


DISCLOSED = {
    "a greeting": "{when: started, choose: [{id: g, say: @您好呀, go: identify_need}]}",
    "each variant of it": "{when: started, choose: [{id: g, say: [我是智能客服, @您好呀], go: identify_need}]}",
    "in any message": "{when: started, choose: [{id: g, say: [[您好呀, 我是机器人]], go: identify_need}]}",
    "each rule": "{when: started, choose: [{id: g, if: order.paid, say: @又来啦}, {id: h, say: 我是程序, go: identify_need}]}",
    "by a fact": "{when: started, choose: [{id: g, say: '{{ store.hello }}', go: identify_need}]}",
    "asked by its name": "{when: ask_staff_number, choose: [{id: g, say: @八号客服}]}",
    "asked": "{when: chat.robot, choose: [{id: g, say: [@您猜呢, 我是机器人]}]}",
    "asked, and answered with other talk": "{when: chat, choose: [{id: g, say: @天气不错}]}",
    "other talk": "{when: chat.robot, choose: [{id: g, say: 是机器人}]}, {when: chat, choose: [{id: h, say: 天气不错}]}",
    "what answers if it is passed over": """\
{when: chat.robot, choose: [{id: g, if: order.paid, say: 是机器人}]}, {when: chat, choose: [{id: h, say: @天气不错}]}""",
    "handed over": "{when: chat.robot, choose: [{id: g, go: handoff}]}",
}
TALK = """\
facts: {store.hello: {type: text, required: true}}
intents: {ask_staff_number: {examples: [工号多少]}, chat: {examples: [天气真好]}, chat.robot: {phrases: [机器人, 真人]}}
rules: [{when: unknown, in: [everywhere], choose: [{id: u, say: 您请说, go: farewell}]}, %s]"""


@pytest.mark.parametrize("rules", DISCLOSED.values(), ids=DISCLOSED)
def test_disclosure(rules: str, marked: Marked) -> None:
    """A bot says that it is one in its greeting, and wherever the question is heard, whatever the intent is called."""
    came, expected = marked("wording-bot", TALK % rules, "profile: x\nstore: {hello: 我是智能客服}\n", prove=True)
    assert came == expected


def test_english(found: Found) -> None:
    """A flow in English is looked through with the rules for English."""
    text = "language: en\n" + RULE % "say: 'Hurry up and order, it’s 极品.', go: farewell"
    assert [p.code for p in found(text)] == ["wording-pressure", "wording-language"]


HELD = """\
facts: {order.total: money}
events: {checked: {brings: [order.total]}}
intents: {ask: {phrases: [什么料]}}
states: {close.pay: {}}
rules:
  - {when: unknown, in: [everywhere], choose: [{id: u, say: 您请说, go: farewell}]}
  %s
"""
DEEDS = {
    "nothing is done": "- {when: ask, choose: [{id: a, say: @问到了告诉您}]}",
    "under a condition": "- {when: ask, choose: [{id: a, if: misses == 0, say: @问到了告诉您}, {id: b, say: 是棉的}]}",
    "a promise": "- {when: ask, choose: [{id: a, say: 问到了告诉您, do: [{promise: {answer: cloth, by: 2h}}]}]}",
    "somebody is told": "- {when: ask, choose: [{id: a, say: 问到了告诉您, do: [{notify: desk}]}]}",
    "a person takes over": "- {when: ask, choose: [{id: a, say: 我请同事来跟您说, go: handoff}]}",
    "done before": (
        "- {when: ask, choose: [{id: a, max: 1, say: 我去问, do: [{notify: desk}]}, {id: b, say: 还在问，有消息告诉您}]}"
    ),
    "something is under way": "- {when: ask, choose: [{id: a, if: used(u) > 0, say: 有消息告诉您}, {id: b, say: 是棉的}]}",
    "the shop reports": "- {when: ask, choose: [{id: a, if: known(order.total), say: 有消息告诉您}, {id: b, say: 是棉的}]}",
}


@pytest.mark.parametrize("rule", DEEDS.values(), ids=DEEDS)
def test_promises_in_words(rule: str, marked: Marked) -> None:
    """A promise in words is found where the rule does nothing for it and nothing is under way."""
    came, expected = marked("wording-promise", HELD % rule)
    assert came == expected
