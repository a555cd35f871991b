"""Secrets of the server: made once, kept in `HOME/keys`, readable by their owner only."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from data.errors import HomeError


def read_or_create(path: Path, size: int = 32) -> bytes:
    """Return the secret kept in a file, making it on first use (0600, never overwritten).

    Raises
    ------
    HomeError : the file is there but is not a secret of this size.
    """
    if not path.exists():
        _create(path, size)
    secret = path.read_bytes()
    if len(secret) != size:
        raise HomeError(
            "a secret of the server is damaged",
            where=str(path),
            accepted=f"{size} bytes",
            todo="restore it from a backup, or delete it: another is made at the next start",
        )
    return secret


def _create(path: Path, size: int) -> None:
    """Write a new secret whole or not at all: written aside, then linked under its name."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(secrets.token_bytes(size))
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # another process made it first: theirs is the secret
    finally:
        draft.unlink()


def digest(key: bytes, purpose: str, text: str) -> str:
    """Return a keyed digest of a text, different for each purpose."""
    return hmac.new(key, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()
