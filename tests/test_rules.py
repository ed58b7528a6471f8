"""Which rule answers: conditions, rank, ties, `max`, `else`, and undoing what must not be."""

from __future__ import annotations

import pytest

from tests.flows import Talk

UNKNOWN = """
facts: {order.total: money, order.note: text}
rules:
  - when: ask_price
    choose:
      - {id: dear, if: order.total > 100.00, say: 贵}
      - {id: not_dear, if: not (order.total > 100.00), say: 不贵}
      - {id: other, else: true, say: 说不准}
  - when: unknown
    choose: [{id: lost, else: true, say: 没听懂}]
"""


def test_unknown_never_fires(talk: Talk) -> None:
    """1: a comparison with an unknown fact is unknown, and so is its `not`; only true fires."""
    chat = talk(UNKNOWN)
    assert chat.say("多少钱").rules == ("other",)
    chat.tell({"order": {"total": "100.00"}})
    assert chat.say("多少钱").rules == ("not_dear",)
    chat.tell({"order": {"total": "100.01"}})
    assert chat.say("多少钱").rules == ("dear",)


def test_why_tells_unknown_from_false(talk: Talk) -> None:
    """`why` names each judged rule with its verdict, its place and the facts that it read."""
    turn = talk(UNKNOWN).say("多少钱")
    assert [(item.rule.id, item.verdict) for item in turn.why.considered] == [
        ("dear", "unknown"),
        ("not_dear", "unknown"),
        ("other", "fired"),
    ]
    lines = str(turn.why).splitlines()
    assert lines[0].startswith("heard ask_price (1.00)")
    assert "rules/test.yaml:6:9  with order.total = unknown" in lines[1]


@pytest.mark.parametrize(
    ("condition", "fires"),
    [
        ("order.flag and order.off", False),
        ("order.flag and known(order.note)", False),
        ("order.on and order.flag", False),
        ("order.on or order.flag", True),
        ("order.off or order.flag", False),
        ("not known(order.flag)", True),
        ("not (order.flag and order.off)", True),
        ("not (order.flag or order.on)", False),
        ("order.note == 急", False),
        ("order.note != 急", False),
        ("order.note in [急, 缓]", False),
        ("known(order.on) and order.on", True),
    ],
)  # fmt: skip
def test_three_values(talk: Talk, condition: str, fires: bool) -> None:
    """1: `and`, `or` and `not` follow the three-valued tables; `known` alone turns unknown into false."""
    chat = talk(f"""
        facts: {{order.on: flag, order.off: flag, order.flag: flag, order.note: [急, 缓]}}
        rules:
          - when: ask_price
            choose: [{{id: yes, if: "{condition}", say: 是}}]
    """)
    chat.tell({"order": {"on": True, "off": False}})
    assert bool(chat.say("多少钱").rules) is fires


def test_an_unsayable_rule_is_no_other_meaning(talk: Talk) -> None:
    """1 and 17: a rule that cannot be said is undone; the turn falls back and no other branch speaks for it."""
    chat = talk("""
        facts: {order.total: money}
        rules:
          - when: ask_price
            choose:
              - {id: total, max: 1, say: "一共{{ order.total }}", do: [{notify: till}]}
              - {id: other, else: true, say: 不知道}
          - when: unknown
            choose: [{id: lost, else: true, say: 没听懂}]
    """)
    turn = chat.say("多少钱")
    assert turn.replies == ("没听懂",)
    assert turn.rules == ("lost",)
    assert turn.effects == ()
    assert turn.snapshot.used == {"lost": 1}
    assert "total was undone: no variant can be said with the facts known" in turn.why.notes


