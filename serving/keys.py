"""Secrets of the server: made once, kept in `HOME/keys`, readable by their owner only."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path


def read_or_create(path: Path, size: int = 32) -> bytes:
    """Return the secret kept in a file, making it on first use (0600, never overwritten)."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(size))
    return path.read_bytes()


def digest(key: bytes, purpose: str, text: str) -> str:
    """Return a keyed digest of a text, different for each purpose."""
    return hmac.new(key, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()
