"""OpenID Connect, authorization code with PKCE: the request, the answer checked, the account found.

Authlib makes the request and exchanges the code (RFC 6749, RFC 7636); joserfc, its companion, checks the ID token
(OpenID Connect Core 1.0, section 3.1.3.7).
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
import warnings
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from cryptography.fernet import Fernet, InvalidToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy.orm import Session

from serving import keys
from serving.accounts import repository as accounts
from serving.accounts import service as accounts_service
from serving.accounts.schemas import NewAccount
from serving.openid import policy, repository
from serving.problems import ForbiddenError, NotReadyError
from serving.quality import journal
from serving.settings import Settings
from serving.tables import Account

ALGORITHMS = ["RS256", "ES256", "PS256", "EdDSA"]
SCOPE = "openid email profile"
TRIP_SECONDS = 600
LEEWAY_SECONDS = 60
KNOWN_SECONDS, SILENT_SECONDS, KEYS_SECONDS = 3600, 30, 60
"""How long what the provider publishes is believed, that it does not answer, and, at least, its keys."""
PATIENCE_SECONDS = 5


@dataclass(frozen=True)
class Trip:
    """What is kept of a sign-in under way, sealed in a cookie: it must come back to the browser it left."""

    state: str
    nonce: str
    verifier: str
    back: str


def new_trip(back: str) -> Trip:
    """Return a trip with secrets of its own."""
    return Trip(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), back)


def sealed(trip: Trip, key: bytes) -> str:
    """Return a trip as the value of a cookie."""
    return _seal(key).encrypt(json.dumps(asdict(trip)).encode()).decode()


def unsealed(value: str, key: bytes) -> Trip:
    """Return the trip of a cookie.

    Raises
    ------
    ForbiddenError : it is not one of ours, or it is older than ten minutes.
    """
    try:
        return Trip(**json.loads(_seal(key).decrypt(value.encode(), ttl=TRIP_SECONDS)))
    except InvalidToken:
        raise ForbiddenError("the sign-in took too long, or began in another browser", todo="begin again") from None


def _seal(key: bytes) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(bytes.fromhex(keys.digest(key, "openid", "trip"))))


class Provider:
    """The organisation's own sign-in: what it publishes is read once an hour.

    Parameters
    ----------
    issuer, client_id : as registered there.
    secret : of the client; empty for a public one.
    """

    def __init__(self, issuer: str, client_id: str, secret: str = "") -> None:
        self.issuer, self.client_id, self.secret = issuer.rstrip("/"), client_id, secret
        self._known: tuple[float, dict[str, Any], KeySet] | None = None
        self._silent_since = -float(SILENT_SECONDS)
        self._asking = threading.Lock()

    def address(self, trip: Trip, return_to: str) -> str:
        """Return where the browser goes to sign in."""
        with self._client(return_to) as client:
            made = client.create_authorization_url(
                self.published()["authorization_endpoint"],
                state=trip.state,
                nonce=trip.nonce,
                code_verifier=trip.verifier,
            )
        return str(made[0])

    def claims(self, trip: Trip, code: str, return_to: str, *, now: datetime) -> dict[str, Any]:
        """Exchange a code and return the claims of the ID token, its signature and its audience checked.

        Raises
        ------
        ForbiddenError : the code or the token is not accepted.
        NotReadyError : the organisation's sign-in does not answer.
        """
        _, refused = _library()
        try:
            with self._client(return_to) as client:
                token = client.fetch_token(
                    self.published()["token_endpoint"],
                    code=code,
                    code_verifier=trip.verifier,
                    grant_type="authorization_code",
                )
        except refused:
            raise ForbiddenError("the organisation's sign-in refused the code", todo="begin again") from None
        except httpx.HTTPError:
            raise _silent() from None
        return self._checked(str(token.get("id_token", "")), trip, now=now)

    def _checked(self, token: str, trip: Trip, *, now: datetime) -> dict[str, Any]:
        try:
            claims = self._signed(token)
            rules = jwt.JWTClaimsRegistry(
                now=lambda: int(now.timestamp()),
                leeway=LEEWAY_SECONDS,
                iss={"essential": True, "value": self.published()["issuer"]},
                aud={"essential": True, "value": self.client_id},
                exp={"essential": True},
                sub={"essential": True},
                nonce={"essential": True, "value": trip.nonce},
            )
            rules.validate(claims)
        except (JoseError, ValueError):
            raise ForbiddenError("the organisation's sign-in gave a token that is not accepted") from None
        if claims.get("azp", self.client_id) != self.client_id:
            raise ForbiddenError("the organisation's sign-in gave a token made for another program")
        return claims

    def _signed(self, token: str) -> dict[str, Any]:
        """Return what a token says, its signature checked; keys not just read are read again when they do not fit."""
        try:
            return dict(jwt.decode(token, self.keys(), algorithms=ALGORITHMS).claims)
        except (JoseError, ValueError):
            return dict(jwt.decode(token, self._read(KEYS_SECONDS)[1], algorithms=ALGORITHMS).claims)

    def published(self) -> dict[str, Any]:
        """Return what the provider publishes of itself."""
        return self._read()[0]

    def keys(self) -> KeySet:
        """Return the provider's public keys."""
        return self._read()[1]

    def _read(self, at_most: float = KNOWN_SECONDS) -> tuple[dict[str, Any], KeySet]:
        """Return what is known and not older; one asks at a time, the others wait as long as an answer may take.

        A provider that did not answer is not asked again for half a minute: those who sign in otherwise must not wait.
        """
        if (known := self._younger(at_most)) is not None:
            return known
        if time.monotonic() - self._silent_since < SILENT_SECONDS or not self._asking.acquire(timeout=PATIENCE_SECONDS):
            raise _silent()
        try:
            if (known := self._younger(at_most)) is None:
                known = self._asked()
                self._known = (time.monotonic(), *known)
            return known
        finally:
            self._asking.release()

    def _younger(self, seconds: float) -> tuple[dict[str, Any], KeySet] | None:
        known = self._known
        return known[1:] if known is not None and time.monotonic() - known[0] <= seconds else None

    def _asked(self) -> tuple[dict[str, Any], KeySet]:
        try:
            told = _json(f"{self.issuer}/.well-known/openid-configuration")
            if str(told.get("issuer", "")).rstrip("/") != self.issuer:
                raise _silent()
            return told, KeySet.import_key_set(_json(told["jwks_uri"]))
        except (httpx.HTTPError, JoseError, ValueError, KeyError, NotReadyError):
            self._silent_since = time.monotonic()
            raise _silent() from None

    def _client(self, return_to: str) -> Any:
        oauth, _ = _library()
        return oauth(
            self.client_id,
            self.secret or None,
            scope=SCOPE,
            redirect_uri=return_to,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self.secret else "none",
            timeout=PATIENCE_SECONDS,
        )


