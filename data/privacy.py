"""Keyed pseudonyms: the only numbers by which the store knows a person."""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from data.errors import HomeError
from data.home import make_private

KEY_BYTES = 32
KEY_FILE = "pseudonym.key"
POSITIVE = (1 << 63) - 1
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 13


@dataclass(frozen=True)
class Pseudonymiser:
    """Turns source identifiers into stable positive 63-bit numbers, with a secret key.

    The number is the first 63 bits of HMAC-SHA256(key, "kind:source:source_id") (RFC 2104). Without the
    key, which lives outside the store, nobody can go back from the number or check a guess.
    """

    key: bytes
    source: str

    def one(self, kind: str, source_id: str) -> int:
        """Return the pseudonym of one identifier."""
        digest = hmac.digest(self.key, f"{kind}:{self.source}:{source_id}".encode(), "sha256")
        return int.from_bytes(digest[:8], "big") & POSITIVE

    @property
    def fingerprint(self) -> str:
        """Return a short public mark of the key: the same key gives the same mark, and nothing else."""
        return fingerprint(self.key)


def reference(number: int) -> str:
    """Return a whole pseudonym in base 32 (no I, L, O nor U): two people never share one."""
    return "A-" + "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(LENGTH)))


def mail_mark(key: bytes, email: str) -> int:
    """Return the number by which somebody erased is known again by e-mail, whatever system brings them."""
    return Pseudonymiser(key, "any").one("email", email.strip().casefold())


def fingerprint(key: bytes) -> str:
    """Return a short public mark of a key."""
    return hmac.digest(key, b"fingerprint", "sha256").hex()[:16]


def load_key(keys: Path, used: Collection[str] = ()) -> bytes:
    """Return the organisation's pseudonym key, created on first use, readable by its owner only.

    Parameters
    ----------
    used : marks of the keys that made the pseudonyms of the store (empty text: not said); a store that holds
        records never gets another key, which would make a second person of everybody.

    Raises
    ------
    HomeError : the key file is there but is not a key; or it is not the store's, or is lost.
    """
    path = keys / KEY_FILE
    if not path.exists():
        if used:
            raise _not_the_key("the pseudonym key of the records is lost", path)
        write_secret(path, KEY_BYTES)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise HomeError(
            "the pseudonym key is damaged",
            where=str(path),
            accepted=f"{KEY_BYTES} bytes",
            todo="restore it from a backup: another key would cut every learner from their past",
        )
    if {mark for mark in used if mark} - {fingerprint(key)}:
        raise _not_the_key("the pseudonym key is not the one of the records", path)
    return key


def _not_the_key(what: str, path: Path) -> HomeError:
    return HomeError(
        what,
        where=str(path),
        accepted="the key they were made with",
        todo=f"restore keys/{KEY_FILE} from a backup, or start another FILROUGE_HOME",
    )


def write_secret(path: Path, size: int) -> None:
    """Write a new random secret whole or not at all: written aside (0600), then linked under its name."""
    make_private(path.parent)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(secrets.token_bytes(size))
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # another process created it first: theirs is the key
    finally:
        draft.unlink()
