"""Signs what is sent to programs: HMAC-SHA256 over the timestamp, a dot and the body.

The header is `Filrouge-Signature: t=1750000000,v1=<hex>`; while a secret is being replaced there are two `v1`, one per
secret. A receiver recomputes one, compares in constant time, and refuses a timestamp more than five minutes away.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable

HEADER = "Filrouge-Signature"
EVENT_HEADER = "Filrouge-Event"
DELIVERY_HEADER = "Filrouge-Delivery"
WINDOW_SECONDS = 300
PREFIX = "whsec_"


def new_secret() -> str:
    """Return a secret made at random, 256 bits."""
    return PREFIX + secrets.token_urlsafe(32)


def digest(secret: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a body at an instant, in hexadecimal.

    >>> digest("whsec_example", 1750000000, b"{}")[:16]
    '6d60e907da81f8b3'
    """
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def header(held: Iterable[str], timestamp: int, body: bytes) -> str:
    """Return the value of the header, one signature per secret that holds."""
    return ",".join([f"t={timestamp}", *(f"v1={digest(secret, timestamp, body)}" for secret in held)])


def verify(secret: str, value: str, body: bytes, *, now: int) -> bool:
    """Whether a header signs this body with this secret, less than five minutes away from now."""
    parts = [part.partition("=") for part in value.split(",")]
    stamps = [text for name, _, text in parts if name.strip() == "t"]
    if len(stamps) != 1 or not stamps[0].isascii() or not stamps[0].isdigit():
        return False
    timestamp = int(stamps[0])
    expected = digest(secret, timestamp, body)
    signed = [hmac.compare_digest(text.encode(), expected.encode()) for name, _, text in parts if name.strip() == "v1"]
    return any(signed) and abs(now - timestamp) <= WINDOW_SECONDS
