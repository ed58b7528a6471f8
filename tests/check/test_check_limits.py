"""`never:` lines by induction: proved, or not proved with the facts under which a rule would break them."""

from __future__ import annotations

from pathlib import Path

import pytest

from csflow.check.limits import limits
from csflow.check.solver import Solver
from csflow.check.subject import Subject
from csflow.rulefile import load_flow, load_profile

HEAD = """
intents: {hello: {phrases: [你好]}, bid: {phrases: [卖吗]}}
slots: {offer: {type: money}, way: {type: [a, b], hears: {a: [甲], b: [乙]}}}
facts: {order.total: money, store.least: {type: money, required: true}, product.list_price: money, product.floor_price: money}
bargains:
  price: {list: product.list_price, floor: product.floor_price, steps: [{cut: 3%}, {cut: 1%}], accept: 2%, bid: slots.offer}
rules:
"""
LAST = "  - {when: unknown, choose: [{id: last, else: true, say: x}]}\n"


def unproved(folder: Path, rules: str, never: str) -> list[tuple[str, dict[str, str]]]:
    """Return the rules that may break a line, with the facts under which they do."""
    (folder / "flow.yaml").write_text(f"{HEAD}{rules}\n{LAST}never: [{never!r}]\n", "utf-8")
    (folder / "store.yaml").write_text("profile: p\nstore: {least: '5.00'}\n", "utf-8")
    spec = load_flow(folder)
    subject = Subject(spec, load_profile(None, spec))
    solver = Solver(subject)
    assert solver.background
    found = list(limits(subject, solver))
    assert all(problem.severity == "note" for problem in found)
    return [(p.message.split("'")[1], dict(p.witness.facts) if p.witness else {}) for p in found]


def on(event: str, *rules: str) -> str:
    """Return a list of rules on an event."""
    return f"  - {{when: {event}, choose: [{', '.join(f'{{{rule}}}' for rule in rules)}]}}"


GIFT = "say: x, do: [{grant: gift}]"


@pytest.mark.parametrize(
    ("rules", "never"),
    [
        (on("hello", f"id: a, if: granted.gift == 0, {GIFT}"), "granted.gift > 1"),
        (on("hello", f"id: a, if: granted.gift < 2, {GIFT}"), "granted.gift > 2"),
        (on("hello", "id: a, if: used(push) < 3, say: x", "id: push.b, if: used(push) < 3, say: x"), "used(push) > 3"),
        (on("hello", "id: push.a, max: 2, say: x"), "used(push) > 2"),
        (
            on("hello", f"id: a, if: order.total >= store.least and granted.gift == 0, {GIFT}"),
            "granted.gift > 0 and order.total < store.least",
        ),
        (on("hello", "id: a, if: known(price.next), say: x, do: [{offer: price}]"), "price.offer < product.floor_price"),
        (
            on("bid", "id: a, if: price.takes, say: x, do: [{agree: price}]"),
            "known(price.agreed) and price.agreed < product.floor_price",
        ),
        (on("hello", "id: a, say: x, do: [{grant: gift, if: granted.gift == 0}]"), "granted.gift > 1"),
    ],
)
def test_proved(tmp_path: Path, rules: str, never: str) -> None:
    """A line that every rule leaves holding is proved; nothing is said about it."""
    assert unproved(tmp_path, rules, never) == []


@pytest.mark.parametrize(
    ("rules", "never", "fact"),
    [
        (on("hello", f"id: a, {GIFT}"), "granted.gift > 1", ("granted.gift", "1")),
        (on("hello", "id: a, say: x"), "used(a) > 3", ("used(a)", "3")),
        (
            on("hello", f"id: a, if: granted.gift == 0, {GIFT}"),
            "granted.gift > 0 and order.total < store.least",
            ("granted.gift", "0"),
        ),
        (on("hello", f"id: a, if: order.total > store.least, {GIFT}"), "granted.gift > 0 and order.total <= 6.00", None),
        (on("bid", "id: a, say: x, do: [{agree: price}]"), "price.agreed < 100.00", None),
        (on("hello", "id: a, say: x, do: [{tag: {mood: angry}}]"), "tags.mood == angry", ("tags.mood", "none")),
    ],
)
def test_not_proved(tmp_path: Path, rules: str, never: str, fact: tuple[str, str] | None) -> None:
    """A line that a rule may break is not called proved, and the facts under which it does are named."""
    ((name, facts),) = unproved(tmp_path, rules, never)
    assert name == "a"
    assert fact is None or fact in facts.items()


def test_one_finding_a_line(tmp_path: Path) -> None:
    """Several rules may break a line; the first one is named."""
    rules = f"{on('hello', f'id: a, {GIFT}')}\n{on('bid', f'id: b, {GIFT}')}"
    assert [name for name, _ in unproved(tmp_path, rules, "granted.gift > 1")] == ["a"]
