"""Letters vote for what was learnt from words."""

from csflow.language.votes import Votes, top

PAIRS = [
    ("refund", "退款什么时候到"),
    ("refund", "退款到账没有"),
    ("refund", "钱退到哪里"),
    ("courier", "发什么快递"),
    ("courier", "快递是哪家"),
    ("courier", "走哪家快递"),
]


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
