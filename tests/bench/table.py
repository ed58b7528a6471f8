"""The command line of a measuring script: `--quick`, and a row a figure."""

import argparse
import logging


def row(name, value, beside, wanted):
    """Print a figure, what stands beside it, and what is wanted."""
    print(f"| {name} | {value} | {beside} | {wanted} |", flush=True)


def main(doc, report):
    """Run `report(out, quick)` as the command line says."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    logging.getLogger("csflow.host").setLevel(logging.ERROR)  # that calls wait without a function is meant here
    report(row, parser.parse_args().quick)
