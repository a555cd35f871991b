"""What an alert rests on, and the three ways it comes to rest on it: opened, reopened, joined.

One place for the daily round and for records that come live: the same fact is written the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from features.catalog import catalog
from serving.alerts import kinds, life, repository, steps
from serving.alerts.kinds import Signal
from serving.alerts.life import Wanted
from serving.alerts.policy import Chosen
from serving.quality import journal
from serving.tables import Alert, Roster, ScoreRun

Told = dict[str, Any]
"""A kind as an alert keeps it: kind, since, grave, reasons."""


@dataclass(frozen=True)
class Ground:
    """A score of one enrolment that speaks: the run it is of or stands beside, and what it says.

    Parameters
    ----------
    on : the day of what it changes.
    as_of : the day of the score; a live one is as of the day after.
    reasons : of the model.
    signals : what rules saw, as kept with a score.
    """

    run: ScoreRun
    on: date
    as_of: date
    model: str
    probability: float
    reasons: Sequence[Mapping[str, Any]]
    signals: Sequence[Mapping[str, Any]]
    live: bool = False

    def told(self, signals: Iterable[Signal]) -> list[Told]:
        """Return signals as an alert keeps them: since when, and their reasons; the model's are those of the score."""
        said = {one["kind"]: one["reasons"] for one in self.signals}
        return [
            {
                "kind": one.kind,
                "since": self.on.isoformat(),
                "grave": one.grave,
                "reasons": list(self.reasons if one.kind == kinds.MODEL_RISK else said.get(one.kind, [])),
            }
            for one in signals
        ]

    def details(self, alert: Alert) -> Told:
        """Return what the journal keeps of an alert that opens or reopens on it."""
        return {
            **({"live": True} if self.live else {}),
            "as_of": self.as_of.isoformat(),
            "run": self.run.key,
            "model": self.model,
            "probability": round(alert.probability, 4),
            "kinds": [one["kind"] for one in alert.kinds],
            "reasons": [reason["feature"] for reason in alert.reasons],
        }


def open_alert(session: Session, ground: Ground, who: Roster, one: Chosen, *, now: datetime) -> Alert:
    """Open the alert of an enrolment; a grave one whose mentor is away goes to the course lead too."""
    told = ground.told(one.signals)
    alert = Alert(
        run_id=ground.run.id, enrolment_id=who.enrolment_id, learner_id=who.learner_id, mentor_id=who.mentor_id,
        session_id=who.session_id, opened_at=now, opened_on=ground.on, rank=one.rank, probability=ground.probability,
        reasons=merged(told), state=life.OPEN, state_at=now, kind=told[0]["kind"], kinds=told, version=1, motives=[],
    )  # fmt: skip
    repository.add(session, alert)
    details = ground.details(alert) | {"rank": one.rank}
    journal.append(session, "alert_opened", at=now, alert_id=alert.id, enrolment_id=alert.enrolment_id, details=details)
    _to_lead(session, alert, ground, one, now)
    return alert


def reopen(session: Session, ground: Ground, one: Chosen, *, now: datetime) -> None:
    """Reopen an alert: its reasons are those of now, those of then are in the journal."""
    alert, told = repository.by_id(session, one.reopens or 0), ground.told(one.signals)
    alert.kind, alert.kinds, alert.reasons = told[0]["kind"], told, merged(told)
    alert.rank, alert.probability = one.rank, ground.probability
    wanted = Wanted(life.REOPENED)
    steps.take(session, alert, wanted, author_id=None, now=now, today=ground.on, details=ground.details(alert))
    _to_lead(session, alert, ground, one, now)


def join(session: Session, ground: Ground, alert: Alert, signals: Iterable[Signal], *, now: datetime) -> None:
    """Add new kinds and their reasons to an open alert; one put off comes back for what is grave."""
    told, before = ground.told(signals), steps.kept(alert)
    alert.kinds = [*(alert.kinds or _first(alert)), *told]
    alert.reasons = merged([{"reasons": alert.reasons}, *told])
    details: steps.Details = {
        **({"live": True} if ground.live else {}),
        "run": ground.run.key,
        "kinds": [one["kind"] for one in told],
        "reasons": [reason["feature"] for reason in merged(told)],
    }
    steps.write(session, alert, life.JOINED, before=before, author_id=None, now=now, details=details)
    if alert.state == life.SNOOZED and any(one["grave"] for one in told):
        steps.take(session, alert, Wanted(life.WOKEN), author_id=None, now=now, today=ground.on)


def _to_lead(session: Session, alert: Alert, ground: Ground, one: Chosen, now: datetime) -> None:
    if one.to_lead:
        steps.take(session, alert, Wanted(life.ESCALATED), author_id=None, now=now, today=ground.on)


def _first(alert: Alert) -> list[Told]:
    """Return the kind of an alert opened before kinds were kept."""
    return [{"kind": alert.kind, "since": alert.opened_on.isoformat(), "grave": False, "reasons": alert.reasons}]


def merged(told: Iterable[Mapping[str, Any]]) -> list[Told]:
    """Return every reason once, in the order of the kinds; two that say one fact in other words are one.

    One fact: the same number of the same unit in the same family (26 days without a login, 26 without activity).
    """
    known, reasons, facts = catalog(), dict[str, Told](), set[tuple[object, ...]]()
    for reason in (reason for one in told for reason in one["reasons"]):
        name = reason["feature"]
        entry = known.get(name)
        fact = (entry.family, entry.unit, reason.get("value")) if entry else (name,)
        if name not in reasons and fact not in facts:
            reasons[name] = reason
            facts.add(fact)
    return list(reasons.values())