RANKS = {
    "a named intent goes before any": (
        """
          - when: any
            in: [identify_need.size]
            choose: [{id: caught, else: true, say: 嗯}]
          - when: ask_price
            in: [everywhere]
            choose: [{id: named, else: true, say: 十元}]
        """,
        "named",
    ),
    "the deeper state goes first": (
        """
          - when: ask_price
            in: [identify_need]
            choose: [{id: outer, else: true, say: 外}]
          - when: ask_price
            in: [identify_need.size]
            choose: [{id: inner, else: true, say: 里}]
        """,
        "inner",
    ),
    "the deeper state goes before the deeper intent": (
        """
          - when: ask_price.final
            in: [identify_need]
            choose: [{id: deeper_intent, else: true, say: 外}]
          - when: ask_price
            in: [identify_need.size]
            choose: [{id: deeper_state, else: true, say: 里}]
        """,
        "deeper_state",
    ),
    "the deeper intent goes first": (
        """
          - when: ask_price
            choose: [{id: parent, else: true, say: 外}]
          - when: ask_price.final
            choose: [{id: sub, else: true, say: 里}]
        """,
        "sub",
    ),
    "everywhere is less than a phase": (
        """
          - when: ask_price
            in: [everywhere]
            choose: [{id: anywhere, else: true, say: 外}]
          - when: ask_price
            in: [identify_need]
            choose: [{id: phase, else: true, say: 里}]
        """,
        "phase",
    ),
    "a list in which nothing holds passes on": (
        """
          - when: ask_price
            in: [identify_need.size]
            choose: [{id: inner, if: order.paid, say: 里}]
          - when: ask_price
            in: [identify_need]
            choose: [{id: outer, else: true, say: 外}]
        """,
        "outer",
    ),
    "a list whose guard fails passes on": (
        """
          - when: ask_price.final
            if: order.paid
            choose: [{id: sub, else: true, say: 里}]
          - when: ask_price
            choose: [{id: parent, else: true, say: 外}]
        """,
        "parent",
    ),
    "the last rank is any": (
        """
          - when: ask_price
            choose: [{id: sub, if: order.paid, say: 里}]
          - when: any
            choose: [{id: caught, else: true, say: 嗯}]
        """,
        "caught",
    ),
}


@pytest.mark.parametrize("name", RANKS)
def test_rank(talk: Talk, name: str) -> None:
    """3 and 12: a named intent before `any`, then the deeper state, then the deeper intent; an empty list passes on."""
    lists, winner = RANKS[name]
    start = """
states: {identify_need.size: {}}
rules:
          - when: started
            in: [greet]
            choose: [{id: hello, else: true, say: 您好, go: identify_need.size}]
    """
    turn = talk(start + lists).say("最低价")
    assert turn.rules == ("hello", winner)


def test_a_parent_hears_its_sub_intents(talk: Talk) -> None:
    """A list on a parent intent answers its sub-intents, and not the other way round."""
    chat = talk("rules: [{when: ask_price.final, choose: [{id: sub, else: true, say: 低}]}]")
    assert chat.say("最低价").rules == ("sub",)
    assert chat.say("多少钱").rules == ()


TIED = """
rules:
  - when: ask_price
    choose: [{id: one, if: not order.paid, say: 一}]
  - when: ask_price
    choose: [{id: two, if: not order.shipped, say: 二}]
  - when: unknown
    choose: [{id: lost, else: true, say: 没听懂}]
"""


def test_a_tie_is_refused_and_noted(talk: Talk) -> None:
    """14: of two rules that tie none fires; the ladder answers, and `why` names both."""
    chat = talk(TIED)
    chat.tell({"order": {"paid": False, "shipped": False}})
    turn = chat.say("多少钱")
    assert turn.rules == ("lost",)
    assert "one and two tie; none was fired" in turn.why.notes
    assert {item.rule.id for item in turn.why.considered if item.verdict == "tied"} == {"one", "two"}


def test_no_tie_where_one_holds(talk: Talk) -> None:
    """14: lists of one rank are no tie as long as only one of them holds a rule."""
    chat = talk(TIED)
    chat.tell({"order": {"paid": True, "shipped": False}})
    assert chat.say("多少钱").rules == ("two",)


