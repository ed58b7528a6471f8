"""A flow's graph as an SVG drawing: phases from left to right, side roots below, no arrow through a text.

What comes from many states stands inside the box it leads to (`⇠ any phase: …`), and so does a way back (`⇢ back: …`);
arrows lead from one state to another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from html import escape
from typing import NamedTuple

from csflow.cli.output import columns
from csflow.graph import BACK, Graph, Move
from csflow.spec import PHASES, SIDE_ROOTS

WIDE, NARROW = 7.3, 6.1
LINE, HEAD, PAD = 14, 24, 10
GAP, BAND, MARGIN = 60, 70, 24
STEP = 13
STYLE = """
  text { font: 10px ui-monospace, Menlo, Consolas, monospace; fill: #57606a }
  .name { font-size: 12px; font-weight: 600; fill: #1f2328 }
  .root { font-size: 12px; fill: #57606a }
  .group { fill: #f6f8fa; stroke: #d0d7de }
  .side { fill: #fff8f0; stroke: #e4c9a8 }
  .state { fill: #ffffff; stroke: #6e7781 }
  .marked { fill: #fff1ee; stroke: #c8452f; stroke-width: 2.5 }
  .arrow { fill: none; stroke: #0969da; stroke-width: 1.3; marker-end: url(#tip) }
  .on { fill: #0550ae }
  .missed { stroke: #c8452f; stroke-dasharray: 5 3 }
  text.missed { stroke: none; fill: #c8452f }
  .halo { stroke: #ffffff; stroke-width: 4 }
"""
TIP = (
    '<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0 8 4 0 8z" fill="#0969da"/></marker>'
)


class Box(NamedTuple):
    """A state's box: its place, its size and the lines in it."""

    state: str
    x: float
    y: float
    width: float
    lines: tuple[Move, ...]

    @property
    def height(self) -> float:
        """As high as its lines."""
        return HEAD + LINE * len(self.lines) + (4 if self.lines else 0)

    @property
    def middle(self) -> float:
        """Where arrows meet the box."""
        return self.y + HEAD / 2


class Frame(NamedTuple):
    """A root with the boxes of its states; `gap` is the room to its right."""

    root: str
    x: float
    y: float
    width: float
    gap: float
    boxes: tuple[Box, ...]

    @property
    def height(self) -> float:
        """As high as its boxes, with a line for the root's name."""
        return HEAD + sum(box.height + PAD for box in self.boxes)


class Arrow(NamedTuple):
    """A move as a curve, with its label and where that should stand; labels of one `gap` must not cover each other."""

    path: str
    move: Move
    gap: tuple[str, int]
    x: float
    y: float


def svg(graph: Graph, marked: Collection[str] = (), missed: Collection[tuple[str, str]] = ()) -> str:
    """Return the graph as a drawing that stands by itself.

    The boxes of `marked` states are framed in red, and so are the `missed` moves, given by where they come from and lead to.
    """
    top = _band(graph, PHASES, MARGIN)
    low = _band(graph, SIDE_ROOTS, MARGIN + max(frame.height for frame in top) + BAND)
    frames = [*top, *low]
    width = max(frame.x + frame.width + frame.gap for frame in frames) + MARGIN
    height = max(frame.y + frame.height for frame in low) + MARGIN
    arrows = _apart([_arrow(move, frames) for move in graph.arrows])
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" viewBox="0 0 {width:.0f} {height:.0f}">',
        f"<style>{STYLE}</style>",
        TIP,
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        *map(_frame, frames),
        *(f'<path class="{_class("arrow", arrow.move, missed)}" d="{arrow.path}"/>' for arrow in arrows),
        *(_box(box, missed, marked=box.state in marked) for frame in frames for box in frame.boxes),
        *(_label(arrow, missed) for arrow in arrows),
        "</svg>\n",
    ])  # fmt: skip


def _band(graph: Graph, roots: Sequence[str], y: float) -> list[Frame]:
    """Set the roots side by side, each with room for the labels to its right."""
    frames: list[Frame] = []
    x = float(MARGIN)
    for number, root in enumerate(roots):
        frames.append(_stacked(graph, root, x, y, _gap(graph.arrows, roots, number)))
        x += frames[-1].width + frames[-1].gap
    return frames


def _stacked(graph: Graph, root: str, x: float, y: float, gap: float) -> Frame:
    lines = {state: tuple(_lines(graph, state)) for state in graph.states[root]}
    named = max(columns(state) for state in lines) * WIDE
    width = max([named, *(columns(_line(move)) * NARROW for inside in lines.values() for move in inside)]) + 2 * PAD
    boxes: list[Box] = []
    at = y + HEAD
    for state, inside in lines.items():
        boxes.append(Box(state, x + PAD, at, width, inside))
        at += boxes[-1].height + PAD
    return Frame(root, x, y, width + 2 * PAD, gap, tuple(boxes))


def _lines(graph: Graph, state: str) -> Iterator[Move]:
    yield from (move for move in graph.arrivals if move.target == state)
    yield from (move for move in graph.returns if move.source == state)


def _line(move: Move) -> str:
    return f"⇢ back: {move.label}" if move.target == BACK else f"⇠ {move.source}: {move.label}"


def _class(kind: str, move: Move, missed: Collection[tuple[str, str]]) -> str:
    return f"{kind} missed" if (move.source, move.target) in missed else kind


def _gap(arrows: Sequence[Move], roots: Sequence[str], number: int) -> float:
    """Return the room right of a root, for labels of what leaves it and of what the next one sends back."""
    before, after = roots[: number + 1], roots[number + 1 : number + 2]
    out = [move.label for move in arrows if _root(move.source) == roots[number]]
    back = [move.label for move in arrows if _root(move.source) in after and _root(move.target) in before]
    return max([GAP, *(columns(label) * NARROW + 2 * PAD for label in (*out, *back))])


def _root(state: str) -> str:
    return state.partition(".")[0]


def _arrow(move: Move, frames: Sequence[Frame]) -> Arrow:
    source, one = next((frame, box) for frame in frames for box in frame.boxes if box.state == move.source)
    target, two = next((frame, box) for frame in frames for box in frame.boxes if box.state == move.target)
    if source.y != target.y:
        return _down(move, one, two)
    if source is target:
        return _round(move, source, one, two)
    return _across(move, source, target, one, two, frames)


def _down(move: Move, one: Box, two: Box) -> Arrow:
    """From a phase to a side root, or up again."""
    low = one.y < two.y
    x1, y1, x2, y2 = one.x + one.width / 2, one.y + low * one.height, two.x + two.width / 2, two.y + (not low) * two.height
    middle = (y1 + y2) / 2
    return Arrow(_curve((x1, y1), (x1, middle), (x2, middle), (x2, y2)), move, ("between", 0), (x1 + x2) / 2, middle)


def _round(move: Move, frame: Frame, one: Box, two: Box) -> Arrow:
    """From a state to another one of the same root, along its right side."""
    x, out = one.x + one.width, one.x + one.width + frame.gap / 2 + PAD
    middle = (one.middle + two.middle) / 2
    path = _curve((x, one.middle + 4), (out, one.middle + 4), (out, two.middle + 4), (x, two.middle + 4))
    return Arrow(path, move, (frame.root, int(frame.y)), x + PAD + frame.gap / 2, middle)


def _across(move: Move, source: Frame, target: Frame, one: Box, two: Box, frames: Sequence[Frame]) -> Arrow:
    """From a root to another one beside it, or further off behind those between."""
    ahead = source.x < target.x
    x1, x2 = (one.x + one.width, two.x) if ahead else (one.x, two.x + two.width)
    beside = source if ahead else frames[frames.index(source) - 1]
    reach = (beside.gap / 2 + PAD) * (1 if ahead else -1)
    path = _curve((x1, one.middle), (x1 + reach, one.middle), (x2 - reach, two.middle), (x2, two.middle))
    share = 0.5 if abs(frames.index(source) - frames.index(target)) == 1 else 0.15
    label_y = one.middle + (two.middle - one.middle) * share
    return Arrow(path, move, (beside.root, int(beside.y)), beside.x + beside.width + beside.gap / 2, label_y)


def _curve(*points: tuple[float, float]) -> str:
    start, *rest = (f"{x:.0f} {y:.0f}" for x, y in points)
    return f"M{start} C{', '.join(rest)}"


def _apart(arrows: Sequence[Arrow]) -> list[Arrow]:
    """Move labels down until none covers another one of its gap."""
    placed: list[Arrow] = []
    low: dict[tuple[str, int], float] = {}
    for arrow in sorted(arrows, key=lambda arrow: arrow.y):
        y = max(arrow.y, low.get(arrow.gap, 0.0))
        low[arrow.gap] = y + STEP
        placed.append(arrow._replace(y=y))
    return placed


def _frame(frame: Frame) -> str:
    kind = "group" if frame.root in PHASES else "group side"
    return (
        f'<rect class="{kind}" x="{frame.x:.0f}" y="{frame.y:.0f}" width="{frame.width:.0f}" height="{frame.height:.0f}" rx="8"/>'
        f'<text class="root" x="{frame.x + PAD:.0f}" y="{frame.y + 16:.0f}">{escape(frame.root)}</text>'
    )


def _box(box: Box, missed: Collection[tuple[str, str]], *, marked: bool) -> str:
    x, kind = box.x + PAD, "state marked" if marked else "state"
    inside = ((_class("line", move, missed), box.y + HEAD + LINE * n + 8, _line(move)) for n, move in enumerate(box.lines))
    lines = (f'<text class="{kind}" x="{x:.0f}" y="{y:.0f}">{escape(line)}</text>' for kind, y, line in inside)
    return (
        f'<rect class="{kind}" x="{box.x:.0f}" y="{box.y:.0f}" width="{box.width:.0f}" height="{box.height:.0f}" rx="5"/>'
        f'<text class="name" x="{x:.0f}" y="{box.y + 16:.0f}">{escape(box.state)}</text>' + "".join(lines)
    )


def _label(arrow: Arrow, missed: Collection[tuple[str, str]]) -> str:
    place = f'text-anchor="middle" x="{arrow.x:.0f}" y="{arrow.y + 3:.0f}"'
    label, events = escape(arrow.move.label), escape(", ".join(arrow.move.events))
    kind = _class("on", arrow.move, missed)
    return f'<text class="halo" {place}>{label}</text><text class="{kind}" {place}><title>{events}</title>{label}</text>'
