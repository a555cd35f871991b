"""Who may do what: deny by default, every route names its guard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hmac import compare_digest
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from serving import keys
from serving.accounts import repository as accounts
from serving.clock import Clock
from serving.problems import ForbiddenError, SignInNeededError
from serving.site import Site, site_of

MENTOR, DEPUTY, COURSE_LEAD, DATA_SCIENTIST, QUALITY, ADMIN = ROLES = (
    "mentor", "deputy", "course_lead", "data_scientist", "quality", "admin",
)  # fmt: skip
FOLLOWERS = (MENTOR, DEPUTY, COURSE_LEAD)
"""Roles that follow learners: their own, those of a mentor who is away, those of their courses."""
SESSION_COOKIE = "filrouge_session"
VISIT_COOKIE = "filrouge_visit"
SAFE = ("GET", "HEAD", "OPTIONS")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Person:
    """The account signed in; `csrf` is what its forms must carry.

    `follows` are the mentors whose learners they follow today: themselves, and those for whom they stand in.
    """

    account_id: int
    username: str
    display_name: str
    role: str
    mentor_id: int | None
    unassigned: bool
    language: str | None
    csrf: str
    follows: frozenset[int] = frozenset()
    courses: tuple[str, ...] = ()


def transaction(request: Request, site: Annotated[Site, Depends(site_of)]) -> Iterator[Session]:
    """Yield the one transaction of a request; it is committed before the answer leaves."""
    opened = site.database.read() if request.method in SAFE else site.database.write()
    with opened as session:
        yield session


Transaction = Annotated[Session, Depends(transaction, scope="function")]
TheSite = Annotated[Site, Depends(site_of)]


async def submitted_token(request: Request) -> str:
    """Return the CSRF token sent with a request: a header, or a field of its form."""
    if request.method in SAFE:
        return ""
    if "x-csrf-token" in request.headers:
        return request.headers["x-csrf-token"]
    if request.headers.get("content-type", "").startswith(("application/x-www-form-urlencoded", "multipart/")):
        return str((await request.form()).get("csrf", ""))
    return ""


def csrf_token(key: bytes, secret: str) -> str:
    """Return the token that forms must carry: a keyed digest of a cookie's secret."""
    return keys.digest(key, "csrf", secret)


def person_of(request: Request, session: Session, site: Site) -> Person | None:
    """Return the account signed in by this request's cookie, None when there is none."""
    token = request.cookies.get(SESSION_COOKIE, "")
    account = accounts.signed_in(session, token, now=Clock(site.clock.zone).now()) if token else None
    if account is None:
        return None
    return Person(
        account.id,
        account.username,
        account.display_name,
        account.role,
        account.mentor_id,
        account.unassigned,
        account.language,
        csrf_token(site.cookie_key, token),
        follows=accounts.follows(session, account, site.clock.today()),
        courses=tuple(account.courses) if account.role == COURSE_LEAD else (),
    )


@dataclass(frozen=True)
class Guard:
    """A route's rule: the roles that reach it."""

    roles: tuple[str, ...]

    def __call__(
        self, request: Request, session: Transaction, site: TheSite, token: Annotated[str, Depends(submitted_token)]
    ) -> Person:
        """Return the person; refuse the anonymous, the wrong role, and the forged form.

        Raises
        ------
        SignInNeededError : nobody is signed in.
        ForbiddenError : the role does not reach this route, or the form's token is not ours.
        """
        person = person_of(request, session, site)
        request.state.person = person
        if person is None:
            raise SignInNeededError("sign-in needed")
        if person.role not in self.roles:
            raise ForbiddenError("this belongs to another role")
        if request.method not in SAFE and not compare_digest(token.encode(), person.csrf.encode()):
            raise ForbiddenError("the form has expired", todo="go back, reload the page and send it again")
        return person


@dataclass(frozen=True)
class Open:
    """The rule of a route open to anybody, and why it is; `who` tells programs that bring a key of their own."""

    reason: str
    who: str = "anybody"

    def __call__(self) -> None:
        """Let anybody in."""


def only(*roles: str) -> Guard:
    """Return the guard of a route reserved for some roles."""
    return Guard(roles)


EVERYBODY = only(*ROLES)
AsMentor = Annotated[Person, Depends(only(*FOLLOWERS), scope="function")]
AsScientist = Annotated[Person, Depends(only(DATA_SCIENTIST), scope="function")]
AsQuality = Annotated[Person, Depends(only(QUALITY), scope="function")]
AsAdmin = Annotated[Person, Depends(only(ADMIN), scope="function")]
AsLead = Annotated[Person, Depends(only(COURSE_LEAD), scope="function")]
AsKeeper = Annotated[Person, Depends(only(QUALITY, ADMIN), scope="function")]
"""Who keeps the organisation's own words."""
AsMentorOrScientist = Annotated[Person, Depends(only(*FOLLOWERS, DATA_SCIENTIST), scope="function")]
AsAnybody = Annotated[Person, Depends(EVERYBODY, scope="function")]


def over_plain_http(request: Request, site: Site) -> bool:
    """Whether the browser will not give our cookies back: they travel over HTTPS only, and this request did not."""
    return request.url.scheme == "http" and secure(request, site)


def secure(request: Request, site: Site) -> bool:
    """Whether a cookie must be Secure: always, except over plain HTTP on this very machine."""
    local = request.url.scheme == "http" and request.url.hostname in LOOPBACK
    return site.settings.secure_cookie == "always" or not local
