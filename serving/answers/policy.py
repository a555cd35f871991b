"""Decisions about idempotency keys: what one is, how long an answer is kept, what a key that comes back gets."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Literal

from serving.problems import KeyInUseError, KeyReusedError, RefusedError

KEPT = timedelta(hours=24)
HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
Verdict = Literal["new", "replay"]


def check_key(key: str) -> str:
    """Return an idempotency key.

    Raises
    ------
    RefusedError : it is empty, too long, or not of visible ASCII.
    """
    if not _KEY.fullmatch(key):
        raise RefusedError("the key is not accepted", where=HEADER, accepted="1 to 200 visible ASCII characters")
    return key


def judge(*, at: datetime | None, same: bool, finished: bool, now: datetime) -> Verdict:
    """Say what a request with a key gets: a first answer, or the one kept.

    Parameters
    ----------
    at : when the key was first seen, None if never.
    same : the request is the one of then.
    finished : it was answered.

    Raises
    ------
    KeyReusedError : the key stands for another request.
    KeyInUseError : the request is being answered.
    """
    if at is None or at <= now - KEPT:
        return "new"
    if not same:
        raise KeyReusedError("the key was used for another request", where=HEADER, todo="make another key")
    if not finished:
        raise KeyInUseError("a request with this key is being answered", where=HEADER, todo="send it again in a moment")
    return "replay"
