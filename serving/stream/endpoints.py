"""`GET /api/v1/alerts/stream`: new alerts as they come, as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from serving import access
from serving.access import AsMentor, TheSite, Transaction
from serving.problems import DOCUMENTED, TooFastError
from serving.site import Site
from serving.stream import repository
from serving.stream.policy import HEARTBEAT_SECONDS, LOOK_SECONDS, Seen, Streams

api = APIRouter(prefix="/api/v1/alerts", tags=["alerts"], responses=DOCUMENTED)
SLICE_SECONDS = 0.25
DESCRIBED: dict[int | str, dict[str, Any]] = {
    200: {"description": "events without end", "content": {"text/event-stream": {"schema": {"type": "string"}}}}
}


@api.get("/stream", response_class=StreamingResponse, responses=DESCRIBED)
def stream_alerts(
    request: Request,
    session: Transaction,
    person: AsMentor,
    site: TheSite,
    last_event_id: Annotated[str, Header(description="the last event seen, to go on from there")] = "",
) -> StreamingResponse:
    """Tell each new alert of those the account reaches, by ids: `event: alert`, a comment every 15 seconds.

    It ends when the session or the token does, or when the server stops; come back with `Last-Event-ID`.
    """
    streams: Streams = request.app.state.streams
    if streams.full(person.account_id):
        raise TooFastError("too many streams are open", accepted=str(streams.most), todo="close one first")
    seen: Seen[Any] = Seen.of(last_event_id, repository.latest(session))
    told = _events(request, site, streams, person.account_id, seen)
    return StreamingResponse(told, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _events(
    request: Request, site: Site, streams: Streams, account_id: int, seen: Seen[Any]
) -> AsyncIterator[str]:
    if not streams.enter(account_id):
        return
    try:
        yield "retry: 5000\n\n"
        quiet = 0.0
        while not streams.closing:
            fresh = await run_in_threadpool(_look, request, site, seen)
            if fresh is None:
                return
            for one in fresh:
                yield one
            quiet = 0.0 if fresh else quiet + LOOK_SECONDS
            if quiet >= HEARTBEAT_SECONDS:
                quiet = 0.0
                yield ": still here\n\n"
            await _wait(streams, LOOK_SECONDS)
    finally:
        streams.leave(account_id)


async def _wait(streams: Streams, seconds: float) -> None:
    for _ in range(max(1, round(seconds / SLICE_SECONDS))):
        if streams.closing:
            return
        await asyncio.sleep(min(seconds, SLICE_SECONDS))


def _look(request: Request, site: Site, seen: Seen[Any]) -> list[str] | None:
    """Return the events to send, None when the person may no longer see them: reach is asked anew each time."""
    with site.database.read() as session:
        person = access.still(request, session, site, access.FOLLOWERS)
        if person is None:
            return None
        found = repository.after(session, person, seen.after, until=site.clock.today())
    return [_event(one) for one in seen.new(found)]


def _event(one: Any) -> str:
    data = {
        "alert_id": str(one.id),
        "enrolment_id": str(one.enrolment_id),
        "kind": one.kind,
        "opened_on": one.opened_on.isoformat(),
    }
    return f"id: {one.id}\nevent: alert\ndata: {json.dumps(data)}\n\n"
