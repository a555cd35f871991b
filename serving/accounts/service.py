"""Sign in and out, create accounts, reset passwords."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from data.home import Home
from serving import keys
from serving.accounts import policy, repository
from serving.accounts.schemas import NewAccount
from serving.database import Database
from serving.language import mark
from serving.problems import ConflictError, NotFoundError, RefusedError, TooManyError
from serving.quality import journal
from serving.settings import Settings
from serving.sources import VaultDirectory
from serving.tables import Account
from serving.tokens import repository as tokens

DEMO_FILE = "demo_accounts.json"
DEMO_NAMES = {
    "mentor": ("demo-mentor", "Mentor (démonstration)"),
    "course_lead": ("demo-parcours", "Responsable de parcours (démonstration)"),
    "data_scientist": ("demo-data", "Data scientist (démonstration)"),
    "quality": ("demo-qualite", "Qualité (démonstration)"),
    "admin": ("demo-admin", "Administration (démonstration)"),
}


@dataclass(frozen=True)
class Entrance:
    """What a sign-in needs besides the credentials: the limits and the key of the digests."""

    settings: Settings
    key: bytes


@dataclass(frozen=True)
class DemoAccount:
    """A demonstration account, its password in clear: made for one machine, shown by `filrouge run`."""

    role: str
    username: str
    password: str


@cache
def hasher() -> PasswordHasher:
    """Return the argon2id hasher, with its library's recommended cost."""
    return PasswordHasher()


@cache
def _decoy() -> str:
    return hasher().hash(secrets.token_urlsafe(16))


def sign_in(
    database: Database, entrance: Entrance, username: str, password: str, *, address: str, now: datetime
) -> tuple[str, Account]:
    """Return a new session's token and its account; the password is weighed outside any transaction.

    Raises
    ------
    TooManyError : too many failures for this account or from this address.
    RefusedError : no active account has this username and password (which of the two is not said).
    """
    username = username.strip().lower()
    account_digest = keys.digest(entrance.key, "account", username)
    address_digest = keys.digest(entrance.key, "address", address)
    with database.read() as session:
        failed = repository.failures(
            session, account=account_digest, address=address_digest, since=now - policy.FAILURE_WINDOW
        )
        account = repository.by_username(session, username)
        session.expunge_all()
    refuse_flood(failed, entrance.settings)
    accepted = verify_password(account.password_hash if account else _decoy(), password)
    with database.write() as session:
        if account is None or not account.active or not accepted:
            repository.record_failure(
                session, account=account_digest, address=address_digest, now=now, keep=policy.FAILURE_WINDOW
            )
        else:
            repository.forget_failures(session, account_digest)
            token = secrets.token_urlsafe(32)
            until = now + timedelta(hours=entrance.settings.session_hours)
            repository.sign_in(session, account.id, token, now=now, until=until)
            return token, account
    raise RefusedError("the username or the password is wrong")


def refuse_flood(failed: tuple[int, int], settings: Settings) -> None:
    """Make whoever failed too often wait.

    Raises
    ------
    TooManyError : too many failures for the account or from the address.
    """
    if policy.must_wait(
        account_failures=failed[0],
        address_failures=failed[1],
        account_limit=settings.sign_in_tries,
        address_limit=settings.sign_in_tries_per_address,
    ):
        raise TooManyError("too many sign-ins have failed", todo="try again in a quarter of an hour")


def verify_password(password_hash: str, password: str) -> bool:
    """Whether a password is the one of a hash; an account without one has none."""
    try:
        return hasher().verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def create(
    session: Session, new: NewAccount, *, now: datetime, password: str | None = None, author_id: int | None = None
) -> tuple[Account, str]:
    """Create an account and return it with its password, made at random unless given.

    Raises
    ------
    RefusedError : a role other than mentor follows learners, or the password is too short.
    ConflictError : the username is taken, or the address is another account's.
    """
    policy.check_reach(role=new.role, mentor_id=new.mentor_id, unassigned=new.unassigned, courses=new.courses)
    password = password or secrets.token_urlsafe(12)
    policy.check_password(password)
    if repository.by_username(session, new.username) is not None:
        raise ConflictError(mark("the username is taken"), where="username")
    email = new.email.casefold() if new.email else None
    if email and repository.email_taken(session, email):
        raise ConflictError(mark("another account has this address"), where="email")
    account = Account(
        **new.model_dump(exclude={"mentor_id", "email"}),
        email=email,
        mentor_id=int(new.mentor_id) if new.mentor_id else None,
        language=None,
        password_hash=hasher().hash(password),
        active=True,
        created_at=now,
    )
    repository.add(session, account)
    details: dict[str, journal.Scalar] = {"account": account.id, "role": new.role}
    journal.append(session, "account_created", at=now, author_id=author_id, details=details)
    return account, password


