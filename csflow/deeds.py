"""What `do:` does: each effect changes the draft's ledger and tells the host as data."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from csflow.bargain import after_agreement, after_offer
from csflow.condition import DURATION, MONEY, TEXT, Type
from csflow.snapshot import Bargain, Call, Grant, Promise, Timer

if TYPE_CHECKING:
    from csflow.draft import Draft
    from csflow.parts import Bargain as Terms
    from csflow.parts import Deed

Values = dict[str, tuple[Type, Any]]
END_OF_DAY = datetime.time(23, 59, 59)


def perform(draft: Draft, deed: Deed) -> str | None:
    """Apply one compiled effect, if its own condition holds; returns why it must not be, if it must not."""
    return _DEEDS[deed.kind](draft, deed) if deed.guard is None or deed.guard(draft) is True else None


def _values(draft: Draft, deed: Deed) -> Values:
    return {key: (value.type, value.read(draft)) for key, value in deed.values.items()}


def _call(draft: Draft, deed: Deed) -> None:
    open_call(draft, deed.name, _values(draft, deed))


def open_call(draft: Draft, name: str, values: Values, key: str = "") -> None:
    """Ask the host, or a person, for something; the last call of a name is the one whose result counts."""
    spec = draft.flow.spec.calls[name]
    serial = draft.ledger.serial + 1
    drop_timer(draft, f"{name}.failed")
    draft.book(calls={**draft.ledger.calls, name: Call(name, serial, draft.focus, key)}, serial=serial)
    deadline = None if spec.within is None else draft.now + datetime.timedelta(seconds=spec.within)
    if deadline is not None:
        draft.timers = (*draft.timers, Timer(f"{name}.failed", deadline, draft.focus, "call", serial))
    hold = draft.flow.hold(name, draft)
    draft.effect("request_approval" if spec.by else "call", name, values, deadline=deadline, hold=hold, serial=serial)


def drop_timer(draft: Draft, name: str) -> None:
    """Take away the timers of a name."""
    if draft.timers:
        draft.timers = tuple(timer for timer in draft.timers if timer.name != name)


def _grant(draft: Draft, deed: Deed) -> None:
    draft.book(grants=(*draft.ledger.grants, Grant(deed.name, draft.focus)))
    draft.effect("grant", deed.name, {"order": (TEXT, draft.focus)})


def _offer(draft: Draft, deed: Deed) -> None:
    kept = _bargained(draft, deed, after_offer)
    if kept is not None:
        draft.effect("record", deed.name, {"offer": (MONEY, kept.offer)})


def _agree(draft: Draft, deed: Deed) -> None:
    kept = _bargained(draft, deed, after_agreement)
    if kept is not None:
        draft.effect("grant", deed.name, {"agreed": (MONEY, kept.agreed)})


def _bargained(draft: Draft, deed: Deed, move: Callable[[Draft, Terms, Bargain | None], Bargain | None]) -> Bargain | None:
    """Book what a bargain is after an offer or an agreement; None where there was nothing to offer or agree to."""
    key = draft.bargain_key(deed.name)
    kept = move(draft, draft.flow.bargains[deed.name], draft.ledger.bargains.get(key))
    if kept is not None:
        draft.book(bargains={**draft.ledger.bargains, key: kept})
    return kept


def _promise(draft: Draft, deed: Deed) -> str | None:
    values = _values(draft, deed)
    _, what = values[deed.name]
    due = deadline_of(draft, *values["by"])
    if due is None or due <= draft.now:
        return f"the deadline of the promise {deed.name} is {'unknown' if due is None else 'over'}"
    serial = draft.ledger.serial + 1
    promise = Promise(deed.name, "" if what is None else str(what), due, draft.focus, serial=serial)
    draft.book(promises=(*draft.ledger.promises, promise), serial=serial)
    draft.timers = (*draft.timers, Timer(f"{deed.name}.broken", due, draft.focus, "promise", serial))
    draft.effect("promise", deed.name, {deed.name: values[deed.name]}, deadline=due, serial=serial)
    return None


def deadline_of(draft: Draft, kind: Type, value: Any) -> datetime.datetime | None:
    """Return when something is due: a duration from now, or the end of a date; None where it is unknown."""
    if value is None:
        return None
    if kind.kind == DURATION.kind:
        return draft.now + datetime.timedelta(seconds=value)
    return datetime.datetime.combine(value, END_OF_DAY, draft.flow.profile.zone).astimezone(draft.now.tzinfo)


def _keep(draft: Draft, deed: Deed) -> None:
    untold = {timer.serial for timer in draft.timers if timer.kind == "promise"}
    named = [p for p in draft.ledger.promises if p.name == deed.name and p.serial in untold]
    serials = {p.serial for p in named if draft.focus in (None, p.order)} or {p.serial for p in named}
    draft.book(promises=tuple(_kept(p) if p.serial in serials else p for p in draft.ledger.promises))
    draft.timers = tuple(timer for timer in draft.timers if not (timer.kind == "promise" and timer.serial in serials))
    draft.effect("keep", deed.name)


def _kept(promise: Promise) -> Promise:
    """Return a promise as it stands once it is kept; what was broken stays broken, though nobody need hear of it any more."""
    return promise._replace(state="kept") if promise.state == "open" else promise


def _record(draft: Draft, deed: Deed) -> None:
    draft.effect("record", deed.name, _values(draft, deed))


def _tag(draft: Draft, deed: Deed) -> None:
    values = _values(draft, deed)
    draft.book(tags={**draft.ledger.tags, **{key: value for key, (_, value) in values.items() if value is not None}})
    draft.effect("tag", deed.name, values)


def _notify(draft: Draft, deed: Deed) -> None:
    draft.effect("notify", deed.name, {"order": (TEXT, draft.focus)})


def _mail(draft: Draft, deed: Deed) -> None:
    texts = {key: text.fill(draft) for key, text in deed.texts.items()}
    if None in texts.values():
        draft.note("mail not sent: a fact in its text is unknown")
        return
    draft.effect("mail", "mail", {key: (TEXT, text) for key, text in texts.items()})


_DEEDS: Mapping[str, Callable[[Draft, Deed], str | None]] = {
    "call": _call, "grant": _grant, "offer": _offer, "agree": _agree, "promise": _promise,
    "keep": _keep, "record": _record, "tag": _tag, "notify": _notify, "mail": _mail,
}  # fmt: skip
