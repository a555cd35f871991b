"""`filrouge alerts`: the daily round, what it held back, and the list."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.commands import Json, clock_of, show, work

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from serving.tables import ScoreRun

alerts_app = typer.Typer(help="Open alerts from a score run, and list them.", no_args_is_help=True)
AsOf = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The run of that day. Default: the latest.")]
First = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day. Default: all.")]
Last = Annotated[datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="Last day. Default: all.")]


@alerts_app.command("open")
def open_command(as_of: AsOf = None, as_json: Json = False) -> None:
    """Do the day's round of a score run, within each mentor's capacity; a run has one turn.

    Alerts put off come back, those whose learner is back close, those untouched go to the course lead; then alerts
    reopen, are joined, held or opened.
    """
    from serving.alerts import service

    with work(write=True) as (session, settings):
        run = _run(session, as_of, clock_of(settings).today())
        done = service.day(session, run.id, now=clock_of(settings).now(), settings=settings)
        result = {"as_of": run.as_of_on.isoformat(), "run": run.key, **done.counts()}
    also = ", ".join(f"{n} {name}" for name, n in done.counts().items() if n and name != "opened")
    show(result, f"{done.opened} alerts opened as of {result['as_of']}{also and f' ({also})'}", as_json=as_json)


@alerts_app.command("held")
def held_command(as_of: AsOf = None, as_json: Json = False) -> None:
    """List what the round of a score run held back, and why."""
    from serving.alerts import repository

    with work() as (session, settings):
        run = _run(session, as_of, clock_of(settings).today())
        rows = [
            {
                "enrolment_id": str(row.HeldAlert.enrolment_id),
                "session_id": row.Roster.session_id,
                "mentor_id": None if row.Roster.mentor_id is None else str(row.Roster.mentor_id),
                "kind": row.HeldAlert.kind,
                "reason": row.HeldAlert.reason,
                "until": row.HeldAlert.until_on,
            }
            for row in repository.held(session, run.id)
        ]
        day = run.as_of_on.isoformat()
    lines = [f"{r['reason']:<16}  {r['kind']:<20}  {r['session_id']:<16}  {r['enrolment_id']}" for r in rows]
    show({"as_of": day, "held": rows}, "\n".join(lines) or f"no alert held as of {day}", as_json=as_json)


@alerts_app.command("replay")
def replay_command(
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="Default: all there is.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="Default: the last day.")
    ] = None,
    open_days: Annotated[int, typer.Option(min=1, max=365, help="Days an alert stays open when nobody acts.")] = 28,
    as_json: Json = False,
) -> None:
    """Walk the site's past day after working day: what mentors would have received, and what it was worth.

    With the alerts' own policy, and models that never saw the sessions they score; nothing is written.
    """
    from serving.alerts import repository
    from serving.alerts.rounds import limits_of
    from serving.quality.procedure.service import rules_on
    from serving.replay import page, service

    with work() as (session, settings):
        days = (first.date() if first else None, last.date() if last else None)
        rules = rules_on(session, clock_of(settings).today(), settings)
        asked = service.Asked(limits_of(settings), rules, *days, open_days)
        told = service.replay(settings.folder, asked, carriers=lambda day: repository.carriers(session, day))
    show(told, page.terminal(told), as_json=as_json)


def _run(session: Session, as_of: datetime | None, today: date) -> ScoreRun:
    from serving.alerts import repository
    from serving.problems import NotFoundError

    run = repository.run_of_day(session, as_of.date()) if as_of else repository.latest_run(session, until=today)
    if run is None:
        raise NotFoundError("there is no score run to open alerts from", todo="run `filrouge score` first")
    return run


@alerts_app.command("list")
def list_command(
    everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False, as_json: Json = False
) -> None:
    """List alerts by pseudonym: no name leaves the pages."""
    from serving.alerts import policy, repository

    with work() as (session, _):
        states = policy.STATES if everything else tuple(s for s in policy.STATES if s not in policy.CLOSED)
        rows = [_plain(alert) for alert in repository.everybodys(session, states)]
    lines = [
        f"{r['id']:>6}  {r['opened_on']}  {r['state']:<12}  {r['kind']:<20}  {r['session_id']:<16}  {r['enrolment_id']}"
        for r in rows
    ]
    show({"alerts": rows}, "\n".join(lines) or "no alert", as_json=as_json)


def _plain(alert: Any) -> dict[str, Any]:
    ids = {name: str(getattr(alert, name)) for name in ("id", "enrolment_id", "learner_id")}
    names = ("session_id", "state", "outcome", "rank", "reasons", "kind", "version", "snoozed_until", "escalated_on",
             "reopened_on", "closed_by")  # fmt: skip
    rest = {name: getattr(alert, name) for name in names}
    mentor_id = None if alert.mentor_id is None else str(alert.mentor_id)
    return {**ids, "mentor_id": mentor_id, "opened_on": alert.opened_on.isoformat(), **rest}
