"""What a condition tells about its facts: which are surely known where it holds, fails or was passed over."""

from __future__ import annotations

from csflow.condition.tree import Node


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
