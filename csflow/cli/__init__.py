"""The `csflow` command: talk to a flow, look into it, check it and test it."""

from __future__ import annotations

import atexit
import gc

from csflow.cli.app import app


def main() -> None:
    """Run the command line; exits with 0 (fine), 1 (findings) or 2 (the input cannot be used)."""
    atexit.register(gc.freeze)  # else the interpreter looks through a whole flow once more before it ends
    app(prog_name="csflow")
