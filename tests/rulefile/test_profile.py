"""Store profiles read against their flow."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Callable
from pathlib import Path

import pytest

from csflow.errors import LoadError
from csflow.rulefile import load_profile
from csflow.spec import Claim, FlowSpec

Load = Callable[[object], FlowSpec]
FACTS = """\
facts:
  store.name: {type: text, required: true}
  store.min: money
  store.rules.days: count
  store.eta: {text: count}
  store.couriers: texts
  store.mode: [fixed, open]
  store.window: duration
  store.open: flag
  store.until: date
  product.price: money
  product.floor: {type: money, secret: true}
  order.total: money
  claims.oos: claim
events: {asked: {}, late: {}}
rules:
  - when: asked
    choose: [{id: given, do: [{grant: perk}, {notify: boss}]}]
"""
PROFILE = """\
profile: muyan
timezone: Asia/Tokyo
currency: USD
contact_hours: mon-fri 10:00-18:00
holidays: [2026-10-01, 2026-10-02]
workdays: 2026-10-10
limits: {message: 80, repeats: 0, grants: {perk: {customer: 1, day: 20}}}
escalation: {boss: owner}
store:
  name: 木言
  min: "200.00"
  rules: {days: 7}
  eta: {上海: 2}
  couriers: [顺丰]
  mode: open
  window: 15d
  open: true
  until: 2026-12-31
facts: {order: {total: 35}}
products:
  chair: {price: "99.50"}
claims:
  oos: {value: 5%, evidence: 月报, as_of: 2026-10-31, valid_for: 30d}
"""


@pytest.fixture
def spec(load: Load) -> FlowSpec:
    return load(FACTS)


def read(text: str, spec: FlowSpec, folder: Path) -> object:
    path = folder / "my_shop.yaml"
    path.write_text(text, encoding="utf-8")
    return load_profile(path, spec)


def test_a_whole_profile(spec: FlowSpec, tmp_path: Path) -> None:
    """Figures stand under their dotted names in their types, the rest in its own fields."""
    path = tmp_path / "my_shop.yaml"
    path.write_text(PROFILE, encoding="utf-8")
    profile = load_profile(path, spec)
    assert profile.facts == {
        "store.name": "木言",
        "store.min": 20000,
        "store.rules.days": 7,
        "store.eta": {"上海": 2},
        "store.couriers": ("顺丰",),
        "store.mode": "open",
        "store.window": 15 * 86400,
        "store.open": True,
        "store.until": datetime.date(2026, 12, 31),
        "order.total": 3500,
    }
    assert profile.products == {"chair": {"product.price": 9950}}
    assert profile.claims == {"claims.oos": Claim("5%", "月报", datetime.date(2026, 10, 31), datetime.date(2026, 11, 30))}
    assert (profile.name, profile.currency, profile.zone) == ("muyan", "USD", zoneinfo.ZoneInfo("Asia/Tokyo"))
    assert profile.contact_hours.days == {0, 1, 2, 3, 4}
    assert (profile.limits.message, profile.limits.repeats, profile.limits.marketing) == (80, 0, 4)
    assert profile.holidays == {datetime.date(2026, 10, 1), datetime.date(2026, 10, 2)}
    assert profile.workdays == {datetime.date(2026, 10, 10)}


def test_the_flow_brings_its_own_profile(load: Load) -> None:
    """Without a path it is the flow's store.yaml."""
    spec = load({"flow.yaml": "name: shop", "facts.yaml": FACTS, "store.yaml": "profile: own\nstore: {name: 木言}"})
    assert load_profile(None, spec).name == "own"


def test_a_flow_without_profile_gets_an_empty_one(load: Load) -> None:
    """Nothing is known of the shop then; a flow that needs facts does not load."""
    profile = load_profile(None, load("name: shop"))
    assert (profile.facts, profile.claims, profile.products) == ({}, {}, {})
    with pytest.raises(LoadError, match=r"missing-fact store.yaml:1:1 .*store\.name"):
        load_profile(None, load(FACTS))


def test_a_fact_without_value_stays_unknown(load: Load, tmp_path: Path) -> None:
    """An empty value is no value."""
    path = tmp_path / "p.yaml"
    path.write_text("profile: x\nstore: {min: }", encoding="utf-8")
    assert load_profile(path, load("facts: {store.min: money}")).facts == {}


