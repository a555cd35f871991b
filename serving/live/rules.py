"""Alerts of learners just looked at again: a new kind joins the open alert, or opens one; a return closes one.

Decided, counted and written as the daily round does it, within the same capacity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from serving.alerts import grounds, kinds, life, steps
from serving.alerts import policy as alert_policy
from serving.alerts import repository as alerts
from serving.alerts.grounds import Ground
from serving.alerts.life import Wanted
from serving.alerts.policy import Choice
from serving.alerts.rounds import limits_of
from serving.alerts.world import read_world
from serving.learners.repository import week_before
from serving.live import repository
from serving.live.refresh import Refreshed
from serving.scoring.policy import as_json
from serving.settings import Settings
from serving.tables import Alert, ScoreRun

UNTOUCHED = (life.OPEN, life.ACKNOWLEDGED)


def apply(
    session: Session, run: ScoreRun, seen: Sequence[Refreshed], *, settings: Settings, now: datetime, today: date
) -> None:
    """Join, open, reopen and close the alerts of learners just looked at again; every step goes to the journal."""
    found = {one.enrolment_id: one for one in seen if one.signals or one.back}
    lives = repository.open_alerts(session, list(found))
    for number, alert in lives.items():
        if found[number].back and not found[number].signals:
            _close(session, run, alert, now=now, today=today)
    spoken = {number: one for number, one in found.items() if one.signals}
    if not spoken:
        return
    choice = _choice(session, run, spoken, settings=settings, today=today)
    ground = {number: _ground(run, one, today) for number, one in spoken.items()}
    for candidate, signals in choice.joined:
        grounds.join(session, ground[candidate.enrolment_id], lives[candidate.enrolment_id], signals, now=now)
    roster = repository.roster(session, [one.candidate.enrolment_id for one in choice.opened])
    for one in choice.opened:
        number = one.candidate.enrolment_id
        if one.reopens is not None:
            grounds.reopen(session, ground[number], one, now=now)
        else:
            grounds.open_alert(session, ground[number], roster[number], one, now=now)


def _choice(
    session: Session, run: ScoreRun, spoken: Mapping[int, Refreshed], *, settings: Settings, today: date
) -> Choice:
    """Return what the daily round would decide of some enrolments, within each mentor's capacity.

    What the day holds (a closure, a mentor away, an objection) is left to the next round, which says so.
    """
    before = week_before(session, run.as_of_on)
    known = {one.enrolment_id: one for one in alerts.candidates(session, run, before=before)}
    for number in spoken.keys() & known.keys():
        one = spoken[number]
        told = tuple(map(kinds.read_signal, one.signals))
        known[number] = replace(known[number], probability=one.probability, signals=told, silent_days=one.silent_days)
    limits = limits_of(settings)
    past = alerts.past(session, as_of=today, days=max(limits.cooldown_days, alert_policy.HEARD_DAYS))
    world = replace(read_world(settings.folder, today), carriers=alerts.carriers(session, today))
    return alert_policy.choose(known.values(), past, as_of=today, limits=limits, world=world, only=frozenset(spoken))


def _ground(run: ScoreRun, one: Refreshed, today: date) -> Ground:
    return Ground(run, today, one.as_of, one.model, one.probability, as_json(one.reasons), one.signals, live=True)


def _close(session: Session, run: ScoreRun, alert: Alert, *, now: datetime, today: date) -> None:
    """Close an alert of silence alone, that nobody took up: as the daily round does, the mentor is told of it."""
    if alert.state not in UNTOUCHED or not kinds.only_silence(alerts.as_past(alert).kinds):
        return
    wanted = Wanted(life.RESOLVED, outcome="back_on_track")
    details: steps.Details = {"live": True, "run": run.key}
    steps.take(session, alert, wanted, author_id=None, now=now, today=today, details=details)
