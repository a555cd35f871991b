"""Whether a share of the alerts is drawn by lot, who decided it, and what the lots said."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from serving import keys
from serving.alerts.draws import LASTS_DAYS, Drawn, Lot
from serving.effects import repository
from serving.effects.schemas import NewShare
from serving.quality import journal
from serving.quality.repository import lock_head
from serving.tables import AlertDraw, DrawSetting, ScoreRun


def share_of(session: Session) -> float:
    """Return the share of alerts drawn by lot, 0 as long as nobody decided otherwise."""
    latest = repository.draw_setting(session)
    return latest.share if latest else 0.0


def decide(session: Session, new: NewShare, *, account_id: int, key: bytes, now: datetime) -> DrawSetting:
    """Keep a decision and write it in the journal: the share, and a digest of the reason; the words stay here."""
    lock_head(session)
    made = DrawSetting(share=new.percent / 100, reason=new.reason, changed_by=account_id, changed_at=now)
    repository.add(session, made)
    details: journal.Details = {"percent": new.percent, "reason_digest": keys.digest(key, "draw", new.reason)}
    journal.append(session, "draw_decided", at=now, author_id=account_id, details=details)
    return made


def lot_of(session: Session, run: ScoreRun) -> Lot | None:
    """Return the lot of a run's round; None when nothing is drawn."""
    share = share_of(session)
    if not share:
        return None
    since = run.as_of_on - timedelta(days=LASTS_DAYS)
    return Lot(share, run.key, repository.drawn_since(session, since))


def keep(session: Session, run: ScoreRun, drawn: Iterable[Drawn], *, now: datetime) -> None:
    """Keep what a lot said, with the chance each had, and write each in the journal."""
    for one in drawn:
        repository.add(session, AlertDraw(
            run_id=run.id, enrolment_id=one.enrolment_id, learner_id=one.learner_id, decided_on=run.as_of_on,
            first=one.first, chance=one.chance,
        ))  # fmt: skip
        details: journal.Details = {"run": run.key, "first": one.first, "chance": one.chance}
        journal.append(session, "contact_order_drawn", at=now, enrolment_id=one.enrolment_id, details=details)
