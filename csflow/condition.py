"""`if:` text into a typed tree, and the tree into a three-valued function; nothing is ever evaluated as Python.

Values are plain data: money in integer minor units, counts as int, durations as int seconds, dates as
`datetime.date`, flags as bool, texts as str. `None` is "unknown": a comparison with it is unknown, and so is `not`.
"""

from __future__ import annotations

import datetime
import operator
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from csflow.errors import hint

MAX_LENGTH, MAX_DEPTH = 1000, 40
DAY = 86400
UNITS = {"s": 1, "m": 60, "h": 3600, "d": DAY, "w": 7 * DAY, "y": 365 * DAY}
FUNCTIONS = ("known", "times", "used", "in_state", "workdays")


class Type(NamedTuple):
    """What a value is: its kind, the words of an enum, the type that a map holds."""

    kind: str
    values: tuple[str, ...] = ()
    of: Type | None = None

    def __str__(self) -> str:
        return f"one of {', '.join(self.values)}" if self.kind == "enum" else self.kind


FLAG, MONEY, COUNT, DURATION, DATE, TEXT = map(Type, ("flag", "money", "count", "duration", "date", "text"))
TEXTS, WORD, BROKEN = Type("texts"), Type("word"), Type("broken")
NUMERIC = {"money", "count", "duration"}


class Node(NamedTuple):
    """A node of the typed tree: `op` names it, `args` are its children, `value` its constant or name."""

    op: str
    type: Type
    col: int
    args: tuple[Node, ...] = ()
    value: Any = None

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below it."""
        yield self
        for arg in self.args:
            yield from arg.walk()

    def names(self) -> Iterator[str]:
        """Yield the facts that the tree reads."""
        return (node.value for node in self.walk() if node.op == "ref")


class Fault(NamedTuple):
    """What is wrong in an expression; `col` counts from 0 inside its text."""

    code: str
    col: int
    message: str


class Scope(Protocol):
    """The names that an expression may use."""

    def type_of(self, name: str) -> Type | None: ...
    def facts(self) -> Collection[str]: ...
    def intents(self) -> Collection[str]: ...
    def states(self) -> Collection[str]: ...
    def segments(self) -> Collection[str]: ...


class Binder(Protocol):
    """Turns names into functions of the environment that a compiled condition is given."""

    def ref(self, name: str) -> Callable[[Any], Any]: ...
    def times(self, intent: str) -> Callable[[Any], Any]: ...
    def used(self, segment: str) -> Callable[[Any], Any]: ...
    def in_state(self, state: str) -> Callable[[Any], Any]: ...
    def workdays(self, count: Callable[[Any], Any]) -> Callable[[Any], Any]: ...


TOKEN = re.compile(
    r"""\s*(?:(?P<duration>\d+[smhdwy](?!\w))|(?P<number>\d+(?:\.\d+)?(?!\w))
    |(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)|(?P<text>'[^'\n]*'|"[^"\n]*")
    |(?P<op><=|>=|==|!=|[-+*/<>()\[\],]|\.days\b))""",
    re.VERBOSE,
)
KEYWORDS = {"and", "or", "not", "in", "true", "false"}


class Token(NamedTuple):
    kind: str
    text: str
    col: int


class _Stop(Exception):  # noqa: N818 - it stops the parser and never leaves this module
    """A fault after which the rest of the expression has no meaning."""

    def __init__(self, code: str, col: int, message: str) -> None:
        self.fault = Fault(code, col, message)


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of an expression, the last one of kind `end`."""
    at = 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            rest = len(text) - len(text[at:].lstrip())
            if rest < len(text):
                raise _Stop("condition-syntax", rest, f"{text[rest]!r} has no meaning here")
            break
        kind = match.lastgroup or "op"
        word = match[kind]
        yield Token("op" if word in KEYWORDS else kind, word, match.start(kind))
        at = match.end()
    yield Token("end", "", len(text))


