"""From a message to cues: the open question is answered first, then slots are filled, then intents are counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from csflow.draft import Cue, Draft
from csflow.language import DateSpan, Vocabulary
from csflow.snapshot import Pending
from csflow.values import NOT_TEXT

if TYPE_CHECKING:
    from csflow.language import Clause, Entity, Heard, Hit
    from csflow.parts import Slot

IDENTIFIERS = ("order_no", "tracking_no", "phone", "region", "product", "image", "link", "colour", "category", "address", "size")
FREE_TEXT: Mapping[str, int] = {
    "text": 500, "address": 200, "product": 60, "order_no": 40, "tracking_no": 40, "region": 20, "colour": 20, "size": 10,
}  # fmt: skip
FIGURES = ("number", "money", "count", "date", "duration", "percent", "length_cm", "weight_kg")
COMMAND = 0.8
MINOR = 100
MAX_MESSAGE = 10_000
ORDINALS = (
    ("第一", "前一个", "前面", "前者", "1", "一", "first", "former"),
    ("第二", "后一个", "后面", "后者", "2", "二", "second", "latter"),
)
NEVER_ASKED = (0, 0, False)


def hear(draft: Draft, texts: Sequence[str]) -> None:
    """Hear a message: fill slots, count intents, and queue answers and intents in their order."""
    draft.text = joined(texts)
    heard = draft.why.heard = draft.flow.recogniser.hear(draft.text)
    if draft.rivals and (chosen := _chosen(draft, heard)):
        _count(draft, (chosen,), filled=False)
        return
    if not draft.flow.slots:
        _count(draft, heard.names, filled=False)
        return
    used: list[Clause] = []
    taken: set[tuple[int, int]] = set()
    pending = None if draft.put else draft.pending  # nobody answers what was not put yet
    answered = pending is not None and _answer(draft, heard, pending, used, taken)
    hits = heard.intents if not used else tuple(hit for c in heard.clauses if c not in used for hit in c.hits)
    answers = list(draft.queue)
    filled = _fill_others(draft, heard, hits, used, taken)
    if filled or pending is not None:
        hits = tuple(hit for hit in hits if not hit.guessed)
    names = tuple(hit.intent for hit in hits)
    if draft.flow.answering(names, filled=filled or answered):
        draft.queue = answers
    _count(draft, names, filled=filled or answered)
    if hits or answered or pending is None or pending.confirm:
        return
    if filled:
        draft.put = draft.pending is pending  # told something else that was wanted: the open question once more, no miss
    else:
        _failed_answer(draft, pending)


def _chosen(draft: Draft, heard: Heard) -> str | None:
    """Return which of two intents the customer chose; the question between them is open for one message."""
    rivals, draft.rivals = draft.rivals, ()
    if any(name not in rivals for name in heard.names):
        return None
    titles = (draft.flow.title(name) or "" for name in rivals)
    words = {name: (*ordinal, title) for name, ordinal, title in zip(rivals, ORDINALS, titles, strict=True)}
    named = [name for name in heard.names if name in rivals]
    return named[0] if len(named) == 1 else Vocabulary(words).match(draft.text)


def joined(texts: Sequence[str]) -> str:
    """Return a burst as one text of at most 10,000 code points; what follows is ignored."""
    text = texts[0] if len(texts) == 1 else "\n".join(texts)
    return clean(text if len(text) <= MAX_MESSAGE else text[:MAX_MESSAGE])


def clean(text: str) -> str:
    """Return the text without lone surrogates and control characters, which no database, terminal and file takes."""
    return text if text.isprintable() else NOT_TEXT.sub("", text.encode("utf-8", "replace").decode())


def _count(draft: Draft, names: Sequence[str], *, filled: bool) -> None:
    """Count the intents heard and queue those that are answered."""
    if not names:
        return
    flow = draft.flow
    if not flow.counted.isdisjoint(names):
        counted = [name for name in names if name in flow.counted]
        draft.times = draft.times | {name: draft.times.get(name, 0) + 1 for name in counted}
    draft.queue += [Cue(name, "message") for name in flow.answering(names, filled=filled)]


def _failed_answer(draft: Draft, pending: Pending) -> None:
    """Count a failed answer; ask again while tries are left, otherwise close the question and tell the rules."""
    put, failed, _ = draft.asked.get(pending.slot, NEVER_ASKED)
    failed += 1
    closed = max(put, failed) >= draft.flow.slots[pending.slot].spec.tries
    draft.asked = draft.asked | {pending.slot: (put, failed, closed)}
    if closed:
        draft.pending = None
        draft.note(f"no answer to {pending.slot} after {failed} tries; the question is closed")
        draft.queue.append(Cue(f"slots.{pending.slot}", "answer", pending.kept))
    else:
        draft.put = True


def _answer(draft: Draft, heard: Heard, pending: Pending, used: list[Clause], taken: set[tuple[int, int]]) -> bool:
    """Try the clauses as the answer to the open question; those that answered are noted in `used`, their figures in `taken`."""
    if pending.confirm:
        return _confirmed(draft, heard, used)
    slot = draft.flow.slots[pending.slot]
    if slot.spec.type == "text" and not slot.vocabulary:
        return _told(draft, heard, slot, used)
    for clause in heard.clauses:
        value, spans = _read_answer(draft, slot, clause)
        if value is not None and fill(draft, slot, value):
            taken |= spans
            if not (clause.question and clause.hits):
                used.append(clause)
            return True
    return False


def _confirmed(draft: Draft, heard: Heard, used: list[Clause]) -> bool:
    for clause in heard.clauses:
        if clause.answer is not None and not clause.entities:
            used.append(clause)
            draft.pending = None
            if clause.answer:
                draft.collected = True
                draft.queue.append(Cue("collected", "answer"))
            elif not any(c.entities for c in heard.clauses):  # a no with a figure corrects that, and reopens nothing else
                _reopen(draft)
            return True
    return False


def _reopen(draft: Draft) -> None:
    """Empty the first slot that the state collects, so that it is asked again."""
    for name, guard in draft.flow.states[draft.state].collect:
        if draft.here(guard) is True:
            draft.slots = {key: value for key, value in draft.slots.items() if key != draft.slot_key(name)}
            draft.asked = {key: value for key, value in draft.asked.items() if key != name}
            return


def _told(draft: Draft, heard: Heard, slot: Slot, used: list[Clause]) -> bool:
    """Take what was written as a text slot's answer, unless it asks something or is a bare command."""
    told = [c for c in heard.clauses if not (c.question or _is_figure(c) or any(_commands(draft, hit) for hit in c.hits))]
    if not told:
        return False
    used += told
    value = draft.text if len(told) == len(heard.clauses) else "，".join(clause.text.strip() for clause in told)
    return fill(draft, slot, value.strip()[: FREE_TEXT["text"]])


