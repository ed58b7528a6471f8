"""The interactive chat: a prompt, bubbles, and commands that begin with a slash."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.history import InMemoryHistory

from csflow.cli.output import printable
from csflow.cli.paint import Painter
from csflow.cli.script import KINDS, Line, bad_script, play, read_line
from csflow.errors import LoadError, Place, hint

if TYPE_CHECKING:
    from csflow.conversation import Conversation
    from csflow.events import Turn

HELP = {
    "/why": "why the last turn came out as it did",
    "/state": "where the conversation stands",
    "/wait 2d": "let time pass",
    "/event paid {…}": "the shop reports something, perhaps with facts",
    "/facts {…}": "the shop tells facts",
    "/staff give_back": "a person takes over or gives back",
    "/help": "this list",
    "/quit": "end",
}
PROMPT = Place("you", 1, 1)


def talk(conversation: Conversation) -> None:
    """Talk at the terminal until the customer leaves."""
    session = Session(conversation)
    session.painter.dim(f"{conversation.flow.name}: write as a customer would; /help lists the commands")
    prompt = _prompt(conversation)
    while (text := _read(prompt)) is not None and session.take(text):
        pass


def _prompt(conversation: Conversation) -> PromptSession[str]:
    spec = conversation.flow.spec
    words = [command.split()[0] for command in HELP] + [f"/event {name}" for name in spec.events]
    words += [f"/event {call}.{outcome}" for call in spec.calls for outcome in ("done", "denied", "failed")]
    completer = WordCompleter(words, sentence=True)
    return PromptSession("> ", history=InMemoryHistory(), completer=completer, complete_while_typing=False)


def _read(prompt: PromptSession[str]) -> str | None:
    try:
        return prompt.prompt().strip()
    except (EOFError, KeyboardInterrupt):
        return None


class Session:
    """Takes what is typed, one line after the other."""

    def __init__(self, conversation: Conversation) -> None:
        self.conversation, self.painter = conversation, Painter(conversation)
        self.turn: Turn | None = None
        self.looks: Mapping[str, Callable[[], None]] = {"/why": self.why, "/state": self.state, "/help": self.help}

    def take(self, text: str) -> bool:
        """Take a line; tells whether the talk goes on."""
        if text == "/quit":
            return False
        if text in self.looks:
            self.looks[text]()
        elif text:
            self.happen(text)
        return True

    def happen(self, text: str) -> None:
        """Let a message or a command happen; what cannot be is said, and nothing changes."""
        try:
            self.turn = play(self.conversation, typed(text))
        except LoadError as error:
            self.painter.out.print(printable(error.problems[0].message), style="red")
        else:
            self.painter.turn(self.turn)

    def why(self) -> None:
        """Print the explanation of the last turn."""
        self.painter.dim(str(self.turn.why) if self.turn else "nothing was said yet")

    def state(self) -> None:
        """Print the time and what is kept of the conversation."""
        now = self.conversation.now.astimezone(self.conversation.flow.profile.zone)
        self.painter.dim(f"{'now':9} {now:%Y-%m-%d %H:%M}")
        kept: dict[str, Any] = json.loads(self.conversation.snapshot.to_json())
        for name, value in kept.items():
            self.painter.dim(f"{name:9} {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")

    def help(self) -> None:
        """Print the commands."""
        for command, what in HELP.items():
            self.painter.dim(f"{command:17} {what}")


def typed(text: str) -> Line:
    """Read what was typed: a command as the script's line that it stands for, anything else as the customer's words.

    Raises:
        LoadError: no such command, or not its form.
    """
    if not text.startswith("/"):
        return Line("say", [text], None, PROMPT, text)
    kind, _, rest = text[1:].partition(" ")
    if kind not in KINDS:
        known = [command[1:].split()[0] for command in HELP]
        raise bad_script(PROMPT, f"no command /{kind}{hint(kind, known)}")
    return read_line(_written(kind, rest.strip()), PROMPT)


def _written(kind: str, rest: str) -> str:
    """Return the script line of a command: `/event paid {…}` is `{"event": "paid", "facts": {…}}`."""
    if kind == "facts":
        return f'{{"facts": {rest}}}'
    value, _, facts = rest.partition(" ") if kind == "event" else (rest, "", "")
    tail = f', "facts": {facts}' if facts else ""
    return f'{{"{kind}": {json.dumps(value, ensure_ascii=False)}{tail}}}'
