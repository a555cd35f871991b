"""Change one's password, end sessions; the administration changes an account's details."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from serving import keys
from serving.accounts import policy, repository
from serving.accounts.service import Entrance, existing, hasher, refuse_flood, verify_password
from serving.language import mark
from serving.problems import RefusedError
from serving.profile import repository as profile
from serving.profile.schemas import Details, NewPassword
from serving.quality import journal
from serving.tables import Account


def change_password(
    session: Session, entrance: Entrance, account_id: int, wanted: NewPassword, *, kept: str, now: datetime
) -> None:
    """Take a new password and sign out every other session; tries with a wrong one are counted as sign-ins are.

    Parameters
    ----------
    kept : hash of the session that asks.

    Raises
    ------
    TooManyError : too many wrong passwords.
    RefusedError : today's password is wrong, the new one too short, or not twice the same.
    """
    account = existing(session, account_id)
    digest = keys.digest(entrance.key, "account", account.username)
    refuse_flood(
        repository.failures(session, account=digest, address="", since=now - policy.FAILURE_WINDOW), entrance.settings
    )
    policy.check_password(wanted.password)
    if wanted.password != wanted.again:
        raise RefusedError(mark("the two are not the same"), where="again")
    if not verify_password(account.password_hash, wanted.current):
        repository.record_failure(session, account=digest, address="", now=now, keep=policy.FAILURE_WINDOW)
        raise RefusedError(mark("this is not your password of today"), where="current")
    account.password_hash = hasher().hash(wanted.password)
    repository.forget_failures(session, digest)
    profile.end_others(session, account.id, kept)
    journal.append(session, "password_changed", at=now, author_id=account.id, details={"account": account.id})


def set_details(session: Session, account_id: int, wanted: Details, *, now: datetime, author_id: int) -> Account:
    """Keep where to write to an account and the courses it leads; the journal names what changed, not the address.

    Raises
    ------
    NotFoundError : there is no such account.
    RefusedError : courses for another role than course lead, or an address that another account has.
    """
    account = existing(session, account_id)
    policy.check_reach(role=account.role, mentor_id=None, unassigned=False, courses=wanted.courses)
    email = wanted.email.casefold() if wanted.email else None
    if email and repository.email_taken(session, email, but=account.id):
        raise RefusedError(mark("another account has this address"), where="email")
    changed = [
        name for name, value in (("courses", wanted.courses), ("email", email)) if getattr(account, name) != value
    ]
    account.email, account.courses = email, sorted(set(wanted.courses))
    details: dict[str, int | list[str]] = {"account": account.id, "changed": changed, "courses": account.courses}
    journal.append(session, "account_changed", at=now, author_id=author_id, details=details)
    return account
