"""Write a line of the improvement plan down, and change it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session

from serving import keys
from serving.forms import FormRefusedError
from serving.language import mark
from serving.problems import ChangedError, NotFoundError, Refusal
from serving.quality import histories, journal
from serving.quality.complaints import service as complaints
from serving.quality.improvements import policy, repository
from serving.quality.improvements.schemas import Line
from serving.quality.repository import as_said, changed_from, lock_head
from serving.site import Site
from serving.tables import Improvement

COMPLAINT = "complaint"
WORDS = ("finding", "decision", "owner", "effect")


def record(session: Session, site: Site, new: Line, *, author_id: int) -> Improvement:
    """Write a new line down; one that comes from a complaint is tied to it.

    Raises
    ------
    FormRefusedError : a field is not accepted.
    """
    now = site.clock.now()
    _check(session, new, site.clock.today())
    lock_head(session)
    row = Improvement(**new.model_dump() | {"state": _state(new)}, state_at=now, created_by=author_id, created_at=now,
                      version=1)  # fmt: skip
    repository.add(session, row)
    _write_down(session, site, "improvement_recorded", row, author_id=author_id, now=now)
    _tie(session, site, row, author_id=author_id, now=now)
    return row


def change(
    session: Session, site: Site, improvement_id: int, new: Line, version: int, *, author_id: int
) -> Improvement:
    """Change a line of the plan from the version that was seen.

    Raises
    ------
    NotFoundError : there is no such line.
    ChangedError : somebody changed it since.
    FormRefusedError : a field is not accepted.
    """
    now = site.clock.now()
    _check(session, new, site.clock.today())
    lock_head(session)
    row = one(session, improvement_id)
    if not changed_from(session, row, version):
        raise ChangedError(mark("somebody changed this since: read it again"), where="version")
    state = _state(new)
    if state != row.state:
        row.state_at = now
    for name, value in (new.model_dump() | {"state": state}).items():
        setattr(row, name, value)
    session.flush()
    _write_down(session, site, "improvement_changed", row, author_id=author_id, now=now)
    _tie(session, site, row, author_id=author_id, now=now)
    return row


def one(session: Session, improvement_id: int) -> Improvement:
    """Return a line of the plan.

    Raises
    ------
    NotFoundError : there is none.
    """
    row = repository.one(session, improvement_id)
    if row is None:
        raise NotFoundError("there is no such improvement")
    return row


def as_of(session: Session, before: datetime) -> list[tuple[Improvement, frozenset[str]]]:
    """Return the lines written down before an instant as the journal left them, with their texts reworded since.

    What is returned is no row of the table.
    """
    known = histories.stood(session, repository.EVENTS, "improvement", before=before)
    return histories.as_left(repository.listed(session), known, _as_told, before=before)


def _as_told(row: Improvement, then: histories.Stood) -> Improvement:
    told = then.details
    codes = {name: told[name] for name in ("indicator", "source", "source_key", "state", "effective")}
    days = {name: _day(told, name) for name in ("due_on", "done_on", "checked_on")}
    effect = row.effect if told["effect_digest"] else ""
    return as_said(row, **codes, **days, state_at=then.state_at, effect=effect)


def _day(told: Mapping[str, str | None], name: str) -> date | None:
    text = told[name]
    return date.fromisoformat(text) if text else None


def _check(session: Session, new: Line, today: date) -> None:
    found = list(policy.refusals(done_on=new.done_on, checked_on=new.checked_on, effect=new.effect,
                                 effective=new.effective, today=today))  # fmt: skip
    known = new.source != COMPLAINT or new.source_key is None or repository.complaint(session, int(new.source_key))
    if not known:
        found.append(Refusal(where="source_key", what=mark("there is no such complaint")))
    if found:
        raise FormRefusedError(found)


def _state(new: Line) -> str:
    return policy.state_of(state=new.state, done_on=new.done_on, checked_on=new.checked_on)


def _tie(session: Session, site: Site, row: Improvement, *, author_id: int, now: datetime) -> None:
    """Tie the complaint that a line comes from to it, unless it is tied to another."""
    if row.source == COMPLAINT and row.source_key:
        complaint = repository.complaint(session, int(row.source_key))
        if complaint is not None and complaint.improvement_id is None:
            complaints.tie(session, site, complaint, row.id, author_id=author_id, now=now)


def evidence(row: Improvement, key: bytes) -> dict[str, journal.Scalar]:
    """Return what the journal keeps of a line: codes, days, and a digest of each text."""
    digests = {f"{name}_digest": keys.digest(key, name, getattr(row, name)) if getattr(row, name) else None
               for name in WORDS}  # fmt: skip
    return {
        "improvement": row.id,
        "indicator": row.indicator,
        "source": row.source,
        "source_key": row.source_key,
        "due_on": row.due_on.isoformat(),
        "state": row.state,
        "done_on": row.done_on.isoformat() if row.done_on else None,
        "effective": row.effective,
        "checked_on": row.checked_on.isoformat() if row.checked_on else None,
        "version": row.version,
        **digests,
    }


def _write_down(session: Session, site: Site, event: str, row: Improvement, *, author_id: int, now: datetime) -> None:
    journal.append(session, event, at=now, author_id=author_id, details=evidence(row, site.journal_key))


def history(session: Session, site: Site, row: Improvement) -> tuple[list[histories.Change], str]:
    """Return what the journal tells of a line, and how the line stands beside its last entry."""
    entries = histories.entries(session, repository.EVENTS, "improvement", row.id)
    words = {name: getattr(row, name) for name in WORDS}
    return histories.read(entries), histories.standing(session, entries, evidence(row, site.journal_key), words)
