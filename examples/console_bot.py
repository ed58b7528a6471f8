"""A bot at the console whose shop answers at once: csflow asks, three functions do.

Run it with `python examples/console_bot.py`, write as a customer would, and leave with an empty line.
"""

from __future__ import annotations

import sys
from typing import Any

import csflow

ORDER = {"no": "A1001", "total": "185.00"}


def concession(**asked: Any) -> bool:
    """The supervisor allows a small gift, and nothing else."""
    return asked.get("kind") == "gift"


def free_shipping(**asked: Any) -> bool:
    """The supervisor is generous today."""
    return True


def main() -> None:
    flow = csflow.load("retail_zh")
    chat = flow.start(customer={"id": "console"}, actions={"concession": concession, "free_shipping": free_shipping})
    chat.tell({"order": ORDER})
    for line in map(str.strip, sys.stdin):
        if not line:
            break
        turn = chat.say(line)
        print(*(f"店 {reply}" for reply in turn.replies), sep="\n")
        for effect in turn.effects:
            print(f"   ({effect.type} {effect.name})")


if __name__ == "__main__":
    main()
