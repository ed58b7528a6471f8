"""What would kill a mutant that lives: the test to write, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping

from csflow.testing.faults import Mutant
from csflow.testing.walked import Difference

TO_TEST: Mapping[str, str] = {
    "rule-removed": "let {part} fire and expect it in `rules`",
    "else-dropped": "let {part} fire, where none before it holds, and expect it in `rules`",
    "branches-swapped": "bring about a case in which the conditions of {part} and of the next rule both hold",
    "if-dropped": "bring about a case in which {was} does not hold, and expect that nothing comes of it",
    "guard-dropped": "let the time of {part} come after its reason is gone, and expect no message",
    "boundary-moved": "test {part} at the very value: {was}",
    "comparison-flipped": "test {part} on both sides of: {was}",
    "number-raised": "test {part} at the very value: {was}",
    "junction-changed": "test {part} where only one part of the condition holds: {was}",
    "negation-dropped": "test {part} both where the negated part holds and where it does not: {was}",
    "fact-swapped": "test {part} where the two facts differ: {was}, not {now}",
    "max-dropped": "bring {part} about once more than its `max`, and expect what comes then",
    "cap-raised": "bring {part} about once more than its `max`, and expect what comes then",
    "wrong-target": "expect the `state` after {part}",
    "go-dropped": "expect the `state` after {part}",
    "ask-dropped": "expect the question of {part} among the replies",
    "in-dropped": "say in another state what {part} answers, and expect another rule",
    "effect-dropped": "expect the `effects` of {part}: {was}",
    "later": "wait until {part} is due and not longer, and expect it in `rules`",
    "window-dropped": "let {part} fall due outside its window, and expect no message then",
    "deadline-moved": "expect what is `due` for {part}, or wait until the promise is broken",
    "deadline-dropped": "wait until the promise of {part} is broken, and expect the rule on `{part}.broken`",
    "earlier": "expect what is `due` after {part}, or wait until shortly before, and expect no message",
    "window-moved": "let {part} fall due just inside its window, and expect it in `rules`",
    "since-changed": "report what {part} waits for, and wait until it is due",
    "condition-negated": "bring about a case in which {was} holds, and expect {part} in `rules`",
    "event-dropped": "let {was} happen, and expect {part} in `rules`",
    "cap-lowered": "bring {part} about as often as its `max`, and expect it each time",
    "silenced": "expect what {part} says among the replies",
    "variant-dropped": "bring about the case of this line, and expect its words: {was}",
    "messages-swapped": "expect the whole `replies` of {part}, in their order",
    "figure-changed": "expect the figure in the replies of {part}: {was}",
    "told-swapped": "expect the value in the replies of {part}: {was}",
    "question-swapped": "expect the words of the question in the replies: {was}",
    "purpose-dropped": "let {part} fall due for a customer who did not opt in, and expect no message",
    "phrase-dropped": "say the phrase and expect the intent in `heard`: {was}",
    "never-dropped": "bring about a case in which a rule would break: {was}",
    "floor-ignored": "bid just under the floor of {part}, and expect no agreement",
    "accept-dropped": "bid a little under the next step of {part}, and expect agreement",
    "step-dropped": "take {part} through all its steps, and expect each offer",
    "phrase-moved": "say the phrase and expect the intent in `heard`: {was}",
    "not-dropped": "say what is not {part}, and expect what it is in `heard`: {was}",
    "yields-dropped": "say {part} together with what it yields to, and expect one answer: {was}",
    "valid-dropped": "answer {part} with a value that is not valid, and expect the question again",
    "keep-dropped": "begin another session, and expect the slot {part} still known",
    "tries-dropped": "fail the question of {part} as often as it is asked, and expect what comes then",
    "required-dropped": "nothing: no conversation sees it, a profile without {part} would load",
    "evidence-dropped": "let this alone speak for {part}, and expect the rule that depends on it: {was}",
    "approval-dropped": "expect `request_approval` among the `effects` of {part}",
}


def advice(mutant: Mutant, difference: Difference | None) -> str:
    """Say what would kill a mutant; `difference` is where its turn is another one, if one was found."""
    text = TO_TEST.get(mutant.kind, "test {part}: {was}").format(part=mutant.part, was=mutant.was, now=mutant.now)
    if difference is None:
        return f"{text}; no turn was found that differs, perhaps none does"
    return text