def parse(text: str, scope: Scope, *, division: bool = False) -> tuple[Node, list[Fault]]:
    """Parse and type-check one expression; returns its tree and every fault found (a broken tree has faults)."""
    if len(text) > MAX_LENGTH:
        return _broken(0), [Fault("condition-syntax", 0, f"longer than {MAX_LENGTH} characters; split the condition")]
    faults: list[Fault] = []
    try:
        return _Parser(text, scope, faults, division).whole(), faults
    except _Stop as stop:
        return _broken(stop.fault.col), [*faults, stop.fault]


def parse_condition(text: str, scope: Scope) -> tuple[Node, list[Fault]]:
    """Parse an `if:` or `never:`: an expression that must be true, false or unknown."""
    node, faults = parse(text, scope)
    if not faults and node.type.kind != "flag":
        faults.append(Fault("type-mismatch", node.col, f"a condition is true or false; this is {node.type}"))
    return node, faults


def _broken(col: int) -> Node:
    return Node("const", BROKEN, col)


class _Parser:
    """Precedence climbing over the tokens; builds typed nodes and notes faults with their column."""

    def __init__(self, text: str, scope: Scope, faults: list[Fault], division: bool) -> None:
        self.tokens, self.at, self.depth = list(tokens(text)), 0, 0
        self.scope, self.faults, self.division = scope, faults, division

    def whole(self) -> Node:
        node = self.settle(self.either())
        if self.now.kind != "end":
            raise _Stop("condition-syntax", self.now.col, f"{self.now.text!r} is unexpected here")
        return node

    @property
    def now(self) -> Token:
        return self.tokens[self.at]

    def take(self, *texts: str) -> Token | None:
        token = self.now
        if token.kind != "op" or token.text not in texts:
            return None
        self.at += 1
        return token

    def need(self, text: str) -> None:
        if not self.take(text):
            got = repr(self.now.text) if self.now.text else "the end"
            raise _Stop("condition-syntax", self.now.col, f"expected {text!r}, found {got}")

    def fault(self, code: str, col: int, message: str) -> Node:
        self.faults.append(Fault(code, col, message))
        return _broken(col)

    def either(self) -> Node:
        return self.joined("or", self.both)

    def both(self) -> Node:
        return self.joined("and", self.negated)

    def joined(self, word: str, part: Callable[[], Node]) -> Node:
        first = part()
        parts = [first]
        while self.take(word):
            parts.append(part())
        if len(parts) == 1:
            return first
        return Node(word, FLAG, first.col, tuple(self.flag(p, word) for p in parts))

    def flag(self, node: Node, word: str) -> Node:
        node = self.settle(node)
        if node.type.kind not in ("flag", "broken"):
            return self.fault("type-mismatch", node.col, f"'{word}' joins conditions; this is {node.type}")
        return node

    def negated(self) -> Node:
        token = self.take("not")
        if token is None:
            return self.comparison()
        with_depth = self.deeper(token.col, self.negated)
        return Node("not", FLAG, token.col, (self.flag(with_depth, "not"),))

    def deeper(self, col: int, part: Callable[[], Node]) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _Stop("condition-syntax", col, f"nested deeper than {MAX_DEPTH}")
        node = part()
        self.depth -= 1
        return node

    def comparison(self) -> Node:
        left = self.sum()
        token = self.take("<=", ">=", "==", "!=", "<", ">", "in")
        if token is None and self.now.text == "not" and self.tokens[self.at + 1].text == "in":
            self.at += 1
            token = self.take("not") or self.take("in")
            return Node("not", FLAG, left.col, (self.membership(left, left.col),))
        if token is None:
            return left
        if token.text == "in":
            return self.membership(left, token.col)
        right = self.sum()
        if self.now.text in ("<=", ">=", "==", "!=", "<", ">"):
            raise _Stop("condition-syntax", self.now.col, "comparisons do not chain; join two with 'and'")
        return self.compare(token, left, right)

    def compare(self, token: Token, left: Node, right: Node) -> Node:
        left, right = self.fit(left, right), self.fit(right, left)
        kinds = {left.type.kind, right.type.kind}
        if "broken" in kinds:
            return Node("const", FLAG, left.col)
        if len(kinds) > 1:
            return self.fault("type-mismatch", left.col, f"cannot compare {left.type} with {right.type}")
        if token.text in ("==", "!=") and not kinds & {"texts", "map"}:
            return Node(token.text, FLAG, left.col, (left, right))
        if not kinds <= NUMERIC | {"date"}:
            return self.fault("type-mismatch", token.col, f"{left.type} has no order; use == or !=")
        return Node(token.text, FLAG, left.col, (left, right))

    def fit(self, node: Node, other: Node) -> Node:
        """Read a bare word or number the way its other side asks for."""
        kind = other.type.kind
        if node.type.kind == "word" and kind == "broken":
            return _broken(node.col)
        if node.type.kind == "word" and kind in ("enum", "text", "claim"):
            return self.word(node, other.type)
        if node.op == "const" and kind == "enum" and node.type.kind == "text":
            return self.word(node, other.type)
        if node.op == "const" and kind == "money" and node.type.kind in ("count", "decimal"):
            return self.amount(node)
        if node.op == "const" and node.type.kind == "count" and node.value == 0 and kind == "duration":
            return node._replace(type=DURATION)
        node = self.settle(node)
        return node._replace(type=TEXT) if node.type.kind == "claim" else node

    def word(self, node: Node, wanted: Type) -> Node:
        if wanted.kind == "enum" and node.value not in wanted.values:
            message = f"{node.value!r} is not {wanted}{hint(str(node.value), wanted.values)}"
            return self.fault("unknown-value", node.col, message)
        return Node("const", wanted if wanted.kind == "enum" else TEXT, node.col, value=node.value)

    def amount(self, node: Node) -> Node:
        if node.type.kind == "money":
            return node
        if node.type.kind == "decimal" or node.value == 0:
            minor = Decimal(node.value) * 100
            if minor == int(minor):
                return Node("const", MONEY, node.col, value=int(minor))
            return self.fault("type-mismatch", node.col, f"{node.value} is finer than the smallest coin")
        return self.fault("type-mismatch", node.col, f"cannot compare money with a count; write {node.value}.00 for money")

    def settle(self, node: Node) -> Node:
        """A bare word that nothing gave a meaning is an unknown fact; a decimal is money."""
        if node.type.kind == "word":
            return self.fault("unknown-fact", node.col, f"no fact {node.value!r}{hint(node.value, self.scope.facts())}")
        if node.type.kind == "decimal":
            return self.amount(node)
        return node

    def membership(self, left: Node, col: int) -> Node:
        opened = self.take("(", "[")
        if opened is None:
            texts = self.settle(self.sum())
            if texts.type.kind not in ("texts", "broken"):
                return self.fault("type-mismatch", texts.col, f"'in' needs a list; this is {texts.type}")
            return self.among(self.fit(left, Node("const", TEXT, col)), texts)
        options = [self.sum()]
        while self.take(","):
            options.append(self.sum())
        self.need(")" if opened.text == "(" else "]")
        left = self.settle(left)
        tests = tuple(self.compare(Token("op", "==", col), left, option) for option in options)
        return Node("or", FLAG, left.col, tests) if len(tests) > 1 else tests[0]

    def among(self, left: Node, texts: Node) -> Node:
        if left.type.kind not in ("text", "enum", "broken"):
            return self.fault("type-mismatch", left.col, f"a list holds text; this is {left.type}")
        return Node("among", FLAG, left.col, (left, texts))

    def sum(self) -> Node:
        left = self.product()
        for token in self.chain("+", "-"):
            left = self.add(token, left, self.product())
        return left

    def chain(self, *operators: str) -> Iterator[Token]:
        """Yield the operators that follow each other; each one makes the tree a level deeper."""
        length = 0
        while token := self.take(*operators):
            length += 1
            if length > MAX_DEPTH:
                raise _Stop("condition-syntax", token.col, f"more than {MAX_DEPTH} terms; split the condition")
            yield token

    def add(self, token: Token, left: Node, right: Node) -> Node:
        left, right = self.fit(left, right), self.fit(right, left)
        kinds = (left.type.kind, right.type.kind)
        if "broken" in kinds:
            return _broken(left.col)
        if kinds == ("date", "date") and token.text == "-":
            return Node("between", DURATION, left.col, (left, right))
        if kinds == ("date", "duration"):
            return Node("shift", DATE, left.col, (left, right), token.text)
        if kinds[0] == kinds[1] and kinds[0] in NUMERIC:
            return Node(token.text, left.type, left.col, (left, right))
        verb = "add" if token.text == "+" else "subtract"
        return self.fault("type-mismatch", left.col, f"cannot {verb} {left.type} and {right.type}")

    def product(self) -> Node:
        left = self.unary()
        for token in self.chain("*", "/"):
            if token.text == "/" and not self.division:
                raise _Stop("condition-syntax", token.col, "division stands in replies only; compare the product instead")
            left = self.scale(token, self.settle(left), self.settle(self.unary()))
        return left

    def scale(self, token: Token, left: Node, right: Node) -> Node:
        kinds = (left.type.kind, right.type.kind)
        if "broken" in kinds:
            return _broken(left.col)
        if kinds[0] in NUMERIC and kinds[1] == "count":
            return Node(token.text, left.type, left.col, (left, right))
        if token.text == "*" and kinds[0] == "count" and kinds[1] in NUMERIC:
            return Node("*", right.type, left.col, (right, left))
        verb = "multiply" if token.text == "*" else "divide"
        return self.fault("type-mismatch", left.col, f"cannot {verb} {left.type} by {right.type}")

    def unary(self) -> Node:
        token = self.take("-")
        if token is None:
            return self.postfix()
        node = self.settle(self.deeper(token.col, self.unary))
        if node.type.kind not in NUMERIC | {"broken"}:
            return self.fault("type-mismatch", token.col, f"'-' needs a number; this is {node.type}")
        return Node("neg", node.type, token.col, (node,))

    def postfix(self) -> Node:
        node = self.primary()
        while True:
            if self.take("["):
                node = self.item(node)
            elif self.take(".days"):
                node = self.days(node)
            else:
                return node

    def item(self, node: Node) -> Node:
        node, key = self.settle(node), self.deeper(node.col, self.sum)
        self.need("]")
        key = self.fit(key, Node("const", TEXT, key.col))
        if "broken" in (node.type.kind, key.type.kind):
            return _broken(node.col)
        if node.type.kind != "map" or node.type.of is None:
            return self.fault("type-mismatch", node.col, f"only a map has [ ]; this is {node.type}")
        if key.type.kind not in ("text", "enum"):
            return self.fault("type-mismatch", key.col, f"a map's key is text; this is {key.type}")
        return Node("item", node.type.of, node.col, (node, key))

    def days(self, node: Node) -> Node:
        node = self.settle(node)
        if node.type.kind not in ("duration", "broken"):
            return self.fault("type-mismatch", node.col, f"'.days' needs a duration; this is {node.type}")
        return Node("days", COUNT, node.col, (node,))

    def primary(self) -> Node:
        token = self.now
        self.at += 1
        if token.kind == "number":
            return self.number(token)
        if token.kind == "duration":
            return Node("const", DURATION, token.col, value=int(token.text[:-1]) * UNITS[token.text[-1]])
        if token.kind == "text":
            return Node("const", TEXT, token.col, value=token.text[1:-1])
        if token.kind == "name":
            return self.call(token) if token.text in FUNCTIONS and self.now.text == "(" else self.name(token)
        if token.text in ("true", "false"):
            return Node("const", FLAG, token.col, value=token.text == "true")
        if token.text == "(":
            node = self.deeper(token.col, self.either)
            self.need(")")
            return node
        found = repr(token.text) if token.text else "the end"
        raise _Stop("condition-syntax", token.col, f"expected a value, found {found}")

    def number(self, token: Token) -> Node:
        if len(token.text) > 15:
            raise _Stop("condition-syntax", token.col, "a number this long is surely a mistake")
        if "." in token.text:
            return Node("const", Type("decimal"), token.col, value=Decimal(token.text))
        return Node("const", COUNT, token.col, value=int(token.text))

    def name(self, token: Token) -> Node:
        name = token.text
        found = self.scope.type_of(name)
        if found is not None:
            return Node("ref", found, token.col, value=name)
        base = self.scope.type_of(name.removesuffix(".days")) if name.endswith(".days") else None
        if base is not None:
            return self.days(Node("ref", base, token.col, value=name.removesuffix(".days")))
        if "." in name:
            return self.fault("unknown-fact", token.col, f"no fact {name!r}{hint(name, self.scope.facts())}")
        return Node("word", WORD, token.col, value=name)

    def call(self, token: Token) -> Node:
        self.need("(")
        if token.text in ("known", "workdays"):
            node = self.deeper(token.col, self.either)
            self.need(")")
            return self.known(token, node) if token.text == "known" else self.workdays(token, node)
        name = self.now
        self.at += name.kind != "end"
        self.need(")")
        return self.counter(token, name)

    def known(self, token: Token, node: Node) -> Node:
        return Node("known", FLAG, token.col, (self.settle(node),))

    def workdays(self, token: Token, node: Node) -> Node:
        node = self.settle(node)
        if node.type.kind not in ("count", "broken"):
            return self.fault("type-mismatch", node.col, f"workdays() takes a count; this is {node.type}")
        return Node("workdays", DURATION, token.col, (node,))

    def counter(self, token: Token, name: Token) -> Node:
        kind = {"times": "intent", "used": "rule", "in_state": "state"}[token.text]
        known = {"times": self.scope.intents, "used": self.scope.segments, "in_state": self.scope.states}[token.text]()
        if name.kind != "name" or name.text not in known:
            return self.fault(f"unknown-{kind}", name.col, f"no {kind} {name.text!r}{hint(name.text, known)}")
        return Node(token.text, FLAG if kind == "state" else COUNT, token.col, value=name.text)


