"""`Idempotency-Key`: the answer is kept in the transaction of what it tells, so that neither is without the other.

What is kept is sealed with a key that is outside the database: an answer may hold a note, or a first password.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.fernet import Fernet
from fastapi import Request
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from serving import keys
from serving.answers import policy, repository
from serving.tables import Answered

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
HEADERS = ("content-type", "etag", "location", "link")
"""Headers kept with an answer."""
REPLAYED = {"Idempotency-Replayed": "true"}


class AnsweredBeforeError(Exception):
    """The request was answered already: here is its answer."""

    def __init__(self, response: Response) -> None:
        self.response = response
        super().__init__("answered before")


@dataclass(frozen=True)
class Once:
    """A request under way whose answer is to be kept."""

    session: Session
    answered: Answered
    key: bytes

    def keep(self, response: Response) -> None:
        """Keep an answer; one that is not a success is not: its transaction is undone, and the key serves again."""
        headers = {name: response.headers[name] for name in HEADERS if name in response.headers}
        told = json.dumps({"headers": headers, "body": bytes(response.body).decode()})
        self.answered.status = response.status_code
        self.answered.body = _seal(self.key).encrypt(told.encode()).decode()
        self.session.flush()


def begin(
    session: Session, account_id: int, request: Request, body: bytes, *, key: bytes, now: datetime
) -> Once | None:
    """Take the idempotency key of a request, None when it brings none.

    Raises
    ------
    AnsweredBeforeError : the same request was answered in the last day.
    KeyReusedError, KeyInUseError, RefusedError : the key does not serve.
    """
    told = request.headers.get(policy.HEADER)
    if told is None:
        return None
    name = policy.check_key(told)
    asked = f"{request.method} {request.url.path}?{request.url.query}\n{hashlib.sha256(body).hexdigest()}"
    digest = keys.digest(key, "answered", asked)
    kept = repository.kept(session, account_id, name)
    verdict = policy.judge(
        at=kept.at if kept else None,
        same=kept is not None and kept.digest == digest,
        finished=kept is not None and kept.status != 0,
        now=now,
    )
    if verdict == "replay" and kept is not None:
        raise AnsweredBeforeError(_replay(kept, key))
    repository.purge(session, until=now - policy.KEPT)
    session.expunge_all()
    return Once(session, repository.reserve(session, account_id, name, digest=digest, now=now), key)


def _replay(kept: Answered, key: bytes) -> Response:
    told = json.loads(_seal(key).decrypt(kept.body.encode()))
    return Response(told["body"].encode(), kept.status, {**told["headers"], **REPLAYED})


def _seal(key: bytes) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(bytes.fromhex(keys.digest(key, "answers", "seal"))))


class OnceRoute(APIRoute):
    """A route of the API that keeps its answer for the request's idempotency key, before the transaction ends."""

    def get_route_handler(self) -> Handler:
        """Return the handler, its answers kept."""
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            response = await handle(request)
            once: Once | None = getattr(request.state, "once", None)
            if once is not None and response.status_code < 300:
                await run_in_threadpool(once.keep, response)
            return response

        return answered
