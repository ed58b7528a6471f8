"""Plots as inline SVG: shapes are placed in percent of the width and texts keep their size, so that they fit a phone too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from csflow.cli.page import text

STYLE = """
svg.plot { display: block; width: 100%; overflow: visible; }
svg.plot text { font: 13px/1 system-ui, sans-serif; fill: var(--ink); }
svg.plot .quiet { fill: var(--none); font-size: 12px; }
svg.plot .ground { fill: var(--line); opacity: .45; }
svg.plot .axis { stroke: var(--line); }
.key { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin: .3rem 0 .6rem; padding: 0; }
.key span { display: inline-block; width: .8em; height: .8em; margin-right: .4em; }
"""
ROW, BAR = 40, 14
"""Height of a row of bars across, and of its bar."""
TALL, FOOT = 110, 22
"""Height of upright bars, and of the labels under them."""
ROOM = 40
"""How many letters fit under the narrowest plot."""


class Part(NamedTuple):
    """A part of a bar: its size, its colour as a CSS variable, and what it is."""

    size: float
    colour: str
    what: str


class Bar(NamedTuple):
    """A bar across: what is written over it, and its parts from left to right."""

    label: str
    parts: Sequence[Part]


def svg(title: str, height: int, shapes: Iterable[str]) -> str:
    """Return a drawing with its title, as wide as there is room."""
    return f'<svg class="plot" role="img" height="{height}"><title>{text(title)}</title>{"".join(shapes)}</svg>'


def key(parts: Iterable[tuple[str, str]]) -> str:
    """Return what the colours mean: pairs of a colour and what it stands for."""
    items = (f'<li><span style="background: var(--{colour})"></span>{text(what)}</li>' for colour, what in parts)
    return f'<ul class="key">{"".join(items)}</ul>'


def across(title: str, bars: Sequence[Bar], whole: float) -> str:
    """Draw bars one under the other, as parts of a whole."""
    rows = (shape for number, bar in enumerate(bars) for shape in _bar(bar, number * ROW, whole))
    return svg(title, len(bars) * ROW, rows)


def _bar(bar: Bar, y: int, whole: float) -> Iterator[str]:
    yield f'<text x="0" y="{y + 12}">{text(bar.label)}</text>'
    yield f'<rect class="ground" x="0" y="{y + 18}" width="100%" height="{BAR}"/>'
    lefts = accumulate((part.size for part in bar.parts), initial=0.0)
    for left, part in zip(lefts, bar.parts, strict=False):
        if part.size:
            place = f'x="{_percent(left, whole)}" y="{y + 18}" width="{_percent(part.size, whole)}" height="{BAR}"'
            yield f'<rect {place} fill="var(--{part.colour})"><title>{text(part.what)}</title></rect>'


def upright(title: str, bars: Sequence[Bar], top: str) -> str:
    """Draw bars beside each other, the parts of each side by side; `top` is the label of the highest."""
    highest = max((part.size for bar in bars for part in bar.parts), default=0)
    return svg(title, TALL + FOOT + 16, [*_frame(top), *_columns(bars, highest or 1), *_labels([bar.label for bar in bars])])


def _frame(top: str) -> Iterator[str]:
    yield f'<text class="quiet" x="0" y="11">{text(top)}</text>'
    yield f'<line class="axis" x1="0" x2="100%" y1="{TALL + 16}" y2="{TALL + 16}"/>'


def _columns(bars: Sequence[Bar], highest: float) -> Iterator[str]:
    for number, bar in enumerate(bars):
        each = 0.8 / len(bar.parts)
        for n, part in enumerate(bar.parts):
            height = TALL * part.size / highest
            left = _percent(number + 0.1 + n * each, len(bars))
            place = f'x="{left}" y="{TALL + 16 - height:.1f}" width="{_percent(each, len(bars))}" height="{height:.1f}"'
            yield f'<rect {place} fill="var(--{part.colour})"><title>{text(part.what)}</title></rect>'


def _labels(names: Sequence[str]) -> Iterator[str]:
    """Yield all labels where there is room for them, else the first, the middle and the last one."""
    y = TALL + 16 + 15
    if sum(map(len, names)) <= ROOM:
        for number, name in enumerate(names):
            yield f'<text class="quiet" x="{_percent(number + 0.5, len(names))}" y="{y}" text-anchor="middle">{text(name)}</text>'
        return
    for x, anchor, name in (("0", "start", names[0]), ("50%", "middle", names[len(names) // 2]), ("100%", "end", names[-1])):
        yield f'<text class="quiet" x="{x}" y="{y}" text-anchor="{anchor}">{text(name)}</text>'


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.2f}%" if whole else "0%"
