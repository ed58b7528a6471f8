"""A flow kept as text: what its files and its store profile said, read back once the files themselves are gone."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from csflow.errors import LoadError, Place, Problem
from csflow.rulefile.files import Loaded, load_file
from csflow.rulefile.loader import load_flow
from csflow.rulefile.profile import load_profile
from csflow.spec import FlowSpec, Profile


def packed(texts: Mapping[str, str]) -> str:
    """Return texts by path as one compressed text."""
    return base64.b85encode(zlib.compress(json.dumps(texts, ensure_ascii=False).encode(), 9)).decode()


def unpacked(text: str) -> dict[str, str]:
    """Read what `packed` wrote.

    Raises:
        LoadError: it is nothing of the kind.
    """
    try:
        texts: dict[str, str] = json.loads(zlib.decompress(base64.b85decode(text)))
    except (ValueError, zlib.error) as error:
        raise _damaged(f"cannot be read: {error}") from None
    return texts


def restore(texts: Mapping[str, str], profile: str) -> tuple[FlowSpec, Profile]:
    """Load a flow and a store profile from their texts, as `FlowSpec.texts` and `Profile.text` hold them.

    Raises:
        LoadError: this version of csflow cannot read them; a file is named as it stood beside the others.
    """
    with _laid_out({**texts, "store.yaml": profile}) as folder:
        root = next((name.split("/")[1] for name in texts if name.startswith("flow/")), None)
        if root is None:
            raise _damaged("holds no flow")

        def read(path: Path, _: str) -> Loaded:
            return load_file(path, "/".join(path.relative_to(folder).parts[1:]))

        spec = load_flow(folder / "flow" / root, read, folder / "packs")
        return replace(spec, roots=(), store=None), replace(load_profile(folder / "store.yaml", spec), file=None)


@contextmanager
def _laid_out(texts: Mapping[str, str]) -> Iterator[Path]:
    """Write texts below a folder of their own, which goes with the block."""
    with TemporaryDirectory() as name:
        folder = Path(name).resolve()
        for path, text in texts.items():
            file = (folder / path).resolve()
            if not file.is_relative_to(folder):
                raise _damaged(f"holds a file {path!r} that leads out of it")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        yield folder


def _damaged(why: str) -> LoadError:
    return LoadError([Problem("no-flow", Place("kept version", 1, 1), f"what is kept of this version {why}")])
