"""Where each wave stands, and reminders written down or taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from serving.language import mark
from serving.problems import RefusedError
from serving.quality import journal
from serving.quality.repository import lock_head
from serving.quality.surveys import policy, repository
from serving.quality.surveys.policy import Pace, Standing
from serving.site import Records, Site
from serving.tables import SurveyChase

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LOOK_BACK = timedelta(days=400)
"""How long after the end of a training its surveys are still followed: the six months, and a year's audit."""
AFTER = ("immediate", "delayed")
"""Kinds of surveys of the records that are sent once the training is over."""
CHANNELS = ("email", "phone")
Who = tuple[int, str]
"""An enrolment and a wave."""


def standings(session: Session, records: Records, *, today: date, pace: Pace) -> list[Standing]:
    """Return where each wave of each training that ended lately stands.

    Where no survey of the end of a training was ever imported, only the waves due since the procedure promises them.
    """
    sent, told = records.kept("surveys asked", repository.asked), repository.waves(session)
    known = any(one.kind in AFTER or told.get(one.survey_id) in policy.WAVES for one in sent)
    if not known and pace.promised_on is None:
        return []
    reminders = defaultdict[Who, list[date]](list)
    for chase in repository.chases(session):
        reminders[chase.enrolment_id, chase.wave].append(chase.chased_on)
    over = repository.ended(session, since=today - LOOK_BACK, today=today)
    ends = {one.enrolment_id: one.ended_on for one in over}
    of_wave = defaultdict[Who, list[policy.Asked]](list)
    for one in sent:
        if one.enrolment_id in ends:
            wave = policy.wave_of(one, ends[one.enrolment_id], told.get(one.survey_id))
            if wave is not None:
                of_wave[one.enrolment_id, wave].append(one)
    found = [
        policy.standing(one, wave, of_wave[key], reminders[key], today=today, pace=pace)
        for one in over
        for wave in policy.WAVES
        if policy.MONTHS[wave] in pace.months or (one.enrolment_id, wave) in of_wave
        for key in [(one.enrolment_id, wave)]
    ]
    first = None if known else pace.promised_on
    return [one for one in found if first is None or one.due_on >= first]


def chase(session: Session, site: Site, who: Sequence[Who], *, channel: str, author_id: int, pace: Pace) -> int:
    """Write down that learners were asked again today, and return how many: only those who are to be chased.

    Raises
    ------
    RefusedError : the channel is not one of ours.
    """
    if channel not in CHANNELS:
        raise RefusedError(mark("check this value"), where="channel", accepted=", ".join(CHANNELS))
    lock_head(session)
    now, today = site.clock.now(), site.clock.today()
    due = standings(session, site.records, today=today, pace=pace)
    able = {(one.ended.enrolment_id, one.wave) for one in due if one.state == policy.TO_CHASE}
    chosen = [one for one in dict.fromkeys(who) if one in able]
    for enrolment_id, wave in chosen:
        row = SurveyChase(enrolment_id=enrolment_id, wave=wave, chased_on=today, channel=channel,
                          author_id=author_id, recorded_at=now)  # fmt: skip
        repository.add_chase(session, row)
        _write_down(session, "survey_chased", row, author_id=author_id, now=now)
    return len(chosen)


def undoable(session: Session, site: Site, author_id: int) -> Sequence[SurveyChase]:
    """Return a person's last reminders for as long as they may be taken back."""
    found = repository.last_chases(session, author_id)
    within = timedelta(minutes=site.settings.undo_minutes)
    return found if found and site.clock.now() - found[0].recorded_at <= within else ()


def undo(session: Session, site: Site, *, author_id: int) -> int:
    """Take a person's last reminders back, and return how many."""
    lock_head(session)
    found = undoable(session, site, author_id)
    for row in found:
        _write_down(session, "survey_chase_undone", row, author_id=author_id, now=site.clock.now())
        repository.remove_chase(session, row)
    return len(found)


def _write_down(session: Session, event: str, row: SurveyChase, *, author_id: int, now: datetime) -> None:
    details: dict[str, journal.Scalar] = {
        "chase": row.id,
        "wave": row.wave,
        "on": row.chased_on.isoformat(),
        "channel": row.channel,
    }
    journal.append(session, event, at=now, author_id=author_id, enrolment_id=row.enrolment_id, details=details)


def tell_wave(session: Session, site: Site, survey_id: str, wave: str, *, author_id: int) -> None:
    """Keep which wave a survey of the records is; empty: it is inferred from its day.

    Raises
    ------
    RefusedError : there is no such survey, or no such wave.
    """
    if wave not in ("", "none", *policy.WAVES):
        raise RefusedError(mark("check this value"), where="wave", accepted=", ".join(policy.WAVES))
    if survey_id not in {one[0] for one in known(site.records)}:
        raise RefusedError(mark("check this value"), where="survey_id")
    lock_head(session)
    now = site.clock.now()
    repository.tell_wave(session, survey_id, wave or None, author_id=author_id, now=now)
    details = {"survey": survey_id, "wave": wave or None}
    journal.append(session, "survey_wave_told", at=now, author_id=author_id, details=details)


def known(records: Records) -> list[tuple[str, str, str, str, date]]:
    """Return the surveys of the records: number, name, kind, session, first day."""

    def read(con: DuckDBPyConnection) -> list[tuple[str, str, str, str, date]]:
        return repository.surveys(con)

    return records.kept("surveys known", read)
