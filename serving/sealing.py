"""Secrets and addresses at rest: sealed by a key that is outside the database (Fernet: AES-128-CBC, HMAC-SHA256).

A copy of the database alone tells none of them. With the key lost, they must be given again: nothing else is.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken

from data.errors import FilrougeError
from data.home import Home
from serving import keys

FILE = "seal.key"
MARK = "sealed:"


class SealedError(FilrougeError):
    """What was sealed cannot be opened with the key that is there."""

    exit_code = 6
    http_status = 503


@dataclass(frozen=True)
class Seal:
    """Seals words and opens them."""

    key: bytes

    def close(self, words: str) -> str:
        """Return words sealed; none stay none, and what is sealed already stays as it is."""
        if not words or is_sealed(words):
            return words
        return MARK + self._fernet.encrypt(words.encode()).decode()

    def open(self, kept: str) -> str:
        """Return the words; those of before the sealing are as they are.

        Raises
        ------
        SealedError : the key is not the one that sealed them.
        """
        if not is_sealed(kept):
            return kept
        try:
            return self._fernet.decrypt(kept.removeprefix(MARK)).decode()
        except InvalidToken:
            raise SealedError(
                "a secret or an address cannot be opened: its key is another", where=f"keys/{FILE}",
                todo="restore the key from a backup, or remove the channels and the webhooks and add them again",
            ) from None  # fmt: skip

    @property
    def _fernet(self) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(self.key))


def is_sealed(words: str) -> bool:
    """Tell whether words are sealed."""
    return words.startswith(MARK)


def seal_of(home: Home) -> Seal:
    """Return the seal of a home, its key made on first use (0600)."""
    return Seal(keys.read_or_create(home.keys / FILE))
