"""One HTML page that needs nothing beside itself: what all reports share."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from csflow.cli.output import printable

META = '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">'
STYLE = """
:root {
  color-scheme: light dark;
  --ink: #1d2329; --paper: #fdfdfb; --line: #d8dcdf; --right: #2f8f5b; --wrong: #c8452f; --none: #767c85;
}
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e6e8; --paper: #17191c; --line: #3a3f45; --right: #4fb57c; --wrong: #e8705a; --none: #9aa0a8; }
}
body {
  margin: 2rem auto; max-width: 75rem; padding: 0 1rem; color: var(--ink); background: var(--paper);
  font: 15px/1.5 system-ui, sans-serif;
}
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
small { color: var(--none); overflow-wrap: anywhere; }
"""


def text(raw: str) -> str:
    """Return a text that can neither steer the page nor break it."""
    return escape(printable(raw))


def page(title: str, body: Iterable[str], *, style: str = "", language: str = "en") -> str:
    """Return a whole page with its title as heading."""
    head = f"<title>{text(title)}</title>\n<style>{STYLE}{style}</style>\n<h1>{text(title)}</h1>"
    return "\n".join((f'<!doctype html>\n<html lang="{language}">', META, head, *body, "</html>\n"))
