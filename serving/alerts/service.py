"""Open alerts from a score run; move one alert along its life; every step goes to the journal."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from serving.access import Person
from serving.alerts import policy, repository
from serving.problems import NotFoundError
from serving.quality import journal
from serving.settings import Settings
from serving.tables import Alert, Roster, Score, ScoreRun


def open_alerts(session: Session, run_id: int, *, now: datetime, settings: Settings) -> int:
    """Open the alerts of a score run and return how many; 0 when the run has already had its turn.

    Parameters
    ----------
    now : instant written on the alerts and in the journal.
    settings : capacity, cool-down and lift.

    Raises
    ------
    NotFoundError : there is no such run.
    """
    run = repository.run(session, run_id)
    if run is None:
        raise NotFoundError("there is no such score run", todo="filrouge score")
    if repository.round_of(session, run_id) is not None:
        return 0
    limits = policy.Limits(settings.alerts_per_week, settings.cooldown_days, settings.alert_lift)
    chosen = policy.choose(
        repository.candidates(session, run_id),
        repository.past(session, as_of=run.as_of_on, days=max(limits.cooldown_days, policy.WEEK.days)),
        as_of=run.as_of_on,
        limits=limits,
    )
    for one in chosen:
        row = repository.scored(session, run_id, one.enrolment_id)
        _open(session, run, row.Score, row.Roster, now=now)
    repository.close_round(session, run_id, now=now, n_opened=len(chosen))
    return len(chosen)


def _open(session: Session, run: ScoreRun, score: Score, enrolment: Roster, *, now: datetime) -> None:
    alert = Alert(
        run_id=run.id,
        enrolment_id=enrolment.enrolment_id,
        learner_id=enrolment.learner_id,
        mentor_id=enrolment.mentor_id,
        session_id=enrolment.session_id,
        opened_at=now,
        opened_on=run.as_of_on,
        rank=score.rank,
        probability=score.probability,
        reasons=score.reasons,
        state=policy.OPEN,
        state_at=now,
    )
    repository.add(session, alert)
    journal.append(
        session,
        "alert_opened",
        at=now,
        alert_id=alert.id,
        enrolment_id=alert.enrolment_id,
        details={
            "as_of": run.as_of_on.isoformat(),
            "run": run.key,
            "model": f"{run.model_name} {run.model_version} ({run.level})",
            "rank": score.rank,
            "probability": round(score.probability, 4),
            "reasons": [reason["feature"] for reason in score.reasons],
        },
    )


def move(
    session: Session, person: Person, alert_id: int, to: str, *, outcome: str | None, now: datetime, today: date
) -> Alert:
    """Take one of the mentor's alerts one step further and return it.

    Raises
    ------
    NotFoundError : the mentor has no such alert.
    ChangedError : the step is not in the table of transitions.
    RefusedError : the outcome is missing or unknown.
    """
    row = repository.of_mentor(session, person, alert_id, until=today)
    if row is None:
        raise NotFoundError("there is no such alert")
    return step(session, row.Alert, to, outcome=outcome, author_id=person.account_id, now=now, today=today)


def step(
    session: Session, alert: Alert, to: str, *, outcome: str | None, author_id: int, now: datetime, today: date
) -> Alert:
    """Take an alert one step further and write it in the journal."""
    repository.hold(session, alert)
    outcome = outcome or None
    policy.check_transition(alert.state, to, outcome)
    alert.state, alert.state_at = to, now
    if to in policy.CLOSED:
        alert.outcome, alert.closed_at, alert.closed_on = outcome, now, max(today, alert.opened_on)
    journal.append(
        session,
        f"alert_{to}",
        at=now,
        author_id=author_id,
        alert_id=alert.id,
        enrolment_id=alert.enrolment_id,
        details={"outcome": outcome} if outcome else {},
    )
    session.flush()
    return alert
