"""Texts at rest encrypted: keys, what is sealed with the first of them, and read with any."""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from csflow.errors import StoreError

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

KEYS = "CSFLOW_KEYS"
"""The environment variable that holds the keys, parted by commas, the newest first."""
TOKEN = "gAAAA"  # noqa: S105 - how every Fernet token begins, so that plain texts and sealed ones can stand side by side


class Ring:
    """The keys of a store: `seal` encrypts with the first one if the store is to be sealed, `open` reads with any.

    Raises:
        StoreError: a key is none, or the package for it is not installed.
    """

    def __init__(self, keys: Sequence[str] | None = None) -> None:
        given = os.environ.get(KEYS, "").split(",") if keys is None else keys
        self.keys = [key.strip() for key in given if key.strip()]
        self.fernet = _fernet(self.keys) if self.keys else None
        self.sealing = False

    def begin_sealing(self) -> None:
        """Encrypt from now on what is written.

        Raises:
            StoreError: there is no key.
        """
        if self.fernet is None:
            raise StoreError(f"the store profile asks for encryption and there is no key; give Host(…, keys=[…]) or set {KEYS}")
        self.sealing = True

    def seal(self, text: str) -> str:
        """Return a text as it is kept."""
        return self.fernet.encrypt(text.encode()).decode() if self.sealing and self.fernet else text

    def open(self, text: str) -> str:
        """Return a text as it was given.

        Raises:
            StoreError: it is sealed, and no key is the one.
        """
        if not text.startswith(TOKEN):
            return text
        if self.fernet is None:
            raise StoreError(f"the texts of this store are encrypted; give its key as Host(…, keys=[…]) or in {KEYS}")
        from cryptography.fernet import InvalidToken

        try:
            return self.fernet.decrypt(text).decode()
        except InvalidToken:
            raise StoreError(
                f"a text of this store was encrypted with another key; add the old key behind the new one in {KEYS}"
            ) from None


def _fernet(keys: Sequence[str]) -> MultiFernet:
    try:
        from cryptography.fernet import Fernet, MultiFernet
    except ModuleNotFoundError:
        raise StoreError("encryption needs the package cryptography: install csflow[privacy]") from None
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError:
        raise StoreError(f"a key in {KEYS} is none; `csflow seal --new-key` makes one") from None


def make_key() -> str:
    """Return a new key."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode()
