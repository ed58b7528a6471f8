"""The pages of the documentation: their examples run, their links lead somewhere, and they leave nothing public out."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
import yaml

import csflow
from csflow.check import check
from csflow.cli.app import COMMANDS, app
from csflow.condition.parse import FUNCTIONS
from csflow.notation import ENTITY_TYPES
from csflow.rulefile import json_schema
from csflow.rulefile.builtin import EVENTS, FACTS, SIGNALS
from csflow.spec import MOMENTS, ROOTS, ProfileSpec
from csflow.testing import load_talks, run_talk
from csflow.testing.script import TalkSpec

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
OWN_TESTS = {"codes.md", "check-codes.md"}
PAGES = [path for path in sorted([ROOT / "README.md", *DOCS.glob("*.md")]) if path.name not in OWN_TESTS]
BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} (?P<title>.+)$", re.MULTILINE)
NAMED = re.compile(r"# (?P<name>[\w./-]+\.yaml)\n")
CODE_SPAN = re.compile(r"`([^`\n]+)`")
OUTSIDE = ("http://", "https://")


class Block(NamedTuple):
    """A fenced block of a page, with the line it starts on."""

    language: str
    text: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text("utf-8")
    for match in BLOCK.finditer(text):
        yield Block(match["language"], match["text"], text.count("\n", 0, match.start()) + 1)


def page_id(page: Path) -> str:
    return page.name


class Reader:
    """Follows a page as a reader would: writes its files, runs its Python and its commands in one folder."""

    def __init__(self, page: Path, folder: Path) -> None:
        self.page, self.folder = page, folder
        self.names: dict[str, Any] = {"__name__": "page"}
        self.printed = ""
        self.flows: set[Path] = set()
        _command(folder / "bin" / "csflow")

    def follow(self) -> None:
        for block in blocks(self.page):
            getattr(self, block.language)(block)

    def yaml(self, block: Block) -> None:
        """A rule file, whose name stands in its first line; one without a name must at least be YAML."""
        named = NAMED.match(block.text)
        if named is None:
            assert isinstance(yaml.safe_load(block.text), (dict, list)), f"{self.page.name}:{block.line}"
            return
        path = self.folder / named["name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, "utf-8")
        self.flows |= {parent for parent in path.parents if (parent / "flow.yaml").is_file()}

    def json(self, block: Block) -> None:
        json.loads(block.text)

    def python(self, block: Block) -> None:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(block.text, f"{self.page.name}:{block.line}", "exec"), self.names)  # noqa: S102 - our own pages
        self.printed = out.getvalue()

    def text(self, block: Block) -> None:
        """What the Python before it printed."""
        assert agrees(self.printed, block.text), f"{self.page.name}:{block.line} printed\n{self.printed}"

    def console(self, block: Block) -> None:
        """Commands behind `$`, each followed by what it prints."""
        for entry in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            command, _, expected = entry.partition("\n")
            printed = self.shell(command)
            assert agrees(printed, expected), f"{self.page.name}:{block.line} {command}\n{printed}"

    def sh(self, block: Block) -> None:
        """Commands for another place; they are not run here."""

    def shell(self, command: str) -> str:
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "NO_COLOR": "1", "COLUMNS": "160"}
        done = subprocess.run(  # noqa: S602 - our own pages
            command, shell=True, cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stdout}"
        return done.stdout


def _command(path: Path) -> None:
    """Put a `csflow` on the path that is the one under test."""
    path.parent.mkdir()
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m csflow "$@"\n')
    path.chmod(0o755)


def agrees(printed: str, expected: str) -> bool:
    """Tell whether text is as a page shows it; `…` there stands for anything, and nothing shown for nothing asked."""
    pattern = "".join(".*" if part == "…" else re.escape(part) for part in re.split("(…)", expected.strip()))
    return not expected.strip() or re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


@pytest.mark.skipif(shutil.which("sh") is None, reason="the pages' commands are for a POSIX shell")
@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_example_of_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule files load, whole flows pass `check` and their tests, Python runs, commands print what the page shows."""
    monkeypatch.chdir(tmp_path)
    reader = Reader(page, tmp_path)
    reader.follow()
    for folder in reader.flows:
        flow = csflow.load(folder)
        if (folder / "tests").is_dir():
            assert [str(found) for found in check(flow.spec, flow.profile) if found.severity == "error"] == []
            assert [str(failure) for talk in load_talks(folder / "tests") for failure in run_talk(flow, talk)] == []


