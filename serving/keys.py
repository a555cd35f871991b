"""Secrets of the server: made once, kept in `HOME/keys`, readable by their owner only."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from data.errors import HomeError
from data.privacy import write_secret


def read_or_create(path: Path, size: int = 32) -> bytes:
    """Return the secret kept in a file, making it on first use (0600, never overwritten).

    Raises
    ------
    HomeError : the file is there but is not a secret of this size.
    """
    if not path.exists():
        write_secret(path, size)
    secret = path.read_bytes()
    if len(secret) != size:
        raise HomeError(
            "a secret of the server is damaged",
            where=str(path),
            accepted=f"{size} bytes",
            todo="restore it from a backup, or delete it: another is made at the next start",
        )
    return secret


def digest(key: bytes, purpose: str, text: str) -> str:
    """Return a keyed digest of a text, different for each purpose."""
    return hmac.new(key, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()
