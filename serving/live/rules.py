"""Alerts of learners just looked at again: a new kind joins the open alert, or opens one; a return closes one.

Capacity is honoured as by a run, the grave first. This is the one place to change when kinds of alert come from
elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from serving.alerts import policy as alert_policy
from serving.alerts import repository as alerts
from serving.alerts.kinds import Signal
from serving.alerts.rounds import limits_of
from serving.alerts.world import read_world
from serving.learners.repository import week_before
from serving.live import policy, repository
from serving.live.refresh import Refreshed
from serving.quality import journal
from serving.scoring.policy import as_json
from serving.settings import Settings
from serving.tables import Alert, Roster, ScoreRun

UNTOUCHED = (alert_policy.OPEN, alert_policy.ACKNOWLEDGED)


def apply(
    session: Session, run: ScoreRun, seen: Sequence[Refreshed], *, settings: Settings, now: datetime, today: date
) -> None:
    """Join, open and close the alerts of learners just looked at again; every step goes to the journal."""
    of_interest = [one for one in seen if one.signals or one.back]
    known = repository.open_alerts(session, [one.enrolment_id for one in of_interest])
    for one in of_interest:
        alert = known.get(one.enrolment_id)
        if alert is not None and one.signals:
            _join(session, alert, one, now=now, today=today)
        elif alert is not None and one.back and alert.state in UNTOUCHED and policy.resolves(_kinds(alert)):
            _close(session, alert, now=now, today=today)
    new = [one for one in of_interest if one.signals and one.enrolment_id not in known]
    roster = repository.roster(session, [one.enrolment_id for one in new])
    for one in _chosen(session, run, new, settings=settings, today=today):
        _open(session, run, one, roster[one.enrolment_id], now=now, today=today)


def _chosen(
    session: Session, run: ScoreRun, new: Iterable[Refreshed], *, settings: Settings, today: date
) -> list[Refreshed]:
    """Return those for whom an alert opens: as the daily round decides, within each mentor's capacity.

    What the day holds (a closure, a mentor away, an objection) is left to the next round, which says so.
    """
    by_number = {one.enrolment_id: one for one in new}
    if not by_number:
        return []
    before = week_before(session, run.as_of_on)
    known = {one.enrolment_id: one for one in alerts.candidates(session, run, before=before)}
    for number in by_number.keys() & known.keys():
        one = by_number[number]
        told = tuple(Signal(each["kind"], _names(each), bool(each["grave"])) for each in one.signals)
        known[number] = replace(known[number], probability=one.probability, signals=told)
    limits = limits_of(settings)
    past = alerts.past(session, as_of=today, days=max(limits.cooldown_days, alert_policy.WEEK.days))
    world = replace(read_world(settings.folder, today), carriers=alerts.carriers(session, today))
    choice = alert_policy.choose(
        known.values(), past, as_of=today, limits=limits, world=world, only=frozenset(by_number)
    )
    return [by_number[one.candidate.enrolment_id] for one in choice.opened if one.reopens is None]


def _names(told: dict[str, Any]) -> tuple[str, ...]:
    return tuple(reason["feature"] for reason in told["reasons"])


def _kinds(alert: Alert) -> frozenset[str]:
    return frozenset({alert.kind, *(one["kind"] for one in alert.kinds)})


def _told(one: Refreshed, kinds: Iterable[str], today: date) -> list[dict[str, Any]]:
    return [
        {"kind": signal["kind"], "since": today.isoformat(), "reasons": signal["reasons"]}
        for signal in one.signals
        if signal["kind"] in kinds
    ]


def _join(session: Session, alert: Alert, one: Refreshed, *, now: datetime, today: date) -> None:
    fresh = [signal["kind"] for signal in one.signals if signal["kind"] not in _kinds(alert)]
    if not fresh:
        return
    alert.kinds = [*alert.kinds, *_told(one, fresh, today)]
    alert.version += 1
    journal.append(
        session, "signals_joined", at=now, enrolment_id=alert.enrolment_id, details={"alert": alert.id, "kinds": fresh}
    )


def _open(session: Session, run: ScoreRun, one: Refreshed, enrolment: Roster, *, now: datetime, today: date) -> None:
    kinds = [signal["kind"] for signal in one.signals]
    alert = Alert(
        run_id=run.id, enrolment_id=enrolment.enrolment_id, learner_id=enrolment.learner_id,
        mentor_id=enrolment.mentor_id, session_id=enrolment.session_id, opened_at=now, opened_on=today, rank=0,
        probability=one.probability, reasons=as_json(one.reasons), state=alert_policy.OPEN, state_at=now,
        kind=kinds[0], kinds=_told(one, kinds, today),
    )  # fmt: skip
    alerts.add(session, alert)
    journal.append(
        session, "alert_opened", at=now, alert_id=alert.id, enrolment_id=alert.enrolment_id,
        details={"live": True, "as_of": one.as_of.isoformat(), "run": run.key, "model": one.model, "kinds": kinds,
                 "probability": round(one.probability, 4), "reasons": [reason.feature for reason in one.reasons]},
    )  # fmt: skip


def _close(session: Session, alert: Alert, *, now: datetime, today: date) -> None:
    outcome = "back_on_track"
    alert.state, alert.state_at, alert.outcome = alert_policy.RESOLVED, now, outcome
    alert.closed_at, alert.closed_on, alert.closed_by = now, max(today, alert.opened_on), "system"
    alert.version += 1
    journal.append(
        session, "alert_resolved", at=now, alert_id=alert.id, enrolment_id=alert.enrolment_id,
        details={"outcome": outcome, "by": "system"},
    )  # fmt: skip