def _commands(draft: Draft, hit: Hit) -> bool:
    """Tell whether a clause is said by an intent of its own, not merely by an address or number in it."""
    return hit.cover >= COMMAND and not (hit.slots and draft.flow.yields_to_all(hit.intent))


def _is_figure(clause: Clause) -> bool:
    """Tell whether a clause is nothing but a number, a date or the like."""
    figures = (entity for entity in clause.entities if entity.type in FIGURES)
    return any(len(entity.text) >= COMMAND * len(clause.text.strip()) for entity in figures)


def _read_answer(draft: Draft, slot: Slot, clause: Clause) -> tuple[Any, set[tuple[int, int]]]:
    """Return the value that a clause gives the slot that was asked, or None, and the figures it was read from."""
    named = _named(slot, clause) if slot.vocabulary else None
    if named is not None:
        return named == "true" if slot.spec.type == "flag" else named, set()
    if slot.spec.type == "flag":
        return clause.answer, set()
    for entity in clause.entities:
        value = value_for(draft, str(slot.spec.type), entity)
        if value is not None:
            return value, {(entity.start, entity.end)}
    return _free(slot, clause), {(entity.start, entity.end) for entity in clause.entities}


def _named(slot: Slot, clause: Clause) -> str | None:
    """Return the answer that a clause names; where it surely says something else, only by the answer's very words."""
    sure = any(hit.cover >= COMMAND for hit in clause.hits)
    return slot.named_in(clause.text) if sure or not slot.vocabulary else slot.vocabulary.match(clause.text)


def _free(slot: Slot, clause: Clause) -> str | None:
    """Return a short unheard clause as the answer to a question whose answers cannot all be listed."""
    limit = FREE_TEXT.get(str(slot.spec.type)) if isinstance(slot.spec.type, str) else None
    text = clause.text.strip()
    sure = any(not hit.guessed for hit in clause.hits)
    if limit is None or len(text) > limit or sure or clause.question or clause.answer is not None:
        return None
    if str(slot.spec.type).endswith("_no") and not any(char.isdigit() for char in text):
        return None
    return text or None


