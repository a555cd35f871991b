"""What « Ma journée » shows beside the alerts to look at: those that wait, those closed lately, what to do."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from serving.access import Person
from serving.alerts import life, policy, repository, service
from serving.language import Speech
from serving.learners import bulk
from serving.playbooks import service as playbooks
from serving.quality.appointments import repository as appointments
from serving.site import Site
from serving.tables import Alert, Appointment, HeldAlert, Roster, ScoreRun

MOST = 20
MOST_LINES = 50
BACK = "back_on_track"
MOST_CARDS = 12
"""Alerts shown whole, so that the page of whoever follows many stays light; the others are one step away."""


def beside(session: Session, site: Site, person: Person, run: ScoreRun | None, speech: Speech) -> dict[str, Any]:
    """Return what the page needs: playbooks, mentors, the last step, what waits, what closed lately."""
    today = site.clock.today()
    signals = repository.signals_of(session, person, until=today)
    lately = repository.closed_lately(session, person, today - policy.WEEK, today, limit=MOST)
    return {
        "most_cards": MOST_CARDS,
        "most_lines": MOST_LINES,
        "signals": signals,
        "session_names": repository.session_names(session, [one.session_id for one in signals]),
        "plays": playbooks.plays(session, speech.language),
        "appointments": appointments.to_see_to(session, person, until=site.clock.now() + policy.WEEK),
        "mentors": service.takers(session, site.directory.mentors(), speech, today=today, settings=site.settings),
        "undoable": bulk.undoable(session, site, person),
        "asleep": repository.listed(session, person, (life.SNOOZED,), until=today),
        "held": repository.held_of(session, person, run.id)[:MOST] if run else [],
        "back_again": [row for row in lately if row.Alert.closed_by == "system" and row.Alert.outcome == BACK],
        "to_rate": [row for row in lately if row.Alert.closed_by != "system" and row.Alert.useful is None],
    }


def learners_of(found: dict[str, Any]) -> list[int]:
    """Return the learners that these name."""
    rows: list[Row[Alert, Roster] | Row[HeldAlert, Roster] | Row[Appointment, Roster]] = [
        row for part in ("asleep", "held", "back_again", "to_rate", "appointments") for row in found[part]
    ]
    return [row.Roster.learner_id for row in rows]
