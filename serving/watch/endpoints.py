"""The data scientist's page: the model that serves, its figures, its reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, HTMLResponse

from serving import choices, pages
from serving.access import AsScientist, TheSite, Transaction
from serving.alerts.repository import counts
from serving.problems import NotFoundError
from serving.tables import ScoreRun
from serving.watch import reports, repository

page = APIRouter(include_in_schema=False)
QUIET = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'none'; sandbox"
EVIDENTLY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; frame-ancestors 'none'; sandbox allow-scripts"
)


@page.get("/model")
def model_page(request: Request, session: Transaction, person: AsScientist, site: TheSite) -> HTMLResponse:
    """Show what serves now, the latest score runs, the reports of training and drift."""
    today = site.clock.today()
    runs = repository.runs(session, until=today)
    trained = reports.training_reports(site.settings.folder.reports / "training")
    return pages.render(
        request,
        "model.html",
        person=person,
        run=runs[0] if runs else None,
        runs=runs,
        spread=repository.spread(session, runs[0].id) if runs else [],
        figures=_figures(runs[0], trained) if runs else [],
        trained=trained,
        drift=reports.drift_reports(site.settings.folder.reports / "drift"),
        alerts=counts(session, until=today),
    )


def _figures(run: ScoreRun, trained: list[reports.TrainingFile]) -> list[tuple[str, float]]:
    """Return the test figures of the model that serves, never those of a challenger that waits.

    Where no report names its version, the latest of the same task and level.
    """
    alike = [one for one in trained if (one.summary.get("level"), one.summary.get("task")) == (run.level, run.task)]
    mine = [one for one in alike if one.version == (run.model_name, run.model_version)]
    for report in mine or [one for one in alike if one.version is None]:
        pooled: dict[str, Any] = report.summary.get("pooled", {})
        return [(name, pooled[name]) for name in choices.FIGURES if isinstance(pooled.get(name), int | float)]
    return []


@page.get("/model/drift/{as_of}")
def drift_report(as_of: str, person: AsScientist, site: TheSite) -> FileResponse:  # noqa: ARG001
    """Give a drift report: a page with scripts of its own, kept in a sandbox."""
    found = reports.drift_reports(site.settings.folder.reports / "drift")
    return _file(next((one.page for one in found if one.as_of.isoformat() == as_of), None), EVIDENTLY)


@page.get("/model/training/{key}")
def training_report(key: str, person: AsScientist, site: TheSite) -> FileResponse:  # noqa: ARG001
    """Give a training report."""
    found = reports.training_reports(site.settings.folder.reports / "training")
    return _file(next((one.page for one in found if one.key == key), None), QUIET)


def _file(path: Path | None, policy: str) -> FileResponse:
    if path is None:
        raise NotFoundError("there is no such report")
    return FileResponse(path, media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": policy})