def reset_password(session: Session, username: str, *, now: datetime, author_id: int | None = None) -> str:
    """Give an account a new random password, sign it out everywhere, revoke its tokens, and return the password.

    Raises
    ------
    NotFoundError : no account has this username.
    """
    account = repository.by_username(session, username)
    if account is None:
        raise NotFoundError("no account has this username", where="username", todo="filrouge accounts list")
    password = secrets.token_urlsafe(12)
    account.password_hash = hasher().hash(password)
    repository.sign_out_everywhere(session, account.id)
    tokens.revoke_all(session, account.id)
    journal.append(session, "password_reset", at=now, author_id=author_id, details={"account": account.id})
    return password


def existing(session: Session, account_id: int) -> Account:
    """Return an account.

    Raises
    ------
    NotFoundError : there is no such account.
    """
    account = repository.by_id(session, account_id)
    if account is None:
        raise NotFoundError("there is no such account")
    return account


def set_active(session: Session, account_id: int, *, active: bool, now: datetime, author_id: int) -> Account:
    """Open or close an account; a closed one is signed out at once, and its tokens never come back.

    Raises
    ------
    NotFoundError : there is no such account.
    ConflictError : an administrator would close their own account.
    """
    account = existing(session, account_id)
    if account.id == author_id:
        raise ConflictError(mark("an administrator cannot close their own account"))
    account.active = active
    repository.sign_out_everywhere(session, account.id)
    tokens.revoke_all(session, account.id)
    event = "account_opened" if active else "account_closed"
    journal.append(session, event, at=now, author_id=author_id, details={"account": account.id})
    return account


def create_demo_accounts(session: Session, home: Home, *, mentor_id: int | None, now: datetime) -> list[DemoAccount]:
    """Create one demonstration account per role, or return those already made in this home.

    Passwords are random and kept in `keys/demo_accounts.json` (0600) so that they can be shown again.
    Call it inside `Database.write()`.

    Parameters
    ----------
    mentor_id : the mentor whose learners the demonstration mentor follows; None when the source
        names no mentor (OULAD): the learners given to nobody, then.

    Raises
    ------
    ConflictError : somebody's own account has the name of a demonstration account; it is left as it is.
    """
    kept = {account.username: account.password for account in demo_accounts(home)}
    made = []
    for role, (username, display_name) in DEMO_NAMES.items():
        account = repository.by_username(session, username)
        _refuse_own(account, username)
        password = kept.get(username, "")
        if account is None or not password:
            password = _make_demo(session, account, username, display_name=display_name, role=role, now=now)
        if role == "mentor":
            _follow(session, home, username, mentor_id)
        if role == "course_lead":
            _lead(session, username)
        made.append(DemoAccount(role, username, password))
    _keep_demo_accounts(home.keys / DEMO_FILE, made)
    return made


def _refuse_own(account: Account | None, username: str) -> None:
    if account is not None and not account.demo:
        raise ConflictError(
            "an account that is not a demonstration has this name",
            where=username,
            todo="set FILROUGE_HOME to another folder for the demonstration",
        )


def _make_demo(
    session: Session, account: Account | None, username: str, *, display_name: str, role: str, now: datetime
) -> str:
    if account is not None:
        return reset_password(session, username, now=now)
    new = NewAccount.model_validate({"username": username, "display_name": display_name, "role": role})
    made, password = create(session, new, now=now)
    made.demo = True
    return password


def _follow(session: Session, home: Home, username: str, mentor_id: int | None) -> None:
    account = repository.by_username(session, username)
    if account is None:
        return
    account.mentor_id, account.unassigned = mentor_id, mentor_id is None
    name = VaultDirectory(home).mentors().get(mentor_id) if mentor_id else None
    account.display_name = f"{name} (démonstration)" if name else DEMO_NAMES["mentor"][1]


def _lead(session: Session, username: str) -> None:
    account = repository.by_username(session, username)
    if account is not None:
        account.courses = repository.courses(session)


def demo_accounts(home: Home) -> list[DemoAccount]:
    """Return the demonstration accounts made in this home, none when there are none."""
    path = home.keys / DEMO_FILE
    if not path.exists():
        return []
    return [DemoAccount(**row) for row in json.loads(path.read_text(encoding="utf-8"))]


def open_demo_accounts(session: Session, home: Home) -> list[DemoAccount]:
    """Return the demonstration accounts that still let in: neither closed, nor given another password."""
    found = [(one, repository.by_username(session, one.username)) for one in demo_accounts(home)]
    return [
        one
        for one, account in found
        if account is not None
        and account.demo
        and account.active
        and verify_password(account.password_hash, one.password)
    ]


def _keep_demo_accounts(path: Path, accounts: list[DemoAccount]) -> None:
    text = json.dumps([vars(account) for account in accounts], ensure_ascii=False, indent=1)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
