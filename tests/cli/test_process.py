from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping

import pytest

from csflow.cli.app import sentences
from tests.cli.conftest import Run

CSFLOW = (sys.executable, "-c", "from csflow.cli import main; main()")
LOCALES: list[Mapping[str, str]] = [
    {"LC_ALL": "C"},
    {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
    {"LC_ALL": "POSIX", "PYTHONUTF8": "0"},
]
HEAVY = {"pydantic", "rich", "prompt_toolkit", "asyncio", "importlib.metadata", "transitions", "yaml", "json", "csflow.flow"}
ASK_HELP = """
import sys
before = set(sys.modules)
from csflow.cli.app import app
app(["--help"], standalone_mode=False)
sys.stderr.write("\\n".join(set(sys.modules) - before))
"""


def start(*args: str, given: bytes = b"", env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    around = {**os.environ, **(env or {})}
    return subprocess.run([*CSFLOW, *args], input=given, capture_output=True, env=around, check=False, timeout=60)  # noqa: S603


@pytest.mark.parametrize("env", LOCALES)
def test_output_is_utf8_whatever_the_locale(small: str, env: Mapping[str, str]) -> None:
    """Chinese goes in and out as UTF-8, also where the locale knows only ASCII."""
    result = start("chat", small, "--json", given="满多少包邮\n".encode(), env=env)
    assert result.returncode == 0
    assert "满99元包邮。" in json.loads(result.stdout.decode("utf-8"))["replies"]


def test_bytes_that_are_no_text_are_heard_as_something(small: str) -> None:
    """Input that is not UTF-8 is answered like any message that is not understood."""
    result = start("chat", small, "--json", given=b"\xff\xfe\x00\xb1\n")
    assert result.returncode == 0
    assert "talk.rephrase" in json.loads(result.stdout)["rules"]


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_reader_that_goes_away_is_no_error(small: str, options: tuple[str, ...]) -> None:
    """`csflow … | head -1` ends quietly when the reader has read enough."""
    pipe = subprocess.PIPE
    with subprocess.Popen([*CSFLOW, "chat", small, *options], stdin=pipe, stdout=pipe, stderr=pipe) as process:  # noqa: S603
        assert process.stdout is not None
        process.stdout.close()
        _, stderr = process.communicate("再见\n".encode() * 5000, timeout=60)
    assert (process.returncode, stderr) == (0, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no full device")
@pytest.mark.parametrize("args", [("--help",), ("schema",)])
def test_a_full_disk_is_a_sentence(args: tuple[str, ...]) -> None:
    """Output that cannot be written is told in one line, also where click itself writes it."""
    with open("/dev/full", "wb") as full:
        result = subprocess.run([*CSFLOW, *args], stdout=full, stderr=subprocess.PIPE, check=False, timeout=60)  # noqa: S603
    assert (result.returncode, result.stderr) == (2, b"csflow: No space left on device\n")


def test_nobody_sees_a_traceback(run: Run, small: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of csflow itself is one sentence that asks for a report, and exit code 2."""

    def fail(*args: object, **extra: object) -> None:
        raise ZeroDivisionError("no luck")

    monkeypatch.setattr("csflow.cli.options.load", fail)
    result = run("facts", small)
    assert result.exit_code == 2
    assert result.stderr == "csflow: this is a fault of csflow itself, please report it: ZeroDivisionError: no luck\n"


def test_ctrl_c_ends_quietly(run: Run, small: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupt prints nothing and exits as shells expect."""

    def interrupt(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("csflow.cli.options.load", interrupt)
    result = run("facts", small)
    assert (result.exit_code, result.stderr) == (130, "")


def test_an_error_of_the_system_names_its_file() -> None:
    """What the system refuses is told with the file's name where there is one."""
    assert list(sentences(FileNotFoundError(2, "No such file", "a.yaml"))) == ["csflow: No such file: a.yaml"]
    assert list(sentences(OSError("gone"))) == ["csflow: gone"]


def test_help_imports_nothing_heavy() -> None:
    """The help page needs click alone: no model, no engine, no terminal toolkit is imported for it."""
    result = subprocess.run([sys.executable, "-c", ASK_HELP], capture_output=True, text=True, check=True, timeout=60)  # noqa: S603
    assert "csflow.cli.app" in result.stderr.split()
    assert HEAVY.isdisjoint(result.stderr.split())


def test_an_unknown_command_is_code_2(run: Run) -> None:
    """A mistyped command is answered by the group."""
    result = run("chatt")
    assert result.exit_code == 2
    assert "No such command 'chatt'" in result.stderr
