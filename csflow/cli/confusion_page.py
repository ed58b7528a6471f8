"""The report of `csflow confusions` as one HTML page that needs nothing beside itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from csflow.cli.confusions import percent, summary, why
from csflow.cli.page import page as whole
from csflow.cli.page import text
from csflow.testing.confusions import Confusions, Tally, Verdict

STYLE = """
th, td { padding: .15rem .5rem; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; }
.wide { overflow-x: auto; }
.heat th { font-weight: normal; }
.heat thead th { height: 9rem; vertical-align: bottom; padding: .3rem .1rem; }
.heat thead th span { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; }
.heat td { text-align: center; min-width: 1.6rem; border: 1px solid var(--line); padding: .1rem; }
.heat td[style] { background: color-mix(in srgb, var(--tint) calc(10% + var(--share) * 50%), transparent); }
summary { cursor: pointer; margin-top: .4rem; }
"""
NOTHING = "nothing"


def page(found: Confusions, flow: str) -> str:
    """Return the whole page: the counts, a table of groups, a heat table of expected against heard, and every message."""
    body = (f"<p>{text(summary(found))}</p>", *_heat(found), *_details(found), *_tallies(found.tallies))
    return whole(f"{flow}: confusions", body, style=STYLE)


def _heat(found: Confusions) -> Iterator[str]:
    """A row for each group with messages, a column for each that is heard; the shade is the share of the row."""
    counts = Counter((verdict.row.label, verdict.heard or NOTHING) for verdict in found.verdicts)
    alright = Counter((verdict.row.label, verdict.heard) for verdict in found.verdicts if verdict.right)
    rows = [tally for tally in found.tallies if tally.rows]
    columns = [*(tally.name for tally in found.tallies if tally.heard), NOTHING]
    yield '<h2>Expected against heard</h2>\n<div class="wide"><table class="heat">\n<thead><tr><th></th>'
    yield "".join(f'<th scope="col"><span>{text(name)}</span></th>' for name in columns) + "</tr></thead>"
    for row in rows:
        cells = (_cell(counts[row.name, name], row.rows, _tint(name, alright[row.name, name])) for name in columns)
        yield f'<tr><th scope="row">{text(row.name)}</th>{"".join(cells)}</tr>'
    yield "</table></div>"


def _tint(heard: str, right: int) -> str:
    return "right" if right else "none" if heard == NOTHING else "wrong"


def _cell(count: int, total: int, tint: str) -> str:
    return f'<td style="--tint: var(--{tint}); --share: {count / total:.2f}">{count}</td>' if count else "<td></td>"


def _details(found: Confusions) -> Iterator[str]:
    yield "<h2>Confusions</h2>"
    for (expected, heard), verdicts in found.pairs.items():
        yield from _detail(f"{len(verdicts)} × {expected} heard as {heard}", verdicts)
    yield from _detail(f"{len(found.unheard)} × heard as nothing", found.unheard)


def _detail(title: str, verdicts: Sequence[Verdict]) -> Iterator[str]:
    yield f"<details><summary>{text(title)}</summary><ul>"
    yield from (f"<li>{text(v.row.text)} <small>{text(why(v) if v.hit else v.row.label)}</small></li>" for v in verdicts)
    yield "</ul></details>"


def _tallies(tallies: Iterable[Tally]) -> Iterator[str]:
    heads = ("intent", "messages", "right", "heard", "precision", "recall")
    yield "<h2>Intents</h2>\n<table>\n<tr>" + "".join(f'<th scope="col">{head}</th>' for head in heads) + "</tr>"
    for tally in tallies:
        figures = (str(tally.rows), str(tally.recalled), str(tally.heard), percent(tally.precision), percent(tally.recall))
        yield f"<tr><td>{text(tally.name)}</td>" + "".join(f"<td>{figure}</td>" for figure in figures) + "</tr>"
    yield "</table>"
