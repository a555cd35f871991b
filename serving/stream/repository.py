"""Queries on the alerts that are new to a stream."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from serving.access import Person
from serving.alerts.repository import reach
from serving.stream.policy import LOOK_BACK
from serving.tables import Alert, Roster


def after(session: Session, person: Person, alert_id: int, *, until: date) -> Sequence[Row[int, int, str, date]]:
    """Return the alerts of a person's reach whose id is larger than one, opened up to a day, by id."""
    query = (
        select(Alert.id, Alert.enrolment_id, Alert.kind, Alert.opened_on)
        .join(Roster, Roster.enrolment_id == Alert.enrolment_id)
        .where(reach(person), Alert.id > alert_id, Alert.opened_on <= until)
        .order_by(Alert.id)
    )
    return session.execute(query).all()


def latest(session: Session) -> list[int]:
    """Return the ids of the latest alerts of anybody."""
    return list(session.scalars(select(Alert.id).order_by(Alert.id.desc()).limit(LOOK_BACK)))
