"""Versions of a flow that differ in a few letters: what they have in common is read, parsed and compiled once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from csflow.check.explore import Remembering
from csflow.check.subject import Subject
from csflow.flow import Flow
from csflow.language import Recogniser
from csflow.parts import RuleList
from csflow.rulefile import load_flow, load_profile
from csflow.rulefile.files import Loaded, load_file, usable
from csflow.rulefile.meaning import Kept
from csflow.rulefile.source import Source
from csflow.spec import FlowSpec, ListSpec, Located, Profile
from csflow.testing.edits import Edit, applied

Known = tuple[ListSpec, RuleList]


class Version(Subject):
    """A flow whose files were read by somebody else and perhaps changed."""

    def __init__(self, spec: FlowSpec, profile: Profile, flow: Flow, files: Mapping[str, Loaded]) -> None:
        super().__init__(spec, profile, flow)
        self.files = files

    def source(self, file: str) -> Source:
        """Return one of the flow's files as it was read."""
        return self.files[file].source if file in self.files else super().source(file)

    @property
    def vocabulary(self) -> object:
        """All that decides what is heard in a message."""
        slots = {name: (slot.type, slot.hears) for name, slot in self.spec.slots.items()}
        return self.spec.intents, self.spec.words, slots


class Varied(Flow):
    """A flow that takes over the compiled lists of another one which it has the same, and perhaps its recogniser."""

    def __init__(self, spec: FlowSpec, profile: Profile, recogniser: Recogniser | None, compiled: Iterable[Known]) -> None:
        self._known = {listed.choose[0].id: (listed, lst) for listed, lst in compiled}
        super().__init__(spec, profile, recogniser)

    def _list(self, part: Located) -> RuleList:
        listed, compiled = self._known.get(part.spec.choose[0].id, (None, None))
        return compiled if compiled is not None and listed == part.spec else super()._list(part)


class Original:
    """A flow as it is, and the reader of its versions."""

    def __init__(self, source: str, store: str | None = None) -> None:
        self.origin, self.store, self._trees = source, store, Kept()
        self.files: dict[str, Loaded] = {}
        spec = load_flow(source, self._read, kept=self._trees)
        profile = load_profile(store, spec)
        flow = Flow(spec, profile)
        self.version = Version(spec, profile, Flow(spec, profile, Remembering(flow.recogniser)), self.files)
        self._bound, self._vocabulary = _bound(spec), self.version.vocabulary

    def _read(self, path: Path, shown: str) -> Loaded:
        if shown not in self.files:
            self.files[shown] = load_file(path, shown)
        return self.files[shown]

    def changed(self, file: str, edits: Iterable[Edit]) -> Version:
        """Load the flow with edits made in one of its files.

        Raises:
            LoadError: what comes of them is refused.
        """
        text = applied(self.files[file].source.text, edits)
        files = self.files | {file: usable(Source(file, text.encode()))}
        spec = load_flow(self.origin, lambda _, shown: files[shown], kept=self._trees)
        profile = load_profile(self.store, spec)
        return Version(spec, profile, self._compiled(Version(spec, profile, self.version.flow, files)), files)

    def _compiled(self, version: Version) -> Flow:
        """Return a version compiled: lists only where it changed them, the recogniser only where it changed the words."""
        spec, base = version.spec, self.version
        known = zip((part.spec for part in base.spec.lists), base.flow.lists, strict=True) if _bound(spec) == self._bound else ()
        if version.vocabulary == self._vocabulary:
            return Varied(spec, version.profile, base.flow.recogniser, known)
        plain = Varied(spec, version.profile, None, known)
        plain.recogniser = Remembering(plain.recogniser)
        return plain


def _bound(spec: FlowSpec) -> object:
    """Return all of a flow that compiled rules refer to; of the rules' names only those that it has more would matter."""
    titles = {name: intent.title for name, intent in spec.intents.items()}
    return (
        spec.facts,
        spec.slots,
        titles,
        spec.calls,
        spec.bargains,
        spec.types,
        [part.spec for part in spec.never],
        spec.language,
    )
