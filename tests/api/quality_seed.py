"""A year of a quality team's work beside the small organisation: trainings that ended, surveys, alerts, complaints."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime, timedelta

from sqlalchemy import select

from serving.quality import journal
from serving.quality.complaints import service as complaints
from serving.quality.improvements import service as improvements
from serving.site import Site
from serving.tables import Action, Alert, Appointment, Complaint, Improvement, JournalEntry, Roster, ScoreRun
from tests.api import serving_seed as seed

TODAY = seed.TODAY
ENDED = "DWEB-2510"
NAME = "Développeur web – session octobre 2025"
FIRST = 100
WORDS = "Une parole que nul journal ne garde"
SURVEY, LATER = 501, 502


def ago(days: int) -> date:
    """Return the day some days ago."""
    return TODAY - timedelta(days=days)


class SurveyedRecords(seed.SmallRecords):
    """The records of the small organisation, with the surveys of a session that ended."""

    def __init__(self, people: int = 8):
        self._con = _records(people)

    def connect(self):
        return self._con.cursor()


def _records(people):
    session = {"session_id": ENDED, "closes_on": None}
    rows = {"surveys": [
        {"survey_id": SURVEY, "name": "À chaud", "kind": "immediate", "opens_on": ago(40), **session},
        {"survey_id": LATER, "name": "À froid", "kind": "delayed", "opens_on": ago(10), **session},
    ], "survey_answers": []}  # fmt: skip
    for n in range(people):
        for survey, sent_on, answers in ((SURVEY, ago(39), n % 4 == 0), (LATER, ago(9), False)):
            if survey == LATER and n % 2:
                continue
            row = {"record_id": survey * 10_000 + n, "enrolment_id": seed.enrolment_id(FIRST + n), "survey_id": survey,
                   "question": "nps", "scale": "nps", "sent_on": sent_on, "known_on": sent_on,
                   "answered_on": sent_on + timedelta(days=2) if answers else None,
                   "value": 9.0 if answers else None}  # fmt: skip
            rows["survey_answers"].append(row)
    return seed.filled_records(rows)


def fill(site: Site, *, people: int = 8, complaints: int = 3, improvements: int = 3) -> None:
    """Write a session that ended forty days ago, alerts closed without a trace, complaints and improvements."""
    with site.database.write() as session:
        run = session.query(ScoreRun).first()
        account = 1
        for n in range(people):
            who = {"enrolment_id": seed.enrolment_id(FIRST + n)}
            session.add(Roster(**who, learner_id=seed.learner_id(FIRST + n), mentor_id=seed.mentor_of(n % 20),
                               session_id=ENDED, session_name=NAME, course_id="DWEB", started_on=ago(250),
                               planned_end_on=ago(40), ended_on=ago(40), outcome="completed"))  # fmt: skip
            at = seed.morning(ago(30))
            session.add(Alert(**who, run_id=run.id, learner_id=seed.learner_id(FIRST + n),
                              mentor_id=seed.mentor_of(n % 20), session_id=ENDED, opened_at=at, opened_on=ago(60),
                              rank=1, probability=0.4, reasons=[], state="resolved", state_at=at,
                              outcome="back_on_track", closed_at=at, closed_on=ago(20 + n % 9),
                              closed_by="person", kinds=[]))  # fmt: skip
        for n in range(complaints):
            session.add(Complaint(kind="complaint", subject="organisation", told_by="learner",
                                  received_on=ago(n % 50), channel="email", session_id=ENDED, summary=WORDS,
                                  state_at=seed.NOW, created_by=account, created_at=seed.NOW))  # fmt: skip
        for n in range(improvements):
            session.add(Improvement(indicator="32", source="audit", finding=f"Constat {n}", decision="Décidé",
                                    owner="Paul", due_on=ago(n - 1), state_at=seed.NOW, created_by=account,
                                    created_at=seed.NOW))  # fmt: skip
        session.flush()


def write_down(site: Site) -> None:
    """Have the journal tell of the complaints and improvements, as it does when people write them."""
    with site.database.write() as session:
        for table, event, service in (
            (Complaint, "complaint_recorded", complaints), (Improvement, "improvement_recorded", improvements),
        ):  # fmt: skip
            for row in session.scalars(select(table).order_by(table.id)):
                service._write_down(session, site, event, row, author_id=1, now=seed.NOW)


def appointment(site: Site, *, days: int = 2, enrolment: int | None = None, state: str = "planned") -> int:
    """Write an appointment of some days ago and return its number."""
    at: datetime = seed.morning(ago(days))
    with site.database.write() as session:
        row = Appointment(enrolment_id=enrolment or seed.enrolment_id(0), kind="interview", channel="video", at=at,
                          minutes=30, state=state, state_at=seed.NOW, created_by=1,
                          created_at=seed.morning(ago(days + 5)))  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


def actions_of(session, enrolment_id: int) -> list[Action]:
    """Return the actions of an enrolment."""
    return session.query(Action).filter(Action.enrolment_id == enrolment_id).all()


LINE = {
    "source": "audit", "indicator": "32", "finding": "Les relances tardent", "decision": "Relancer le lundi",
    "owner": "Paul", "due_on": "2026-06-01", "state": "planned", "source_key": "", "done_on": "", "checked_on": "",
    "effect": "", "effective": "",
}  # fmt: skip
"""A line of the improvement plan, as its form sends it."""


def entries(site, *events):
    """Return the journal's entries of some events: event, enrolment, details."""
    with site.database.read() as session:
        rows = session.scalars(select(JournalEntry).where(JournalEntry.event.in_(events)).order_by(JournalEntry.seq))
        return [(row.event, row.enrolment_id, json.loads(row.details)) for row in rows]


def rows_of(site, table):
    """Return every row of a table, in order."""
    with site.database.read() as session:
        return session.scalars(select(table).order_by(*table.__table__.primary_key)).all()


def table_of(answer):
    """Return the lines of a CSV answer."""
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))


def broken(site):
    """Return what is wrong with the journal, None when nothing is; the alerts of the seed were never in it."""
    with site.database.read() as session:
        return journal.first_broken(session.scalars(select(JournalEntry).order_by(JournalEntry.seq)))