def test_max_rotates(talk: Talk) -> None:
    """`max` lets a rule fire so often a session, which with `choose` is rotation; `else` has the last word."""
    chat = talk("""
        rules:
          - when: ask_discount
            choose:
              - {id: first, max: 1, say: 一}
              - {id: second, max: 2, say: 二}
              - {id: last, else: true, say: 三}
    """)
    assert [chat.say("便宜点").rules for _ in range(5)] == [("first",), ("second",), ("second",), ("last",), ("last",)]


def test_a_rule_fires_once_a_turn(talk: Talk) -> None:
    """13: a rule that fired is not fired again in the same turn."""
    chat = talk("rules: [{when: [ask_price, ask_discount], choose: [{id: both, else: true, say: 十元}]}]")
    turn = chat.say("多少钱，便宜点")
    assert turn.rules == ("both",)
    assert turn.replies == ("十元",)
    assert turn.why.considered[-1].verdict == "repeated"


def test_counts_of_rules_by_segment(talk: Talk) -> None:
    """12: `used(segment)` counts the rules fired whose dotted id has that part, over all families."""
    chat = talk("""
        rules:
          - when: ask_price
            choose: [{id: price.push.one, else: true, say: 一}]
          - when: ask_discount
            choose:
              - {id: discount.push, if: used(push) < 2, say: 二}
              - {id: pushing, else: true, say: "推了{{ used(push) }}次"}
    """)
    assert chat.say("多少钱").rules == ("price.push.one",)
    assert chat.say("便宜点").rules == ("discount.push",)
    assert chat.say("便宜点").replies == ("推了2次",)


def test_counts_of_intents(talk: Talk) -> None:
    """12: `times(intent)` counts the messages of this session that held it or a sub-intent, this one included."""
    chat = talk("""
        rules:
          - when: ask_price
            choose: [{id: price, else: true, say: "{{ times(ask_price) }}次，底价{{ times(ask_price.final) }}次"}]
    """)
    assert chat.say("多少钱").replies == ("1次，底价0次",)
    assert chat.say("最低价").replies == ("2次，底价1次",)
    assert chat.say("多少钱？多少钱").replies == ("3次，底价1次",)


def never(line: str, deed: str) -> str:
    return f"""
facts: {{order.total: money, order.limit: count}}
bargains: {{price: {{list: order.total, floor: slots.floor, steps: [{{cut: 10%}}, {{cut: 10%}}], bid: slots.bid}}}}
slots: {{bid: {{type: money}}, floor: {{type: money}}}}
intents: {{floor_is: {{phrases: ["底{{floor}}"]}}}}
rules:
  - when: ask_discount
    choose: [{{id: give, else: true, do: [{deed}], say: 给您, go: close}}]
  - when: unknown
    choose: [{{id: lost, else: true, say: 没办法}}]
never: ["{line}"]
"""


@pytest.mark.parametrize(
    ("line", "deed"),
    [
        ("granted.gift > 0 and order.total < 100.00", "{grant: gift}"),
        ("granted.gift > 0", "{grant: gift}"),
        ("granted.gift > order.limit", "{grant: gift}"),
        ("tags.mood == bad", "{tag: {mood: bad}}"),
        ("price.offer < 95.00", "{offer: price}"),
        ("used(give) > 0", "{grant: gift}"),
        ("used(give) > 0", "{notify: till}"),
    ],
)
def test_never_undoes_the_rule_wholly(talk: Talk, line: str, deed: str) -> None:
    """9 and 17: a broken `never` undoes effects, replies, counters and the move; the turn falls back and says why."""
    chat = talk(never(line, deed))
    chat.tell({"order": {"total": "99.99"}})
    chat.say("底50")
    turn = chat.say("便宜点")
    assert turn.replies == ("没办法",)
    assert turn.effects == ()
    assert turn.state == "greet"
    assert "give" not in turn.snapshot.used
    assert turn.snapshot.ledger.grants == ()
    assert turn.snapshot.ledger.tags == {}
    assert turn.snapshot.ledger.bargains == {}
    assert any(note.startswith(f"give was undone: never: {line}") for note in turn.why.notes)