def value_for(draft: Draft, wanted: str, entity: Entity) -> Any:
    """Return an entity's value as a slot of some type takes it, or None where it does not fit."""
    value = entity.value
    if isinstance(value, DateSpan):
        return value.on(draft.today) if wanted == "date" else None
    if entity.type == wanted:
        return int(Decimal(str(value))) if wanted == "weight_kg" else value
    if entity.type == "number":
        return _number(wanted, str(value))
    return entity.text if wanted == "order_no" and entity.type == "tracking_no" else None


def _number(wanted: str, text: str) -> int | None:
    """Read a bare number in the unit that was asked for."""
    number = Decimal(text)
    if wanted == "money":
        return int(number * MINOR) if number * MINOR == int(number * MINOR) else None
    whole = wanted in ("count", "length_cm", "weight_kg") and number == int(number)
    return int(number) if whole else None


def fill(draft: Draft, slot: Slot, value: Any) -> bool:
    """Fill a slot and queue its event; a value that its `valid` refuses is no answer."""
    key, before, collected = draft.slot_key(slot.name), draft.slots, draft.collected
    draft.slots = {**before, key: value}
    if slot.name in ("order_no", "product"):
        draft.refocus()
    if slot.valid is not None and draft.here(slot.valid) is False:
        draft.slots = before
        draft.refocus()
        draft.note(f"{value!r} is refused for {slot.name}")
        return False
    asked = draft.pending is not None and draft.pending.slot == slot.name
    if asked or before.get(key) != value:
        kept = draft.pending.kept if asked and draft.pending else None
        draft.queue.append(Cue(f"slots.{slot.name}", "answer", kept))
        draft.collected = collected and before.get(key) in (None, value)
    if asked:
        draft.pending = None
    return True


def _fill_others(draft: Draft, heard: Heard, hits: Sequence[Hit], used: Sequence[Clause], taken: set[tuple[int, int]]) -> bool:
    """Fill slots that patterns name, and the only open slot of an entity's type.

    Their events matter only in a message without an intent; beside one they would answer twice.
    """
    filled = False
    for hit in hits:
        for name, entity in hit.slots.items():
            slot = draft.flow.slots.get(name)
            value = None if slot is None else value_for(draft, str(slot.spec.type), entity)
            if slot is not None and value is not None:
                taken.add((entity.start, entity.end))
                filled |= fill(draft, slot, value)
    for entity in (e for clause in heard.clauses for e in clause.entities):
        if (entity.start, entity.end) not in taken:
            filled |= _fill_open(draft, entity)
    return _fill_named(draft, heard, used) or filled


def _fill_named(draft: Draft, heard: Heard, used: Sequence[Clause]) -> bool:
    """Fill what the state still collects from words that name an answer."""
    filled = False
    for name, guard in draft.flow.states[draft.state].collect:
        slot = draft.flow.slots[name]
        if slot.vocabulary and draft.slot_key(name) not in draft.slots and draft.here(guard) is True:
            answers = (slot.named_in(clause.text) for clause in heard.clauses if clause not in used)
            answer = next((answer for answer in answers if answer), None)
            filled |= answer is not None and slot.spec.type != "flag" and fill(draft, slot, answer)
    return filled


def glean(draft: Draft) -> None:
    """Fill the slots of a state just entered from the message that led there; nothing is asked that was told."""
    heard, queue = draft.why.heard, draft.queue
    if heard is not None:
        draft.queue = []
        _fill_others(draft, heard, (), (), set())
        draft.queue = queue


def _fill_open(draft: Draft, entity: Entity) -> bool:
    fitting = [
        (slot, value)
        for slot in _open_slots(draft, entity)
        if (value := value_for(draft, str(slot.spec.type), entity)) is not None
    ]
    return len(fitting) == 1 and fill(draft, *fitting[0])


def _open_slots(draft: Draft, entity: Entity) -> Iterator[Slot]:
    """Yield the slots that an entity may fill unasked: identifiers anywhere, figures only where the state collects them."""
    if entity.type in IDENTIFIERS:
        yield from (slot for slot in draft.flow.slots.values() if slot.spec.type == entity.type)
        return
    for name, guard in draft.flow.states[draft.state].collect:
        if draft.here(guard) is True:
            slot = draft.flow.slots[name]
            correcting = draft.pending is not None and draft.pending.confirm
            if draft.slot_key(name) not in draft.slots or correcting or entity.type == slot.spec.type:
                yield slot
