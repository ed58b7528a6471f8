from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from csflow import Flow
from csflow.cli.drawing import svg
from csflow.graph import Move, dot, graph_of, mermaid, named
from csflow.spec import PHASES
from tests.flows import Shop

RULES = """
intents:
  buy: {examples: [我要买]}
  human: {examples: [转人工]}
  bye: {examples: [再见]}
  sorry: {examples: [坏了]}
  ok: {examples: [好了]}
states: {close.paying: {}, close.wrapping: {}}
rules:
  - {when: started, in: [greet], choose: [{id: hi, say: 您好, go: identify_need}]}
  - {when: buy, choose: [{id: buy, say: 好, go: close}]}
  - {when: human, in: [everywhere], choose: [{id: human, say: 好, go: handoff}]}
  - {when: bye, in: [close, close.paying], choose: [{id: bye, say: 再见, go: farewell}]}
  - {when: ordered, in: [close], choose: [{id: ordered, go: close.paying}]}
  - {when: now, in: [close.paying], choose: [{id: wrapped, if: order.paid, go: close.wrapping}]}
  - {when: sorry, in: [close], choose: [{id: sorry, say: 抱歉, go: complaint}]}
  - {when: ok, in: [complaint], choose: [{id: ok, say: 好, go: back}]}
follow_ups:
  again: {since: paid, after: 1d, in: [farewell], say: 您好, go: identify_need}
"""


@pytest.fixture
def flow(shop: Shop) -> Flow:
    return shop(RULES)


def test_moves_between_two_states_are_arrows(flow: Flow) -> None:
    """A rule in one or two states gives an arrow from each, labelled by what it answers; one on `now` by its id."""
    assert set(graph_of(flow).arrows) == {
        Move("greet", "identify_need", ("started",)),
        Move("close", "farewell", ("bye",)),
        Move("close.paying", "farewell", ("bye",)),
        Move("close", "close.paying", ("ordered",)),
        Move("close.paying", "close.wrapping", ("now: wrapped",)),
        Move("close", "complaint", ("sorry",)),
        Move("farewell", "identify_need", ("later: again",)),
    }


def test_moves_from_many_states_are_gathered(flow: Flow) -> None:
    """What comes from everywhere or from all phases is one arrival; `go: back` has no target of its own."""
    graph = graph_of(flow)
    assert graph.arrivals == (Move("any phase", "close", ("buy",)), Move("anywhere", "handoff", ("human",)))
    assert graph.returns == (Move("complaint", "back", ("ok",)),)
    assert graph.states["close"] == ("close", "close.paying", "close.wrapping")


@pytest.mark.parametrize(
    ("where", "name"),
    [
        (PHASES, "any phase"),
        (PHASES[1:], "any phase but greet"),
        ((*PHASES[1:], "after_sales"), "any phase but greet, after_sales"),
        (("greet", "close", "complaint"), "greet, close, complaint"),
        (("everywhere",), "anywhere"),
        (("close", "everywhere"), "anywhere"),
    ],
)
def test_many_states_have_a_short_name(where: tuple[str, ...], name: str) -> None:
    """States in which a list stands are named by what they have in common."""
    assert named(where) == name


def test_a_label_is_short() -> None:
    """A label names two events and counts the rest."""
    assert Move("a", "b", ("x", "y", "z", "w")).label == "x, y +2"
    assert Move("a", "b", ("x", "y")).label == "x, y"


def test_mermaid_draws_every_state_and_move(flow: Flow) -> None:
    """Roots are subgraphs; ids are safe words, names are shown as they are."""
    text = mermaid(graph_of(flow))
    assert "  subgraph in_close [close]\n    s_close[close]\n    s_close_paying[close.paying]\n" in text
    assert "  s_greet -->|started| s_identify_need\n" in text
    assert "  s_any_phase([any phase])\n" in text
    assert "  s_any_phase -.->|buy| s_close\n" in text
    assert "  s_complaint -.->|ok| back([where it left])\n" in text


def test_dot_draws_every_state_and_move(flow: Flow) -> None:
    """Roots are clusters; every name is quoted."""
    text = dot(graph_of(flow))
    assert 'subgraph "cluster_close" { label="close"; "close"; "close.paying"; "close.wrapping"; }' in text
    assert '  "greet" -> "identify_need" [label="started", style=solid];\n' in text
    assert '  "anywhere" -> "handoff" [label="human", style=dashed];\n' in text
    assert '  "complaint" -> "where it left" [label="ok", style=dashed];\n' in text


def boxes(root: ET.Element) -> list[tuple[float, float, float, float]]:
    rects = [rect.attrib for rect in root.iter("{http://www.w3.org/2000/svg}rect") if rect.get("class") == "state"]
    return [(float(r["x"]), float(r["y"]), float(r["width"]), float(r["height"])) for r in rects]


@pytest.fixture(params=["small", "retail"])
def drawn(request: pytest.FixtureRequest, flow: Flow, retail: Flow) -> tuple[Flow, ET.Element]:
    chosen = flow if request.param == "small" else retail
    return chosen, ET.fromstring(svg(graph_of(chosen)))  # noqa: S314 - our own drawing


def test_a_drawing_shows_every_state_once(drawn: tuple[Flow, ET.Element]) -> None:
    """Each state has its box with its name."""
    flow, root = drawn
    names = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text") if text.get("class") == "name"]
    assert sorted(filter(None, names)) == sorted(flow.states)


def test_no_box_of_a_drawing_covers_another(drawn: tuple[Flow, ET.Element]) -> None:
    """Boxes stand apart, and inside the picture."""
    _, root = drawn
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    found = boxes(root)
    for number, (x, y, w, h) in enumerate(found):
        assert 0 <= x < x + w <= width
        assert 0 <= y < y + h <= height
        assert all(x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y for x2, y2, w2, h2 in found[number + 1 :])


def test_every_arrow_of_a_drawing_has_its_events(drawn: tuple[Flow, ET.Element]) -> None:
    """There is a curve and a label for each arrow; the label's tooltip names all events."""
    flow, root = drawn
    arrows = graph_of(flow).arrows
    assert len(list(root.iter("{http://www.w3.org/2000/svg}path"))) == len(arrows) + 1
    told = [title.text for title in root.iter("{http://www.w3.org/2000/svg}title")]
    assert sorted(filter(None, told)) == sorted(", ".join(arrow.events) for arrow in arrows)


def test_what_comes_from_many_stands_in_the_box(flow: Flow) -> None:
    """Arrivals and ways back are lines of a box, not arrows."""
    text = svg(graph_of(flow))
    assert "⇠ any phase: buy" in text
    assert "⇢ back: ok" in text
