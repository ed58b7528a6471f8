"""Comments that waive a finding."""

from __future__ import annotations

import pytest

from csflow.check.waivers import waivers_in
from tests.check.conftest import Found

FLOW = """\
facts:
{above}
  store.motto: text {beside}
rules: [{{when: unknown, choose: [{{id: r, say: x, go: farewell}}]}}]
"""
WAIVER = "# csflow: allow unused-fact because the dashboard shows it"


@pytest.mark.parametrize(("above", "beside"), [(f"  {WAIVER}", ""), ("", WAIVER)])
def test_waived(above: str, beside: str, found: Found) -> None:
    """A waiver with a reason silences its code on its line and on the next one."""
    assert found(FLOW.format(above=above, beside=beside)) == []


NOT_WAIVED = {
    "another code": ("  # csflow: allow unused-slot because x", {"unused-fact"}),
    "no reason": ("  # csflow: allow unused-fact", {"unused-fact", "bare-waiver"}),
    "an empty reason": ("  # csflow: allow unused-fact because ", {"unused-fact", "bare-waiver"}),
    "no code": ("  # csflow: allow because x", {"unused-fact", "bare-waiver"}),
    "too far above": (f"  {WAIVER}\n  # more", {"unused-fact"}),
    "an ordinary comment": ("  # we allow unused-fact because x", {"unused-fact"}),
}


@pytest.mark.parametrize(("above", "codes"), NOT_WAIVED.values(), ids=NOT_WAIVED)
def test_not_waived(above: str, codes: set[str], found: Found) -> None:
    """A waiver without code or reason waives nothing and is itself a finding."""
    assert {problem.code for problem in found(FLOW.format(above=above, beside=""))} == codes


def test_place() -> None:
    """A waiver stands where its `#` does."""
    (waiver,) = waivers_in("a.yaml", "facts: {}\n  a: b  # csflow: allow tie because 好\n")
    assert (waiver.code, str(waiver.place), waiver.reason) == ("tie", "a.yaml:2:9", "好")