@cache
def _library() -> tuple[Any, type[Exception]]:
    """Return Authlib's client and its errors; what it says of its own future is not for those who run the server."""
    with warnings.catch_warnings():
        from authlib.deprecate import AuthlibDeprecationWarning  # type: ignore[import-untyped]

        warnings.simplefilter("ignore", AuthlibDeprecationWarning)  # after that import, which asks to be always shown
        from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
        from authlib.integrations.httpx_client import OAuth2Client  # type: ignore[import-untyped]
    return OAuth2Client, AuthlibBaseError


def _json(address: str) -> Any:
    answer = httpx.get(address, timeout=PATIENCE_SECONDS)
    answer.raise_for_status()
    return answer.json()


def _silent() -> NotReadyError:
    return NotReadyError("the organisation's sign-in does not answer as it should", todo="try again, or use a password")


def provider_of(settings: Settings) -> Provider | None:
    """Return the organisation's sign-in, None when none is set."""
    if not settings.oidc_issuer:
        return None
    return _provider(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_secret_file)


@cache
def _provider(issuer: str, client_id: str, secret_file: Path | None) -> Provider:
    secret = secret_file.expanduser().read_text(encoding="utf-8").strip() if secret_file else ""
    return Provider(issuer, client_id, secret)


def account_of(session: Session, told: policy.Told, *, create_role: str, now: datetime) -> Account:
    """Return the account of a person whom the organisation signed in, linked or made when it may be.

    Raises
    ------
    ForbiddenError : no account is theirs, or it is closed.
    """
    by_subject = repository.by_subject(session, told.subject)
    by_email = repository.by_email(session, told.email)
    verdict = policy.judge(
        by_subject=None if by_subject is None else policy.Known(by_subject.active, linked=True),
        by_email=[policy.Known(one.active, linked=one.subject is not None) for one in by_email],
        may_create=bool(create_role),
    )
    if verdict == "enter" and by_subject is not None:
        return by_subject
    if verdict == "link":
        account = by_email[0]
    elif verdict == "create":
        account = _create(session, told, create_role, now=now)
    else:
        raise ForbiddenError("no open account here is theirs", todo="ask the administration")
    account.subject = told.subject
    journal.append(session, "account_linked", at=now, details={"account": account.id, "how": verdict})
    return account


def _create(session: Session, told: policy.Told, role: str, *, now: datetime) -> Account:
    username = policy.username_of(told.username, repository.usernames(session))
    values = {"username": username, "display_name": told.name or username, "role": role, "email": told.email or None}
    account, _ = accounts_service.create(session, NewAccount.model_validate(values), now=now)
    account.email = told.email or None
    return account


def enter(session: Session, account: Account, *, hours: int, now: datetime) -> str:
    """Open a session for an account and return its token."""
    token = secrets.token_urlsafe(32)
    accounts.sign_in(session, account.id, token, now=now, until=now + timedelta(hours=hours))
    return token
