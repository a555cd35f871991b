"""Tell, give, and write down: what is held on a learner, requests received, backups declared."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from data.erasure import trace_of
from data.home import Home
from data.identities import Vault
from data.proof import LARGE_ENOUGH
from serving.language import Speech, mark
from serving.problems import NotFoundError, RefusedError
from serving.quality import journal
from serving.rights import backups, exporting, repository
from serving.rights.holdings import Holding, held
from serving.rights.requests import DAYS_TOLD, KINDS, due_on, step
from serving.rights.telling import as_text
from serving.site import Words
from serving.tables import Backup, RightsRequest

HEAD = mark("What is held on this learner on %(day)s. Colleagues are told by their role.")
COPY = mark("A copy may be kept until %(day)s in: %(place)s.")
NO_COPY = mark("No backup is declared: say where copies are kept with filrouge person backups.")
"""Told to whoever answers a request, never in what the learner is given."""
NO_COPY_KNOWN = mark("Filrouge was told of no backup that would hold a copy.")


def holdings_of(session: Session, home: Home, learner: int) -> tuple[Holding, ...]:
    """Return all that is held on a learner.

    Raises
    ------
    NotFoundError : nothing is.
    """
    from data.erasure import enrolments_of

    found = held(home, session, trace_of(home, learner, enrolments_of(home, learner)))
    # Every file has a 1 somewhere: files alone betray a pseudonym, and not a number that nobody was ever given.
    silent = ("purposes",) if learner >= LARGE_ENOUGH else ("purposes", "packs")
    if not [one for one in found if one.name not in silent]:
        raise NotFoundError("nothing is held on this learner", todo="filrouge person find")
    return found


def name_in(found: Sequence[Holding]) -> str:
    """Return a learner's name, as the vault says it; empty when it says none."""
    named = next((dict(zip(one.columns, one.rows[0], strict=True)) for one in found if one.name == "identities"), {})
    return named.get("display_name") or ""


def seen(found: Sequence[Holding]) -> str:
    """Return what a person must still see when they confirm: how many rows each table has."""
    return ",".join(str(len(one.rows)) for one in found if one.name != "purposes")


def access(
    session: Session, home: Home, learner: int, speech: Speech, words: Words, *, now: datetime, author_id: int | None
) -> str:
    """Return what is held on a learner in words; the journal keeps the fact.

    Raises
    ------
    NotFoundError : nothing is held.
    """
    found = holdings_of(session, home, learner)
    day = now.astimezone(speech.zone).date()
    elsewhere = declared_copies(session, speech, day) or [speech.say(NO_COPY_KNOWN)]
    notes = [speech.say(HEAD, day=speech.day(day)), *elsewhere]
    text = "\n".join((*as_text(found, notes, speech, words), ""))
    note(session, "person_told", found, now=now, author_id=author_id)
    return text


def export(session: Session, home: Home, learner: int, path: Path, *, now: datetime, author_id: int | None) -> int:
    """Write what is held on a learner to a private ZIP; return how many rows. The journal keeps the fact.

    Raises
    ------
    NotFoundError, RefusedError : nothing is held, or the file is not accepted.
    """
    found = holdings_of(session, home, learner)
    exporting.write_zip(found, path, home, at=now)
    return note(session, "person_exported", found, now=now, author_id=author_id)


def note(session: Session, event: str, found: Sequence[Holding], *, now: datetime, author_id: int | None) -> int:
    """Write down that what is held was told or given, by counts; return how many rows."""
    rows = sum(len(one.rows) for one in found)
    journal.append(session, event, at=now, author_id=author_id, details={"tables": len(found), "rows": rows})
    return rows


def is_being_corrected(home: Home, learner: int) -> bool:
    """Tell whether what a learner was called is still to be taken out."""
    with closing(Vault(home.identities_database)) as vault:
        return any(one.learner_id == learner for one in vault.rewordings())


def copies(session: Session, speech: Speech, today: date) -> list[str]:
    """Return a sentence for each declared backup: where a copy may be, and until when."""
    return declared_copies(session, speech, today) or [speech.say(NO_COPY)]


def declared_copies(session: Session, speech: Speech, today: date) -> list[str]:
    """Return a sentence for each declared backup, none when there is none."""
    return [
        speech.say(COPY, place=one.place, day=speech.day(backups.until(today, one.keep_days)))
        for one in repository.backups(session)
    ]


def declare_backup(session: Session, place: str, keep_days: int, *, by: str, now: datetime) -> Backup:
    """Write down where copies are kept and for how many days.

    Raises
    ------
    RefusedError : no place, nobody to answer for it, or not a number of days.
    """
    if not place.strip() or not by.strip() or not 1 <= keep_days <= backups.LONGEST_DAYS:
        raise RefusedError(
            "a backup needs a place, a number of days and who declares it",
            where="backup", accepted=f"1 to {backups.LONGEST_DAYS} days",
        )  # fmt: skip
    made = Backup(place=place.strip(), keep_days=keep_days, active=True, declared_by=by.strip(), declared_at=now)
    repository.add(session, made)
    journal.append(session, "backup_declared", at=now, details={"backup": made.id, "days": keep_days})
    return made


def end_backup(session: Session, number: int, *, now: datetime) -> None:
    """Write down that copies are not kept there any more.

    Raises
    ------
    NotFoundError : no such backup.
    """
    found = repository.backup(session, number)
    if found is None or not found.active:
        raise NotFoundError("there is no such backup", todo="filrouge person backups")
    found.active = False
    journal.append(session, "backup_ended", at=now, details={"backup": number})


def receive(
    session: Session, kind: str, learner: int | None, received_on: date, *, now: datetime, today: date,
    author_id: int | None,
) -> RightsRequest:  # fmt: skip
    """Write a request down; it is due in one month (GDPR art. 12.3).

    Raises
    ------
    RefusedError : no such kind, or a day to come.
    """
    if kind not in KINDS or received_on > today:
        raise RefusedError("this request is not accepted", where="kind", accepted=", ".join(KINDS))
    made = RightsRequest(
        kind=kind, learner_id=learner, received_on=received_on, due_on=due_on(received_on), state="received",
        state_at=now, created_by=author_id,
    )  # fmt: skip
    repository.add(session, made)
    details: dict[str, journal.Scalar] = {"request": made.id, "kind": kind, DAYS_TOLD: made.due_on.isoformat()}
    journal.append(session, "request_received", at=now, author_id=author_id, details=details)
    return made


def settle(
    session: Session, number: int, state: str, *, now: datetime, today: date, author_id: int | None
) -> RightsRequest:
    """Say what became of a request: extended (two months more), done, refused, or back to received.

    Raises
    ------
    NotFoundError : no such request.
    ConflictError : the request does not allow this step.
    """
    found = repository.request(session, number)
    if found is None:
        raise NotFoundError("there is no such request")
    step(found.state, state)
    found.state, found.state_at, found.handled_by = state, now, author_id
    found.due_on = due_on(found.received_on, extended=state == "extended") if state == "extended" else found.due_on
    found.done_on = today if state in ("done", "refused") else None
    details: dict[str, journal.Scalar] = {"request": number, "kind": found.kind, "state": state}
    journal.append(session, "request_settled", at=now, author_id=author_id, details=details)
    return found
