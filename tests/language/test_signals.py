"""Mood and shape of a message."""

import pytest

from csflow.language import RuleRecogniser, Words
from csflow.language.signals import Signals

LEVELS = [
    ("你好，请问有货吗", 0, 0, 0, True),
    ("什么态度，气死我了", 2, 0, 0, False),
    ("都第三次了，到底管不管，我要投诉！！", 3, 0, 0, False),
    ("你们就是骗子", 1, 1, 0, False),
    ("急用，麻烦尽快发", 0, 0, 2, True),
    ("this is ridiculous", 1, 0, 0, False),
    ("please hurry, I need it asap", 0, 0, 2, True),
    ("嗯", 0, 0, 0, False),
]


@pytest.mark.parametrize(("text", "anger", "abuse", "urgency", "polite"), LEVELS)
def test_levels(text: str, anger: int, abuse: int, urgency: int, polite: bool) -> None:
    """Anger, abuse and urgency count their words up to three; politeness is there or not."""
    signals = Signals(text, lambda: 0, lambda: True)
    assert (signals.anger, signals.abuse, signals.urgency, signals.polite) == (anger, abuse, urgency, polite)


ALONE = [("有货吗", True, 1), ("有货吗？包邮吗？", False, 2), ("有货吗包邮吗", False, 1), ("", True, 0)]


@pytest.mark.parametrize(("text", "alone", "questions"), ALONE)
def test_shape(text: str, alone: bool, questions: int) -> None:
    """One clause with one intent stands alone; each asking clause is a question; the length is the text's own."""
    recogniser = RuleRecogniser({"stock": Words(phrases=("有货",)), "shipping": Words(phrases=("包邮",))})
    signals = recogniser.hear(text).signals
    assert (signals.alone, signals.questions, signals.length) == (alone, questions, len(text))
