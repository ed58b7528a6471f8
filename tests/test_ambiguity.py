"""A question between two intents that are about equally likely: whose wording it has, who may answer it, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import csflow
from csflow.language import Clause, Heard, RuleRecogniser, Words

RULES = """
name: twins
version: "1"
language: zh
intents:
  ask_ship_time: {title: 什么时候发货, phrases: [发货]}
  ask_arrival: {title: 什么时候到, phrases: [到货]}
  ask_arrival.city: {phrases: [到我们这]}
  thanks: {phrases: [谢谢]}
rules:
  - when: started
    in: [greet]
    choose: [{id: hello, else: true, say: 您好, go: identify_need}]
  - when: ambiguous
    choose: [{id: which, else: true, say: "您问的是{{ rivals.first }}，还是{{ rivals.second }}？"}]
  - {when: ask_ship_time, choose: [{id: ship, else: true, say: 今天发。}]}
  - {when: ask_arrival, choose: [{id: arrive, else: true, say: 后天到。}]}
  - {when: thanks, choose: [{id: thanks, else: true, say: 不客气。}]}
  - {when: unknown, choose: [{id: again, else: true, say: 没太明白。}]}
"""
PHRASES = {"ask_ship_time": ("发货",), "ask_arrival": ("到货",), "ask_arrival.city": ("到我们这",), "thanks": ("谢谢",)}


class Undecided:
    """Hears phrases, and cannot decide between two intents where somebody asks 啥时候."""

    def __init__(self, rivals: tuple[str, str]) -> None:
        self.rivals = rivals
        self.rules = RuleRecogniser({name: Words(phrases=words) for name, words in PHRASES.items()})

    def hear(self, text: str) -> Heard:
        if "啥时候" not in text:
            return self.rules.hear(text)
        return Heard(text, lambda: (Clause(text, 0, len(text), (), True, lambda start, end: (), self.rivals),))


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., csflow.Conversation]:
    (tmp_path / "twins.yaml").write_text(RULES, encoding="utf-8")

    def starter(first: str = "ask_ship_time", second: str = "ask_arrival") -> csflow.Conversation:
        return csflow.load(tmp_path / "twins.yaml", recogniser=Undecided((first, second))).start()

    return starter


def test_the_question_names_both(start: Callable[..., csflow.Conversation]) -> None:
    """The rule on `ambiguous` says both titles, and the message counts as answered."""
    turn = start().say("啥时候呢")
    assert turn.replies == ("您好", "您问的是什么时候发货，还是什么时候到？")
    assert turn.snapshot.misses == 0
    assert turn.snapshot.rivals == ("ask_ship_time", "ask_arrival")


@pytest.mark.parametrize(
    ("said", "rule"),
    [("第一个", "ship"), ("前面那个", "ship"), ("第二个", "arrive"), ("后者", "arrive"), ("什么时候到", "arrive"),
     ("问发货", "ship"), ("什么时候到货", "arrive")],
)  # fmt: skip
def test_the_answer_chooses(start: Callable[..., csflow.Conversation], said: str, rule: str) -> None:
    """A place, a title or either intent itself chooses; then its rules answer."""
    chat = start()
    chat.say("啥时候呢")
    turn = chat.say(said)
    assert turn.rules == (rule,)
    assert turn.snapshot.rivals == ()


@pytest.mark.parametrize(("said", "rule"), [("谢谢", "thanks"), ("月亮", "again")])
def test_other_words_drop_the_question(start: Callable[..., csflow.Conversation], said: str, rule: str) -> None:
    """Something else is answered as what it is, and the question is open for one message only."""
    chat = start()
    chat.say("啥时候呢")
    assert chat.say(said).rules == (rule,)
    assert chat.say("第一个").rules == ("again",)


def test_a_sub_intent_is_called_like_its_parent(start: Callable[..., csflow.Conversation]) -> None:
    """An intent without a title of its own takes its parent's."""
    assert "什么时候到" in start(second="ask_arrival.city").say("啥时候呢").replies[1]


def test_without_a_title_the_ladder_answers(start: Callable[..., csflow.Conversation]) -> None:
    """A question that cannot be said is none: the message was not understood."""
    turn = start(second="thanks").say("啥时候呢")
    assert turn.rules == ("hello", "again")
    assert turn.snapshot.rivals == ()
    assert "undone" not in [considered.verdict for considered in turn.why.considered]
