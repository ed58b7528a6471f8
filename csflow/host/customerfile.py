"""The customer file: what each turn adds to it, and what people write into it; pure, from one file to the next."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from csflow.condition import MONEY
from csflow.draft import Draft
from csflow.errors import StaffError, hint
from csflow.events import Due
from csflow.values import read_value, write_value

if TYPE_CHECKING:
    from csflow.events import Turn
    from csflow.flow import Flow
    from csflow.host.acts import Logged
    from csflow.host.books import Entry

File = Mapping[str, Any]
CLASSES = ("enquired", "not_purchased", "purchased")
"""What a customer is to the shop; a class that was reached is not lost again."""
IMPORTANCE = ("high", "usual")
KEPT_DAYS = 60
"""How many days of contact a file keeps, of each purpose."""
EDITABLE = ("name", "class", "importance", "groups", "types", "consent")
CONTACT = {"agreed": True, "refused": False}


def learned(file: File, entry: Entry) -> File:
    """Return a file after a turn: the same one where the turn adds nothing; what people edited is theirs."""
    turn, before, edited = entry.turn, entry.before, file.get("edited", {})
    found: dict[str, Any] = {}
    if tags := _tags(turn):
        found |= _tagged(file, tags)
    if turn.snapshot.orders is not before.orders:
        found |= _orders(file, entry)
    if turn.why.heard is not None:
        found |= _types(file, entry)
    if tags or entry.row.seq == 1 or turn.snapshot.facts is not before.facts:
        found |= _facts(file, entry, tags)
    if turn.replies:
        found |= _contacts(file, entry)
    found = {key: value for key, value in found.items() if key not in edited and file.get(key) != value}
    return {**file, **found} if found else file


def edited(file: File, changes: File, by: str, at: datetime.datetime) -> File:
    """Return a file that somebody changed: who and when stands beside each change. A note is added, not replaced.

    Raises:
        StaffError: there is no such part of a file, or the value is none that it may have.
    """
    changes = dict(changes)
    notes = [{"text": str(changes.pop("note")), "by": by, "at": at.isoformat()}] if "note" in changes else []
    for key, value in changes.items():
        _check(key, value)
    if "consent" in changes:
        changes["consent"] = {"in": bool(changes["consent"]), "at": at.isoformat()}
    marks = {key: {"by": by, "at": at.isoformat()} for key in changes if key != "consent"}  # what the customer says later counts
    new = {**file, **changes, "edited": {**file.get("edited", {}), **marks}}
    return {**new, "notes": [*file.get("notes", ()), *notes]} if notes else new


def _check(key: str, value: Any) -> None:
    if key not in EDITABLE:
        raise StaffError(f"a customer file has no {key!r} to edit{hint(key, (*EDITABLE, 'note'))}")
    allowed = {"class": CLASSES, "importance": IMPORTANCE}.get(key)
    if allowed and value not in allowed:
        raise StaffError(f"{key} is one of {', '.join(allowed)}, not {value!r}")
    shape = {"groups": list, "types": dict, "consent": bool}.get(key, str)
    if not isinstance(value, shape):
        raise StaffError(f"{key} of a customer file is a {shape.__name__}, not {value!r}")


def marketing_days(file: File, but: str) -> tuple[datetime.date, ...]:
    """Return the days on which the customer was sent marketing in other conversations than one."""
    sent = file.get("contacts", {}).get("marketing", ())
    return tuple(datetime.date.fromisoformat(day) for day, conversation in sent if conversation != but)


def refuses(file: File) -> bool:
    """Tell whether the customer wants no marketing."""
    return file.get("consent", {}).get("in") is False


# what a turn tells of a customer


def _tags(turn: Turn) -> dict[str, Any]:
    return {key: value for effect in turn.effects if effect.type == "tag" for key, value in effect.plain.items()}


def _tagged(file: File, tags: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"tags": {**file.get("tags", {}), **tags}}
    if (group := tags.get("group")) is not None and group not in file.get("groups", ()):
        found["groups"] = [*file.get("groups", ()), group]
    if tags.get("importance") == "high" or tags.get("level") == "vip":
        found["importance"] = "high"
    return found | ({"class": _higher(file, tags["class"])} if tags.get("class") in CLASSES else {})


def _higher(file: File, reached: str) -> str:
    had: str = file.get("class", CLASSES[0])
    return max(had, reached, key=CLASSES.index)


def _orders(file: File, entry: Entry) -> dict[str, Any]:
    """Return what was bought: each paid order with its amount, and their sum; a cancelled one counts no more."""
    rows = entry.turn.snapshot.orders
    paid = {no or entry.row.id: row for no, row in rows.items() if row.get("paid") and not row.get("cancelled")}
    gone = {no or entry.row.id for no, row in rows.items() if row.get("cancelled")}
    orders = {no: amount for no, amount in file.get("orders", {}).items() if no not in gone}
    orders |= {no: write_value(MONEY, row.get("total") or 0) for no, row in paid.items()}
    if not orders and "orders" not in file:
        return {}
    spent = write_value(MONEY, sum(read_value(MONEY, amount) for amount in orders.values()))
    return {"orders": orders, "spent": spent} | ({"class": "purchased"} if paid else {})


def _types(file: File, entry: Entry) -> dict[str, Any]:
    draft = Draft.after(entry.flow, entry.turn, entry.at)
    clear = {axis: word for axis in entry.flow.axes if (word := draft.leads(axis)) not in (None, "none")}
    return {"types": {**file.get("types", {}), **clear}} if clear else {}


def _facts(file: File, entry: Entry, tags: Mapping[str, Any]) -> dict[str, Any]:
    facts, before = entry.turn.snapshot.facts, entry.before.facts
    found: dict[str, Any] = {}
    if name := facts.get("customer.name"):
        found["name"] = name
    if (channel := facts.get("channel")) is not None and channel not in file.get("channels", ()):
        found["channels"] = [*file.get("channels", ()), channel]
    told = CONTACT.get(tags.get("contact", ""))
    if facts.get("customer.opt_in") != before.get("customer.opt_in"):
        told = facts.get("customer.opt_in")
    if told is False or (told and facts.get("customer.opt_in")):  # yes counts once it is on record, no at once
        found["consent"] = {"in": told, "at": entry.at.isoformat()}
    return found


def _contacts(file: File, entry: Entry) -> dict[str, Any]:
    purpose = "marketing" if sends_marketing(entry.flow, entry.event, entry.turn) else "service"
    day = entry.at.astimezone(entry.flow.profile.zone).date().isoformat()
    contacts = file.get("contacts", {})
    known, new = contacts.get(purpose, []), [day, entry.row.id]
    if purpose == "service" and new in known:
        return {}
    return {"contacts": {**contacts, purpose: [*known, new][-KEPT_DAYS:]}}


def sends_marketing(flow: Flow, event: Logged, turn: Turn) -> bool:
    """Tell whether a turn sends a marketing message."""
    name = event.timer.name if isinstance(event, Due) else ""
    follow_up = flow.follow_ups.get(name)
    return follow_up is not None and follow_up.spec.purpose == "marketing" and name in turn.rules
