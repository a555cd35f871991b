"""Keep a procedure, decide of a course, put in exact words; each change goes to the journal by codes and digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from serving.access import FOLLOWERS, QUALITY
from serving.language import mark
from serving.problems import NotFoundError, RefusedError
from serving.quality import journal
from serving.quality.procedure import applicability, policy, repository, standard
from serving.quality.procedure.applicability import NO, Answer, Decided
from serving.quality.procedure.policy import Procedure
from serving.quality.procedure.standard import Standard
from serving.tables import CourseSetting, ProcedureVersion, StandardText

if TYPE_CHECKING:
    from serving.alerts.kinds import Rules
    from serving.settings import Settings
    from serving.site import Records

LONGEST_TEXT = 8000


def adopted_on(session: Session, day: date) -> Procedure | None:
    """Return the procedure that the organisation had set for a day, None when it had set none."""
    found = policy.in_force(repository.versions(session), day)
    return None if found is None else policy.from_choices(found.choices)


def procedure_on(session: Session, day: date, settings: Settings | None = None) -> Procedure:
    """Return the procedure that holds on a day: the organisation's, else what Filrouge ships.

    Parameters
    ----------
    settings : the server's own, which decide until a procedure is set: what is written then says what is done.
    """
    return adopted_on(session, day) or before_any(settings)


def promised_since(session: Session, day: date) -> date | None:
    """Return the first day on which a procedure of the organisation's own held, None when none has begun by a day."""
    begun = [one.from_on for one in repository.versions(session) if one.from_on <= day]
    return min(begun, default=None)


def adopted_by(session: Session, day: date) -> dict[date, Procedure]:
    """Return the procedures of the organisation's own that have begun by a day, by their first day; one a day."""
    begun = sorted((one.from_on, one.id, one.choices) for one in repository.versions(session) if one.from_on <= day)
    return {from_on: policy.from_choices(choices) for from_on, _, choices in begun}


def nameable(session: Session) -> list[str]:
    """Return the display names that a procedure may name: of whoever follows learners, of the quality team."""
    return repository.nameable(session, (*FOLLOWERS, QUALITY))


def before_any(settings: Settings | None) -> Procedure:
    """Return the procedure as it is before anybody set one: what ships, with what the server's settings decide."""
    if settings is None:
        return Procedure()
    absences = settings.rules.absences_in_a_row
    later = max(absences, Procedure().remind_after_absences)
    escalated = settings.escalate_after_days
    return Procedure(call_after_absences=absences, remind_after_absences=later, escalate_after_days=escalated)


def rules_on(session: Session, day: date, settings: Settings) -> Rules:
    """Return from when rules speak on a day: on absences, the procedure says where one was set; the settings else."""
    adopted = adopted_on(session, day)
    return replace(settings.rules, absences_in_a_row=adopted.call_after_absences) if adopted else settings.rules


def escalation_on(session: Session, day: date, settings: Settings) -> int:
    """Return after how many working days an untouched alert goes to the course lead, on a day."""
    adopted = adopted_on(session, day)
    return adopted.escalate_after_days if adopted else settings.escalate_after_days


def keep(
    session: Session, procedure: Procedure, *, from_on: date, reason: str, author_id: int, now: datetime
) -> ProcedureVersion:
    """Keep a new version of the procedure; those before it stay as they are."""
    chosen = policy.choices_of(procedure)
    version = ProcedureVersion(from_on=from_on, choices=chosen, reason=reason, changed_by=author_id, changed_at=now)
    repository.add_version(session, version)
    details: dict[str, journal.Scalar | list[str]] = {
        "version": version.id,
        "from_on": from_on.isoformat(),
        "differs": sorted(chosen),
        "digest": digest(json.dumps(chosen, ensure_ascii=False, sort_keys=True)),
        "reason": digest(reason),
    }
    journal.append(session, "procedure_changed", at=now, author_id=author_id, details=details)
    return version


