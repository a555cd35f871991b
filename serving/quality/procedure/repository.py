"""Queries on the procedure's versions, the courses' settings, the standard's exact words and the known courses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from serving.quality.procedure.applicability import Run
from serving.site import Records
from serving.tables import Account, CourseSetting, ProcedureVersion, StandardText

_SESSIONS = """
SELECT course_id, name, action_type, duration_hours, starts_on, ends_on FROM sessions
WHERE starts_on <= $today OR session_id IN (SELECT session_id FROM enrolments WHERE registered_on < $today)
ORDER BY course_id, starts_on, session_id
"""


@dataclass(frozen=True)
class Course:
    """A course of the records: its code, the title of its latest session, its sessions."""

    course_id: str
    name: str
    runs: tuple[Run, ...]


def courses(records: Records, *, today: date) -> list[Course]:
    """Return the courses whose sessions have begun or have enrolments known before a day, by code."""
    key = ("courses", today)
    rows = records.kept(key, lambda con: con.execute(_SESSIONS, {"today": today}).fetchall())
    found: dict[str, list[tuple[str, Run]]] = {}
    for course_id, name, *run in rows:
        found.setdefault(course_id, []).append((name, Run(*run)))
    return [Course(code, runs[-1][0], tuple(run for _, run in runs)) for code, runs in found.items()]


def versions(session: Session) -> Sequence[ProcedureVersion]:
    """Return every version of the procedure, the latest to begin first."""
    order = ProcedureVersion.from_on.desc(), ProcedureVersion.id.desc()
    return session.scalars(select(ProcedureVersion).order_by(*order)).all()


def nameable(session: Session, roles: Collection[str]) -> list[str]:
    """Return the display names of the open accounts of some roles, in their order."""
    query = select(Account.display_name).where(Account.active, Account.role.in_(roles))
    return list(session.scalars(query.order_by(Account.display_name)))


def add_version(session: Session, version: ProcedureVersion) -> ProcedureVersion:
    """Keep a new version and give it its number."""
    session.add(version)
    session.flush()
    return version


def course_settings(session: Session) -> dict[str, CourseSetting]:
    """Return what was decided of courses, by code."""
    return {one.course_id: one for one in session.scalars(select(CourseSetting).order_by(CourseSetting.course_id))}


def keep_course(session: Session, setting: CourseSetting) -> None:
    """Keep what was decided of a course, in the place of what was."""
    session.merge(setting)
    session.flush()


def drop_course(session: Session, course_id: str) -> None:
    """Come back to what the rule says of a course."""
    session.execute(delete(CourseSetting).where(CourseSetting.course_id == course_id))


def standard_texts(session: Session, standard: str, version: str) -> dict[str, StandardText]:
    """Return the exact words put in for a version of a standard, by indicator."""
    query = select(StandardText).where(StandardText.standard == standard, StandardText.version == version)
    return {one.indicator: one for one in session.scalars(query.order_by(StandardText.indicator))}


def keep_text(session: Session, text: StandardText) -> None:
    """Keep the exact words of an indicator, in the place of those that were."""
    session.merge(text)
    session.flush()


def drop_text(session: Session, standard: str, version: str, indicator: str) -> None:
    """Take the exact words of an indicator away."""
    session.execute(
        delete(StandardText).where(
            StandardText.standard == standard,
            StandardText.version == version,
            StandardText.indicator == indicator,
        )
    )
