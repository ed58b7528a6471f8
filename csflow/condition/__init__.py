"""`if:` text into a typed tree, and the tree into a three-valued function; nothing is ever evaluated as Python.

Values are plain data: money in integer minor units, counts as int, durations as int seconds, dates as
`datetime.date`, flags as bool, texts as str. `None` is "unknown": a comparison with it is unknown, and so is `not`.
"""

from csflow.condition.evaluate import Binder, compiled, half_up, shift
from csflow.condition.known import implied, implied_by_failure, known_terms, settled_by_passing, spelled
from csflow.condition.parse import FUNCTIONS, KEYWORDS, Scope, parse, parse_condition
from csflow.condition.tree import COUNT, DATE, DAY, DURATION, FLAG, MONEY, TEXT, TEXTS, UNITS, Fault, Node, Type

__all__ = [
    "COUNT", "DATE", "DAY", "DURATION", "FLAG", "FUNCTIONS", "KEYWORDS", "MONEY", "TEXT", "TEXTS", "UNITS",
    "Binder", "Fault", "Node", "Scope", "Type",
    "compiled", "half_up", "implied", "implied_by_failure", "known_terms", "parse", "parse_condition", "settled_by_passing",
    "shift", "spelled",
]  # fmt: skip
