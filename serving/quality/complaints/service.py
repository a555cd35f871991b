"""Register a complaint, follow it to its end, declare a difficulty."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from serving import keys
from serving.forms import FormRefusedError
from serving.language import mark
from serving.learners.lists import folded
from serving.problems import ChangedError, NotFoundError, Refusal
from serving.pseudonyms import reference
from serving.quality import histories, journal
from serving.quality.complaints import policy, repository
from serving.quality.complaints.schemas import Declared, Followed, NewComplaint
from serving.quality.repository import as_said, changed_from, lock_head
from serving.site import Directory, Site
from serving.tables import Complaint, Roster


def record(session: Session, site: Site, new: NewComplaint, *, author_id: int) -> Complaint:
    """Register a complaint, a difficulty or an incident.

    Raises
    ------
    FormRefusedError : a field is not accepted.
    """
    _check(policy.refusals(received_on=new.received_on, today=site.clock.today()))
    about = find(session, site.directory, new)
    return _add(session, site, {**new.model_dump(exclude={"learner"}), **about}, author_id=author_id)


def declare(session: Session, site: Site, enrolment: Roster, new: Declared, *, author_id: int) -> Complaint:
    """Register what a mentor or a course lead declares of a learner.

    Raises
    ------
    FormRefusedError : a field is not accepted.
    """
    _check(policy.refusals(received_on=new.received_on, today=site.clock.today()))
    about = {"enrolment_id": enrolment.enrolment_id, "session_id": enrolment.session_id}
    return _add(session, site, {**new.model_dump(), **about}, author_id=author_id)


def _add(session: Session, site: Site, told: Mapping[str, Any], *, author_id: int) -> Complaint:
    now = site.clock.now()
    lock_head(session)
    row = Complaint(**told, answer="", state=policy.RECEIVED, state_at=now, created_by=author_id, created_at=now,
                    version=1)  # fmt: skip
    repository.add(session, row)
    _write_down(session, site, "complaint_recorded", row, author_id=author_id, now=now)
    return row


def change(
    session: Session, site: Site, complaint_id: int, new: Followed, version: int, *, author_id: int
) -> Complaint:
    """Change a complaint from the version that was seen: what is known of it, and what became of it.

    Raises
    ------
    NotFoundError : there is none.
    ChangedError : somebody changed it since.
    FormRefusedError : a field is not accepted.
    """
    now = site.clock.now()
    days = new.model_dump(include={"received_on", "acknowledged_on", "answered_on", "closed_on", "outcome", "answer",
                                   "authority_told_on"})  # fmt: skip
    _check(policy.refusals(**days, today=site.clock.today()))
    about = _kept(session, site.directory, complaint_id, new) or find(session, site.directory, new)
    if new.improvement_id and int(new.improvement_id) not in {one.id for one in repository.improvements(session)}:
        _check([Refusal(where="improvement_id", what=mark("there is no such improvement"))])
    lock_head(session)
    row = one(session, complaint_id)
    if not changed_from(session, row, version):
        raise ChangedError(mark("somebody changed this since: read it again"), where="version")
    state = policy.state_of(new.acknowledged_on, new.answered_on, new.closed_on)
    if state != row.state:
        row.state, row.state_at = state, now
    for name, value in {**new.model_dump(exclude={"learner", "improvement_id"}), **about}.items():
        setattr(row, name, value)
    if not policy.is_breach(row.kind, row.subject):
        row.authority_told_on = None
    row.improvement_id = int(new.improvement_id) if new.improvement_id else None
    session.flush()
    _write_down(session, site, "complaint_changed", row, author_id=author_id, now=now)
    return row


def tie(session: Session, site: Site, row: Complaint, improvement_id: int, *, author_id: int, now: datetime) -> None:
    """Say which improvement a complaint led to; whoever was changing it meanwhile reads it again."""
    row.improvement_id, row.version = improvement_id, row.version + 1
    session.flush()
    _write_down(session, site, "complaint_changed", row, author_id=author_id, now=now)


def as_of(session: Session, before: datetime) -> list[tuple[Complaint, frozenset[str]]]:
    """Return the complaints written down before an instant as the journal left them, with their texts reworded since.

    What is returned is no row of the table.
    """
    known = histories.stood(session, repository.EVENTS, "complaint", before=before)
    return histories.as_left(repository.listed(session), known, _as_told, before=before)


def _as_told(row: Complaint, then: histories.Stood) -> Complaint:
    told = then.details
    codes = {name: told[name] for name in ("kind", "subject", "told_by", "channel", "state", "outcome")}
    days = {name: date.fromisoformat(told[name]) if told.get(name) else None
            for name in ("received_on", "acknowledged_on", "answered_on", "closed_on",
                         "authority_told_on")}  # fmt: skip
    return as_said(
        row, **codes, **days, session_id=told["session"], improvement_id=told["improvement"], state_at=then.state_at,
        enrolment_id=then.enrolment_id, answer=row.answer if told["answer_digest"] else "",
    )  # fmt: skip


def one(session: Session, complaint_id: int) -> Complaint:
    """Return a complaint.

    Raises
    ------
    NotFoundError : there is none.
    """
    row = repository.one(session, complaint_id)
    if row is None:
        raise NotFoundError("there is no such complaint")
    return row


def called(session: Session, directory: Directory, row: Complaint) -> str:
    """Return what the learner of a complaint is called, by name where it is known; empty when it is about nobody."""
    if row.enrolment_id is None:
        return ""
    learner = repository.learners(session, [row.enrolment_id]).get(row.enrolment_id)
    return "" if learner is None else directory.names([learner]).get(learner, reference(learner))


def _kept(session: Session, directory: Directory, complaint_id: int, new: NewComplaint) -> dict[str, Any]:
    """Return whom a complaint is about already when its form was not changed there; two learners may have one name."""
    row = one(session, complaint_id)
    if row.enrolment_id is None or new.session_id != row.session_id:
        return {}
    same = new.learner == called(session, directory, row)
    return {"enrolment_id": row.enrolment_id, "session_id": row.session_id} if same else {}


def find(session: Session, directory: Directory, new: NewComplaint) -> dict[str, Any]:
    """Return whom and what a complaint is about: the enrolment of a name or a reference, the session.

    Raises
    ------
    FormRefusedError : nobody answers to the name, or several do; there is no such session.
    """
    if new.session_id is not None and new.session_id not in repository.sessions(session):
        _check([Refusal(where="session_id", what=mark("there is no such session"))])
    if not new.learner:
        return {"enrolment_id": None, "session_id": new.session_id}
    people = repository.roster(session, new.session_id)
    names = directory.names({row.learner_id for row in people})
    said = folded(new.learner).split()
    found = [
        row
        for row in people
        if folded(names.get(row.learner_id, "")).split() == said or reference(row.learner_id) == new.learner.upper()
    ]
    if not found:
        _check([Refusal(where="learner", what=mark("nobody of this session answers to this name"))])
    if len(found) > 1:
        _check([Refusal(where="learner", what=mark("several answer to this name: choose the session"))])
    return {"enrolment_id": found[0].enrolment_id, "session_id": found[0].session_id}


def _check(found: Any) -> None:
    if found:
        raise FormRefusedError(list(found))


def evidence(row: Complaint, key: bytes) -> dict[str, journal.Scalar]:
    """Return what the journal keeps of a complaint: codes, days, and a digest of each text."""
    days = {name: day.isoformat() if (day := getattr(row, name)) else None
            for name in ("received_on", "acknowledged_on", "answered_on", "closed_on")}  # fmt: skip
    return {
        "complaint": row.id,
        "kind": row.kind,
        "subject": row.subject,
        "told_by": row.told_by,
        "channel": row.channel,
        "session": row.session_id,
        "state": row.state,
        "outcome": row.outcome,
        "improvement": row.improvement_id,
        "version": row.version,
        **days,
        "summary_digest": keys.digest(key, "summary", row.summary),
        "answer_digest": keys.digest(key, "answer", row.answer) if row.answer else None,
        **({"authority_told_on": row.authority_told_on.isoformat()} if row.authority_told_on else {}),
    }


def _write_down(session: Session, site: Site, event: str, row: Complaint, *, author_id: int, now: datetime) -> None:
    details = evidence(row, site.journal_key)
    journal.append(session, event, at=now, author_id=author_id, enrolment_id=row.enrolment_id, details=details)


def history(session: Session, site: Site, row: Complaint) -> tuple[list[histories.Change], str]:
    """Return what the journal tells of a complaint, and how it stands beside its last entry."""
    entries = histories.entries(session, repository.EVENTS, "complaint", row.id)
    words = {"summary": row.summary, "answer": row.answer}
    return histories.read(entries), histories.standing(session, entries, evidence(row, site.journal_key), words)
