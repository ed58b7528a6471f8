"""Names that nobody declares: one letter off another one of their kind is found, at the name that is used less."""

from __future__ import annotations

import pytest

from tests.check.conftest import Marked

HEAD = """\
rules:
  - {when: unknown, in: [everywhere], choose: [{id: u, say: 请同事来, go: handoff, do: [%s]}]}
"""
NAMES = {
    "a letter missing": "{notify: warehouse}, {notify: warehouse}, {notify: @warehose}",
    "a letter added": "{notify: warehouse}, {notify: warehouse}, {notify: @warehousee}",
    "a letter changed": "{tag: {case: opened}}, {tag: {case: opened}}, {tag: {case: @openad}}",
    "two letters swapped": "{tag: {case: opened}}, {tag: {case: opened}}, {tag: {case: @opneed}}",
    "a register": "{record: {consent: [order.no]}}, {record: {consent: [order.no]}}, {record: @{consents: [order.no]}}",
    "other kinds": "{notify: consent}, {record: {consents: [order.no]}}",
    "numbers": "{notify: desk_one1}, {notify: desk_one2}",
    "too short": "{notify: hub}, {notify: tub}",
    "far apart": "{notify: warehouse}, {notify: workhouse}",
    "values of two tags": "{tag: {case: opened}}, {tag: {door: openad}}",
}


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
def test_near_names(names: str, marked: Marked) -> None:
    """A name is found where it is marked, and nowhere else."""
    came, expected = marked("near-name", HEAD % names)
    assert came == expected
