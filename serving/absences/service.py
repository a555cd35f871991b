"""Write down an absence and who stands in; end it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from serving.absences import policy, repository
from serving.absences.schemas import NewAbsence
from serving.language import mark
from serving.problems import NotFoundError, RefusedError
from serving.quality import journal
from serving.tables import Absence


def record(session: Session, mentor_id: int, new: NewAbsence, *, author_id: int, now: datetime, today: date) -> Absence:
    """Write down that a mentor is away; whoever stands in reaches their learners on those days.

    Raises
    ------
    RefusedError : the days are not accepted, or the account may not stand in for this mentor.
    """
    others = [(one.from_on, one.until_on) for one in repository.from_day(session, today, mentor_id=mentor_id)]
    policy.check(new.from_on, new.until_on, today=today, others=others)
    deputy_id = _deputy(session, mentor_id, new.deputy_id)
    absence = Absence(
        mentor_id=mentor_id,
        from_on=new.from_on,
        until_on=new.until_on,
        deputy_id=deputy_id,
        created_by=author_id,
        created_at=now,
    )
    repository.add(session, absence)
    _write_down(session, "absence_recorded", absence, author_id=author_id, now=now)
    return absence


def _deputy(session: Session, mentor_id: int, told: str | None) -> int | None:
    if told is None:
        return None
    able = {one.id: one for one in repository.deputies(session)}
    if int(told) not in able or able[int(told)].mentor_id == mentor_id:
        raise RefusedError(mark("this account cannot stand in"), where="deputy_id")
    return int(told)


def end(
    session: Session, absence_id: int, *, mentor_id: int | None, author_id: int, now: datetime, today: date
) -> None:
    """End an absence yesterday, or take it away when it had not begun.

    Parameters
    ----------
    mentor_id : whose it must be; None: anybody's.

    Raises
    ------
    NotFoundError : there is no such absence, or it is over, or another mentor's.
    """
    absence = repository.one(session, absence_id)
    if absence is None or absence.until_on < today or mentor_id not in (None, absence.mentor_id):
        raise NotFoundError("there is no such absence")
    last = policy.cut(absence.from_on, today=today)
    _write_down(session, "absence_ended", absence, author_id=author_id, now=now)
    if last is None:
        repository.remove(session, absence)
    else:
        absence.until_on = last


def _write_down(session: Session, event: str, absence: Absence, *, author_id: int, now: datetime) -> None:
    details: dict[str, int | str | None] = {
        "absence": absence.id,
        "mentor": str(absence.mentor_id),
        "from": absence.from_on.isoformat(),
        "until": absence.until_on.isoformat(),
        "deputy": absence.deputy_id,
    }
    journal.append(session, event, at=now, author_id=author_id, details=details)
