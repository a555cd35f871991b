"""Rows of features scored for a program, by the champion in memory; nothing is kept."""

from __future__ import annotations

import json
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from serving import pages
from serving.access import DATA_SCIENTIST, Person
from serving.problems import DOCUMENTED, Problem
from serving.scoring.guard import Quick
from serving.scoring.kept import KeptScorer
from serving.scoring.policy import Reason
from serving.scoring.rows import RowScorer
from serving.scoring.schemas import RowsAsked, RowsScored
from serving.site import Site, site_of

NOT_READY: dict[str, Any] = {"model": Problem, "description": "not ready", "content": {"application/problem+json": {}}}
api = APIRouter(prefix="/api/v1", tags=["scores"], responses={**DOCUMENTED, 503: NOT_READY})
BODY = {"required": True, "content": {"application/json": {"schema": RowsAsked.model_json_schema()}}}
Scientist = Annotated[Person, Depends(Quick((DATA_SCIENTIST,)), scope="function")]
AT_ONCE = 4
"""Rows scored where the request is read; more of them go to another thread, so that nobody waits for them."""


async def rows_asked(request: Request) -> RowsAsked:
    """Return the rows of a body: read and checked in one go, which costs half of reading it first.

    Raises
    ------
    RequestValidationError : it is not JSON, or of another shape.
    """
    try:
        return RowsAsked.model_validate_json(await request.body())
    except ValidationError as error:
        told = error.errors(include_url=False, include_input=False, include_context=False)
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in told]) from None


@api.post("/scores", response_model=RowsScored, openapi_extra={"requestBody": BODY})
async def score_rows(request: Request, person: Scientist, asked: Annotated[RowsAsked, Depends(rows_asked)]) -> Response:
    """Score rows of features: the calibrated probability that `filrouge score` gives, and reasons when asked.

    503 when no model serves.
    """
    kept: KeptScorer = request.app.state.scorer
    scorer, site = await kept.current(), site_of(request)
    language = pages.speech_of(request, person).language if asked.reasons else ""
    work = partial(_answer, scorer, asked, site, language)
    body = work() if len(asked.rows) <= AT_ONCE else await run_in_threadpool(work)
    return Response(body, media_type="application/json")


def _answer(scorer: RowScorer, asked: RowsAsked, site: Site, language: str) -> bytes:
    """Return the answer as JSON; a float is written so that it is read back the same."""
    champion = scorer.champion
    told = {
        "model": f"{champion.name} {champion.version}",
        "level": champion.metadata["level"],
        "horizon_days": int(champion.metadata["horizon_days"]),
        "scores": [
            {
                "probability": one.probability,
                "reasons": [_told(site, why, language) for why in one.reasons] if asked.reasons else None,
            }
            for one in scorer.score(asked.rows, reasons=asked.reasons)
        ],
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _told(site: Site, reason: Reason, language: str) -> dict[str, Any]:
    return {**vars(reason), "sentence": site.words.sentence(reason.feature, reason.value, lang=language)}
