"""Decisions about API tokens: what each request wants, what each role may ask for, for how long."""

from __future__ import annotations

from collections.abc import Collection

from serving.language import mark
from serving.problems import RefusedError

SCOPES = {
    "alerts:read": mark("read alerts"),
    "alerts:write": mark("move alerts along"),
    "actions:read": mark("read actions"),
    "actions:write": mark("record actions"),
    "scores:read": mark("read scores"),
    "scores:write": mark("have rows of features scored"),
    "register:read": mark("read the register of prevention"),
    "quality:read": mark("read missing proofs, improvements and complaints"),
    "accounts:read": mark("read accounts"),
    "accounts:write": mark("create accounts"),
}
"""Each scope in words."""
_FOLLOWING = ("alerts:read", "alerts:write", "actions:read", "actions:write", "scores:read")
OF_ROLE = {
    "mentor": _FOLLOWING,
    "deputy": _FOLLOWING,
    "course_lead": _FOLLOWING,
    "data_scientist": ("scores:read", "scores:write"),
    "quality": ("register:read", "quality:read"),
    "admin": ("accounts:read", "accounts:write"),
}
"""What a token of each role may be given; its account's role still bounds it at each request."""
RESOURCES = {"enrolments": "actions", "watch": "scores"}
"""First words of the addresses whose scope has another name."""
ANY, NEVER = "any", "never"
"""The scope of what every token opens, and of what none does."""
SPECIAL = {"me": ANY, "sign-in": NEVER, "sign-out": NEVER, "preferences": NEVER}
"""Preferences say how a person is reached: only that person, signed in, changes them."""
DAYS = (30, 90, 365)
MOST_TOKENS = 20
SAFE = ("GET", "HEAD", "OPTIONS")


def scope_of(method: str, path: str) -> str:
    """Return the scope that a request of the API wants: its resource, to read or to write; `never` for a page.

    >>> scope_of("POST", "/api/v1/enrolments/42/actions")
    'actions:write'
    """
    parts = path.strip("/").split("/")
    if len(parts) < 3 or parts[:2] != ["api", "v1"]:
        return NEVER
    if parts[2] in SPECIAL:
        return SPECIAL[parts[2]]
    return f"{RESOURCES.get(parts[2], parts[2])}:{'read' if method in SAFE else 'write'}"


def allows(scopes: Collection[str], wanted: str) -> bool:
    """Whether scopes open a request; `alerts:write` does not imply `alerts:read`."""
    return wanted == ANY or (wanted != NEVER and wanted in scopes)


def check_new(*, role: str, scopes: Collection[str], days: int, held: int) -> None:
    """Accept a token to make.

    Parameters
    ----------
    held : tokens that the account has already.

    Raises
    ------
    RefusedError : no scope, one the role has no use for, a length not offered, or too many tokens.
    """
    known = OF_ROLE.get(role, ())
    if not scopes:
        raise RefusedError(mark("choose at least one thing that the token may do"), where="scopes",
                           accepted=", ".join(known))  # fmt: skip
    if not set(scopes) <= set(known):
        raise RefusedError(mark("this role cannot give that to a token"), where="scopes", accepted=", ".join(known))
    if days not in DAYS:
        raise RefusedError(mark("check this value"), where="days", accepted=", ".join(str(one) for one in DAYS))
    if held >= MOST_TOKENS:
        raise RefusedError(mark("this account has too many tokens: revoke one first"), where="scopes")
