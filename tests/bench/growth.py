"""How the time of `csflow check` grows with the number of rules: `python -m tests.bench.growth`.

Flows of 10, 100 and 1,000 rules are generated; each part of a check is timed in processor seconds, beside its ratio to the
flow of 10 times fewer rules. Nothing here is asserted.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import yaml

from csflow.check import CHECKS, QUICK
from csflow.check.decided import decided
from csflow.check.explore import Exploration
from csflow.check.holes import holes
from csflow.check.inner import inner
from csflow.check.lexicon import lexicon
from csflow.check.limits import limits
from csflow.check.solver import Solver
from csflow.check.subject import Subject
from csflow.rulefile import load_flow, load_profile

SIZES = (10, 100, 1000)
ON_ONE_INTENT = 5
SYLLABLES = "甲乙丙丁戊己庚辛壬癸"


def named(number: int) -> str:
    """Return four syllables that stand for a number."""
    return "".join(SYLLABLES[int(digit)] for digit in f"{number:04}")


def generated(rules: int) -> dict[str, object]:
    """Return a flow of so many rules, five on an intent, with conditions over the intent's own facts, a gift and its limit."""
    intents: dict[str, object] = {}
    facts: dict[str, str] = {}
    lists: list[dict[str, object]] = []
    for number in range(max(1, rules // ON_ONE_INTENT)):
        name = f"topic{number}"
        intents[name] = {"phrases": [f"{named(number)}怎么办"]}
        facts |= {f"shop.a{number}": "count", f"shop.b{number}": "flag"}
        conditions = [
            f"shop.a{number} > 30",
            f"shop.a{number} > 20 and shop.b{number}",
            f"shop.a{number} > 10",
            f"shop.b{number}",
        ]
        choose: list[dict[str, object]] = [
            {"id": f"{name}.r{at}", "if": text, "say": f"第{name}条{at}。"} for at, text in enumerate(conditions)
        ]
        choose[0] |= {"do": [{"grant": "gift"}], "if": f"{conditions[0]} and granted.gift == 0"}
        lists.append(
            {"when": name, "choose": [*choose, {"id": f"{name}.last", "else": True, "say": "好的，再见。", "go": "farewell"}]}
        )
    lost = {
        "when": "unknown",
        "in": ["everywhere"],
        "choose": [{"id": "lost", "else": True, "say": "我请同事来。", "go": "handoff"}],
    }
    told = {"told": {"brings": ["shop.a0", "shop.b0"]}}
    return {"intents": intents, "facts": facts, "events": told, "rules": [*lists, lost], "never": ["granted.gift > 1"]}


def seconds(work: Callable[[], object]) -> float:
    """Return the processor seconds that some work takes."""
    began = time.process_time()
    work()
    return time.process_time() - began


def spent(looks: Iterable[Callable[[Subject], Iterable[object]]], subject: Subject) -> Callable[[], object]:
    return lambda: [list(look(subject)) for look in looks]


def measured(rules: int) -> dict[str, float]:
    """Return the seconds of each part of a check of a generated flow."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "flow.yaml")
        path.write_text(yaml.safe_dump(generated(rules), allow_unicode=True), "utf-8")
        found = {"load": seconds(lambda: load_flow(path))}
        spec = load_flow(path)
        subject = Subject(spec, load_profile(None, spec))
        solver, search = Solver(subject), Exploration(subject)
        found["quick"] = seconds(spent(QUICK, subject))
        found["heard"] = seconds(spent(CHECKS[len(QUICK) :], subject))
        looks = (decided, inner, holes, limits)
        found["solver"] = seconds(lambda: [list(look(subject, solver)) for look in looks])
        found["search"] = seconds(search.run)
        return found


def main() -> None:
    """Print a row a size."""
    lexicon("zh")
    before: dict[str, float] = {}
    for rules in SIZES:
        now = measured(rules)
        cells = [f"{name} {now[name]:.3f} s" + (f" ({now[name] / before[name]:.1f} ×)" if before else "") for name in now]
        sys.stdout.write(f"{rules:5} rules: {', '.join(cells)}\n")
        before = now


if __name__ == "__main__":
    main()
