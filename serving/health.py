"""Is the server alive, is it ready, how does it fare: for probes, without a person's data."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import Response

from serving import choices
from serving.access import Open, TheSite, Transaction
from serving.alerts import policy
from serving.alerts import repository as alerts
from serving.clock import Clock
from serving.daily import service as daily
from serving.daily.policy import LEFT, STATES
from serving.metrics import Metrics
from serving.problems import NotReadyError, Problem
from serving.watch.reports import watch_reports

PROBE = Depends(Open("probes have no account; nothing here is about a person"))
api = APIRouter(tags=["health"], dependencies=[PROBE])


class Alive(BaseModel):
    """The process answers."""

    status: str


class Ready(BaseModel):
    """What is served: the model and the day of the scored list."""

    status: str
    model: str
    level: str
    as_of_on: date


@api.get("/healthz")
def healthz() -> Alive:
    """Say that the process answers."""
    return Alive(status="alive")


@api.get("/readyz", responses={503: {"model": Problem}})
def readyz(session: Transaction, site: TheSite) -> Ready:
    """Say that there is a model and a scored list; 503 otherwise."""
    run = alerts.latest_run(session, until=site.clock.today())
    if run is None or run.n_enrolments == 0:
        raise NotReadyError("there is no scored list yet", todo="run `filrouge train`, then `filrouge score`")
    return Ready(status="ready", model=f"{run.model_name} {run.model_version}", level=run.level, as_of_on=run.as_of_on)


@api.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics(request: Request, session: Transaction, site: TheSite) -> Response:
    """Give the server's figures to Prometheus."""
    figures: Metrics = request.app.state.metrics
    today = site.clock.today()
    found, run = alerts.counts(session, until=today), alerts.latest_run(session, until=today)
    for state in policy.STATES:
        figures.alerts.labels(state).set(found.get(state, 0))
    if run is not None:
        figures.scored.set(run.n_enrolments)
        figures.run_day.set(datetime.combine(run.as_of_on, time(), UTC).timestamp())
    _tell_daily(figures, session, site)
    _tell_watch(figures, site)
    return Response(figures.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _tell_daily(figures: Metrics, session: Transaction, site: TheSite) -> None:
    """Count the steps of the last daily run; a source that could not be imported makes its step a failed one."""
    last = daily.last(session, Clock(site.clock.zone).now())
    if last is None:
        return
    figures.daily_day.set(datetime.combine(last[0], time(), UTC).timestamp())
    for state in (*STATES, LEFT):
        figures.daily.labels(state).set(sum(one.state == state for one in last[1]))


def _tell_watch(figures: Metrics, site: TheSite) -> None:
    """Tell the last watch: codes and figures only, each label one of a few."""
    found = watch_reports(site.settings.folder.reports / "watch", until=site.clock.today())
    if not found:
        return
    told = found[0]
    figures.watch_day.set(datetime.combine(date.fromisoformat(told["as_of"]), time(), UTC).timestamp())
    for action in choices.WATCH_ACTIONS:
        figures.watch_action.labels(action).set(told["verdict"]["action"] == action)
    for verdict in choices.VERDICTS:
        figures.drift.labels(verdict).set(told["drift"] == verdict)
    for state in ("compared", "moved"):
        figures.drift_columns.labels(state).set(told["columns"][state])
    for one in told["freshness"]:
        for state in choices.FRESHNESS:
            figures.sources.labels(one["kind"], state).set(one["state"] == state)
    for name in (*choices.MEASURES, "holdout"):
        measured = (told["performance"].get(name) or {}).get("figures", {})
        if "roc_auc" in measured:
            figures.performance.labels(name).set(measured["roc_auc"]["value"])
