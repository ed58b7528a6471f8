"""What is given away: grants that nothing limits, and floors above the price they are to hold."""

from __future__ import annotations

from collections.abc import Iterator

from csflow.check.subject import Subject
from csflow.errors import Problem


def ledgers(subject: Subject) -> Iterator[Problem]:
    """Yield grants that no condition and no `never:` line counts, and products whose floor is above their list price."""
    yield from unlimited(subject)
    yield from floors(subject)


def unlimited(subject: Subject) -> Iterator[Problem]:
    """Yield grants of which nothing asks how many there are."""
    counted = {name for tree in subject.spec.conditions.values() for name in tree.names()}
    for act, part in subject.acts:
        for number, effect in enumerate(act.do):
            if effect.grant and act.max is None and f"granted.{effect.grant}" not in counted:
                message = f"nothing limits how often {effect.grant!r} is granted; add `never: granted.{effect.grant} > 1`"
                yield Problem("unlimited-grant", subject.at(part, "do", number, "grant"), message, "warning")


def floors(subject: Subject) -> Iterator[Problem]:
    """Yield the products of the profile whose lowest price is above the price that is talked about."""
    if subject.profile.file is None:
        return
    source = subject.source(subject.profile.file)
    for bargain in subject.spec.bargains.values():
        for product, row in subject.profile.products.items():
            listed, floor = row.get(bargain.list_), row.get(bargain.floor)
            if listed is not None and floor is not None and floor > listed:
                name = bargain.floor.removeprefix("product.")
                message = f"the floor of {product!r} is above its list price, so no price holds both"
                yield Problem("floor-over-list", source.value("products", product, name), message)
