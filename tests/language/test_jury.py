"""Letters decide where words are silent, weak or speak for several intents."""

import pytest

from csflow.language import RuleRecogniser
from csflow.language.heard import Clause, Hit, Words, in_turn
from csflow.language.jury import ENOUGH, Jury

PAIRS = [
    ("refund", "退款什么时候到"),
    ("refund", "退款到账没有"),
    ("refund", "钱退到哪里"),
    ("courier", "发什么快递"),
    ("courier", "快递是哪家"),
    ("courier", "走哪家快递"),
]
MATTERS = frozenset({"refund", "courier", "price"})
YIELDING = {"any_question": MATTERS, "hello": MATTERS | {"any_question"}, "courier": frozenset({"price"})}
TAUGHT = [*PAIRS, ("any_question", "有没有"), ("hello", "你好"), ("price", "多少钱")]


def clause(text: str, *hits: Hit, rivals: tuple[str, str] | None = None) -> Clause:
    return Clause(text, 0, len(text), hits, False, lambda start, end: (), rivals)


def hit(intent: str, cover: float) -> Hit:
    return Hit(intent, 1.0, 0, 2, "phrase", intent, cover, {})


def judged(*clauses: Clause) -> list[str]:
    heard = Jury(TAUGHT, {}, YIELDING).judged("".join(c.text for c in clauses), clauses)
    return [hit.intent for hit in in_turn(heard)]


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (clause("退款到了没"), ["refund"]),
        (clause("走哪家快递", hit("any_question", 0.2)), ["courier"]),
        (clause("你好", hit("hello", 1.0)), ["hello"]),
        (clause("有没有快递", hit("any_question", 0.8)), ["any_question"]),
        (clause("快递退款", hit("refund", 0.2)), ["refund"]),
        (clause("退款到了没", rivals=("refund", "courier")), []),
        (clause("xyz"), []),
    ],
    ids=["silent", "faint", "small talk", "sure", "narrow", "rivals", "unknown"],
)
def test_letters_decide_only_where_words_do_not(said: Clause, heard: list[str]) -> None:
    """Nothing heard, or only what sounds like any question, is left to the letters; all else stays."""
    assert judged(said) == heard


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (clause("退货走哪家快递", hit("refund", 0.2), hit("courier", 0.4)), ["courier", "refund"]),
        (clause("钱退到哪里走快递", hit("refund", 0.2), hit("courier", 0.4)), ["refund", "courier"]),
        (clause("走哪家快递", hit("price", 0.3), hit("courier", 0.4)), ["courier"]),
        (clause("走哪家快递", hit("price", 0.2)), []),
        (clause("走哪家快递", hit("price", 0.4)), ["price"]),
        (clause("退货走哪家快递", hit("refund", 0.5), hit("courier", 0.5)), ["refund", "courier"]),
    ],
    ids=["behind", "in front", "yielding", "denied", "sure of one", "sure of both"],
)
def test_letters_weigh_what_words_say(said: Clause, heard: list[str]) -> None:
    """Of several intents the one leads for which the letters speak clearly more; weak words that they deny say nothing."""
    assert judged(said) == heard


def test_what_leads_says_so() -> None:
    """An intent that letters put first is named with that reason, the others are not."""
    said = clause("退货走哪家快递", hit("refund", 0.2), hit("courier", 0.4))
    first, second = in_turn(Jury(TAUGHT, {}, YIELDING).judged(said.text, (said,)))
    assert first.why == "phrase “courier”, first by its letters"
    assert second.why == "phrase “refund”"


def test_a_vote_is_marked_as_a_guess() -> None:
    """What letters alone say covers nothing, and names the words that it is most like."""
    (found,) = Jury(TAUGHT, {}, YIELDING).judged("退款到了没", (clause("退款到了没"),))[0].hits
    assert found.guessed
    assert (found.how, found.words) == ("like", "退款到账没有")


def test_few_words_teach_nothing() -> None:
    """A small flow hears by words and likeness alone."""
    few = RuleRecogniser({"refund": Words(("退款什么时候到",)), "courier": Words(("发什么快递",))})
    assert few.hear("快递那个哪里的货呀怎么").names == ()
    assert len(PAIRS) < ENOUGH