def implied(node: Node) -> frozenset[str]:
    """Return the facts that are surely known wherever the condition holds."""
    if node.op == "and":
        return frozenset().union(*map(implied, node.args))
    if node.op == "or":
        return frozenset.intersection(*map(implied, node.args))
    if node.op == "not":
        return implied_by_failure(node.args[0], "known")
    return known_terms(node.args[0] if node.op == "known" else node)


def implied_by_failure(node: Node, *opaque: str) -> frozenset[str]:
    """Return the facts that are surely known where `node` is false (not merely unknown)."""
    if node.op in opaque or node.op == "and":
        return frozenset()
    if node.op == "or":
        return frozenset().union(*(implied_by_failure(arg, *opaque) for arg in node.args))
    return implied(node.args[0]) if node.op == "not" else known_terms(node)


def settled_by_passing(node: Node) -> frozenset[str]:
    """Return the facts known after a branch with this condition was passed over: it was `not known(x)`, or joined by `or`."""
    if node.op == "or":
        return frozenset().union(*map(settled_by_passing, node.args))
    if node.op == "not" and node.args[0].op == "known":
        return known_terms(node.args[0].args[0])
    return frozenset()


def known_terms(node: Node) -> frozenset[str]:
    """Return the names, and map items as `name[key]`, that must be known for `node` to have a value."""
    if node.op == "known":
        return frozenset()
    inner = [known_terms(arg) for arg in node.args]
    if node.op in ("and", "or"):
        return frozenset.intersection(*inner)
    own = spelled(node)
    return frozenset([own] if own else []).union(*inner)


def spelled(node: Node) -> str | None:
    """Return the canonical spelling of a fact or a map item, or None for other nodes."""
    if node.op == "ref":
        return str(node.value)
    if node.op == "item":
        table, key = node.args
        return f"{spelled(table)}[{spelled(key) or repr(key.value)}]"
    return None


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


def fold(node: Node, constants: Mapping[str, Any], bind: Binder) -> Node:
    """Replace what the constants decide by constants; `constants` maps names to values, None for "unknown for good"."""
    if node.op == "ref":
        return Node("const", node.type, node.col, value=constants[node.value]) if node.value in constants else node
    if not node.args or node.op == "workdays":
        return node
    args = tuple(fold(arg, constants, bind) for arg in node.args)
    node = node._replace(args=args)
    if all(arg.op == "const" for arg in args):
        return Node("const", node.type, node.col, value=compiled(node, bind)(None))
    if node.op in ("and", "or") and any(arg.op == "const" and arg.value is (node.op == "or") for arg in args):
        return Node("const", FLAG, node.col, value=node.op == "or")
    return node