def slug(title: str) -> str:
    """Return a heading's anchor, as the site makes it."""
    plain = re.sub(r"[^\w\s-]", "", title.replace("`", "")).strip().lower()
    return re.sub(r"[-\s]+", "-", plain)


def anchors(page: Path) -> set[str]:
    text = BLOCK.sub("", page.read_text("utf-8"))
    return {slug(match["title"]) for match in HEADING.finditer(text)}


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_link_leads_somewhere(page: Path) -> None:
    """A link inside the project names a file that exists, and an anchor that a heading of it makes."""
    for match in LINK.finditer(BLOCK.sub("", page.read_text("utf-8"))):
        target, _, anchor = match["target"].partition("#")
        if not match["target"].startswith(OUTSIDE):
            file = (page.parent / target).resolve() if target else page
            assert file.exists(), match["target"]
            assert not anchor or anchor in anchors(file), match["target"]


def test_the_site_has_every_page() -> None:
    """The navigation names each page of the folder once, and nothing else."""
    settings = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
    named = [page for entry in settings["nav"] for page in entry.values()]
    assert sorted(named) == sorted(path.name for path in DOCS.glob("*.md"))


def test_the_site_loads_nothing_from_elsewhere() -> None:
    """No outside fonts and no scripts: the pages can be read without a network."""
    settings = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
    assert settings["theme"]["font"] is False
    assert not settings.keys() & {"extra_javascript", "extra_css"}


def spans(page: str) -> set[str]:
    """Return what stands in code spans on a page, whole and by words."""
    found = CODE_SPAN.findall(BLOCK.sub("", (DOCS / page).read_text("utf-8")))
    return {*found, *(word for span in found for word in re.findall(r"[\w.-]+", span))}


def keys_of(schema: Any) -> set[str]:
    """Return every key that a schema allows anywhere."""
    if isinstance(schema, list):
        return set().union(*map(keys_of, schema))
    if not isinstance(schema, dict):
        return set()
    own = set(schema.get("properties", {}))
    return own.union(*(keys_of(part) for part in schema.values()))


def test_the_language_page_names_every_key() -> None:
    """Nothing that a rule file, a profile or a conversation test may hold is missing from the definition."""
    schemas = (json_schema(), ProfileSpec.model_json_schema(), TalkSpec.model_json_schema())
    assert keys_of(list(schemas)) - spans("language.md") == set()


def test_the_language_page_names_every_word() -> None:
    """The states, moments, signals, functions, types, events and facts that every flow has are all defined."""
    words = {*ROOTS, *MOMENTS, *FUNCTIONS, *ENTITY_TYPES, *EVENTS, *FACTS, *SIGNALS}
    named = spans("language.md")
    assert {word for word in words if not {word, f".{word.rpartition('.')[2]}"} & named} == set()


def test_the_commands_are_all_described() -> None:
    """Each command has its heading on its page, names each of its options there, and stands in the README's table."""
    text = (DOCS / "cli.md").read_text("utf-8")
    sections = dict(
        zip(re.findall(r"^## (\w+)$", text, re.MULTILINE), re.split(r"^## \w+$", text, flags=re.MULTILINE)[1:], strict=True)
    )
    assert sections.keys() == COMMANDS.keys()
    readme = (ROOT / "README.md").read_text("utf-8")
    for name in COMMANDS:
        command = app.get_command(None, name)  # type: ignore[arg-type] # our group needs no context
        assert command is not None
        assert f"`csflow {name}" in readme
        inner = command.commands.values() if isinstance(command, click.Group) else ()
        for option in (o for one in (command, *inner) for p in one.params for o in p.opts if o.startswith("--")):
            assert option in sections[name], f"{name} {option}"


def test_the_api_page_has_every_public_name() -> None:
    """Each name of `csflow.__all__` has its place among the API's entries."""
    entries = re.findall(r"^::: csflow\.(\w+)$", (DOCS / "api.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(entries) == sorted(set(csflow.__all__) - {"__version__"})
