"""The data scientist's page: the model that serves, its figures, its reports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import FileResponse, HTMLResponse

from serving import choices, pages
from serving.access import AsScientist, Person, TheSite, Transaction
from serving.alerts.repository import counts
from serving.challengers import service as challengers
from serving.challengers import words as duel_words
from serving.language import Speech
from serving.problems import DOCUMENTED, NotFoundError
from serving.site import Site
from serving.tables import ScoreRun
from serving.watch import policy, reports, repository, service
from serving.watch.schemas import (
    CourseWatched,
    GroupWatched,
    Moved,
    PerformanceWatched,
    SourceWatched,
    TrendWatched,
    WatchTold,
)

page = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["watch"], responses=DOCUMENTED)
QUIET = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'none'; sandbox"
EVIDENTLY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; frame-ancestors 'none'; sandbox allow-scripts"
)


@page.get("/model")
def model_page(request: Request, session: Transaction, person: AsScientist, site: TheSite) -> HTMLResponse:
    """Show what serves now, the challenger that waits, the latest score runs, the reports of training and drift."""
    return show_model(request, session, person, site)


def show_model(
    request: Request, session: Session, person: Person, site: Site, *, given: Mapping[str, str] | None = None,
    wrong: str = "",
) -> HTMLResponse:  # fmt: skip
    """Return the page of the model.

    Parameters
    ----------
    given, wrong : what a form said, and the decision whose reason is not accepted.
    """
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
        challenger=challengers.panel(site.settings.folder),
        duel_words=duel_words,
        given=given or {},
        wrong=wrong,
        status=422 if wrong else 200,
    )


@page.get("/watch")
def watch_page(
    request: Request, session: Transaction, person: AsScientist, site: TheSite, on: str = "", feature: str = ""
) -> HTMLResponse:
    """Show what the watch says: what to do with the model, what moved, the sources, how scores turned out.

    Today's; or that of an earlier day (`on`), and one feature's course (`feature`).
    """
    folder, today = site.settings.folder.reports, site.clock.today()
    found = service.watched(session, folder, today=today, on=_day(on), feature=feature)
    speech = pages.speech_of(request, person)
    columns = [
        *found.drift.get("columns", ()),
        *(c for o in found.drift.get("courses", {}).values() for c in o["columns"]),
    ]
    names = {one["name"] for one in columns} | {one.feature for one in found.trends} | set(found.features)
    words = {name: _label(site, name, speech) for name in names | ({found.one.feature} if found.one else set())}
    return pages.render(request, "watch.html", person=person, found=found, words=words, feature=feature, asked_on=on,
                        size=(policy.WIDTH, policy.HEIGHT), fewest=policy.FEWEST_CLOSED)  # fmt: skip


def _day(text: str) -> date | None:
    """Return a day typed in an address; what is none is as if it were not there."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _label(site: Site, name: str, speech: Speech) -> str:
    """Return a column's words; a feature of an earlier version keeps its name."""
    from features.catalog import UnknownFeatureError

    if name == "probability":
        return speech.say("The score itself")
    try:
        return site.words.label(name, speech.language)
    except UnknownFeatureError:
        return name


@api.get("/watch")
def watch_told(
    session: Transaction,
    person: AsScientist,  # noqa: ARG001
    site: TheSite,
    on: date | None = None,
) -> WatchTold:
    """Tell what the watch says: what to do with the model and why, what moved, the sources, how scores turned out.

    Of the latest day watched, or the latest up to `on`. 404 where nothing was watched yet.
    """
    found = service.watched(session, site.settings.folder.reports, today=site.clock.today(), on=on)
    if found.told is None:
        raise NotFoundError("nothing was watched yet", todo="run `filrouge monitor verdict`, or `filrouge daily`")
    told, drift = found.told, found.drift
    courses = drift.get("courses", {}).items()
    return WatchTold(
        as_of_on=told["as_of"], model=told["model"], level=told["level"], drift=told["drift"],
        action=told["verdict"]["action"], reasons=told["verdict"]["reasons"], columns=drift.get("n_columns", 0),
        moved=[Moved.model_validate({**one, "feature": one["name"]}) for one in found.moved],
        courses=[CourseWatched(course_id=name, verdict=one["verdict"], enrolments=one["n_current"],
                               moved=one["n_drifted"]) for name, one in courses],
        sources=[SourceWatched.model_validate(one) for one in told["freshness"]],
        performance=[PerformanceWatched.model_validate({**told["performance"][of], "of": of})
                     for of in choices.MEASURES],
        groups=[GroupWatched.model_validate({**one, "by": by, "name": name, "hidden": bool(one.get("hidden")),
                                             "people": one.get("people")})
                for by, groups in found.groups.items() for name, one in groups.items()],
        holdout=told["performance"].get("holdout"),
        trends=[TrendWatched.model_validate(one, from_attributes=True) for one in found.trends],
        days=[one.on for one in found.kept],
    )  # fmt: skip


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
