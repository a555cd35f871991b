"""Who may do what: deny by default, every route names its guard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from hmac import compare_digest
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from serving import keys
from serving.accounts import repository as accounts
from serving.answers import service as answers
from serving.clock import Clock
from serving.ingestion.policy import Pace
from serving.problems import ForbiddenError, ScopeError, SignInNeededError, TokenError, TooFastError
from serving.site import Site, site_of
from serving.tables import Account
from serving.tokens import policy as scopes
from serving.tokens import repository as tokens
from serving.tokens.known import Holder

MENTOR, DEPUTY, COURSE_LEAD, DATA_SCIENTIST, QUALITY, ADMIN = ROLES = (
    "mentor", "deputy", "course_lead", "data_scientist", "quality", "admin",
)  # fmt: skip
FOLLOWERS = (MENTOR, DEPUTY, COURSE_LEAD)
"""Roles that follow learners: their own, those of a mentor who is away, those of their courses."""
SESSION_COOKIE = "filrouge_session"
VISIT_COOKIE = "filrouge_visit"
SAFE = ("GET", "HEAD", "OPTIONS")
PACE = Pace()
"""Requests of each API token in the last minute, in this process."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Person:
    """The account signed in; `csrf` is what its forms must carry.

    `follows` are the mentors whose learners they follow today: themselves, and those for whom they stand in.
    `scopes` bound a program that came with an API token; None: a person, by a session.
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
    scopes: frozenset[str] | None = None


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


async def sent_body(request: Request) -> bytes:
    """Return the body of a request that brings an idempotency key; nothing otherwise."""
    return await request.body() if repeatable(request) else b""


def repeatable(request: Request) -> bool:
    """Whether a request may be sent again without doing its work twice: a change by the API, with a key."""
    return request.method not in SAFE and request.url.path.startswith("/api/") and "idempotency-key" in request.headers


def csrf_token(key: bytes, secret: str) -> str:
    """Return the token that forms must carry: a keyed digest of a cookie's secret."""
    return keys.digest(key, "csrf", secret)


def person_of(request: Request, session: Session, site: Site) -> Person | None:
    """Return the account signed in by this request's cookie, None when there is none."""
    token = request.cookies.get(SESSION_COOKIE, "")
    account = accounts.signed_in(session, token, now=Clock(site.clock.zone).now()) if token else None
    return None if account is None else _person(session, site, account, csrf=csrf_token(site.cookie_key, token))


def _person(
    session: Session, site: Site, account: Account, *, csrf: str = "", granted: frozenset[str] | None = None
) -> Person:
    return Person(
        account.id,
        account.username,
        account.display_name,
        account.role,
        account.mentor_id,
        account.unassigned,
        account.language,
        csrf,
        follows=accounts.follows(session, account, site.clock.today()),
        courses=tuple(account.courses) if account.role == COURSE_LEAD else (),
        scopes=granted,
    )


