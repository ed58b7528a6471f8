"""Flows for the tests of the engine: rule files written into a folder of the test, with a small common vocabulary."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from zoneinfo import ZoneInfo

from csflow import Conversation, Flow, load

Shop = Callable[..., Flow]
Talk = Callable[..., Conversation]

NOW = datetime.datetime(2026, 11, 2, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
"""A Monday morning within the contact hours."""

HEAD = """\
name: shop
version: "1"
language: {language}
intents:
  ask_price: {{phrases: [多少钱]}}
  ask_price.final: {{phrases: [最低价]}}
  ask_discount: {{phrases: [便宜点]}}
  ask_stock: {{phrases: [有货]}}
  ask_parcel: {{phrases: [到哪了]}}
  buy: {{phrases: [我要了]}}
  complain: {{phrases: [投诉]}}
  return_goods: {{phrases: [退货]}}
  ask_human: {{phrases: [人工]}}
  thanks: {{phrases: [谢谢], yields_to: any}}
  greeting: {{phrases: [你好], yields_to: any}}
"""
STORE = "profile: test\n"


def build(folder: Path, rules: str, store: str = "", language: str = "zh") -> Flow:
    """Load a flow whose rules are given as the text of one file, over the common vocabulary."""
    (folder / "rules").mkdir(parents=True, exist_ok=True)
    (folder / "flow.yaml").write_text(HEAD.format(language=language), "utf-8")
    (folder / "rules" / "test.yaml").write_text(dedent(rules), "utf-8")
    (folder / "store.yaml").write_text(STORE + dedent(store), "utf-8")
    return load(folder)