BROKEN = {
    "no mapping": ("- a", "wrong-type 1:1"),
    "nothing as a name": ("profile:", "empty-value 1:1"),
    "no profile": ("store: {name: x}", "missing-key 1:1"),
    "an unknown key": ("profile: x\nstor: {}", "unknown-key 2:1"),
    "an unknown limit": ("profile: x\nlimits: {mesage: 80}", "unknown-key 2:10"),
    "a limit out of reach": ("profile: x\nlimits: {message: 5}", "bad-value 2:19"),
    "an unknown currency": ("profile: x\ncurrency: CNH", "bad-value 2:11"),
    "an unknown zone": ("profile: x\nstore: {name: n}\ntimezone: Asia/Shangai", "bad-value 3:11"),
    "an unknown fact": ("profile: x\nstore: {name: n, mim: '1'}", "unknown-fact 2:18"),
    "an unknown nested fact": ("profile: x\nstore: {name: n, rules: {dayz: 1}}", "unknown-fact 2:26"),
    "money as a decimal": ("profile: x\nstore: {name: n, min: 200.00}", "bad-value 2:23"),
    "money with three decimals": ("profile: x\nstore: {name: n, min: '1.005'}", "bad-value 2:23"),
    "a word outside an enum": ("profile: x\nstore: {name: n, mode: opne}", "bad-value 2:24"),
    "text in a map of counts": ("profile: x\nstore: {name: n, eta: {上海: zwei}}", "bad-value 2:23"),
    "an empty list": ("profile: x\nstore: {name: n, couriers: []}", "bad-value 2:28"),
    "an unknown fact of a product": ("profile: x\nstore: {name: n}\nproducts: {chair: {prise: '1'}}", "unknown-fact 3:20"),
    "an unknown claim": ("profile: x\nstore: {name: n}\nclaims: {oss: {}}", "unknown-fact 3:10"),
    "a claim without evidence": (
        "profile: x\nstore: {name: n}\nclaims: {oos: {value: a, as_of: 2026-01-01}}",
        "missing-key 3:16",
    ),
    "a claim with a wrong date": (
        "profile: x\nstore: {name: n}\nclaims: {oos: {value: a, evidence: b, as_of: soon}}",
        "bad-value 3:46",
    ),
    "a claim with an unknown key": (
        "profile: x\nstore: {name: n}\nclaims: {oos: {value: a, evidence: b, as_of: 2026-01-01, until: 1d}}",
        "unknown-key 3:58",
    ),
    "a holiday that is no date": ("profile: x\nstore: {name: n}\nholidays: [2026-10-1]", "bad-value 3:12"),
    "a required fact that is missing": ("profile: x\nstore: {min: '1'}", "missing-fact 1:1"),
    "a limit of what nobody gives": ("profile: x\nstore: {name: n}\nlimits: {grants: {gift: {day: 1}}}", "unknown-value 3:19"),
    "a limit without a figure": ("profile: x\nstore: {name: n}\nlimits: {grants: {perk: {}}}", "bad-value 3:25"),
    "a limit of nothing": ("profile: x\nstore: {name: n}\nlimits: {grants: {perk: {day: 0}}}", "bad-value 3:31"),
    "a role that nobody has": ("profile: x\nstore: {name: n}\nescalation: {bos: owner}", "unknown-value 3:14"),
    "roles in a circle": ("profile: x\nstore: {name: n}\nescalation: {boss: owner, owner: boss}", "bad-value 3:20"),
    "a file that is not YAML": ("profile: [", "yaml-syntax 1:11"),
}


@pytest.mark.parametrize(("text", "expected"), BROKEN.values(), ids=BROKEN)
def test_a_broken_profile(text: str, expected: str, spec: FlowSpec, tmp_path: Path) -> None:
    """A fault is one problem at its exact place."""
    with pytest.raises(LoadError) as caught:
        read(text, spec, tmp_path)
    assert [f"{p.code} {p.place.line}:{p.place.col}" for p in caught.value.problems] == [expected]


def test_all_problems_come_at_once(spec: FlowSpec, tmp_path: Path) -> None:
    """Every wrong figure of a profile is named."""
    with pytest.raises(LoadError) as caught:
        read("profile: x\ntimezone: Mars\nstore: {name: 1, min: x, days: 3}\nclaims: {oos: {value: 1}}", spec, tmp_path)
    found = [f"{p.code} {p.place.line}" for p in caught.value.problems]
    assert sorted(found) == [
        "bad-value 2", "bad-value 3", "bad-value 3", "bad-value 4", "missing-key 4", "missing-key 4", "unknown-fact 3",
    ]  # fmt: skip


def test_required_facts_of_products(load: Load, tmp_path: Path) -> None:
    """A required fact of products must stand at every product."""
    spec = load("facts: {product.price: {type: money, required: true}}")
    with pytest.raises(LoadError, match="missing-fact"):
        read("profile: x\nproducts: {chair: {price: '1'}, desk: {}}", spec, tmp_path)
    assert read("profile: x\nproducts: {chair: {price: '1'}}", spec, tmp_path)
