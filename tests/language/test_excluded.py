"""Messages that must not be heard as an intent."""

import pytest

from csflow.language.excluded import Excluded
from csflow.language.heard import Words
from csflow.language.similar import core, grams

DENIED = [
    ("包邮发的是哪家快递", True),
    ("你们包邮发的哪家快递呀", True),
    ("包邮吗", False),
    ("能不能包邮", False),
    ("请问包邮发的是哪家快递", True),
]


def denied(words: Words, clause: str, *, verbatim: bool = False) -> bool:
    return Excluded(words, {}).denies(clause, grams(core(clause)), verbatim=verbatim)


@pytest.mark.parametrize(("clause", "expected"), DENIED)
def test_denies(clause: str, expected: bool) -> None:
    """A clause that holds an excluded message, or is nearer to one than to the intent's words, is denied."""
    assert denied(Words(("能包邮吗",), ("包邮",), ("包邮发的是哪家快递",)), clause) is expected


def test_nothing_in_common() -> None:
    """A clause like neither side is not denied."""
    assert not denied(Words((), ("包邮",), ("到付",)), "今天星期几")


def test_own_words() -> None:
    """Where the intent's own words stand in the clause, only a message that says nearly the same outweighs them."""
    words = Words((), ("换",), ("想换个收货地址",))
    assert denied(words, "怎么换收货地址")
    assert not denied(words, "怎么换收货地址", verbatim=True)
    assert denied(words, "想换收货地址", verbatim=True)
