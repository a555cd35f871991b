"""Decisions about sign-in by the organisation: whose account it is, and what a new one is called."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["enter", "link", "create", "refuse"]
_UNFIT = re.compile(r"[^a-z0-9._-]+")


@dataclass(frozen=True)
class Told:
    """What the organisation's sign-in says of a person; an address that it did not verify is none."""

    subject: str
    email: str
    name: str
    username: str


@dataclass(frozen=True)
class Known:
    """An account as far as this decision sees it."""

    active: bool
    linked: bool


def judge(*, by_subject: Known | None, by_email: list[Known], may_create: bool) -> Verdict:
    """Say what becomes of a person whom the organisation signed in.

    An account is found by its subject; else, once, by a verified address that one account alone has and that no
    other subject took; else it is made, where a setting says so.
    """
    if by_subject is not None:
        return "enter" if by_subject.active else "refuse"
    if by_email:
        only = by_email[0]
        return "link" if len(by_email) == 1 and only.active and not only.linked else "refuse"
    return "create" if may_create else "refuse"


def told_by(claims: dict[str, object], issuer: str) -> Told:
    """Return what an ID token's claims say; the subject is the issuer's own."""
    verified = claims.get("email_verified") in (True, "true")
    email = str(claims.get("email") or "").strip().casefold() if verified else ""
    name = str(claims.get("name") or "").strip()[:80]
    username = str(claims.get("preferred_username") or "") or email
    return Told(f"{issuer}#{claims['sub']}", email, name, username)


def username_of(told: str, taken: set[str]) -> str:
    """Return a username that the rule accepts and nobody has.

    >>> username_of("Élodie.Martin@example.org", {"elodie.martin"})
    'elodie.martin-2'
    """
    plain = unicodedata.normalize("NFKD", told.partition("@")[0].casefold()).encode("ascii", "ignore").decode()
    base = _UNFIT.sub("-", plain).strip("-._")[:34] or "account"
    base = base if len(base) > 1 else f"{base}-account"
    return next(name for n in range(1, len(taken) + 2) if (name := base if n == 1 else f"{base}-{n}") not in taken)
