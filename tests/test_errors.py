"""Errors say what is wrong from the facts they hold."""

from __future__ import annotations

from csflow.errors import CsflowError, EventError, FactError, LoadError, Place, Problem, SnapshotError, hint


def test_problems_are_sorted_and_told_once() -> None:
    """A load error holds every finding once, by file, line and column, each on a line of its own."""
    first, second = Problem("b", Place("a.yaml", 2, 1), "x"), Problem("a", Place("a.yaml", 10, 1), "y")
    error = LoadError([second, first, second])
    assert error.problems == (first, second)
    assert str(error) == "b a.yaml:2:1 x\na a.yaml:10:1 y"


def test_sentences() -> None:
    """Each error composes its own sentence, with the nearest known name where there is one."""
    assert str(FactError("order.totl", "not declared")) == "fact 'order.totl': not declared"
    assert str(EventError("payd", ["paid", "shipped"])) == "no event 'payd' in this flow; did you mean 'paid'?"
    assert str(EventError("xyz", ["paid"])) == "no event 'xyz' in this flow"
    assert hint("anything", []) == ""


def test_one_base() -> None:
    """Whatever csflow raises on purpose can be caught as one error."""
    assert all(issubclass(kind, CsflowError) for kind in (LoadError, FactError, EventError, SnapshotError))


def test_places_move_right() -> None:
    """A place further right on the same line keeps file and line."""
    assert Place("a.yaml", 2, 3).right(4) == Place("a.yaml", 2, 7)
    assert str(Place("a.yaml", 2, 3)) == "a.yaml:2:3"
