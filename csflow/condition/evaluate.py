"""A typed tree into a function of the environment; three-valued, exact, without eval."""

from __future__ import annotations

import datetime
import operator
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from csflow.condition.tree import DAY, Node


class Binder(Protocol):
    """Turns names into functions of the environment that a compiled condition is given."""

    def ref(self, name: str) -> Callable[[Any], Any]: ...
    def times(self, intent: str) -> Callable[[Any], Any]: ...
    def used(self, segment: str) -> Callable[[Any], Any]: ...
    def in_state(self, state: str) -> Callable[[Any], Any]: ...
    def workdays(self, count: Callable[[Any], Any]) -> Callable[[Any], Any]: ...


COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
    "+": operator.add, "-": operator.sub, "*": operator.mul,
}  # fmt: skip


def half_up(numerator: int, denominator: int) -> int | None:
    """Divide exactly and round half away from zero; None where the divisor is zero."""
    if denominator == 0:
        return None
    quotient, rest = divmod(abs(numerator), abs(denominator))
    quotient += 2 * rest >= abs(denominator)
    return quotient if (numerator < 0) == (denominator < 0) else -quotient


def shift(date: datetime.date, seconds: int) -> datetime.date | None:
    """Move a date by whole days; None past the calendar's ends."""
    try:
        return date + datetime.timedelta(days=seconds // DAY)
    except OverflowError:
        return None


def compiled(node: Node, bind: Binder) -> Callable[[Any], Any]:
    """Return a function of the environment that gives the node's value, or None where it is unknown."""
    return _COMPILERS.get(node.op, _binary)(node, bind)


def _const(node: Node, bind: Binder) -> Callable[[Any], Any]:
    value = node.value
    return lambda env: value


def _binary(node: Node, bind: Binder) -> Callable[[Any], Any]:
    left, right = (compiled(arg, bind) for arg in node.args)
    if node.args[1].op == "const":
        return _against(node, left)
    apply = half_up if node.op == "/" else COMPARE[node.op]

    def both(env: Any) -> Any:
        a = left(env)
        if a is None:
            return None
        b = right(env)
        return None if b is None else apply(a, b)

    return both


def _against(node: Node, left: Callable[[Any], Any]) -> Callable[[Any], Any]:
    apply, limit = half_up if node.op == "/" else COMPARE[node.op], node.args[1].value
    if limit is None:
        return lambda env: None

    def one(env: Any) -> Any:
        value = left(env)
        return None if value is None else apply(value, limit)

    return one


def _and(node: Node, bind: Binder) -> Callable[[Any], Any]:
    return _junction(node, bind, False)


def _or(node: Node, bind: Binder) -> Callable[[Any], Any]:
    return _junction(node, bind, True)


def _junction(node: Node, bind: Binder, decisive: bool) -> Callable[[Any], Any]:
    parts = [compiled(arg, bind) for arg in node.args]

    def junction(env: Any) -> Any:
        result: bool | None = not decisive
        for part in parts:
            value = part(env)
            if value is decisive:
                return decisive
            if value is None:
                result = None
        return result

    return junction


def _not(node: Node, bind: Binder) -> Callable[[Any], Any]:
    inner = compiled(node.args[0], bind)

    def negation(env: Any) -> Any:
        value = inner(env)
        return None if value is None else not value

    return negation


def _known(node: Node, bind: Binder) -> Callable[[Any], Any]:
    inner = compiled(node.args[0], bind)
    return lambda env: inner(env) is not None


def _unary(apply: Callable[[Any], Any]) -> Callable[[Node, Binder], Callable[[Any], Any]]:
    def compiler(node: Node, bind: Binder) -> Callable[[Any], Any]:
        inner = compiled(node.args[0], bind)
        return lambda env: None if (value := inner(env)) is None else apply(value)

    return compiler


def _pair(apply: Callable[[Node, Any, Any], Any]) -> Callable[[Node, Binder], Callable[[Any], Any]]:
    def compiler(node: Node, bind: Binder) -> Callable[[Any], Any]:
        left, right = (compiled(arg, bind) for arg in node.args)
        return lambda env: None if (a := left(env)) is None or (b := right(env)) is None else apply(node, a, b)

    return compiler


_COMPILERS: Mapping[str, Callable[[Node, Binder], Callable[[Any], Any]]] = {
    "const": _const,
    "ref": lambda node, bind: bind.ref(node.value),
    "times": lambda node, bind: bind.times(node.value),
    "used": lambda node, bind: bind.used(node.value),
    "in_state": lambda node, bind: bind.in_state(node.value),
    "workdays": lambda node, bind: bind.workdays(compiled(node.args[0], bind)),
    "and": _and,
    "or": _or,
    "not": _not,
    "known": _known,
    "neg": _unary(operator.neg),
    "days": _unary(lambda seconds: seconds // DAY),
    "item": _pair(lambda node, table, key: table.get(key)),
    "among": _pair(lambda node, value, options: value in options),
    "between": _pair(lambda node, a, b: (a - b).days * DAY),
    "shift": _pair(lambda node, date, by: shift(date, by if node.value == "+" else -by)),
}
