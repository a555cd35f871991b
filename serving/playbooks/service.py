"""What to do about a kind of alert; a change is written in the journal by codes, never its words."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from serving.access import Person
from serving.playbooks import policy, repository
from serving.playbooks.policy import Play
from serving.playbooks.schemas import NewWords
from serving.problems import NotFoundError
from serving.quality import journal


def plays(session: Session, language: str) -> dict[str, Play]:
    """Return what is said about each kind of alert, the organisation's own words before ours."""
    own = {one.kind: Play(one.kind, one.advice, one.message, own=True) for one in repository.written(session, language)}
    return {kind: policy.chosen(kind, language, own) for kind in policy.defaults(language)}


def play(session: Session, kind: str, language: str) -> Play:
    """Return what is said about one kind of alert."""
    found = plays(session, language)
    return found.get(kind, found["model_risk"])


def write(session: Session, person: Person, kind: str, words: NewWords, *, now: datetime) -> None:
    """Keep the organisation's own words about a kind.

    Raises
    ------
    NotFoundError : there is no such kind.
    """
    _check(kind, words.language)
    repository.keep(
        session,
        kind,
        words.language,
        advice=words.advice,
        message=words.message,
        changed_by=person.account_id,
        changed_at=now,
    )
    _tell(session, person, kind, words.language, now=now, own=True)


def forget(session: Session, person: Person, kind: str, language: str, *, now: datetime) -> None:
    """Come back to our words about a kind.

    Raises
    ------
    NotFoundError : there is no such kind, or no such language.
    """
    _check(kind, language)
    repository.drop(session, kind, language)
    _tell(session, person, kind, language, now=now, own=False)


def _check(kind: str, language: str) -> None:
    if language not in ("fr", "en") or kind not in policy.defaults(language):
        raise NotFoundError("there is no such kind of alert")


def _tell(session: Session, person: Person, kind: str, language: str, *, now: datetime, own: bool) -> None:
    details: dict[str, str | int | float | bool | list[str] | None] = {"kind": kind, "language": language, "own": own}
    journal.append(session, "playbook_changed", at=now, author_id=person.account_id, details=details)
