"""Letters decide where words are silent."""

import pytest

from csflow.language import RuleRecogniser
from csflow.language.heard import Clause, Hit, Words
from csflow.language.jury import ENOUGH, Jury
from csflow.language.votes import Votes, top

PAIRS = [
    ("refund", "退款什么时候到"),
    ("refund", "退款到账没有"),
    ("refund", "钱退到哪里"),
    ("courier", "发什么快递"),
    ("courier", "快递是哪家"),
    ("courier", "走哪家快递"),
]
MATTERS = frozenset({"refund", "courier", "price"})
YIELDING = {"any_question": MATTERS, "hello": MATTERS | {"any_question"}}
TAUGHT = [*PAIRS, ("any_question", "有没有"), ("hello", "你好"), ("price", "多少钱")]


def clause(text: str, *hits: Hit, rivals: tuple[str, str] | None = None) -> Clause:
    return Clause(text, 0, len(text), hits, False, lambda start, end: (), rivals)


def hit(intent: str, cover: float) -> Hit:
    return Hit(intent, 1.0, 0, 2, "phrase", intent, cover, {})


def judged(*clauses: Clause) -> list[str]:
    return [h.intent for c in Jury(TAUGHT, {}, YIELDING).judged("".join(c.text for c in clauses), clauses) for h in c.hits]


def test_what_was_learnt_is_known() -> None:
    """Each text is voted to its own intent, and what nobody wrote to none."""
    votes = Votes(PAIRS)
    assert [getattr(top(votes.scores(text)), "intent", None) for _, text in PAIRS] == [intent for intent, _ in PAIRS]
    assert top(votes.scores("xyz")) is None


def test_the_order_of_the_words_does_not_matter() -> None:
    """Words in another order learn to the same votes."""
    assert Votes(PAIRS[::-1]).scores("退款走快递") == Votes(PAIRS).scores("退款走快递")


def test_unknown_letters_count_against_all() -> None:
    """Amid letters of which nothing is known a vote has less weight."""
    votes = Votes(PAIRS)
    assert votes.scores("快递水泥钢筋")["courier"] < votes.scores("快递")["courier"]


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
