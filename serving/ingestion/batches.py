"""`/api/v1/records`: programs post canonical records here, in their own identifiers, and ask what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Path, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from serving.access import TheSite
from serving.clock import Clock
from serving.ingestion import repository, service
from serving.ingestion.endpoints import KEYED, check_pace, program_of
from serving.ingestion.records import batch_of, described
from serving.problems import DOCUMENTED, TITLES, NotFoundError, Problem, TooManyError
from serving.site import Site

api = APIRouter(prefix="/api/v1/records", tags=["records"])
PROBLEMS: dict[int | str, dict[str, Any]] = {
    **{status: DOCUMENTED[status] for status in (401, 404, 409, 422)},
    **{status: {"model": Problem, "description": TITLES[status], "content": {"application/problem+json": {}}}
       for status in (400, 413, 429)},
}  # fmt: skip


async def key_of(request: Request, site: TheSite) -> int:
    """Return the key a program brings by Basic authentication; a person's session is not looked at."""
    told, now = request.headers.get("authorization", ""), Clock(site.clock.zone).now()
    known = service.KNOWN.key_of(site.database, told, now)
    try:
        if known is not None:
            check_pace(site, known, now)
            return known
        key = (await run_in_threadpool(program_of, request, site)).id
    except TooManyError as flood:
        raise HTTPException(429, flood.line(), {"Retry-After": "60"}) from None
    service.KNOWN.remember(site.database, told, key, now)
    return key


TheKey = Annotated[int, Depends(key_of)]


async def sent(request: Request, _key: TheKey) -> bytes:
    """Return the body of a request whose key is right."""
    return await request.body()


class Accepted(BaseModel):
    """A batch that is on the disk."""

    batch_id: str
    rows: int


class Standing(BaseModel):
    """What became of a batch: `imported` once its records are in the store and its learners were looked at again."""

    batch_id: str
    rows: int
    state: Literal["waiting", "imported"]
    received_at: datetime
    imported_at: datetime | None


@api.post(
    "", status_code=202, dependencies=[KEYED], responses=PROBLEMS,
    openapi_extra={"requestBody": described()},
)  # fmt: skip
def post_records(
    request: Request, key: TheKey, body: Annotated[bytes, Depends(sent)], site: TheSite,
    idempotency_key: Annotated[str, Header(max_length=80)] = "",
) -> Accepted:  # fmt: skip
    """Keep a batch of records, all or none: it is on the disk when 202 is answered, and imported within seconds.

    The same batch again answers the same and changes nothing; another under its id is refused (409). Values that
    cannot be read are set aside by the import, as those of any source.
    """
    batch = batch_of(body, request.headers.get("content-type", ""), idempotency_key)
    now = Clock(site.clock.zone).now()
    service.receive_batch(site.database, key, batch, digest_key=site.journal_key, now=now)
    return Accepted(batch_id=batch.batch_id, rows=batch.rows)


@api.get("/{batch_id}", dependencies=[KEYED], responses=PROBLEMS)
def standing(batch_id: Annotated[str, Path(max_length=80)], key: TheKey, site: TheSite) -> Standing:
    """Say what became of a batch that this key posted."""
    return _standing(batch_id, key, site)


def _standing(batch_id: str, key: int, site: Site) -> Standing:
    with site.database.read() as session:
        kept = repository.batch(session, key, service.batch_key(key, batch_id))
        if kept is None:
            raise NotFoundError("this key posted no such batch")
        state: Literal["waiting", "imported"] = "waiting" if kept.imported_at is None else "imported"
        return Standing(batch_id=batch_id, rows=kept.rows, state=state, received_at=kept.stored_at,
                        imported_at=kept.imported_at)  # fmt: skip
