"""Text into a typed tree: precedence climbing over tokens, every fault with its column."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from decimal import Decimal
from typing import NamedTuple, Protocol

from csflow.condition.tree import BROKEN, COUNT, DATE, DURATION, FLAG, MONEY, NUMERIC, TEXT, UNITS, WORD, Fault, Node, Type
from csflow.errors import hint

MAX_LENGTH, MAX_DEPTH = 1000, 40
FUNCTIONS = ("known", "times", "used", "in_state", "workdays")


class Scope(Protocol):
    """The names that an expression may use."""

    def type_of(self, name: str) -> Type | None: ...
    def facts(self) -> Collection[str]: ...
    def intents(self) -> Collection[str]: ...
    def states(self) -> Collection[str]: ...
    def segments(self) -> Collection[str]: ...


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
        node = self.either()
        if self.now.kind != "end":
            raise _Stop("condition-syntax", self.now.col, f"{self.now.text!r} is unexpected here")
        return self.settle(node)

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
