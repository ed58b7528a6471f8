"""`python -m csflow` is the `csflow` command."""

from csflow.cli import main

main()
