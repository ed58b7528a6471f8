"""Few tests that kill many mutants: what can stand in one conversation does, and none is kept that kills nothing new."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from csflow.errors import CsflowError
from csflow.flow import Flow
from csflow.testing.faults import Mutant
from csflow.testing.killing import Expected, Proof
from csflow.testing.mutation import Bench
from csflow.testing.scenes import Scene
from csflow.testing.walked import names

LISTS = ("contains", "not", "without")


class Written(NamedTuple):
    """A test to be written, and the mutants that it kills, the one first for which it was made."""

    proof: Proof
    kills: tuple[Mutant, ...]


def joined(proofs: Iterable[Proof]) -> list[Proof]:
    """Return fewer tests with the same expectations: a conversation that begins another one becomes a part of it."""
    found: list[Proof] = []
    for proof in sorted(proofs, key=lambda one: len(one.scene.turns), reverse=True):
        at = next((at for at, longer in enumerate(found) if _begins(proof, longer)), None)
        if at is None:
            found.append(proof)
        else:
            found[at] = _both(found[at], proof)
    return found


def _begins(proof: Proof, longer: Proof) -> bool:
    if longer.scene.cut(len(proof.scene.turns)) != proof.scene or proof.verbatim != longer.verbatim:
        return False
    return all(_agree(longer.expects.get(at, {}), expect) for at, expect in proof.expects.items())


def _agree(one: Expected, two: Expected) -> bool:
    """Tell whether two expectations of the same turn can be one."""
    return all(one[key] == two[key] for key in one.keys() & two.keys() if key not in (*LISTS, "slots"))


def _both(one: Proof, two: Proof) -> Proof:
    expects = dict(one.expects)
    for at, expect in two.expects.items():
        expects[at] = _union(expects.get(at, {}), expect)
    return one._replace(expects=expects)


def _union(one: Expected, two: Expected) -> dict[str, Any]:
    lists = {key: list(dict.fromkeys([*one.get(key, ()), *two.get(key, ())])) for key in LISTS if key in one or key in two}
    slots = {**one.get("slots", {}), **two.get("slots", {})}
    return {**one, **two, **lists, **({"slots": slots} if slots else {})}


class Kills:
    """Finds which tests kill which mutants."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    def cover(self, survivors: Sequence[tuple[Mutant, Proof]]) -> list[Written]:
        """Return tests that kill all the survivors, chosen greedily, each with what it kills first."""
        proofs = joined(proof for _, proof in survivors)
        parts = [frozenset(_names(self.bench.version.flow, proof.scene)) for proof in proofs]
        killed: dict[int, list[Mutant]] = {}
        for mutant, own in survivors:
            for number in self._killing(mutant, own, proofs, parts):
                killed.setdefault(number, []).append(mutant)
        return [Written(proofs[number], kills) for number, kills in _chosen(killed)]

    def _killing(self, mutant: Mutant, own: Proof, proofs: Sequence[Proof], parts: Sequence[frozenset[str]]) -> Iterator[int]:
        flow = self.bench.changed(mutant).flow
        for number, proof in enumerate(proofs):
            near = not parts[number].isdisjoint(mutant.touches) or own.scene == proof.scene.cut(len(own.scene.turns))
            if near and not proof.passes(flow):
                yield number


def _names(flow: Flow, scene: Scene) -> Iterator[str]:
    try:
        for moment in scene.play(flow):
            yield from names(moment.turn)
    except CsflowError:
        return


def _chosen(killed: Mapping[int, Sequence[Mutant]]) -> Iterator[tuple[int, tuple[Mutant, ...]]]:
    """Yield what kills most of the mutants that are left, again and again."""
    left = {mutant.name for mutants in killed.values() for mutant in mutants}
    while left:
        new = {number: tuple(m for m in mutants if m.name in left) for number, mutants in killed.items()}
        number = max(new, key=lambda number: len(new[number]))
        yield number, new[number]
        left -= {mutant.name for mutant in new[number]}
