"""What was heard, as an object."""

from csflow.language.heard import Clause, Entity, Heard, Hit


def hit(intent: str, start: int, score: float = 1.0) -> Hit:
    return Hit(intent, score, start, start + 2, "phrase", intent, 1.0, {})


def clause(*hits: Hit, text: str = "退货") -> Clause:
    return Clause(text, 0, len(text), hits, False, lambda start, end: (Entity("count", 2, start, end, text),))


def test_clauses_are_read_once() -> None:
    """The clauses are read when first asked for, and then kept."""
    reads: list[int] = []

    def read() -> tuple[Clause, ...]:
        reads.append(1)
        return (clause(hit("a", 0)),)

    heard = Heard("退货", read)
    assert not reads
    assert heard.clauses is heard.clauses
    assert heard.signals.alone
    assert len(reads) == 1


def test_one_hit_an_intent() -> None:
    """Of several hits of one intent the best stays, the first among equals; all in text order."""
    heard = Heard("", lambda: (clause(hit("b", 4), hit("a", 2, 0.5)), clause(hit("a", 8), hit("a", 10))))
    assert [(h.intent, h.start) for h in heard.intents] == [("b", 4), ("a", 8)]


def test_why() -> None:
    """A hit says which words spoke, and where likeness decided also by how much."""
    assert hit("退货", 0).why == "phrase “退货”"
    assert Hit("a", 0.7, 0, 2, "like", "能退吗", 0.7, {}, "b", 0.3).why == "like “能退吗” (0.70, ahead of b by 0.30)"


def test_clause() -> None:
    """A clause knows its entities, whether it asks and what it answers."""
    asked = clause(text="有货吗")
    assert asked.question
    assert asked.answer is None
    assert asked.entities == (Entity("count", 2, 0, 3, "有货吗"),)
    assert clause(text="好的").answer is True


def test_shown() -> None:
    """What was heard shows its text and hits when printed."""
    assert "退货" in repr(Heard("退货", lambda: (clause(hit("return", 0)),)))
    assert "return" in repr(clause(hit("return", 0)))