def digest(text: str) -> str:
    """Return the SHA-256 of a text: the journal keeps that, never the words."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class CourseView:
    """A course, and whether indicator 12 holds for it."""

    course_id: str
    name: str
    runs: tuple[applicability.Run, ...]
    answer: Answer


def applicable(session: Session, records: Records, *, today: date) -> list[CourseView]:
    """Return every known course with whether indicator 12 holds for it, by code."""
    settings = repository.course_settings(session)
    found = []
    for one in repository.courses(records, today=today):
        setting = settings.get(one.course_id)
        decided = Decided(setting.applies, setting.reason) if setting else None
        found.append(CourseView(one.course_id, one.name, one.runs, applicability.of_course(one.runs, decided)))
    return found


def concerned(session: Session, records: Records, *, today: date) -> dict[str, Answer]:
    """Return, by course, whether indicator 12 holds: what a register or a pack keeps to (`yes`, `no`, `unknown`)."""
    return {one.course_id: one.answer for one in applicable(session, records, today=today)}


def exempt(session: Session, records: Records, *, today: date) -> set[str]:
    """Return the courses to which indicator 12 does not apply: by the rule, or because somebody decided so."""
    decided = {one.course_id for one in repository.course_settings(session).values() if not one.applies}
    return decided | {course for course, said in concerned(session, records, today=today).items() if said.applies == NO}


def decide(
    session: Session, courses: Sequence[CourseView], course_id: str, decided: Decided, *, author_id: int, now: datetime
) -> None:
    """Decide whether indicator 12 holds for a course, whatever the rule says.

    Raises
    ------
    NotFoundError : the records know no such course.
    RefusedError : no reason, or one too long.
    """
    _known(courses, course_id)
    reason = decided.reason.strip()
    if not reason:
        raise RefusedError(mark("say why, in a few words"), where="reason")
    if len(reason) > policy.LONGEST_REASON:
        raise RefusedError(mark("five hundred characters at most"), where="reason")
    setting = CourseSetting(course_id=course_id, applies=decided.applies, reason=reason, changed_by=author_id,
                            changed_at=now)  # fmt: skip
    repository.keep_course(session, setting)
    told: dict[str, journal.Scalar] = {"course": course_id, "applies": decided.applies, "reason": digest(reason)}
    journal.append(session, "course_decided", at=now, author_id=author_id, details=told)


def undecide(session: Session, courses: Sequence[CourseView], course_id: str, *, author_id: int, now: datetime) -> None:
    """Come back to what the rule says of a course.

    Raises
    ------
    NotFoundError : the records know no such course, or nothing was decided of it.
    """
    _known(courses, course_id)
    if course_id not in repository.course_settings(session):
        raise NotFoundError("nothing was decided of this course")
    repository.drop_course(session, course_id)
    told: dict[str, journal.Scalar] = {"course": course_id, "applies": None}
    journal.append(session, "course_decided", at=now, author_id=author_id, details=told)


def _known(courses: Sequence[CourseView], course_id: str) -> None:
    if course_id not in {one.course_id for one in courses}:
        raise NotFoundError("there is no such course")


def standard_of(session: Session, language: str) -> Standard:
    """Return the standard in a language, with the exact words that the organisation put in."""
    ours = standard.shipped(language)
    own = repository.standard_texts(session, ours.code, ours.version)
    return standard.with_own_words(ours, {number: one.words for number, one in own.items()})


def put_in(session: Session, indicator: str, words: str, *, author_id: int, now: datetime) -> None:
    """Keep the exact words of an indicator; empty words take them away.

    Raises
    ------
    NotFoundError : the standard holds no such indicator.
    RefusedError : the words are too long.
    """
    ours, text = standard.shipped("fr"), words.replace("\r\n", "\n").strip()
    if ours.indicator(indicator) is None:
        raise NotFoundError("there is no such indicator")
    if len(text) > LONGEST_TEXT:
        raise RefusedError(mark("eight thousand characters at most"), where="words")
    if text:
        row = StandardText(standard=ours.code, version=ours.version, indicator=indicator, words=text,
                           changed_by=author_id, changed_at=now)  # fmt: skip
        repository.keep_text(session, row)
    else:
        repository.drop_text(session, ours.code, ours.version, indicator)
    told: dict[str, journal.Scalar] = {"standard": ours.code, "version": ours.version, "indicator": indicator,
                                       "words": digest(text) if text else None}  # fmt: skip
    journal.append(session, "standard_words_changed", at=now, author_id=author_id, details=told)
