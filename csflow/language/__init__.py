"""Text ⇒ what was heard: intents, entities, answers and signals, by rules alone."""

from csflow.language.dates import DateSpan
from csflow.language.heard import Clause, Entity, Heard, Hit, Recogniser, Words
from csflow.language.normalise import normalise
from csflow.language.recognise import RuleRecogniser
from csflow.language.signals import Signals
from csflow.language.vocabulary import Vocabulary, yes_no

__all__ = [
    "Clause",
    "DateSpan",
    "Entity",
    "Heard",
    "Hit",
    "Recogniser",
    "RuleRecogniser",
    "Signals",
    "Vocabulary",
    "Words",
    "normalise",
    "yes_no",
]
