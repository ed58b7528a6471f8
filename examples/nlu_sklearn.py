"""Another understanding of messages: a classifier of scikit-learn, trained on the flow's own examples and phrases.

The rules still cut a message into clauses, read its figures and fill the slots; the classifier names the intents. What the
flow may say and grant stays what its rules allow, however wrong a name is. Needs `pip install scikit-learn`.
"""

from __future__ import annotations

from collections.abc import Iterator

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline

import csflow
from csflow.language import Clause, Heard, Hit

SURE = 0.3
PATTERN = set("{…")


class SklearnRecogniser:
    """Logistic regression over character 1-3-grams; less than `sure` of an intent is hearing none."""

    def __init__(self, flow: csflow.Flow, sure: float = SURE) -> None:
        self.rules, self.sure = flow.recogniser, sure
        texts, names = zip(*training(flow), strict=True)
        grams = TfidfVectorizer(analyzer="char", ngram_range=(1, 3))
        self.model = make_pipeline(grams, SGDClassifier(loss="log_loss", alpha=1e-5, random_state=0)).fit(texts, names)

    def hear(self, text: str) -> Heard:
        heard = self.rules.hear(text)
        return Heard(text, lambda: tuple(self.named(clause) for clause in heard.clauses))

    def named(self, clause: Clause) -> Clause:
        """Return the clause with the model's intent, and with the rules' hits that fill slots."""
        hits = [hit for hit in clause.hits if hit.slots]
        chances = self.model.predict_proba([clause.text])[0]
        first, second = chances.argsort()[-1:-3:-1]
        if chances[first] >= self.sure and not hits:
            name, other = map(str, self.model.classes_[[first, second]])
            score, margin = float(chances[first]), float(chances[first] - chances[second])
            hits = [Hit(name, score, clause.start, clause.end, "like", "the model", score, {}, other, margin)]
        return Clause(clause.text, clause.start, clause.end, tuple(hits), clause.question, lambda _start, _end: clause.entities)


def training(flow: csflow.Flow) -> Iterator[tuple[str, str]]:
    """Yield (text, intent) for all examples and phrases without holes, gaps and word classes."""
    for name, intent in flow.spec.intents.items():
        yield from ((text, name) for text in (*intent.examples, *intent.phrases) if PATTERN.isdisjoint(text))


def main() -> None:
    flow = csflow.load("retail_zh")
    chat = csflow.Flow(flow.spec, flow.profile, SklearnRecogniser(flow)).start()
    for text in ("在吗，亚麻衬衫怎么卖", "能不能再少一点呀", "邮费谁出"):
        turn = chat.say(text)
        print(text, [f"{hit.intent} {hit.score:.2f}" for hit in turn.heard], *turn.replies, sep="\n   ")


if __name__ == "__main__":
    main()