def test_never_lets_pass_what_is_false(talk: Talk) -> None:
    """9: a `never` that is false, or is unknown and names no changed fact, does not stand in the way."""
    chat = talk(never("granted.gift > 1 or price.offer < 80.00", "{grant: gift}"))
    chat.tell({"order": {"total": "100.00"}})
    turn = chat.say("便宜点")
    assert turn.rules == ("give",)
    assert turn.state == "close"


def test_never_is_not_judged_on_reports(talk: Talk) -> None:
    """9: `never` guards our acts; what the shop reports is true anyway, and rules that change nothing may speak of it."""
    chat = talk("""
        facts: {order.total: money}
        rules:
          - when: ask_discount
            choose: [{id: give, else: true, do: [{grant: gift}], say: 给您}]
          - when: ask_price
            choose: [{id: price, else: true, say: 十元}]
        never: [granted.gift > 0 and order.total < 100.00]
    """)
    chat.tell({"order": {"total": "100.00"}})
    assert chat.say("便宜点").rules == ("give",)
    chat.tell({"order": {"total": "50.00"}})
    assert chat.say("多少钱").replies == ("十元",)


def test_other_effects_are_checked_in_order(talk: Talk) -> None:
    """An effect's own condition decides for it alone, in the draft as the effects before it left it."""
    chat = talk("""
        rules:
          - when: ask_discount
            choose:
              - id: give
                else: true
                do: [{grant: gift}, {notify: till, if: granted.gift > 0}, {notify: boss, if: granted.gift > 1}]
                say: 给您
    """)
    assert [(e.type, e.name) for e in chat.say("便宜点").effects] == [("grant", "gift"), ("notify", "till")]


def test_later_events_are_judged_in_the_draft(talk: Talk) -> None:
    """11: the second intent of a message is judged after the first one's rule has changed the draft."""
    chat = talk("""
        rules:
          - when: ask_discount
            choose: [{id: give, else: true, do: [{grant: gift}], say: 给您}]
          - when: ask_price
            choose: [{id: given, if: granted.gift == 1, say: 算过赠品}, {id: plain, else: true, say: 十元}]
    """)
    assert chat.say("便宜点，多少钱").rules == ("give", "given")


def test_why_tells_what_was_beaten(talk: Talk) -> None:
    """`why` names the lists of lower rank that would also have heard the event, and the rule that beat them."""
    lists, winner = RANKS["the deeper intent goes first"]
    turn = talk("rules:" + lists).say("最低价")
    assert turn.rules == (winner,)
    assert any(line.startswith("beaten    when ask_price  ") and line.endswith("by sub") for line in str(turn.why).splitlines())


BROKEN_BY_A_REPORT = """
facts: {order.sent: flag}
events: {unsent: {sets: {order.sent: false}}}
rules:
  - {when: ask_price, choose: [{id: give, if: order.sent, say: 给, do: [{grant: label}]}]}
  - {when: complain, choose: [{id: note, else: true, say: 记下了, do: [{tag: {mood: cross}}]}]}
  - {when: thanks, choose: [{id: again, else: true, say: 再给, do: [{grant: label}]}]}
never: [granted.label > 0 and not order.sent]
"""


def test_what_a_report_broke_stands_against_no_other_rule(talk: Talk) -> None:
    """9: a line that the shop's reports made true undoes the rules that would act on it, and no other ones."""
    chat = talk(BROKEN_BY_A_REPORT)
    chat.tell({"order": {"no": "A1", "sent": True}})
    assert chat.say("多少钱").rules == ("give",)
    chat.report("unsent")
    assert chat.say("投诉").rules == ("note",)
    assert chat.say("谢谢").rules == ()
