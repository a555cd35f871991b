"""The inbox of missing proofs, in words that a page and a sheet show; the reasons for which one will not come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from serving import keys
from serving.access import Person
from serving.language import mark
from serving.problems import RefusedError
from serving.quality import delays, journal
from serving.quality.procedure import actors
from serving.quality.procedure.policy import Procedure
from serving.quality.procedure.service import procedure_on
from serving.quality.proofs import policy, repository
from serving.quality.proofs.facts import COURSE_LEAD, MENTOR, QUALITY, Facts, Gap
from serving.quality.repository import lock_head
from serving.quality.surveys import service as surveys
from serving.quality.surveys.repository import session_names
from serving.site import Records
from serving.tables import Justification, Roster

LOOK_BACK = timedelta(days=400)
"""How far back the inbox looks: a year between two audits, and a month."""
MOST_WORDS = 500
CLOCKS_BACK = timedelta(days=31)
"""How far back the clocks in hours look; what is older is in the inbox, late."""
ABSENCES_BACK = timedelta(days=60)
"""How far back absences in a row are counted."""


@dataclass(frozen=True)
class Line:
    """A gap beside what its page says of it.

    `mentor_id` is whose turn it is when it is a mentor's, `place` where the quality team sees it, `reason` why the
    proof will not come, empty when nobody said; `actor` is whom the procedure names, empty for the role.
    """

    gap: Gap
    enrolment: Roster | None
    session_id: str
    session: str
    mentor_id: int | None
    place: str
    reason: str = ""
    explained_by: int | None = None
    explained_at: datetime | None = None
    actor: str = ""

    @property
    def person(self) -> str:
        """Whose turn it is, as a filter names them: a mentor by their number, else the role."""
        mine = self.gap.turn == MENTOR and self.mentor_id is not None
        return str(self.mentor_id) if mine else self.gap.turn


def facts(session: Session, records: Records, zone: ZoneInfo, *, today: date, held: delays.Promises) -> Facts:
    """Return all that the inbox looks at on a day."""
    since, now = today - LOOK_BACK, held.on(today)
    least, promised = min(one.silence for one in held.each()), now.promised_on is not None
    closed = records.kept("days closed", repository.closed_days) if promised else {}
    return Facts(
        alerts=repository.alerts(session, since=since, today=today),
        actions=repository.actions(session, zone, since=since - LOOK_BACK),
        appointments=repository.appointments(session, zone),
        complaints=repository.complaints(session, zone),
        improvements=repository.improvements(session),
        left=repository.left(session, since=since, today=today),
        gone=repository.gone(session, today=today),
        waves=surveys.standings(session, records, today=today, pace=now.surveys),
        silent=repository.silent(session, closed, least=least, today=today) if promised else (),
        absent=repository.absent(session, since=today - ABSENCES_BACK, today=today) if promised else (),
    )


def inbox(session: Session, records: Records, zone: ZoneInfo, *, today: date) -> list[Line]:
    """Return every proof that is missing on a day, explained or not, the one due first at the head."""
    held = delays.promises(session, today)
    seen = facts(session, records, zone, today=today, held=held)
    found = policy.as_promised(lambda one: policy.gaps(seen, one, today=today), held)
    return _lines(session, found, procedure_on(session, today))


def clocks(session: Session, zone: ZoneInfo, *, today: date) -> list[Line]:
    """Return what a delay in hours bounds, is not done and nobody explained, late or not, what is due first ahead.

    It is asked every minute: only what happened lately is looked at.
    """
    held, since = delays.promises(session, today), today - CLOCKS_BACK
    seen = Facts(complaints=repository.complaints(session, zone))
    if held.on(today).promised_on is not None:
        gone = repository.left(session, since=since, today=today)
        declared = repository.declared(session, since=since, today=today)
        who = {one.enrolment_id for one in gone} | {one.enrolment_id for one in declared}
        acts = repository.actions(session, zone, since=since, only=who)
        seen = replace(seen, alerts=declared, actions=acts, left=gone)
    found = policy.as_promised(lambda one: policy.clocks(seen, one), held)
    return open_lines(_lines(session, found, procedure_on(session, today)))


def earlier(session: Session, *, today: date) -> tuple[int, date | None]:
    """Return how many abandonments are from before the register began, and that day: they are not asked for one by one.

    As far back as the inbox looks.
    """
    return repository.earlier_left(session, since=today - LOOK_BACK, today=today)


def running(lines: Sequence[Line], today: date) -> list[Line]:
    """Return those of some lines whose delay is not over."""
    return [one for one in lines if one.gap.until_on >= today]


def _lines(session: Session, found: Sequence[Gap], procedure: Procedure) -> list[Line]:
    people = repository.enrolments(session, {gap.enrolment_id for gap in found if gap.enrolment_id is not None})
    carried = repository.carriers(session, {gap.number for gap in found if gap.kind in OF_ALERT})
    chains = repository.alert_ids(session, people.keys())
    names = session_names(session)
    told = repository.justifications(session)
    lines = [_line(gap, people, carried, chains, names, told.get((gap.kind, gap.subject))) for gap in found]
    return [replace(one, actor=_actor(procedure, one.gap)) for one in lines]


def _actor(procedure: Procedure, gap: Gap) -> str:
    return actors.actor(procedure, gap.kind, handed_on=gap.turn == COURSE_LEAD)


OF_ALERT = ("closed_without_contact", "open_without_action", "abandonment_undecided")


def _line(
    gap: Gap, people: Mapping[int, Roster], carried: Mapping[int, int | None], chains: Mapping[int, int],
    names: Mapping[str, str], why: Justification | None,
) -> Line:  # fmt: skip
    enrolment = people.get(gap.enrolment_id) if gap.enrolment_id is not None else None
    own = enrolment.mentor_id if enrolment else None
    session_id = gap.session_id or (enrolment.session_id if enrolment else "")
    return Line(
        gap,
        enrolment,
        session_id,
        names.get(session_id, session_id),
        carried.get(gap.number, own) if gap.kind in OF_ALERT else own,
        place(gap, chains),
        why.reason if why else "",
        why.author_id if why else None,
        why.at if why else None,
    )


def place(gap: Gap, chains: Mapping[int, int]) -> str:
    """Return the page on which the quality team sees or mends a gap; `chains`: the latest alert of enrolments."""
    if gap.kind in OF_ALERT:
        return f"/register/alerts/{gap.number}"
    for start, page in PLACES.items():
        if gap.kind.startswith(start):
            return page.replace("N", str(gap.number))
    chain = chains.get(gap.enrolment_id or 0)
    return f"/register/alerts/{chain}" if chain else ""


PLACES = {
    "appointment": "/quality/appointments#a-N",
    "survey_not_sent": "/quality/surveys?state=to_send",
    "survey": "/quality/surveys",
    "complaint": "/quality/complaints/N",
    "breach": "/quality/complaints/N",
    "improvement": "/quality/improvements/N",
}


def open_lines(lines: Sequence[Line]) -> list[Line]:
    """Return the gaps that nobody explained."""
    return [one for one in lines if not one.reason]


def of_person(session: Session, lines: Sequence[Line], person: Person) -> list[Line]:
    """Return the gaps that nobody explained about learners whom a person follows, and that a mentor or a lead mends."""
    mine = repository.reached(session, person)
    return [one for one in open_lines(lines) if one.gap.enrolment_id in mine and one.gap.turn != QUALITY]


def by_kind(lines: Sequence[Line]) -> dict[str, int]:
    """Return how many gaps of each kind there are, in the order of the rules, none left out but zeros."""
    counted = Counter(one.gap.kind for one in lines)
    return {kind: counted[kind] for kind in policy.RULES if counted[kind]}


def explain(
    session: Session, chosen: Sequence[Line], reason: str, *, key: bytes, author_id: int, now: datetime
) -> None:
    """Say why proofs will not come; the journal keeps each gap and a digest of the reason.

    Raises
    ------
    RefusedError : there is no reason, or it is too long, or one was given already.
    """
    if not reason.strip():
        raise RefusedError(mark("say why the proof will not come"), where="reason")
    if len(reason) > MOST_WORDS:
        raise RefusedError(mark("this is too long"), where="reason", accepted=f"{MOST_WORDS} letters")
    lock_head(session)
    told = repository.justifications(session)
    if any((one.gap.kind, one.gap.subject) in told for one in chosen):
        raise RefusedError(mark("somebody gave a reason already"), where="reason")
    for one in chosen:
        row = Justification(gap=one.gap.kind, subject=one.gap.subject, reason=reason.strip(), author_id=author_id,
                            at=now)  # fmt: skip
        repository.add(session, row)
        _write_down(session, "gap_explained", one, row.reason, key=key, author_id=author_id, now=now)


def take_back(session: Session, chosen: Sequence[Line], *, key: bytes, author_id: int, now: datetime) -> None:
    """Take back the reasons for which proofs would not come: they are missing again."""
    lock_head(session)
    for one in chosen:
        row = repository.justification(session, one.gap.kind, one.gap.subject)
        if row is not None:
            _write_down(session, "gap_asked_again", one, row.reason, key=key, author_id=author_id, now=now)
            repository.remove(session, row)


def _write_down(
    session: Session, event: str, line: Line, reason: str, *, key: bytes, author_id: int, now: datetime
) -> None:
    gap = line.gap
    details = {"gap": gap.kind, "subject": gap.subject, "reason_digest": keys.digest(key, "reason", reason)}
    journal.append(session, event, at=now, author_id=author_id, enrolment_id=gap.enrolment_id, details=details)
