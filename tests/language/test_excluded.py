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


def denied(words: Words, clause: str) -> bool:
    return Excluded(words, {}).denies(clause, grams(core(clause)))


@pytest.mark.parametrize(("clause", "expected"), DENIED)
def test_denies(clause: str, expected: bool) -> None:
    """A clause that holds an excluded message, or is nearer to one than to the intent's words, is denied."""
    assert denied(Words(("能包邮吗",), ("包邮",), ("包邮发的是哪家快递",)), clause) is expected


def test_nothing_in_common() -> None:
    """A clause like neither side is not denied."""
    assert not denied(Words((), ("包邮",), ("到付",)), "今天星期几")
