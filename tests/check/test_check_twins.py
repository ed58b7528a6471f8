"""Examples that say the same under two intents: places of findings are marked `@`."""

from __future__ import annotations

import pytest

from tests.check.conftest import Marked

REST = """
rules: [{when: [a, b, unknown], choose: [{id: r, say: x, go: farewell}]}]
"""
INTENTS = {
    "a particle more": "a: {examples: [什么时候发货]}, b: {examples: [@什么时候发货呢]}",
    "a polite word more": "a: {examples: [什么时候发货]}, b: {examples: [@请问什么时候能发货]}",
    "signs": "a: {examples: [什么时候发货]}, b: {examples: [@什么时候发货？！]}",
    "a word more": "a: {examples: [什么时候发货]}, b: {examples: [什么时候发定金]}",
    "a denial": "a: {examples: [已经收到货了]}, b: {examples: [没收到货]}",
    "too short to tell": "a: {examples: [能换吗]}, b: {examples: [换呢]}",
    "one intent": "a: {examples: [什么时候发货, 什么时候发货呢]}, b: {examples: [包裹到哪儿了]}",
    "kin": "a: {examples: [什么时候发货]}, a.b: {examples: [什么时候发货呢]}, b: {examples: [包裹到哪儿了]}",
    "one yields": "a: {examples: [什么时候发货], yields_to: [b]}, b: {examples: [什么时候发货呢]}",
    "phrases": "a: {phrases: [什么时候发货]}, b: {phrases: [什么时候发货呢]}",
    "in English": "a: {examples: [where is the parcel]}, b: {examples: [@where is a parcel please]}",
}


@pytest.mark.parametrize("intents", INTENTS.values(), ids=INTENTS)
def test_twins(intents: str, marked: Marked) -> None:
    """The later of two examples is found where nothing but particles tells them apart."""
    came, expected = marked("twin-examples", f"intents: {{{intents}}}{REST}")
    assert came == expected