def bearer_of(request: Request) -> str | None:
    """Return the API token of a request to the API, None when it brings none; a page never looks at one."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() if scheme.casefold() == "bearer" and request.scope["path"].startswith("/api/") else None


def program_of(request: Request, session: Session, site: Site, secret: str) -> Person:
    """Return the account for which a program acts, within its token's scopes; its last use is kept by day.

    Raises
    ------
    TokenError : the token is not one of ours, or it is revoked, or over.
    TooFastError : it made too many requests in a minute.
    ScopeError : its scopes do not open this.
    """
    now = Clock(site.clock.zone).now()
    holder = holder_of(session, site, secret, now)
    if not PACE.allows(holder.token_id, now):
        raise TooFastError("too many requests with this token", todo="wait a minute")
    check_scope(request, holder.person.scopes or frozenset())
    if holder.used_on != now.astimezone(site.clock.zone).date():
        _used(request, session, site, holder.token_id)
    return holder.person


def holder_of(session: Session, site: Site, secret: str, now: datetime) -> Holder:
    """Return who a token acts for.

    Raises
    ------
    TokenError : the token is not one of ours, or it is revoked, or over.
    """
    found = tokens.holder(session, secret, now=now)
    if found is None:
        raise TokenError("the token is not one of ours, or it is over", todo="make another on the page /account")
    account, token = found
    person = _person(session, site, account, granted=frozenset(token.scopes))
    return Holder(person, token.id, token.expires_at, token.last_used_on)


def check_scope(request: Request, granted: frozenset[str]) -> None:
    """Let a request through that a token's scopes open.

    Raises
    ------
    ScopeError : they do not.
    """
    wanted = scopes.scope_of(request.method, request.scope["path"])
    if not scopes.allows(granted, wanted):
        raise ScopeError("the token's scopes do not open this", accepted="" if wanted == scopes.NEVER else wanted)


def still(request: Request, session: Session, site: Site, roles: tuple[str, ...]) -> Person | None:
    """Return the person of a request that goes on, as they are now; None when they may no longer have it."""
    secret = bearer_of(request)
    if secret is None:
        person = person_of(request, session, site)
        return person if person is not None and person.role in roles else None
    found = tokens.holder(session, secret, now=Clock(site.clock.zone).now())
    wanted = scopes.scope_of(request.method, request.url.path)
    if found is None or found[0].role not in roles or not scopes.allows(found[1].scopes, wanted):
        return None
    return _person(session, site, found[0], granted=frozenset(found[1].scopes))


def _used(request: Request, session: Session, site: Site, token_id: int) -> None:
    """Keep the day; a request that only reads keeps it by a transaction of its own."""
    day = Clock(site.clock.zone).today()
    if request.method not in SAFE:
        tokens.used_on(session, token_id, day)
        return
    note_use(site, token_id, day)


def note_use(site: Site, token_id: int, day: date) -> None:
    """Keep the day on which a token was last used, in a transaction of its own."""
    with site.database.write() as own:
        tokens.used_on(own, token_id, day)


@dataclass(frozen=True)
class Guard:
    """A route's rule: the roles that reach it."""

    roles: tuple[str, ...]

    def __call__(
        self,
        request: Request,
        session: Transaction,
        site: TheSite,
        token: Annotated[str, Depends(submitted_token)],
        body: Annotated[bytes, Depends(sent_body)],
    ) -> Person:
        """Return the person; refuse the anonymous, the wrong role, and the forged form.

        A program with an API token sends no form: no browser adds that header by itself.

        Raises
        ------
        SignInNeededError : nobody is signed in.
        ForbiddenError : the role does not reach this route, or the form's token is not ours.
        TokenError, ScopeError, TooFastError : the API token does not open this.
        """
        secret = bearer_of(request)
        person = person_of(request, session, site) if secret is None else program_of(request, session, site, secret)
        request.state.person = person
        if person is None:
            raise SignInNeededError("sign-in needed")
        if person.role not in self.roles:
            raise ForbiddenError("this belongs to another role")
        safe = request.method in SAFE or person.scopes is not None
        if not safe and not compare_digest(token.encode(), person.csrf.encode()):
            raise ForbiddenError("the form has expired", todo="go back, reload the page and send it again")
        if repeatable(request):
            now = Clock(site.clock.zone).now()
            request.state.once = answers.begin(session, person.account_id, request, body, key=site.cookie_key, now=now)
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
AsReached = Annotated[Person, Depends(only(*FOLLOWERS, QUALITY), scope="function")]
"""Who is sent messages, and says when and where."""
AsMentorOrScientist = Annotated[Person, Depends(only(*FOLLOWERS, DATA_SCIENTIST), scope="function")]
AsAnybody = Annotated[Person, Depends(EVERYBODY, scope="function")]


def over_plain_http(request: Request, site: Site) -> bool:
    """Whether the browser will not give our cookies back: they travel over HTTPS only, and this request did not."""
    return request.url.scheme == "http" and secure(request, site)


def secure(request: Request, site: Site) -> bool:
    """Whether a cookie must be Secure: always, except over plain HTTP on this very machine."""
    local = request.url.scheme == "http" and request.url.hostname in LOOPBACK
    return site.settings.secure_cookie == "always" or not local
